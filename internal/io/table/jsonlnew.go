package table

import "strconv"

// jsonlNew writes a new JSONL file: an object a line, with the columns as members. The source's cells are strings.
type jsonlNew struct {
	*output
	merge merge
	keys  [][]byte
	buf   []byte
}

func newJSONLSink(h *header, dst string, columns []string) (Sink, error) {
	m, err := newMerge(h, columns)
	if err != nil {
		return nil, err
	}
	o, err := newOutput(h, dst)
	if err != nil {
		return nil, err
	}
	return &jsonlNew{output: o, merge: m, keys: keys(m.columns)}, nil
}

// keys are the columns as members of an object, no two alike: a column without a name gets "column N", a name that
// stands again gets a number.
func keys(columns []string) [][]byte {
	taken := make(map[string]bool, len(columns))
	for _, c := range columns {
		taken[c] = true
	}
	seen := make(map[string]bool, len(columns))
	quoted := make([][]byte, len(columns))
	for i, c := range columns {
		if c == "" {
			c = free("column "+strconv.Itoa(i+1), taken)
		} else if seen[c] {
			c = free(c, taken)
		}
		seen[c], taken[c] = true, true
		quoted[i] = append(appendJSONString(nil, c), ':')
	}
	return quoted
}

// free is the name, or with the first number from 2 on that makes it a new one.
func free(name string, taken map[string]bool) string {
	for n, try := 2, name; ; n++ {
		if !taken[try] {
			return try
		}
		try = name + " " + strconv.Itoa(n)
	}
}

func (j *jsonlNew) Write(row Row, cells ...any) error {
	all, err := j.merge.row(row, cells)
	if err != nil {
		return err
	}
	b := append(j.buf[:0], '{')
	for i, cell := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(append(b, j.keys[i]...), cell)
	}
	j.buf = append(b, "}\n"...)
	_, err = j.output.Write(j.buf)
	return err
}

func (j *jsonlNew) Commit(before func(sum [32]byte) error) error { return j.commit(before) }
