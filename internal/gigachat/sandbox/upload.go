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

// What the API says to each of these is a guess, except for the statuses 404 and 413.
var (
	noSuchFile  = refusal{http.StatusNotFound, "No such file"}
	noForm      = refusal{http.StatusBadRequest, "Your request contains an invalid multipart form."}
	noFile      = invalidParams("file is required")
	noPurpose   = invalidParams("purpose must be general")
	noFileType  = invalidParams("file type is not supported")
	noKeptBytes = refusal{http.StatusGone, "The sandbox keeps 256 MiB of contents, and this one is beyond"}
)

var typeBytes = []string{"application/octet-stream"}

// serveFiles answers /v1/files and what is under it; rest is the path behind.
func (s *Sandbox) serveFiles(w http.ResponseWriter, r *http.Request, rest string) {
	id, verb, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	switch {
	case rest == "" && r.Method == http.MethodGet:
		s.authorized(w, r, http.MethodGet, s.faulty(AtFiles, s.serveFileList))
	case rest == "":
		s.authorized(w, r, http.MethodPost, s.faulty(AtFiles, s.serveUpload))
	case verb == "":
		s.authorized(w, r, http.MethodGet, s.faulty(AtFiles, s.aboutFile(id, s.serveFile)))
	case verb == "content":
		s.authorized(w, r, http.MethodGet, s.faulty(AtFiles, s.aboutFile(id, s.serveContent)))
	case verb == "delete":
		s.authorized(w, r, http.MethodPost, s.faulty(AtFiles, s.aboutFile(id, s.serveDelete)))
	default:
		s.refuse(w, refusal{http.StatusNotFound, "Not Found"})
	}
}

func (s *Sandbox) serveFileList(w http.ResponseWriter, _ *http.Request, _ grant) {
	b := []byte(`{"data":[`)
	for i, f := range s.files.list() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendFile(b, f)
	}
	s.answer(w, http.StatusOK, append(b, "]}"...))
}

// aboutFile answers with next if there is such a file.
func (s *Sandbox) aboutFile(id string, next func(http.ResponseWriter, *stored)) authorizedHandler {
	return func(w http.ResponseWriter, _ *http.Request, _ grant) {
		f, found := s.files.find(id)
		if !found {
			s.refuse(w, noSuchFile)
			return
		}
		next(w, f)
	}
}

func (s *Sandbox) serveFile(w http.ResponseWriter, f *stored) {
	s.answer(w, http.StatusOK, appendFile(nil, f))
}

func (s *Sandbox) serveContent(w http.ResponseWriter, f *stored) {
	if !f.kept {
		s.refuse(w, noKeptBytes)
		return
	}
	w.Header()["Content-Type"] = typeBytes
	s.answer(w, http.StatusOK, f.content)
}

func (s *Sandbox) serveDelete(w http.ResponseWriter, f *stored) {
	if !s.files.remove(f.id) {
		s.refuse(w, noSuchFile)
		return
	}
	b := appendString([]byte(`{"id":`), f.id)
	s.answer(w, http.StatusOK, append(b, `,"deleted":true,"access_policy":"private"}`...))
}

// serveUpload answers POST /v1/files. A refused upload is read to its end, so that the client sees the answer.
func (s *Sandbox) serveUpload(w http.ResponseWriter, r *http.Request, _ grant) {
	f, no := s.readUpload(r)
	if no != ok {
		if f != nil {
			s.files.release(len(f.content))
		}
		drain(r)
		s.refuse(w, no)
		return
	}
	f.id, f.created = s.ids.next(), s.unix()
	s.files.add(f)
	s.answer(w, http.StatusOK, appendFile(nil, f))
}

// drain reads what is left of a body, within what a file may have.
func drain(r *http.Request) { io.Copy(io.Discard, io.LimitReader(r.Body, 128<<20)) }

// readUpload reads the form. The file may be there although it is refused.
func (s *Sandbox) readUpload(r *http.Request) (f *stored, no refusal) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, noForm
	}
	purpose := ""
	for {
		part, err := form.NextPart()
		switch {
		case err == io.EOF:
			return f, checkUpload(f, purpose)
		case err != nil:
			return f, noForm
		case part.FormName() == "purpose":
			b, _ := io.ReadAll(io.LimitReader(part, 64))
			purpose = string(b)
		case part.FormName() == "file" && f == nil:
			if f, no = s.files.take(part); no != ok {
				return f, no
			}
		}
	}
}

func checkUpload(f *stored, purpose string) refusal {
	switch {
	case f == nil:
		return noFile
	case purpose != "general":
		return noPurpose
	}
	return ok
}

// take reads the file of a form.
func (f *files) take(part *multipart.Part) (*stored, refusal) {
	t, fits := typeOf(part)
	if !fits {
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

// wavTypes are the documented types of .wav besides the first.
var wavTypes = []string{"audio/wave", "audio/wav", "audio/x-pn-wav"}

// typeOf is the type of a file by its name, if its MIME type is the one documented for it.
func typeOf(part *multipart.Part) (gigachat.FileType, bool) {
	t, known := gigachat.FileTypeOf(part.FileName())
	kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
	fits := kind == t.MIME || t.MIME == "audio/x-wav" && slices.Contains(wavTypes, kind)
	return t, known && fits
}
