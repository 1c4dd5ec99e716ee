package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gofrs/flock"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/filelock"
	"gigabatch/internal/jobs/journal/index"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Index maps keys to places.
type Index = index.Index

// Place is the place of a result in the journal, and the outcome of its task.
type Place = index.Place

// Journal is an open journal. Its methods are safe for concurrent use unless stated otherwise. Close must be the last call.
type Journal struct {
	path string
	file *os.File
	lock *flock.Flock // nil when opened for reading
	out  committer
	seen seen // by Follow
	extent

	mu      sync.Mutex            // guards all below
	index   [2]Index              // by origin
	tried   [2]map[task.Key]Place // by origin: the newest attempts of tasks without a result since
	history history
	epoch   int64  // results before this offset do not count
	counted *int64 // if not nil, results count from this offset instead, see CountFrom
	damage  []Damage
	former  [2]map[task.Key]Place // by origin: the results that a fresh run of some rows has replaced, if other columns may depend on them
}

// extent is what of the journal is looked at, and what beside it.
type extent struct {
	few  bool     // results are skipped and cannot be looked up
	past int64    // if not 0, what is at or after this offset is not read
	base *Journal // answers what this journal has no completion for, see Over; may be nil
}

// FormatError means that a newer program wrote the journal.
type FormatError struct {
	Journal string
	Format  int
}

func (e *FormatError) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *FormatError) Message() messages.Text {
	return messages.Sprintf("%s: the journal has format version %d, but this program supports versions up to %d", e.Journal, e.Format, journalFormat)
}

// ForeignError means that the file is not a journal. The file was not touched.
type ForeignError struct{ Journal string }

func (e *ForeignError) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *ForeignError) Message() messages.Text {
	return messages.Sprintf("%s: the file is not a journal", e.Journal)
}

// RecordError means that a record that was found earlier cannot be read, for example because another program has changed the file.
type RecordError struct {
	Journal string
	Off     int64
	Err     error
}

func (e *RecordError) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *RecordError) Message() messages.Text {
	return messages.Sprintf("%s: the record at byte %d is unreadable: %v", e.Journal, e.Off, e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }

// Open locks the journal, creates it if it does not exist, removes an incomplete record at the end and reads the rest. The error is a
// *LockedError if another process holds the journal, a *LockError if it cannot be locked, a *ForeignError if the file is not a journal, a
// *FormatError if a newer program wrote it, or a *spec.UsageError if a foreign file is in the place of the lock.
func Open(path string) (*Journal, error) { return OpenWith(path, datasync) }

// OpenWith is Open with another function that makes a file or a folder durable.
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

// strange rejects a file that is not a journal before a lock file is created beside it.
func strange(path string) error {
	if err := CheckRegular(path); err != nil {
		return err
	}
	f, err := openFile(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	n, _ := f.ReadAt(head, 0) // load reports read errors
	first, _, _ := bytes.Cut(head[:n], []byte("\n"))
	if _, ok := parseHeader(first); ok || bytes.HasPrefix(first, []byte(firstRecord)) {
		return nil
	}
	return (&Journal{path: path, file: f}).load()
}

// openLocked opens a journal whose lock is held. sync makes a file or a folder durable.
func openLocked(path string, sync func(*os.File) error) (*Journal, error) {
	if err := CheckRegular(path); err != nil {
		return nil, err
	}
	f, err := openFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	j := &Journal{path: path, file: f, out: committer{home: home{path: path, file: f, sync: sync}}}
	switch err = filelock.Lock(f); {
	case errors.Is(err, filelock.ErrTaken):
		err = &LockedError{Journal: path, Holder: messages.Sprintf("under another file name")}
	case err != nil:
		err = &LockError{Journal: path, Err: err}
	default:
		if err = j.load(); err == nil {
			err = errors.Join(j.repair(), syncFolder(path, sync))
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// CheckRegular rejects a path at which there is something other than a regular file, such as a symbolic link. The error is then a
// *spec.UsageError.
func CheckRegular(path string) error {
	err := atomicfile.CheckName(path)
	var link *atomicfile.LinkError
	switch {
	case errors.As(err, &link):
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: the journal is a symbolic link to %s, and nothing is written through a link", path, link.Target),
			Hint: messages.Sprintf("name the journal itself with --journal, or remove the link"),
		}
	case errors.Is(err, atomicfile.ErrNotRegular):
		return &spec.UsageError{
			Msg: messages.Sprintf("%s: the journal is not a regular file", path), Hint: messages.Sprintf("choose another journal with --journal"),
		}
	}
	return err
}

// openFile opens a file of the journal. It does not follow a link that another program puts there at this moment.
func openFile(path string, flags int) (*os.File, error) {
	return os.OpenFile(path, flags|atomicfile.NoFollow, 0o600)
}

// syncFolder makes the name of a new file durable.
func syncFolder(path string, sync func(*os.File) error) error {
	return atomicfile.SyncFolderWith(filepath.Dir(path), sync)
}

// Read reads a journal without locking or changing it; a run may be writing it. If it does not exist, the error is an fs.ErrNotExist;
// otherwise the errors are those of Open.
func Read(path string) (*Journal, error) { return read(path, false) }

// ReadBeside is Read that takes over the index of one of other journals, if that has read the same records of the same file. The index of both is
// in memory once; of what either reads later, only what has changed is there twice.
func ReadBeside(path string, others []*Journal) (*Journal, error) {
	if len(others) > 0 {
		j, err := read(path, true)
		if err != nil || slices.ContainsFunc(others, j.takeOver) {
			return j, err
		}
		j.Close()
	}
	return Read(path)
}

// takeOver takes over the results of another journal.
func (j *Journal) takeOver(other *Journal) bool {
	other.mu.Lock()
	defer other.mu.Unlock()
	if other.file == nil || other.few || other.past != 0 || other.seen != j.seen || !sameFile(other.file, j.file) {
		return false
	}
	j.few = false
	for i := range j.index {
		j.index[i], j.tried[i], j.former[i] = other.index[i].Share(), maps.Clone(other.tried[i]), maps.Clone(other.former[i])
	}
	return true
}

// sameFile reports whether two open files are one.
func sameFile(a, b *os.File) bool {
	one, err := a.Stat()
	other, err2 := b.Stat()
	return err == nil && err2 == nil && os.SameFile(one, other)
}

// read reads a journal. With few, its results are skipped.
func read(path string, few bool) (*Journal, error) {
	if err := CheckRegular(path); err != nil {
		return nil, err
	}
	f, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	j := &Journal{path: path, file: f, extent: extent{few: few}}
	if err := j.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// Absent returns a journal that does not exist and has no records. Its path is for reading only: nothing is created there.
func Absent(path string) *Journal { return &Journal{path: path} }

// ReadPast reads a journal as it was after so many runs, before the next one began: all runs count, also previews and those of the sandbox.
// The error is a *spec.UsageError if there is no such run, otherwise those of Read.
func ReadPast(path string, runs int) (*Journal, error) {
	_, next, err := numbered(path, runs)
	if err != nil {
		return nil, err
	}
	f, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	j := &Journal{path: path, file: f, extent: extent{past: next}}
	if err := j.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// Numbered returns the manifest of the run with a number. The numbers and errors are those of ReadPast.
func Numbered(path string, run int) (*Manifest, error) {
	m, _, err := numbered(path, run)
	return m, err
}

// numbered returns the manifest of a run, and the offset of the next one, 0 if there is none.
func numbered(path string, run int) (found *Manifest, next int64, err error) {
	n := 0
	err = Manifests(path, func(m *Manifest) {
		switch n++; n {
		case run:
			found = m
		case run + 1:
			next = m.Off
		}
	})
	if err == nil && found == nil {
		err = &spec.UsageError{
			Msg: messages.Sprintf("%s: there is no run %d", path, run), Hint: messages.Sprintf("the journal has %d {run|runs}", n),
		}
	}
	return found, next, err
}

// Manifests calls visit with the manifest of each run of a journal, the oldest first. A run may be writing it. Damaged records are ignored.
func Manifests(path string, visit func(*Manifest)) error {
	if err := CheckRegular(path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return scanLines(f, func(l textLine) {
		eachRecord(l.text, func(h header, at, end int) {
			m := &Manifest{Off: l.off + int64(at)}
			if h.kind == kindRun && json.Unmarshal(l.text[at:end], m) == nil {
				visit(m)
			}
		}, func() {})
	})
}

// Damaged returns the damaged places of the journal. It is not safe for concurrent use with Follow.
func (j *Journal) Damaged() []Damage { return j.damage }

// PaidTwice returns how many completions may have been billed without being recorded, in all finished runs.
func (j *Journal) PaidTwice(sandbox bool) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.paid[origin(sandbox)].sum()
}

// SetEpoch discards the results before off.
func (j *Journal) SetEpoch(off int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.epoch = off
}

// CountFrom lets Lookup find the results from off on, whatever runs begin later. A version of the columns that is no longer asked keeps its
// answers so.
func (j *Journal) CountFrom(off int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counted = &off
}

// Latest returns the place of the newest result of a task, whether it counts for this run or not.
func (j *Journal) Latest(k task.Key, sandbox bool) (Place, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p, ok := j.index[origin(sandbox)].Get(k)
	return j.under(k, sandbox, p, ok)
}

// Former returns the place of the result of a task that the newest run has replaced, if that was a fresh run of some rows with several
// columns.
func (j *Journal) Former(k task.Key, sandbox bool) (Place, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p, ok := j.former[origin(sandbox)][k]
	return p, ok
}

// Lookup returns the place of the result of a task, if it counts for this run.
func (j *Journal) Lookup(k task.Key, sandbox bool) (Place, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p, ok := j.index[origin(sandbox)].Get(k)
	if j.counted != nil {
		return p, ok && p.Off >= *j.counted
	}
	return j.under(k, sandbox, p, ok && p.Off >= j.epoch)
}

// Tried returns the place of the newest attempt of a task that was read, if that did not complete the task and the task has no result
// since.
func (j *Journal) Tried(k task.Key, sandbox bool) (Place, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p, ok := j.tried[origin(sandbox)][k]
	return p, ok
}

// underOff is added to the offsets of a journal that is under another one: they are negative, so that they are before every record of that,
// and keep their order.
const underOff = -1 << 62

// Over lets the results of another journal count where this one has no completion, as those of an earlier run. That one is only read, and
// must stay open. It must be called before anything is looked up.
func (j *Journal) Over(base *Journal) { j.base = base }

// under returns the place of a result: that of this journal, which is p if ok, unless only the journal under it has a completion.
func (j *Journal) under(k task.Key, sandbox bool, p Place, ok bool) (Place, bool) {
	if j.base == nil || ok && p.State == task.Completed {
		return p, ok
	}
	below, has := j.base.Latest(k, sandbox)
	if !has || ok && below.State != task.Completed {
		return p, ok
	}
	below.Off += underOff
	return below, true
}

// ReadResult returns the result at p. It uses buf if that is large enough, and returns a buffer for the next call.
func (j *Journal) ReadResult(p Place, buf []byte) (*task.Result, []byte, error) {
	if j.base != nil && p.Off < 0 {
		p.Off -= underOff
		return j.base.ReadResult(p, buf)
	}
	n := int(p.Len)
	if cap(buf) < 2*n {
		buf = make([]byte, 4*n)
	}
	line, scratch := buf[:n], buf[n:2*n]
	if _, err := j.file.ReadAt(line, p.Off); err != nil {
		return nil, buf, &RecordError{j.path, p.Off, err}
	}
	r, err := decodeResult(line, scratch)
	if err != nil {
		return nil, buf, &RecordError{j.path, p.Off, err}
	}
	return r, buf, nil
}

// Close closes the journal and releases its lock. The lock file stays.
func (j *Journal) Close() error {
	if j.file == nil { // of Absent
		return nil
	}
	err := errors.Join(j.out.close(), j.file.Close())
	if j.lock != nil {
		err = errors.Join(err, j.lock.Unlock())
	}
	return err
}

// load reads the whole file into the index, and finds the end of the last whole record. Results count from the epoch of the newest run.
func (j *Journal) load() error {
	r := replay{journal: j, torn: true}
	err := scanLines(j.file, func(l textLine) {
		if j.past == 0 || l.off < j.past {
			r.line(l)
		}
	})
	if err != nil {
		return messages.Errorf("%s: %w", j.path, err)
	}
	if !r.plausible() {
		return &ForeignError{Journal: j.path}
	}
	if j.history.future != 0 {
		return &FormatError{Journal: j.path, Format: j.history.future}
	}
	j.out.end, j.out.written = r.end, r.end
	j.seen = seen{off: r.end, lines: r.lines}
	return j.seen.recognize(j.file)
}

// Follow reads whole lines appended since the last read, and reports whether there were any. The error is ErrOther if what was read is no
// longer there.
func (j *Journal) Follow() (more bool, err error) {
	info, err := j.file.Stat()
	if err != nil {
		return false, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	from := j.seen
	now := seen{off: from.off, lines: from.lines}
	if err := now.recognize(j.file); info.Size() < from.off || now != from {
		return false, ErrOther
	} else if err != nil {
		return false, err
	}
	if info.Size() == from.off {
		return false, nil
	}
	r := replay{journal: j, records: 1, begun: true}
	err = scanLinesFrom(j.file, from.off, from.lines, func(l textLine) {
		if l.whole { // the newline of the last record may have been written separately
			j.seen = seen{off: l.end + 1, lines: l.number}
			r.line(l)
		}
	})
	more = j.seen.off != from.off
	return more, errors.Join(err, j.seen.recognize(j.file))
}

// repair removes everything after the last whole record, and ends the line of that record if necessary.
func (j *Journal) repair() error {
	end := j.out.end
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > end {
		if err := cut(j.file, end); err != nil {
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

// cut shortens a file that is open for appending. Windows permits that only through a handle that can write anywhere.
func cut(f *os.File, end int64) error {
	err := f.Truncate(end)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	writer, err := openFile(f.Name(), os.O_WRONLY)
	if err != nil {
		return err
	}
	return errors.Join(writer.Truncate(end), writer.Close())
}

// take processes one record.
func (j *Journal) take(h header, line []byte, off int64) error {
	if s := task.StateOf(h.kind); s != task.Pending {
		j.put(h, s, Place{Off: off, Len: uint32(len(line))})
		return nil
	}
	if h.kind == kindSpent {
		tried := &j.tried[origin(h.sandbox)]
		if *tried == nil {
			*tried = map[task.Key]Place{}
		}
		(*tried)[h.key] = Place{Off: off, Len: uint32(len(line))}
	}
	if err := j.history.note(h, line, off); err != nil {
		return err
	}
	if h.kind == kindRun {
		j.former = [2]map[task.Key]Place{}
		j.epoch = j.history.last.Epoch
	}
	return nil
}

// put makes p the newest result of its key. Only a completed result replaces a completed one, except in a run with --fresh.
func (j *Journal) put(h header, s task.State, p Place) {
	if j.history.ended != nil && !j.history.unended {
		j.history.late++
	}
	if j.few {
		return
	}
	delete(j.tried[origin(h.sandbox)], h.key)
	x := &j.index[origin(h.sandbox)]
	old, ok := x.Get(h.key)
	if ok && old.State == task.Completed && s != task.Completed && old.Off >= j.epoch {
		return
	}
	if m := j.history.last; ok && old.Off < j.epoch && m != nil && m.Fresh && m.Settings.Selects() && m.Settings.Several() {
		former := &j.former[origin(h.sandbox)]
		if *former == nil {
			*former = map[task.Key]Place{}
		}
		(*former)[h.key] = old
	}
	p.State, p.Again, p.Odd = s, h.cause.Passing(), s == task.Completed && h.cause == task.NotUTF8
	x.Put(h.key, p)
}
