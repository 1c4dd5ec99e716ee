package console

import (
	"io"
	"sync"

	"golang.org/x/term"
)

// Terminal is a terminal with a status line at the bottom, which is redrawn. Other output appears above that line. Terminal is safe for
// concurrent use.
type Terminal struct {
	fd int

	mu    sync.Mutex // guards w and drawn
	w     io.Writer
	drawn bool
}

const eraseLine = "\r\x1b[2K"

// Write erases the status line and writes text in its place. The line returns with the next draw.
func (c *Terminal) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.erase(); err != nil {
		return 0, err
	}
	return c.w.Write(text)
}

// draw replaces the status line. The line must fit within columns.
func (c *Terminal) draw(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	io.WriteString(c.w, "\r"+line+"\x1b[K")
	c.drawn = true
}

// clear erases the status line.
func (c *Terminal) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
}

// erase erases the status line. The caller holds mu.
func (c *Terminal) erase() error {
	if !c.drawn {
		return nil
	}
	c.drawn = false
	_, err := io.WriteString(c.w, eraseLine)
	return err
}

// columns returns the current width of the terminal in characters, 80 if it is unknown.
func (c *Terminal) columns() int {
	width, _, err := term.GetSize(c.fd)
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

// Width returns the width of a terminal in characters, 100 if w is not a terminal.
func Width(w io.Writer) int {
	if f, ok := w.(interface{ Fd() uintptr }); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 100
}
