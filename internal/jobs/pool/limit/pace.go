package limit

import (
	"time"

	"gigabatch/internal/gigachat"
)

// firstCompletion is the assumed number of tokens of a completion before the first one.
const firstCompletion = 200

// Pace keeps to the user's limits: requests a minute, evenly spread, and tokens a minute, reserved by estimate and settled with the real
// usage. It is a bucket that requests in flight may overdraw. The bucket holds the tokens of one second, so a burst does not make up for
// idle time. The zero value has no limits. A Pace is not safe for concurrent use.
type Pace struct {
	every time.Duration // between two starts
	next  time.Time     // nothing starts before this time

	rate    float64   // tokens a second
	balance float64   // tokens to spend; nothing starts while it is negative
	at      time.Time // of the balance

	ratio      float64 // real prompt tokens per estimated one
	completion float64 // mean tokens of a completion
	mean       float64 // mean tokens of a request with its completion
	settled    int     // requests
}

// NewPace returns the pace for a number of requests and tokens a minute; 0 is no limit.
func NewPace(requests, tokens int) Pace {
	p := Pace{rate: float64(tokens) / 60, ratio: 1, completion: firstCompletion, mean: firstCompletion}
	if requests > 0 {
		p.every = time.Minute / time.Duration(requests)
	}
	return p
}

// Ready returns when the next request may start. A time that is not after now means at once.
func (p *Pace) Ready(now time.Time) time.Time {
	at := p.next
	if p.rate == 0 {
		return at
	}
	if !p.at.IsZero() {
		p.balance = min(p.balance+p.rate*now.Sub(p.at).Seconds(), p.rate)
	}
	p.at = now
	if p.balance < 0 {
		owed := now.Add(time.Duration(-p.balance/p.rate*float64(time.Second)) + 1)
		if owed.After(at) {
			at = owed
		}
	}
	return at
}

// Take records that a request starts, and returns the tokens reserved for it.
func (p *Pace) Take(now time.Time) (reserved float64) {
	if p.every > 0 {
		due := p.next
		if now.Sub(due) > p.every/2 { // the pace makes up only for a late timer
			due = now
		}
		p.next = due.Add(p.every)
	}
	if p.rate == 0 {
		return 0
	}
	p.balance -= p.mean
	return p.mean
}

// Reserve changes the reserved tokens to the estimate for a request of chars characters and its completion.
func (p *Pace) Reserve(reserved *float64, chars int) {
	if p.rate == 0 {
		return
	}
	estimate := float64(chars)/gigachat.CharsPerToken*p.ratio + p.completion
	p.balance += *reserved - estimate
	*reserved = estimate
}

// Settle replaces the tokens reserved for a request of chars characters with those that it and its completion really used.
func (p *Pace) Settle(reserved *float64, chars, prompt, completion int) {
	if p.rate == 0 {
		return
	}
	p.balance += *reserved - float64(prompt+completion)
	*reserved = 0
	p.settled++
	weight := 1 / float64(min(p.settled, 50))
	p.ratio += (float64(prompt)*gigachat.CharsPerToken/float64(max(chars, 1)) - p.ratio) * weight
	p.completion += (float64(completion) - p.completion) * weight
	p.mean += (float64(prompt+completion) - p.mean) * weight
}

// Refund gives back what is still reserved for a request.
func (p *Pace) Refund(reserved *float64) {
	p.balance += *reserved
	*reserved = 0
}
