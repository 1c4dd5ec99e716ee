package jobs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// TestOutageWhileAskingAgain checks that a row which failed is pending if an outage ends the run while the row is asked again.
func TestOutageWhileAskingAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
		g.AnswerFunc = failing(map[string]gigachat.Kind{"c": gigachat.KindNetwork})
		sum, err := g.try(t, func(j *Job) { j.Limits.MaxAttempts, j.Limits.MaxOutage = 5, 7500*time.Millisecond })
		var outage *task.OutageError
		if !errors.As(err, &outage) || sum.Completed != 2 || sum.Pending != 1 || sum.FailedRows() != 0 {
			t.Errorf("%v, summary %+v", err, sum)
		}
		if strings.Contains(g.output(t), "no luck") {
			t.Errorf("output\n%s", g.output(t))
		}
		st, err := ReadStatus(g.input, g.journal())
		if err != nil || st.Pending != 1 || st.FailedRows() != 0 || len(st.Troubles) != 1 || st.State != task.RunFailed {
			t.Fatalf("status %+v, %v", st, err)
		}
		if r := st.Troubles[0]; r.Line != 4 || r.State != task.Pending || !strings.Contains(r.Error, "no luck with c") || r.Attempts == 0 {
			t.Errorf("status of the row %+v", r)
		}
		g.takeAsked()
		g.AnswerFunc = nil
		if sum := g.run(t); sum.Completed != 3 || sum.Pending != 0 {
			t.Errorf("the next run %+v", sum)
		}
		g.wantAsked(t, "c")
		if st, err := ReadStatus(g.input, g.journal()); err != nil || len(st.Troubles) != 0 || st.Pending != 0 {
			t.Errorf("status after it %+v, %v", st, err)
		}
	})
}

// TestStatusAfterAnOutage checks that the status has the last error of each row that was asked in an outage, and that this is no result.
func TestStatusAfterAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var rows strings.Builder
		for i := range 40 {
			fmt.Fprintf(&rows, "row%d\n", i)
		}
		g := newRig(t, "q.csv", "prompt\n"+rows.String())
		var asked atomic.Int64
		g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if asked.Add(1) <= 5 {
				return nil, nil
			}
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Status: 503, Message: "no luck with " + p}
		}
		sum, err := g.try(t, func(j *Job) { j.Limits.MaxAttempts, j.Limits.MaxOutage = 5, time.Minute })
		if err == nil || sum.Completed != 5 || sum.Pending != 35 {
			t.Errorf("%v, summary %+v", err, sum)
		}
		tried := len(slices.Compact(g.takeAsked()))
		st, err := ReadStatus(g.input, g.journal())
		if err != nil || st.Completed != 5 || st.Pending != 35 || st.PaidTwice != 0 || len(st.Troubles) != tried-5 {
			t.Fatalf("%d rows were asked; status %+v, %v", tried, st, err)
		}
		for _, r := range st.Troubles {
			if r.State != task.Pending || r.Cause != task.CauseServer || !strings.HasSuffix(r.Error, fmt.Sprintf("no luck with row%d", r.Row-1)) {
				t.Errorf("status of a row %+v", r)
			}
		}
		g.AnswerFunc = nil
		if sum := g.run(t); sum.Completed != 40 {
			t.Errorf("the next run %+v", sum)
		}
	})
}
