package sandbox

import (
	"net/http"
	"time"
)

// eventRunes is how many characters of the content one event carries.
const eventRunes = 24

// streamCompletion writes c as server-sent events, with the effects of the fault.
func streamCompletion(x *exchange, req *chatRequest, c *completion, f *armed, st *stream) {
	events := eventsOf(c)
	if x.o.Dialect == OpenAI {
		events = openAIEvents(c)
	}
	gap := time.Duration(req.UpdateInterval * float64(time.Second))
	broken := false
	if f != nil {
		switch f.Kind {
		case ResetAfter:
			x.reset()
			return
		case NotJSON:
			x.page(http.StatusOK)
			return
		case Hang:
			if !x.late(f.For) {
				return
			}
		case Truncated, ResetIn:
			events, broken = events[:len(events)/2], f.Kind == ResetIn
		case Slow:
			gap = f.slowness() / time.Duration(len(events))
		}
	}
	x.tally.status(http.StatusOK)
	x.w.Header()["Content-Type"] = typeStream
	x.w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(x.w)
	for i, event := range events {
		if i > 0 && !x.sleep(gap) {
			broken = true
			break
		}
		if i == len(events)-1 {
			st.end()
		}
		x.w.Write(event)
		if control.Flush() != nil {
			broken = true
			break
		}
	}
	if broken {
		x.reset()
	}
}

// eventsOf splits c into events: the content, then the finish with the usage, then [DONE].
func eventsOf(c *completion) [][]byte {
	var events [][]byte
	if c.choices > 0 && c.call == "" {
		role := `,"role":"assistant"`
		for rest := c.content; rest != ""; role = "" {
			piece := firstRunes(rest, eventRunes)
			rest = rest[len(piece):]
			b := appendString([]byte(`data: {"choices":[{"delta":{"content":`), piece)
			b = append(append(b, role...), `},"index":0}]`...)
			events = append(events, append(appendTail(b, c), "}\n\n"...))
		}
	}
	return append(events, appendFinish(nil, c), []byte("data: [DONE]\n\n"))
}

// appendFinish appends the event with the finish and the usage. It contains the whole of a function call.
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
