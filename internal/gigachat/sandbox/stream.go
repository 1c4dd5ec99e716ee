package sandbox

import (
	"net/http"
	"time"
)

// eventRunes is how much of the content one event carries.
const eventRunes = 24

// streamCompletion writes c as server-sent events, one by one.
func (s *Sandbox) streamCompletion(w http.ResponseWriter, r *http.Request, req *chatRequest, c *completion, f *armed, st *stream) {
	if f != nil && s.streamNothing(w, r, f) {
		return
	}
	events := eventsOf(c)
	gap := time.Duration(req.UpdateInterval * float64(time.Second))
	if f != nil {
		events, gap = f.spoilEvents(events, gap)
	}
	s.tally.status(http.StatusOK)
	w.Header()["Content-Type"] = typeStream
	w.WriteHeader(http.StatusOK)
	if whole := s.sendEvents(w, r, events, gap, st); !whole || f != nil && f.Kind == ResetIn {
		s.reset(w)
	}
}

// streamNothing does what f does before the first event, and reports whether there will be none.
func (s *Sandbox) streamNothing(w http.ResponseWriter, r *http.Request, f *armed) bool {
	switch f.Kind {
	case ResetAfter:
		s.reset(w)
	case NotJSON:
		s.page(w, http.StatusOK)
	case Hang:
		return s.streamLate(w, r, f.For)
	default:
		return false
	}
	return true
}

// streamLate waits, and reports whether there will be no event.
func (s *Sandbox) streamLate(w http.ResponseWriter, r *http.Request, after time.Duration) bool {
	switch {
	case after == 0:
		s.hang(w, r)
	case s.sleep(r, after):
		return false
	default:
		s.reset(w)
	}
	return true
}

// spoilEvents changes the events, or the time between them, as the fault has it.
func (f *armed) spoilEvents(events [][]byte, gap time.Duration) ([][]byte, time.Duration) {
	switch f.Kind {
	case Truncated, ResetIn:
		return events[:len(events)/2], gap
	case Slow:
		return events, f.slowness() / time.Duration(len(events))
	}
	return events, gap
}

// sendEvents writes the events and reports whether the client was there to the end.
func (s *Sandbox) sendEvents(w http.ResponseWriter, r *http.Request, events [][]byte, gap time.Duration, st *stream) bool {
	control := http.NewResponseController(w)
	for i, event := range events {
		if i > 0 && !s.sleep(r, gap) {
			return false
		}
		if i == len(events)-1 {
			st.end()
		}
		w.Write(event)
		if control.Flush() != nil {
			return false
		}
	}
	return true
}

// eventsOf cuts c into events: the content, then the finish with the usage, then [DONE].
func eventsOf(c *completion) [][]byte {
	var events [][]byte
	if c.choices > 0 && c.call == "" {
		role := `,"role":"assistant"`
		for rest := c.content; rest != ""; role = "" {
			piece := firstRunes(rest, eventRunes)
			rest = rest[len(piece):]
			events = append(events, appendDelta(nil, c, piece, role))
		}
	}
	return append(events, appendFinish(nil, c), []byte("data: [DONE]\n\n"))
}

func appendDelta(b []byte, c *completion, piece, role string) []byte {
	b = appendString(append(b, `data: {"choices":[{"delta":{"content":`...), piece)
	b = append(append(b, role...), `},"index":0}]`...)
	return append(appendTail(b, c), "}\n\n"...)
}

// appendFinish appends the event with the finish and the usage. It carries the whole of a function call.
func appendFinish(b []byte, c *completion) []byte {
	b = append(b, `data: {"choices":[`...)
	for range c.choices {
		b = append(b, `{"delta":`...)
		if c.call != "" {
			b = appendMessage(b, c)
		} else {
			b = append(b, `{"content":""}`...)
		}
		b = appendString(append(b, `,"index":0,"finish_reason":`...), c.finish)
		b = append(b, '}')
	}
	b = appendTail(append(b, ']'), c)
	b = appendUsage(append(b, ','), c.usage)
	return append(b, "}\n\n"...)
}
