package web

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
)

// answering returns a server with a table of rows and a board whose runs get answers, and the number of their requests.
func answering(t *testing.T, rows int) (*Server, *visitor, *atomic.Int64) {
	t.Helper()
	var asked atomic.Int64
	s := boarded(t, func(string) (*gigachat.ChatResponse, error) {
		asked.Add(1)
		usage := gigachat.Usage{PromptTokens: 10, CompletionTokens: 10, TotalTokens: 20}
		return &gigachat.ChatResponse{Completion: "yes", FinishReason: "stop", Model: "GigaChat-2", Usage: usage}, nil
	})
	prices, err := cost.Parse("prices.csv", "model,input,output,cached,date\nGigaChat-2,1000000,1000000,0,2026-11-01\n")
	if err != nil {
		t.Fatal(err)
	}
	s.Board.Prices = prices
	var b strings.Builder
	b.WriteString("prompt\n")
	for i := range rows {
		b.WriteString(strings.Repeat("x", i+1) + "\n")
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "q.csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, signIn(t, s), &asked
}

// started starts a run, waits for its end, and returns its id.
func (v *visitor) started(s *Server, spec string) string {
	v.t.Helper()
	got := v.post("/api/runs", spec)
	wantStatus(v.t, "the start", got, http.StatusCreated)
	id := decode[struct{ ID string }](v.t, got.Body.String()).ID
	w := s.Board.Watch()
	defer w.Close()
	for {
		i, err := s.Board.Run(id)
		if err != nil {
			v.t.Fatal(err)
		}
		if i.State != "planning" && i.State != "connecting" && i.State != "running" && i.State != "writing" {
			return id
		}
		if _, _, err := w.Next(v.t.Context()); err != nil {
			v.t.Fatal(err)
		}
	}
}

// A start that asks again much of what has an answer needs the field confirm with the figures of the plan, in the API, too: a second tab
// that shows older figures gets an error with the new ones, in its language.
func TestStartNeedsItsFigures(t *testing.T) {
	t.Parallel()
	s, v, asked := answering(t, 60)
	v.started(s, `{"input":"q.csv"}`)
	plan := func(prompt string) json.RawMessage {
		t.Helper()
		got := v.post("/api/plan", `{"input":"q.csv","columns":[{"prompt":"`+prompt+`"}]}`)
		wantStatus(t, "the plan", got, http.StatusOK)
		blast := decode[struct {
			Blast struct {
				Requests int
				Rubles   json.Number
				Day      string `json:"prices_of"`
				Reasons  []string
				Confirm  bool
			}
		}](t, got.Body.String()).Blast
		if blast.Requests == 0 || !blast.Confirm || blast.Day != "2026-11-01" || len(blast.Reasons) != 1 {
			t.Fatalf("the plan has the blast %+v, want one to be confirmed", blast)
		}
		figures, err := json.Marshal(map[string]any{"requests": blast.Requests, "rubles": blast.Rubles})
		if err != nil {
			t.Fatal(err)
		}
		return figures
	}
	figures := plan("{{prompt}}?")
	for body, want := range map[string]string{
		`{"input":"q.csv","columns":[{"prompt":"{{prompt}}?"}]}`:                                                                        "то, на что уже есть ответ, было бы спрошено снова",
		`{"input":"q.csv","columns":[{"prompt":"{{prompt}} ` + strings.Repeat("longer ", 50) + `"}],"confirm":` + string(figures) + `}`: "снова было бы спрошено больше, чем подтверждено: ",
	} {
		got := v.do("POST", "/api/runs?lang=ru", body, "Content-Type", "application/json")
		wantStatus(t, "a start without its figures", got, http.StatusBadRequest)
		if text := got.Body.String(); !strings.Contains(text, `"code":"confirm"`) || !strings.Contains(text, want) || !strings.Contains(text, "не больше 60 запросов") {
			t.Errorf("the answer is %s, want %q with the figures", text, want)
		}
	}
	if n := asked.Load(); n != 60 {
		t.Errorf("%d requests, want the 60 of the first run", n)
	}
	v.started(s, `{"input":"q.csv","columns":[{"prompt":"{{prompt}}?"}],"confirm":`+string(figures)+`}`)
	if n := asked.Load(); n != 120 {
		t.Errorf("%d requests, want 120", n)
	}
}

// The report is an answer of the API: it needs the key of the session, or a ticket. It is shown in frames of this page only, allows no
// script, and can be saved.
func TestReportIsGuarded(t *testing.T) {
	t.Parallel()
	s, v, _ := answering(t, 3)
	id := v.started(s, `{"input":"q.csv"}`)
	path := "/api/runs/" + id + "/report"
	ticket := func(query string) string {
		t.Helper()
		got := v.post("/api/tickets", `{"path":"`+path+query+`"}`)
		wantStatus(t, "a ticket", got, http.StatusCreated)
		return decode[struct{ URL string }](t, got.Body.String()).URL
	}
	frame := visit(t, s)
	frame.cookie = v.cookie
	wantStatus(t, "without a ticket", frame.get(path), http.StatusUnauthorized)
	wantStatus(t, "with a ticket, but without a session", visit(t, s).get(ticket("?frame&lang=ru")), http.StatusUnauthorized)
	shown := frame.get(ticket("?frame&lang=ru"))
	wantStatus(t, "with a ticket", shown, http.StatusOK)
	if page := shown.Body.String(); !strings.Contains(page, "<h1>Отчёт по файлу q.csv</h1>") || strings.Contains(page, s.Dir) {
		t.Errorf("the report is %.500s", page)
	}
	h := shown.Header()
	if h.Get("X-Frame-Options") != "SAMEORIGIN" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'self'") ||
		strings.Contains(h.Get("Content-Security-Policy"), "script") || h.Get("Cache-Control") != "no-store" || h.Get("Content-Disposition") != "" {
		t.Errorf("the report has the headers %v", h)
	}
	saved := frame.get(ticket("?save&lang=en"))
	if kind := saved.Header().Get("Content-Disposition"); kind != "attachment; filename=q.csv.report.html" || !strings.Contains(saved.Body.String(), "Report on q.csv") {
		t.Errorf("saved: %q, %.300s", kind, saved.Body)
	}
	if h := v.get("/tables").Header(); h.Get("X-Frame-Options") != "DENY" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("the page has the headers %v", h)
	}
	wantStatus(t, "the page of the report", v.get("/tables/"+id+"/report"), http.StatusOK)
	wantStatus(t, "of no run", v.get("/api/runs/none/report"), http.StatusNotFound)
}
