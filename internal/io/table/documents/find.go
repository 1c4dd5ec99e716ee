package documents

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// document is a file that is a row.
type document struct {
	path  string // as it was found
	rel   string // relative to what found it, with slashes
	info  fs.FileInfo
	kind  kind
	named bool // by its own name
}

// found contains the files that the arguments lead to: files of all kinds except those skipped because of their name or state.
type found struct {
	options table.Options
	list    []document
	passed  passed
	seen    map[string]bool
}

// find follows the arguments, in order, to files. Each file is included once.
func find(name string, o table.Options) (*found, error) {
	f := &found{options: o, seen: map[string]bool{}}
	args := arguments(name, o)
	for _, arg := range args {
		if err := f.argument(arg); err != nil {
			return nil, err
		}
	}
	if len(args) == 0 {
		return nil, &table.Error{Name: name, Msg: messages.Sprintf("no documents specified"), Hint: hintPattern}
	}
	return f, nil
}

var hintPattern = messages.Sprintf(`specify files, a folder, or a pattern in quotes, such as "docs/**/*.md"`)

func (f *found) argument(arg string) error {
	info, err := os.Stat(arg)
	switch {
	case err != nil && IsPattern(arg):
		return f.pattern(arg)
	case err != nil:
		return missing(arg, err)
	case info.IsDir():
		return f.folder(arg)
	}
	path := filepath.Clean(arg)
	d := document{path: path, rel: filepath.ToSlash(filepath.Base(path)), info: info, kind: kindOf(path, info, f.options), named: true}
	if d.kind >= ownKind {
		return refusal(path, d.kind, f.options)
	}
	f.add(d)
	return nil
}

// add adds a file, unless it has been found already.
func (f *found) add(d document) {
	if f.seen[d.path] {
		return
	}
	f.seen[d.path] = true
	if d.kind >= ownKind {
		f.passed[d.kind]++
		return
	}
	f.list = append(f.list, d)
}

func (f *found) take(list []document) {
	for _, d := range list {
		f.add(d)
	}
}

// identity returns a value that distinguishes this set of files from another, and from its own state at another time.
func (f *found) identity() table.Identity {
	var id table.Identity
	sum := sha256.New()
	var b []byte
	for _, d := range f.list {
		id.Size += d.info.Size()
		if t := d.info.ModTime(); t.After(id.ModTime) {
			id.ModTime = t
		}
		b = append(append(b[:0], d.path...), 0)
		b = binary.LittleEndian.AppendUint64(b, uint64(d.info.Size()))
		b = binary.LittleEndian.AppendUint64(b, uint64(d.info.ModTime().UnixNano()))
		sum.Write(b)
	}
	id.Digest = [32]byte(sum.Sum(nil))
	return id
}

// usable returns the files that are documents. It looks into files whose kind their name does not reveal.
func (f *found) usable() ([]document, error) {
	head := make([]byte, headSize)
	list := make([]document, 0, len(f.list))
	for _, d := range f.list {
		if d.kind == unknownKind {
			if err := d.look(head); err != nil {
				return nil, err
			}
		}
		switch {
		case d.kind == textKind && d.info.Size() > maxDocument:
			return nil, tooLong(d.path)
		case d.kind < ownKind:
			list = append(list, d)
		case d.named:
			return nil, refusal(d.path, d.kind, f.options)
		default:
			f.passed[d.kind]++
		}
	}
	return list, nil
}

// look distinguishes texts from other files.
func (d *document) look(head []byte) error {
	in, err := table.OpenAny(d.path)
	if err != nil {
		return err
	}
	defer in.Close()
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return table.OpenError(d.path, err)
	}
	if d.kind = binaryKind; isText(head[:n]) {
		d.kind = textKind
	}
	return nil
}

// nothing returns the error for a set in which all files were skipped.
func (f *found) nothing(name string) *table.Error {
	e := &table.Error{Name: name, Msg: messages.Sprintf("contains no documents"), Hint: hintPattern}
	if n := f.passed.count(); n > 0 {
		e.Msg = messages.Sprintf("contains no documents: %d {file|files} skipped (%s)", n, messages.Join(f.passed.names(), ", "))
	}
	switch {
	case f.passed[tableKind] > 0:
		e.Hint = hintTable
	case f.passed[binaryKind] > 0:
		e.Hint = binaryHint("", f.options)
	}
	return e
}

// missing returns the error for a file or folder that does not exist, with the one that may have been meant.
func missing(arg string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return table.OpenError(arg, err)
	}
	e := &table.Error{Name: arg, Msg: messages.Sprintf("no such file or folder"), Hint: nearestPath(arg), Err: fs.ErrNotExist}
	if arg == "" {
		e.Name = `""`
	}
	return e
}

// nearestPath returns a hint with the existing file or folder whose path is most similar.
func nearestPath(path string) messages.Text {
	if strings.HasPrefix(path, "~") {
		return messages.Sprintf("a ~ in quotes does not mean the home folder: write the full path, or start the quotes after the first slash")
	}
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return messages.Sprintf("folder %s does not exist", table.Printable(dir))
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	if near := nearest.Name(filepath.Base(path), names); near != "" {
		return messages.Sprintf("did you mean %s?", table.Printable(filepath.Join(dir, near)))
	}
	return hintPattern
}
