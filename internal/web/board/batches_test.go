package board

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/batch"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// desk is a board in front of a sandbox with batches. Times are simulated.
type desk struct {
	*Board
	t     *testing.T
	box   *sandbox.Sandbox
	scope string
}

const deskRows = 30

// atDesk runs a test of a board over a table of deskRows rows.
func atDesk(t *testing.T, o sandbox.Options, scope string, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o.Streams, o.TokenRequestsPerSecond = 10, -1
		d := &desk{t: t, box: sandbox.New(o), scope: scope}
		t.Cleanup(func() { d.box.Close() })
		text := "id,prompt\n"
		for n := range deskRows {
			text += fmt.Sprintf("%d,p%d\n", n, n)
		}
		d.Board, _ = openWith(t, map[string]string{"q.csv": text}, func(o *Options) {
			o.Connect = d.connect
			o.Hint = func(err error) messages.Text {
				if errors.As(err, new(*batch.ForbiddenError)) {
					return messages.Sprintf("confirm these figures, or take the change back")
				}
				return messages.Text{}
			}
		})
		test(t, d)
	})
}

func (d *desk) connect(context.Context, []string) (*jobs.Service, error) {
	c := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Transport: d.box.Transport(), Tokens: &gigachat.OAuth{
		Key: sandbox.Key, Scope: d.scope, URL: "http://127.0.0.1/api/v2/oauth", Transport: d.box.Transport(),
	}}
	return &jobs.Service{Ask: c.ChatJSON, Files: c, Batches: c, Sandbox: true, Start: 10, Max: 64}, nil
}

// terminal returns the job of another process that asks the table in batches of 7.
func (d *desk) terminal(change ...func(*jobs.Job)) *jobs.Job {
	input := filepath.Join(d.Dir, "q.csv")
	j := &jobs.Job{
		Input: input, Settings: (&Spec{}).Settings(d.Board, input), Sandbox: true, Connect: d.connect,
		Limits: task.Limits{Batching: task.Batching{Via: task.ViaBatch, Lines: 7}},
	}
	for _, c := range change {
		c(j)
	}
	return j
}

func detached(j *jobs.Job) { j.Limits.Detach = true }

// run runs a job of another process to its end.
func (d *desk) run(j *jobs.Job) {
	d.t.Helper()
	if _, err := j.Run(d.t.Context(), nil); err != nil {
		d.t.Fatal(err)
	}
}

const deskID = "cS5jc3YuZ2lnYWJhdGNo" // q.csv.gigabatch

// sees waits until boards show the run so.
func (d *desk) sees(want func(Info) bool, boards ...*Board) (i Info) {
	d.t.Helper()
	for _, b := range append(boards, d.Board) {
		i = within(d.t, 2*time.Hour, b, deskID, want)
	}
	return i
}

// rowsInBatches waits until the page shows so many rows as being in batches.
func (d *desk) rowsInBatches(want int) {
	d.t.Helper()
	got := -1
	for range 100 {
		if w, err := rowsOf(d.Board, deskID, 0, 2*deskRows, rows.Query{}); err == nil && len(w.Rows) == deskRows {
			got = 0
			for i := range w.Rows {
				if w.Rows[i].Cells[0].Batch {
					got++
				}
			}
		}
		row, err := rowOf(d.t.Context(), d.Board, deskID, 1)
		if got == want && err == nil && row.Cells[0].Batch == (want > 0) {
			return
		}
		time.Sleep(time.Second)
	}
	d.t.Errorf("%d rows are shown as being in batches, want %d", got, want)
}

// check checks that each row was answered once, and that the output has the answers.
func (d *desk) check() {
	d.t.Helper()
	text := read(d.t, filepath.Join(d.Dir, "q.sandbox.csv"))
	for n := range deskRows {
		if times := strings.Count(text, d.box.Answer(fmt.Sprintf("p%d", n))); times != 1 {
			d.t.Errorf("the answer to row %d is there %d times", n, times)
		}
	}
	if c := d.box.Counts(); c.BilledTwice > 0 || c.BatchLinesTwice > 0 || c.BilledPrompts != deskRows {
		d.t.Errorf("%d requests billed, %d of them twice, and %d lines posted twice", c.BilledPrompts, c.BilledTwice, c.BatchLinesTwice)
	}
}

func waits(i Info) bool { return i.State == Waiting && i.InBatches == deskRows && len(i.Open) == 5 }

func allDone(i Info) bool {
	return i.State == Completed && i.Completed == deskRows && i.Pending == 0 && !i.Here && len(i.Open) == 0 && i.InBatches == 0
}

// A run that the page starts in batches shows them while they are open, and what they brought once it has ended.
func TestRunInBatches(t *testing.T) {
	atDesk(t, sandbox.Options{BatchDelay: 5 * time.Minute}, gigachat.ScopeCorporate, func(t *testing.T, d *desk) {
		s := &Spec{Input: "q.csv", Asking: Asking{Via: task.ViaBatch}}
		live, err := d.Plan(t.Context(), &Spec{Input: "q.csv"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Plan(t.Context(), s)
		if err != nil || p.Estimate.InBatches.Via != task.ViaBatch || p.Estimate.Cost.Likely*2 > live.Estimate.Cost.Likely+1 {
			t.Fatalf("the plan is %+v, %v; live it is %+v", p.Estimate, err, live.Estimate)
		}
		if id := start(t, d.Board, s); id != deskID {
			t.Fatal(id)
		}
		i := d.sees(func(i Info) bool { return len(i.Open) == 1 && i.Open[0].Status != "" })
		if i.State != Running || !i.Asked || i.InBatches != deskRows || i.Open[0].ID == "" || i.Live.ETA != nil || i.Live.Batches != nil {
			t.Errorf("info %+v, live %+v", i, i.Live)
		}
		i = d.sees(func(i Info) bool { return len(i.Open) == 1 && i.Open[0].Done > 0 })
		if i.Open[0].Lines != deskRows || i.Open[0].Status != "in_progress" {
			t.Errorf("open %+v", i.Open)
		}
		if err := d.Pause(deskID); err != nil {
			t.Error(err)
		}
		d.sees(inState(Paused))
		i = d.sees(allDone) // a pause ends no batch
		if i.Did == nil || i.Did.Answers != deskRows || i.Did.Collected != 1 || i.Late != 0 || i.Spent.Saved == 0 {
			t.Errorf("did %+v, spent %+v, late %d", i.Did, i.Spent, i.Late)
		}
		d.check()
		sameStatus(t, d.Board, "q.csv")
	})
}

// A run that was detached in a terminal waits. The page says so, and collects what is there when it is continued, also on another server.
func TestContinueDetachedRun(t *testing.T) {
	atDesk(t, sandbox.Options{BatchDelay: 5 * time.Minute}, gigachat.ScopeCorporate, func(t *testing.T, d *desk) {
		d.run(d.terminal(detached))
		second := another(t, d.Board)
		i := d.sees(waits, second)
		if i.Completed != 0 || i.Ended == nil || i.Late != 0 || i.Live != nil || slices.ContainsFunc(i.Open, func(b task.BatchState) bool { return b.ID == "" }) {
			t.Errorf("info %+v", i)
		}
		if err := d.Continue(t.Context(), deskID, false); err != nil { // nothing is there yet
			t.Fatal(err)
		}
		d.sees(func(i Info) bool { return waits(i) && !i.Here }, second)
		p, err := d.PlanAgain(t.Context(), deskID, Again{})
		if err != nil || p.Tasks != deskRows || p.InBatches != deskRows {
			t.Errorf("the plan is %+v, %v", p, err)
		}
		d.rowsInBatches(deskRows)
		time.Sleep(10 * time.Minute)
		if err := second.Continue(t.Context(), deskID, false); err != nil {
			t.Fatal(err)
		}
		if i := d.sees(allDone, second); i.Late != 0 {
			t.Errorf("info %+v", i)
		}
		d.rowsInBatches(0)
		d.check()
		sameStatus(t, d.Board, "q.csv")
	})
}

// What status collects in a terminal while the page shows the run is counted there, and the page says that the output lacks it.
func TestCollectedElsewhere(t *testing.T) {
	atDesk(t, sandbox.Options{BatchDelay: 5 * time.Minute}, gigachat.ScopeCorporate, func(t *testing.T, d *desk) {
		d.run(d.terminal(detached))
		second := another(t, d.Board)
		d.sees(waits, second)
		time.Sleep(10 * time.Minute)
		did, err := d.terminal().Collect(t.Context(), nil)
		if err != nil || did.Answers != deskRows {
			t.Fatalf("collected %+v, %v", did, err)
		}
		collected := func(i Info) bool { return allDone(i) && i.Late == deskRows }
		d.sees(collected, second)
		d.sees(collected, another(t, d.Board)) // a server that starts now
		if strings.Contains(read(t, filepath.Join(d.Dir, "q.sandbox.csv")), d.box.Answer("p1")) {
			t.Error("the output has the answers already")
		}
		sameStatus(t, d.Board, "q.csv")
		if err := d.Continue(t.Context(), deskID, false); err != nil {
			t.Fatal(err)
		}
		d.sees(func(i Info) bool { return allDone(i) && i.Late == 0 }, second)
		d.check()
	})
}

// A run that was killed, or stopped, leaves its batches; its next run on the page awaits them and posts none again.
func TestContinueLeftBatches(t *testing.T) {
	for _, how := range []string{"killed", "stopped"} {
		t.Run(how, func(t *testing.T) {
			atDesk(t, sandbox.Options{BatchDelay: 5 * time.Minute}, gigachat.ScopeCorporate, func(t *testing.T, d *desk) {
				stop, kill, wait := inBackground(t, d.terminal())
				i := d.sees(func(i Info) bool {
					return i.State == Running && len(i.Open) == 5 && !slices.ContainsFunc(i.Open, func(b task.BatchState) bool { return b.Status == "" })
				})
				if i.InBatches != deskRows || i.Live == nil || i.Here {
					t.Errorf("info %+v", i)
				}
				if how == "killed" {
					kill()
				} else {
					stop()
				}
				wait()
				i = d.sees(inState(Interrupted))
				if len(i.Open) != 5 || i.InBatches != deskRows {
					t.Errorf("info %+v", i)
				}
				if err := d.Continue(t.Context(), deskID, false); err != nil {
					t.Fatal(err)
				}
				d.sees(allDone)
				d.check()
			})
		})
	}
}

// A key without the right to batches gets the reason and the hint; asking in batches if the key may goes live and says so.
func TestBatchesForbidden(t *testing.T) {
	for _, via := range []string{task.ViaBatch, task.ViaAuto} {
		t.Run(via, func(t *testing.T) {
			atDesk(t, sandbox.Options{Scope: gigachat.ScopePersonal}, gigachat.ScopePersonal, func(t *testing.T, d *desk) {
				start(t, d.Board, &Spec{Input: "q.csv", Asking: Asking{Via: via}})
				if via == task.ViaAuto {
					if i := d.sees(allDone); len(i.Notes) != 1 || !strings.Contains(i.Notes[0].String(), "no right to asynchronous batches") {
						t.Errorf("notes %q", i.Notes)
					}
					d.check()
					return
				}
				i := d.sees(inState(Failed))
				if i.Error == nil || i.Error.Hint.IsZero() || !strings.Contains(i.Error.Error.String(), "no right to asynchronous batches") {
					t.Errorf("error %+v", i.Error)
				}
				if c := d.box.Counts(); c.Billed > 0 {
					t.Errorf("%d requests", c.Billed)
				}
			})
		})
	}
}

// If nobody can say whether the service has a batch, its rows stay pending and the run says why, until the user has them posted again.
func TestRepost(t *testing.T) {
	faults, err := sandbox.ParseFaults("batch-create-reset-after=#1")
	if err != nil {
		t.Fatal(err)
	}
	o := sandbox.Options{BatchDelay: time.Hour, BatchExpire: time.Minute, Faults: faults}
	atDesk(t, o, gigachat.ScopeCorporate, func(t *testing.T, d *desk) {
		start(t, d.Board, &Spec{Input: "q.csv", Asking: Asking{Via: task.ViaBatch}})
		i := d.sees(func(i Info) bool { return !i.Alive() && i.Did != nil })
		if i.State != Waiting || i.Did.Doubts != 1 || i.Did.Doubted != deskRows || i.Did.Why.IsZero() || len(i.Open) != 1 || i.Open[0].ID != "" || len(i.Notes) == 0 {
			t.Fatalf("info %+v, did %+v", i, i.Did)
		}
		if err := d.Continue(t.Context(), deskID, false); err != nil { // this alone posts nothing
			t.Fatal(err)
		}
		d.sees(func(i Info) bool { return !i.Alive() && i.Did != nil && i.Did.Doubts == 1 })
		if n := d.box.Counts().Batches; n != 1 {
			t.Errorf("%d batches were posted, want 1", n)
		}
		if err := d.ContinueAs(t.Context(), deskID, Again{Repost: true}); err != nil {
			t.Fatal(err)
		}
		d.sees(func(i Info) bool { return len(i.Open) > 0 && i.Open[0].ID != "" })
		if n := d.box.Counts().Batches; n < 2 {
			t.Errorf("%d batches were posted, want another one", n)
		}
	})
}

// With a deadline, what the batches have not answered in time is asked live.
func TestDeadline(t *testing.T) {
	atDesk(t, sandbox.Options{BatchDelay: 30 * time.Hour}, gigachat.ScopeCorporate, func(t *testing.T, d *desk) {
		by := time.Now().Add(10 * time.Minute)
		start(t, d.Board, &Spec{Input: "q.csv", Asking: Asking{Via: task.ViaHybrid, Deadline: &by}})
		d.sees(func(i Info) bool { return i.State == Running && len(i.Open) == 1 })
		i := d.sees(func(i Info) bool { return !i.Here && i.Completed == deskRows })
		if now := time.Now(); now.After(by) || now.Before(by.Add(-5*time.Minute)) {
			t.Errorf("done at %v, the deadline is %v", now, by)
		}
		if i.State != Completed || len(i.Open) != 1 || i.InBatches != 0 || len(i.Notes) == 0 {
			t.Errorf("info %+v", i)
		}
	})
}

// Settings of the way of asking that make no sense are refused before anything is read.
func TestWrongAsking(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
	past, later := time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	for want, a := range map[string]Asking{
		`no way of asking called "fast"`: {Via: "fast"},
		"needs a deadline":               {Via: task.ViaHybrid},
		"only that does":                 {Via: task.ViaBatch, Deadline: &later},
		"the deadline has passed":        {Via: task.ViaHybrid, Deadline: &past},
	} {
		var wrong *spec.UsageError
		if _, err := b.Start(t.Context(), &Spec{Input: "q.csv", Asking: a}); !errors.As(err, &wrong) || !strings.Contains(wrong.Error(), want) || wrong.Hint.IsZero() {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if s.count() > 0 || len(b.Runs()) > 0 {
		t.Error("something was asked")
	}
}
