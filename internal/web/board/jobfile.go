package board

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/io/rooted"
	"gigabatch/internal/messages"
)

// jobMark begins the job files of the page, which it may replace.
const jobMark = "Saved by the page of gigabatch serve, which replaces this file when the columns are saved again."

// ErrJobExists reports that a job file is in the way which the page did not write.
var ErrJobExists = messages.Errorf("a file of that name is there already, and the page did not write it")

// JobFile is the job file of a table.
type JobFile struct {
	Name    string   `json:"name"`    // relative to the folder
	Ours    bool     `json:"ours"`    // the page wrote it
	Problem *Problem `json:"problem"` // why it cannot be read; nil if it can

	Modified time.Time `json:"-"`
	Spec     *Spec     `json:"-"` // nil if it cannot be read
}

// Jobs are the job files of a board.
type Jobs struct{ *Board }

// jobPath returns the path of the job file of a table. The name of a table with another extension may be taken.
func (b Jobs) jobPath(name string) string {
	input := b.PlaceOf(name)
	path := b.bareOf(name) + ".job.yaml"
	if j := b.readJob(path); j != nil && j.Spec != nil && j.Spec.Input != name {
		return input + ".job.yaml"
	}
	return path
}

// bareOf returns the path of a table without its extension.
func (b Jobs) bareOf(name string) string {
	if b.IsFolder(name) {
		return b.PlaceOf(name)
	}
	return strings.TrimSuffix(b.PlaceOf(name), filepath.Ext(name))
}

func (b Jobs) isThere(path string) bool {
	_, err := b.root.Lstat(b.Below(path))
	return !errors.Is(err, fs.ErrNotExist)
}

// wroteJob reports whether a job file is one of the page.
func (b Jobs) wroteJob(path string) bool {
	f, err := b.root.Open(b.Below(path))
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, int64(len(jobMark))+2))
	return err == nil && string(head) == "# "+jobMark
}

// readJob reads a job file of the folder. It returns nil if there is none, and a problem if it cannot be read.
func (b Jobs) readJob(path string) *JobFile {
	rel := b.Below(path)
	info, err := b.root.Lstat(rel)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxJobFile || b.ReadJob == nil {
		return nil
	}
	f := &JobFile{Name: rel, Ours: b.wroteJob(path), Modified: info.ModTime()}
	job, err := b.ReadJob(path)
	if err == nil {
		err = job.Within(b.Dir, true)
	}
	if err != nil {
		f.Problem = b.ProblemOf(err)
		return f
	}
	f.Spec = SpecOf(b.Board, job.Input, job.Settings, job.Limits)
	return f
}

// maxJobFile is the largest job file that is read, in bytes.
const maxJobFile = 1 << 20

// Of returns the job file of a table, nil if it has none: that of its name, else the newest one in its folder that names it.
func (b Jobs) Of(name string) *JobFile {
	var newest *JobFile
	for _, path := range []string{b.bareOf(name) + ".job.yaml", b.PlaceOf(name) + ".job.yaml"} {
		f := b.readJob(path)
		switch {
		case f == nil:
		case f.Spec != nil && f.Spec.Input == name:
			return f
		case f.Spec == nil:
			newest = cmp.Or(newest, f)
		}
	}
	for _, rel := range b.jobFiles(filepath.Dir(filepath.FromSlash(name))) {
		f := b.readJob(filepath.Join(b.Dir, rel))
		if f != nil && f.Spec != nil && f.Spec.Input == name && (newest == nil || newest.Spec == nil || f.Modified.After(newest.Modified)) {
			newest = f
		}
	}
	return newest
}

// maxJobFiles is the largest number of job files of a folder that are read.
const maxJobFiles = 50

// jobFiles returns the names of the files of a folder that may be job files.
func (b Jobs) jobFiles(dir string) (all []string) {
	path := filepath.Join(b.Dir, dir)
	if !rooted.IsBelow(b.Dir, path) {
		return nil
	}
	entries, _ := os.ReadDir(path)
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if e.Type().IsRegular() && (ext == ".yaml" || ext == ".yml") && len(all) < maxJobFiles {
			all = append(all, filepath.Join(dir, e.Name()))
		}
	}
	return all
}

// Names returns the names of the job files of the folder by their tables.
func (b Jobs) Names() map[string]string {
	all := map[string]string{}
	n := 0
	b.walk(false, func(rel string, d fs.DirEntry, _ error) {
		ext := strings.ToLower(filepath.Ext(rel))
		if d == nil || !d.Type().IsRegular() || ext != ".yaml" && ext != ".yml" || n == maxJobFiles {
			return
		}
		n++
		if name := b.inputs.of(b, filepath.Join(b.Dir, rel)); name != "" && all[name] == "" {
			all[name] = filepath.ToSlash(rel)
		}
	})
	return all
}

// jobInputs remembers the tables of job files. It is safe for concurrent use.
type jobInputs struct {
	mu    sync.Mutex // guards known
	known map[string]jobInput
}

type jobInput struct {
	size     int64
	modified time.Time
	input    string
}

// of returns the table of a job file, "" if it is none.
func (k *jobInputs) of(b Jobs, path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return ""
	}
	k.mu.Lock()
	known, ok := k.known[path]
	k.mu.Unlock()
	if ok && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return known.input
	}
	known = jobInput{size: info.Size(), modified: info.ModTime()}
	if f := b.readJob(path); f != nil && f.Spec != nil {
		known.input = f.Spec.Input
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil {
		k.known = map[string]jobInput{}
	}
	k.known[path] = known
	return known.input
}
