package sandbox

import (
	"crypto/sha256"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
)

// The messages of the API for these are guesses, except for the statuses 404 and 413.
var (
	noSuchFile  = refusal{http.StatusNotFound, "No such file"}
	noForm      = refusal{http.StatusBadRequest, "Your request contains an invalid multipart form."}
	noFile      = invalidParams("file is required")
	noPurpose   = invalidParams("purpose must be general")
	noFileType  = invalidParams("file type is not supported")
	noKeptBytes = refusal{http.StatusGone, "The sandbox keeps 256 MiB of contents, and this one is beyond"}
)

// serveFiles answers /v1/files and the paths below it; rest is the path after /v1/files.
func serveFiles(x *exchange, rest string) {
	id, verb, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	switch {
	case rest == "" && x.r.Method == http.MethodGet:
		authorized(x, http.MethodGet, faulty(AtFiles, serveFileList))
	case rest == "":
		authorized(x, http.MethodPost, faulty(AtFiles, serveUpload))
	case verb == "":
		authorized(x, http.MethodGet, faulty(AtFiles, aboutFile(id, serveFile)))
	case verb == "content":
		authorized(x, http.MethodGet, faulty(AtFiles, aboutFile(id, serveContent)))
	case verb == "delete":
		authorized(x, http.MethodPost, faulty(AtFiles, aboutFile(id, serveDelete)))
	default:
		x.refuse(notFound)
	}
}

func serveFileList(x *exchange) {
	b := []byte(`{"data":[`)
	for i, f := range x.files.list() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendFile(b, f)
	}
	x.answer(http.StatusOK, append(b, "]}"...))
}

// aboutFile answers with next if the file exists.
func aboutFile(id string, next func(*exchange, *stored)) handler {
	return func(x *exchange) {
		f, found := x.files.find(id)
		if !found {
			x.refuse(noSuchFile)
			return
		}
		next(x, f)
	}
}

func serveFile(x *exchange, f *stored) { x.answer(http.StatusOK, appendFile(nil, f)) }

func serveContent(x *exchange, f *stored) {
	if !f.kept {
		x.refuse(noKeptBytes)
		return
	}
	x.w.Header()["Content-Type"] = typeBytes
	x.answer(http.StatusOK, f.content)
}

func serveDelete(x *exchange, f *stored) {
	if !x.files.remove(f.id) {
		x.refuse(noSuchFile)
		return
	}
	b := appendString([]byte(`{"id":`), f.id)
	x.answer(http.StatusOK, append(b, `,"deleted":true,"access_policy":"private"}`...))
}

// serveUpload answers POST /v1/files. A refused upload is read to its end, so the client sees the answer.
func serveUpload(x *exchange) {
	f, no := readUpload(x)
	if no != ok {
		if f != nil {
			x.files.release(len(f.content))
		}
		drain(x.r)
		x.refuse(no)
		return
	}
	f.id, f.created = x.ids.Next(), x.unix()
	x.files.add(f)
	x.answer(http.StatusOK, appendFile(nil, f))
}

// drain reads the rest of a body, up to 128 MiB.
func drain(r *http.Request) { io.Copy(io.Discard, io.LimitReader(r.Body, 128<<20)) }

// readUpload reads the form. It may return the file even if the upload is refused.
func readUpload(x *exchange) (f *stored, no refusal) {
	form, err := x.r.MultipartReader()
	if err != nil {
		return nil, noForm
	}
	purpose := ""
	for {
		part, err := form.NextPart()
		switch {
		case err == io.EOF && f == nil:
			return nil, noFile
		case err == io.EOF && purpose != "general":
			return f, noPurpose
		case err == io.EOF:
			return f, ok
		case err != nil:
			return f, noForm
		case part.FormName() == "purpose":
			b, _ := io.ReadAll(io.LimitReader(part, 64))
			purpose = string(b)
		case part.FormName() == "file" && f == nil:
			if f, no = x.files.take(part); no != ok {
				return f, no
			}
		}
	}
}

// wavTypes are the documented types of .wav, without the first.
var wavTypes = []string{"audio/wave", "audio/wav", "audio/x-pn-wav"}

// take reads the file part of a form.
func (f *files) take(part *multipart.Part) (*stored, refusal) {
	t, known := gigachat.FileTypeOf(part.FileName())
	kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
	documented := kind == t.MIME || t.MIME == "audio/x-wav" && slices.Contains(wavTypes, kind)
	if !known || !documented {
		return nil, noFileType
	}
	k := &keeper{files: f, sum: sha256.New()}
	n, err := io.Copy(k, io.LimitReader(part, t.MaxBytes+1))
	file := &stored{name: strings.ToValidUTF8(part.FileName(), "\uFFFD"), class: t.Class, size: n, content: k.content, kept: !k.lost}
	k.sum.Sum(file.sum[:0])
	switch {
	case err != nil:
		return file, noForm
	case n > t.MaxBytes:
		return file, payloadTooLarge
	}
	return file, ok
}
