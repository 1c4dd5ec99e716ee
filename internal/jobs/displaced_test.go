package jobs

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// A journal that is deleted or replaced while answers are under way ends the run. Nothing that was paid for is asked again, the answers that
// arrived afterwards included.
func TestJournalDisplacedDuringTheRun(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be displaced")
	}
	for name, displace := range map[string]func(path string) error{
		"deleted":  os.Remove,
		"replaced": func(path string) error { return os.Rename(path+".old", path) },
	} {
		for _, change := range [][]func(*Job){nil, {inPlace}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				const rows, flight = 40, 10
				g := newRig(t, "q.csv", "id,prompt\n"+numbered(rows))
				g.run(t, limited(5))
				jobstest.WriteFile(t, g.journal()+".old", jobstest.ReadFile(t, g.journal()))
				paid := g.takeAsked()
				var mu sync.Mutex // guards sent
				sent := 0
				all := make(chan struct{})
				g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
					mu.Lock()
					if sent++; sent == flight {
						if err := displace(g.journal()); err != nil {
							t.Error(err)
						}
						close(all)
					}
					mu.Unlock()
					<-all // so many are under way at that moment
					return nil, nil
				}
				sum, err := g.try(t, change...)
				var moved *journal.MovedError
				if !errors.As(err, &moved) || sum == nil || sum.Journal != moved.To || sum.Interrupted {
					t.Fatalf("summary %+v, error %v; want a *MovedError", sum, err)
				}
				g.AnswerFunc = nil
				paid = append(paid, g.takeAsked()...)
				if len(paid) >= rows {
					t.Errorf("%d rows were asked, although the journal was gone", len(paid))
				}
				if moved.Replaced {
					_, err := g.try(t, change...)
					jobstest.WantUsage(t, err, "rename", moved.To)
					if err := os.Rename(moved.To, g.journal()); err != nil {
						t.Fatal(err)
					}
				}
				if sum := g.run(t, change...); sum.Completed != rows || sum.PaidTwice != 0 {
					t.Errorf("continued: %+v, want %d rows", sum, rows)
				}
				for _, prompt := range g.takeAsked() {
					for _, p := range paid {
						if p == prompt {
							t.Errorf("%s was asked again", p)
						}
					}
				}
			})
		}
	}
}

// The end of a run finds a journal that was deleted while the output was written, too.
func TestJournalDeletedWhileTheOutputIsWritten(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be displaced")
	}
	g := newRig(t, "q.csv", "prompt\na\n")
	_, err := g.try(t, func(r *Job) {
		r.tests.reached = func(string) { os.Remove(g.journal()) }
	})
	var moved *journal.MovedError
	if !errors.As(err, &moved) {
		t.Fatalf("error %v, want a *MovedError", err)
	}
	g.takeAsked()
	g.run(t)
	g.wantAsked(t, "")
}

// A preview that loses its journal says so, and the run after it asks nothing again.
func TestJournalDeletedDuringAPreview(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be displaced")
	}
	g := newRig(t, "q.csv", "prompt\na\n")
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return nil, os.Remove(spec.JournalPath(g.input))
	}
	_, _, err := g.new().Preview(t.Context(), nil, 1)
	var moved *journal.MovedError
	if !errors.As(err, &moved) || filepath.Base(moved.To) != "q.csv.gigabatch" {
		t.Fatalf("error %v, want a *MovedError", err)
	}
	g.AnswerFunc = nil
	g.takeAsked()
	g.run(t)
	g.wantAsked(t, "")
}
