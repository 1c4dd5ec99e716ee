package documents

import (
	"bytes"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// kind is the kind of a file that is found when looking for documents.
type kind int

const (
	unknownKind kind = iota // its first bytes decide
	textKind
	uploadKind
	// The following kinds are skipped.
	ownKind // journals, and what programs leave while they write
	tableKind
	binaryKind
	specialKind
	brokenKind
	linkedKind
	outsideKind
	kinds
)

var kindNames = [kinds]messages.Text{
	tableKind: messages.Sprintf("tables"), binaryKind: messages.Sprintf("binary files"), specialKind: messages.Sprintf("special files"),
	brokenKind: messages.Sprintf("broken links"), linkedKind: messages.Sprintf("links to folders"),
	outsideKind: messages.Sprintf("links to outside the folder"),
}

// passed counts the files that were skipped. Hidden files and files of this program are not mentioned.
type passed [kinds]int

func (p *passed) count() (n int) {
	for k, name := range kindNames {
		if !name.IsZero() {
			n += p[k]
		}
	}
	return n
}

func (p *passed) names() (names []messages.Text) {
	for k, name := range kindNames {
		if !name.IsZero() && p[k] > 0 {
			names = append(names, name)
		}
	}
	return names
}

// kindOf returns the kind of a file, according to its name and state.
func kindOf(path string, info fs.FileInfo, o table.Options) kind {
	format, isTable := table.FormatOf(path)
	isTable = isTable && !table.MayBeText(path)
	switch ext := table.Extension(path); {
	case !info.Mode().IsRegular():
		return specialKind
	case isOwn(filepath.Base(path)):
		return ownKind
	case isTable && o.Format != table.Documents:
		return tableKind
	case info.Size() == 0 || isTable && format != table.XLSX || slices.Contains(textExtensions, ext):
		return textKind
	case slices.ContainsFunc(o.Attachable, func(a string) bool { return strings.EqualFold(a, ext) }):
		return uploadKind
	case slices.Contains(proseExtensions, ext):
		return textKind
	}
	return unknownKind
}

// textExtensions are read as text even if the file could be uploaded. proseExtensions are read as text otherwise, without looking into
// the file.
var (
	textExtensions  = []string{".txt"}
	proseExtensions = []string{
		".md", ".markdown", ".rst", ".adoc", ".html", ".htm", ".xml", ".json", ".yaml", ".yml", ".log", ".tex", ".srt", ".vtt", ".eml",
	}
)

// isOwn reports whether the file belongs to a run, or was left by a program that writes next to its file.
func isOwn(base string) bool {
	for _, end := range []string{".gigabatch", ".gigabatch.lock", ".gigabatch.rows", ".gigabatch.edits", ".gigabatch.edits.lock", ".gigabatch.shown", ".tmp"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	return table.IsOpenMark(base)
}

// headSize is the number of bytes that are examined to decide whether a file is a text.
const headSize = 4 << 10

// isText reports whether a file that begins like this is a text: it has hardly any control characters.
func isText(head []byte) bool {
	head = head[:min(len(head), headSize)]
	if what, _ := table.NotText(head); !what.IsZero() {
		return false
	}
	if e := charset.Detect(head, true).Encoding; e.Wide() {
		text, err := io.ReadAll(charset.NewReader(bytes.NewReader(head), e))
		return err == nil && controls(text)*20 <= len(text)
	}
	return controls(head)*20 <= len(head)
}

// controls counts the control characters, except those that occur in texts and terminal output and at the end of DOS files.
func controls(text []byte) (n int) {
	for _, c := range text {
		if c < ' ' && (c < '\b' || c > '\r') && c != 0x1A && c != 0x1B || c == 0x7F {
			n++
		}
	}
	return n
}

// refusal returns the reason why a file of that kind is not a document, if it was specified as one.
func refusal(path string, k kind, o table.Options) *table.Error {
	e := &table.Error{Name: path}
	switch k {
	case ownKind:
		e.Msg, e.Hint = messages.Sprintf("is a journal or a temporary file, not a document"), messages.Sprintf("specify the documents themselves")
	case tableKind:
		e.Msg, e.Hint = messages.Sprintf("is a table, not a document"), hintTable
	case specialKind:
		e.Msg, e.Hint = messages.Sprintf("is not a regular file"), messages.Sprintf("copy its contents to a file first")
	default:
		e.Msg, e.Hint = messages.Sprintf("is not a text file"), binaryHint(path, o)
	}
	return e
}

var hintTable = messages.Sprintf("run each table separately, or add --format documents to read it as a document")

func binaryHint(path string, o table.Options) messages.Text {
	switch table.Extension(path) {
	case ".xls", ".ods", ".xlsb", ".numbers", ".zip", ".gz":
		return table.FormatHint(path)
	}
	if len(o.Attachable) > 0 {
		return messages.Sprintf("documents are text files, and files of the types that can be uploaded as they are: %s",
			strings.Join(o.Attachable, ", "))
	}
	return messages.Sprintf("save it as text")
}
