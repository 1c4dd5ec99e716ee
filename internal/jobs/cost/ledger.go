package cost

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
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

	run uint64 // see entry; chosen once it is needed
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
	Run     uint64    `json:"run,omitempty"` // at random, for each run
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

func (l *Ledger) day() string { return l.now().Format(time.DateOnly) }

// Today returns what was taken today.
func (l *Ledger) Today() (taken Amount, err error) {
	err = l.open(func(_ []byte, entries []entry) error {
		taken = l.sum(entries, l.day())
		return nil
	})
	return taken, err
}

// lease is a part of the daily budget that a run has taken.
type lease struct {
	day    string
	amount Amount
}

// take takes a part of the daily budget: what is needed and, if there is as much, a 64th of the rest, so that a run need not use the ledger for
// each request. It returns a lease of 0 if there is less left. Then busy reports whether another run may give something back: it has used the
// ledger in the last minute.
func (l *Ledger) take(need, budget Amount) (took lease, busy bool, err error) {
	err = l.open(func(text []byte, entries []entry) error {
		took.day = l.day()
		left := budget - l.sum(entries, took.day)
		if left < need {
			busy = slices.ContainsFunc(entries, func(e entry) bool {
				return e.Day == took.day && e.Sandbox == l.Sandbox && e.Run != 0 && e.Run != l.run && l.now().Sub(e.At).Abs() < time.Minute
			})
			return nil
		}
		took.amount = need + (left-need)/64
		return l.add(took, text, entries)
	})
	return took, busy, err
}

// give gives a part of a lease back to its day.
func (l *Ledger) give(rest lease) error {
	return l.open(func(text []byte, entries []entry) error {
		if back := min(rest.amount, l.sum(entries, rest.day)); back > 0 {
			return l.add(lease{rest.day, -back}, text, entries)
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

// A ledger of more days or entries is written anew. The days need not follow each other: a clock that was wrong for a while makes no other day
// forgotten.
const (
	maxDays    = 8
	maxEntries = 1000
)

// add writes an entry.
func (l *Ledger) add(took lease, text []byte, entries []entry) error {
	for l.run == 0 {
		l.run = rand.Uint64()
	}
	entries = append(entries, entry{took.day, took.amount, l.Sandbox, os.Getpid(), l.run, l.now().UTC()})
	if kept := kept(entries); len(kept) < len(entries) {
		return l.rewrite(kept)
	}
	line, err := json.Marshal(entries[len(entries)-1])
	if err != nil {
		return err
	}
	if len(text) > 0 {
		line = append([]byte("\n"), line...) // ends a line that a killed process left incomplete
	}
	f, err := os.OpenFile(l.Path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|atomicfile.NoFollow, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(line)
	return errors.Join(err, f.Sync(), f.Close())
}

// kept returns the entries as they are, or the sums of the newest days if there are too many days or entries.
func kept(entries []entry) []entry {
	var days []string // the newest first
	for _, e := range slices.Backward(entries) {
		if !slices.Contains(days, e.Day) {
			days = append(days, e.Day)
		}
	}
	if len(days) <= maxDays && len(entries) <= maxEntries {
		return entries
	}
	var sums []entry
	for _, day := range slices.Backward(days[:min(len(days), maxDays)]) {
		for _, sandbox := range []bool{false, true} {
			if sum := (&Ledger{Sandbox: sandbox}).sum(entries, day); sum > 0 {
				sums = append(sums, entry{Day: day, Took: sum, Sandbox: sandbox, At: entries[len(entries)-1].At})
			}
		}
	}
	return sums
}

// rewrite replaces the ledger.
func (l *Ledger) rewrite(entries []entry) error {
	f, err := atomicfile.Create(l.Path, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, e := range entries {
		line, err := json.Marshal(e)
		if err == nil {
			_, err = f.Write(append(line, '\n'))
		}
		if err != nil {
			return err
		}
	}
	return f.Commit(nil)
}

// open locks the ledger and calls use with its text and all entries. The lock is another file, which is never deleted, because the ledger may
// be replaced.
func (l *Ledger) open(use func(text []byte, entries []entry) error) error {
	fault := func(err error) error { return &LedgerError{l.Path, err} }
	lock := flock.New(l.Path+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR|atomicfile.NoFollow), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return fault(err)
	}
	defer lock.Close()
	text, err := l.read()
	if err != nil {
		return fault(err)
	}
	var entries []entry
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		var e entry
		if err := json.Unmarshal(line, &e); err == nil && e.Day != "" {
			entries = append(entries, e)
		} else if len(bytes.TrimSpace(line)) > 0 && !torn(line) {
			return fault(messages.Errorf("it has a line of another program; delete the file if nothing else needs it"))
		}
	}
	if err := use(text, entries); err != nil {
		return fault(err)
	}
	return nil
}

// read returns the text of the ledger. A file that does not exist is empty.
func (l *Ledger) read() ([]byte, error) {
	f, err := os.OpenFile(l.Path, os.O_RDONLY|atomicfile.NoFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxLedger))
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

// maxLedger is more than maxEntries take, in bytes.
const maxLedger = 1 << 20
