package journal

import (
	"os"
	"sync"
	"time"
)

// committer appends lines to a file and returns once they are on disk. Lines that arrive while a write is under way share the next
// one (group commit). After an error of write or fsync it refuses everything: what the disk holds then is not known, and asking
// fsync again would answer for other data.
type committer struct {
	file *os.File
	sync func(*os.File) error

	mu      sync.Mutex // guards all below
	end     int64      // where the next line will stand
	next    *group     // lines not yet being written
	writing bool
	err     error
	took    time.Duration // of the last write
	crowd   [2]int        // lines of the last two writes
}

// group is the lines of one write.
type group struct {
	lines []byte
	count int
	lead  chan struct{} // tells one waiter to write the group
	done  chan struct{}
	err   error
}

// append writes line and returns where it stands. Safe for concurrent use.
func (c *committer) append(line []byte) (int64, error) {
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return 0, c.err
	}
	g, off := c.join(line)
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

func (c *committer) join(line []byte) (*group, int64) {
	if c.next == nil {
		c.next = &group{lead: make(chan struct{}, 1), done: make(chan struct{})}
	}
	off := c.end
	c.end += int64(len(line))
	c.next.lines = append(c.next.lines, line...)
	c.next.count++
	return c.next, off
}

// write writes g, the group that is next, with c.mu given up meanwhile, and then names a writer for the group after it.
func (c *committer) write(g *group) {
	c.next = nil
	err := c.err
	if err == nil {
		c.mu.Unlock()
		began := time.Now()
		err = c.flush(g.lines)
		c.mu.Lock()
		c.took, c.crowd = time.Since(began), [2]int{g.count, c.crowd[0]}
	}
	c.err, g.err = err, err
	close(g.done)
	c.writing = c.next != nil
	if c.next != nil {
		c.next.lead <- struct{}{}
	}
}

// maxGather is the longest wait for more lines.
const maxGather = 2 * time.Millisecond

// gather waits after a pause for part of the time that a write takes, with c.mu given up meanwhile, if lines came together of late:
// answers that were asked for together arrive together, and the first of them would keep all others waiting for its own write.
func (c *committer) gather() {
	wait := min(c.took/2, maxGather)
	if max(c.crowd[0], c.crowd[1]) < 2 || wait < maxGather/20 {
		return
	}
	c.mu.Unlock()
	time.Sleep(wait)
	c.mu.Lock()
}

func (c *committer) flush(lines []byte) error {
	if _, err := c.file.Write(lines); err != nil {
		return err
	}
	return c.sync(c.file)
}

// size returns how long the file will be once all lines given so far are written.
func (c *committer) size() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}
