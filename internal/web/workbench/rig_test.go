package workbench

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/web/board"
	"gigabatch/internal/web/board/boardtest"
)

// service answers "re PROMPT", a prompt that begins with slow only once goOn is closed, and notes what it is asked.
type service struct {
	goOn  chan struct{}
	began chan string // gets each slow prompt that is asked

	mu    sync.Mutex // guards asked
	asked []string
}

func (s *service) connect(context.Context, []string) (*jobs.Service, error) {
	return &jobs.Service{Ask: s.ask, Sandbox: true, Start: 4, Max: 10}, nil
}

func (s *service) ask(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
	text, err := boardtest.Prompt(body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.asked = append(s.asked, text)
	s.mu.Unlock()
	if strings.Contains(text, "slow") {
		s.began <- text
		select {
		case <-s.goOn:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return boardtest.Answer(text)
}

func (s *service) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// open opens a workbench over a folder with files.
func open(t *testing.T, files map[string]string) (*Workbench, *service) {
	t.Helper()
	dir := boardtest.Folder(t, files)
	s := &service{goOn: make(chan struct{}), began: make(chan string, 1000)}
	return another(t, board.Options{Dir: dir, Sandbox: true, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: s.connect}), s
}

// another opens a workbench as another process would.
func another(t *testing.T, o board.Options) *Workbench {
	t.Helper()
	b, err := board.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return New(b)
}

func write(t *testing.T, name, content string) {
	t.Helper()
	boardtest.Write(t, name, content)
}

// asking returns a completion column with a prompt and the defaults.
func asking(prompt string) board.Columns { return board.Columns{{Prompt: prompt}} }

// elsewhere returns a job for q.csv as another process would run it.
func elsewhere(w *Workbench, s *service, sp *board.Spec) *jobs.Job {
	input := filepath.Join(w.Dir, "q.csv")
	return &jobs.Job{Input: input, Journal: spec.JournalPath(input), Settings: sp.Settings(w.Board, input), Sandbox: true, Connect: s.connect}
}

func start(t *testing.T, w *Workbench, s *board.Spec) string {
	t.Helper()
	id, err := w.Start(t.Context(), s)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return id
}

func inState(state string) func(board.Info) bool {
	return func(i board.Info) bool { return i.State == state }
}

// until waits until a run has a state.
func until(t *testing.T, w *Workbench, id string, want func(board.Info) bool) board.Info {
	t.Helper()
	watcher := w.Watch()
	defer watcher.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		i, err := w.Run(id)
		if err == nil && want(i) {
			return i
		}
		if _, _, next := watcher.Next(ctx); next != nil {
			t.Fatalf("the run is %+v, %v", i, err)
		}
	}
}

// settled asks until an answer is complete.
func settled[T any](t *testing.T, ask func() (T, bool, error)) T {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		answer, complete, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		if complete {
			return answer
		}
		if time.Now().After(deadline) {
			t.Fatalf("the answer does not become complete: %+v", answer)
		}
	}
}

// real is connect of a service that is no sandbox.
func (s *service) real(ctx context.Context, models []string) (*jobs.Service, error) {
	of, err := s.connect(ctx, models)
	return boardtest.Real(of), err
}
