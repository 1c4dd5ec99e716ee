package pool

import (
	"strconv"
	"sync"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

const (
	maxFirstAlike = 20 // results that fail alike before any other result
	maxAlike      = 50 // results in a row that fail alike
)

// alike notices that everything fails for good in the same way.
type alike struct {
	mu     sync.Mutex // guards the fields below
	how    string     // the newest result failed; "" if it did not
	n      int        // results in a row that failed so
	others bool       // there was another result
}

// AlikeError means that so many requests in a row failed for good in the same way that the run asked no more.
type AlikeError struct {
	First  bool // these are the first ones of the run
	Failed int
	Last   string          // the error of the newest
	Err    *gigachat.Error // the same if it is one of the API, else nil
}

func (e *AlikeError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *AlikeError) Message() messages.Text {
	last := messages.Foreign(e.Last)
	if e.First {
		return messages.Sprintf("the first %d {request|requests} failed in the same way, so no more are sent: %v", e.Failed, last)
	}
	return messages.Sprintf("%d {request|requests} in a row failed in the same way, so no more are sent: %v", e.Failed, last)
}

// Intercepted reports whether it was not the service that answered but a proxy or a network. The tasks stay pending then.
func (e *AlikeError) Intercepted() bool {
	return e.Err != nil && e.Err.Kind == gigachat.KindIntercepted
}

// compare ends the run if r is one of too many results that failed alike. e is its error if that is one of the API, else nil. An answer of a
// proxy or a network counts although it may pass: the user must do something. A refusal of the way in which a form is asked for does not
// count, because the next way is tried, and neither does a text that is too long: it may be asked in parts.
func (w *work) compare(t task.Task, r *task.Result, e *gigachat.Error) {
	refused := r.Cause == task.CauseRejected || r.Cause == task.CauseModel
	wayRefused := refused && (t.Way == task.ByFormat || t.Way == task.ByFunction)
	passing := r.Cause.Passing() && (e == nil || e.Kind != gigachat.KindIntercepted)
	packRefused := refused && t.Pack > 1 // its parts are asked next
	if w.KeepGoing || passing || r.Cause == task.CauseTooLong || wayRefused || packRefused {
		return
	}
	s := &w.found.alike
	s.mu.Lock()
	defer s.mu.Unlock()
	how := ""
	if r.State == task.Failed {
		how = string(r.Cause)
		if e != nil {
			how += " " + strconv.Itoa(e.Status)
		}
	}
	if how != s.how {
		s.others = s.others || s.n > 0
		s.how, s.n = how, 0
	}
	s.n++
	switch {
	case how == "":
		s.others = true
	case s.n >= maxAlike || !s.others && s.n >= maxFirstAlike:
		w.stop(&AlikeError{First: !s.others, Failed: s.n, Last: r.Error, Err: e})
	}
}
