package table

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/messages"
)

// Base is the part that all sources share: the methods of Source that are the same for all formats, and what their sinks need.
type Base struct {
	Path     string // of the file, as it was given
	State    Identity
	Header   []string    // the names of the columns
	Groups   []string    // parallel to Header: see Paths; nil if no column belongs to a group
	Headless bool        // no row contains the names of the columns
	Lead     int         // the number of a sink's columns that describe the row
	Perm     fs.FileMode // of an output of documents, which have no common file
	Options  Options
	Create   Create // for an output in another format
}

// Create begins a new file at dst in a format, for the rows that the source reads.
type Create func(source *Base, dst string, format Format, columns []string) (Sink, error)

// Name implements Source.
func (h *Base) Name() string { return h.Path }

// Columns implements Source.
func (h *Base) Columns() []string { return h.Header }

// Paths implements Source.
func (h *Base) Paths() []string { return h.Groups }

// Stat implements Source.
func (h *Base) Stat() Identity { return h.State }

// Sheet returns "", for formats without sheets.
func (h *Base) Sheet() string { return "" }

// Found returns nil, for formats in which nothing is guessed.
func (h *Base) Found() []Found { return nil }

// Has implements Source.
func (h *Base) Has(name string) bool { return name != "" && slices.Contains(h.Header, name) }

// Duplicates implements Source.
func (h *Base) Duplicates() map[string]bool {
	var twice map[string]bool
	seen := make(map[string]bool, len(h.Header))
	for _, c := range h.Header {
		if c != "" && seen[c] {
			if twice == nil {
				twice = map[string]bool{}
			}
			twice[c] = true
		}
		seen[c] = true
	}
	return twice
}

// Mode returns the mode of an output: that of the input file, or what all documents permit.
func (h *Base) Mode() fs.FileMode {
	if h.State.Info == nil {
		return h.Perm
	}
	return h.State.Info.Mode()
}

// reopen opens the file for another pass and records its state.
func (h *Base) reopen() (*Input, error) {
	f, err := OpenRegular(h.Path)
	if err == nil {
		h.State = f.State
	}
	return f, err
}

// Changed returns the error of a pass that does not find what Open has found.
func (h *Base) Changed() error {
	return &Error{Name: h.Path, Msg: messages.Sprintf("the file changed while it was being read"),
		Hint: messages.Sprintf("try again when no other program writes to it")}
}

// Target returns the format that dst requests, and false if dst is the source itself or has its extension.
func (h *Base) Target(dst string) (Format, bool) {
	if Extension(dst) == Extension(h.Path) || h.Is(dst) {
		return "", false
	}
	return FormatOf(dst)
}

// Is reports whether dst is the file of the source, under any name.
func (h *Base) Is(dst string) bool {
	if filepath.Clean(dst) == filepath.Clean(h.Path) {
		return true
	}
	fi, err := os.Stat(dst)
	return err == nil && os.SameFile(fi, h.State.Info)
}

// Pass makes one pass over the file with read, and yields its error last.
func (h *Base) Pass(read func(f *Input, yield func(Row, error) bool) error) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		f, err := h.reopen()
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer f.Close()
		if err := read(f, yield); err != nil {
			yield(Row{}, err)
		}
	}
}

// CheckInPlace refuses to write into a source without a header, because its new columns would not be found again, and into a file that
// a spreadsheet program has open, because the program would overwrite the answers.
func (h *Base) CheckInPlace(dst string) error {
	switch {
	case !h.Is(dst):
		return nil
	case h.Headless:
		return HeadlessInPlace(dst)
	}
	return notOpen(dst)
}

func notOpen(name string) error {
	mark := OpenMark(name)
	if mark == "" {
		return nil
	}
	return &Error{Name: name, Msg: messages.Sprintf("the file is open in a spreadsheet program, which would overwrite the answers"),
		Hint: messages.Sprintf("close it there (or delete %s if it is not open), or write to another file with -o", mark)}
}

// OpenMark returns the file that Excel or LibreOffice creates next to a file while it has it open, "" if there is none.
func OpenMark(name string) string {
	names := []string{name}
	if real, err := filepath.EvalSymlinks(name); err == nil && real != name {
		names = append(names, real)
	}
	for _, name := range names {
		dir, base := filepath.Split(name)
		for _, mark := range []string{"~$" + base, ".~lock." + base + "#"} {
			if _, err := os.Lstat(filepath.Join(dir, mark)); err == nil {
				return filepath.Join(dir, mark)
			}
		}
	}
	return ""
}

// IsOpenMark reports whether a file has the name of one that OpenMark returns.
func IsOpenMark(name string) bool {
	base := filepath.Base(name)
	return strings.HasPrefix(base, "~$") || strings.HasPrefix(base, ".~lock.")
}

// LongPath returns the path of the file for the texts that are too long for the cells of a workbook.
func LongPath(book string) string {
	dir, base := filepath.Split(strings.TrimSuffix(book, filepath.Ext(book)))
	return dir + atomicfile.Fit(base, atomicfile.MaxName-len(longExt)) + longExt
}

const longExt = ".long.jsonl"

// HeadlessInPlace returns the error for an output that would overwrite a source without a header.
func HeadlessInPlace(dst string) *Error {
	return &Error{Name: dst, Msg: messages.Sprintf("the file has no header, so answers written into it could not be distinguished from its other columns"),
		Hint: messages.Sprintf("write to another file with -o, or add a header")}
}
