package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"gigabatch/internal/web/board"
)

const (
	coalesced = 200 * time.Millisecond // at least between two events
	keepAlive = 15 * time.Second
)

// events sends how the runs stand: all of them first, then what changes, until the browser goes or its session ends.
func (x runs) events(w http.ResponseWriter, r *http.Request) {
	watcher := x.Board.Watch()
	defer watcher.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	out := &eventWriter{w: w, flush: http.NewResponseController(w)}
	if out.send("runs", x.all()) != nil {
		return
	}
	for r.Context().Err() == nil && x.hasSession(r) {
		if x.nextEvents(r.Context(), watcher, out) != nil {
			return
		}
		select {
		case <-time.After(coalesced):
		case <-r.Context().Done():
		}
	}
}

// nextEvents sends what has changed, or a sign of life where nothing does.
func (x runs) nextEvents(ctx context.Context, c *board.Watcher, out *eventWriter) error {
	wait, cancel := context.WithTimeout(ctx, keepAlive)
	defer cancel()
	ids, list, err := c.Next(wait)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return out.write(": %s\n\n", "still here")
	case list:
		return out.send("runs", x.all())
	}
	for _, id := range ids {
		info, err := x.Board.Run(id)
		if err != nil {
			continue // it has gone, as the list says
		}
		if err := out.send("run", info); err != nil {
			return err
		}
	}
	return nil
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w     http.ResponseWriter
	flush *http.ResponseController
}

// maxSend is how long an event may take to be sent before its reader counts as gone.
const maxSend = 30 * time.Second

func (e *eventWriter) send(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.write("event: %s\ndata: %s\n\n", name, data)
}

func (e *eventWriter) write(format string, args ...any) error {
	_ = e.flush.SetWriteDeadline(time.Now().Add(maxSend))
	if _, err := fmt.Fprintf(e.w, format, args...); err != nil {
		return err
	}
	return e.flush.Flush()
}
