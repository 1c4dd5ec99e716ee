package limit

import (
	"errors"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func failure(op string) error {
	return &gigachat.Error{Op: op, Kind: gigachat.KindServer, Status: 500, Message: "oh"}
}

func key(n int) task.Key { return task.Key{byte(n)} }

// incident is something that happens at a time: a failure of a task, of a token request, or a success.
type incident struct {
	at   time.Duration
	task int           // that fails; 0 is a success
	took time.Duration // by the failed request
	err  error         // default: a new one of a chat
}

func TestOutage(t *testing.T) {
	t.Parallel()
	ms, s := time.Millisecond, time.Second
	token := failure("oauth")
	for name, c := range map[string]struct {
		latency time.Duration
		events  []incident
		down    bool
	}{
		"many in a row, at once":   {0, []incident{{0, 1, 0, nil}, {0, 2, 0, nil}, {0, 3, 0, nil}, {10 * ms, 4, 0, nil}, {20 * ms, 5, 0, nil}, {30 * ms, 6, 0, nil}}, false},
		"many for a while":         {0, []incident{{0, 1, 0, nil}, {0, 2, 0, nil}, {0, 3, 0, nil}, {0, 4, 0, nil}, {s, 5, 0, nil}}, true},
		"few for long":             {0, []incident{{0, 1, 0, nil}, {9 * s, 2, 0, nil}, {20 * s, 3, 0, nil}, {30 * s, 4, 0, nil}, {40 * s, 4, 0, nil}}, false},
		"among successes":          {0, []incident{{0, 1, 0, nil}, {s, 2, 0, nil}, {2 * s, 3, 0, nil}, {3 * s, 4, 0, nil}, {3 * s, 0, 0, nil}, {4 * s, 5, 0, nil}, {5 * s, 6, 0, nil}}, false},
		"long answers take longer": {2 * s, []incident{{0, 1, 0, nil}, {0, 2, 0, nil}, {0, 3, 0, nil}, {0, 4, 0, nil}, {7 * s, 5, 0, nil}}, false},
		"and then it is certain":   {2 * s, []incident{{0, 1, 0, nil}, {0, 2, 0, nil}, {0, 3, 0, nil}, {0, 4, 0, nil}, {8 * s, 5, 0, nil}}, true},
		"timeouts began before":    {0, []incident{{30 * s, 1, 30 * s, nil}, {30 * s, 2, 30 * s, nil}, {30 * s, 3, 30 * s, nil}, {30 * s, 4, 30 * s, nil}, {30 * s, 5, 30 * s, nil}}, true},
		"but others succeeded": {0, []incident{{29*s + 900*ms, 0, 0, nil}, {30 * s, 1, 30 * s, nil}, {30 * s, 2, 30 * s, nil}, {30 * s, 3, 30 * s, nil},
			{30 * s, 4, 30 * s, nil}, {30 * s, 5, 30 * s, nil}}, false},
		"one token request for all": {0, []incident{{0, 1, 0, token}, {0, 2, 0, token}, {0, 3, 0, token}, {2 * s, 4, 0, token}, {2 * s, 5, 0, token}, {3 * s, 6, 0, token}}, false},
		"many token requests": {0, []incident{{0, 1, 0, failure("oauth")}, {0, 1, 0, failure("oauth")}, {0, 1, 0, failure("oauth")}, {s, 1, 0, failure("oauth")},
			{2 * s, 1, 0, failure("oauth")}}, true},
	} {
		var h Health
		if c.latency > 0 {
			h.Took(c.latency)
		}
		h.Began(began)
		h.Succeeded(task.Key{}, began, began, true)
		for _, e := range c.events {
			now := began.Add(e.at)
			if e.task == 0 {
				h.Succeeded(task.Key{}, began, now, true)
				continue
			}
			err := e.err
			if err == nil {
				err = failure("chat")
			}
			h.Troubled(now, err)
			h.Failed(Failure{Task: key(e.task), Took: e.took, Err: err}, now)
		}
		if h.Down() != c.down {
			t.Errorf("%s: down is %t", name, h.Down())
		}
	}
}

// Where successes are rare, it takes longer to tell, and so it does before the first one.
func TestOutageOfARareSuccess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gap, want time.Duration
	}{"often": {50 * time.Millisecond, time.Second}, "rare": {400 * time.Millisecond, 4 * time.Second}, "none": {0, 3 * time.Second}} {
		var h Health
		now := began
		h.Began(now)
		for range 200 {
			if c.gap > 0 {
				now = now.Add(c.gap)
				h.Succeeded(task.Key{}, began, now, true)
			}
		}
		from := now
		for n := 0; !h.Down(); n++ {
			h.Failed(Failure{Task: key(n % 50), Err: failure("chat")}, now)
			now = now.Add(100 * time.Millisecond)
		}
		if took := now.Sub(from); took < c.want-200*time.Millisecond || took > c.want+200*time.Millisecond {
			t.Errorf("%s: down after %v, want %v", name, took, c.want)
		}
	}
}

// The lone requests of an outage follow each other although some hang, but not without end.
func TestProbes(t *testing.T) {
	t.Parallel()
	var h Health
	now := began
	for n := range 5 {
		h.Failed(Failure{Task: key(n), Took: 3 * time.Second, Err: failure("chat")}, now)
	}
	var pauses []time.Duration
	for n := range 9 {
		pauses = append(pauses, h.ProbeAt.Sub(now))
		now = h.ProbeAt
		h.Probe(now, max(0, n-3))
	}
	h.Troubled(now, &gigachat.Error{Op: "chat", Kind: gigachat.KindRateLimited, Status: 429})
	if got := h.ProbeAt.Sub(now); got != 250*time.Millisecond {
		t.Errorf("%v after a refusal", got)
	}
	for i, want := range []time.Duration{1, 2, 4, 4, 4, 4, 8, 8, 16} {
		if pauses[i] != want*time.Second {
			t.Errorf("pauses %v", pauses)
			break
		}
	}
}

func TestOverdueCountsFromTheLastSuccess(t *testing.T) {
	t.Parallel()
	const most = 3 * time.Second
	var h Health
	at := func(d time.Duration) time.Time { return began.Add(d) }
	if wait, err := h.Overdue(at(time.Hour), most); wait != 0 || err != nil {
		t.Errorf("before the first request: %v, %v", wait, err)
	}
	h.Began(at(0))
	h.Succeeded(task.Key{}, began, at(2*time.Second), true)
	h.Began(at(4 * time.Second))
	if wait, err := h.Overdue(at(4*time.Second), most); wait != time.Second || err != nil {
		t.Errorf("2 s after a success: %v, %v", wait, err)
	}
	var out *task.OutageError
	if _, err := h.Overdue(at(5*time.Second), most); !errors.As(err, &out) || out.For != most || out.Last != nil || !out.Since.Equal(at(2*time.Second)) {
		t.Errorf("3 s after a success: %v", err)
	}
	h.Succeeded(task.Key{}, began, at(5*time.Second), false)
	if wait, err := h.Overdue(at(time.Hour), most); wait != 0 || err != nil {
		t.Errorf("while nothing is asked: %v, %v", wait, err)
	}
	h.Began(at(time.Hour))
	if wait, err := h.Overdue(at(time.Hour), most); wait != most || err != nil {
		t.Errorf("when something is asked again: %v, %v", wait, err)
	}
	h.Forget()
	if wait, err := h.Overdue(at(2*time.Hour), most); wait != 0 || err != nil {
		t.Errorf("after a pause: %v, %v", wait, err)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	var h Health
	h.Took(2 * time.Second)
	h.Began(began)
	for d, want := range map[time.Duration]time.Duration{time.Second: 0, 7 * time.Second: 0, 8 * time.Second: 8 * time.Second} {
		if got, err := h.Silence(began.Add(d)); got != want || err != nil {
			t.Errorf("after %v: %v, %v", d, got, err)
		}
	}
	h.Troubled(began, failure("chat"))
	for d, want := range map[time.Duration]time.Duration{time.Second: 0, 1500 * time.Millisecond: 1500 * time.Millisecond} {
		if got, err := h.Silence(began.Add(d)); got != want || want > 0 && err == nil {
			t.Errorf("after %v and a failure: %v, %v", d, got, err)
		}
	}
}

// TestSilenceOfSeveralRounds checks that --max-outage counts from the last success although another round has begun since.
func TestSilenceOfSeveralRounds(t *testing.T) {
	t.Parallel()
	var h Health
	h.Began(began)
	h.Succeeded(key(1), began, began, true)
	next := h.Next(began.Add(4 * time.Second))
	again := began.Add(time.Hour) // the input was read for so long
	next.Began(again)
	if wait, err := next.Overdue(again, 5*time.Second); wait != time.Second || err != nil {
		t.Errorf("at the beginning of the second round: %v, %v", wait, err)
	}
}
