package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

const (
	coalesced = 200 * time.Millisecond // the shortest time between two events
	keepAlive = 15 * time.Second
)

// events streams the states of the runs: first of all runs, then of those that change, until the browser leaves or its session ends.
func (x runs) events(w http.ResponseWriter, r *http.Request) {
	watcher := x.Board.Watch()
	defer watcher.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	out := &eventWriter{w: w, flush: http.NewResponseController(w), printer: x.printer(r)}
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

// nextEvents waits for changes and sends them. If nothing changes for keepAlive, it sends a comment.
func (x runs) nextEvents(ctx context.Context, c *board.Watcher, out *eventWriter) error {
	wait, cancel := context.WithTimeout(ctx, keepAlive)
	defer cancel()
	ids, list, err := c.Next(wait)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return out.write(": still here\n\n")
	case list:
		return out.send("runs", x.all())
	}
	for _, id := range ids {
		info, err := x.Board.Run(id)
		if err != nil {
			continue // the run is gone, as the next list shows
		}
		if err := out.send("run", info); err != nil {
			return err
		}
	}
	return nil
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w       http.ResponseWriter
	flush   *http.ResponseController
	printer messages.Printer
}

// maxSend is the longest time that sending an event may take; a slower reader is considered gone.
const maxSend = 30 * time.Second

func (e *eventWriter) send(name string, v any) error {
	data, err := json.Marshal(e.printer.Render(v))
	if err != nil {
		return err
	}
	return e.write("event: " + name + "\ndata: " + string(data) + "\n\n")
}

func (e *eventWriter) write(event string) error {
	_ = e.flush.SetWriteDeadline(time.Now().Add(maxSend))
	if _, err := io.WriteString(e.w, event); err != nil {
		return err
	}
	return e.flush.Flush()
}
