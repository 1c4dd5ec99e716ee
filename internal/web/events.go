package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	coalesced = 200 * time.Millisecond // at least between two events
	keepAlive = 15 * time.Second
)

// events tells how the runs stand: all of them first, then what changes, until the browser goes or its session ends.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	watcher := s.Board.Watch()
	defer watcher.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	out := &eventWriter{w: w, flush: http.NewResponseController(w)}
	if out.send("runs", s.allRuns()) != nil {
		return
	}
	for r.Context().Err() == nil && s.hasSession(r) {
		if s.nextEvents(r.Context(), watcher, out) != nil {
			return
		}
		pause(r.Context(), coalesced)
	}
}

// changes tell which runs have changed.
type changes interface {
	Next(ctx context.Context) (ids []string, list bool, err error)
}

// nextEvents sends what has changed, or a sign of life where nothing does.
func (s *Server) nextEvents(ctx context.Context, c changes, out *eventWriter) error {
	wait, cancel := context.WithTimeout(ctx, keepAlive)
	defer cancel()
	ids, list, err := c.Next(wait)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return out.comment("still here")
	case list:
		return out.send("runs", s.allRuns())
	}
	for _, id := range ids {
		info, err := s.Board.Run(id)
		if err != nil {
			continue // it has gone, which the list tells
		}
		if err := out.send("run", info); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w     http.ResponseWriter
	flush *http.ResponseController
}

// slowEvent is how long an event may take to be sent before its reader counts as gone.
const slowEvent = 30 * time.Second

func (e *eventWriter) send(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.write("event: %s\ndata: %s\n\n", name, data)
}

func (e *eventWriter) comment(text string) error { return e.write(": %s\n\n", text) }

func (e *eventWriter) write(format string, args ...any) error {
	_ = e.flush.SetWriteDeadline(time.Now().Add(slowEvent))
	if _, err := fmt.Fprintf(e.w, format, args...); err != nil {
		return err
	}
	return e.flush.Flush()
}
