package jobs

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// unreachable returns a Connect whose service never answers: an attempt fails after a time, if that is not 0.
func unreachable(each time.Duration, attempts *int) func(context.Context, []string) (*Service, error) {
	return func(ctx context.Context, _ []string) (*Service, error) {
		*attempts++
		var timeout <-chan time.Time
		if each > 0 {
			timeout = time.After(each)
		}
		select {
		case <-timeout:
			return nil, &gigachat.Error{Op: "oauth", Kind: gigachat.KindNetwork, Message: "connection refused"}
		case <-ctx.Done():
			return nil, &gigachat.Error{Op: "oauth", Kind: gigachat.KindCanceled, Err: ctx.Err()}
		}
	}
}

// A run that is stopped while it waits for the service ends at once. It writes what the journal has, and leaves nothing that was not there.
func TestStopWhileConnecting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before  bool // an earlier run was interrupted
		lasting bool
		each    time.Duration
	}{
		"first run, no answer":   {false, false, 0},
		"first run, refused":     {false, false, time.Millisecond},
		"lasting, no answer":     {false, true, 0},
		"lasting, refused":       {false, true, time.Millisecond},
		"continued, no answer":   {true, false, 0},
		"continued, refused":     {true, false, time.Millisecond},
		"continued, as the page": {true, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newRig(t, "q.csv", "prompt\na\nb\n")
				if c.before {
					g.run(t, limited(1))
					if err := os.Remove(spec.OutputPath(g.input, false)); err != nil {
						t.Fatal(err)
					}
				}
				attempts, drain := 0, make(chan struct{})
				j := g.new(func(j *Job) { j.Connect, j.Lasting = unreachable(c.each, &attempts), c.lasting })
				time.AfterFunc(time.Minute, func() { close(drain) })
				began := time.Now()
				sum, err := j.Run(t.Context(), drain)
				if took := time.Since(began); took != time.Minute {
					t.Errorf("the run ended after %s, want a minute", took)
				}
				if c.each > 0 && (attempts < 5 || attempts > 18) {
					t.Errorf("%d attempts in a minute", attempts)
				}
				_, noOutput := os.Stat(spec.OutputPath(g.input, false))
				if !c.before && !c.lasting {
					if _, noJournal := os.Stat(g.journal()); sum != nil || noOutput == nil || noJournal == nil || !stoppedEarly(err) {
						t.Errorf("summary %+v, %v, output %v, journal %v", sum, err, noOutput, noJournal)
					}
					return
				}
				if err != nil || sum == nil || !sum.Interrupted || noOutput != nil {
					t.Fatalf("summary %+v, %v, output %v", sum, err, noOutput)
				}
				completed := strings.Count(g.output(t), "answer to")
				if want := map[bool]int{true: 1}[c.before]; completed != want || sum.Completed != want || sum.Pending != 2-want {
					t.Errorf("%d answers in the output, summary %+v", completed, sum)
				}
				st, err := ReadStatus(g.input, g.journal())
				if err != nil || !st.Ended || st.Pending != sum.Pending || st.PaidTwice != 0 {
					t.Errorf("status %+v, %v", st, err)
				}
				g.takeAsked()
				if sum := g.run(t); sum.Completed != 2 {
					t.Errorf("the next run %+v", sum)
				}
			})
		})
	}
}

func stoppedEarly(err error) bool {
	e := gigachat.AsError(err)
	return errors.Is(err, context.Canceled) || e != nil && e.Kind == gigachat.KindCanceled
}

// While the service cannot be reached, the run reports why and waits, until MaxOutage is over. Then nothing has changed.
func TestConnectWaitsForTheService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t, "q.csv", "prompt\na\n")
		attempts, told, began := 0, 0, time.Now()
		down := unreachable(time.Millisecond, &attempts)
		_, err := g.try(t, func(j *Job) {
			j.Connect, j.Limits.MaxOutage = down, 5*time.Minute
			j.Waiting = func(err error, wait time.Duration) {
				if told++; gigachat.AsError(err) == nil || wait <= 0 || wait > 30*time.Second {
					t.Errorf("told %v, %s", err, wait)
				}
			}
		})
		var outage *task.OutageError
		if took := time.Since(began); !errors.As(err, &outage) || outage.Last == nil || took > 5*time.Minute+time.Second || took < 5*time.Minute ||
			told != attempts-1 {
			t.Errorf("%v after %s, %d attempts, told of %d", err, took, attempts, told)
		}
		if _, err := journal.Read(g.journal()); err == nil {
			t.Error("there is a journal")
		}
		g.run(t, func(j *Job) { // the service comes back
			j.Connect = func(ctx context.Context, models []string) (*Service, error) {
				if time.Since(began) < 10*time.Minute {
					return down(ctx, models)
				}
				return g.connect(ctx, models)
			}
		})
		g.wantAsked(t, "a")
	})
}

// A service that does not answer at all ends the run after MaxOutage.
func TestConnectToAHangingService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t, "q.csv", "prompt\na\n")
		attempts, began := 0, time.Now()
		_, err := g.try(t, func(j *Job) { j.Connect, j.Limits.MaxOutage = unreachable(0, &attempts), 3*time.Second })
		var outage *task.OutageError
		if took := time.Since(began); !errors.As(err, &outage) || took != 3*time.Second || attempts != 1 {
			t.Errorf("%v after %s and %d attempts", err, took, attempts)
		}
	})
}

// TestConnectIsNotCutShort checks that a run waits for MaxOutage in full, whatever the pauses between attempts are, and names the cause.
func TestConnectIsNotCutShort(t *testing.T) {
	t.Parallel()
	token := errors.New("oauth: 503")
	for name, connect := range map[string]func(context.Context) error{
		"refused at once": func(context.Context) error {
			return &gigachat.Error{Op: "models", Kind: gigachat.KindServer, Status: 503, Message: "oauth: 503"}
		},
		"asks for an hour": func(context.Context) error {
			return &gigachat.Error{Op: "models", Kind: gigachat.KindServer, Status: 503, Message: "oauth: 503", RetryAfter: time.Hour}
		},
		"no token": func(ctx context.Context) error {
			o := &gigachat.OAuth{Key: "key", URL: "http://127.0.0.1:1/", Transport: noNetwork{token}}
			_, err := o.Token(ctx)
			return err
		},
	} {
		for _, most := range []time.Duration{time.Second, 3 * time.Second, 10 * time.Second, time.Minute} {
			synctest.Test(t, func(t *testing.T) {
				g := newRig(t, "q.csv", "prompt\na\n")
				began := time.Now()
				_, err := g.try(t, func(j *Job) {
					j.Limits.MaxOutage = most
					j.Connect = func(ctx context.Context, _ []string) (*Service, error) { return nil, connect(ctx) }
				})
				var outage *task.OutageError
				took := time.Since(began)
				if !errors.As(err, &outage) || !strings.Contains(err.Error(), "oauth: 503") || outage.For.Round(time.Second) != most ||
					took < most || took > most+time.Second {
					t.Errorf("%s, %s: %v after %s", name, most, err, took)
				}
			})
		}
	}
}

// noNetwork is a transport without a network.
type noNetwork struct{ error }

func (f noNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.error }
