package journal

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"

	"gigabatch/internal/io/atomicfile"
)

// Merged means that the journal of a shard is in this one, up to a size.
type Merged struct {
	Key    string `json:"key"`
	State  string `json:"state"`
	Shard  string `json:"shard"`
	Size   int64  `json:"size"`   // of what is merged, from the beginning of the file
	SHA256 string `json:"sha256"` // of these bytes
}

// Part is the journal of a shard, opened for reading.
type Part struct {
	Shard string // such as 2/8
	*Journal
}

// rest returns the offset from which on a part is not in a journal yet. A part that is another file than the one that was merged, because
// it was deleted and made anew, is not in it at all.
func rest(j *Journal, p Part) (int64, error) {
	m := j.history.merged[p.Shard]
	if m == nil || m.Size > p.out.end {
		return 0, nil
	}
	sum, err := sumOf(p.file, m.Size)
	if err != nil || sum != m.SHA256 {
		return 0, err
	}
	return m.Size, nil
}

func sumOf(f io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, size)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Merge appends to a journal what it lacks of the journals of shards, record by record, and then the manifest m of a run that has not ended.
// The journal is created if it does not exist. It appears at once and whole: a process that dies before leaves it as it was. added is false
// if the journal has all of it already, and nothing is changed then. No run may hold the journal, else the error is a *LockedError.
func Merge(path string, parts []Part, m *Manifest) (added bool, err error) {
	if err := strange(path); err != nil {
		return false, err
	}
	if err := CheckBeside(path); err != nil {
		return false, err
	}
	lock, err := lockJournal(path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	old := Absent(path)
	if _, err := os.Lstat(path); !absent(err) {
		if old, err = openLocked(path, datasync); err != nil {
			return false, err
		}
	}
	defer old.Close()
	from := make([]int64, len(parts))
	for i, p := range parts {
		if from[i], err = rest(old, p); err != nil {
			return false, err
		}
		added = added || from[i] < p.out.end
	}
	if !added {
		return false, nil
	}
	file, err := atomicfile.Create(path, 0o600)
	if err != nil {
		return false, err
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	if old.file != nil {
		if _, err := io.Copy(w, io.NewSectionReader(old.file, 0, old.out.end)); err != nil {
			return false, err
		}
	}
	for i, p := range parts {
		if from[i] == p.out.end {
			continue
		}
		if err := p.copyTo(w, from[i]); err != nil {
			return false, err
		}
	}
	m.Key, m.State, m.Format = noKey, kindRun, journalFormat
	line, err := appendRecord(nil, m)
	if err == nil {
		_, err = w.Write(line)
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return false, err
	}
	return true, file.Commit(old.Close) // where an open file cannot be replaced, it is closed; the lock is another file
}

// copyTo writes the records of a part from an offset on, and then the record that they are merged. Damaged places are left out.
func (p *Part) copyTo(w *bufio.Writer, from int64) (err error) {
	write := func(b []byte) {
		if err == nil {
			_, err = w.Write(b)
		}
	}
	scanned := scanLinesFrom(p.file, from, 0, func(l textLine) {
		if l.off >= p.out.end {
			return // written since
		}
		eachRecord(l.text, func(_ header, at, end int) {
			write(l.text[at:end])
			write([]byte{'\n'})
		}, func() {})
	})
	if err = errors.Join(err, scanned); err != nil {
		return err
	}
	sum, err := sumOf(p.file, p.out.end)
	if err != nil {
		return err
	}
	line, err := appendRecord(nil, &Merged{Key: noKey, State: kindMerged, Shard: p.Shard, Size: p.out.end, SHA256: sum})
	write(line)
	return err
}

// MergeEdits appends to the edits of a journal those of another one that it lacks.
func MergeEdits(path, from string) error {
	others, err := OpenEdits(from)
	if err != nil || len(others.log) == 0 {
		return err
	}
	own, err := OpenEdits(path)
	if err != nil {
		return err
	}
	has := map[Edit]bool{}
	for _, e := range own.log {
		has[e.Edit] = true
	}
	for _, e := range others.log {
		if has[e.Edit] {
			continue
		}
		if err := AppendEdit(path, e.Edit); err != nil {
			return err
		}
	}
	return nil
}
