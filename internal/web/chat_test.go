package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/chats"
)

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func newChat(t *testing.T, v *visitor) (id string) {
	t.Helper()
	got := v.post("/api/chats", "{}")
	wantStatus(t, "a new chat", got, http.StatusCreated)
	return decode[chats.Chat](t, got.Body.String()).ID
}

func (v *visitor) chat(id string) chats.Chat {
	v.t.Helper()
	got := v.get("/api/chats/" + id)
	wantStatus(v.t, "the chat", got, http.StatusOK)
	return decode[chats.Chat](v.t, got.Body.String())
}

// events reads a whole stream.
func (v *visitor) events(id string) (list []chats.Event) {
	v.t.Helper()
	got := v.get("/api/chats/" + id + "/stream")
	wantStatus(v.t, "the stream", got, http.StatusOK)
	for line := range strings.Lines(got.Body.String()) {
		list = append(list, decode[chats.Event](v.t, line))
	}
	return list
}

// slow is a model whose answers a test controls.
type slow struct {
	asked  chan *gigachat.ChatRequest
	pieces chan string // closed at the end of an answer
	err    error       // returned after the last piece
}

func newSlow() *slow {
	return &slow{asked: make(chan *gigachat.ChatRequest, 10), pieces: make(chan string)}
}

func (m *slow) ChatStream(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
	m.asked <- r
	var text strings.Builder
	for {
		select {
		case piece, more := <-m.pieces:
			if !more && m.err != nil {
				return nil, m.err
			}
			if !more {
				return &gigachat.ChatResponse{Completion: text.String(), FinishReason: "stop", Model: "slow:1"}, nil
			}
			text.WriteString(piece)
			if err := onDelta(piece); err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (m *slow) Models(context.Context) (*gigachat.ModelList, error) {
	return nil, errors.New("there is no list")
}

func TestChatWithSandbox(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	v := signIn(t, s)
	id := newChat(t, v)
	asked := v.post("/api/chats/"+id+"/ask", `{"text":"What is a journal?","system":"Be brief.","params":{"temperature":0,"max_tokens":100}}`)
	wantStatus(t, "ask", asked, http.StatusAccepted)
	if c := decode[chats.Chat](t, asked.Body.String()); !c.Busy || len(c.Messages) != 1 || c.Title != "What is a journal?" || c.Model != "GigaChat-2" {
		t.Errorf("got %+v", c)
	}
	v.events(id) // waits for its end
	s.chats.Drain(t.Context())
	c := v.chat(id)
	if c.Busy || len(c.Messages) != 2 || c.Messages[1].Content != sandbox.Answer("What is a journal?") {
		t.Fatalf("got %+v", c)
	}
	if m := c.Messages[1]; m.Role != "assistant" || m.FinishReason != "stop" || m.Usage.CompletionTokens == 0 || !m.Sandbox || m.Error != nil {
		t.Errorf("got the answer %+v", m)
	}
	if list := v.get("/api/chats").Body.String(); !strings.Contains(list, `"messages":2`) || !strings.Contains(list, id) {
		t.Errorf("the list is %s", list)
	}
}

// After a reload in the middle of an answer, the page gets what has arrived so far, and then the rest.
func TestStreamInTheMiddle(t *testing.T) {
	t.Parallel()
	m := newSlow()
	s := serverOf(t, m)
	address := serve(t, s)
	v := &visitor{t: t, h: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = address
		s.Handler().ServeHTTP(w, r)
	})}
	v.keep(v.get("/?token=" + testToken))
	id := newChat(t, v)
	wantStatus(t, "ask", v.post("/api/chats/"+id+"/ask", `{"text":"Go on"}`), http.StatusAccepted)
	first := v.follow(address, id)
	first.want(`{"text":""}`)
	m.pieces <- "one "
	first.want(`{"delta":"one "}`)
	m.pieces <- "two "
	first.want(`{"delta":"two "}`)
	first.body.Close()

	second := v.follow(address, id)
	second.want(`{"text":"one two "}`)
	m.pieces <- "<b>three</b>"
	second.want(`{"delta":"\u003cb\u003ethree\u003c/b\u003e"}`)
	close(m.pieces)
	if e := decode[chats.Event](t, second.line()); e.Message == nil || e.Message.Content != "one two <b>three</b>" || e.Message.Model != "slow:1" {
		t.Errorf("got the last event %+v", e)
	}
	if rest := readAll(t, second.lines); rest != "" {
		t.Errorf("after the end there is %q", rest)
	}
	if got := v.events(id); len(got) != 1 || !got[0].Idle {
		t.Errorf("with nothing under way the stream is %+v", got)
	}
}

// stream is a stream as a browser reads it.
type stream struct {
	t     *testing.T
	body  io.ReadCloser
	lines *bufio.Reader
}

func (v *visitor) follow(address, id string) *stream {
	t := v.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+address+"/api/chats/"+id+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", v.cookie)
	r.Header.Set(keyHeader, v.key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/x-ndjson") {
		t.Errorf("the stream is %s", kind)
	}
	return &stream{t: t, body: resp.Body, lines: bufio.NewReader(resp.Body)}
}

func (s *stream) line() string {
	s.t.Helper()
	line, err := s.lines.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func (s *stream) want(want string) {
	s.t.Helper()
	if got := s.line(); got != want {
		s.t.Errorf("got %s, want %s", got, want)
	}
}

func TestStopAndBusy(t *testing.T) {
	t.Parallel()
	m := newSlow()
	v := signIn(t, serverOf(t, m))
	id := newChat(t, v)
	wantStatus(t, "ask", v.post("/api/chats/"+id+"/ask", `{"text":"Go on"}`), http.StatusAccepted)
	m.pieces <- "only this"
	for _, body := range []string{`{"text":"And?"}`, `{"text":"Go on","from":0}`} {
		got := v.post("/api/chats/"+id+"/ask", body)
		wantStatus(t, "ask meanwhile", got, http.StatusConflict)
		if !strings.Contains(got.Body.String(), `"code":"busy"`) {
			t.Errorf("got %s", got.Body)
		}
	}
	got := v.post("/api/chats/"+id+"/stop", "{}")
	wantStatus(t, "stop", got, http.StatusOK)
	c := decode[chats.Chat](t, got.Body.String())
	if last := c.Messages[len(c.Messages)-1]; c.Busy || len(c.Messages) != 2 || !last.Stopped || last.Content != "only this" || last.Error != nil {
		t.Errorf("got %+v", c)
	}
	wantStatus(t, "stop once more", v.post("/api/chats/"+id+"/stop", ""), http.StatusOK)
	wantStatus(t, "ask again", v.post("/api/chats/"+id+"/ask", `{"text":"Go on","from":0}`), http.StatusAccepted)
	wantStatus(t, "delete", v.post("/api/chats/"+id+"/delete", ""), http.StatusOK)
	wantStatus(t, "the deleted one", v.get("/api/chats/"+id), http.StatusNotFound)
	wantStatus(t, "delete once more", v.post("/api/chats/"+id+"/delete", ""), http.StatusNotFound)
}

func TestWrongQuestions(t *testing.T) {
	t.Parallel()
	v := signIn(t, newTestServer(t))
	id := newChat(t, v)
	for _, body := range []string{
		`{"text":""}`, `{"text":" \n"}`, `{"text":"a","from":1}`, `{"text":"a","from":-1}`, `{"text":"a","params":{"temperature":-1}}`, `{"text":"a","params":{"top_p":2}}`,
		`{"text":"a","params":{"max_tokens":0}}`, `{"text":"a","params":{"repetition_penalty":0}}`, `{"text":"a","params":{"temperature":1,"top_p":1}}`,
	} {
		wantStatus(t, body, v.post("/api/chats/"+id+"/ask", body), http.StatusBadRequest)
	}
	if c := v.chat(id); len(c.Messages) != 0 {
		t.Errorf("got %+v", c)
	}
	none := "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	wantStatus(t, "no such chat", v.post("/api/chats/"+none+"/ask", `{"text":"a"}`), http.StatusNotFound)
	for _, path := range []string{"/stream", "/export?format=md", ""} {
		wantStatus(t, path, v.get("/api/chats/"+none+path), http.StatusNotFound)
	}
	wantStatus(t, "no format", v.get("/api/chats/"+id+"/export?format=exe"), http.StatusBadRequest)
}

func TestServiceFails(t *testing.T) {
	t.Parallel()
	m := newSlow()
	m.err = &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Status: 402}
	s := serverOf(t, m)
	s.Hint = func(error) messages.Text { return messages.Verbatim("buy more") }
	v := signIn(t, s)
	id := newChat(t, v)
	wantStatus(t, "ask", v.post("/api/chats/"+id+"/ask", `{"text":"Go on"}`), http.StatusAccepted)
	m.pieces <- "half"
	close(m.pieces)
	v.events(id)
	s.chats.Drain(t.Context())
	last := v.chat(id).Messages[1]
	if last.Content != "half" || last.Error == nil || !strings.Contains(last.Error.Error.String(), "402") || last.Error.Hint.String() != "buy more" || last.Stopped {
		t.Errorf("got %+v", last)
	}
	got := v.get("/api/models")
	wantStatus(t, "the models", got, http.StatusInternalServerError)
	if !strings.Contains(got.Body.String(), "there is no list") {
		t.Errorf("got %s", got.Body)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	v := signIn(t, s)
	id := newChat(t, v)
	wantStatus(t, "ask", v.post("/api/chats/"+id+"/ask", `{"text":"Что такое <журнал>?","system":"Be brief."}`), http.StatusAccepted)
	v.events(id)
	s.chats.Drain(t.Context())
	wantStatus(t, "rename", v.post("/api/chats/"+id+"/rename", `{"title":"../Журнал: \"one\"\r\nX: y"}`), http.StatusOK)
	for format, want := range map[string]string{
		"md":    "## System prompt\n\nBe brief.\n\n## You\n\nЧто такое <журнал>?\n\n## GigaChat-2",
		"jsonl": `{"role":"system","content":"Be brief."}` + "\n" + `{"role":"user","content":"Что такое <журнал>?"`,
	} {
		got := v.get("/api/chats/" + id + "/export?format=" + format)
		wantStatus(t, format, got, http.StatusOK)
		if !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: got %s", format, got.Body)
		}
		kind, params, err := mime.ParseMediaType(got.Header().Get("Content-Disposition"))
		if name := params["filename"]; err != nil || kind != "attachment" || name != "Журнал one X y."+format {
			t.Errorf("%s: got %s as %q, error %v", format, kind, name, err)
		}
	}
}

// Answers are stored when the server ends, and the next server has them.
func TestChatsOutliveTheServer(t *testing.T) {
	t.Parallel()
	m := newSlow()
	s := serverOf(t, m)
	v := signIn(t, s)
	id := newChat(t, v)
	wantStatus(t, "ask", v.post("/api/chats/"+id+"/ask", `{"text":"Go on"}`), http.StatusAccepted)
	m.pieces <- "half"
	now, cancel := context.WithCancel(t.Context())
	cancel()
	s.Drain(now)
	got := v.post("/api/chats/"+id+"/ask", `{"text":"More"}`)
	wantStatus(t, "ask at the end", got, http.StatusServiceUnavailable)

	next := serverOf(t, m)
	next.Dir = s.Dir
	if c := signIn(t, next).chat(id); len(c.Messages) != 2 || c.Messages[1].Content != "half" || !c.Messages[1].Stopped {
		t.Errorf("got %+v", c)
	}
}

// If the process ends between prompt and answer, the prompt is stored.
func TestQuestionIsOnTheDiskFirst(t *testing.T) {
	t.Parallel()
	m := newSlow()
	s := serverOf(t, m)
	v := signIn(t, s)
	id := newChat(t, v)
	wantStatus(t, "ask", v.post("/api/chats/"+id+"/ask", `{"text":"Go on"}`), http.StatusAccepted)
	<-m.asked
	next := serverOf(t, m)
	next.Dir = s.Dir
	if c := signIn(t, next).chat(id); len(c.Messages) != 1 || c.Messages[0].Content != "Go on" || c.Busy {
		t.Errorf("got %+v", c)
	}
	wantStatus(t, "stop", v.post("/api/chats/"+id+"/stop", ""), http.StatusOK)
}

func TestNothingIsSentThatCannotBeKept(t *testing.T) {
	t.Parallel()
	m := newSlow()
	s := serverOf(t, m)
	v := signIn(t, s)
	id := newChat(t, v)
	folder := filepath.Join(s.Dir, chats.Folder)
	if err := errors.Join(os.RemoveAll(folder), os.WriteFile(folder, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "a new chat", v.post("/api/chats", "{}"), http.StatusInternalServerError)
	wantStatus(t, "ask", v.post("/api/chats/"+id+"/ask", `{"text":"Go on"}`), http.StatusNotFound)
	if len(m.asked) > 0 {
		t.Error("the question was sent")
	}
}
