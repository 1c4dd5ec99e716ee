package queue

import (
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/nats-io/nuid"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/pool/share"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// The names at the server. All processes of a server that use them work for the same runs.
const (
	bucket    = "gigabatch"         // of leases
	stream    = "gigabatch_answers" // of answers that no journal has yet
	runKey    = "run"               // of the coordinator, in the bucket
	claimKey  = "claim"             // written by a coordinator that waits for the end of a lease: the server takes writes
	workerKey = "worker."           // of a worker, before its id

	toWorker  = "gigabatch.worker." // subjects, before the id of a worker
	toRun     = "gigabatch.run."    // before the id of a coordinator
	forTokens = "gigabatch.token."  // before the id of a coordinator
	answered  = "gigabatch.answer." // before the name of a job
)

// A box is a store of what is too large for a message.
type box struct {
	name string
	life time.Duration // of what is forgotten in it; 0 if it stays
}

// An answer is paid, and may have to wait for a coordinator for days. A request is taken out at once, unless the run and the worker are both killed.
var (
	largeRequests = box{"gigabatch_requests", time.Hour}
	largeAnswers  = box{"gigabatch_large", 0}
)

const (
	beat    = time.Second                  // between two renewals of a lease
	often   = beat / 50                    // between two pings, at least
	prompt  = beat / 2                     // a worker that has not said a ping back for so long may be cut off
	life    = 3 * time.Second              // of a lease that is not renewed; then its worker cancels its requests
	over    = life + 1500*time.Millisecond // after which the coordinator counts it as ended
	kept    = 2 * time.Minute              // entries of processes that say nothing stay in the bucket
	patient = 5 * time.Second              // for an answer of the server
)

// lease is the entry of a worker.
type lease struct {
	Who
	Service string `json:"service"`         // the base URL of the API
	Account string `json:"account"`         // whose quota its requests use; "" is that of the run
	Start   int    `json:"start,omitempty"` // requests in flight that the account begins with, and at most
	Most    int    `json:"most,omitempty"`
	Max     int    `json:"max"` // requests in flight of this worker; 0 while it ends
	Run     string `json:"run,omitempty"`
	Held    []held `json:"held,omitempty"`
	Cut     string `json:"cut,omitempty"` // the newest coordinator for which the worker has canceled a request
}

// held is an attempt that a worker has.
type held struct {
	ID       string `json:"id"`
	Job      string `json:"job"`
	Key      string `json:"key"`
	Answered bool   `json:"answered,omitempty"`
}

// Who is a process.
type Who struct {
	ID      string `json:"id"`
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Version string `json:"version"` // of the program; others work with none but their own
}

func newWho(version string) Who {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return Who{ID: nuid.Next(), Host: host, PID: os.Getpid(), Version: version}
}

// run is the entry of the coordinator.
type run struct {
	Who
	Input   string `json:"input"`
	Service string `json:"service"`
	Job     string `json:"job,omitempty"`   // in subjects of answers; "" before it is known
	Run     string `json:"run,omitempty"`   // tells it from other runs of the job
	Files   bool   `json:"files,omitempty"` // requests may name files that the account has stored
	Lends   bool   `json:"lends"`           // the access token
	Account string `json:"account,omitempty"`

	Learned map[string]*share.Learned `json:"learned,omitempty"` // of the quotas, by account: a coordinator that takes over goes on with it
}

// order is what a coordinator tells a worker.
type order struct {
	Run string `json:"run"`

	ID      string        `json:"id,omitempty"` // an attempt to make
	Job     string        `json:"job,omitempty"`
	Key     string        `json:"key,omitempty"`
	Body    []byte        `json:"body,omitempty"`
	Large   bool          `json:"large,omitempty"` // the body is among the large requests, by the id
	Timeout time.Duration `json:"timeout,omitempty"`
	Texts   []task.Key    `json:"texts,omitempty"` // the tasks of a request for vectors, in its order

	Done   []string `json:"done,omitempty"`   // attempts whose answer has come
	Again  []string `json:"again,omitempty"`  // attempts whose answer has not come
	Cancel []string `json:"cancel,omitempty"` // attempts that are no longer wanted
	Over   bool     `json:"over,omitempty"`   // the lease is over: its requests are given to others

	Ping time.Duration `json:"ping,omitempty"` // the worker says it back at once
}

// answer is what came of an attempt.
type answer struct {
	ID       string                 `json:"id,omitempty"`
	Key      string                 `json:"key,omitempty"`
	Worker   string                 `json:"worker,omitempty"`
	Texts    []task.Key             `json:"texts,omitempty"` // as in the order
	Large    bool                   `json:"large,omitempty"` // the rest is among the large answers, by the id
	Response *gigachat.ChatResponse `json:"response,omitempty"`
	Raw      []byte                 `json:"raw,omitempty"` // of the response or the error: any bytes
	Error    *failure               `json:"error,omitempty"`
	Ping     time.Duration          `json:"ping,omitempty"` // of an order that has come to the worker; the rest is empty
	Sign     sign                   `json:"sign,omitempty"` // the answer itself comes later
}

// sign is what a worker tells of an attempt at once.
type sign string

const (
	begun sign = "begun" // the request goes on the wire
	ended sign = "ended" // it was answered, and the answer is on its way by the stream
	lost  sign = "lost"  // it failed, and the error is on its way by the stream
)

// failure is a gigachat.Error on its way.
type failure struct {
	gigachat.Error
	Err   string `json:"cause,omitempty"`
	Other string `json:"other,omitempty"` // an error that is none of the API
}

func newAnswer(o *order, worker string, response *gigachat.ChatResponse, err error) *answer {
	a := &answer{ID: o.ID, Key: o.Key, Worker: worker, Texts: o.Texts}
	switch e := gigachat.AsError(err); {
	case err == nil:
		r := *response
		a.Raw, r.Raw = []byte(r.Raw), ""
		a.Response = &r
	case e == nil:
		a.Error = &failure{Other: err.Error()}
	default:
		f := &failure{Error: *e}
		if e.Err != nil {
			f.Err = e.Err.Error()
		}
		a.Raw, f.Error.Err, f.Body = []byte(e.Body), nil, ""
		a.Error = f
	}
	return a
}

// outcome is what the call returned to the worker.
func (a *answer) outcome() (*gigachat.ChatResponse, error) {
	switch {
	case a.Response != nil:
		r := *a.Response
		r.Raw = string(a.Raw)
		return &r, nil
	case a.Error == nil:
		return nil, messages.Errorf("the worker sent no answer")
	case a.Error.Other != "":
		return nil, errors.New(a.Error.Other)
	}
	e := a.Error.Error
	e.Body = string(a.Raw)
	if a.Error.Err != "" {
		e.Err = errors.New(a.Error.Err)
	}
	return nil, &e
}

// paid reports whether the answer may have cost something.
func (a *answer) paid() bool {
	return a.Response != nil || a.Error != nil && (a.Error.Sent || a.Error.Usage != gigachat.Usage{})
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // the types have no fields that cannot be encoded
	}
	return data
}
