package xlsx

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// longTexts is the side file of a workbook: the texts that are longer than a cell can hold, whole, one JSON object a line,
// with the place of the cell that holds their beginning. It is made when the first of them comes.
type longTexts struct {
	base  *table.Base
	name  string
	file  *atomicfile.File
	buf   *bufio.Writer
	hash  hash.Hash
	count int
}

// newLongTexts is the side file of the workbook dst: NAME.long.jsonl.
func newLongTexts(h *table.Base, dst string) *longTexts {
	return &longTexts{base: h, name: strings.TrimSuffix(dst, filepath.Ext(dst)) + ".long.jsonl"}
}

// cell is the value for a cell: what a workbook can hold of it.
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

// cellPlace is where a cell stands in the output.
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

// altered tells what was cut, once all is written.
func (l *longTexts) altered() table.Altered {
	if l.file == nil {
		return table.Altered{}
	}
	l.buf.Flush() // an error comes again at commit
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

// then is before, and after it the side file: it appears just before its workbook.
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

// Close drops what was not committed.
func (l *longTexts) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
