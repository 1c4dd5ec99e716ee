package pool

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/task"
)

const faultRows = 50

// rowsOf returns how many rows are asked to see a fault: few if each answer takes long to make.
func rowsOf(kind sandbox.FaultKind) int {
	if kind == sandbox.Huge {
		return 2
	}
	return faultRows
}

// faulty runs tasks through a sandbox with faults. The counts have no answers that were billed and recorded as spent.
func faulty(t *testing.T, o sandbox.Options) (k *kept, c *Counters, counts sandbox.Counts, err error) {
	t.Helper()
	k, c = keeper(t), &Counters{}
	synctest.Test(t, func(t *testing.T) {
		s, client, end := inSandbox(o)
		defer end()
		var mu sync.Mutex
		var spent int64
		p := &Pool{Ask: client.ChatJSON, Counters: c, Limits: task.Limits{KeepGoing: true}, Spent: func(task.Result) error {
			mu.Lock()
			defer mu.Unlock()
			spent++
			return nil
		}}
		rows := faultRows
		if len(o.Faults) > 0 {
			rows = rowsOf(o.Faults[0].Kind)
		}
		err = p.Execute(t.Context(), nil, tasksOf(rows), k.record)
		counts = s.Counts()
		counts.Billed -= spent
	})
	return k, c, counts, err
}

// class is the expected end of a fault that never ends.
type class struct {
	state task.State
	cause task.Cause
	kind  gigachat.Kind // the run ends with it
	out   bool          // the run ends with an outage
}

func classOf(kind sandbox.FaultKind) class {
	switch kind {
	case "400", "418", "422":
		return class{state: task.Failed, cause: task.CauseRejected}
	case "407", sandbox.LoginPage: // the run was told to go on
		return class{state: task.Failed, cause: task.CauseNetwork}
	case "401", sandbox.Revoked:
		return class{kind: gigachat.KindUnauthorized}
	case "402":
		return class{kind: gigachat.KindPayment}
	case "403":
		return class{kind: gigachat.KindForbidden}
	case "404":
		return class{kind: gigachat.KindNotFound}
	case "413":
		return class{state: task.Failed, cause: task.CauseTooLong}
	case sandbox.Blacklist:
		return class{state: task.Blocked}
	case sandbox.EmptyObject, sandbox.NoFinish, sandbox.Huge: // not a passing cause: another round would pay again
		return class{state: task.Failed, cause: task.CauseUnknown}
	case sandbox.EmptyChoices, sandbox.EmptyContent, sandbox.Reasoned:
		return class{state: task.Failed, cause: task.CauseEmpty}
	case sandbox.Length, sandbox.Slow, sandbox.InvalidJSON:
		return class{state: task.Completed}
	case sandbox.NotUTF8:
		return class{state: task.Completed, cause: task.NotUTF8}
	}
	return class{out: true}
}

// TestFaults checks every fault when it happens to every request.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range sandbox.FaultKinds(sandbox.AtChat) {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			k, c, counts, err := faulty(t, sandbox.Options{Faults: []sandbox.Fault{{Kind: kind}}})
			want := classOf(kind)
			var outage *task.OutageError
			switch {
			case want.out && (!errors.As(err, &outage) || len(k.results) > 0):
				t.Errorf("got error %v and %d results, want an outage and none", err, len(k.results))
			case want.kind != 0 && (!isKind(err, want.kind) || len(k.results) > 0):
				t.Errorf("got error %v and %d results, want %s and none", err, len(k.results), want.kind)
			case want.state != task.Pending:
				k.wantAll(rowsOf(kind), want.state, want.cause)
			}
			if want.state != task.Pending && err != nil {
				t.Error(err)
			}
			if lost := c.Lost.Load(); counts.Billed > int64(len(k.results))+lost {
				t.Errorf("billed %d, recorded %d, lost %d", counts.Billed, len(k.results), lost)
			}
		})
	}
}

// TestFaultsPass checks passing faults at the first attempt for each row.
func TestFaultsPass(t *testing.T) {
	t.Parallel()
	for _, kind := range sandbox.FaultKinds(sandbox.AtChat) {
		if !classOf(kind).out && !slices.Contains([]sandbox.FaultKind{
			sandbox.Revoked, "401", sandbox.EmptyObject, sandbox.NoFinish, sandbox.EmptyChoices, sandbox.EmptyContent,
		}, kind) {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			f := sandbox.Fault{Kind: kind, Attempts: 1, For: 3 * time.Minute}
			if kind == sandbox.Revoked {
				f.First = 1 // otherwise a replay meets the next fault
			}
			k, c, counts, err := faulty(t, sandbox.Options{Faults: []sandbox.Fault{f}})
			if err != nil {
				t.Fatal(err)
			}
			k.wantAll(rowsOf(kind), task.Completed, "")
			if lost := c.Lost.Load(); counts.Billed > int64(rowsOf(kind))+lost {
				t.Errorf("billed %d, recorded %d, lost %d", counts.Billed, rowsOf(kind), lost)
			}
			for _, r := range k.results {
				if r.Attempts > 2 || (strings.HasPrefix(string(kind), "429") || kind == "401") && r.Attempts != 1 {
					t.Errorf("attempts %d", r.Attempts)
				}
			}
		})
	}
}

// TestFaultOfOneRow checks a row that always fails among others that do not.
func TestFaultOfOneRow(t *testing.T) {
	t.Parallel()
	for kind, cause := range map[sandbox.FaultKind]task.Cause{
		"500": task.CauseServer, "503-html": task.CauseServer, sandbox.ResetIn: task.CauseBadBody, sandbox.ResetBefore: task.CauseNetwork,
		sandbox.Truncated: task.CauseBadBody, sandbox.NotJSON: task.CauseBadBody, sandbox.Hang: task.CauseTimeout,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			k, c, _, err := faulty(t, sandbox.Options{Latency: time.Second, Faults: []sandbox.Fault{{Kind: kind, Contains: "<7>"}}})
			if err != nil {
				t.Fatal(err)
			}
			r := k.results[jobOf(7).Key]
			want := 5
			if kind == sandbox.Hang {
				want = 2
			}
			if r.State != task.Failed || r.Cause != cause || r.Attempts != want || r.Error == "" {
				t.Errorf("got %+v, want %s after %d attempts", r, cause, want)
			}
			if n := k.count(task.Completed, ""); n != faultRows-1 {
				t.Errorf("%d completed", n)
			}
			if got := c.Retries.Load(); got != int64(want-1) {
				t.Errorf("%d retries, want %d", got, want-1)
			}
		})
	}
}

// TestFaultsOfOAuth checks that no row is charged for faults of the token endpoint.
func TestFaultsOfOAuth(t *testing.T) {
	t.Parallel()
	refused := []sandbox.FaultKind{
		"400", "401", "402", "403", "404", "407", "413", "418", "422", sandbox.LoginPage, sandbox.Code1, sandbox.Code4, sandbox.Code5, sandbox.Code6, sandbox.Code7,
	}
	for _, kind := range sandbox.FaultKinds(sandbox.AtOAuth) {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			f := sandbox.Fault{Kind: kind, At: sandbox.AtOAuth}
			final := slices.Contains(refused, kind)
			if !final {
				f.To = 5 * time.Minute
			}
			k, c, _, err := faulty(t, sandbox.Options{Faults: []sandbox.Fault{f}})
			if final {
				if e := gigachat.AsError(err); e == nil || e.Op != "oauth" || len(k.results) > 0 {
					t.Errorf("got error %v, %d results", err, len(k.results))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			k.wantAll(faultRows, task.Completed, "")
			for _, r := range k.results {
				if r.Attempts != 1 {
					t.Errorf("charged %d attempts", r.Attempts)
				}
			}
			if n := c.Retries.Load(); n != 0 {
				t.Errorf("%d retries", n)
			}
		})
	}
}

// TestFaultsOfOAuthForEver checks that the run ends if no token is available for too long.
func TestFaultsOfOAuthForEver(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{"429", "503"} {
		_, _, _, err := faulty(t, sandbox.Options{Faults: []sandbox.Fault{{Kind: kind, At: sandbox.AtOAuth}}})
		var outage *task.OutageError
		if !errors.As(err, &outage) || !strings.Contains(err.Error(), "oauth") {
			t.Errorf("%s: got %v, want an outage of oauth", kind, err)
		}
	}
}

// TestTokenFailuresAreNamed checks that the error of a short outage says why there was no token, although OAuth is still being asked.
func TestTokenFailuresAreNamed(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{"429", "503", sandbox.ResetBefore} {
		synctest.Test(t, func(t *testing.T) {
			_, client, end := inSandbox(sandbox.Options{Faults: []sandbox.Fault{{Kind: kind, At: sandbox.AtOAuth}}})
			defer end()
			began := time.Now()
			p := &Pool{Ask: client.ChatJSON, Counters: &Counters{}, Limits: task.Limits{MaxOutage: 3 * time.Second}}
			progress := NewProgress(p)
			var trouble atomic.Value
			time.AfterFunc(1900*time.Millisecond, func() { trouble.Store(progress.Snapshot().Trouble) })
			err := p.Execute(t.Context(), nil, tasksOf(5), keeper(t).record)
			var outage *task.OutageError
			if took := time.Since(began); !errors.As(err, &outage) || !strings.Contains(err.Error(), "oauth: ") || took < 3*time.Second || took > 4*time.Second {
				t.Errorf("%s: %v after %s", kind, err, took)
			}
			if shown, _ := trouble.Load().(string); !strings.Contains(shown, "oauth: ") {
				t.Errorf("%s: the trouble after two seconds is %q", kind, shown)
			}
		})
	}
}

// TestDeclinedTasks checks that a request which an HTTP/2 server has not taken is neither an attempt nor possibly paid for.
func TestDeclinedTasks(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{sandbox.GoAway, sandbox.Refused} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := sandbox.New(sandbox.Options{Streams: -1, Latency: 100 * time.Millisecond, Faults: []sandbox.Fault{{Kind: kind, Rate: 0.2}}})
				defer s.Close()
				oauth := &gigachat.OAuth{Key: sandbox.Key, URL: "http://127.0.0.1/api/v2/oauth", Transport: s.Transport()}
				client := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Tokens: oauth, Transport: s.HTTP2Transport()}
				k, c := keeper(t), &Counters{}
				p := &Pool{Ask: client.ChatJSON, Counters: c, Limits: task.Limits{MaxAttempts: 1}}
				err := p.Execute(t.Context(), nil, tasksOf(300), k.record)
				counts := s.Counts()
				if err != nil || len(k.results) != 300 || c.Lost.Load() != 0 || counts.Billed != 300 || counts.BilledTwice != 0 || counts.Faults[string(kind)] < 30 {
					t.Errorf("%v, %d results, %d lost, %+v", err, len(k.results), c.Lost.Load(), counts)
				}
				for _, r := range k.results {
					if r.State != task.Completed || r.Attempts != 1 {
						t.Errorf("%+v", r)
					}
				}
			})
		})
	}
}
