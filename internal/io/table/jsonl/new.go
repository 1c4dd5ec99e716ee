package jsonl

import (
	"errors"
	"strconv"
	"strings"

	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
)

// frame is what is between the objects of a new file: line ends, or the brackets and commas of an array.
type frame struct {
	array bool
	any   bool // an object was begun
}

// begin appends what comes before an object.
func (f *frame) begin(b []byte) []byte {
	any := f.any
	f.any = true
	switch {
	case !f.array:
		return b
	case any:
		return append(b, ",\n"...)
	}
	return append(b, "[\n"...)
}

// end appends what comes after an object.
func (f *frame) end(b []byte) []byte {
	if f.array {
		return b
	}
	return append(b, '\n')
}

// close appends what comes after the last object.
func (f *frame) close(b []byte) []byte {
	switch {
	case !f.array:
		return b
	case !f.any:
		return append(b, "[]\n"...)
	}
	return append(b, "\n]\n"...)
}

// writer writes a new JSONL file, or an array if its extension is .json: the columns are members. The cells of the source are strings.
type writer struct {
	*table.Output
	frame
	merge table.Merge
	keys  [][]byte
	taken map[string]bool // the names of keys
	buf   []byte
}

// Create begins a new JSONL file at dst with the rows of a source.
func Create(h *table.Base, dst string, columns []string) (table.Sink, error) {
	m, err := table.NewMerge(h, columns)
	if err != nil {
		return nil, err
	}
	o, err := table.NewOutput(h, dst)
	if err != nil {
		return nil, err
	}
	j := &writer{Output: o, frame: frame{array: isArray(dst)}, merge: m}
	j.keys, j.taken = keys(m.Columns)
	return j, nil
}

// keys returns the columns as unique keys of an object. A column without a name becomes "column N", and a repeated name gets a number.
func keys(columns []string) (quoted [][]byte, taken map[string]bool) {
	taken = make(map[string]bool, len(columns))
	for _, c := range columns {
		taken[c] = true
	}
	seen := make(map[string]bool, len(columns))
	quoted = make([][]byte, len(columns))
	for i, c := range columns {
		if c == "" {
			c = free("column "+strconv.Itoa(i+1), taken)
		} else if seen[c] {
			c = free(c, taken)
		}
		seen[c], taken[c] = true, true
		quoted[i] = append(jsontext.AppendString(nil, c), ':')
	}
	return quoted, taken
}

// key returns the key for cell i of a row. A cell beyond the header is named after its position in the source.
func (j *writer) key(i int) []byte {
	for len(j.keys) <= i {
		place := len(j.keys) - len(j.merge.Layout.Append) + 1
		name := free("column "+strconv.Itoa(place), j.taken)
		j.taken[name] = true
		j.keys = append(j.keys, append(jsontext.AppendString(nil, name), ':'))
	}
	return j.keys[i]
}

// free returns the name, or the name with the first number from 2 on that makes it unique.
func free(name string, taken map[string]bool) string {
	for n, try := 2, name; ; n++ {
		if !taken[try] {
			return try
		}
		try = name + " " + strconv.Itoa(n)
	}
}

func (j *writer) Write(row table.Row, cells ...any) error {
	all, err := j.merge.Row(row, cells)
	if err != nil {
		return err
	}
	b := append(j.begin(j.buf[:0]), '{')
	for i, cell := range all {
		if text, ok := cell.(string); ok && i >= len(j.merge.Columns) && strings.TrimSpace(text) == "" {
			continue
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(append(b, j.key(i)...), cell)
	}
	j.buf = j.end(append(b, '}'))
	_, err = j.Output.Write(j.buf)
	return err
}

// Commit also closes an array.
func (j *writer) Commit(before func(sum [32]byte) error) error {
	if _, err := j.Output.Write(j.close(nil)); err != nil {
		return errors.Join(err, j.Close())
	}
	return j.Output.Commit(before)
}
