package task

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gigabatch/internal/messages"
)

// Sharer is a process that uses the same key, or a worker of the run.
type Sharer struct {
	Host     string    `json:"host,omitempty"` // "" is this machine
	PID      int       `json:"pid"`
	What     string    `json:"what,omitempty"`    // what it does
	Version  string    `json:"version,omitempty"` // of the program of a worker
	InFlight int       `json:"in_flight"`         // requests, with those that are about to be sent
	Rate     int       `json:"rate,omitempty"`    // answers of a worker a minute, lately
	Seen     time.Time `json:"seen,omitzero"`     // when a worker was heard of last, by the clock of the run
	Waiting  bool      `json:"waiting,omitempty"`
	Silent   bool      `json:"silent,omitempty"` // it has said nothing for a while
}

// Text describes s.
func (s *Sharer) Text() messages.Text {
	what := messages.Verbatim(strings.TrimSpace(cmp.Or(s.What, "gigabatch") + " " + s.Version))
	name := messages.Sprintf("%s (process %s)", what, messages.Verbatim(strconv.Itoa(s.PID)))
	if s.Host != "" {
		name = messages.Sprintf("%s (process %s on %s)", what, messages.Verbatim(strconv.Itoa(s.PID)), messages.Verbatim(s.Host))
	}
	switch {
	case s.Silent && !s.Seen.IsZero():
		return messages.Sprintf("%s: says nothing for %v; %d at once", name, time.Since(s.Seen).Round(time.Second), s.InFlight)
	case s.Silent:
		return messages.Sprintf("%s: says nothing; %d at once", name, s.InFlight)
	case !s.Seen.IsZero():
		return messages.Sprintf("%s: %d at once, %d a minute", name, s.InFlight, s.Rate)
	}
	return messages.Sprintf("%s: %d at once", name, s.InFlight)
}

// ID identifies the process.
func (s *Sharer) ID() string { return fmt.Sprintf("%s/%d", cmp.Or(s.Host, "-"), s.PID) }

// Alive reports whether the process may still be there.
func (s *Sharer) Alive() bool { return s.Host != "" || alive(s.PID) }
