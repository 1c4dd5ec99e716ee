// Package documents finds files, each of which is a row, and reads them as text.
package documents

import (
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// ownColumns are the columns of documents. A sink has all except the last.
var ownColumns = []string{"path", "name", "ext", "size", modifiedColumn, contentColumn}

const (
	modifiedColumn = "modified" // the time of the last change
	contentColumn  = "content"
)

// arguments returns the arguments that specify the documents.
func arguments(name string, o table.Options) []string {
	if o.Documents == nil {
		return []string{name}
	}
	return o.Documents
}

// Identify returns the identity of the set of documents. It looks them up again.
func Identify(name string, o table.Options) (table.Identity, error) {
	found, err := find(name, o)
	if err != nil {
		return table.Identity{}, err
	}
	return found.identity(), nil
}

// source is a set of files that are rows. Open finds them; their contents are read with their rows.
type source struct {
	table.Base
	list   []document
	passed passed
}

// Open looks up the documents that the options specify; without them, the document with that name. name is otherwise only used in
// messages. create begins the outputs.
func Open(name string, o table.Options, c table.Create) (table.Source, error) {
	found, err := find(name, o)
	if err != nil {
		return nil, err
	}
	s := &source{Base: table.Base{Path: name, State: found.identity(), Header: slices.Clone(ownColumns), Options: o, Create: c}}
	if s.list, err = found.usable(); err != nil {
		return nil, err
	}
	if s.passed = found.passed; len(s.list) == 0 {
		return nil, found.nothing(name)
	}
	s.Perm = 0o666
	for i := range s.list {
		s.Perm &= s.list[i].info.Mode()
	}
	s.Perm |= 0o200 // a table of read-only documents can be written again
	return s, nil
}

func (s *source) Format() table.Format { return table.Documents }
func (s *source) Close() error         { return nil }

// Dialect returns, for example, `12 documents: 8 texts, 4 to upload; 3 files skipped (tables, binary files)`.
func (s *source) Dialect() messages.Text {
	uploads := 0
	for i := range s.list {
		if s.list[i].kind == uploadKind {
			uploads++
		}
	}
	var parts []messages.Text
	if n := len(s.list) - uploads; n > 0 {
		parts = append(parts, messages.Sprintf("%d {text|texts}", n))
	}
	if uploads > 0 {
		parts = append(parts, messages.Sprintf("%d to upload", uploads))
	}
	line := messages.Sprintf("%d {document|documents}: %s", len(s.list), messages.Join(parts, ", "))
	if n := s.passed.count(); n > 0 {
		return messages.Sprintf("%s; %d {file|files} skipped (%s)", line, n, messages.Join(s.passed.names(), ", "))
	}
	return line
}

// Rows reads the documents one after the other. A document that is not a text, although its name implies it, is an empty one with a
// fault.
func (s *source) Rows() iter.Seq2[table.Row, error] {
	return func(yield func(table.Row, error) bool) {
		var r reader
		values := make([]string, len(ownColumns))
		for i := range s.list {
			d := &s.list[i]
			row := table.Row{Index: i, Line: i + 1, Path: d.path, Rel: d.rel, Columns: s.Header, Values: d.values(values), Record: d}
			if err := r.fill(&row, d); err != nil {
				yield(table.Row{}, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// values fills in everything except the content.
func (d *document) values(values []string) []string {
	path, name, ext := d.names()
	return append(values[:0], path, name, ext, strconv.FormatInt(d.info.Size(), 10), d.modified().Format(time.RFC3339), "")
}

// names returns the path with slashes, the base name without the extension, and the extension, as text.
func (d *document) names() (path, name, ext string) {
	base := filepath.Base(d.path)
	ext = filepath.Ext(base)
	if ext == base {
		ext = ""
	}
	name = strings.TrimSuffix(base, ext)
	ext = strings.ToLower(strings.TrimPrefix(ext, "."))
	return table.CellText(filepath.ToSlash(d.path)), table.CellText(name), table.CellText(ext)
}

func (d *document) modified() time.Time { return d.info.ModTime().UTC().Truncate(time.Second) }
