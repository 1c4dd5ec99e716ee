package console

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

func TestProgressLine(t *testing.T) {
	t.Parallel()
	early := task.Snapshot{Counts: task.Counts{Tasks: 300, Done: 32}, Load: task.Load{Tokens: 1280, Concurrency: 10, Elapsed: time.Second, Retries: 1}}
	huge := task.Snapshot{Counts: task.Counts{Tasks: 1_000_000, Done: 123_456, Failed: 1200, Blocked: 34}, Load: task.Load{Retries: 56_789, Tokens: 98_765_432, Concurrency: 64, Elapsed: time.Hour}}
	now := time.Now()
	batches := func(n, done int, age time.Duration) (all []task.BatchState) {
		for i := range n {
			all = append(all, task.BatchState{Lines: 6, Posted: now.Add(-age + time.Duration(i)*time.Second)})
		}
		all[n-1].Done = done
		return all
	}
	tests := []struct {
		s     task.Snapshot
		width int
		want  string
	}{
		{early, 0, "32/300, 32/s, ETA 8s, 0 failed, 1 retry, 10 at once, 1.3k tokens"},
		{early, 72, "32/300, 32/s, ETA 8s, 0 failed, 1 retry, 10 at once, 1.3k tokens"},
		{early, 40, "32/300, 32/s, ETA 8s, 0 failed"},
		{early, 10, "32/300, ET"},
		{task.Snapshot{Counts: task.Counts{Tasks: 9}}, 0, "0/9, 0 failed, 0 retries, 0 at once, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 9}, Load: task.Load{Down: true}}, 0, "0/9, service down, probing, 0 failed, 0 retries, 0 at once, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 9}, Load: task.Load{Concurrency: 10, Quota: task.Belief{Streams: 10, Refused: .052}}}, 0,
			"0/9, 0 failed, 0 retries, quota: 10 at once (found), 5 % of requests are refused by chance, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 9}, Load: task.Load{Concurrency: 20, Quota: task.Belief{Starts: 100, Seconds: 1}}}, 0,
			"0/9, 0 failed, 0 retries, 20 at once, quota: 100 starts a second (found), 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 9}, Load: task.Load{Held: 20 * time.Second}}, 0, "0/9, on hold for 20s, 0 failed, 0 retries, 0 at once, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 9, Done: 9}, Load: task.Load{Tokens: 40, Concurrency: 2, Elapsed: time.Second}}, 0, "9/9, writing the output, 0 failed, 0 retries, 2 at once, 40 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 9}, Load: task.Load{Silent: 2 * time.Second, Trouble: "chat: 503: the service is overloaded at present, please try again later"}}, 0,
			"0/9, no answer for 2s (chat: 503: the service is overloaded at present, please try …), 0 failed, 0 retries, 0 at once, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 9}, Load: task.Load{Silent: 2 * time.Second, Trouble: strings.Repeat("a", 70)}}, 0,
			"0/9, no answer for 2s (" + strings.Repeat("a", 60) + "…), 0 failed, 0 retries, 0 at once, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 30}, Load: task.Load{Elapsed: time.Minute}, Batches: batches(5, 7, time.Minute)}, 0,
			"0/30, 5 batches at the service (7 of 30 done), the oldest for 1m00s, 0 failed, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 30}, Load: task.Load{Elapsed: time.Minute}, Batches: batches(5, 7, time.Minute)}, 60,
			"0/30, 5 batches at the service (7 of 30 done), 0 failed"},
		{task.Snapshot{Counts: task.Counts{Tasks: 60, Done: 30}, Load: task.Load{Retries: 2, Tokens: 300, Concurrency: 4, Elapsed: time.Hour}, Batches: batches(1, 0, 2*time.Hour)}, 0,
			"30/60, 1 batch at the service (0 of 6 done), the oldest for 2h00m, 0 failed, 2 retries, 300 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 60}, Load: task.Load{Paused: true}, Batches: batches(2, 0, time.Second)}, 0,
			"0/60, paused, 2 batches at the service (0 of 12 done), the oldest for 1s, 0 failed, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 60, Done: 10}, Load: task.Load{InFlight: 4, Concurrency: 4, Elapsed: 10 * time.Second}, Batches: batches(2, 0, time.Second)}, 0,
			"10/60, 1.0/s, ETA 50s, 2 batches at the service (0 of 12 done), the oldest for 1s, 0 failed, 0 retries, 4 at once, 0 tokens"},
		{task.Snapshot{Counts: task.Counts{Tasks: 30, Done: 30}, Batches: batches(1, 6, time.Second)}, 0, "30/30, writing the output, 0 failed, 0 tokens"},
		{huge, 0, "123,456/1,000,000, 34/s, ETA 7h06m, 1234 failed, 56,789 retries, 64 at once, 99M tokens"},
		{huge, 72, "123,456/1,000,000, 34/s, ETA 7h06m, 1234 failed, 64 at once, 99M tokens"},
	}
	for _, tt := range tests {
		if got := progressLine(messages.Printer{}, tt.s, now, tt.width); got != tt.want {
			t.Errorf("progressLine(%+v, %d)\n got %q\nwant %q", tt.s, tt.width, got, tt.want)
		}
	}
}

// TestLinesAboutBatches checks what a run that only waits for batches says without a terminal: soon a first line, another one after half a minute
// if something has changed, and otherwise one in ten minutes.
func TestLinesAboutBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w strings.Builder
		p := pool.Pool{Counters: &pool.Counters{}}
		run := pool.NewProgress(&p)
		run.Expect(12)
		began := time.Now()
		run.Batches(func() []task.BatchState {
			b := task.BatchState{ID: "b1", Lines: 12, Posted: began}
			if time.Since(began) >= time.Hour {
				b.Done = 4
			}
			return []task.BatchState{b}
		})
		shown := NewProgress(&Console{Writer: &w}, false)
		shown.Start(run)
		time.Sleep(2*time.Hour + time.Minute)
		shown.Stop()
		lines := strings.Split(strings.TrimSpace(w.String()), "\n")
		if !strings.HasSuffix(lines[0], "0/12, 1 batch at the service (0 of 12 done), the oldest for 5s, 0 failed, 0 tokens") {
			t.Errorf("the first line is %s", lines[0])
		}
		if n := len(lines); n < 12 || n > 16 {
			t.Errorf("%d lines in two hours:\n%s", n, w.String())
		}
		at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "4 of 12 done") })
		if at < 0 || !strings.Contains(lines[at], "1h00m") {
			t.Errorf("the change was not said within half a minute:\n%s", w.String())
		}
	})
}

// TestBarFits draws the line of a large run in terminals of every width. The line is never wider than the terminal.
func TestBarFits(t *testing.T) {
	t.Parallel()
	for columns := 1; columns <= 200; columns++ {
		b := &bar{total: 1_000_000}
		for _, done := range []int{0, 1, 9_999, 500_000, 999_999} {
			s := task.Snapshot{Counts: task.Counts{Tasks: 1_000_000, Done: done, Failed: 1234}, Load: task.Load{Retries: 56_789, Tokens: 98_765_432, Concurrency: 64, Elapsed: time.Hour}}
			got := b.frame(s, columns)
			s.Batches = []task.BatchState{{Lines: 500_000, Done: 123_456, Posted: time.Now().Add(-9 * time.Hour)}}
			if n := utf8.RuneCountInString(b.frame(s, columns)); n >= max(columns, 10) {
				t.Errorf("in %d columns: %d characters with batches", columns, n)
			}
			if n := utf8.RuneCountInString(got); n >= max(columns, 10) {
				t.Errorf("in %d columns: %d characters: %q", columns, n, got)
			}
			if strings.ContainsAny(got, "\r\n\x1b") {
				t.Errorf("in %d columns: more than a line: %q", columns, got)
			}
			if columns >= 80 && !strings.Contains(got, "%") {
				t.Errorf("in %d columns: no percentage: %q", columns, got)
			}
		}
	}
}

// TestConsole checks that messages appear above the status line.
func TestConsole(t *testing.T) {
	t.Parallel()
	var w strings.Builder
	c := &Terminal{w: &w}
	said := &Console{Writer: c}
	said.Say("one")
	c.draw("10%")
	c.draw("20%")
	said.Say("two")
	c.draw("30%")
	c.clear()
	c.clear()
	want := "gigabatch: one\n\r10%\x1b[K\r20%\x1b[K" + eraseLine + "gigabatch: two\n\r30%\x1b[K" + eraseLine
	if got := w.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
