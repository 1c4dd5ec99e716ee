// Package open detects the format of an input and opens it.
package open

import (
	"cmp"
	"errors"
	"io"
	"os"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/csv"
	"gigabatch/internal/io/table/documents"
	"gigabatch/internal/io/table/jsonl"
	"gigabatch/internal/io/table/xlsx"
	"gigabatch/internal/messages"
)

// rooms are the packages of the table formats. Each opens a file of its format, and begins a new one.
var rooms = map[table.Format]struct {
	open   func(f *table.Input, o table.Options, c table.Create) (table.Source, error)
	create func(source *table.Base, dst string, columns []string) (table.Sink, error)
}{
	table.CSV:   {csv.Open, csv.Create},
	table.JSONL: {jsonl.Open, jsonl.Create},
	table.XLSX:  {xlsx.Open, xlsx.Create},
}

// Open reads as much of a file as is needed to find its columns. It reads a JSONL file completely, so that a bad line is found at
// once. If the file is at fault, the error is an *Error. Documents are looked up but not read, except for the first bytes of those
// whose extension does not reveal their kind; name is then only used in messages.
func Open(name string, o table.Options) (table.Source, error) {
	if areDocuments(o) {
		name = cmp.Or(name, strings.Join(o.Documents, " "))
		if err := o.Check(name); err != nil {
			return nil, err
		}
		return documents.Open(name, o, create)
	}
	f, err := table.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	format, err := formatFor(f, o)
	if err == nil {
		err = o.Check(name)
	}
	if err != nil {
		return nil, err
	}
	return rooms[format].open(f, o, create)
}

// create begins a new file in another format than that of the source.
func create(source *table.Base, dst string, format table.Format, columns []string) (table.Sink, error) {
	return rooms[format].create(source, dst, columns)
}

// New begins a new table at dst, in the format of its extension. All columns are given to the sink; the first lead of them describe the row.
func New(dst string, lead int, o table.Options, columns ...string) (table.Sink, error) {
	format, ok := table.FormatOf(dst)
	if _, known := rooms[format]; !ok || !known {
		return nil, &table.Error{Name: dst, Msg: messages.Sprintf("unknown format"), Hint: table.FormatHint(dst)}
	}
	return create(&table.Base{Perm: 0o666, Options: o, Lead: lead}, dst, format, columns)
}

// Identify returns the current identity of the input with that name. For documents, which it looks up again, it is the identity of the
// set.
func Identify(name string, o table.Options) (table.Identity, error) {
	if areDocuments(o) {
		return documents.Identify(name, o)
	}
	return table.Identify(name)
}

func areDocuments(o table.Options) bool { return o.Documents != nil || o.Format == table.Documents }

// IsDocuments reports whether the arguments of a command are documents rather than one table: several arguments, a pattern, a folder,
// or one file whose extension is not that of a table. f is the requested format: Documents forces true, another format forces false.
// An existing file is never a pattern, whatever its name.
func IsDocuments(args []string, f table.Format) bool {
	if f != "" || len(args) != 1 {
		return f == table.Documents || f == "" && len(args) > 1
	}
	info, err := os.Stat(args[0])
	if err == nil && info.IsDir() || err != nil && documents.IsPattern(args[0]) {
		return true
	}
	_, isTable := table.FormatOf(args[0])
	return !isTable
}

// FindsDocument reports whether folders and patterns among the arguments lead to a text file with a name, which need not be there yet.
func FindsDocument(args []string, name string) bool { return documents.Finds(args, name) }

// formatFor returns the requested format, or the one of the extension, after checking the first bytes.
func formatFor(f *table.Input, o table.Options) (table.Format, error) {
	format, ok := o.Format, true
	if format == "" {
		format, ok = table.FormatOf(f.Path)
	}
	head := make([]byte, max(table.KindSize, 1024))
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", table.OpenError(f.Path, err)
	}
	if strings.HasPrefix(table.Extension(f.Path), ".xls") && (format == table.XLSX || !ok) {
		if err := xlsx.Disguised(f.Path, head[:n]); err != nil {
			return "", err
		}
	}
	if _, known := rooms[format]; !ok || !known {
		return "", &table.Error{Name: f.Path, Msg: messages.Sprintf("unknown format"), Hint: table.FormatHint(f.Path)}
	}
	return format, checkMagic(f.Path, format, head[:n])
}

func checkMagic(name string, format table.Format, head []byte) error {
	book := format == table.XLSX && xlsx.IsBook(head)
	if what, hint := table.NotText(head); !book && !what.IsZero() {
		return &table.Error{Name: name, Msg: messages.Sprintf("the file is %s, not %s", what, strings.ToUpper(string(format))), Hint: hint}
	}
	if !book && format == table.XLSX {
		return &table.Error{Name: name, Msg: messages.Sprintf("the file is not a workbook, or is damaged"),
			Hint: messages.Sprintf("open it in a spreadsheet program and save it as .xlsx; a text table has the extension .csv")}
	}
	return nil
}
