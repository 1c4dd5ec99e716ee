package table

import "errors"

// csvNew writes a new CSV file: UTF-8, lines ended by LF, cells separated by commas, or by tabs where the extension
// says so.
type csvNew struct {
	*output
	merge merge
	delim byte
	buf   []byte
}

func newCSVSink(h *header, dst string, columns []string) (Sink, error) {
	m, err := newMerge(h, columns)
	if err != nil {
		return nil, err
	}
	o, err := newOutput(h, dst)
	if err != nil {
		return nil, err
	}
	c := &csvNew{output: o, merge: m, delim: ','}
	if tabbed(dst) {
		c.delim = '\t'
	}
	if err := c.line(m.names()); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *csvNew) Write(row Row, cells ...any) error {
	all, err := c.merge.row(row, cells)
	if err != nil {
		return err
	}
	return c.line(all)
}

func (c *csvNew) line(cells []any) error {
	b := c.buf[:0]
	for i, cell := range cells {
		if i > 0 {
			b = append(b, c.delim)
		}
		b = appendCSV(b, cell, c.delim)
	}
	if len(b) == 0 {
		b = append(b, `""`...)
	}
	c.buf = append(b, '\n')
	_, err := c.output.Write(c.buf)
	return err
}

func (c *csvNew) Commit(before func(sum [32]byte) error) error { return c.commit(before) }
