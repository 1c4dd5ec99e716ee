package jobs

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/batch"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// served puts a service between the run and the sandbox.
func served(wrap func(batch.Service) batch.Service) func(*Job) {
	return func(j *Job) {
		connect := j.Connect
		j.Connect = func(ctx context.Context, models []string) (*Service, error) {
			svc, err := connect(ctx, models)
			if err == nil {
				svc.Batches = wrap(svc.Batches)
			}
			return svc, err
		}
	}
}

type odd struct {
	batch.Service
	list    func(context.Context) ([]gigachat.Batch, error)
	one     func(context.Context, string) (*gigachat.Batch, error)
	content func(context.Context, string, io.Writer) error
	create  func(context.Context, gigachat.BatchMethod, []byte, time.Duration) (*gigachat.Batch, error)
}

func (o *odd) CreateBatch(ctx context.Context, m gigachat.BatchMethod, lines []byte, d time.Duration) (*gigachat.Batch, error) {
	if o.create != nil {
		return o.create(ctx, m, lines, d)
	}
	return o.Service.CreateBatch(ctx, m, lines, d)
}

func (o *odd) Batches(ctx context.Context) ([]gigachat.Batch, error) {
	if o.list != nil {
		return o.list(ctx)
	}
	return o.Service.Batches(ctx)
}

func (o *odd) Batch(ctx context.Context, id string) (*gigachat.Batch, error) {
	if o.one != nil {
		return o.one(ctx, id)
	}
	return o.Service.Batch(ctx, id)
}

func (o *odd) FileContent(ctx context.Context, id string, w io.Writer) error {
	if o.content != nil {
		return o.content(ctx, id, w)
	}
	return o.Service.FileContent(ctx, id, w)
}

func day(j *Job) { j.Limits.MaxTime = 24 * time.Hour }

// allOnce checks that every row has its answer, and that nothing was paid twice.
func (g *batchRig) allOnce(t *testing.T, sum *task.Summary, err error) {
	t.Helper()
	if err != nil || sum.Completed != g.rows {
		t.Errorf("got %v, %+v, want all %d rows completed; said %q", err, sum, g.rows, g.said)
	}
	g.paidOnce(t)
}

// paidOnce reports what was paid twice.
func (g *batchRig) paidOnce(t *testing.T) {
	t.Helper()
	if c := g.box.Counts(); c.BilledTwice > 0 || c.BatchLinesTwice > 0 {
		t.Errorf("%d requests billed, %d of them twice, %d lines posted twice; said %q", c.BilledPrompts, c.BilledTwice, c.BatchLinesTwice, g.said)
	}
}

// TestBatchesFilesFail: GET /files/…/content fails for a while although GET /batches works: paid answers must not be asked again.
func TestBatchesFilesFail(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{"503", "429", "500", "403", "not-json", "truncated", "reset-in"} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newBatchRig(t, 7, sandbox.Options{BatchDelay: 2 * time.Second, Faults: []sandbox.Fault{{At: sandbox.AtFiles, Kind: kind, First: 12}}})
				began := time.Now()
				sum, _, err := g.start(t, -1, day)
				t.Logf("%v %+v after %v", err, sum.Batched, time.Since(began))
				time.Sleep(time.Hour)
				sum, _, err = g.start(t, -1, day)
				g.allOnce(t, sum, err)
			})
		})
	}
}

// TestBatchesOutputLate: the batch is completed, and the service names its file two minutes later.
func TestBatchesOutputLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 7, sandbox.Options{BatchDelay: 2 * time.Second})
		began := time.Now()
		sum, _, err := g.start(t, -1, day, served(func(s batch.Service) batch.Service {
			return &odd{Service: s, one: func(ctx context.Context, id string) (*gigachat.Batch, error) {
				b, err := s.Batch(ctx, id)
				if err == nil && time.Since(began) < 2*time.Minute {
					b.OutputFile, b.Completed, b.Failed = "", 0, 0
				}
				return b, err
			}}
		}))
		t.Logf("%v %+v", err, sum.Tally)
		time.Sleep(time.Hour)
		sum, _, err = g.start(t, -1, day)
		g.allOnce(t, sum, err)
	})
}

// TestBatchesRepostLoops: the user says --repost, and the service never has the results: how often is a row posted?
func TestBatchesRepostLoops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 7, sandbox.Options{BatchDelay: 2 * time.Second, Faults: []sandbox.Fault{{At: sandbox.AtFiles, Kind: "404", Rate: 1}}})
		g.start(t, -1, day)
		sum, _, err := g.start(t, -1, func(j *Job) { j.Repost, j.Limits.MaxTime = true, time.Hour })
		if n := g.box.Counts().BatchLines / 7; n > 2 {
			t.Errorf("posted %d times: %v %+v", n, err, sum.Batched)
		}
	})
}

// TestBatchesDeadline: batches cannot be posted; the rows must have answers by the deadline.
func TestBatchesDeadline(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{"429", "500", "503", "reset-after"} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newBatchRig(t, 30, sandbox.Options{BatchDelay: 10 * time.Minute, Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: kind, Rate: 1}}})
				deadline := time.Now().Add(time.Hour)
				sum, _, err := g.start(t, -1, day, func(j *Job) { j.Limits.Via, j.Limits.Deadline = task.ViaHybrid, deadline })
				if over := time.Since(deadline); over > 0 || sum.Completed < 30 {
					t.Errorf("%v after the deadline: %v, %d completed, %+v", over, err, sum.Completed, sum.Batched)
				}
			})
		})
	}
}

// TestBatchesCreateFails: POST /batches always fails with 5xx, while the list works: the run must end with the outage.
func TestBatchesCreateFails(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{"500", "503", "429"} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newBatchRig(t, 7, sandbox.Options{Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: kind, Rate: 1}}})
				began := time.Now()
				sum, _, err := g.start(t, -1, day)
				if took := time.Since(began); took > time.Hour {
					t.Errorf("%v, %v, %+v, said %d texts, e.g. %q", took, err, sum.Batched, len(g.said), g.said[:min(3, len(g.said))])
				}
			})
		})
	}
}

// TestBatchesKilledAfter429: a posting waits out 429, then the service takes it, and the process is killed before the answer. It starts again at
// once, and the list shows the batch after 5 s.
func TestBatchesKilledAfter429(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 7, sandbox.Options{BatchDelay: time.Minute, BatchLate: 5 * time.Second, Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: "429", First: 7}}})
		ctx, cancel := context.WithCancel(t.Context())
		_, err := g.job(served(func(s batch.Service) batch.Service {
			return &odd{Service: s, create: func(ctx context.Context, m gigachat.BatchMethod, lines []byte, d time.Duration) (*gigachat.Batch, error) {
				b, err := s.CreateBatch(ctx, m, lines, d)
				if err == nil {
					cancel()
					return nil, &gigachat.Error{Op: "batches", Kind: gigachat.KindCanceled, Sent: true, Err: context.Canceled}
				}
				return b, err
			}}
		})).Run(ctx, nil)
		t.Log(err)
		sum, _, err := g.start(t, -1, day)
		g.allOnce(t, sum, err)
	})
}

// TestBatchesListLate: the answer of a create is lost, and lists know the batch after 90 s (polls may know it after 10 minutes).
func TestBatchesListLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 7, sandbox.Options{BatchDelay: time.Minute, BatchLate: 90 * time.Second, Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: "reset-after", First: 1}}})
		sum, _, err := g.start(t, -1, day)
		g.allOnce(t, sum, err)
	})
}

// TestBatchesClock: the clock of this machine is 3 hours ahead (a dual boot in Moscow), and the answer of a create is lost.
func TestBatchesClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 7, sandbox.Options{BatchDelay: time.Minute, ClockSkew: -3 * time.Hour, Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: "reset-after", First: 1}}})
		sum, _, err := g.start(t, -1, day)
		g.allOnce(t, sum, err)
	})
}

// TestBatchesRetryBlocked: rows that the moderation blocked and that the user counts as failed are asked again through batches.
func TestBatchesRetryBlocked(t *testing.T) {
	t.Parallel()
	for _, via := range []string{task.ViaLive, task.ViaBatch} {
		t.Run("via "+via, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newBatchRig(t, 7, sandbox.Options{BatchDelay: time.Minute, Faults: []sandbox.Fault{{Kind: sandbox.Blacklist, Contains: "p3", Attempts: 1}}})
				fails := func(j *Job) { j.Settings.BlockedFails, j.Limits.Via = true, via }
				sum, _, err := g.start(t, -1, fails)
				t.Logf("%v %+v", err, sum.Tally)
				sum, _, err = g.start(t, -1, fails, retryFailed, func(j *Job) { j.Limits.MaxTime = time.Hour })
				if err != nil || sum.Completed != 7 {
					t.Errorf("%v %+v %+v paid twice %d, %+v", err, sum.Tally, sum.Batched, sum.PaidTwice, g.box.Counts())
				}
			})
		})
	}
}

// TestBatchesStrangers: an older copy of the journal, and one exchange about the results fails, or the batches that the copy does not know are
// still running.
func TestBatchesStrangers(t *testing.T) {
	t.Parallel()
	for fails := range 8 {
		t.Run(fmt.Sprint(fails), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, running := sandbox.Options{BatchDelay: 3 * time.Minute}, fails == 0
				if running {
					o.BatchDelay = 3 * time.Hour
				}
				g := newBatchRig(t, 30, o)
				g.start(t, 14)
				copied := jobstest.ReadFile(t, g.journal())
				g.start(t, -1, func(j *Job) { j.Limits.Detach = running })
				jobstest.WriteFile(t, g.journal(), copied)
				os.Remove(g.dir + "/q.sandbox.csv")
				n := 0
				sum, _, err := g.start(t, -1, day, served(func(s batch.Service) batch.Service {
					return &odd{Service: s, content: func(ctx context.Context, id string, w io.Writer) error {
						if n++; n == fails {
							return &gigachat.Error{Op: "files", Kind: gigachat.KindServer, Status: 503}
						}
						return s.FileContent(ctx, id, w)
					}}
				}))
				t.Logf("%v %+v", err, sum.Batched)
				g.paidOnce(t)
			})
		})
	}
}

// TestBatchesManyStrangers: as above, but the account has had 20 batches of another program since.
func TestBatchesManyStrangers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 30, sandbox.Options{BatchDelay: 3 * time.Minute})
		g.start(t, 14)
		copied := jobstest.ReadFile(t, g.journal())
		g.start(t, -1)
		jobstest.WriteFile(t, g.journal(), copied)
		os.Remove(g.dir + "/q.sandbox.csv")
		sum, _, err := g.start(t, -1, day, served(func(s batch.Service) batch.Service {
			return &odd{Service: s, list: func(ctx context.Context) ([]gigachat.Batch, error) {
				list, err := s.Batches(ctx)
				for i := range 20 {
					list = append([]gigachat.Batch{{ID: fmt.Sprint("theirs", i), Method: gigachat.BatchChat, Status: "in_progress", Total: 3, Created: time.Now()}}, list...)
				}
				return list, err
			}}
		}))
		t.Logf("%v %+v", err, sum.Batched)
		g.paidOnce(t)
	})
}

// TestBatchesForeignBroken: the answer of a create is lost, and another program's batch of as many lines has a result file that is no JSON.
func TestBatchesForeignBroken(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"html", "cut", "503", "403"} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newBatchRig(t, 7, sandbox.Options{BatchDelay: time.Minute, Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: "reset-after", First: 1}}})
				began := time.Now()
				sum, _, err := g.start(t, -1, day, served(func(s batch.Service) batch.Service {
					return &odd{Service: s, list: func(ctx context.Context) ([]gigachat.Batch, error) {
						list, err := s.Batches(ctx)
						return append([]gigachat.Batch{{ID: "theirs", Method: gigachat.BatchChat, Status: "completed", Total: 7, OutputFile: "theirs", Created: time.Now()}}, list...), err
					}, content: func(ctx context.Context, id string, w io.Writer) error {
						if id != "theirs" {
							return s.FileContent(ctx, id, w)
						}
						switch kind {
						case "html":
							_, err := io.WriteString(w, "<html>")
							return err
						case "cut":
							_, err := io.WriteString(w, `{"id":"x","resu`)
							return err
						case "403":
							return &gigachat.Error{Op: "files", Kind: gigachat.KindForbidden, Status: 403}
						}
						return &gigachat.Error{Op: "files", Kind: gigachat.KindServer, Status: 503}
					}}
				}))
				if took := time.Since(began); took > time.Hour || err != nil || sum.Completed != 7 {
					t.Errorf("%v: %v, %+v, said %q", took, err, sum.Batched, g.said)
				}
				g.paidOnce(t)
			})
		})
	}
}

// TestBatchesJournalMoved: the journal is deleted after the first batch was posted.
func TestBatchesJournalMoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 30, sandbox.Options{BatchDelay: time.Minute})
		var n atomic.Int32
		sum, _, err := g.start(t, -1, day, served(func(s batch.Service) batch.Service {
			return &odd{Service: s, create: func(ctx context.Context, m gigachat.BatchMethod, lines []byte, d time.Duration) (*gigachat.Batch, error) {
				if n.Add(1) == 2 {
					os.Remove(g.journal())
				}
				return s.CreateBatch(ctx, m, lines, d)
			}}
		}))
		t.Logf("%v %+v %+v", err, sum.Tally, sum.Batched)
		if n := g.box.Counts().Batches; n > 2 {
			t.Errorf("%d batches were posted, most after the journal was gone", n)
		}
		_, _, err = g.start(t, -1, day)
		t.Logf("%v", err)
		g.paidOnce(t)
	})
}

// TestBatchesLedger: status collects batches of the sandbox while the folder has a daily budget for the real service.
func TestBatchesLedger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 30, sandbox.Options{BatchDelay: time.Minute})
		if _, _, err := g.start(t, -1, budgetedBatches(100*cost.Ruble), func(j *Job) { j.Limits.Detach = true }); err != nil {
			t.Fatal(err)
		}
		ledger := cost.LedgerOf(g.journal())
		text := jobstest.ReadFile(t, ledger.Path)
		const took = `{"day":%q,"took_rub":90,"pid":1,"run":7,"at":%q}` + "\n"
		jobstest.WriteFile(t, ledger.Path, fmt.Sprintf(took, time.Now().Format(time.DateOnly), time.Now().UTC().Format(time.RFC3339))+text)
		before, _ := ledger.Today()
		time.Sleep(time.Hour)
		did, err := g.job().Collect(t.Context(), nil)
		after, _ := ledger.Today()
		if err != nil || did.Answers != 30 || after != before {
			t.Errorf("%v, %+v: the ledger of the real service had %v, has %v\n%s", err, did, before, after, jobstest.ReadFile(t, ledger.Path))
		}
	})
}

// TestBatchesOneLine404: one line has 404, perhaps because of a file, and all others of the same model have answers.
func TestBatchesOneLine404(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 30, sandbox.Options{BatchDelay: time.Minute, Faults: []sandbox.Fault{{Kind: "404", Contains: "p11", Attempts: 1}}})
		sum, _, err := g.start(t, -1, day)
		if err != nil || sum.Completed != 30 {
			t.Errorf("%v %+v %+v said %q", err, sum.Tally, sum.Batched, g.said)
		}
	})
}

// TestBatchesHangingPoll: shortly before the deadline, polls begin to hang until their timeout.
func TestBatchesHangingPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 30, sandbox.Options{Latency: time.Second, BatchDelay: 3 * time.Hour})
		began := time.Now()
		deadline := began.Add(time.Hour)
		sum, _, err := g.start(t, -1, day, func(j *Job) { j.Limits.Via, j.Limits.Deadline = task.ViaHybrid, deadline }, served(func(s batch.Service) batch.Service {
			return &odd{Service: s, one: func(ctx context.Context, id string) (*gigachat.Batch, error) {
				if time.Since(began) < 57*time.Minute {
					return s.Batch(ctx, id)
				}
				select {
				case <-ctx.Done():
					return nil, &gigachat.Error{Op: "batches", Kind: gigachat.KindCanceled, Err: ctx.Err()}
				case <-time.After(gigachat.DefaultTimeout):
					return nil, &gigachat.Error{Op: "batches", Kind: gigachat.KindTimeout}
				}
			}}
		}))
		if over := time.Since(deadline); over > 0 || err != nil || sum.Completed < 30 {
			t.Errorf("%v after the deadline: %v, %d completed, %+v", over, err, sum.Completed, sum.Batched)
		}
	})
}

// TestBatchesOutage: before the deadline, the batch API is down for good, and live requests work.
func TestBatchesOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 30, sandbox.Options{Latency: time.Second, BatchDelay: 3 * time.Hour, Faults: []sandbox.Fault{{At: sandbox.AtBatchPoll, Kind: "503", Rate: 1}}})
		deadline := time.Now().Add(time.Hour)
		sum, _, err := g.start(t, -1, day, func(j *Job) { j.Limits.Via, j.Limits.Deadline = task.ViaHybrid, deadline })
		if over := time.Since(deadline); over > 0 || err != nil || sum.Completed < 30 {
			t.Errorf("%v after the deadline: %v, %d completed, %+v", over, err, sum.Completed, sum.Batched)
		}
	})
}

// TestBatchesInterrupts interrupts a run at each second once and, two seconds later, for good.
func TestBatchesInterrupts(t *testing.T) {
	t.Parallel()
	step := 1
	if raced || testing.Short() {
		step = 9
	}
	for at := 0; at < 100; at += step {
		synctest.Test(t, func(t *testing.T) {
			g := newBatchRig(t, 30, sandbox.Options{Latency: time.Second, BatchDelay: time.Minute, Faults: []sandbox.Fault{
				{At: sandbox.AtFiles, Kind: "slow", For: 3 * time.Second, Rate: 1}, {At: sandbox.AtBatchCreate, Kind: "slow", For: 4 * time.Second, Rate: 1},
			}})
			drain := make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Duration(at)*time.Second, func() { close(drain) })
			time.AfterFunc(time.Duration(at+2)*time.Second, cancel)
			began := time.Now()
			_, err := g.job().Run(ctx, drain)
			if over := time.Since(began) - time.Duration(at+2)*time.Second; over > 5*time.Second {
				t.Errorf("%d: ended %v late: %v", at, over, err)
			}
			cancel()
			if sum, _, err := g.start(t, -1, day); err != nil || sum.Completed != 30 {
				t.Errorf("%d: %v %+v", at, err, sum)
			}
			g.paidOnce(t)
		})
	}
}

// TestBatchesTotal: the answer of a create is lost, and the service counts a line less because its check has refused one.
func TestBatchesTotal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 7, sandbox.Options{BatchDelay: time.Minute, Faults: []sandbox.Fault{{At: sandbox.AtBatchCreate, Kind: "reset-after", First: 1}}})
		sum, _, err := g.start(t, -1, day, served(func(s batch.Service) batch.Service {
			return &odd{Service: s, list: func(ctx context.Context) ([]gigachat.Batch, error) {
				list, err := s.Batches(ctx)
				for i := range list {
					list[i].Total--
				}
				return list, err
			}}
		}))
		g.allOnce(t, sum, err)
	})
}

// TestBatchesManyDoubts: more than 200 batches were posted with the key of another account, and the table has grown.
func TestBatchesManyDoubts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 205, sandbox.Options{BatchDelay: time.Minute})
		lines := func(j *Job) { j.Limits.Lines = 1 }
		g.start(t, -1, lines, func(j *Job) { j.Limits.Detach = true })
		g.write(t, "id,prompt\n"+numbered(210))
		time.Sleep(time.Hour)
		began := time.Now()
		sum, _, err := g.start(t, -1, day, lines, served(func(s batch.Service) batch.Service {
			return &odd{Service: s, one: func(ctx context.Context, id string) (*gigachat.Batch, error) {
				return nil, &gigachat.Error{Op: "batches", Kind: gigachat.KindNotFound}
			}}
		}))
		if took := time.Since(began); took > time.Hour {
			t.Errorf("%v %v %+v", took, err, sum.Batched)
		}
	})
}

// TestBatchesFreshInTheMiddle kills a run while it collects, and then begins anew.
func TestBatchesFreshInTheMiddle(t *testing.T) {
	t.Parallel()
	for events := 40; events < 140; events += 4 {
		synctest.Test(t, func(t *testing.T) {
			g := newBatchRig(t, 17, sandbox.Options{BatchDelay: time.Minute})
			g.start(t, -1, func(j *Job) { j.Limits.Detach = true })
			time.Sleep(time.Hour)
			_, died, _ := g.start(t, events-38)
			if !died {
				return
			}
			open := 0
			for _, o := range g.open(t).OpenBatches(true) {
				open += len(o.Keys)
			}
			sum, _, err := g.start(t, -1, day, fresh)
			if c := g.box.Counts(); err != nil || sum.Completed != 17 || c.BatchLines != int64(17+17-open) {
				t.Errorf("%d: %v %+v, %d lines in open batches, %d posted in all", events, err, sum.Tally, open, c.BatchLines)
			}
		})
	}
}

// TestBatchesOfLittleBudget: the last of a budget is not spent in ever smaller batches, each of which may take hours.
func TestBatchesOfLittleBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newBatchRig(t, 500, sandbox.Options{BatchDelay: time.Hour})
		sum, _, err := g.start(t, -1, func(j *Job) { j.Limits.Lines = 125 }, budgetedBatches(cost.Ruble/2))
		if !cost.IsLimit(err) || sum.Batched.Posted > 9 || sum.Batched.Open > 0 || sum.Spent.Cost > cost.Ruble/2 || sum.Spent.Cost < 4*cost.Ruble/10 {
			t.Errorf("got %v, %+v, %+v", err, sum.Batched, sum.Spent)
		}
	})
}
