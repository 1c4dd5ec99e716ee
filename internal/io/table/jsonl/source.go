// Package jsonl reads files with one JSON object per line, or with one array of objects, as tables, rewrites them byte for byte with
// members added, and creates new ones.
package jsonl

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// source is a file of JSON objects, one per line or in one array. Its columns are the top-level keys of all of them.
type source struct {
	table.Base
	bom   bool
	array bool
	torn  int            // the line at the end that is not complete yet, else 0
	at    map[string]int // position of each column
	last  *table.Pass
}

// Open reads the whole file to check it and to find its columns. create begins an output in another format.
func Open(f *table.Input, o table.Options, c table.Create) (table.Source, error) {
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, table.OpenError(f.Path, err)
	}
	if err := checkHead(f.Path, head[:n]); err != nil {
		return nil, err
	}
	s := &source{
		Base: table.Base{Path: f.Path, State: f.State, Options: o, Create: c},
		bom:  bytes.HasPrefix(head[:n], []byte(charset.BOM)), at: map[string]int{},
	}
	return s, s.survey(s.scanner(f))
}

// survey reads the whole file to check it and to find its columns.
func (s *source) survey(scan *scanner) error {
	for any := false; ; any = true {
		rec, err := scan.next()
		switch {
		case errors.Is(err, io.EOF) && !any:
			return &table.Error{Name: s.Path, Msg: messages.Sprintf("the file is empty"), Hint: table.HintJSONL}
		case errors.Is(err, io.EOF):
			s.torn, s.array = scan.torn, scan.array
			return nil
		case err != nil:
			return err
		}
		for _, m := range rec.members {
			s.learn(rec.key(m))
		}
		if len(s.Header) > table.MaxColumns {
			return &table.Error{Name: s.Path, Line: rec.line, Msg: messages.Sprintf("the lines have too many different keys"),
				Hint: messages.Sprintf("keys become columns; use the same keys on every line")}
		}
	}
}

// checkHead refuses a text file whose first bytes show another encoding.
func checkHead(name string, head []byte) error {
	utf16 := bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF"))
	if !utf16 && len(head) >= 4 {
		utf16 = head[0] == 0 && head[1] != 0 && head[2] == 0 || head[1] == 0 && head[0] != 0 && head[3] == 0
	}
	if utf16 {
		return &table.Error{Name: name, Line: 1, Msg: messages.Sprintf("the file is encoded in UTF-16"),
			Hint: messages.Sprintf("save the file as UTF-8")}
	}
	return nil
}

func (s *source) learn(key []byte) {
	if _, ok := s.at[string(key)]; !ok {
		s.at[string(key)] = len(s.Header)
		s.Header = append(s.Header, string(key))
	}
}

func (s *source) scanner(f *table.Input) *scanner {
	from := int64(0)
	if s.bom {
		from = int64(len(charset.BOM))
	}
	return newScanner(f.Path, io.NewSectionReader(f, from, 1<<62), f.State.Size)
}

func (s *source) Format() table.Format { return table.JSONL }

func (s *source) Dialect() messages.Text {
	encoding := messages.Verbatim("UTF-8")
	if s.bom {
		encoding = messages.Sprintf("%s with BOM", "UTF-8")
	}
	kind := messages.Verbatim("JSONL")
	if s.array {
		kind = messages.Sprintf("JSON array")
	}
	return messages.Join([]messages.Text{kind, encoding}, ", ")
}

func (s *source) Close() error { return nil }

// Torn implements table.Torn.
func (s *source) Torn() *table.Error {
	if s.torn == 0 {
		return nil
	}
	return &table.Error{Name: s.Path, Line: s.torn, Msg: messages.Sprintf("the last line is not complete and is left out")}
}

// Has reads the file up to the first row that has the path.
func (s *source) Has(name string) bool {
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

func (s *source) Rows() iter.Seq2[table.Row, error] { return s.Pass(s.read) }

// read yields the rows of f until they end or no more are wanted.
func (s *source) read(f *table.Input, yield func(table.Row, error) bool) error {
	scan, p := s.scanner(f), &table.Pass{}
	s.last, scan.rec.pass = p, p
	row := table.Row{Columns: s.Header, Values: make([]string, len(s.Header)), Record: &scan.rec}
	for {
		rec, err := scan.next()
		if errors.Is(err, io.EOF) {
			p.Ended, p.Tail, s.torn = true, bytes.Clone(scan.Bytes()), scan.torn
			return nil
		}
		if err != nil {
			return err
		}
		row.Line = rec.number
		s.values(row.Values, rec)
		if !yield(row, nil) {
			return nil
		}
		row.Index++
		p.Rows++
	}
}

// values fills vs with the texts of the members of the record.
func (s *source) values(vs []string, rec *record) {
	clear(vs)
	for _, m := range rec.members {
		if i, ok := s.at[string(rec.key(m))]; ok {
			vs[i] = jsontext.Text(rec.value(m))
		}
	}
}

// Sink writes lines or an array, as the source is, unless the extension of another file requires the other.
func (s *source) Sink(dst string, columns ...string) (table.Sink, error) {
	format, other := s.Target(dst)
	if other && format != table.JSONL {
		return s.Create(&s.Base, dst, format, columns)
	}
	array := s.array
	if other {
		array = isArray(dst)
	}
	return s.copySink(dst, columns, array)
}

// isArray reports whether a new file with that name is an array.
func isArray(name string) bool { return table.Extension(name) == ".json" }
