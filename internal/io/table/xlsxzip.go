package table

import (
	"bytes"
	"errors"
	"io"
	"io/fs"

	"gigabatch/internal/io/ooxml"
)

// named makes an error of the workbook one for people.
func (s *xlsxSource) named(err error) error {
	var e *Error
	var refused *ooxml.Refusal
	var pe *fs.PathError
	switch {
	case err == nil || errors.As(err, &e):
		return err
	case errors.As(err, &refused):
		return &Error{Name: s.name, Msg: refused.Msg, Hint: refused.Hint}
	case errors.As(err, &pe):
		return &Error{Name: s.name, Msg: "cannot be read", Err: err}
	}
	return corrupt(s.name, err)
}

func corrupt(name string, err error) error {
	return &Error{Name: name, Msg: "the workbook is damaged", Hint: "open it in a spreadsheet program, let it be repaired, and save it as .xlsx", Err: err}
}

// checkOLE tells an encrypted workbook from one of the old format: both begin alike, only the first names a stream
// EncryptedPackage, in UTF-16.
func checkOLE(f *input) error {
	head := make([]byte, len(magicOLE))
	if _, err := f.ReadAt(head, 0); err != nil || !bytes.Equal(head, magicOLE) {
		return nil
	}
	content, err := io.ReadAll(io.NewSectionReader(f, 0, 256<<20))
	if err != nil {
		return openError(f.name, err)
	}
	if bytes.Contains(content, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
		return &Error{Name: f.name, Msg: "the workbook is encrypted", Hint: "open it with its password and save it without one"}
	}
	return &Error{Name: f.name, Msg: "the workbook has the old format .xls", Hint: "open it in a spreadsheet program and save it as .xlsx"}
}
