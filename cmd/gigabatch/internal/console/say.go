// Package console writes messages and progress for people:
//
//   - data goes to stdout, messages go to stderr;
//   - a message is one line, begins with "gigabatch: ", and names the file and line; a hint follows if the user can do something;
//   - no colours, no boxes, no exclamation marks; a progress bar on a terminal only;
//   - never a secret.
package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"gigabatch/internal/messages"
)

// Console writes messages in the language of its Printer.
type Console struct {
	io.Writer
	messages.Printer
	Discreet bool                                // messages must not quote completions
	Log      *slog.Logger                        // takes the messages instead of the writer, unless it is nil
	Also     func(level slog.Level, text string) // takes the messages, too, unless it is nil
}

// New returns a console on f. If f is a terminal that understands escape sequences, the console has a status line at the bottom. The logs of CI services are no
// terminals, even if they look like one.
func New(f *os.File, p messages.Printer) *Console {
	ci := os.Getenv("GITHUB_ACTIONS") != "" || os.Getenv("GITLAB_CI") != ""
	if term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" && !ci && understandsEscapes(f.Fd()) {
		return &Console{Writer: &Terminal{fd: int(f.Fd()), w: f}, Printer: p}
	}
	return &Console{Writer: f, Printer: p}
}

// LogJSON makes the messages records of a structured log, one JSON object in each line of the writer.
func (c *Console) LogJSON() {
	if t, ok := c.Writer.(*Terminal); ok {
		c.Writer = t.w // without a status line
	}
	c.Log = slog.New(slog.NewJSONHandler(c.Writer, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Say prints a message as one line. The word before its first colon decides the level of a log record.
func (c *Console) Say(format string, args ...any) {
	text := OneLine(c.Printer.Sprintf(format, args...))
	level, rest := c.level(text)
	if c.Also != nil {
		c.Also(level, rest)
	}
	if os.Getenv("GITHUB_ACTIONS") != "" { // its runner obeys this anywhere in a line, and texts of others may have it
		text, rest = strings.ReplaceAll(text, "##[", "## ["), strings.ReplaceAll(rest, "##[", "## [")
	}
	if c.Log != nil {
		c.Log.Log(context.Background(), level, rest)
		return
	}
	io.WriteString(c.Writer, "gigabatch: "+text+"\n")
}

// level returns the level of a message, and the message without the word that says so.
func (c *Console) level(text string) (slog.Level, string) {
	for _, l := range []struct {
		word  string
		level slog.Level
	}{
		{c.Printer.Sprintf("error: %s", ""), slog.LevelError}, {c.Printer.Sprintf("warning: %s", ""), slog.LevelWarn}, {c.Printer.Sprintf("note: %s", ""), slog.LevelInfo},
	} {
		if rest, ok := strings.CutPrefix(text, l.word); ok {
			return l.level, rest
		}
	}
	if strings.HasPrefix(text, c.Printer.Sprintf("stopped: %s", "")) {
		return slog.LevelWarn, text
	}
	return slog.LevelInfo, text
}

// slow is how long a command waits for the service without saying so.
const slow = 1500 * time.Millisecond

// Waiting prints a line if done is not called soon. The caller calls done when the service has answered.
func (c *Console) Waiting() (done func()) {
	t := time.AfterFunc(slow, func() { c.Say("waiting for the service…") })
	return func() { t.Stop() }
}

// OneLine returns a text on a single line: control characters become spaces or question marks.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return shown(r)
	}, strings.TrimSpace(s))
}

// shown returns a character as a terminal may get it: what would move the cursor, change colours or reverse the order of letters becomes a
// question mark.
func shown(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
		return '?'
	}
	return r
}

// Safe returns a text of several lines as a terminal may get it.
func Safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return shown(r)
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// Data returns a writer of data, which may contain texts of others, to f: as they are to a file or a pipe, as Safe makes them to a terminal.
func Data(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return &safeWriter{w: f, fd: f.Fd()}
	}
	return f
}

// safeWriter writes texts as Safe makes them. What may be the beginning of a character or of a line break waits for the next Write.
type safeWriter struct {
	w    io.Writer
	fd   uintptr
	rest []byte
}

// Fd is for the width of the terminal.
func (s *safeWriter) Fd() uintptr { return s.fd }

func (s *safeWriter) Write(b []byte) (int, error) {
	all := append(s.rest, b...)
	end := len(all)
	if bytes.HasSuffix(all, []byte("\r")) {
		end--
	}
	for i := max(0, len(all)-utf8.UTFMax); i < len(all); i++ {
		if !utf8.FullRune(all[i:]) {
			end = i
			break
		}
	}
	s.rest = bytes.Clone(all[end:])
	if _, err := io.WriteString(s.w, Safe(string(all[:end]))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Cause returns the cause of an error about a file, without the name of the file.
func Cause(err error) error {
	var access *fs.PathError
	if errors.As(err, &access) {
		return access.Err
	}
	return err
}
