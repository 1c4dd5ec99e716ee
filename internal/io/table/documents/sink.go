package documents

import (
	"os"
	"path/filepath"
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// sink writes a new file with a row for each document: what is known about it, except its content and the time of its last change, which
// differs in every checkout, and the columns of the sink.
type sink struct {
	table.Sink // of a table whose columns all belong to the sink
	cells      []any
}

// Sink begins a new file, in the format of the extension of dst.
func (s *source) Sink(dst string, columns ...string) (table.Sink, error) {
	format, ok := table.FormatOf(dst)
	if !ok {
		return nil, &table.Error{Name: dst, Msg: messages.Sprintf("the answers about documents form a table, and this is not the extension of a table"),
			Hint: messages.Sprintf("give the output the extension .csv, .xlsx or .jsonl")}
	}
	if s.reads(dst) {
		return nil, &table.Error{Name: dst, Msg: messages.Sprintf("this is one of the documents, which are never overwritten"),
			Hint: messages.Sprintf("write to another file with -o")}
	}
	for _, c := range columns {
		if slices.Contains(ownColumns, c) && c != modifiedColumn {
			return nil, &table.Error{Name: s.Path, Msg: messages.Sprintf("documents already have a column %q", c),
				Hint: messages.Sprintf("choose another name")}
		}
	}
	known := slices.DeleteFunc(slices.Clone(ownColumns), func(c string) bool { return c == modifiedColumn || c == contentColumn })
	h := &table.Base{Path: s.Path, State: s.State, Options: s.Options, Create: s.Create, Perm: s.Perm, Lead: len(known)}
	inner, err := s.Create(h, dst, format, slices.Concat(known, columns))
	if err != nil {
		return nil, err
	}
	return &sink{Sink: inner}, nil
}

// reads reports whether a file is one of the documents.
func (s *source) reads(name string) bool {
	info, err := os.Stat(name)
	return slices.ContainsFunc(s.list, func(d document) bool {
		return d.path == filepath.Clean(name) || err == nil && os.SameFile(info, d.info)
	})
}

func (s *sink) Write(row table.Row, cells ...any) error {
	d, ok := row.Record.(*document)
	if !ok {
		return table.ErrForeign
	}
	path, name, ext := d.names()
	s.cells = append(append(s.cells[:0], path, name, ext, d.info.Size()), cells...)
	return s.Sink.Write(table.Row{Index: row.Index, Line: row.Line}, s.cells...)
}
