package main

import (
	"io"
	"sync"
	"time"

	"gigabatch/internal/jobs/pool"
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
	quit  chan struct{}
	wait  sync.WaitGroup
}

func newProgress(s stdio, quiet bool) *progress {
	return &progress{w: s.err, quiet: quiet, quit: make(chan struct{})}
}

// start shows run until stop is called.
func (p *progress) start(run *pool.Progress) {
	if p.quiet {
		return
	}
	p.wait.Go(func() {
		if c, ok := p.w.(*console); ok {
			p.bar(c, run)
			return
		}
		p.lines(run)
	})
}

func (p *progress) stop() {
	close(p.quit)
	p.wait.Wait()
}

// bar draws one line again and again, and wipes it at the end.
func (p *progress) bar(c *console, run *pool.Progress) {
	defer c.clear()
	b := newBar(run.Snapshot().Tasks)
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		c.draw(b.frame(run.Snapshot(), c.columns()))
		select {
		case <-tick.C:
		case <-p.quit:
			return
		}
	}
}

func (p *progress) lines(run *pool.Progress) {
	t := time.NewTimer(firstLine)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			say(p.w, "%s", standing(run.Snapshot(), 0))
			t.Reset(plainLine)
		case <-p.quit:
			return
		}
	}
}
