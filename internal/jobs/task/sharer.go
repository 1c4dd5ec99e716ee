package task

import (
	"cmp"
	"fmt"
)

// Sharer is a process that uses the same key.
type Sharer struct {
	Host     string `json:"host,omitempty"` // "" is this machine
	PID      int    `json:"pid"`
	What     string `json:"what,omitempty"` // what it does
	InFlight int    `json:"in_flight"`      // requests, with those that are about to be sent
	Waiting  bool   `json:"waiting,omitempty"`
	Silent   bool   `json:"silent,omitempty"` // it has said nothing for a while
	Self     bool   `json:"self,omitempty"`
}

// ID identifies the process.
func (s *Sharer) ID() string { return fmt.Sprintf("%s/%d", cmp.Or(s.Host, "-"), s.PID) }

// Alive reports whether the process may still be there.
func (s *Sharer) Alive() bool { return s.Host != "" || alive(s.PID) }
