package console

import (
	"slices"
	"sync"
	"time"

	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
)

const (
	redraw    = 200 * time.Millisecond // on a terminal
	plainLine = 30 * time.Second       // elsewhere
	look      = 250 * time.Millisecond // elsewhere, for trouble
	firstLine = 5 * time.Second
	waitLine  = 10 * time.Minute // elsewhere, while batches are awaited and nothing changes
)

// Progress shows the progress of a run: on a terminal one line that is redrawn, elsewhere a plain line from time to time.
type Progress struct {
	c     *Console
	quiet bool
	quit  chan struct{}
	wait  sync.WaitGroup

	mu   sync.Mutex // guards said
	said time.Time  // when Deleted last showed something, or was first called
}

// NewProgress returns a Progress that writes to c, or shows nothing if quiet.
func NewProgress(c *Console, quiet bool) *Progress {
	return &Progress{c: c, quiet: quiet}
}

// Start shows the progress of run until Stop is called, or Start with another run.
func (p *Progress) Start(run *pool.Progress) {
	if p.quiet {
		return
	}
	p.Stop()
	p.quit = make(chan struct{})
	p.wait.Go(func() {
		if t, ok := p.c.Writer.(*Terminal); ok {
			p.bar(t, run)
			return
		}
		p.lines(run)
	})
}

// Stop ends the display. It returns when nothing more is written.
func (p *Progress) Stop() {
	if p.quit != nil {
		close(p.quit)
	}
	p.wait.Wait()
	p.quit = nil
}

// Deleted shows from time to time that the nth of the files at the service was deleted.
func (p *Progress) Deleted(n, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.quiet:
	case p.said.IsZero():
		p.said = time.Now()
	case time.Since(p.said) >= firstLine:
		p.said = time.Now()
		p.c.Say("deleting the files at the service: %d of %d", n, of)
	}
}

// bar redraws one line, and erases it at the end.
func (p *Progress) bar(t *Terminal, run *pool.Progress) {
	defer t.clear()
	b := &bar{printer: p.c.Printer, total: run.Snapshot().Tasks}
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		t.draw(b.frame(run.Snapshot(), t.columns()))
		select {
		case <-tick.C:
		case <-p.quit:
			return
		}
	}
}

func (p *Progress) lines(run *pool.Progress) {
	t := time.NewTimer(firstLine)
	defer t.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	var last, trouble time.Time // when a line was written, and one about trouble
	var shown task.Snapshot     // in that line
	for {
		var s task.Snapshot
		select {
		case <-t.C:
			t.Reset(plainLine)
			if s = run.Snapshot(); onlyWaits(s) && time.Since(last) < waitLine && s.Done == shown.Done && slices.Equal(s.Batches, shown.Batches) {
				continue
			}
		case <-tick.C:
			if s = run.Snapshot(); s.Silent == 0 || time.Since(trouble) <= plainLine {
				continue
			}
			t.Reset(plainLine)
		case <-p.quit:
			return
		}
		p.c.Say("%s", progressLine(p.c.Printer, s, time.Now(), 0))
		last, shown = time.Now(), s
		if s.Silent > 0 {
			trouble = last
		}
	}
}
