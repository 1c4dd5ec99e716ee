package main

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"
)

// patience is how long a test waits for an event before it fails.
const patience = 30 * time.Second

// process is a program that runs beside a test.
type process struct {
	cmd      *exec.Cmd
	out, err said
	done     chan struct{}
}

func startProcess(c *exec.Cmd) (*process, error) {
	p := &process{cmd: c, done: make(chan struct{})}
	c.Stderr = &p.err
	if c.Stdout == nil {
		c.Stdout = &p.out
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.Wait()
		close(p.done)
	}()
	return p, nil
}

// saw waits until stderr or stdout matches a pattern.
func (p *process) saw(pattern *regexp.Regexp) error {
	timeout := time.After(patience)
	for {
		errs, outs := p.err.changed(), p.out.changed()
		if pattern.MatchString(p.err.String()) || pattern.MatchString(p.out.String()) {
			return nil
		}
		select {
		case <-errs:
		case <-outs:
		case <-p.done:
			if pattern.MatchString(p.err.String()) || pattern.MatchString(p.out.String()) {
				return nil
			}
			return fmt.Errorf("it ended without saying %s:\n%s", pattern, p.err.String())
		case <-timeout:
			return fmt.Errorf("it did not say %s:\n%s", pattern, p.err.String())
		}
	}
}

// finish waits for the end of the process and returns the exit code, -1 if a signal ended it.
func (p *process) finish() (int, error) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, errors.New("it did not end; it said:\n" + p.err.String())
	}
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// said collects the output of a process. It is safe for concurrent use.
type said struct {
	mu   sync.Mutex // guards text and more
	text strings.Builder
	more chan struct{}
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// changed returns a channel that is closed at the next write.
func (s *said) changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.more == nil {
		s.more = make(chan struct{})
	}
	return s.more
}
