package table

import (
	"bytes"
	"io"
	"os"

	"gigabatch/internal/messages"
)

// KindSize is the number of first bytes of a file in which NotText recognizes all its kinds.
const KindSize = 512

// kinds are the beginnings of files that are not texts, although their first bytes may not show it.
var kinds = []struct {
	magic string
	at    int // where the magic is
	name  messages.Text
	hint  messages.Text
}{
	{"PK\x03\x04", 0, messages.Sprintf("a workbook or an archive"), hintBook},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 0, messages.Sprintf("a workbook or another Office file in an old format"), hintBook},
	{"%PDF-", 0, messages.Sprintf("a PDF document"), hintPrinted},
	{"\x89PNG\r\n\x1A\n", 0, messages.Sprintf("a picture (%s)", "PNG"), hintPrinted},
	{"\xFF\xD8\xFF", 0, messages.Sprintf("a picture (%s)", "JPEG"), hintPrinted},
	{"GIF87a", 0, messages.Sprintf("a picture (%s)", "GIF"), hintPrinted},
	{"GIF89a", 0, messages.Sprintf("a picture (%s)", "GIF"), hintPrinted},
	{"II*\x00", 0, messages.Sprintf("a picture (%s)", "TIFF"), hintPrinted},
	{"MM\x00*", 0, messages.Sprintf("a picture (%s)", "TIFF"), hintPrinted},
	{"WEBP", 8, messages.Sprintf("a picture (%s)", "WebP"), hintPrinted},
	{"\x1F\x8B", 0, messages.Sprintf("compressed (%s)", "gzip"), hintUnpack},
	{"BZh91AY&SY", 0, messages.Sprintf("compressed (%s)", "bzip2"), hintUnpack},
	{"\xFD7zXZ\x00", 0, messages.Sprintf("compressed (%s)", "xz"), hintUnpack},
	{"\x28\xB5\x2F\xFD", 0, messages.Sprintf("compressed (%s)", "zstd"), hintUnpack},
	{"\x04\x22\x4D\x18", 0, messages.Sprintf("compressed (%s)", "lz4"), hintUnpack},
	{"7z\xBC\xAF\x27\x1C", 0, messages.Sprintf("an archive (%s)", "7z"), hintUnpack},
	{"Rar!\x1A\x07", 0, messages.Sprintf("an archive (%s)", "RAR"), hintUnpack},
	{"ustar", 257, messages.Sprintf("an archive (%s)", "tar"), hintUnpack},
	{"SQLite format 3\x00", 0, messages.Sprintf("a database (%s)", "SQLite"), hintExport},
	{"\x00\x01\x00\x00Standard ", 0, messages.Sprintf("a database (%s)", "Access"), hintExport},
	{"PAR1", 0, messages.Sprintf("a data file (%s)", "Parquet"), hintExport},
	{"ARROW1\x00\x00", 0, messages.Sprintf("a data file (%s)", "Arrow"), hintExport},
	{"Obj\x01", 0, messages.Sprintf("a data file (%s)", "Avro"), hintExport},
	{"\x89HDF\r\n\x1A\n", 0, messages.Sprintf("a data file (%s)", "HDF5"), hintExport},
	{"$FL2@(#)", 0, messages.Sprintf("a data file (%s)", "SPSS"), hintExport},
	{"ID3\x03", 0, messages.Sprintf("sound or video"), hintPrinted},
	{"ID3\x04", 0, messages.Sprintf("sound or video"), hintPrinted},
	{"OggS\x00", 0, messages.Sprintf("sound or video"), hintPrinted},
	{"WAVE", 8, messages.Sprintf("sound or video"), hintPrinted},
	{"ftyp", 4, messages.Sprintf("sound or video"), hintPrinted},
	{"\x7FELF", 0, messages.Sprintf("a program"), hintExport},
	{"MZ\x90\x00", 0, messages.Sprintf("a program"), hintExport},
}

var (
	hintBook    = messages.Sprintf("if it is a workbook, give it the extension .xlsx")
	hintPrinted = messages.Sprintf("if its name is wrong, give it the right extension; a file that is not a table can be run as a document")
	hintUnpack  = messages.Sprintf("unpack it first")
	hintExport  = messages.Sprintf("export the table from the program that made the file, as .csv or .xlsx")
)

// NotText returns what a file is that begins like this, for example "a PDF document", and what the user can do about it. The name is empty
// if the file may be a text.
func NotText(head []byte) (name, hint messages.Text) {
	if utf32(head) {
		return messages.Sprintf("text in %s", "UTF-32"), messages.Sprintf("save the file as UTF-8")
	}
	for _, k := range kinds {
		if len(head) > k.at && bytes.HasPrefix(head[k.at:], []byte(k.magic)) {
			return k.name, k.hint
		}
	}
	return messages.Text{}, messages.Text{}
}

// utf32 reports whether a text that begins like this is UTF-32: it has a byte order mark, or two zeros in each character. No character of
// UTF-16 is NUL, so that its byte order mark is never followed by one.
func utf32(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xFF\xFE\x00\x00")) || bytes.HasPrefix(head, []byte("\x00\x00\xFE\xFF")) {
		return true
	}
	n := len(head) / 4
	little, big := n > 1, n > 1
	for i := range n {
		c := head[4*i : 4*i+4]
		little = little && c[0]|c[1] != 0 && c[2]|c[3] == 0
		big = big && c[0]|c[1] == 0 && c[2]|c[3] != 0
	}
	return little || big
}

// IsTable reports whether a file has the extension of a table and, if that is not decisive, begins like one. Files that mark a table as open
// are none.
func IsTable(name string) bool {
	if IsOpenMark(name) {
		return false
	}
	if _, ok := FormatOf(name); !ok || !MayBeText(name) {
		return ok
	}
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, KindSize))
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\uFEFF")))
	rest, array := bytes.CutPrefix(head, []byte("["))
	return err == nil && array && bytes.HasPrefix(bytes.TrimSpace(rest), []byte("{"))
}
