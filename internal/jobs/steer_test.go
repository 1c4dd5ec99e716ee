package jobs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/control"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// listening lets other processes steer the runs of a rig. It returns the folders of the socket, and the notes.
func listening(t *testing.T) (folders []string, change func(*Job), notes func() string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	folders = []string{filepath.Join(dir, "run")}
	var mu sync.Mutex // guards said
	var said []string
	change = func(j *Job) {
		j.Control = Control{Folders: folders, Drain: func() {}, Note: func(text messages.Text) {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, text.String())
		}}
	}
	return folders, change, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(said, "; ")
	}
}

// duringFirst calls do while the first request is in flight.
func (g *rig) duringFirst(do func()) {
	var once sync.Once
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		once.Do(do)
		return nil, nil
	}
}

func maxTokens(n int) func(*Job) { return func(j *Job) { j.Settings.MaxTokens = &n } }

const answerSoon = 10 * time.Second

// A budget that a run is given on its way ends it as one that it began with, and the next run asks the rest once.
func TestBudgetGivenOnTheWay(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\nd\n")
	folders, change, notes := listening(t)
	g.duringFirst(func() {
		st, err := control.Ask(g.journal(), folders, control.Request{Do: control.Budget, Budget: cost.Ruble / 1000}, answerSoon)
		if err != nil || st.Budget.Cost != cost.Ruble/1000 || st.Input != "q.csv" || st.Tasks != 4 || st.InFlight != 1 {
			t.Errorf("got %+v, error %v", st, err)
		}
	})
	sum, err := g.try(t, change, maxTokens(100), oneAtATime)
	if _, over := errors.AsType[*cost.LimitError](err); !over || sum.Completed != 1 || sum.Pending != 3 || sum.Spent.Budget != cost.Ruble/1000 {
		t.Errorf("got %+v, error %v", sum, err)
	}
	if !strings.Contains(notes(), "another process set the budget to <0.01 ₽") {
		t.Errorf("notes: %s", notes())
	}
	g.AnswerFunc = nil
	g.run(t, maxTokens(100))
	g.wantAsked(t, "a b c d")
}

// A budget that could not be kept is refused with the reason, and nothing changes.
func TestBudgetRefusedOnTheWay(t *testing.T) {
	t.Parallel()
	for want, settings := range map[string]func(*Job){
		"nothing limits the length of a completion": func(*Job) {},
		`the price of the model "my model"`:         func(j *Job) { j.Settings.Model, j.Settings.MaxTokens = "my model", new(int); *j.Settings.MaxTokens = 9 },
	} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		folders, change, _ := listening(t)
		g.duringFirst(func() {
			_, err := control.Ask(g.journal(), folders, control.Request{Do: control.Budget, Budget: cost.Ruble}, answerSoon)
			refusal, ok := errors.AsType[*control.Refusal](err)
			if !ok || !strings.Contains(refusal.Error(), want) || refusal.Hint.IsZero() {
				t.Errorf("got %v, want a refusal: %s", err, want)
			}
		})
		if sum := g.run(t, change, settings, oneAtATime); sum.Completed != 2 || sum.Spent.Budget != 0 {
			t.Errorf("%s: got %+v", want, sum)
		}
	}
}

// Rows that come after a run was given a budget, and with which it cannot be kept, are not asked.
func TestRowsThatBreakABudget(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt,model\na,GigaChat-2\nb,GigaChat-2\n")
	folders, change, _ := listening(t)
	g.duringFirst(func() {
		if _, err := control.Ask(g.journal(), folders, control.Request{Do: control.Budget, Budget: 100 * cost.Ruble}, answerSoon); err != nil {
			t.Error(err)
		}
		appendText(t, g.input, "c,my model\n")
	})
	_, err := g.try(t, change, maxTokens(100), oneAtATime, func(j *Job) { j.Settings.RowParams = []string{"model"} })
	if usage, ok := errors.AsType[*spec.UsageError](err); !ok || !strings.Contains(usage.Error(), "my model") {
		t.Errorf("got %v", err)
	}
	g.wantAsked(t, "a b")
}

// A preview and a canary answer nobody; the run after a canary does.
func TestPreviewAnswersNobody(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\nd\n")
	folders, change, _ := listening(t)
	var answered []bool
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		_, err := control.Ask(g.journal(), folders, control.Request{Do: control.Show}, answerSoon)
		answered = append(answered, err == nil)
		return nil, nil
	}
	if _, _, err := g.new(change, oneAtATime).Preview(t.Context(), nil, 1); err != nil {
		t.Fatal(err)
	}
	g.run(t, change, oneAtATime, func(j *Job) { j.Canary = Canary{Rows: 1} })
	if len(answered) != 4 || answered[0] || answered[1] || !answered[2] || !answered[3] {
		t.Errorf("answered: %v", answered)
	}
}

// The commands of a run from elsewhere, and those that it does not know.
func TestObey(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	folders, change, notes := listening(t)
	g.duringFirst(func() {
		for _, c := range []struct {
			r     control.Request
			state task.RunState
			most  int
			fails string
		}{
			{control.Request{Do: control.Pause}, task.RunPaused, 1, ""},
			{control.Request{Do: control.Concurrency, N: 7}, task.RunPaused, 7, ""},
			{control.Request{Do: control.Concurrency}, task.RunPaused, 0, ""},
			{control.Request{Do: control.Concurrency, N: 257}, "", 0, "must be from 1 to 256"},
			{control.Request{Do: control.Concurrency, N: -1}, "", 0, "must be from 1 to 256"},
			{control.Request{Do: control.Budget}, "", 0, "more than 0 ₽"},
			{control.Request{Do: "dance"}, "", 0, `does not know "dance"`},
			{control.Request{Do: control.Resume}, task.RunRunning, 0, ""},
			{control.Request{Do: control.Drain}, control.Stopping, 0, ""},
		} {
			st, err := control.Ask(g.journal(), folders, c.r, answerSoon)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("%+v: got %v, want %s", c.r, err, c.fails)
				}
				continue
			}
			if err != nil || st.State != c.state || st.Max != c.most || st.PID != os.Getpid() {
				t.Errorf("%+v: got %+v, error %v", c.r, st, err)
			}
		}
	})
	g.run(t, change, oneAtATime)
	if got := notes(); strings.Count(got, "another process") != 4 {
		t.Errorf("notes: %s", got)
	}
}
