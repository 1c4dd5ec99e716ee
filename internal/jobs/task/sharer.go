package task

import (
	"cmp"
	"fmt"
	"strconv"

	"gigabatch/internal/messages"
)

// Sharer is a process that uses the same key.
type Sharer struct {
	Host     string `json:"host,omitempty"` // "" is this machine
	PID      int    `json:"pid"`
	What     string `json:"what,omitempty"` // what it does
	InFlight int    `json:"in_flight"`      // requests, with those that are about to be sent
	Waiting  bool   `json:"waiting,omitempty"`
	Silent   bool   `json:"silent,omitempty"` // it has said nothing for a while
}

// Text describes s.
func (s *Sharer) Text() messages.Text {
	name := messages.Sprintf("%s (process %s)", messages.Verbatim(cmp.Or(s.What, "gigabatch")), messages.Verbatim(strconv.Itoa(s.PID)))
	if s.Host != "" {
		name = messages.Sprintf("%s (process %s on %s)", messages.Verbatim(cmp.Or(s.What, "gigabatch")), messages.Verbatim(strconv.Itoa(s.PID)), messages.Verbatim(s.Host))
	}
	if s.Silent {
		return messages.Sprintf("%s: says nothing; %d at once", name, s.InFlight)
	}
	return messages.Sprintf("%s: %d at once", name, s.InFlight)
}

// ID identifies the process.
func (s *Sharer) ID() string { return fmt.Sprintf("%s/%d", cmp.Or(s.Host, "-"), s.PID) }

// Alive reports whether the process may still be there.
func (s *Sharer) Alive() bool { return s.Host != "" || alive(s.PID) }
