package jsonl

import (
	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
)

// MemCopy returns what a sink of JSONL would write.
func MemCopy(src table.Source, columns []string, cells ...any) ([]byte, error) {
	j := src.(*source)
	c := &copier{source: j, columns: columns, kept: true}
	var b []byte
	if j.bom {
		b = append(b, charset.BOM...)
	}
	for row, err := range j.Rows() {
		if err != nil {
			return b, err
		}
		b = c.appendRecord(b, row.Record.(*record), cells)
	}
	return append(b, j.last.Tail...), nil
}

var (
	AppendValue = appendValue
	TrimSpace   = trimSpace
)
