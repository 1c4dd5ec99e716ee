package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"gigabatch/internal/jobs"
)

const (
	redraw    = 200 * time.Millisecond // on a terminal
	plainLine = 30 * time.Second       // elsewhere
	firstLine = 5 * time.Second
)

// progress shows how a run stands: one line that is drawn again on a terminal, a plain line now and then elsewhere.
type progress struct {
	w     io.Writer
	quiet bool
	fd    int
	tty   bool
	quit  chan struct{}
	wait  sync.WaitGroup
}

func newProgress(s stdio, quiet bool) *progress {
	p := &progress{w: s.err, quiet: quiet, quit: make(chan struct{})}
	p.fd, p.tty = terminal(s.err)
	return p
}

// start shows run until stop is called.
func (p *progress) start(run *jobs.Progress) {
	if p.quiet {
		return
	}
	p.wait.Add(1)
	go func() {
		defer p.wait.Done()
		if p.tty {
			p.bar(run)
			return
		}
		p.lines(run)
	}()
}

func (p *progress) stop() {
	close(p.quit)
	p.wait.Wait()
}

// bar draws one line again and again, and wipes it at the end.
func (p *progress) bar(run *jobs.Progress) {
	bar := progressbar.NewOptions(run.Snapshot().Jobs,
		progressbar.OptionSetWriter(p.w), progressbar.OptionSetWidth(barWidth(p.fd)), progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(os.Getenv("NO_COLOR") == ""),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}),
	)
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		s := run.Snapshot()
		bar.Describe(line(s))
		bar.Set(s.Done)
		select {
		case <-tick.C:
		case <-p.quit:
			bar.Clear()
			return
		}
	}
}

// barWidth leaves room for the words.
func barWidth(fd int) int {
	width, _, err := term.GetSize(fd)
	if err != nil {
		return 10
	}
	return max(0, min(30, width-100))
}

func (p *progress) lines(run *jobs.Progress) {
	t := time.NewTimer(firstLine)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			say(p.w, "%s", line(run.Snapshot()))
			t.Reset(plainLine)
		case <-p.quit:
			return
		}
	}
}

// line says how a run stands.
func line(s jobs.Snapshot) string {
	parts := []string{fmt.Sprintf("%s/%s", digits(int64(s.Done)), digits(int64(s.Jobs)))}
	if rate := rate(s); rate > 0 && s.Done < s.Jobs {
		parts = append(parts, fmt.Sprintf("%s/s", short(rate)), "ETA "+eta(float64(s.Jobs-s.Done)/rate))
	}
	parts = append(parts, fmt.Sprintf("%d failed", s.Failed+s.Blocked), fmt.Sprintf("%d retries", s.Retries),
		fmt.Sprintf("%d of %d at once", s.InFlight, s.Concurrency), digits(s.Tokens)+" tokens")
	switch {
	case s.Down:
		parts = append(parts, "service down, probing")
	case s.Held > time.Second:
		parts = append(parts, fmt.Sprintf("asked to wait %s", s.Held.Round(time.Second)))
	}
	return strings.Join(parts, ", ")
}

// rate is rows a second since the run began to ask.
func rate(s jobs.Snapshot) float64 {
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

func eta(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d > time.Minute {
		return d.Round(10 * time.Second).String()
	}
	return d.Round(time.Second).String()
}
