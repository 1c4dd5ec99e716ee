// Package console is how the program speaks to people:
//
//   - data goes to stdout, everything for people to stderr;
//   - a message is one line, starts "gigabatch: " and says what is the matter with which file and line; a hint follows where the
//     user can do something;
//   - no colours, no boxes, no exclamation marks; a progress bar on a terminal only;
//   - no secret, ever.
package console

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/term"

	"gigabatch/internal/messages"
)

// Console is where the program speaks to people, in their language.
type Console struct {
	io.Writer
	messages.Printer
}

// New returns a console on f. On a terminal that can do so, a line at the bottom is drawn again and again.
func New(f *os.File, p messages.Printer) *Console {
	if term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		return &Console{&Terminal{fd: int(f.Fd()), w: f}, p}
	}
	return &Console{f, p}
}

// Say prints a message as one line.
func (c *Console) Say(format string, args ...any) {
	fmt.Fprintf(c.Writer, "gigabatch: %s\n", OneLine(c.Printer.Sprintf(format, args...)))
}

// OneLine keeps what others wrote from breaking out of its line.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return '?'
		}
		return r
	}, strings.TrimSpace(s))
}

// Cause is what went wrong with a file, without its name.
func Cause(err error) error {
	var access *fs.PathError
	if errors.As(err, &access) {
		return access.Err
	}
	return err
}
