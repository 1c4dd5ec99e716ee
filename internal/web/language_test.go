package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
	"gigabatch/internal/web/chats"
)

func TestLanguageOfARequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query, header string
		want          messages.Language
	}{
		{"", "", messages.English},
		{"", "ru", messages.Russian},
		{"", "ru-RU,ru;q=0.9,en;q=0.8", messages.Russian},
		{"", "en-GB, ru;q=0.5", messages.English},
		{"", "de, fr;q=0.9, ru;q=0.1", messages.Russian},
		{"", "de, *", messages.English},
		{"?lang=en", "ru", messages.English},
		{"?lang=ru", "en", messages.Russian},
		{"?lang=xx", "ru", messages.Russian},
	} {
		r := httptest.NewRequest("GET", "/"+tt.query, nil)
		r.Header.Set("Accept-Language", tt.header)
		if got := language(r); got != tt.want {
			t.Errorf("%q, %q: got %v, want %v", tt.query, tt.header, got, tt.want)
		}
	}
}

// boarded returns a server with a board over its folder. ask answers the runs.
func boarded(t *testing.T, ask func(prompt string) (*gigachat.ChatResponse, error)) *Server {
	t.Helper()
	s := newTestServer(t)
	b, err := board.Open(board.Options{Dir: s.Dir, Model: "GigaChat-2", Connect: func(context.Context, []string) (*jobs.Service, error) {
		return &jobs.Service{Start: 1, Max: 1, Ask: func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
			return ask(string(body))
		}}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	s.Board = b
	return s
}

// Every kind of answer is in the language of its request.
func TestAnswersInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := boarded(t, nil)
	v := signIn(t, s)
	for _, tt := range []struct{ method, path, body, english, russian string }{
		{"GET", "/api/nothing", "", `"nothing is at this address"`, `"по этому адресу ничего нет"`},
		{"GET", "/static/nothing.js", "", "file not found", "файл не найден"},
		{"DELETE", "/tables", "", "DELETE is not supported here", "метод DELETE здесь не поддерживается"},
		{"POST", "/api/plan", `{"input":"no.csv"}`, `"\"no.csv\" is not in the folder","hint":"it may have been moved or renamed"`, `"файла «no.csv» в папке нет","hint":"возможно, его переместили или переименовали"`},
		{"POST", "/api/plan", `{"input":"note.txt"}`, `"\"note.txt\" is not a table"`, `"«note.txt» — не таблица"`},
		{"POST", "/api/tables/x/look", `{"options":`, `"the request is not readable: unexpected EOF"`, `"запрос не читается: данные оборвались"`},
		{"GET", "/api/runs/none", "", `"the run is not in this folder"`, `"такого запуска в папке нет"`},
		{"GET", "/api/chats/none", "", `"the chat does not exist"`, `"такой беседы нет"`},
	} {
		if err := os.WriteFile(filepath.Join(s.Dir, "note.txt"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		for language, want := range map[string]string{"en": tt.english, "ru": tt.russian} {
			got := v.do(tt.method, tt.path, tt.body, "Content-Type", "application/json", "Accept-Language", language)
			if !strings.Contains(got.Body.String(), want) {
				t.Errorf("%s %s in %s: got %s, want %s", tt.method, tt.path, language, got.Body, want)
			}
		}
	}
	got := visit(t, s).do("GET", "/api/hello?lang=ru", "", "Accept-Language", "en")
	if !strings.Contains(got.Body.String(), "в этой вкладке вход не выполнен") {
		t.Errorf("without a session: got %s", got.Body)
	}
}

// Errors that are not messages are explained, and files are named as seen from the folder.
func TestErrorsAreExplained(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	strange := errors.New("strange")
	s.Explain = func(err error) messages.Text {
		if err == strange {
			return messages.Sprintf("the chat does not exist")
		}
		return messages.Text{}
	}
	for _, tt := range []struct {
		err              error
		english, russian string
	}{
		{strange, "the chat does not exist", "такой беседы нет"},
		{messages.Errorf("the request is not readable: %v", strange), "the request is not readable: the chat does not exist", "запрос не читается: такой беседы нет"},
		{messages.Errorf("cannot open %q: %v", filepath.Join(s.Dir, "q.csv"), strange), `cannot open \"q.csv\": the chat`, "не удалось открыть «q.csv»: такой"},
		{fmt.Errorf("as it is"), "as it is", "as it is"},
	} {
		for language, want := range map[string]string{"en": tt.english, "ru": tt.russian} {
			r, w := httptest.NewRequest("GET", "/?lang="+language, nil), httptest.NewRecorder()
			s.fail(w, r, tt.err)
			if !strings.Contains(w.Body.String(), `"error":"`+want) {
				t.Errorf("%v in %s: got %s, want %s", tt.err, language, w.Body, want)
			}
		}
	}
}

// The error of an answer is in the reader's language while it streams, and also when it comes back from its file, where it is in English.
func TestChatErrorInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	m := newSlow()
	m.err = &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Status: 402}
	s := serverOf(t, m)
	s.Explain = func(err error) messages.Text {
		if e, ok := err.(*gigachat.Error); ok {
			return messages.Sprintf("%v (%s)", messages.Sprintf("the request is too large"), messages.Foreign(e.Error()))
		}
		return messages.Text{}
	}
	v := signIn(t, s)
	id := newChat(t, v)
	wantStatus(t, "ask", v.post("/api/chats/"+id+"/ask", `{"text":"a"}`), http.StatusAccepted)
	m.pieces <- "half"
	close(m.pieces)
	const english, russian = "the request is too large (chat: 402: ", "запрос слишком большой (ответ сервиса 402: "
	if got := v.get("/api/chats/" + id + "/stream?lang=ru").Body.String(); !strings.Contains(got, russian) && !strings.Contains(got, `"idle"`) {
		t.Errorf("the stream: got %s", got)
	}
	s.chats.Drain(t.Context())
	text, err := os.ReadFile(filepath.Join(s.Dir, chats.Folder, id+".json"))
	if err != nil || !strings.Contains(string(text), english) {
		t.Errorf("the file: got %s, %v", text, err)
	}
	for path, want := range map[string]string{
		"?lang=en": english, "?lang=ru": russian, "/export?format=jsonl&lang=ru": english,
		"/export?format=md&lang=en": "*no complete answer: " + english, "/export?format=md&lang=ru": "## Вы\n\na\n\n## GigaChat-2\n\nhalf\n\n*полного ответа нет: " + russian,
	} {
		if got := v.get("/api/chats/" + id + path).Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// The errors of rows are in the journal in English, and shown in the reader's language.
func TestRowErrorsInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := boarded(t, func(string) (*gigachat.ChatResponse, error) {
		return &gigachat.ChatResponse{FinishReason: "blacklist", Model: "GigaChat-2"}, nil
	})
	if err := os.WriteFile(filepath.Join(s.Dir, "q.csv"), []byte("prompt\na\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := signIn(t, s)
	const english, russian = "blocked by moderation (finish_reason: blacklist)", "заблокировано модерацией (finish_reason: blacklist)"
	wantStatus(t, "the trial", v.post("/api/try", `{"input":"q.csv"}`), http.StatusOK)
	id := decode[map[string]string](t, v.post("/api/runs", `{"input":"q.csv"}`).Body.String())["id"]
	if err := s.Board.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/row?lang=en": `"error":"` + english + `"`, "/row?lang=ru": `"error":"` + russian + `"`,
		"/rows?lang=en": `"text":"` + english + `"`, "/rows?lang=ru": `"text":"` + russian + `"`,
	} {
		deadline := time.Now().Add(10 * time.Second)
		for got := ""; !strings.Contains(got, want); got = v.post("/api/tables/"+id+path, `{"n":1}`).Body.String() {
			if time.Now().After(deadline) {
				t.Fatalf("%s: got %s, want %s", path, got, want)
			}
		}
	}
}
