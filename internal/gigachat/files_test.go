package gigachat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const fileBody1 = `{"id":"6f0b1291","object":"file","bytes":5,"created_at":1677610602,"filename":"a.txt","purpose":"general","access_policy":"private"}`

func uploadOf(name, text string) Upload {
	return Upload{Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// part is one part of a form.
type part struct{ disposition, kind, text string }

func readForm(t *testing.T, r *http.Request) []part {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Errorf("Content-Type: got %q, %v", r.Header.Get("Content-Type"), err)
	}
	whole, err := io.ReadAll(r.Body)
	if err != nil || int64(len(whole)) != r.ContentLength {
		t.Errorf("got %d bytes, %v, want the announced %d", len(whole), err, r.ContentLength)
	}
	var parts []part
	form := multipart.NewReader(bytes.NewReader(whole), params["boundary"])
	for {
		p, err := form.NextPart()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(p)
		parts = append(parts, part{p.Header.Get("Content-Disposition"), p.Header.Get("Content-Type"), string(text)})
	}
}

func TestUploadFile(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Tokens: StaticToken("tkn-1"), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if got := r.Method + " " + r.URL.Path; got != "POST /v1/files" || r.Header.Get("Authorization") != "Bearer tkn-1" {
			t.Errorf("got %s with %v", got, r.Header)
		}
		want := []part{
			{`form-data; name="purpose"`, "", "general"},
			{`form-data; name="file"; filename="отчёт.txt"`, "text/plain", "hello"},
		}
		if diff := cmp.Diff(want, readForm(t, r), cmp.AllowUnexported(part{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return reply(200, fileBody1, SandboxHeader, "1"), nil
	})}
	got, err := c.UploadFile(t.Context(), uploadOf("отчёт.txt", "hello"), 0)
	want := &File{ID: "6f0b1291", Name: "a.txt", Purpose: "general", AccessPolicy: "private", Bytes: 5, Created: time.Unix(1677610602, 0), Sandbox: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestUploadNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, mime, wantName, wantMIME string }{
		{`a"b.PNG`, "", `a%22b.PNG`, "image/png"},
		{"a\r\nX-Evil: 1.pdf", "", "a%0D%0AX-Evil: 1.pdf", "application/pdf"},
		{`a\`, "", `a%5C`, "application/octet-stream"},
		{"bad\xff.doc", "", "bad\uFFFD.doc", "application/msword"},
		{"a.txt", "text/plain; charset=utf-8", "a.txt", "text/plain; charset=utf-8"},
		{"a.txt", "text/evil\r\nX: 1", "a.txt", "text/plain"},
		{"", "", "", "application/octet-stream"},
	} {
		c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			parts := readForm(t, r)
			if want := (part{`form-data; name="file"; filename="` + tt.wantName + `"`, tt.wantMIME, "x"}); len(parts) != 2 || parts[1] != want {
				t.Errorf("%q, %q: got %q, want %q second", tt.name, tt.mime, parts, want)
			}
			return reply(200, fileBody1), nil
		})}
		u := uploadOf(tt.name, "x")
		u.MIME = tt.mime
		if _, err := c.UploadFile(t.Context(), u, 0); err != nil {
			t.Error(err)
		}
	}
}

func TestUploadIsReplayedOnceAfter401(t *testing.T) {
	t.Parallel()
	tokens, opened, asked := &countedTokens{}, 0, 0
	c := &Client{BaseURL: localURL, Tokens: tokens, Transport: serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		if parts := readForm(t, r); len(parts) != 2 || parts[1].text != "hello" {
			t.Errorf("request %d: got %q", asked, parts)
		}
		if r.Header.Get("Authorization") != "Bearer token-1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, fileBody1)
	})}
	u := uploadOf("a.txt", "hello")
	open := u.Open
	u.Open = func() (io.ReadCloser, error) { opened++; return open() }
	if got, err := c.UploadFile(t.Context(), u, 0); err != nil || got.ID != "6f0b1291" {
		t.Errorf("got %+v, %v", got, err)
	}
	if opened != 2 || asked != 2 {
		t.Errorf("the file was opened %d times and sent %d times, want 2 and 2", opened, asked)
	}
}

// TestUploadErrors also checks that no error contains the text of the file or the token.
func TestUploadErrors(t *testing.T) {
	t.Parallel()
	const text, token = "the text of the file", "tkn-very-secret"
	for _, tt := range []struct {
		name    string
		rt      http.RoundTripper
		kind    Kind
		message string
	}{
		{"page", always(502, "<html><title>502 Bad Gateway</title></html>"), KindServer, "502 Bad Gateway"},
		{"too large", always(413, `{"status":413,"message":"Payload too large"}`), KindRejected, "Payload too large"},
		{"no rights", always(401, `{"status":401,"message":"no `+token+`"}`), KindTokenExpired, "cannot be renewed"},
		{"cut", always(200, fileBody1[:40]), KindBadBody, "unexpected answer"},
		{"no object", always(200, `[]`), KindBadBody, "unexpected answer"},
		{"no id", always(200, `{"object":"file","bytes":5}`), KindBadBody, "no id"},
		{"null id", always(200, `{"id":null}`), KindBadBody, "no id"},
		{"nothing", always(200, ""), KindBadBody, "unexpected answer"},
		{"html", always(200, "<html>"), KindBadBody, "unexpected answer"},
		{"network", roundTrip(func(r *http.Request) (*http.Response, error) {
			io.Copy(io.Discard, r.Body)
			return nil, errors.New("broken with " + r.Header.Get("Authorization"))
		}), KindNetwork, "[secret]"},
	} {
		c := &Client{BaseURL: localURL, Tokens: StaticToken(token), Transport: tt.rt}
		got, err := c.UploadFile(t.Context(), uploadOf("a.txt", text), 0)
		e := wantError(t, err, tt.kind)
		if e.Op != "files" || e.Sent || got != nil || !strings.Contains(e.Message, tt.message) {
			t.Errorf("%s: got %+v, %+v, want %q", tt.name, got, e, tt.message)
		}
		if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error says too much: %v", tt.name, err)
		}
	}
}

// closing records whether it was closed.
type closing struct {
	io.Reader
	closed *atomic.Int32
}

func (c closing) Close() error { c.closed.Add(1); return nil }

// TestUploadOfAChangedFile checks that the service never takes a part of a file for the whole.
func TestUploadOfAChangedFile(t *testing.T) {
	t.Parallel()
	unreadable := func() io.Reader { return io.MultiReader(strings.NewReader("he"), torn{}) }
	for _, tt := range []struct {
		name    string
		size    int64
		open    func() (io.Reader, error)
		message string
	}{
		{"shorter", 6, func() (io.Reader, error) { return strings.NewReader("hello"), nil }, "the file is shorter than the 6 bytes it had"},
		{"longer", 4, func() (io.Reader, error) { return strings.NewReader("hello"), nil }, "the file is longer than the 4 bytes it had"},
		{"longer than nothing", 0, func() (io.Reader, error) { return strings.NewReader("hello"), nil }, "the file is longer than the 0 bytes it had"},
		{"unreadable", 5, func() (io.Reader, error) { return unreadable(), nil }, "the file cannot be read: connection reset by peer"},
		{"unreadable behind its end", 2, func() (io.Reader, error) { return unreadable(), nil }, "the file cannot be read: connection reset by peer"},
		{"absent", 5, func() (io.Reader, error) { return nil, fs.ErrNotExist }, "the file cannot be opened: file does not exist"},
		{"negative", -1, func() (io.Reader, error) { return strings.NewReader("hello"), nil }, "no file to send"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var opened, closed atomic.Int32
				l := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if whole, err := io.ReadAll(r.Body); err == nil {
						t.Errorf("the server got a whole body of %d bytes", len(whole))
					}
				})
				u := Upload{Name: "a.txt", Size: tt.size, Open: func() (io.ReadCloser, error) {
					r, err := tt.open()
					if err != nil {
						return nil, err
					}
					opened.Add(1)
					return closing{r, &closed}, nil
				}}
				_, err := (&Client{BaseURL: localURL, Transport: l}).UploadFile(t.Context(), u, 0)
				e := wantError(t, err, KindRejected)
				if e.Message != tt.message || e.Passing() || e.Sent || e.Status != 0 {
					t.Errorf("got %+v, want %q", e, tt.message)
				}
				synctest.Wait()
				if opened.Load() != closed.Load() {
					t.Errorf("opened %d times, closed %d times", opened.Load(), closed.Load())
				}
			})
		})
	}
	_, err := (&Client{BaseURL: localURL, Transport: always(200, fileBody1)}).UploadFile(t.Context(), Upload{Name: "a.txt"}, 0)
	wantError(t, err, KindRejected)
}

func TestUploadTimeouts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ timeout, caller, want time.Duration }{{0, 0, DefaultTimeout}, {time.Hour, 0, time.Hour}, {time.Hour, time.Minute, time.Minute}} {
		synctest.Test(t, func(t *testing.T) {
			c := &Client{BaseURL: localURL, Transport: serve(t, func(_ http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body) // before that, the server does not notice that the client is gone
				<-r.Context().Done()
			})}
			ctx, kind := t.Context(), KindTimeout
			if tt.caller > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tt.caller)
				defer cancel()
				kind = KindCanceled
			}
			start := time.Now()
			_, err := c.UploadFile(ctx, uploadOf("a.txt", "hello"), tt.timeout)
			if e := wantError(t, err, kind); e.Sent || time.Since(start) != tt.want {
				t.Errorf("%+v after %v, want it unsent after %v", e, time.Since(start), tt.want)
			}
		})
	}
}

// TestUploadIsStreamed sends 64 MiB that are never in memory as a whole.
func TestUploadIsStreamed(t *testing.T) { // not parallel: it measures the heap
	const size = 64 << 20
	var received, largest, peak atomic.Int64
	c := &Client{BaseURL: localURL, Transport: serve(t, func(w http.ResponseWriter, r *http.Request) {
		var start, now runtime.MemStats
		runtime.ReadMemStats(&start)
		p := make([]byte, 1<<20)
		for more := true; more; {
			n, err := r.Body.Read(p)
			more = err == nil
			if received.Add(int64(n))%(8<<20) < int64(n) {
				runtime.ReadMemStats(&now)
				peak.Store(max(peak.Load(), int64(now.TotalAlloc-start.TotalAlloc)))
			}
		}
		io.WriteString(w, fileBody1)
	})}
	u := Upload{Name: "a.mp3", Size: size, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(watched{io.LimitReader(blanks{}, size), &largest}), nil
	}}
	if _, err := c.UploadFile(t.Context(), u, 0); err != nil {
		t.Fatal(err)
	}
	if got := received.Load(); got < size {
		t.Errorf("got %d bytes, want more than %d", got, size)
	}
	if got := largest.Load(); got > 1<<20 {
		t.Errorf("the file was read %d bytes at once", got)
	}
	if got := peak.Load(); got > size/4 {
		t.Errorf("%d bytes were allocated for a file of %d", got, int64(size))
	}
}

// watched records the size of the largest read.
type watched struct {
	r       io.Reader
	largest *atomic.Int64
}

func (w watched) Read(p []byte) (int, error) {
	w.largest.Store(max(w.largest.Load(), int64(len(p))))
	return w.r.Read(p)
}

func TestFile(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if got, want := r.Method+" "+r.URL.EscapedPath(), "GET /v1/files/a%2F..%3F%20%D1%8F"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		return reply(200, `{"id":7,"bytes":"1.2e3","created_at":"1677610602000","filename":["odd"],"purpose":null,"access_policy":1}`), nil
	})}
	got, err := c.File(t.Context(), "a/..? я")
	want := &File{ID: "7", Name: `["odd"]`, AccessPolicy: "1", Bytes: 1200, Created: time.Unix(1677610602, 0)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, ok := urls.Load(localURL + "/files/a%2F..%3F%20%D1%8F"); ok {
		t.Error("the URL of a file is cached")
	}
	_, err = (&Client{BaseURL: localURL, Transport: always(404, `{"status":404,"message":"No such file"}`)}).File(t.Context(), "x")
	if e := wantError(t, err, KindNotFound); e.Op != "files" || e.Message != "No such file" {
		t.Errorf("got %+v", e)
	}
}

func TestFileIDsThatCannotBe(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("asked %s", r.URL)
		return reply(500, ""), nil
	})}
	for _, id := range []string{"", ".", ".."} {
		_, err := c.File(t.Context(), id)
		wantError(t, err, KindRejected)
		wantError(t, c.DeleteFile(t.Context(), id), KindRejected)
		wantError(t, c.FileContent(t.Context(), id, io.Discard), KindRejected)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if got := r.Method + " " + r.URL.Path; got != "GET /v1/files" {
			t.Errorf("got %s", got)
		}
		return reply(200, `{"data":[`+fileBody1+`,{"bytes":1},null,"odd",{"id":"b"}]}`), nil
	})}
	got, err := c.Files(t.Context())
	if err != nil || len(got) != 2 || got[0].ID != "6f0b1291" || got[0].Bytes != 5 || got[1].ID != "b" || !got[1].Created.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, body := range []string{``, `[]`, `{}`, `{"data":1}`, `{"data":[`} {
		got, err := (&Client{BaseURL: localURL, Transport: always(200, body)}).Files(t.Context())
		if e := wantError(t, err, KindBadBody); got != nil || e.Sent {
			t.Errorf("%s: got %+v, %+v", body, got, e)
		}
	}
	if got, err := (&Client{BaseURL: localURL, Transport: always(200, `{"data":[]}`)}).Files(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("an empty list: got %+v, %v", got, err)
	}
}

func TestDeleteFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
		kind   Kind
	}{
		{200, `{"id":"x","deleted":true,"access_policy":"private"}`, 0},
		{200, `{"id":"x"}`, 0},
		{200, `{"id":"x","deleted":false}`, KindBadBody},
		{200, `{"deleted":true}`, KindBadBody},
		{200, `{"id":`, KindBadBody},
		{404, `{"status":404,"message":"No such file"}`, KindNotFound},
		{500, ``, KindServer},
	} {
		c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if got := r.Method + " " + r.URL.Path; got != "POST /v1/files/x/delete" || r.Body != nil {
				t.Errorf("got %s", got)
			}
			return reply(tt.status, tt.body), nil
		})}
		if err := c.DeleteFile(t.Context(), "x"); tt.kind != 0 {
			wantError(t, err, tt.kind)
		} else if err != nil {
			t.Errorf("%s: %v", tt.body, err)
		}
	}
}

func TestFileContent(t *testing.T) {
	t.Parallel()
	const text = "first line\nsecond line\n"
	c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if got := r.Method + " " + r.URL.Path; got != "GET /v1/files/x/content" {
			t.Errorf("got %s", got)
		}
		return reply(200, text, "Content-Type", "application/octet-stream"), nil
	})}
	var b bytes.Buffer
	if err := c.FileContent(t.Context(), "x", &b); err != nil || b.String() != text {
		t.Errorf("got %q, %v", b.String(), err)
	}
	full := errors.New("disk full")
	if err := c.FileContent(t.Context(), "x", writer(func([]byte) (int, error) { return 0, full })); err != full {
		t.Errorf("got %v, want the writer's error", err)
	}
	if err := c.FileContent(t.Context(), "x", writer(func(p []byte) (int, error) { return 1, nil })); err != io.ErrShortWrite {
		t.Errorf("got %v, want %v", err, io.ErrShortWrite)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestFileContentErrors(t *testing.T) {
	t.Parallel()
	cut := roundTrip(func(*http.Request) (*http.Response, error) {
		r := reply(200, "", "Content-Type", "application/octet-stream")
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader("half"), torn{}))
		return r, nil
	})
	for _, tt := range []struct {
		name string
		rt   http.RoundTripper
		kind Kind
		got  string
	}{
		{"cut", cut, KindBadBody, "half"},
		{"page", always(200, "<html>", "Content-Type", "text/html; charset=utf-8"), KindBadBody, ""},
		{"gone", always(404, `{"status":404,"message":"No such file"}`), KindNotFound, ""},
		{"gateway", always(502, "<html>"), KindServer, ""},
	} {
		var b bytes.Buffer
		err := (&Client{BaseURL: localURL, Transport: tt.rt}).FileContent(t.Context(), "x", &b)
		if e := wantError(t, err, tt.kind); e.Op != "files" || e.Sent || b.String() != tt.got {
			t.Errorf("%s: got %q, %+v", tt.name, b.String(), e)
		}
	}
}

// TestFileContentTimeout times out in the middle of a body.
func TestFileContentTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &Client{BaseURL: localURL, Timeout: time.Minute, Transport: serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			io.WriteString(w, "half")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})}
		var b bytes.Buffer
		wantError(t, c.FileContent(t.Context(), "x", &b), KindTimeout)
		if b.String() != "half" {
			t.Errorf("got %q", b.String())
		}
	})
}

func TestFileTypes(t *testing.T) {
	t.Parallel()
	want := strings.Fields(".bmp .doc .docx .epub .jpeg .jpg .m4a .mp3 .mp4 .ogg .opus .pdf .png .ppt .pptx .tif .tiff .txt .wav .weba .xlsx")
	if got := FileExtensions(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, want := range map[string]FileType{
		"a.txt": {"text/plain", "document", 40 << 20}, "dir.d/Скан.TIF": {"image/tiff", "image", 15 << 20},
		"x.tar.Jpg": {"image/jpeg", "image", 15 << 20}, ".opus": {"audio/opus", "audio", 35 << 20},
	} {
		if got, ok := FileTypeOf(name); !ok || got != want {
			t.Errorf("FileTypeOf(%q): got %+v, %v, want %+v", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "txt", "a.exe", "a.txt.", "a.pdf/b", "a.xls"} {
		if got, ok := FileTypeOf(name); ok {
			t.Errorf("FileTypeOf(%q): got %+v, want none", name, got)
		}
	}
}

func FuzzFormName(f *testing.F) {
	f.Add("a\"b\\\r\n\x00я.txt", "text/plain")
	f.Fuzz(func(t *testing.T, name, kind string) {
		u := uploadOf(name, "x")
		u.MIME = kind
		form := newForm(u)
		body, err := form.open()
		if err != nil {
			t.Fatal(err)
		}
		r, _ := http.NewRequest(http.MethodPost, localURL, body)
		r.Header.Set("Content-Type", form.contentType)
		r.ContentLength = form.length()
		parts := readForm(t, r)
		if len(parts) != 2 || parts[1].text != "x" || parts[1].disposition != fmt.Sprintf(`form-data; name="file"; filename="%s"`, escapeName(name)) {
			t.Errorf("got %q", parts)
		}
	})
}
