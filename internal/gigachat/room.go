package gigachat

import "context"

// longBody is the number of bytes from which an answer needs a place in a [Room].
const longBody = 256 << 10

// A Room bounds the memory of long answers: eight of more than 256 KiB, and one of more than 4 MiB, are in memory at a time. It is safe for
// concurrent use.
type Room struct{ long, huge chan struct{} }

// NewRoom returns an empty room.
func NewRoom() *Room { return &Room{make(chan struct{}, 8), make(chan struct{}, 1)} }

// roomKey is the key of the context of Enter.
type roomKey struct{}

// places are those that an exchange has taken.
type places struct {
	*Room
	long, huge bool
}

// Enter returns a context for one exchange, whose answer waits for a place if it is long. The caller must call leave once it no longer
// needs the answer.
func (r *Room) Enter(ctx context.Context) (_ context.Context, leave func()) {
	p := &places{Room: r}
	return context.WithValue(ctx, roomKey{}, p), func() {
		if p.huge {
			<-p.Room.huge
		}
		if p.long {
			<-p.Room.long
		}
		p.long, p.huge = false, false
	}
}

// takeRoom waits for a place in the room of ctx, if ctx has one.
func takeRoom(ctx context.Context, huge bool) error {
	p, _ := ctx.Value(roomKey{}).(*places)
	if p == nil {
		return nil
	}
	room, taken := p.Room.long, &p.long
	if huge {
		room, taken = p.Room.huge, &p.huge
	}
	if *taken {
		return nil
	}
	select {
	case room <- struct{}{}:
		*taken = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
