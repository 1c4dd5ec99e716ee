package limit

import (
	"math"
	"time"
)

const (
	stormMemory = 32   // starts over which the share of refusals is averaged
	minStorm    = 0.2  // the share from which on refusals are a storm
	abated      = 0.03 // the chance of a calm that ends a storm …
	calmStarts  = 4    // … or so many accepted starts …
	calmTime    = 2 * time.Second
)

// storm counts the refusals within the limits. Limits that are found while a service refuses half of all requests by chance are too low,
// and raising them by probes takes long, so they are in doubt when these refusals end.
type storm struct {
	share float64       // of recent starts that were refused, as of the newest of these refusals
	at    time.Duration // when that was, or when the storm last abated
	sent  int           // requests sent before
	calm  int           // later ones that were accepted
	wait  time.Duration // a calm of that time ends the storm; it doubles each time
}

// isOver reports whether there has been a calm for so long that a pace may not be needed any more.
func (s *storm) isOver(now time.Duration) bool {
	wait := max(s.wait, calmTime)
	if s.calm < calmStarts || now-s.at < wait {
		return false
	}
	s.wait = 2 * wait
	return true
}

// gust takes in a refusal after so many requests were sent.
func (s *storm) gust(sent int, now time.Duration) {
	s.share = s.share*math.Pow(1-1.0/stormMemory, float64(s.calm+1)) + 1.0/stormMemory
	s.at, s.sent, s.calm = now, sent, 0
}

// abates takes in that the request of that number was accepted, and reports whether that makes a calm that is unlikely in the storm before:
// the service has changed, or it has what it wants.
func (s *storm) abates(number int, now time.Duration) bool {
	if number <= s.sent {
		return false
	}
	s.calm++
	unlikely := math.Pow(1-s.share, float64(s.calm)) <= abated
	long := s.calm >= calmStarts && now-s.at >= calmTime
	if s.share < minStorm || !unlikely && !long {
		return false
	}
	s.share, s.at, s.calm = s.share/2, now, 0
	return true
}
