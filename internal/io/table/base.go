package table

import (
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// base is the part that all sources share: the file's name, its state, and its columns.
type base struct {
	name    string
	id      Identity
	columns []string

	options  Options
	headless bool // no row names the columns
	lead     int  // of a sink's columns, how many tell about the row
}

func (h *base) Name() string      { return h.name }
func (h *base) Columns() []string { return h.columns }
func (h *base) Stat() Identity    { return h.id }
func (h *base) Sheet() string     { return "" }

func (h *base) Has(name string) bool { return name != "" && slices.Contains(h.columns, name) }

func (h *base) Duplicates() map[string]bool {
	var twice map[string]bool
	seen := make(map[string]bool, len(h.columns))
	for _, c := range h.columns {
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

// mode is the mode of an output: that of the file, if there is one.
func (h *base) mode() fs.FileMode {
	if h.id.Info == nil {
		return 0o644
	}
	return h.id.Info.Mode()
}

// reopen opens the file for another pass and notes its state.
func (h *base) reopen() (*input, error) {
	f, err := openRegular(h.name)
	if err == nil {
		h.id = f.id
	}
	return f, err
}

// changed is the error of a pass that does not find what Open has found.
func (h *base) changed() error {
	return &Error{Name: h.name, Msg: "the file was changed while it was being read", Hint: "run the command again"}
}

// target is the format that dst asks for; none where dst is the source itself, or has its extension.
func (h *base) target(dst string) (Format, bool) {
	if extension(dst) == extension(h.name) || h.is(dst) {
		return "", false
	}
	return FormatOf(dst)
}

// is says whether dst is the source's file, under whatever name.
func (h *base) is(dst string) bool {
	if filepath.Clean(dst) == filepath.Clean(h.name) {
		return true
	}
	fi, err := os.Stat(dst)
	return err == nil && os.SameFile(fi, h.id.Info)
}

// layout says where the cells given to a sink belong.
type layout struct {
	refill []refill // by column
	append []int    // the numbers of the cells that follow the source's columns
}

// refill is a column of the source that a cell of that number replaces.
type refill struct{ column, cell int }

// layoutFor refuses names that cannot be told apart.
func (h *base) layoutFor(columns []string) (layout, error) {
	var l layout
	twice := h.Duplicates()
	for i, c := range columns {
		if c == "" || slices.Contains(columns[:i], c) {
			return l, &Error{Name: h.name, Msg: "an output column has no name, or the name of another: " + quote(c), Hint: "give each a name of its own"}
		}
		if strings.ContainsFunc(c, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			return l, &Error{Name: h.name, Msg: fmt.Sprintf("an output column has a control character in its name: %q", c), Hint: "choose another name"}
		}
		if twice[c] {
			return l, &Error{Name: h.name, Msg: "the column " + quote(c) + " stands more than once", Hint: "rename one of them, or choose another name"}
		}
		if at := slices.Index(h.columns, c); at >= 0 {
			l.refill = append(l.refill, refill{at, i})
		} else {
			l.append = append(l.append, i)
		}
	}
	slices.SortFunc(l.refill, func(a, b refill) int { return a.column - b.column })
	return l, nil
}

// reach is how many columns a row must have for its refilled cells.
func (l *layout) reach() int {
	if n := len(l.refill); n > 0 {
		return l.refill[n-1].column + 1
	}
	return 0
}

func quote(s string) string { return `"` + s + `"` }

// rows makes one pass over the file with read, and yields its error last.
func (h *base) rows(read func(f *input, yield func(Row, error) bool) error) iter.Seq2[Row, error] {
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

// checkInPlace refuses to write into a source without a header: its new columns would not be found again; and into one that a
// spreadsheet program has open: it would write its own state over the answers.
func (h *base) checkInPlace(dst string) error {
	switch {
	case !h.is(dst):
		return nil
	case h.headless:
		return headlessInPlace(dst)
	}
	return notOpen(dst)
}

// notOpen looks for the files that Excel and LibreOffice leave beside one that they have open.
func notOpen(name string) error {
	dir, base := filepath.Split(name)
	for _, mark := range []string{"~$" + base, ".~lock." + base + "#"} {
		if _, err := os.Lstat(filepath.Join(dir, mark)); err == nil {
			return &Error{Name: name, Msg: "is open in a spreadsheet program, which would write over the answers",
				Hint: "close it there (or remove " + filepath.Join(dir, mark) + " if it is not open), or write another file with -o"}
		}
	}
	return nil
}

func headlessInPlace(dst string) *Error {
	return &Error{Name: dst, Msg: "has no header, so answers written into it could not be told from its own columns", Hint: "write another file with -o, or give the columns names"}
}
