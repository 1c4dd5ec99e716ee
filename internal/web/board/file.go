package board

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

// File is a table of the folder.
type File struct {
	Name     string    `json:"name"` // below the folder, with slashes
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Format   string    `json:"format"`
	Run      string    `json:"run"` // the id of its run, "" if there is none
}

const mostFiles = 500

// Files are the tables of the folder that no run has written, the newest first. more says that there are others.
func (b *Board) Files() (files []File, more bool) {
	written := b.outputs()
	b.walk(func(rel string) {
		format, ok := table.FormatOf(rel)
		if !ok || written[rel] {
			return
		}
		info, err := os.Stat(filepath.Join(b.Dir, rel))
		if err != nil {
			return
		}
		files = append(files, File{Name: filepath.ToSlash(rel), Size: info.Size(), Modified: info.ModTime().UTC(), Format: string(format), Run: b.runOf(rel)})
	})
	slices.SortFunc(files, func(x, y File) int {
		if c := y.Modified.Compare(x.Modified); c != 0 {
			return c
		}
		return strings.Compare(x.Name, y.Name)
	})
	if files == nil {
		files = []File{}
	}
	return files[:min(len(files), mostFiles)], len(files) > mostFiles
}

// outputs are the files below the folder that runs have written beside their inputs.
func (b *Board) outputs() map[string]bool {
	written := map[string]bool{}
	for _, e := range b.all() {
		e.mu.Lock()
		if s := e.standing(); s != nil && !s.Settings.InPlace {
			written[filepath.FromSlash(e.below(s.Settings.Output))] = true
		}
		e.mu.Unlock()
	}
	return written
}

// runOf is the id of the run of a table, "" if there is none.
func (b *Board) runOf(rel string) string {
	id := idOf(spec.JournalPath(rel))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries[id] == nil {
		return ""
	}
	return id
}

// Upload is a file that was put into the folder.
type Upload struct {
	Name     string `json:"name"`
	Size     int64  `json:"size"`
	Existing bool   `json:"existing"` // the very same file stood there already
}

// ErrTooLarge says that a file is larger than may be.
var ErrTooLarge = errors.New("the file is too large")

// Receive puts a table into the folder, under its name or, where another file has that name, one like it. A file of more than most bytes is an
// ErrTooLarge, and leaves no trace, as does any other error.
func (b *Board) Receive(name string, content io.Reader, most int64) (*Upload, error) {
	name, err := fileName(name)
	if err != nil {
		return nil, err
	}
	spare, err := b.reserve(name)
	if err != nil {
		return nil, err
	}
	defer b.unreserve(spare)
	f, err := atomicfile.Create(filepath.Join(b.Dir, spare), 0o644)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(content, most+1))
	switch {
	case err != nil:
		return nil, err
	case n > most:
		return nil, ErrTooLarge
	case n == 0:
		return nil, &spec.UsageError{Msg: name + " is empty", Hint: "choose a file that has rows"}
	}
	if same := b.sameFile(name, spare, n, h.Sum(nil)); same != "" {
		return &Upload{Name: same, Size: n, Existing: true}, nil
	}
	if err := f.Commit(nil); err != nil {
		return nil, err
	}
	return &Upload{Name: spare, Size: n}, nil
}

const longestName = 180 // bytes

// fileName is a name without a folder that no system takes amiss. A name that is not that of a table is an error.
func fileName(name string) (string, error) {
	name = strings.ReplaceAll(name, `\`, "/")
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*`, r) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, name[strings.LastIndex(name, "/")+1:])
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	if _, ok := table.FormatOf(name); !ok {
		return "", notTable(fmt.Sprintf("%q", name))
	}
	ext := filepath.Ext(name)
	base := strings.TrimRight(strings.TrimSuffix(name, ext), ". ")
	if base == "" {
		base = "table"
	}
	for len(base) > longestName {
		base = strings.ToValidUTF8(base[:longestName], "")
	}
	return base + ext, nil
}

// reserve is name, or one like it that no file has, and that no other upload gets until unreserve.
func (b *Board) reserve(name string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := 1; i < 1000; i++ {
		spare := numbered(name, i)
		if _, err := os.Lstat(filepath.Join(b.Dir, spare)); errors.Is(err, fs.ErrNotExist) && !b.receiving[spare] {
			b.receiving[spare] = true
			return spare, nil
		}
	}
	return "", fmt.Errorf("there are too many files called %s", name)
}

func (b *Board) unreserve(spare string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.receiving, spare)
}

// numbered is the ith name like name: "q.csv", "q (2).csv" …
func numbered(name string, i int) string {
	if i == 1 {
		return name
	}
	ext := filepath.Ext(name)
	return fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), i, ext)
}

// sameFile finds a file with this content among those named like name, up to the spare one; "" if there is none.
func (b *Board) sameFile(name, spare string, size int64, sum []byte) string {
	for i := 1; numbered(name, i) != spare; i++ {
		like := numbered(name, i)
		info, err := b.root.Stat(like)
		if err != nil || info.Size() != size {
			continue
		}
		f, err := b.root.Open(like)
		if err != nil {
			continue
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		f.Close()
		if err == nil && bytes.Equal(h.Sum(nil), sum) {
			return like
		}
	}
	return ""
}
