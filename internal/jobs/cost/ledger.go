package cost

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/messages"
)

// LedgerName is the name of the ledger of a folder.
const LedgerName = ".gigabatch-spending"

// Ledger keeps what all runs of a folder have taken of their daily budget: a file of JSON lines, one for each time that a run takes a part of
// the budget or gives it back. A run takes a part before it sends what that pays for, so a run that was killed has at most taken more than it
// spent. A day begins at midnight in the local time zone. Several processes may use the ledger at once.
type Ledger struct {
	Path    string
	Sandbox bool             // only what runs against a sandbox take counts, otherwise only what others take
	Now     func() time.Time // default time.Now
}

// LedgerOf returns the ledger of the folder of a file.
func LedgerOf(file string) *Ledger {
	return &Ledger{Path: filepath.Join(filepath.Dir(file), LedgerName)}
}

// entry is a line of the ledger.
type entry struct {
	Day     string    `json:"day"`
	Took    Amount    `json:"took_rub"` // negative if given back
	Sandbox bool      `json:"sandbox,omitempty"`
	PID     int       `json:"pid"`
	At      time.Time `json:"at"`
}

// A LedgerError means that the ledger cannot be read or written.
type LedgerError struct {
	Path string
	Err  error
}

func (e *LedgerError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *LedgerError) Message() messages.Text {
	return messages.Sprintf("%s: the daily budget cannot be kept: %v", e.Path, e.Err)
}

func (e *LedgerError) Unwrap() error { return e.Err }

func (l *Ledger) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// zone returns the name of the local time zone.
func (l *Ledger) zone() string { return l.now().Format("MST, UTC-07:00") }

// Today returns what was taken today.
func (l *Ledger) Today() (taken Amount, err error) {
	err = l.open(func(_ *os.File, day string, entries []entry) error {
		taken = l.sum(entries, day)
		return nil
	})
	return taken, err
}

// take takes a part of the daily budget: wish if there is so much left, and at least need. It returns 0 if there is less left.
func (l *Ledger) take(need, wish, budget Amount) (took Amount, err error) {
	err = l.open(func(f *os.File, day string, entries []entry) error {
		left := budget - l.sum(entries, day)
		if left < need {
			return nil
		}
		took = min(max(need, wish), left)
		return l.add(f, day, took, entries)
	})
	return took, err
}

// give gives back what was taken and not spent. What was taken before midnight is gone.
func (l *Ledger) give(rest Amount) error {
	return l.open(func(f *os.File, day string, entries []entry) error {
		if back := min(rest, l.sum(entries, day)); back > 0 {
			return l.add(f, day, -back, entries)
		}
		return nil
	})
}

func (l *Ledger) sum(entries []entry, day string) (sum Amount) {
	for _, e := range entries {
		if e.Day == day && e.Sandbox == l.Sandbox {
			sum += e.Took
		}
	}
	return max(0, sum)
}

// add writes an entry. The first one of a day replaces those of the days before.
func (l *Ledger) add(f *os.File, day string, took Amount, entries []entry) error {
	line, err := json.Marshal(entry{Day: day, Took: took, Sandbox: l.Sandbox, PID: os.Getpid(), At: l.now().UTC()})
	if err != nil {
		return err
	}
	if len(entries) > 0 && entries[len(entries)-1].Day < day {
		if err := f.Truncate(0); err != nil {
			return err
		}
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if end > 0 {
		line = append([]byte("\n"), line...) // ends a line that a killed process left incomplete
	}
	if _, err = f.Write(line); err != nil {
		return err
	}
	return f.Sync()
}

// open locks the ledger and calls use with the present day and all entries. The lock is another file, which is never deleted: on Windows, a
// locked file cannot be read.
func (l *Ledger) open(use func(f *os.File, day string, entries []entry) error) error {
	fault := func(err error) error { return &LedgerError{l.Path, err} }
	lock := flock.New(l.Path+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR|atomicfile.NoFollow), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return fault(err)
	}
	defer lock.Close()
	f, err := os.OpenFile(l.Path, os.O_CREATE|os.O_RDWR|atomicfile.NoFollow, 0o600)
	if err != nil {
		return fault(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxLedger))
	if err != nil {
		return fault(err)
	}
	var entries []entry
	lines := bytes.Split(text, []byte("\n"))
	for _, line := range lines {
		var e entry
		if err := json.Unmarshal(line, &e); err == nil && e.Day != "" {
			entries = append(entries, e)
		} else if len(bytes.TrimSpace(line)) > 0 && !torn(line) {
			return fault(messages.Errorf("it has a line of another program; delete the file if nothing else needs it"))
		}
	}
	if err := use(f, l.now().Format(time.DateOnly), entries); err != nil {
		return fault(err)
	}
	return nil
}

// torn reports whether a line is incomplete, because the process was killed that wrote it: it has not sent anything for it.
func torn(line []byte) bool {
	d := json.NewDecoder(bytes.NewReader(line))
	for bytes.HasPrefix(line, []byte("{")) {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
		}
	}
	return false
}

// maxLedger is more than the entries of a day take, in bytes.
const maxLedger = 16 << 20
