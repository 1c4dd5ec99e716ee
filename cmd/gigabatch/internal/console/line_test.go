package console

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

func TestProgressLine(t *testing.T) {
	t.Parallel()
	early := task.Snapshot{Counts: task.Counts{Tasks: 300, Done: 32}, Load: task.Load{Tokens: 1280, Concurrency: 10, Elapsed: time.Second, Retries: 1}}
	huge := task.Snapshot{Counts: task.Counts{Tasks: 1_000_000, Done: 123_456, Failed: 1200, Blocked: 34}, Load: task.Load{Retries: 56_789, Tokens: 98_765_432, Concurrency: 64, Elapsed: time.Hour}}
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
		{huge, 0, "123,456/1,000,000, 34/s, ETA 7h06m, 1234 failed, 56,789 retries, 64 at once, 99M tokens"},
		{huge, 72, "123,456/1,000,000, 34/s, ETA 7h06m, 1234 failed, 64 at once, 99M tokens"},
	}
	for _, tt := range tests {
		if got := progressLine(messages.Printer{}, tt.s, tt.width); got != tt.want {
			t.Errorf("progressLine(%+v, %d)\n got %q\nwant %q", tt.s, tt.width, got, tt.want)
		}
	}
}

// TestBarFits draws the line of a large run in terminals of every width. The line is never wider than the terminal.
func TestBarFits(t *testing.T) {
	t.Parallel()
	for columns := 1; columns <= 200; columns++ {
		b := &bar{total: 1_000_000}
		for _, done := range []int{0, 1, 9_999, 500_000, 999_999} {
			s := task.Snapshot{Counts: task.Counts{Tasks: 1_000_000, Done: done, Failed: 1234}, Load: task.Load{Retries: 56_789, Tokens: 98_765_432, Concurrency: 64, Elapsed: time.Hour}}
			got := b.frame(s, columns)
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
