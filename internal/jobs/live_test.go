package jobs

import (
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// watched runs a job and returns the tally at each request and at the end of asking.
func watched(t *testing.T, g *rig, change ...func(*Job)) (seen []task.Tally, sum *task.Summary) {
	t.Helper()
	var mu sync.Mutex // guards progress and seen
	var progress *pool.Progress
	look := func() {
		mu.Lock()
		defer mu.Unlock()
		if s := progress.Snapshot(); s.Tally == nil {
			t.Error("a snapshot without a tally")
		} else {
			seen = append(seen, *s.Tally)
		}
	}
	answerFunc := g.AnswerFunc
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		look()
		if answerFunc == nil {
			return nil, nil
		}
		return answerFunc(p, r)
	}
	sum = g.run(t, append(change, func(j *Job) {
		j.Started = func(p *pool.Progress) {
			mu.Lock()
			defer mu.Unlock()
			progress = p
		}
	})...)
	look()
	return seen, sum
}

// wantSteady fails unless the counts add up to the rows, never decrease, and end equal to the summary.
func wantSteady(t *testing.T, seen []task.Tally, sum *task.Summary) {
	t.Helper()
	decided := func(c *task.Tally) int { return c.Completed + c.FailedRows() + c.Blocked + c.Skipped }
	last := 0
	for i, c := range seen {
		if c.Rows != sum.Rows || decided(&c)+c.Pending != c.Rows {
			t.Errorf("count %d of %d: %d rows, of which %d are decided and %d pending; want %d rows", i, len(seen), c.Rows, decided(&c), c.Pending, sum.Rows)
		}
		if decided(&c) < last {
			t.Errorf("count %d of %d fell from %d decided rows to %d", i, len(seen), last, decided(&c))
		}
		last = decided(&c)
	}
	end := seen[len(seen)-1]
	if end.Completed != sum.Completed || end.Blocked != sum.Blocked || end.Skipped != sum.Skipped || end.Pending != sum.Pending || !maps.Equal(end.Failed, sum.Failed) {
		t.Errorf("the last count is %+v, the summary %+v", end, sum.Tally)
	}
}

func TestRowsThatRepeatAreEachCounted(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n3,a\n4,\n5,a\n6,rejected\n7,blocked\n8,a\n9,blocked\n")
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "blocked" {
			return &gigachat.ChatResponse{FinishReason: "blacklist"}, nil
		}
		return failing(map[string]gigachat.Kind{"rejected": gigachat.KindRejected})(p, r)
	}
	seen, sum := watched(t, g, func(j *Job) { j.Limits.Concurrency = 1 })
	wantSteady(t, seen, sum)
	if second := seen[1]; second.Completed != 4 {
		t.Errorf("after the first answer %d rows are completed, want the 4 that ask the same", second.Completed)
	}
}

// A repair is a separate task but not a row.
func TestRepairIsNoRow(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\na\n")
	g.AnswerFunc = answering(func(p string, repairs int) string {
		switch {
		case p == "a" && repairs < 1, p == "b" && repairs < 2, p == "c":
			return "neither"
		}
		return "good"
	})
	seen, sum := watched(t, g, choices("good", "bad"), func(j *Job) { j.Limits.Concurrency = 1 })
	wantSteady(t, seen, sum)
	for i, c := range seen[:3] { // a and its repair, then b: no row is decided before the first repair has its result
		if decided := c.Completed + c.FailedRows(); i < 2 && decided != 0 {
			t.Errorf("at request %d %d rows are decided, want none: no answer fits yet", i+1, decided)
		}
	}
	if sum.Rows != 4 || sum.Completed != 3 || sum.Failed[task.CauseInvalid] != 1 || sum.Requests != 8 {
		t.Errorf("summary %+v", sum)
	}
}

func TestRowsOfSeveralColumnsAreCountedWhole(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,old tea\n3,\n4,fine tea\n5,old tea\n")
	g.AnswerFunc = answering(answerFour)
	seen, sum := watched(t, g, asks(fourColumns...), func(j *Job) { j.Limits.Concurrency = 2 })
	wantSteady(t, seen, sum)
	if end := seen[len(seen)-1]; end.FromJournal != 0 {
		t.Errorf("%d rows count as those of an earlier run", end.FromJournal)
	}
	if end := seen[len(seen)-1]; len(end.Columns) != 4 || end.Columns[0] != sum.Columns[0] {
		t.Errorf("columns %+v, want %+v", end.Columns, sum.Columns)
	}
}

// Results of earlier runs are counted from the start, and a failure that is asked again counts as pending.
func TestCountBeginsWithWhatTheJournalHas(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\npassing\nrejected\n")
	g.AnswerFunc = failing(map[string]gigachat.Kind{"passing": gigachat.KindServer, "rejected": gigachat.KindRejected})
	g.run(t)
	g.write(t, "prompt\na\npassing\nrejected\nb\n")
	g.AnswerFunc = nil
	seen, sum := watched(t, g)
	wantSteady(t, seen, sum)
	if first := seen[0]; first.Completed != 1 || first.FailedRows() != 1 || first.Pending != 2 {
		t.Errorf("the first count is %+v", first)
	}
}

// A row that needs another way of asking for its form is pending until that way has a result.
func TestRefusedWayIsNoFailedRow(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if r.Fields["response_format"] != nil {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "response_format is not supported"}
		}
		return answer(`{"city":"Omsk"}`), nil
	}
	seen, sum := watched(t, g, func(j *Job) {
		j.Settings.Schema = json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)
		j.Settings.OutputColumns, j.Limits.Concurrency = spec.DefaultValueColumns, 1
	})
	wantSteady(t, seen, sum)
}

// Before the next traversal, a result decides the cells whose condition it breaks and the cells that need a completion it lacks.
func TestResultDecidesTheCellsThatFollowFromIt(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,fine milk\n3,blocked\n4,old tea\n5,fine tea\n")
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch p := firstPrompt(r); {
		case p == "mood blocked":
			a := answer("an apology")
			a.FinishReason = "blacklist"
			return a, nil
		case strings.HasPrefix(p, "mood fine"):
			return answer("Good."), nil
		}
		return answer("bad"), nil
	}
	seen, sum := watched(t, g, asks(
		spec.Column{CompletionColumn: "mood", Prompt: "mood {{text}}", Shape: spec.Shape{Choices: []string{"good", "bad"}}},
		spec.Column{CompletionColumn: "reply", Prompt: "reply {{mood}}: {{text}}", When: []string{"mood=bad"}},
		spec.Column{CompletionColumn: "short", Prompt: "short {{reply}}", When: []string{"reply!="}},
	), func(j *Job) { j.Limits.Concurrency = 1 })
	wantSteady(t, seen, sum)
	for i, want := range []int{0, 2, 3, 4} { // rows decided at each of the first four requests; the fifth row repeats the first
		c := seen[i]
		if got := c.Completed + c.Blocked + c.FailedRows(); got != want {
			t.Errorf("request %d: %d rows decided, want %d: %+v", i, got, want, c)
		}
	}
}
