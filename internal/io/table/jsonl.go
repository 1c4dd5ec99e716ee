package table

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/jsontext"
)

// jsonlSource is a file of JSON objects, one a line. Its columns are the top-level keys of all of them.
type jsonlSource struct {
	base
	bom  bool
	at   map[string]int // position of each column
	last *pass
}

func openJSONL(f *input, o Options) (Source, error) {
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, openError(f.name, err)
	}
	if err := checkHead(f.name, head[:n]); err != nil {
		return nil, err
	}
	s := &jsonlSource{base: base{name: f.name, id: f.id, options: o}, bom: bytes.HasPrefix(head[:n], []byte(charset.BOM)), at: map[string]int{}}
	return s, s.survey(s.scanner(f))
}

// survey reads the whole file to check it and to learn its columns.
func (s *jsonlSource) survey(scan *jsonScanner) error {
	for any := false; ; any = true {
		rec, err := scan.next()
		switch {
		case errors.Is(err, io.EOF) && !any:
			return &Error{Name: s.name, Msg: "empty file", Hint: hintJSONL}
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		for _, m := range rec.members {
			s.learn(rec.key(m))
		}
		if len(s.columns) > MaxColumns {
			return &Error{Name: s.name, Line: rec.line, Msg: "the lines have too many different keys", Hint: "columns are the keys that lines have in common"}
		}
	}
}

func (s *jsonlSource) learn(key []byte) {
	if _, ok := s.at[string(key)]; !ok {
		s.at[string(key)] = len(s.columns)
		s.columns = append(s.columns, string(key))
	}
}

func (s *jsonlSource) scanner(f *input) *jsonScanner {
	from := int64(0)
	if s.bom {
		from = int64(len(charset.BOM))
	}
	return newJSONScanner(f.name, io.NewSectionReader(f, from, 1<<62), f.id.Size)
}

func (s *jsonlSource) Format() Format { return JSONL }

func (s *jsonlSource) Dialect() string {
	if s.bom {
		return "JSONL, UTF-8 with BOM"
	}
	return "JSONL, UTF-8"
}
func (s *jsonlSource) Close() error { return nil }

// Has reads the file up to the first row that has the path.
func (s *jsonlSource) Has(name string) bool {
	if _, ok := s.at[name]; ok && name != "" {
		return true
	}
	for row, err := range s.Rows() {
		if err != nil {
			return false
		}
		if _, ok := row.Value(name); ok {
			return true
		}
	}
	return false
}

func (s *jsonlSource) Rows() iter.Seq2[Row, error] { return s.rows(s.read) }

// read yields the rows of f until they end or are wanted no longer.
func (s *jsonlSource) read(f *input, yield func(Row, error) bool) error {
	scan, p := s.scanner(f), &pass{}
	s.last, scan.rec.pass = p, p
	row := Row{Columns: s.columns, Values: make([]string, len(s.columns)), rec: &scan.rec}
	for {
		rec, err := scan.next()
		if errors.Is(err, io.EOF) {
			p.ended, p.tail = true, bytes.Clone(scan.Bytes())
			return nil
		}
		if err != nil {
			return err
		}
		row.Line = rec.line
		s.values(row.Values, rec)
		if !yield(row, nil) {
			return nil
		}
		row.Index++
		p.rows++
	}
}

// values fills vs with the texts of the record's members.
func (s *jsonlSource) values(vs []string, rec *jsonRecord) {
	clear(vs)
	for _, m := range rec.members {
		if i, ok := s.at[string(rec.key(m))]; ok {
			vs[i] = jsontext.Text(rec.value(m))
		}
	}
}

func (s *jsonlSource) Sink(dst string, columns ...string) (Sink, error) {
	if format, ok := s.target(dst); ok && format != JSONL {
		return newSink(&s.base, dst, format, columns)
	}
	return s.copySink(dst, columns)
}
