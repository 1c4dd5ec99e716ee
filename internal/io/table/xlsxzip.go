package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
)

// A workbook is refused as a bomb when it unpacks to more than bombRatio times its size and to more than bombSize.
// A sheet of long answers that repeat each other reaches about 60 times.
const (
	bombRatio = 200
	bombSize  = 256 << 20
	maxBook   = 16 << 30
)

// openZip is the directory of a workbook, with the size of all its parts when unpacked, as far as it can be believed:
// archive/zip reads no more of a part than the directory says.
func openZip(f *input) (*zip.Reader, int64, error) {
	head := make([]byte, len(magicOLE))
	if _, err := f.ReadAt(head, 0); err == nil && bytes.Equal(head, magicOLE) {
		return nil, 0, oleError(f)
	}
	zr, err := zip.NewReader(f, f.id.Size)
	if err != nil {
		return nil, 0, corrupt(f.name, err)
	}
	var total uint64
	for _, part := range zr.File {
		if total += part.UncompressedSize64; part.UncompressedSize64 > maxBook || total > maxBook {
			return nil, 0, bomb(f.name, total)
		}
	}
	if total > bombSize && total/bombRatio > uint64(f.id.Size) {
		return nil, 0, bomb(f.name, total)
	}
	return zr, int64(total), nil
}

func bomb(name string, total uint64) error {
	return &Error{Name: name, Msg: fmt.Sprintf("the workbook unpacks to %d MiB, which no honest one of its size does", total>>20),
		Hint: "open it in a spreadsheet program and save it again"}
}

func corrupt(name string, err error) error {
	return &Error{Name: name, Msg: "the workbook is damaged", Hint: "open it in a spreadsheet program, let it be repaired, and save it as .xlsx", Err: err}
}

// oleError tells an encrypted workbook from one of the old format: both begin alike, only the first names a stream
// EncryptedPackage, in UTF-16.
func oleError(f *input) error {
	content, err := io.ReadAll(io.NewSectionReader(f, 0, 256<<20))
	if err != nil {
		return openError(f.name, err)
	}
	if bytes.Contains(content, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
		return &Error{Name: f.name, Msg: "the workbook is encrypted", Hint: "open it with its password and save it without one"}
	}
	return &Error{Name: f.name, Msg: "the workbook has the old format .xls", Hint: "open it in a spreadsheet program and save it as .xlsx"}
}
