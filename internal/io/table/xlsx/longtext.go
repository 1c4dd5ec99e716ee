package xlsx

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// longTexts is the side file of a workbook: the complete texts that are longer than a cell can hold, one JSON object per line, with
// the position of the cell that contains the beginning. It is created with the first of them.
type longTexts struct {
	base  *table.Base
	name  string
	file  *atomicfile.File
	buf   *bufio.Writer
	hash  hash.Hash
	count int
}

func newLongTexts(h *table.Base, dst string) *longTexts {
	return &longTexts{base: h, name: table.LongPath(dst)}
}

// cell returns the value for a cell: as much of it as a workbook can hold.
func (l *longTexts) cell(value any, at cellPlace) (any, error) {
	v := sheetCell(value)
	s, ok := v.(string)
	if !ok {
		return v, nil
	}
	short, cut := cutText(s)
	if !cut {
		return s, nil
	}
	return short, l.add(s, at)
}

// cellPlace is the position of a cell in the output.
type cellPlace struct {
	sheet  string
	cell   string
	column string // the name
}

func (l *longTexts) add(text string, at cellPlace) error {
	if l.file == nil {
		if err := l.create(); err != nil {
			return err
		}
	}
	l.count++
	b := append([]byte(`{"sheet":`), jsontext.AppendString(nil, at.sheet)...)
	b = append(append(b, `,"cell":`...), jsontext.AppendString(nil, at.cell)...)
	b = append(append(b, `,"column":`...), jsontext.AppendString(nil, at.column)...)
	b = append(append(b, `,"text":`...), jsontext.AppendString(nil, text)...)
	_, err := l.buf.Write(append(b, "}\n"...))
	return err
}

func (l *longTexts) create() error {
	f, err := atomicfile.Create(l.name, l.base.Mode())
	if err != nil {
		return &table.Error{Name: l.name, Msg: messages.Sprintf("cannot be written"),
			Hint: messages.Sprintf("choose another location with -o"), Err: err}
	}
	l.file, l.hash = f, sha256.New()
	l.buf = bufio.NewWriter(io.MultiWriter(f, l.hash))
	return nil
}

// altered returns what was truncated, after everything is written.
func (l *longTexts) altered() table.Altered {
	if l.file == nil {
		return table.Altered{}
	}
	l.buf.Flush() // commit reports the error again
	return table.Altered{Cut: l.count, Long: l.name, LongSum: [32]byte(l.hash.Sum(nil))}
}

// commit makes the side file visible, if there is one.
func (l *longTexts) commit() error {
	if l.file == nil {
		return nil
	}
	if err := l.buf.Flush(); err != nil {
		return errors.Join(err, l.Close())
	}
	return l.file.Commit(nil)
}

// then returns a function that calls before and then commits the side file, which appears just before its workbook.
func (l *longTexts) then(before func(sum [32]byte) error) func(sum [32]byte) error {
	return func(sum [32]byte) error {
		if before != nil {
			if err := before(sum); err != nil {
				return err
			}
		}
		return l.commit()
	}
}

// Close discards what was not committed.
func (l *longTexts) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
