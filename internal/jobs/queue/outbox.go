package queue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"gigabatch/internal/messages"
)

// note is something for a coordinator that is not kept for it.
type note struct {
	run  string
	data []byte // an answer
}

func (w *Worker) sign(o *order, s sign) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(o.Run, encode(&answer{ID: o.ID, Worker: w.who.ID, Sign: s}))
}

// note tells a coordinator something, after what it was told before. The caller holds w.mu.
func (w *Worker) note(run string, data []byte) {
	w.notes = append(w.notes, note{run, data})
	select {
	case w.noted <- struct{}{}:
	default:
	}
}

// speak sends the notes until ctx ends. Those that come meanwhile go together.
func (w *Worker) speak(ctx context.Context) {
	for {
		select {
		case <-w.noted:
		case <-ctx.Done():
			return
		}
		w.mu.Lock()
		all := w.notes
		w.notes = nil
		w.mu.Unlock()
		for len(all) > 0 {
			message, n := []byte{'['}, 0
			for ; n < len(all) && all[n].run == all[0].run && (n == 0 || len(message)+len(all[n].data) < w.link.limit()); n++ {
				message = append(append(message, all[n].data...), ',')
			}
			message[len(message)-1] = ']'
			_ = w.link.nc.Publish(toRun+all[0].run, message) // the coordinator asks for answers that do not come
			all = all[n:]
		}
	}
}

// publish brings an answer to the stream, or to the coordinator if it has cost nothing.
func (w *Worker) publish(t *work, to string) {
	if !t.paid {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.note(to, t.data)
		return
	}
	w.mu.Lock()
	if !t.queued {
		t.queued = true
		w.outbox = append(w.outbox, t)
	}
	w.mu.Unlock()
	select {
	case w.mail <- struct{}{}:
	default:
	}
}

// send brings the answers of the outbox to the stream until ctx ends. Those that come while others are on their way go together: each message
// is written to disk.
func (w *Worker) send(ctx context.Context) {
	for {
		select {
		case <-w.mail:
		case <-ctx.Done():
			return
		}
		for most := maxPacked; ctx.Err() == nil; {
			batch, message := w.pack(ctx, most)
			if len(batch) == 0 {
				break
			}
			err := w.write(ctx, batch[0].order.Job, message)
			w.mu.Lock()
			if most = maxPacked; err != nil { // a store that is nearly full may have room for fewer
				most = max(1, len(batch)/2)
				w.outbox = append(batch, w.outbox...)
				w.mu.Unlock()
				w.rest(ctx, beat/4)
				continue
			}
			for _, t := range batch {
				if t.safe, t.queued = true, false; t.former { // no coordinator says that it came
					delete(w.tasks, t.order.ID)
				}
			}
			w.mu.Unlock()
		}
	}
}

// pack takes answers for one job out of the outbox, as many as a message may have, and at most that many.
func (w *Worker) pack(ctx context.Context, most int) (batch []*work, message []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.outbox) > 0 && len(batch) < most {
		t := w.outbox[0]
		data := t.data
		if len(data) > w.link.limit() {
			data = encode(&answer{ID: t.order.ID, Key: t.order.Key, Worker: w.who.ID, Large: true})
			w.mu.Unlock()
			for name := "answer." + t.order.ID; !w.link.has(ctx, largeAnswers, name) && w.link.store(ctx, largeAnswers, name, t.data) != nil && ctx.Err() == nil; {
				w.rest(ctx, beat/4)
			}
			w.mu.Lock()
		}
		if len(batch) > 0 && (len(message)+len(data) > w.link.limit() || t.order.Job != batch[0].order.Job) {
			break
		}
		w.outbox = w.outbox[1:]
		batch, message = append(batch, t), append(append(message, ','), data...)
	}
	if len(batch) > 0 {
		message[0] = '['
		message = append(message, ']')
	}
	return batch, message
}

// maxPacked is how many answers go together.
const maxPacked = 256

// write keeps a message in the stream.
func (w *Worker) write(ctx context.Context, job string, message []byte) error {
	ctx, done := context.WithTimeout(ctx, patient)
	defer done()
	_, err := w.link.js.Publish(ctx, answered+job, message)
	if errors.Is(err, jetstream.ErrNoStreamResponse) {
		if _, made := w.link.streamOf(ctx); made != nil { // else the store was lost, and it is tried again
			err = made
		}
	}
	if e, ok := errors.AsType[*jetstream.APIError](err); ok && w.link.complains(e) { // a full disk, for example
		w.Tell(messages.Sprintf("the server does not keep answers, which wait here: %v", messages.Foreign(e.Error())))
	}
	return err
}
