package h2

import (
	"errors"
	"net"
	"testing"
)

// TestFrames cuts the frames of a connection at every place.
func TestFrames(t *testing.T) {
	t.Parallel()
	all := appendFrame(appendFrame(appendFrame([]byte("xyz"), frameReset, 5, codeRefusedStream), 4, 0), frameGoAway, 0, 3, 0)
	for size := 1; size <= len(all); size++ {
		f := frames{preface: 3}
		var kinds []byte
		for b := all; len(b) > 0; {
			for part := b[:min(size, len(b))]; len(part) > 0; {
				n := min(f.rest(), len(part))
				if head := f.follow(part[:n]); head != nil {
					kinds = append(kinds, head[3])
				}
				part, b = part[n:], b[n:]
			}
		}
		if string(kinds) != "\x03\x04\x07" || !f.between() {
			t.Errorf("cut every %d bytes: frames %v, between %v", size, kinds, f.between())
		}
	}
}

// A frame of the sandbox is written between those of the server, also if the server writes them in pieces.
func TestDeclineBetweenFrames(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	c := &Conn{Conn: near, closed: make(chan struct{})}
	c.isH2.Store(true)
	data := append([]byte{0, 0, 4, 0, 0, 0, 0, 0, 1}, "data"...)
	got := make(chan []byte)
	go func() {
		var all []byte
		b := make([]byte, 100)
		for {
			n, err := far.Read(b)
			if all = append(all, b[:n]...); err != nil {
				got <- all
				return
			}
		}
	}()
	_, err := c.Write(data[:5])
	c.Decline(3, false)
	_, err2 := c.Write(append(data[5:len(data):len(data)], data...))
	if err := errors.Join(err, err2, c.Close()); err != nil {
		t.Fatal(err)
	}
	want := append(append(append([]byte(nil), data...), appendFrame(nil, frameReset, 3, codeRefusedStream)...), data...)
	if all := <-got; string(all) != string(want) {
		t.Errorf("got  %q\nwant %q", all, want)
	}
}
