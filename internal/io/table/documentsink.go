package table

import (
	"os"
	"path/filepath"
	"slices"
)

// documentsSink writes a new file with a row for each document: what is known about it but its content, and the sink's columns.
type documentsSink struct {
	Sink  // of a table whose columns are all the sink's
	cells []any
}

// Sink begins a new file, of the format that the extension of dst stands for.
func (s *documents) Sink(dst string, columns ...string) (Sink, error) {
	format, ok := FormatOf(dst)
	if !ok {
		return nil, &Error{Name: dst, Msg: "the answers about documents are a table, and this is no table's extension", Hint: "name the output .csv, .xlsx or .jsonl"}
	}
	if s.reads(dst) {
		return nil, &Error{Name: dst, Msg: "is one of the documents, and they are never written to", Hint: "write another file with -o"}
	}
	for _, c := range columns {
		if slices.Contains(documentColumns, c) {
			return nil, &Error{Name: s.name, Msg: "documents have a column " + quote(c) + " already", Hint: "choose another name"}
		}
	}
	known := documentColumns[:len(documentColumns)-1]
	h := &base{name: s.name, id: s.id, options: s.options, lead: len(known)}
	sink, err := newSink(h, dst, format, slices.Concat(known, columns))
	if err != nil {
		return nil, err
	}
	return &documentsSink{Sink: sink}, nil
}

// reads says whether a file is one of the documents.
func (s *documents) reads(name string) bool {
	info, err := os.Stat(name)
	return slices.ContainsFunc(s.list, func(d document) bool {
		return d.path == filepath.Clean(name) || err == nil && os.SameFile(info, d.info)
	})
}

func (s *documentsSink) Write(row Row, cells ...any) error {
	d, ok := row.rec.(*document)
	if !ok {
		return errForeign
	}
	path, name, ext := d.names()
	s.cells = append(append(s.cells[:0], path, name, ext, d.info.Size(), d.modified()), cells...)
	return s.Sink.Write(Row{Index: row.Index, Line: row.Line}, s.cells...)
}
