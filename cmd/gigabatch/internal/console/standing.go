package console

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gigabatch/internal/jobs/task"
)

// standing describes a run in at most width characters; 0 is no limit. Parts that matter least are left out if there is no room.
func standing(s task.Snapshot, width int) string {
	parts := standingParts(s)
	for _, drop := range []string{"", " retr", " token", " at once", "/s"} {
		parts = without(parts, drop)
		if text := strings.Join(parts, ", "); width == 0 || utf8.RuneCountInString(text) <= width {
			return text
		}
	}
	text := []rune(strings.Join(parts, ", "))
	return string(text[:max(0, min(width, len(text)))])
}

func standingParts(s task.Snapshot) []string {
	parts := []string{Digits(int64(s.Done)) + "/" + Digits(int64(s.Tasks))}
	rate := rate(s)
	switch {
	case s.Tasks > 0 && s.Done >= s.Tasks:
		parts = append(parts, "writing the output")
	case s.Down:
		parts = append(parts, "service down, probing")
	case s.Held > time.Second:
		parts = append(parts, "asked to wait "+s.Held.Round(time.Second).String())
	case rate > 0:
		parts = append(parts, short(rate)+"/s", "ETA "+eta(float64(s.Tasks-s.Done)/rate))
	}
	return append(parts, Digits(int64(s.Failed+s.Blocked))+" failed", Plural(s.Retries, "retry", "retries"),
		fmt.Sprintf("%d at once", s.Concurrency), compact(s.Tokens)+" tokens")
}

// without leaves out the parts that hold a text.
func without(parts []string, text string) []string {
	if text == "" {
		return parts
	}
	var kept []string
	for _, p := range parts {
		if !strings.Contains(p, text) {
			kept = append(kept, p)
		}
	}
	return kept
}

// rate is rows a second since the run began to ask.
func rate(s task.Snapshot) float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	return float64(s.Done) / s.Elapsed.Seconds()
}

func short(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// compact writes a large number in four characters or so: 950, 12k, 3.4M.
func compact(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprint(n)
	case n < 1_000_000:
		return short(float64(n)/1e3) + "k"
	}
	return short(float64(n)/1e6) + "M"
}

func eta(seconds float64) string {
	d := time.Duration(min(seconds, 1e6) * float64(time.Second))
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%ds", int(d.Seconds()+0.5))
}
