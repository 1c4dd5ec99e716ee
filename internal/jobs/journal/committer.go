package journal

import (
	"sync"
	"time"
)

// committer appends lines to a file and returns once they are on disk. Lines that arrive during a write share the next write (group
// commit). After an error of write or fsync it rejects everything: the content of the disk is then unknown, and another fsync would report
// on other data. Safe for concurrent use.
type committer struct {
	home

	mu      sync.Mutex // guards all below
	end     int64      // offset of the next line
	written int64      // end of the last write
	next    *group     // the lines waiting for the next write
	writing bool
	err     error
	took    time.Duration // duration of the last write
	crowd   [2]int        // number of lines in the last two writes
}

// group is the lines of one write.
type group struct {
	lines []byte
	count int
	lead  chan struct{} // lets one waiter write the group
	done  chan struct{} // closed once err is set
	err   error
}

// append writes line and returns its offset.
func (c *committer) append(line []byte) (int64, error) {
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return 0, c.err
	}
	if c.next == nil {
		c.next = &group{lead: make(chan struct{}, 1), done: make(chan struct{})}
	}
	g, off := c.next, c.end
	c.end += int64(len(line))
	g.lines = append(g.lines, line...)
	g.count++
	if !c.writing {
		c.writing = true
		c.gather()
	} else {
		c.mu.Unlock()
		select {
		case <-g.done:
			return off, g.err
		case <-g.lead:
		}
		c.mu.Lock()
	}
	c.write(g)
	c.mu.Unlock()
	return off, g.err
}

// write writes g, which is c.next, and then lets a waiter write the next group. The caller holds c.mu, which is released during the write.
func (c *committer) write(g *group) {
	c.next = nil
	err := c.err
	if err == nil {
		c.mu.Unlock()
		began := time.Now()
		err = c.home.write(g.lines, c.written+int64(len(g.lines)))
		c.mu.Lock()
		c.written += int64(len(g.lines))
		c.took, c.crowd = time.Since(began), [2]int{g.count, c.crowd[0]}
	}
	c.err, g.err = err, err
	close(g.done)
	c.writing = c.next != nil
	if c.next != nil {
		c.next.lead <- struct{}{}
	}
}

// maxGather is the maximum wait for more lines.
const maxGather = 2 * time.Millisecond

// gather waits for more lines if the last writes had several: requests sent together are completed together, and the first result would
// make all others wait for its own write. The wait is shorter than a write. The caller holds c.mu, which is released during the wait.
func (c *committer) gather() {
	wait := min(c.took/2, maxGather)
	if max(c.crowd[0], c.crowd[1]) < 2 || wait < maxGather/20 {
		return
	}
	c.mu.Unlock()
	time.Sleep(wait)
	c.mu.Lock()
}
