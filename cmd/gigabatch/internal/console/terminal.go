package console

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Terminal is a terminal with a line at the bottom that is drawn again and again. What is written meanwhile stands above that line. Safe
// for concurrent use.
type Terminal struct {
	fd int

	mu    sync.Mutex // guards w and drawn
	w     io.Writer
	drawn bool
}

const eraseLine = "\r\x1b[2K"

// Write puts text above the line, which comes back when it is drawn again.
func (c *Terminal) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.erase(); err != nil {
		return 0, err
	}
	return c.w.Write(text)
}

// draw puts a line in the place of the last one. It must fit within columns.
func (c *Terminal) draw(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	io.WriteString(c.w, "\r"+line+"\x1b[K")
	c.drawn = true
}

// clear takes the line away.
func (c *Terminal) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
}

// erase needs mu.
func (c *Terminal) erase() error {
	if !c.drawn {
		return nil
	}
	c.drawn = false
	_, err := io.WriteString(c.w, eraseLine)
	return err
}

// columns is how many characters a line has at the moment.
func (c *Terminal) columns() int {
	width, _, err := term.GetSize(c.fd)
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

// Width is how many columns a terminal has, 100 for what is none.
func Width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 100
}
