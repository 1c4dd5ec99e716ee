package console

import (
	"strings"
	"time"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// part is a part of the progress line. If the line is too long, the parts of the highest rank are dropped first; those of rank 0 are kept.
type part struct {
	text string
	rank int
}

// progressLine describes the progress of a run at a time in at most width characters; 0 means no limit.
func progressLine(p messages.Printer, s task.Snapshot, now time.Time, width int) string {
	parts := progressParts(p, s, now)
	for most := 4; ; most-- {
		var kept []string
		for _, part := range parts {
			if part.rank <= most {
				kept = append(kept, part.text)
			}
		}
		text := []rune(strings.Join(kept, ", "))
		if width == 0 || len(text) <= width {
			return string(text)
		}
		if most == 0 {
			return string(text[:width])
		}
	}
}

func progressParts(p messages.Printer, s task.Snapshot, now time.Time) []part {
	digits := func(n int) string { return p.Language.Digits(int64(n)) }
	parts := []part{{digits(s.Done) + "/" + digits(s.Tasks), 0}}
	rate, ended, idle := rate(s), s.Tasks > 0 && s.Done >= s.Tasks, onlyWaits(s)
	switch {
	case ended:
		parts = append(parts, part{p.Sprintf("writing the output"), 0})
	case s.Paused:
		parts = append(parts, part{p.Sprintf("paused"), 0})
	case s.Down:
		parts = append(parts, part{p.Sprintf("service down, probing"), 0})
	case s.Silent > 0 && s.Trouble != "":
		parts = append(parts, part{p.Sprintf("no answer for %v (%s)", s.Silent.Round(time.Second), messages.Foreign(short(s.Trouble))), 0})
	case s.Silent > 0:
		parts = append(parts, part{p.Sprintf("no answer for %v", s.Silent.Round(time.Second)), 0})
	case s.Held > time.Second:
		parts = append(parts, part{p.Sprintf("on hold for %v", s.Held.Round(time.Second)), 0})
	case idle: // answers come all at once, so a rate says nothing
	case rate >= 10:
		parts = append(parts, part{p.Sprintf("%.0f/s", rate), 1}, part{eta(p, float64(s.Tasks-s.Done)/rate), 0})
	case rate > 0:
		parts = append(parts, part{p.Sprintf("%.1f/s", rate), 1}, part{eta(p, float64(s.Tasks-s.Done)/rate), 0})
	}
	if n := len(s.Batches); n > 0 && !ended {
		lines, done, oldest := 0, 0, now
		for _, b := range s.Batches {
			lines, done = lines+b.Lines, done+b.Done
			if b.Posted.Before(oldest) {
				oldest = b.Posted
			}
		}
		parts = append(parts, part{p.Sprintf("%d {batch|batches} at the service (%d of %d done)", n, done, lines), 0},
			part{p.Sprintf("the oldest for %s", clock(p, now.Sub(oldest))), 1})
	}
	parts = append(parts, part{p.Sprintf("%d{|} failed", s.Failed+s.Blocked), 0})
	if !idle || s.Retries > 0 {
		parts = append(parts, part{p.Sprintf("%d {retry|retries}", s.Retries), 4})
	}
	if !idle && (s.Quota.Streams == 0 || s.Quota.Streams != s.Concurrency) {
		parts = append(parts, part{p.Sprintf("%d at once", s.Concurrency), 2})
	}
	if quota := p.Text(s.Quota.Text()); quota != "" && !idle {
		parts = append(parts, part{quota, 2})
	}
	parts = append(parts, part{tokens(p, s.Tokens), 3})
	if s.Spent.Cost > 0 {
		parts = append(parts, part{p.Sprintf("about %s", s.Spent.Cost.Text()), 3})
	}
	return parts
}

// onlyWaits reports whether a run waits for batches and sends no requests meanwhile.
func onlyWaits(s task.Snapshot) bool { return len(s.Batches) > 0 && s.InFlight == 0 }

// maxTrouble is how many characters of an error the line shows.
const maxTrouble = 60

// short returns the beginning of an error, to the end of a word.
func short(text string) string {
	runes := []rune(text)
	if len(runes) <= maxTrouble {
		return text
	}
	text = string(runes[:maxTrouble+1])
	if i := strings.LastIndexByte(text, ' '); i > maxTrouble/2 {
		return text[:i] + " …"
	}
	return string(runes[:maxTrouble]) + "…"
}

// rate returns the rows per second since the run began to send requests.
func rate(s task.Snapshot) float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	return float64(s.Done) / s.Elapsed.Seconds()
}

// tokens formats a number of tokens with two or three digits: 950, 12k, 3.4M.
func tokens(p messages.Printer, n int64) string {
	switch k := float64(n) / 1e3; {
	case n < 1000:
		return p.Sprintf("%d {token|tokens}", n)
	case n < 10_000:
		return p.Sprintf("%.1fk tokens", k)
	case n < 1_000_000:
		return p.Sprintf("%.0fk tokens", k)
	case n < 10_000_000:
		return p.Sprintf("%.1fM tokens", k/1e3)
	default:
		return p.Sprintf("%.0fM tokens", k/1e3)
	}
}

func eta(p messages.Printer, seconds float64) string {
	return p.Sprintf("ETA %s", clock(p, time.Duration(min(seconds, 1e6)*float64(time.Second))))
}

// clock formats a time in its two largest units.
func clock(p messages.Printer, d time.Duration) string {
	switch {
	case d >= time.Hour:
		return p.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return p.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return p.Sprintf("%ds", int(d.Seconds()+0.5))
}
