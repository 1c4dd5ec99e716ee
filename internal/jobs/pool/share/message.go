package share

import (
	"time"

	"gigabatch/internal/jobs/pool/limit"
	"gigabatch/internal/jobs/task"
)

// Version is that of the protocol. Processes of different versions share nothing.
const Version = 1

// Kind tells what a message says.
type Kind string

// What a process says to the hub.
const (
	Hello    Kind = "hello"    // Who it is, in which Version
	Ping     Kind = "ping"     // it lives
	Joins    Kind = "join"     // a Member, with Start and Max
	Adjusts  Kind = "adjust"   // its Max
	Leaves   Kind = "leave"    // it
	Doubts   Kind = "doubt"    // for Hint it has not known what it has in flight; 0 if it knows
	Wants    Kind = "want"     // N rights for it, instead of the number said before
	Backs    Kind = "back"     // N rights that were granted and not used
	Sends    Kind = "sent"     // the request of a Right, one of those that were granted
	Holds    Kind = "hold"     // the requests of Rights are in flight, whoever granted them
	Answer   Kind = "answered" // the request of a Right
	Refusal  Kind = "refused"  // the request of a Right, with Hint and Times
	Loss     Kind = "lost"     // the request of a Right
	NewToken Kind = "token"    // is asked for; the answer has the same ID
	BadToken Kind = "invalid"  // the service refused the Token
	HasToken Kind = "has"      // an earlier hub got the Token
)

// What the hub says; a process also tells it what an earlier hub had found out.
const (
	Welcome Kind = "welcome" // to Hello
	Grants  Kind = "grant"   // a right for a Member
	Tells   Kind = "state"   // what is known; at least each beat
)

// Message is one of the protocol between a hub and other processes.
type Message struct {
	Kind    Kind          `json:"k"`
	Version int           `json:"v,omitempty"`
	Who     *task.Sharer  `json:"who,omitempty"`
	Member  int           `json:"m,omitempty"`
	Right   uint64        `json:"r,omitempty"`
	Rights  []uint64      `json:"rs,omitempty"`
	N       int           `json:"n,omitempty"`
	Start   int           `json:"start,omitempty"`
	Max     int           `json:"max,omitempty"`
	Hint    time.Duration `json:"hint,omitempty"`
	Times   int           `json:"times,omitempty"`
	State   *State        `json:"state,omitempty"`
	ID      int           `json:"id,omitempty"`
	Token   *Token        `json:"token,omitempty"`
	Error   string        `json:"error,omitempty"`
}

// State is what a hub knows.
type State struct {
	Width   int            `json:"width"`
	Quota   task.Belief    `json:"quota,omitzero"`
	Wait    time.Duration  `json:"wait,omitempty"` // until the next start, if the quota is used up
	Sharers []task.Sharer  `json:"sharers"`        // the hub first
	Learned *limit.Learned `json:"learned,omitempty"`
}

// Token is an access token on its way.
type Token struct {
	AccessToken string        `json:"access_token"`
	Expires     time.Time     `json:"expires,omitzero"`
	Fresh       time.Duration `json:"fresh"` // no new one is needed for so long
}
