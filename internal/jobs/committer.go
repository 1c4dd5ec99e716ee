package jobs

import (
	"os"
	"sync"
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
}

// group is the lines of one write.
type group struct {
	lines []byte
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
	if c.writing {
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
	return c.next, off
}

// write writes g, the group that is next, with c.mu given up meanwhile, and then names a writer for the group after it.
func (c *committer) write(g *group) {
	c.writing, c.next = true, nil
	err := c.err
	if err == nil {
		c.mu.Unlock()
		err = c.flush(g.lines)
		c.mu.Lock()
	}
	c.err, g.err = err, err
	close(g.done)
	c.writing = c.next != nil
	if c.next != nil {
		c.next.lead <- struct{}{}
	}
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
