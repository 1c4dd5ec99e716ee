package gigachat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

const maxLine = 4 << 20 // bytes of one line of a stream

// event is one server-sent event.
type event struct {
	name string // "" for an ordinary event
	data string
}

// errEndOfEvents is what take returns to make readEvents stop without an error.
var errEndOfEvents = errors.New("end of events")

// readEvents reads server-sent events (WHATWG HTML, section 9.2) and passes each to take. A last event without its empty line counts too,
// because some gateways drop that line.
func readEvents(r io.Reader, take func(event) error) error {
	lines := bufio.NewScanner(io.LimitReader(r, maxLongBody))
	lines.Buffer(make([]byte, 0, 16<<10), maxLine)
	var p eventParser
	for lines.Scan() {
		if e, ok := p.line(lines.Text()); ok {
			if err := take(e); err != nil {
				return orEnd(err)
			}
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line of the stream is longer than %d MiB", maxLine>>20)
	}
	if lines.Err() != nil {
		return endedEarly{lines.Err()}
	}
	if e, ok := p.line(""); ok {
		return orEnd(take(e))
	}
	return nil
}

func orEnd(err error) error {
	if err == errEndOfEvents {
		return nil
	}
	return err
}

// eventParser collects the lines of an event.
type eventParser struct {
	name  string
	data  []string
	begun bool // the first line, which may begin with a byte order mark, was read
}

// line adds one line and returns the event that it completes, if any.
func (p *eventParser) line(s string) (event, bool) {
	if !p.begun {
		p.begun = true
		s = strings.TrimPrefix(s, "\ufeff")
	}
	if s == "" {
		e, ok := event{name: p.name, data: strings.Join(p.data, "\n")}, p.data != nil
		p.name, p.data = "", nil
		return e, ok
	}
	name, value, _ := strings.Cut(s, ":")
	value = strings.TrimPrefix(value, " ")
	switch name {
	case "data":
		p.data = append(p.data, value)
	case "event":
		p.name = value
	}
	return event{}, false
}
