package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/batch"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// batchRig is a rig whose service is a sandbox with batches. Its process can be killed.
type batchRig struct {
	*rig
	box      *sandbox.Sandbox
	rows     int
	said     []string
	reposted bool
	about    string // the service, for messages
	scope    string // of the key
}

func newBatchRig(t *testing.T, rows int, o sandbox.Options) *batchRig {
	t.Helper()
	o.Streams, o.TokenRequestsPerSecond = max(o.Streams, 10), -1
	g := &batchRig{rig: newRig(t, "q.csv", "id,prompt\n"+numbered(rows)), box: sandbox.New(o), rows: rows}
	t.Cleanup(func() { g.box.Close() })
	return g
}

// process is a run that is killed after a number of events: fsyncs of the journal, beginnings and ends of exchanges, and reads of answers.
type process struct {
	*batchRig
	cancel context.CancelFunc

	mu    sync.Mutex // guards the fields below
	left  int        // events; negative for a run that is not killed
	dead  bool
	saved []byte // the journal at the moment of the kill
	spent []byte // the ledger of the daily budget at that moment
}

var errKilled = errors.New("killed")

// event returns errKilled if the process is dead.
func (p *process) event() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left--; p.left == 0 && !p.dead {
		p.dead = true
		p.saved, _ = os.ReadFile(p.journal())
		p.spent, _ = os.ReadFile(cost.LedgerOf(p.journal()).Path)
		p.cancel()
	}
	if p.dead {
		return errKilled
	}
	return nil
}

// RoundTrip makes an exchange. The process may die before the service gets the request, before it gets the answer, and while it reads that.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := p.event(); err != nil {
		return nil, err
	}
	resp, err := p.box.Transport().RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
	if err == nil {
		resp.Body = &mortalBody{resp.Body, p}
		if err = p.event(); err != nil {
			resp.Body.Close()
			return nil, err
		}
	}
	return resp, err
}

type mortalBody struct {
	io.ReadCloser
	p *process
}

func (b *mortalBody) Read(to []byte) (int, error) {
	if err := b.p.event(); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(to[:min(len(to), 512)])
}

// prepare returns the job of a process.
func (g *batchRig) prepare(p *process, change ...func(*Job)) *Job {
	c := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Transport: p, Tokens: &gigachat.OAuth{
		Key: sandbox.Key, Scope: cmp.Or(g.scope, gigachat.ScopeCorporate), URL: "http://127.0.0.1/api/v2/oauth", Transport: g.box.Transport(),
	}}
	return g.new(append([]func(*Job){func(j *Job) {
		j.Limits.Via, j.Limits.Lines, j.Limits.MaxAttempts, j.Sandbox = task.ViaBatch, 7, 5, true
		j.Settings.Output = g.dir + "/q.sandbox.csv"
		j.Connect = func(context.Context, []string) (*Service, error) {
			return &Service{Ask: c.ChatJSON, Embed: c.EmbedJSON, Files: c, Batches: c, Sandbox: true, Start: 10, Max: 64}, nil
		}
		j.Said = func(m messages.Text) {
			p.mu.Lock()
			defer p.mu.Unlock()
			g.said = append(g.said, m.String())
		}
		j.tests.sync = func(*os.File) error { return p.event() }
	}}, change...)...)
}

// job returns the job of a process that is not killed.
func (g *batchRig) job(change ...func(*Job)) *Job {
	return g.prepare(&process{batchRig: g, cancel: func() {}, left: -1}, change...)
}

// start runs the job and kills it after a number of events, or never if that is negative. killed reports whether it was.
func (g *batchRig) start(t *testing.T, events int, change ...func(*Job)) (sum *task.Summary, killed bool, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &process{batchRig: g, cancel: cancel, left: events}
	sum, err = g.prepare(p, change...).Run(ctx, nil)
	if p.dead {
		if ledger := cost.LedgerOf(g.journal()).Path; exists(ledger) {
			jobstest.WriteFile(t, ledger, string(p.spent))
		}
		if p.saved == nil {
			os.Remove(g.journal())
		} else {
			jobstest.WriteFile(t, g.journal(), string(p.saved))
		}
	}
	return sum, p.dead, err
}

// finish runs the job to its end and checks that every row has its answer, and that nothing was paid for twice.
func (g *batchRig) finish(t *testing.T, change ...func(*Job)) *task.Summary {
	t.Helper()
	sum, _, err := g.start(t, -1, change...)
	if err != nil || sum.Completed != g.rows {
		t.Fatalf("%s: got %v, %+v, want all %d rows completed\nsaid: %q", g.about, err, sum, g.rows, g.said)
	}
	g.check(t)
	return sum
}

func (g *batchRig) check(t *testing.T) {
	t.Helper()
	output := jobstest.ReadFile(t, g.dir+"/q.sandbox.csv")
	for i := range g.rows {
		if n := strings.Count(output, g.box.Answer(fmt.Sprintf("p%d", i))); n != 1 {
			t.Errorf("the answer to row %d is there %d times", i, n)
		}
	}
	c := g.box.Counts()
	if g.reposted { // the lines of a batch that brought nothing
		c.BatchLinesTwice = 0
	}
	if c.BilledTwice > 0 || c.BatchLinesTwice > 0 || c.BilledPrompts != int64(g.rows) {
		t.Errorf("%d requests billed, %d of them twice, and %d lines posted twice, want %d once", c.BilledPrompts, c.BilledTwice, c.BatchLinesTwice, g.rows)
	}
}

// TestBatches runs a table through batches, for each form in which a service may answer.
func TestBatches(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]sandbox.Options{
		"plain":          {},
		"under batches":  {BatchShape: "batches"},
		"under data":     {BatchShape: "data", BatchTimes: "milliseconds"},
		"single":         {BatchShape: "single"},
		"errors apart":   {BatchFiles: "error", Faults: []sandbox.Fault{{Kind: "500", Contains: "p11", Attempts: 1}}},
		"result_file_id": {BatchFiles: "result"},
		"in order":       {BatchOrder: "kept"},
		"doubled":        {BatchOdd: []string{"doubled"}},
		"unknown ids":    {BatchOdd: []string{"unknown"}},
		"late polls":     {BatchLate: 20 * time.Second},
		"few lines":      {BatchLines: 3},
		"expired":        {BatchDelay: time.Hour, BatchExpire: 45 * time.Minute},
		"lost create":    {Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: sandbox.ResetAfter, First: 1, Skip: 1}}},
		"lost create, unknown at first": {BatchLate: 20 * time.Second,
			Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: sandbox.ResetAfter, First: 1, Skip: 1}}},
		"gateway":       {Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: sandbox.LateGateway, First: 2}}},
		"not taken":     {Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: sandbox.ResetBefore, First: 2}, {At: sandbox.AtBatchCreate, Kind: "502", First: 1}}},
		"429":           {Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: "429", First: 5}, {At: sandbox.AtBatchPoll, Kind: "429", Rate: 0.3}}},
		"polls fail":    {Faults: []sandbox.Fault{{At: sandbox.AtBatchPoll, Kind: "500", Rate: 0.5}, {At: sandbox.AtBatchList, Kind: "503", First: 2}}},
		"half a file":   {Faults: []sandbox.Fault{{At: sandbox.AtFiles, Kind: sandbox.ResetIn, First: 2}, {At: sandbox.AtFiles, Kind: sandbox.Truncated, First: 1}}},
		"error lines":   {Faults: []sandbox.Fault{{Kind: "500", Contains: "p1", Attempts: 1}, {Kind: "429", Contains: "p2", Attempts: 1}}},
		"empty answers": {Faults: []sandbox.Fault{{Kind: sandbox.EmptyContent, Contains: "p13", Attempts: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if o.BatchDelay == 0 {
					o.BatchDelay = 3 * time.Minute
				}
				g := newBatchRig(t, 30, o)
				if name == "empty answers" { // each of which is paid for
					sum, _, err := g.start(t, -1)
					if err != nil || sum.Completed != 30 || g.box.Counts().BilledTwice != 1 {
						t.Fatalf("got %v, %+v, %+v", err, sum, g.box.Counts())
					}
					return
				}
				sum := g.finish(t, func(j *Job) { j.Limits.LiveStragglers = name == "expired" })
				if name == "expired" {
					if sum.Batched.Answers == 0 || sum.Batched.Answers == 30 {
						t.Errorf("got %+v, want some of the answers from batches that expired", sum.Batched)
					}
					return
				}
				if sum.Batched.Answers < 30 || sum.Batched.Open+sum.Batched.Doubts > 0 {
					t.Errorf("got %+v", sum.Batched)
				}
				before := g.box.Counts().Requests
				if sum := g.finish(t); g.box.Counts().Requests != before || sum.FromJournal != 30 {
					t.Errorf("a second run sent %d requests", g.box.Counts().Requests-before)
				}
			})
		})
	}
}

// TestBatchesKilledAtEachStep kills a run after each event: each fsync, each beginning and end of an exchange, and each read of an answer.
func TestBatchesKilledAtEachStep(t *testing.T) {
	t.Parallel()
	step := 1
	if raced {
		step = 3
	}
	synctest.Test(t, func(t *testing.T) {
		for events, died := 1, true; died; events += step {
			g := newBatchRig(t, 17, sandbox.Options{BatchDelay: time.Minute})
			_, died, _ = g.start(t, events)
			time.Sleep(time.Duration(events%3) * 40 * time.Second)
			g.finish(t)
			if t.Failed() {
				t.Fatalf("killed after event %d; said %q", events, g.said)
			}
			if !died {
				t.Logf("killed after each of %d events", events-1)
				if events < 60 {
					t.Errorf("only %d events, want more", events)
				}
			}
		}
	})
}

// TestBatchesKilledAtRandom kills each run up to 20 times, with a service that has bad days.
func TestBatchesKilledAtRandom(t *testing.T) {
	t.Parallel()
	runs := 100
	if testing.Short() || raced {
		runs = 8
	}
	all := 0
	defer func() { t.Logf("%d kills in %d runs", all, runs) }()
	for i := range runs {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 17))
			pick := func(words ...string) string { return words[r.IntN(len(words))] }
			o := sandbox.Options{
				Seed: uint64(i), BatchDelay: time.Duration(r.IntN(600)) * time.Second, BatchShape: pick("", "batches", "data", "single"),
				BatchTimes: pick("", "milliseconds"), BatchFiles: pick("", "error", "result"), BatchOrder: pick("", "kept"), BatchOdd: []string{pick("doubled", "unknown")},
				BatchLate: time.Duration(r.IntN(30)) * time.Second,
				Faults: []sandbox.Fault{
					{At: sandbox.AtBatchCreate, Kind: sandbox.FaultKind(pick("reset-after", "504-after", "502", "429", "reset-before")), Rate: 0.3},
					{At: sandbox.AtBatchPoll, Kind: "500", Rate: 0.2}, {At: sandbox.AtFiles, Kind: sandbox.FaultKind(pick("truncated", "reset-in")), Rate: 0.3},
					{Kind: "500", Rate: 0.1, Attempts: 1},
				},
			}
			if r.IntN(3) == 0 {
				o.BatchExpire = o.BatchDelay * 2 / 3
			}
			g := newBatchRig(t, 40, o)
			g.about = fmt.Sprintf("run %d: %+v", i, o)
			kills := 0
			for range 20 {
				sum, died, err := g.start(t, 1+r.IntN(150))
				if !died && err == nil && sum.Completed == g.rows {
					break
				}
				if !died {
					continue
				}
				kills++
				all++
				time.Sleep(time.Duration(r.IntN(300)) * time.Second)
			}
			g.reposted = o.BatchExpire > 0
			last := func(j *Job) { j.Limits.LiveStragglers, j.Repost = g.reposted, g.reposted }
			for range 9 { // a doubt is left if a batch of which the answer was lost expires without a line
				if sum, _, err := g.start(t, -1, last); err == nil && sum.Batched.Doubts == 0 {
					break
				}
			}
			g.finish(t, last)
			if t.Failed() {
				t.Fatalf("run %d, %d kills, options %+v\nsaid %q", i, kills, o, g.said)
			}
		})
	}
}

// TestDeadlines runs a table against random deadlines: the answers are there in time, each once, whatever the batches do.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	step := 1
	if testing.Short() || raced {
		step = 4
	}
	asked, late, latest := 0, 0, -time.Hour
	for i := 0; i < 50; i += step {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 18))
			latency := time.Duration(500+r.IntN(4000)) * time.Millisecond
			g := newBatchRig(t, 60, sandbox.Options{
				Seed: uint64(i), Latency: latency, BatchDelay: time.Duration(1+r.IntN(180)) * time.Minute, BatchExpire: time.Duration(r.IntN(2)*r.IntN(180)) * time.Minute,
				Faults: []sandbox.Fault{{Kind: "500", Rate: 0.05, Attempts: 1}},
			})
			deadline := time.Now().Add(2*time.Minute + time.Duration(r.IntN(120*60))*time.Second)
			sum, _, err := g.start(t, -1, func(j *Job) { j.Limits.Via, j.Limits.Deadline, j.Limits.Lines = task.ViaHybrid, deadline, 5+r.IntN(40) })
			over := time.Since(deadline)
			latest = max(latest, over)
			if err != nil || sum.Completed != g.rows || over > latency {
				t.Errorf("run %d: %v after the deadline, got %v, %+v", i, over, err, sum)
			}
			output := jobstest.ReadFile(t, g.dir+"/q.sandbox.csv")
			for row := range g.rows {
				if n := strings.Count(output, g.box.Answer(fmt.Sprintf("p%d", row))); n != 1 {
					t.Errorf("run %d: the answer to row %d is there %d times", i, row, n)
				}
			}
			asked += sum.Batched.Answers
			time.Sleep(4 * time.Hour)
			again, _, err := g.start(t, -1)
			if err != nil || again.Batched.Open > 0 || jobstest.ReadFile(t, g.dir+"/q.sandbox.csv") != output {
				t.Errorf("run %d: the run after it got %v, %+v, or changed the output", i, err, again)
			}
			twice := sum.Batched.Twice + again.Batched.Twice
			late += twice
			if c := g.box.Counts(); c.BilledTwice != int64(twice) {
				t.Errorf("run %d: %d requests billed twice, and %d answers came twice", i, c.BilledTwice, twice)
			}
		})
	}
	t.Logf("%d answers in batches, %d that came twice, at most %v after the deadline", asked, late, latest)
	if asked < 500/step || late < 100/step {
		t.Errorf("%d answers in batches and %d that came twice, want more of both", asked, late)
	}
}

// TestDeadlineTooNear tests a deadline that leaves no time for batches: nothing is posted, and everything is asked live.
func TestDeadlineTooNear(t *testing.T) {
	t.Parallel()
	for _, left := range []time.Duration{-time.Hour, time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			g := newBatchRig(t, 60, sandbox.Options{Latency: time.Second, BatchDelay: time.Hour})
			sum := g.finish(t, func(j *Job) { j.Limits.Via, j.Limits.Deadline = task.ViaHybrid, time.Now().Add(left) })
			if sum.Batched.Posted > 0 || sum.Elapsed > 20*time.Second {
				t.Errorf("%v before the deadline: %+v in %v", left, sum.Batched, sum.Elapsed)
			}
		})
	}
}

// TestOtherRoads tests what a run does that finds batches where it did not expect them, or none where it did.
func TestOtherRoads(t *testing.T) {
	t.Parallel()
	scenarios := map[string]func(t *testing.T, g *batchRig){
		"detached, then waited for": func(t *testing.T, g *batchRig) {
			sum, _, err := g.start(t, -1, func(j *Job) { j.Limits.Detach = true })
			if err != nil || sum.Pending != 30 || sum.Interrupted || sum.Batched.Open != 5 || sum.Batched.Waiting != 30 {
				t.Fatalf("got %v, %+v", err, sum)
			}
			if est, err := g.job().Open(); err != nil {
				t.Fatal(err)
			} else if plan, err := est.Plan(t.Context()); err != nil || plan.InBatches != 30 || plan.Estimate(cost.Known()).Requests.High > 0 {
				t.Errorf("the plan has %d rows in batches, and estimates %+v (%v)", plan.InBatches, plan.Estimate(cost.Known()).Requests, err)
			} else {
				est.Close()
			}
			st, err := ReadStatus(g.input, g.journal())
			if err != nil || st.State != task.RunWaiting || st.InBatches != 30 || *st.ExitCode != 0 {
				t.Fatalf("status is %v, %+v", err, st)
			}
			g.finish(t)
		},
		"detached, then detached again": func(t *testing.T, g *batchRig) {
			detach := func(j *Job) { j.Limits.Detach = true }
			for range 3 {
				g.start(t, -1, detach)
				time.Sleep(2 * time.Minute)
			}
			g.finish(t, detach)
		},
		"detached, then live": func(t *testing.T, g *batchRig) {
			g.start(t, -1, func(j *Job) { j.Limits.Detach = true })
			g.finish(t, func(j *Job) { j.Limits.Via = task.ViaLive })
		},
		"detached, then fresh": func(t *testing.T, g *batchRig) {
			g.start(t, -1, func(j *Job) { j.Limits.Detach = true })
			g.finish(t, fresh)
		},
		"detached, then a preview": func(t *testing.T, g *batchRig) {
			g.start(t, -1, func(j *Job) { j.Limits.Detach = true })
			job := g.job()
			if _, _, err := job.Preview(t.Context(), nil, 5); err != nil {
				t.Fatal(err)
			}
			g.finish(t)
		},
		"detached, then collected": func(t *testing.T, g *batchRig) {
			g.start(t, -1, func(j *Job) { j.Limits.Detach = true })
			time.Sleep(10 * time.Minute)
			did, err := g.job().Collect(t.Context(), nil)
			if err != nil || did.Answers != 30 || did.Open != 0 {
				t.Fatalf("got %v, %+v", err, did)
			}
			st, err := ReadStatus(g.input, g.journal())
			if err != nil || st.Completed != 30 || st.InBatches != 0 || st.State != task.RunCompleted {
				t.Fatalf("status is %v, %+v", err, st)
			}
			if sum := g.finish(t); sum.Requests != 0 {
				t.Errorf("got %+v", sum)
			}
		},
		"an older copy of the journal, once all is done": func(t *testing.T, g *batchRig) {
			g.start(t, 12) // killed with two batches posted
			copied, err := os.ReadFile(g.journal())
			if err != nil {
				t.Fatal(err)
			}
			g.finish(t)
			jobstest.WriteFile(t, g.journal(), string(copied))
			os.Remove(g.dir + "/q.sandbox.csv")
			g.finish(t)
		},
		"two machines with a copy of the journal": func(t *testing.T, g *batchRig) {
			g.start(t, -1, func(j *Job) { j.Limits.Detach = true })
			copied := jobstest.ReadFile(t, g.journal())
			theirs := &batchRig{rig: newRig(t, "q.csv", jobstest.ReadFile(t, g.input)), box: g.box, rows: g.rows}
			jobstest.WriteFile(t, theirs.journal(), copied)
			theirs.finish(t)
			g.finish(t)
		},
		"continued after its deadline": func(t *testing.T, g *batchRig) {
			drain := make(chan struct{})
			time.AfterFunc(time.Minute, func() { close(drain) })
			job := g.job(func(j *Job) { j.Limits.Via, j.Limits.Deadline = task.ViaHybrid, time.Now().Add(3*time.Minute) })
			if sum, err := job.Run(t.Context(), drain); err != nil || sum.Batched.Open != 5 {
				t.Fatalf("got %v, %+v", err, sum)
			}
			time.Sleep(24 * time.Hour)
			again, err := Resume(g.journal())
			if err != nil {
				t.Fatal(err)
			}
			again.Connect = job.Connect
			if sum, err := again.Run(t.Context(), nil); err != nil || sum.Completed != 30 {
				t.Fatalf("got %v, %+v", err, sum)
			}
			g.check(t)
		},
		"attached files": func(t *testing.T, g *batchRig) {
			jobstest.WriteFile(t, g.dir+"/a.txt", "a text")
			g.write(t, "id,prompt,file\n"+strings.ReplaceAll(numbered(30), "\n", ",a.txt\n"))
			attach := func(j *Job) { j.Settings.Attach, j.Settings.Prompt = "file", "{{prompt}}" }
			g.start(t, -1, attach, func(j *Job) { j.Limits.Detach = true })
			if c := g.box.Counts(); c.Uploads != 1 || c.FilesStored != 1 {
				t.Fatalf("got %+v, want the file stored", c.FileCounts)
			}
			g.start(t, -1, func(j *Job) {
				j.Settings.Limit, j.Settings.Prompt = 1, "Another question"
				j.Limits.Via, j.Limits.Detach = task.ViaBatch, true
			})
			if c := g.box.Counts(); c.FilesStored != 1 {
				t.Errorf("got %+v, want the file stored until its batches are collected", c.FileCounts)
			}
			g.rows = 30
			sum, _, err := g.start(t, -1, attach)
			if c := g.box.Counts(); err != nil || sum.Completed != 30 || c.Uploads != 1 || c.FilesStored != 0 || c.BilledTwice > 0 {
				t.Errorf("got %v, %+v, %+v", err, sum, c)
			}
		},
		"interrupted": func(t *testing.T, g *batchRig) {
			drain := make(chan struct{})
			time.AfterFunc(90*time.Second, func() { close(drain) })
			sum, err := g.job().Run(t.Context(), drain)
			if err != nil || !sum.Interrupted || sum.Pending != 30 || sum.Batched.Open != 5 {
				t.Fatalf("got %v, %+v", err, sum)
			}
			g.finish(t)
		},
	}
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				scenario(t, newBatchRig(t, 30, sandbox.Options{BatchDelay: 3 * time.Minute}))
			})
		})
	}
}

// TestNoRightToBatches tests a key that may not use batches.
func TestNoRightToBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 30, sandbox.Options{Scope: sandbox.ScopeBusiness})
		g.scope = sandbox.ScopeBusiness
		for _, via := range []string{task.ViaBatch, task.ViaHybrid} {
			_, _, err := g.start(t, -1, func(j *Job) { j.Limits.Via = via })
			if !errors.As(err, new(*batch.ForbiddenError)) || g.box.Counts().Chats > 0 {
				t.Errorf("%s: got %v", via, err)
			}
			if _, err := os.Stat(g.journal()); err == nil {
				t.Errorf("%s: there is a journal although nothing was sent", via)
			}
		}
		if sum := g.finish(t, func(j *Job) { j.Limits.Via = task.ViaAuto }); sum.Batched.Posted > 0 {
			t.Errorf("got %+v", sum.Batched)
		}
	})
}

// TestModelWithoutBatches tests a model that the service does not take in batches: it is not posted again.
func TestModelWithoutBatches(t *testing.T) {
	t.Parallel()
	for via, change := range map[string]func(*Job){
		"batch": func(*Job) {}, "auto": func(j *Job) { j.Limits.Via = task.ViaAuto }, "live stragglers": func(j *Job) { j.Limits.LiveStragglers = true },
	} {
		synctest.Test(t, func(t *testing.T) {
			g := newBatchRig(t, 30, sandbox.Options{BatchModels: []string{"GigaChat-2"}})
			if via == "batch" {
				sum, _, err := g.start(t, -1, change)
				if err != nil || sum.Pending != 30 || sum.Batched.Refused != 30 || sum.Batched.Posted != 5 || !strings.Contains(strings.Join(g.said, "\n"), "GigaChat-2") {
					t.Errorf("got %v, %+v; said %q", err, sum, g.said)
				}
				return
			}
			if sum := g.finish(t, change); sum.Batched.Posted != 5 {
				t.Errorf("%s: got %+v", via, sum.Batched)
			}
		})
	}
}

// TestVectorsInBatches makes vectors through batches, killed at every step, and live what a batch did not bring, in the journal that has open
// batches of completions.
func TestVectorsInBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for events := 1; events < 70; events += 3 {
			g := newBatchRig(t, 17, sandbox.Options{BatchDelay: time.Minute, Faults: []sandbox.Fault{{At: sandbox.AtEmbeddings, Kind: "500", Rate: 0.2, Attempts: 1}}})
			if _, _, err := g.start(t, -1, func(j *Job) { j.Limits.Detach = true }); err != nil {
				t.Fatal(err)
			}
			vectors := func(j *Job) {
				j.Settings.Column = spec.Column{CompletionColumn: spec.DefaultVectorColumn, Embed: true, Prompt: "{{prompt}}", Params: spec.Params{Model: "EmbeddingsGigaR"}}
				j.Settings.OutputColumns, j.Settings.Output, j.Limits.Pack = spec.DefaultOutputColumns, g.dir+"/vectors.jsonl", 4
				j.Limits.LiveStragglers = events%2 == 0
			}
			g.start(t, events, vectors)
			time.Sleep(time.Minute)
			sum, _, err := g.start(t, -1, vectors)
			if err != nil || sum.Completed != 17 {
				t.Fatalf("killed after event %d: got %v, %+v; said %q", events, err, sum, g.said)
			}
			output := jobstest.ReadFile(t, g.dir+"/vectors.jsonl")
			for i := range 17 {
				if want := fmt.Sprintf(`"embedding":%s`, g.box.Vector("EmbeddingsGigaR", fmt.Sprintf("p%d", i))); strings.Count(output, want) != 1 {
					t.Errorf("killed after event %d: row %d has no %s", events, i, want)
				}
			}
			if sum, _, err := g.start(t, -1); err != nil || sum.Completed != 17 || sum.Batched.Open > 0 {
				t.Errorf("killed after event %d: the completions: %v, %+v", events, err, sum)
			}
			if c := g.box.Counts(); c.BilledTwice > 0 || c.BatchLinesTwice > 0 || c.BilledPrompts != 34 {
				t.Errorf("killed after event %d: %+v", events, c)
			}
		}
	})
}

// TestRoundsOfBatches tests what needs earlier answers: a column that uses another one, and repairs. Each goes into a later batch, or live.
func TestRoundsOfBatches(t *testing.T) {
	t.Parallel()
	for _, via := range []string{task.ViaBatch, task.ViaHybrid} {
		synctest.Test(t, func(t *testing.T) {
			g := newBatchRig(t, 20, sandbox.Options{BatchDelay: 10 * time.Minute, Faults: []sandbox.Fault{{Kind: sandbox.InvalidJSON, Contains: "p1"}}})
			began := time.Now()
			sum, _, err := g.start(t, -1, func(j *Job) {
				j.Limits.Lines, j.Limits.Via = 500, via
				if via == task.ViaHybrid {
					j.Limits.Deadline = began.Add(15 * time.Minute)
				}
				j.Settings.Columns = []spec.Column{
					{CompletionColumn: "mood", Prompt: "{{prompt}}", Shape: spec.Shape{Choices: []string{"good", "bad"}, Repairs: 2}, Params: spec.Params{Model: "GigaChat-2"}},
					{CompletionColumn: "reply", Prompt: "Reply to {{prompt}}, which is {{mood}}", Params: spec.Params{Model: "GigaChat-2"}},
				}
			})
			took := time.Since(began)
			if err != nil || sum.Completed != 20 || g.box.Counts().BilledTwice > 0 {
				t.Fatalf("%s: got %v, %+v, %+v", via, err, sum, g.box.Counts())
			}
			if batches := sum.Batched.Posted; via == task.ViaBatch && (batches < 3 || batches > 5 || took < 30*time.Minute) ||
				via == task.ViaHybrid && (batches < 1 || batches > 2 || took > 15*time.Minute) {
				t.Errorf("%s: %d batches in %v", via, batches, took)
			}
		})
	}
}
