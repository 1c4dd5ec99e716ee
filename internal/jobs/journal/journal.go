package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Journal holds the results of all runs over one input, append only. What Record acknowledged survives a crash. One process writes it
// at a time; any number may read it meanwhile.
type Journal struct {
	path string
	file *os.File
	lock *flock.Flock // nil when opened for reading
	out  committer
	seen seen // by follow
	few  bool // results are passed over, and none can be looked up

	mu      sync.Mutex // guards all below
	index   [2]Index   // by origin
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

// ForeignError says that the file which was to be the journal is something else. It was not touched.
type ForeignError struct{ Journal string }

func (e *ForeignError) Error() string { return e.Journal + ": the file is not a journal" }

// Open locks the journal, makes it when it is not there, cuts a torn tail off and reads what it holds. The error is a
// *LockedError when another process has it, a *NotJournalError when the file is none, a *UsageError when a file that is not ours stands
// where the lock belongs.
func Open(path string) (*Journal, error) { return OpenWith(path, datasync) }

// OpenWith is OpenJournal with another way to make a file or a folder durable.
func OpenWith(path string, sync func(*os.File) error) (*Journal, error) {
	if err := strange(path); err != nil {
		return nil, err
	}
	if err := CheckBeside(path); err != nil {
		return nil, err
	}
	lock, err := lockJournal(path)
	if err != nil {
		return nil, err
	}
	j, err := openLocked(path, sync)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	j.lock = lock
	removeRows(path)
	return j, nil
}

// strange refuses a file that is no journal, before a lock file is made beside it.
func strange(path string) error {
	if err := CheckRegular(path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	n, _ := f.ReadAt(head, 0) // what cannot be read is found by load
	first, _, _ := bytes.Cut(head[:n], []byte("\n"))
	if _, ok := parseHeader(first); ok || bytes.HasPrefix(first, []byte(firstRecord)) {
		return nil
	}
	return (&Journal{path: path, file: f}).load()
}

// openLocked opens a journal that nobody else writes. sync makes a file or a folder durable.
func openLocked(path string, sync func(*os.File) error) (*Journal, error) {
	if err := CheckRegular(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &Journal{path: path, file: f, out: committer{file: f, sync: sync}}
	if err := j.prepare(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// prepare makes a journal that was opened for writing ready for it.
func (j *Journal) prepare() error {
	if err := lockFile(j.file); err != nil {
		return lockedElsewhere(j.path, err)
	}
	if err := j.load(); err != nil {
		return err
	}
	return errors.Join(j.mend(), syncFolder(j.path, j.out.sync))
}

// CheckRegular refuses what is there and is no regular file.
func CheckRegular(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return &spec.UsageError{Msg: path + ": the journal is not a regular file", Hint: "choose another place with --journal"}
	}
	return err
}

// syncFolder makes a new file's name durable.
func syncFolder(path string, sync func(*os.File) error) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return sync(d)
}

// Read reads a journal without locking or changing it; a run may be writing it. A journal that is not there is an
// fs.ErrNotExist.
func Read(path string) (*Journal, error) {
	if err := CheckRegular(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	j := &Journal{path: path, file: f}
	if err := j.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// Damaged returns the places where the journal is not as it was written.
func (j *Journal) Damaged() []Damage { return j.damage }

// PaidTwice returns how many completions may have been billed without an answer being kept, over all runs that are over.
func (j *Journal) PaidTwice(sandbox bool) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.paid[origin(sandbox)].sum()
}

// SetEpoch makes results that stand before off count no longer.
func (j *Journal) SetEpoch(off int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.epoch = off
}

// Lookup returns where the result of a job stands, if it counts for this run.
func (j *Journal) Lookup(k task.Key, sandbox bool) (Place, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p, ok := j.index[origin(sandbox)].Get(k)
	return p, ok && p.Off >= j.epoch
}

// ReadResult returns the result that stands at p. buf is used when it is large enough, and returned for the next call.
func (j *Journal) ReadResult(p Place, buf []byte) (*task.Result, []byte, error) {
	n := int(p.Len)
	if cap(buf) < 2*n {
		buf = make([]byte, 4*n)
	}
	line, scratch := buf[:n], buf[n:2*n]
	if _, err := j.file.ReadAt(line, p.Off); err != nil {
		return nil, buf, fmt.Errorf("%s: %w", j.path, err)
	}
	r, err := decodeResult(line, scratch)
	if err != nil {
		return nil, buf, fmt.Errorf("%s: record at byte %d: %w", j.path, p.Off, err)
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

// load reads the whole file into the index, and sets where the last whole record ends. Results count from the epoch of the last run on.
func (j *Journal) load() error {
	r := replay{journal: j, torn: true}
	if err := scanLines(j.file, r.line); err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	if !r.plausible() {
		return &ForeignError{Journal: j.path}
	}
	if j.history.future != 0 {
		return &FormatError{Journal: j.path, Format: j.history.future}
	}
	j.out.end = r.end
	j.seen = seen{r.end, r.lines}
	return nil
}

// Follow takes in what was appended since, whole lines only. It reports whether there was anything. A journal that is shorter than it was
// is an errShrunk: it has to be opened anew.
func (j *Journal) Follow() (more bool, err error) {
	info, err := j.file.Stat()
	if err != nil {
		return false, err
	}
	switch size := info.Size(); {
	case size < j.seen.off:
		return false, ErrShrunk
	case size == j.seen.off:
		return false, nil
	}
	r := replay{journal: j, records: 1}
	j.mu.Lock()
	defer j.mu.Unlock()
	from := j.seen
	err = scanLinesFrom(j.file, from.off, from.lines, func(line []byte, off int64, number int, whole bool) {
		if !whole {
			return
		}
		j.seen = seen{off + int64(len(line)) + 1, number}
		if len(line) > 0 || off != from.off { // the newline of the last record may have come alone
			r.line(line, off, number, true)
		}
	})
	return j.seen != from, err
}

// mend cuts off what follows the last whole record, and ends that record's line if it does not end.
func (j *Journal) mend() error {
	end := j.out.end
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > end {
		if err := j.file.Truncate(end); err != nil {
			return err
		}
	}
	last := []byte{'\n'}
	if end > 0 {
		if _, err := j.file.ReadAt(last, end-1); err != nil {
			return err
		}
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = j.append([]byte("\n"))
	return err
}

// take takes in one record.
func (j *Journal) take(h header, line []byte, off int64) error {
	if s := task.StateOf(h.kind); s != task.Pending {
		j.put(h, s, Place{Off: off, Len: uint32(len(line))})
		return nil
	}
	if err := j.history.note(h, line, off); err != nil {
		return err
	}
	if h.kind == kindRun {
		j.epoch = j.history.last.Epoch
	}
	return nil
}

// put makes p the newest result of its key; only a completed one replaces a completed one, except that of a run made with --fresh.
func (j *Journal) put(h header, s task.State, p Place) {
	if j.few {
		return
	}
	x := &j.index[origin(h.sandbox)]
	if old, ok := x.Get(h.key); ok && old.State == task.Completed && s != task.Completed && old.Off >= j.epoch {
		return
	}
	p.State, p.Again = s, h.cause.Passing()
	x.Put(h.key, p)
}
