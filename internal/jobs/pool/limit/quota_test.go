package limit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/jobs/task"
)

// script drives a Quota by a text of steps. A start waits until the quota is ready for it.
//
//	+5     five requests start; they are in flight
//	-5     the five oldest are answered
//	x5     five requests start and are refused after 2 ms
//	=5     five requests start and are answered after 100 ms, one after the other
//	?5     five requests are refused before they are sent
//	!5     five requests start and are lost
//	1s     time passes
//	hint=T refusals ask for T from here on
type script struct {
	*Quota
	now    time.Duration
	hint   time.Duration
	flying []Slot
}

func (s *script) start() (Slot, error) {
	for range 100_000 {
		ok, next := s.Ready(s.now)
		switch {
		case ok:
			slot := s.Take(s.now)
			s.Sent(slot, s.now)
			return slot, nil
		case next == 0:
			return Slot{}, fmt.Errorf("nothing may start at %s with %d in flight", s.now, s.taken)
		case next <= s.now:
			return Slot{}, fmt.Errorf("asks at %s to be asked again at %s", s.now, next)
		}
		s.now = next
	}
	return Slot{}, fmt.Errorf("no start by %s", s.now)
}

func (s *script) step(word string) error {
	var n int
	if hint, ok := strings.CutPrefix(word, "hint="); ok {
		word, s.hint = "", parse(hint)
	} else if _, err := fmt.Sscanf(word[1:], "%d", &n); err != nil || !strings.ContainsAny(word[:1], "+-x=?!") {
		s.now += parse(word)
		return nil
	}
	for range n {
		if word[0] == '-' {
			s.Answered(s.flying[0], s.now)
			s.flying = s.flying[1:]
			continue
		}
		if word[0] == '?' {
			s.Refused(s.Take(s.now), s.now, s.hint, 1)
			continue
		}
		slot, err := s.start()
		if err != nil {
			return err
		}
		switch word[0] {
		case '+':
			s.flying = append(s.flying, slot)
			s.now += time.Millisecond
		case 'x':
			s.now += 2 * time.Millisecond
			s.Refused(slot, s.now, s.hint, 1)
		case '!':
			s.Lost(slot, s.now)
		case '=':
			s.now += 100 * time.Millisecond
			s.Answered(slot, s.now)
		}
	}
	return nil
}

func parse(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	return d
}

// TestBelief checks what a quota believes after a sequence of starts, answers and refusals.
func TestBelief(t *testing.T) {
	t.Parallel()
	second := func(n int) task.Belief { return task.Belief{Starts: n, Seconds: 1} }
	for _, c := range []struct {
		name, steps string
		want        task.Belief
		width       int
	}{
		{"nothing is known", "", task.Belief{}, 10},
		{"accepted starts double the width", "+10 1s", task.Belief{}, 20},
		{"an answer says nothing more", "+10 1s -10", task.Belief{}, 20},
		{"more in flight than ever: one refusal opens the case, one acceptance closes it", "+7 x1 -1 +1 10ms", task.Belief{}, 7},
		{"a refused probe confirms the limit", "+7 x1 -1 +1 10ms -4 +4 -5 +5 -5 +5 x1", task.Belief{Streams: 7}, 7},
		{"an accepted one raises it", "+7 x1 -1 +1 10ms -4 +4 -5 +5 -5 +6 50ms", task.Belief{}, 10},
		{"the next probe is half as soon", "+7 x1 -1 +1 10ms -4 +4 -5 +5 -5 +5 x1 -6 +6 -6 +6", task.Belief{Streams: 7}, 7},
		{"refused with nothing else in flight: one at once is the least", "+1 x1 -1 +1 10ms", task.Belief{}, 1},
		{"two refusals at an accepted level are chance if the next is accepted", "+10 1s -4 x2 +4 10ms", task.Belief{}, 20},
		{"many of them are a share", "+10 1s -4 " + strings.Repeat("x1 +1 100ms -1 ", 10), task.Belief{Refused: 10. / 30}, 20},
		{"three in a row are a case: the quota has fallen", "+10 1s -4 x3 -3 +1 10ms", task.Belief{}, 6},
		{"starts are at fault when waiting helps: the shortest window that was full", "=30 x1 x2 2s =20 x1", second(10), 0},
		{"a Retry-After that was obeyed names the window", "=30 hint=10s x1 x2 =30 x1", task.Belief{Starts: 30, Seconds: 10}, 0},
		{"a Retry-After of an hour does not", "=30 hint=1h x1 x2 2s =20 x1", second(10), 0},
		{"the refusal of an upload says nothing", "+7 ?1 -1 +1 10ms", task.Belief{}, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &script{Quota: &Quota{Start: 10, Max: 64}}
			for _, word := range strings.Fields(c.steps) {
				if err := s.step(word); err != nil {
					t.Fatalf("%s: %v", word, err)
				}
			}
			s.Ready(s.now)
			if got := s.Belief(); got != c.want {
				t.Errorf("%s: believes %+v, want %+v", c.steps, got, c.want)
			}
			if got := s.Width(); c.width > 0 && got != c.width {
				t.Errorf("%s: width %d, want %d", c.steps, got, c.width)
			}
		})
	}
}

// TestTrials checks that a trial ends although requests are lost meanwhile, and that a pace that prevents nothing is given up.
func TestTrials(t *testing.T) {
	t.Parallel()
	const shedding = "x1 +1 100ms -1 "
	s := &script{Quota: &Quota{Start: 10, Max: 64}}
	do := func(steps string) {
		t.Helper()
		for _, word := range strings.Fields(steps) {
			if err := s.step(word); err != nil {
				t.Fatalf("%s: %v", word, err)
			}
		}
	}
	do("+10 1s -4 " + strings.Repeat(shedding, 12))
	if s.trial == nil || s.every == 0 {
		t.Fatalf("no trial of a pace after 12 refusals by chance: %+v", s.trials)
	}
	do("!300")
	if s.trial == nil {
		t.Error("lost requests decide the trial")
	}
	do("=300")
	if s.trial != nil && !s.trial.faster {
		t.Errorf("the trial is not decided after 300 answers: %+v", s.trials)
	}
	s.every = 100 * time.Millisecond
	do(strings.Repeat(shedding, 100))
	if s.every > 0 {
		t.Errorf("a pace of %s is kept although half of the requests are refused", s.every)
	}
}
