package table

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// documentColumns are the columns of documents; a sink has all but the last.
var documentColumns = []string{"path", "name", "ext", "size", "modified", "content"}

// IsDocuments says whether the arguments of a command are documents rather than one table: several, a pattern, a folder, or one file
// whose extension is no table's. f is the format asked for: Documents forces it, another one denies it. What exists is no pattern,
// whatever its name.
func IsDocuments(args []string, f Format) bool {
	if f != "" || len(args) != 1 {
		return f == Documents || f == "" && len(args) > 1
	}
	info, err := os.Stat(args[0])
	if err == nil && info.IsDir() || err != nil && isPattern(args[0]) {
		return true
	}
	_, isTable := FormatOf(args[0])
	return !isTable
}

// arguments are what names the documents, nil if the input of that name is a table.
func (o Options) arguments(name string) []string {
	if o.Documents == nil && o.Format == Documents {
		return []string{name}
	}
	return o.Documents
}

// documents is a set of files that are rows. Which they are is found out by Open; what they hold is read when their row comes.
type documents struct {
	base
	list   []document
	passed passed
}

func openDocuments(name string, o Options) (Source, error) {
	if name == "" {
		name = strings.Join(o.Documents, " ")
	}
	if err := o.check(name); err != nil {
		return nil, err
	}
	found, err := o.find(name)
	if err != nil {
		return nil, err
	}
	s := &documents{base: base{name: name, id: found.identity(), columns: slices.Clone(documentColumns), options: o}}
	if s.list, err = found.usable(); err != nil {
		return nil, err
	}
	if s.passed = found.passed; len(s.list) == 0 {
		return nil, found.nothing(name)
	}
	return s, nil
}

func (s *documents) Format() Format { return Documents }
func (s *documents) Close() error   { return nil }

// Dialect is `12 documents: 8 texts, 4 to upload; 3 files passed over (tables, binaries)`.
func (s *documents) Dialect() string {
	uploads := 0
	for i := range s.list {
		if s.list[i].kind == uploadKind {
			uploads++
		}
	}
	var parts []string
	if n := len(s.list) - uploads; n > 0 {
		parts = append(parts, count(n, "text"))
	}
	if uploads > 0 {
		parts = append(parts, strconv.Itoa(uploads)+" to upload")
	}
	line := count(len(s.list), "document") + ": " + strings.Join(parts, ", ")
	if n := s.passed.count(); n > 0 {
		line += fmt.Sprintf("; %s passed over (%s)", count(n, "file"), strings.Join(s.passed.names(), ", "))
	}
	return line
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Rows reads the documents one after the other. One that is no text although its name says so is an empty one with a fault.
func (s *documents) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var r documentReader
		values := make([]string, len(documentColumns))
		for i := range s.list {
			d := &s.list[i]
			row := Row{Index: i, Line: i + 1, Path: d.path, Rel: d.rel, Columns: s.columns, Values: d.values(values), rec: d}
			if err := r.fill(&row, d); err != nil {
				yield(Row{}, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// values fills in all but the content.
func (d *document) values(values []string) []string {
	path, name, ext := d.names()
	return append(values[:0], path, name, ext, strconv.FormatInt(d.info.Size(), 10), d.modified().Format(time.RFC3339), "")
}

// names are the path with slashes, the base name without its extension, and that, as text.
func (d *document) names() (path, name, ext string) {
	base := filepath.Base(d.path)
	ext = filepath.Ext(base)
	if ext == base {
		ext = ""
	}
	name = strings.TrimSuffix(base, ext)
	ext = strings.ToLower(strings.TrimPrefix(ext, "."))
	return cellText(filepath.ToSlash(d.path)), cellText(name), cellText(ext)
}

func (d *document) modified() time.Time { return d.info.ModTime().UTC().Truncate(time.Second) }
