package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
)

// api is a client of the service.
func (c *client) api() *gigachat.Client {
	return &gigachat.Client{BaseURL: c.base + "/v1", Tokens: gigachat.StaticToken(c.bearer), Transport: c.transport}
}

func (c *client) upload(name, text string) (*gigachat.File, error) {
	c.t.Helper()
	return c.api().UploadFile(c.t.Context(), gigachat.Upload{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}, 0)
}

// stored uploads a file and returns its id.
func (c *client) stored(name, text string) string {
	c.t.Helper()
	f, err := c.upload(name, text)
	if err != nil {
		c.t.Fatal(err)
	}
	return f.ID
}

// attached returns a request with attachments in one message.
func attached(model, prompt string, ids ...string) string {
	return fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q,"attachments":["%s"]}]}`, model, prompt, strings.Join(ids, `","`))
}

func wantFileError(t *testing.T, err error, status int, message string) {
	t.Helper()
	e := gigachat.AsError(err)
	if e == nil || e.Status != status || e.Message != message || e.Op != "files" {
		t.Errorf("got %v, want %d %s", err, status, message)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{})
		f, err := c.upload("отчёт.TXT", "hello")
		if err != nil {
			t.Fatal(err)
		}
		if !isUUID(f.ID) || f.Name != "отчёт.TXT" || f.Bytes != 5 || f.Purpose != "general" || f.AccessPolicy != "private" || !f.Sandbox || f.Created.Unix() != time.Now().Unix() {
			t.Errorf("got %+v", f)
		}
		if got, err := c.api().File(t.Context(), f.ID); err != nil || *got != *f {
			t.Errorf("got %+v, %v, want %+v", got, err, f)
		}
		second := c.stored("b.png", "world")
		if list, err := c.api().Files(t.Context()); err != nil || len(list) != 2 || list[0] != *f || list[1].ID != second {
			t.Errorf("got %+v, %v", list, err)
		}
		var b bytes.Buffer
		if err := c.api().FileContent(t.Context(), f.ID, &b); err != nil || b.String() != "hello" {
			t.Errorf("got %q, %v", b.String(), err)
		}
		if err := c.api().DeleteFile(t.Context(), f.ID); err != nil {
			t.Error(err)
		}
		_, err = c.api().File(t.Context(), f.ID)
		wantFileError(t, err, 404, "No such file")
		wantFileError(t, c.api().DeleteFile(t.Context(), f.ID), 404, "No such file")
		wantFileError(t, c.api().FileContent(t.Context(), f.ID, &b), 404, "No such file")
		if got := s.Counts(); got.Uploads != 2 || got.UploadedTwice != 0 || got.FilesDeleted != 1 || got.FilesStored != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestFilesAtOtherPaths(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	id := c.stored("a.txt", "hello")
	c.get("/api/v1/files/"+id).wantStatus(t, 200)
	c.post("/api/v1/files/"+id+"/delete", "").want(t, 200, `{"id":"`+id+`","deleted":true,"access_policy":"private"}`)
	c.get("/v1/files").want(t, 200, `{"data":[]}`)
	c.do(t.Context(), "DELETE", "/v1/files/"+id, "").wantStatus(t, 405)
	c.get("/v1/files/"+id+"/delete").wantStatus(t, 405)
	c.bearer = "other"
	c.get("/v1/files").want(t, 401, `{"status":401,"message":"Unauthorized"}`)
	_, err := c.upload("a.txt", strings.Repeat("x", 1<<20))
	if e := gigachat.AsError(err); e == nil || e.Kind != gigachat.KindTokenExpired {
		t.Errorf("got %v, want the token to be refused", err)
	}
}

func TestUploadedTwice(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{})
	first := c.stored("a.txt", "same")
	c.stored("b.txt", "same")
	c.stored("c.txt", "same")
	c.stored("d.txt", "other")
	other := c.stored("e.txt", "once")
	if got := s.Counts(); got.Uploads != 5 || got.UploadedTwice != 2 || got.FilesStored != 5 {
		t.Errorf("got %+v", got)
	}
	c.post("/v1/files/"+first+"/delete", "")
	c.post("/v1/files/"+other+"/delete", "")
	c.stored("e.txt", "once")
	c.stored("a.txt", "same")
	if got := s.Counts(); got.UploadedTwice != 3 || got.FilesStored != 5 || got.FilesDeleted != 2 {
		t.Errorf("got %+v, want a deleted content to be new", got)
	}
	var counts map[string]any
	c.get("/sandbox/counts").decode(t, &counts)
	for _, name := range []string{"uploads", "uploaded_twice", "files_deleted", "files_stored"} {
		if counts[name] == nil {
			t.Errorf("%s is not in the counts", name)
		}
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{})
	for _, name := range []string{"a.exe", "a", "a.xls", "a.gif"} {
		_, err := c.upload(name, "x")
		wantFileError(t, err, 422, "Invalid params: file type is not supported")
	}
	_, err := c.upload("a.png", strings.Repeat("x", 15<<20+1))
	wantFileError(t, err, 413, "Payload too large")
	if s.files.reserved != 0 {
		t.Errorf("%d bytes of refused files are kept", s.files.reserved)
	}
	c.stored("a.png", strings.Repeat("x", 15<<20))

	const part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: "
	const purpose = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ngeneral\r\n"
	for _, tt := range []struct{ name, kind, body, want string }{
		{"no form", "text/plain", "x", `{"status":400,"message":"Your request contains an invalid multipart form."}`},
		{"cut", "", part + "text/plain\r\n\r\nhel", `{"status":400,"message":"Your request contains an invalid multipart form."}`},
		{"no file", "", purpose + "--b--", `{"status":422,"message":"Invalid params: file is required"}`},
		{"no purpose", "", part + "text/plain\r\n\r\nhello\r\n--b--", `{"status":422,"message":"Invalid params: purpose must be general"}`},
		{"wrong type", "", part + "image/png\r\n\r\nhello\r\n--b--", `{"status":422,"message":"Invalid params: file type is not supported"}`},
	} {
		kind := tt.kind
		if kind == "" {
			kind = "multipart/form-data; boundary=b"
		}
		r := c.post("/v1/files", tt.body, "Content-Type", kind)
		r.want(t, r.status, tt.want)
	}
	c.post("/v1/files", purpose+part+"text/plain; charset=utf-8\r\n\r\nhello\r\n--b--", "Content-Type", "multipart/form-data; boundary=b").wantStatus(t, 200)
	c.post("/v1/files", strings.Replace(purpose+part, "a.txt", "a.wav", 1)+"audio/wave\r\n\r\nhello\r\n--b--", "Content-Type", "multipart/form-data; boundary=b").wantStatus(t, 200)
	if got := s.Counts(); got.Uploads != 3 {
		t.Errorf("got %d uploads, want 3", got.Uploads)
	}
}

// TestContentsBeyondTheBudget starts with all but a few bytes of the budget used.
func TestContentsBeyondTheBudget(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{})
	s.files.reserve(maxKept - 4)
	id := c.stored("a.txt", "hello")
	if got := s.files.reserved; got != maxKept-4 {
		t.Errorf("%d bytes are kept, want %d", got, maxKept-4)
	}
	c.get("/v1/files/"+id+"/content").want(t, 410, `{"status":410,"message":"The sandbox keeps 256 MiB of contents, and this one is beyond"}`)
	c.get("/v1/files/"+c.stored("b.txt", "four")+"/content").want(t, 200, "four")
	c.post("/v1/files/"+id+"/delete", "").wantStatus(t, 200)
	c.post("/v1/chat/completions", attached("GigaChat-2", "one", c.stored("a.txt", "hello"))).wantStatus(t, 200)
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{ContextTokens: 1000})
	doc, doc2, big := c.stored("a.txt", strings.Repeat("x", 700)), c.stored("b.pdf", strings.Repeat("y", 1400)), c.stored("c.docx", strings.Repeat("z", 7000))
	image, image2, sound := c.stored("a.png", "1"), c.stored("b.jpg", "2"), c.stored("a.mp3", "3")
	gone := c.stored("d.txt", "gone")
	c.post("/v1/files/"+gone+"/delete", "").wantStatus(t, 200)
	bare := c.ask("one").completion(t).Usage.PromptTokens
	for _, tt := range []struct {
		name, model string
		ids         []string
		tokens      int // more than without attachments; -1 for a refusal
		want        string
	}{
		{"document", "GigaChat-2", []string{doc}, 200, ""},
		{"first document", "GigaChat-2", []string{doc2, doc, big}, 400, ""},
		{"image", "GigaChat-2-Pro", []string{image}, 0, ""},
		{"image and document", "GigaChat-3-Lightning", []string{image, doc}, 200, ""},
		{"sound", "GigaChat-2", []string{sound}, 0, ""},
		{"too long", "GigaChat-2", []string{big}, -1, `{"status":422,"message":"Unprocessable Entity"}`},
		{"two images", "GigaChat-2-Max", []string{image, image2}, -1, `{"status":422,"message":"Invalid params: only one image is allowed in a message"}`},
		{"blind model", "GigaChat-2", []string{image}, -1, `{"status":422,"message":"Invalid params: images are not supported by this model"}`},
		{"deleted", "GigaChat-2", []string{doc, gone}, -1, `{"status":404,"message":"No such file"}`},
		{"unknown", "GigaChat-2", []string{"x"}, -1, `{"status":404,"message":"No such file"}`},
	} {
		r := c.post("/v1/chat/completions", attached(tt.model, "one", tt.ids...))
		if tt.tokens < 0 {
			r.want(t, r.status, tt.want)
			continue
		}
		a := r.completion(t)
		if got := a.Usage.PromptTokens - bare; got != tt.tokens || a.Choices[0].Message.Content != Answer("one") {
			t.Errorf("%s: got %d tokens more, want %d: %s", tt.name, got, tt.tokens, r.body)
		}
	}
	if got := s.Counts(); got.Billed != 6 || got.BilledTwice != 0 || got.BilledPrompts != 6 {
		t.Errorf("got %+v, want 6 requests that differ", got)
	}
	c.post("/v1/chat/completions", attached("GigaChat-2", "one", c.stored("other.txt", strings.Repeat("x", 700)))).wantStatus(t, 200)
	if got := s.Counts(); got.BilledTwice != 1 {
		t.Errorf("got %d billed twice, want 1: the content is the same", got.BilledTwice)
	}
	c.post("/v1/chat/completions", strings.Replace(attached("GigaChat-2", "one", doc), `["`, `{"a":"`, 1)).wantStatus(t, 400)
}

func TestManyImages(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	message := `{"role":"user","content":"one","attachments":["` + c.stored("a.png", "1") + `"]}`
	messages := func(n int) string {
		return `{"model":"GigaChat-2-Max","messages":[` + strings.Join(repeat(message, n), ",") + `]}`
	}
	c.post("/v1/chat/completions", messages(10)).wantStatus(t, 200)
	c.post("/v1/chat/completions", messages(11)).want(t, 422, `{"status":422,"message":"Invalid params: too many images"}`)
	big := c.stored("b.mp3", strings.Repeat("x", 30<<20))
	c.post("/v1/chat/completions", attached("GigaChat-2-Max", "one", big, big)).wantStatus(t, 200)
	c.post("/v1/chat/completions", attached("GigaChat-2-Max", "one", big, big, big)).want(t, 413, `{"status":413,"message":"Payload too large"}`)
}

func repeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

// TestFileFaults uploads 1 MiB, more than a server reads on its own after it has answered.
func TestFileFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind   FaultKind
		status int
		want   gigachat.Kind
		stored int64 // despite the error
	}{
		{"500", 500, gigachat.KindServer, 0}, {"502-html", 502, gigachat.KindServer, 0}, {"413", 413, gigachat.KindRejected, 0},
		{"429", 429, gigachat.KindRateLimited, 0}, {"404", 404, gigachat.KindNotFound, 0}, {ResetBefore, 0, gigachat.KindNetwork, 0},
		{ResetAfter, 0, gigachat.KindNetwork, 1}, {ResetIn, 200, gigachat.KindBadBody, 1}, {Truncated, 200, gigachat.KindBadBody, 1},
		{NotJSON, 200, gigachat.KindBadBody, 1}, {Revoked, 401, gigachat.KindTokenExpired, 0},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			s, c := opened(t, Options{Faults: []Fault{{Kind: tt.kind, At: AtFiles, First: 1}}})
			_, err := c.upload("a.txt", strings.Repeat("x", 1<<20))
			e := gigachat.AsError(err)
			if e == nil || e.Kind != tt.want || e.Status != tt.status || e.Sent {
				t.Errorf("got %+v, want %v with %d", e, tt.want, tt.status)
			}
			if tt.kind == "404" && e.Message != "No such file" {
				t.Errorf("got %q", e.Message)
			}
			got := s.Counts()
			if got.Faults["files-"+string(tt.kind)] != 1 || got.FilesStored != tt.stored {
				t.Errorf("got %+v, want a fault and %d files", got, tt.stored)
			}
			if tt.kind != Revoked {
				c.stored("a.txt", strings.Repeat("x", 1<<20))
				if got := s.Counts().UploadedTwice; got != tt.stored {
					t.Errorf("got %d uploaded twice, want %d", got, tt.stored)
				}
			}
		})
	}
}

func TestFileHang(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faults, err := ParseFaults("files-hang=#1,files-slow:1m=#2-3")
		if err != nil {
			t.Fatal(err)
		}
		s, c := opened(t, Options{Faults: faults})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = c.api().UploadFile(ctx, gigachat.Upload{Name: "a.txt", Size: 10, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("0123456789")), nil
		}}, 0)
		if e := gigachat.AsError(err); e == nil || e.Kind != gigachat.KindCanceled {
			t.Errorf("got %v", err)
		}
		start := time.Now()
		id := c.stored("a.txt", "0123456789")
		if got := time.Since(start); got != time.Minute || s.Counts().UploadedTwice != 1 {
			t.Errorf("took %v, and %+v", got, s.Counts())
		}
		c.get("/v1/files/"+id+"/content").want(t, 200, "0123456789")
		if got := time.Since(start); got != 2*time.Minute {
			t.Errorf("the content took %v", got)
		}
	})
}

func TestFilesAtOnce(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{Streams: -1})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 20 {
				id := c.stored("a.txt", fmt.Sprint(worker, " ", i%10))
				c.post("/v1/chat/completions", attached("GigaChat-2", fmt.Sprint(worker), id)).wantStatus(t, 200)
				c.get("/v1/files").wantStatus(t, 200)
				if i%2 == 0 {
					c.post("/v1/files/"+id+"/delete", "").wantStatus(t, 200)
				}
			}
		})
	}
	all.Wait()
	got := s.Counts()
	if got.Uploads != 160 || got.FilesDeleted != 80 || got.FilesStored != 80 || got.UploadedTwice != 40 || got.BilledPrompts != 80 || got.BilledTwice != 80 {
		t.Errorf("got %+v", got)
	}
	for _, f := range s.files.list() {
		s.files.remove(f.id)
	}
	if s.files.reserved != 0 || len(s.files.copies) != 0 {
		t.Errorf("%d bytes and %d contents are left", s.files.reserved, len(s.files.copies))
	}
}
