package jobs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Damage is a line of a journal that is no whole record. The row it belonged to is asked again.
type Damage struct {
	Line   int
	Offset int64
}

// Journal holds the results of all runs over one input, append only. What Record acknowledged survives a crash. One process writes it
// at a time; any number may read it meanwhile.
type Journal struct {
	path string
	file *os.File
	lock *flock.Flock // nil when opened for reading
	out  committer

	mu      sync.Mutex // guards all below
	index   [2]index   // by origin
	history history
	epoch   int64 // results before this offset do not count
	damage  []Damage
}

// FormatError says that a newer program wrote the journal.
type FormatError struct {
	Journal string
	Format  int
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s: the journal has format %d; this program knows formats up to %d", e.Journal, e.Format, journalFormat)
}

// OpenJournal locks the journal, makes it when it is not there, cuts a torn tail off and reads what it holds. The error is a
// *LockedError when another process has it.
func OpenJournal(path string) (*Journal, error) {
	lock, err := lockJournal(path)
	if err != nil {
		return nil, err
	}
	j, err := openLocked(path)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	j.lock = lock
	return j, nil
}

func openLocked(path string) (*Journal, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := newJournal(path, f)
	if err := errors.Join(j.load(true), syncDir(path)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// regular refuses what is there and is no regular file.
func regular(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: the journal is not a regular file", path)
	}
	return err
}

// syncDir makes a new file's name durable.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// ReadJournal reads a journal without locking it; a run may be writing it. A journal that is not there is an fs.ErrNotExist.
func ReadJournal(path string) (*Journal, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	j := newJournal(path, f)
	if err := j.load(false); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

func newJournal(path string, f *os.File) *Journal {
	return &Journal{path: path, file: f, out: committer{file: f, sync: datasync}}
}

// load reads the whole file into the index. With cut, what follows the last whole line is cut off.
func (j *Journal) load(cut bool) error {
	var end int64
	var noNewline bool
	err := scanLines(j.file, func(line []byte, off int64, number int, whole bool) {
		if !whole {
			_, noNewline = parseHeader(line)
			if !noNewline {
				return // a torn tail
			}
		}
		end = off + int64(len(line))
		if whole {
			end++
		}
		j.takeLine(line, off, number)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	if j.history.future != 0 {
		return &FormatError{Journal: j.path, Format: j.history.future}
	}
	j.epoch = 0
	j.out.end = end
	if cut {
		return j.mendTail(end, noNewline)
	}
	return nil
}

// mendTail cuts a torn tail, or ends a last record that lacks only its newline.
func (j *Journal) mendTail(end int64, noNewline bool) error {
	if noNewline {
		j.out.end++
		return j.out.flush([]byte("\n"))
	}
	info, err := j.file.Stat()
	if err != nil || info.Size() == end {
		return err
	}
	return j.file.Truncate(end)
}

// takeLine takes in one line. In a damaged one it looks for a whole record after the damage, as a flipped newline leaves it.
func (j *Journal) takeLine(line []byte, off int64, number int) {
	h, ok := parseHeader(line)
	if !ok {
		j.damage = append(j.damage, Damage{Line: number, Offset: off})
		if at := bytes.LastIndex(line, []byte(keyPrefix)); at > 0 {
			if h, ok = parseHeader(line[at:]); ok {
				line, off = line[at:], off+int64(at)
			}
		}
	}
	if ok {
		j.take(h, line, off)
	}
}

func (j *Journal) take(h header, line []byte, off int64) {
	if s := stateOf(h.kind); s != Pending {
		j.put(h, s, place{off: off, len: uint32(len(line))})
		return
	}
	if err := j.history.note(h, line); err != nil {
		j.damage = append(j.damage, Damage{Offset: off})
		return
	}
	if h.kind == kindRun {
		j.epoch = j.history.last.Epoch
	}
}

// put makes p the newest result of its key; only a completed one replaces a completed one, except that of a run made with --fresh.
func (j *Journal) put(h header, s State, p place) {
	x := &j.index[origin(h.sandbox)]
	if old, ok := x.get(h.key); ok && old.state == Completed && s != Completed && old.off >= j.epoch {
		return
	}
	p.state, p.again = s, h.cause.Passing()
	x.put(h.key, p)
}

// Record appends a result and returns once it is on disk. Safe for concurrent use.
func (j *Journal) Record(r Result) error {
	line, err := appendResult(make([]byte, 0, len(r.Completion)+512), &r)
	if err != nil {
		return err
	}
	off, err := j.append(line)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	h := header{key: r.Key, cause: r.Cause, sandbox: r.Sandbox}
	j.put(h, r.State, place{off: off, len: uint32(len(line) - 1)})
	return nil
}

func (j *Journal) append(line []byte) (int64, error) {
	off, err := j.out.append(line)
	if err != nil {
		return 0, &JournalError{Journal: j.path, Err: err}
	}
	return off, nil
}

// JournalError says that the journal could not be written, so nothing more may be asked.
type JournalError struct {
	Journal string
	Err     error
}

func (e *JournalError) Error() string {
	return fmt.Sprintf("%s: the journal could not be written, so nothing more is asked: %v", e.Journal, e.Err)
}

func (e *JournalError) Unwrap() error { return e.Err }

// appendNote appends a record that is no result.
func (j *Journal) appendNote(v any) error {
	line, err := appendRecord(nil, v)
	if err != nil {
		return err
	}
	_, err = j.append(line)
	return err
}

// start writes the manifest of a run, whose epoch counts from then on.
func (j *Journal) start(m *manifest) error {
	if err := j.appendNote(m); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.history.begin(m)
	return nil
}

// end writes that the run ended by itself.
func (j *Journal) end(e *end) error {
	if err := j.appendNote(e); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.history.finish(e)
	return nil
}

// setEpoch makes results that stand before off count no longer.
func (j *Journal) setEpoch(off int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.epoch = off
}

// Flight notes, before the pool widens, that up to n requests may be in flight from now on.
func (j *Journal) Flight(n int, sandbox bool) error {
	return j.appendNote(flight{Key: noKey, State: kindFlight, Sandbox: sandbox, N: n})
}

// Lost notes that an attempt was sent whole and brought no whole answer: it may have been billed.
func (j *Journal) Lost(k Key, sandbox bool) error {
	err := j.appendNote(lost{Key: k.String(), State: kindLost, Sandbox: sandbox, At: time.Now().UTC()})
	j.mu.Lock()
	defer j.mu.Unlock()
	j.history.paid[origin(sandbox)].lost++
	return err
}

// PaidTwice returns how many completions may have been billed without an answer being kept, over all runs.
func (j *Journal) PaidTwice(sandbox bool) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.paid[origin(sandbox)].sum()
}

// Damaged returns the lines that are no whole records.
func (j *Journal) Damaged() []Damage { return j.damage }

// lookup returns where the result of a job stands, if it counts for this run.
func (j *Journal) lookup(k Key, sandbox bool) (place, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p, ok := j.index[origin(sandbox)].get(k)
	return p, ok && p.off >= j.epoch
}

// read returns the result that stands at p. buf is used when it is large enough, and returned for the next call.
func (j *Journal) read(p place, buf []byte) (*Result, []byte, error) {
	if cap(buf) < int(p.len) {
		buf = make([]byte, 2*p.len)
	}
	line := buf[:p.len]
	if _, err := j.file.ReadAt(line, p.off); err != nil {
		return nil, buf, fmt.Errorf("%s: %w", j.path, err)
	}
	r, err := decodeResult(line)
	if err != nil {
		return nil, buf, fmt.Errorf("%s: record at byte %d: %w", j.path, p.off, err)
	}
	return r, buf, nil
}

// Close gives the journal and its lock up. The lock file stays.
func (j *Journal) Close() error {
	err := j.file.Close()
	if j.lock != nil {
		err = errors.Join(err, j.lock.Unlock())
	}
	return err
}
