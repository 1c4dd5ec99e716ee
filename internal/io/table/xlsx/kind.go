package xlsx

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// IsBook reports whether a file that begins like this is a workbook, or at least an archive.
func IsBook(head []byte) bool {
	return bytes.HasPrefix(head, magicZip) || bytes.HasPrefix(head, magicOLE)
}

var (
	magicZip = []byte("PK\x03\x04")
	magicOLE = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
)

// Disguised returns the error for a file of another kind that programs give the extension of a workbook, because spreadsheet programs open
// it. It returns nil if the file does not begin like one.
func Disguised(name string, head []byte) error {
	for _, mark := range []string{"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"} {
		head = bytes.TrimPrefix(head, []byte(mark))
	}
	text := strings.ToLower(strings.TrimSpace(strings.ReplaceAll(string(head), "\x00", ""))) // of UTF-16, the letters
	e := &table.Error{Name: name, Hint: messages.Sprintf("open it in a spreadsheet program and save it as .xlsx")}
	switch {
	case strings.HasPrefix(text, "mime-version:"):
		e.Msg = messages.Sprintf("the file is a web archive (MHTML), not a workbook")
	case !strings.HasPrefix(text, "<"):
		return nil
	case strings.Contains(text, "urn:schemas-microsoft-com:office:spreadsheet") && strings.Contains(text, "<?xml"),
		strings.Contains(text, `progid="excel.sheet"`):
		e.Msg = messages.Sprintf("the file is a spreadsheet in the XML format of Excel 2003, not a workbook")
	case slices.ContainsFunc([]string{"<html", "<!doctype html", "<table", "<head", "<meta", "<style", "<body", "<div"},
		func(tag string) bool { return strings.Contains(text, tag) }):
		e.Msg = messages.Sprintf("the file is a web page (HTML), not a workbook")
	default:
		e.Msg = messages.Sprintf("the file is XML, not a workbook")
	}
	return e
}

// checkOLE distinguishes an encrypted workbook from one in the old format. Both begin alike, but only the first contains the name of a
// stream EncryptedPackage, in UTF-16.
func checkOLE(f *table.Input) error {
	head := make([]byte, len(magicOLE))
	if _, err := f.ReadAt(head, 0); err != nil || !bytes.Equal(head, magicOLE) {
		return nil
	}
	content, err := io.ReadAll(io.NewSectionReader(f, 0, 256<<20))
	if err != nil {
		return table.OpenError(f.Path, err)
	}
	if bytes.Contains(content, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
		return &table.Error{Name: f.Path, Msg: messages.Sprintf("the workbook is encrypted"),
			Hint: messages.Sprintf("open it with its password and save it without one")}
	}
	return &table.Error{Name: f.Path, Msg: messages.Sprintf("the workbook is in the old format .xls"),
		Hint: messages.Sprintf("open it in a spreadsheet program and save it as .xlsx")}
}
