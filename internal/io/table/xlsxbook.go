package table

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/xuri/excelize/v2"
)

// book is a workbook in memory, its large parts in a folder of its own that only the user can read.
type book struct {
	*excelize.File
	tmp string
}

// emptyBook is a new workbook.
func emptyBook() (*book, error) {
	return newBook(func(o excelize.Options) (*excelize.File, error) { return excelize.NewFile(o), nil })
}

func newBook(open func(excelize.Options) (*excelize.File, error)) (b *book, err error) {
	b = &book{}
	if b.tmp, err = os.MkdirTemp("", "gigabatch-"); err != nil {
		return nil, err
	}
	err = guard(func() (err error) {
		b.File, err = open(excelize.Options{TmpDir: b.tmp, UnzipXMLSizeLimit: 16 << 20, ShortDatePattern: "yyyy-mm-dd"})
		return err
	})
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Close frees the memory and removes the folder.
func (b *book) Close() error {
	var err error
	if b.File != nil {
		err = b.File.Close()
		b.File = nil
	}
	return errors.Join(err, os.RemoveAll(b.tmp))
}

// save writes the workbook as a file of that name would be written; one whose extension is not a workbook's, as an .xlsx. The bytes
// depend on the content alone.
func (b *book) save(w io.Writer, name string) error {
	if format, ok := FormatOf(name); !ok || format != XLSX {
		name += ".xlsx"
	}
	return guard(func() error {
		b.Path = name
		b.ZipWriter = func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) }
		_, err := b.WriteTo(io.Discard)
		return err
	})
}

// guard turns a panic over a damaged workbook into an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return f()
}
