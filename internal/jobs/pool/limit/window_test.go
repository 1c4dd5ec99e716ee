package limit

import (
	"testing"
	"time"
)

// drive makes a window start and answer requests, with as many in flight as it allows.
type drive struct {
	*Window
	now   time.Time
	slots []Slot
}

func driving(w Window) *drive { return &drive{Window: &w, now: time.Unix(1e9, 0)} }

// fill starts as many requests as there is room for.
func (d *drive) fill() {
	for {
		ok, probe := d.Room(len(d.slots))
		if !ok {
			return
		}
		var s Slot
		if probe {
			d.Take(&s)
		}
		d.slots = append(d.slots, s)
		d.Started(&d.slots[len(d.slots)-1], len(d.slots), len(d.slots), d.now)
	}
}

// turn completes and replaces n requests, the oldest first.
func (d *drive) turn(n int) {
	for range n {
		s := d.slots[0]
		d.slots = d.slots[1:]
		d.Completed(s)
		d.fill()
	}
}

// refuse refuses the newest request.
func (d *drive) refuse() (all bool) {
	s := d.slots[len(d.slots)-1]
	d.slots = d.slots[:len(d.slots)-1]
	return d.Refused(s, len(d.slots))
}

// TestWindowDoubles checks that the window doubles after each clean window, up to the maximum.
func TestWindowDoubles(t *testing.T) {
	t.Parallel()
	d := driving(Window{Size: 10, Max: 50})
	for _, want := range []int{10, 20, 40, 50, 50} {
		d.fill()
		if d.Size != want || len(d.slots) != want {
			t.Fatalf("window %d with %d in flight, want %d", d.Size, len(d.slots), want)
		}
		if next := d.Widen(d.now, time.Second); want < 50 && !next.Equal(d.now.Add(time.Second)) {
			t.Errorf("looks again at %s", next)
		}
		d.now = d.now.Add(time.Second)
		d.Widen(d.now, time.Second)
	}
}

// TestWindowNotFull checks that the window does not grow if it was never full.
func TestWindowNotFull(t *testing.T) {
	t.Parallel()
	w := Window{Size: 10, Max: 50}
	var s Slot
	w.Started(&s, 9, 9, time.Unix(1e9, 0))
	if next := w.Widen(time.Unix(2e9, 0), time.Second); w.Size != 10 || !next.IsZero() {
		t.Errorf("window %d, looks again at %s", w.Size, next)
	}
}

// TestWindowRefused checks that the window shrinks to what the server accepted, then tries one more request at a time.
func TestWindowRefused(t *testing.T) {
	t.Parallel()
	d := driving(Window{Size: 10, Max: 64})
	d.fill()
	for len(d.slots) > 4 {
		if all := d.refuse(); !all {
			t.Error("a refusal before any success holds only its task")
		}
	}
	if d.Size != 4 || d.Epoch != 1 {
		t.Fatalf("window %d after %d shrinks, want 4 after 1", d.Size, d.Epoch)
	}
	d.turn(firstInterval)
	if len(d.slots) != 5 || d.slots[4].Probe == 0 {
		t.Fatalf("%d in flight, want a probe as the fifth", len(d.slots))
	}
	if all := d.refuse(); all || d.Size != 4 {
		t.Errorf("a refused probe holds all (%t), window %d", all, d.Size)
	}
	d.turn(firstInterval)
	if len(d.slots) != 4 {
		t.Errorf("the interval does not grow")
	}
	d.turn(2 * firstInterval)
	if len(d.slots) != 5 {
		t.Errorf("no second probe")
	}
	d.now = d.now.Add(time.Second)
	if d.Widen(d.now, time.Second); d.Size < 5 {
		t.Errorf("window %d after a probe that was taken, want 5 and more", d.Size)
	}
}

// TestWindowFloor checks that the window shrinks to no less than a quarter if all requests are refused at once.
func TestWindowFloor(t *testing.T) {
	t.Parallel()
	d := driving(Window{Size: 40, Max: 64})
	d.fill()
	for len(d.slots) > 0 {
		d.refuse()
	}
	if d.Size != 10 {
		t.Errorf("window %d, want 10", d.Size)
	}
}

// TestWindowOldNews checks that refusals of requests from before an earlier shrink do not shrink the window again.
func TestWindowOldNews(t *testing.T) {
	t.Parallel()
	w := Window{Size: 40, Max: 64, Epoch: 3}
	if all := w.Refused(Slot{Epoch: 1, level: 40}, 2); !all || w.Size != 40 {
		t.Errorf("window %d, all %t; want 40, true", w.Size, all)
	}
}

// TestRamp checks that starts above what is sure are spread.
func TestRamp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size, sure, held int
		latency, want    time.Duration
	}{
		{10, 0, 0, 0, 4 * time.Millisecond},
		{10, 0, 0, 100 * time.Millisecond, 2500 * time.Microsecond},
		{10, 10, 9, 100 * time.Millisecond, 0},
		{10, 10, 10, 100 * time.Millisecond, 2500 * time.Microsecond},
		{10, 0, 0, 10 * time.Second, 50 * time.Millisecond},
		{64, 0, 0, 10 * time.Millisecond, 0},
	} {
		w := Window{Size: c.size, sure: c.sure}
		if got := w.Ramp(c.latency, c.held); got != c.want {
			t.Errorf("ramp of %+v: %s, want %s", c, got, c.want)
		}
	}
}

// TestPatience checks that the patience is half of the latency, and at most a second.
func TestPatience(t *testing.T) {
	t.Parallel()
	for latency, want := range map[time.Duration]time.Duration{0: time.Second, 100 * time.Millisecond: 50 * time.Millisecond, time.Minute: time.Second} {
		if got := Patience(latency); got != want {
			t.Errorf("patience(%s) = %s, want %s", latency, got, want)
		}
	}
}

// A server that refuses although nothing is in flight limits starts, so what is known about its streams stays valid.
func TestRefusalWithNothingInFlightLeavesTheWindow(t *testing.T) {
	t.Parallel()
	w := Window{Size: 3, Max: 64, settled: true, sure: 15, best: 15, Epoch: 4}
	if all := w.Refused(Slot{Epoch: 4, level: 1}, 0); !all || w.Size != 15 || w.Epoch != 4 {
		t.Errorf("all %t, size %d, epoch %d; want true, 15, 4", all, w.Size, w.Epoch)
	}
	if all := w.Refused(Slot{Epoch: 4, level: 15}, 14); !all || w.Size >= 15 {
		t.Errorf("with 14 in flight: all %t, size %d; want true and less than 15", all, w.Size)
	}
}
