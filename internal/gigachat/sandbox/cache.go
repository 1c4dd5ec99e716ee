package sandbox

import (
	"sync"
	"time"
	"unicode/utf8"
)

// A cache finds how much of a conversation's beginning its session sent just before, like the service's prefix cache. It keeps the last
// conversation of each session.
type cache struct {
	mu       sync.Mutex // guards sessions
	sessions map[string]conversation
}

type conversation struct {
	model    string
	messages []message
	at       time.Time
}

const (
	cacheLife   = 30 * time.Second // after the last hit, as others have measured
	maxSessions = 1024
)

// hit returns how many characters at the beginning of req the session sent within the last cacheLife.
func (c *cache) hit(session string, req *chatRequest, now time.Time) int {
	if session == "" {
		return 0
	}
	next := conversation{req.Model, req.Messages, now}
	c.mu.Lock()
	last, known := c.sessions[session]
	if c.sessions == nil || !known && len(c.sessions) >= maxSessions {
		c.sessions = map[string]conversation{}
	}
	c.sessions[session] = next
	c.mu.Unlock()
	if last.model != req.Model || now.Sub(last.at) > cacheLife {
		return 0
	}
	return commonPrefix(last.messages, req.Messages)
}

// commonPrefix returns how many characters at the beginning of b are also in a.
func commonPrefix(a, b []message) int {
	runes := 0
	for i := range min(len(a), len(b)) {
		n := commonBytes(a[i].Content, b[i].Content)
		runes += utf8.RuneCountInString(b[i].Content[:n])
		if a[i].Role != b[i].Role || a[i].Content != b[i].Content {
			break
		}
	}
	return runes
}

// commonBytes returns the length of the common beginning of a and b, in bytes of whole characters.
func commonBytes(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(b) && !utf8.RuneStart(b[n]) {
		n--
	}
	return n
}
