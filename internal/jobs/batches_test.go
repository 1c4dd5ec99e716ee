package jobs

import (
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
	"gigabatch/internal/jobs/jobstest"
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
}

var errKilled = errors.New("killed")

// event returns errKilled if the process is dead.
func (p *process) event() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left--; p.left == 0 && !p.dead {
		p.dead = true
		p.saved, _ = os.ReadFile(p.journal())
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

// start runs the job and kills it after a number of events, or never if that is negative. killed reports whether it was.
func (g *batchRig) start(t *testing.T, events int, change ...func(*Job)) (sum *task.Summary, killed bool, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &process{batchRig: g, cancel: cancel, left: events}
	c := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Transport: p, Tokens: &gigachat.OAuth{
		Key: sandbox.Key, Scope: gigachat.ScopeCorporate, URL: "http://127.0.0.1/api/v2/oauth", Transport: g.box.Transport(),
	}}
	job := g.new(append([]func(*Job){func(j *Job) {
		j.Limits.Via, j.Limits.Lines, j.Limits.MaxAttempts, j.Sandbox = task.ViaBatch, 7, 5, true
		j.Settings.Output = g.dir + "/q.sandbox.csv"
		j.Connect = func(context.Context, []string) (*Service, error) {
			return &Service{Ask: c.ChatJSON, Files: c, Batches: c, Sandbox: true, Start: 10, Max: 64}, nil
		}
		j.Said = func(m messages.Text) {
			p.mu.Lock()
			defer p.mu.Unlock()
			g.said = append(g.said, m.String())
		}
		j.tests.sync = func(*os.File) error { return p.event() }
	}}, change...)...)
	sum, err = job.Run(ctx, nil)
	if p.dead {
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
		t.Fatalf("got %v, %+v, want all %d rows completed\nsaid: %q", err, sum, g.rows, g.said)
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
		"doubled":        {BatchOdd: "doubled"},
		"unknown ids":    {BatchOdd: "unknown"},
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
	synctest.Test(t, func(t *testing.T) {
		for events, died := 1, true; died; events++ {
			g := newBatchRig(t, 17, sandbox.Options{BatchDelay: time.Minute})
			_, died, _ = g.start(t, events)
			time.Sleep(time.Duration(events%3) * 40 * time.Second)
			g.finish(t)
			if t.Failed() {
				t.Fatalf("killed after event %d; said %q", events, g.said)
			}
			if !died && events < 60 {
				t.Errorf("only %d events, want more", events)
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
	for i := range runs {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 17))
			pick := func(words ...string) string { return words[r.IntN(len(words))] }
			o := sandbox.Options{
				Seed: uint64(i), BatchDelay: time.Duration(r.IntN(600)) * time.Second, BatchShape: pick("", "batches", "data", "single"),
				BatchTimes: pick("", "milliseconds"), BatchFiles: pick("", "error", "result"), BatchOrder: pick("", "kept"), BatchOdd: pick("", "doubled", "unknown"),
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
			kills := 0
			for range 20 {
				_, died, _ := g.start(t, 1+r.IntN(150))
				if !died {
					break
				}
				kills++
				time.Sleep(time.Duration(r.IntN(300)) * time.Second)
			}
			g.reposted = o.BatchExpire > 0
			g.finish(t, func(j *Job) { j.Limits.LiveStragglers, j.Repost = g.reposted, g.reposted })
			if t.Failed() {
				t.Fatalf("run %d, %d kills, options %+v\nsaid %q", i, kills, o, g.said)
			}
		})
	}
}
