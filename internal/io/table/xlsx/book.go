package xlsx

import (
	"archive/zip"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
)

// book is a small workbook in memory.
type book struct{ *excelize.File }

func emptyBook() book { return book{excelize.NewFile()} }

// save writes the workbook as a file of that name would be written; one whose extension is not a workbook's, as an .xlsx. The bytes
// depend on the content alone.
func (b book) save(w io.Writer, name string) error {
	if format, ok := table.FormatOf(name); !ok || format != table.XLSX {
		name += ".xlsx"
	}
	b.Path = name
	b.ZipWriter = func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) }
	_, err := b.WriteTo(io.Discard)
	return err
}

// guard turns a panic over an odd number format into an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return f()
}
