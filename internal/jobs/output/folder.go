package output

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/rooted"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Folder is an output folder with a file NAME.md for each row, which holds the completion. Each traversal needs a new Folder. A nil Folder
// accepts every row and writes nothing. It is not safe for concurrent use.
type Folder struct {
	out    *Output
	source table.Source
	name   *spec.Template
	at     map[string]int // the index of each source column
	seed   maphash.Seed
	seen   map[uint64]owner // by the hash of the file name
	leaves map[string]bool  // by folder: whether a link leads from it out of the output folder
	within map[uint64]owner // by the hash of a folder in the name of a file
	mode0  fs.FileMode      // of the folder
	synced map[string]bool  // folders with new files
}

const (
	outExtension = ".md"
	maxOutName   = 200 // bytes in each part of a name
)

// owner is the row or the document to which a file belongs.
type owner struct {
	line     int
	document string
}

// Check refuses a row whose file is another row's file or would replace a file that is not ours. It is for planning and writes nothing.
func (f *Folder) Check(row table.Row) error {
	if f == nil {
		return nil
	}
	if row.Path != "" && below(row.Path, f.out.Settings.OutDir) {
		return table.RowError(f.source, row, messages.Sprintf("the document is inside the output folder"),
			messages.Sprintf("choose an --out-dir outside the folder of the documents"))
	}
	name := f.file(row)
	if f.mode0 == 0 {
		f.mode0 = folderMode(f.mode(row))
	}
	sum := maphash.String(f.seed, strings.ToLower(name))
	if err := f.checkFolders(row, name, sum); err != nil {
		return err
	}
	if other, twice := f.seen[sum]; twice {
		hint := messages.Sprintf(`name the files after a column that differs in every row, such as --out-name "{{id}}"`)
		if row.Path != "" {
			hint = messages.Sprintf(`name the files after their paths with --out-name "{{path}}"`)
		}
		msg := messages.Sprintf("the file %s already belongs to row %d", name, other.line)
		if other.document != "" {
			msg = messages.Sprintf("the file %s already belongs to %s", name, table.Printable(other.document))
		}
		return table.RowError(f.source, row, msg, hint)
	}
	f.seen[sum] = owner{row.Line, row.Path}
	file := f.path(name)
	old, err := f.look(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return table.RowError(f.source, row, messages.Sprintf("the file %s cannot be written: %s", file, err),
			messages.Sprintf("choose another --out-dir or --out-name"))
	case row.Path != "" && sameFile(row.Path, file):
		return table.RowError(f.source, row, messages.Sprintf("the file %s would overwrite the document itself", file),
			messages.Sprintf("choose another --out-dir"))
	case f.out.Overwrite || f.made(name, old):
		return nil
	}
	return table.RowError(f.source, row, messages.Sprintf("%s already exists, and its content is not what this journal last wrote", file),
		messages.Sprintf("choose another --out-dir, or replace the file with --overwrite"))
}

// checkFolders refuses a file with the name of a folder that another row's file needs.
func (f *Folder) checkFolders(row table.Row, name string, sum uint64) error {
	other, clash := f.within[sum]
	for dir := path.Dir(strings.ToLower(name)); dir != "."; dir = path.Dir(dir) {
		sum := maphash.String(f.seed, dir)
		f.within[sum] = owner{row.Line, row.Path}
		if n, taken := f.seen[sum]; taken {
			other, clash = n, true
		}
	}
	if !clash {
		return nil
	}
	problem := messages.Sprintf("the name %s of its file would be a file and a folder at once, because of row %d", name, other.line)
	return table.RowError(f.source, row, problem, messages.Sprintf(`name the files after a column that differs in every row, such as --out-name "{{id}}"`))
}

// Make makes the output folder and makes sure that files can be created in it. It is called before anything is paid for, after Check of the
// selected rows.
func (f *Folder) Make() error {
	if f == nil {
		return nil
	}
	dir := f.out.Settings.OutDir
	err := os.MkdirAll(dir, cmp.Or(f.mode0, 0o700))
	if err == nil {
		err = atomicfile.Check(filepath.Join(dir, "row"+outExtension))
	}
	if err != nil && !errors.As(err, new(*atomicfile.LinkError)) {
		return &spec.UsageError{
			Msg:  messages.Sprintf("--out-dir %s cannot be used: %s", dir, err),
			Hint: messages.Sprintf("name a folder with --out-dir"),
		}
	}
	return nil
}

// folderMode returns the mode of a folder for files of a mode.
func folderMode(mode fs.FileMode) fs.FileMode { return 0o700 | mode | mode&0o444>>2 }

// sync makes the names of the new files durable.
func (f *Folder) sync() error {
	if f == nil {
		return nil
	}
	for dir := range f.synced {
		if err := atomicfile.SyncFolder(dir); err != nil {
			return messages.Errorf("the files in %s were written, but the folder could not be synced: %w", dir, err)
		}
	}
	return nil
}

// look returns the hash of the file of a row. The error is a *atomicfile.LinkError or an atomicfile.ErrNotRegular if something else is in its
// place, and errLeaves if a link leads out of the output folder.
func (f *Folder) look(file string) ([32]byte, error) {
	dir := filepath.Dir(file)
	leaves, known := f.leaves[dir]
	if !known {
		leaves = !rooted.IsBelow(f.out.Settings.OutDir, dir)
		f.leaves[dir] = leaves
	}
	if leaves {
		return [32]byte{}, errLeaves
	}
	if err := atomicfile.CheckName(file); err != nil {
		return [32]byte{}, err
	}
	return hashFile(file)
}

var errLeaves = messages.Errorf("a link leads out of the output folder")

// below reports whether a path is inside a folder.
func below(path, folder string) bool {
	a, err := filepath.Abs(path)
	b, folderErr := filepath.Abs(folder)
	if err != nil || folderErr != nil {
		return false
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && filepath.IsLocal(rel)
}

// made reports whether the journal last committed the file with this hash.
func (f *Folder) made(name string, sum [32]byte) bool {
	return f.out.Journal != nil && f.out.Journal.Made(f.key(name), sum)
}

// write writes the file of a completed row. If the row is no longer completed, it removes the file if that is ours.
func (f *Folder) write(row resolve.Row, count *task.Folder) error {
	if f == nil {
		return nil
	}
	name := f.file(row.Row)
	text, ok := f.text(row.Cells)
	file := f.path(name)
	old, err := f.look(file)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		if !errors.Is(err, errLeaves) && !errors.Is(err, atomicfile.ErrNotRegular) && !errors.As(err, new(*atomicfile.LinkError)) {
			return err
		}
		count.FilesTaken++ // another program put it there during the run
		return nil
	case !ok && err == nil && f.made(name, old):
		return os.Remove(file)
	case !ok, err == nil && old == sha256.Sum256(text):
		return nil
	case err == nil && (!f.out.Overwrite && !f.made(name, old) || table.OpenMark(file) != ""):
		count.FilesTaken++ // another program changed it during the run, or has it open
		return nil
	}
	count.FilesWritten++
	mode := f.mode(row.Row)
	if err := os.MkdirAll(filepath.Dir(file), folderMode(mode)); err != nil {
		return err
	}
	w, err := atomicfile.Create(file, mode)
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.Write(text); err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	f.synced[filepath.Dir(file)] = true
	return w.Place(func() error {
		return f.out.Journal.Commit(&journal.Commit{Sandbox: f.out.Sandbox, Output: f.key(name), SHA256: hex.EncodeToString(sum[:])})
	})
}

// mode returns the mode of the file of a row: that of its document or of the table.
func (f *Folder) mode(row table.Row) fs.FileMode {
	info := f.source.Stat().Info
	if row.Path != "" {
		info, _ = os.Stat(row.Path)
	}
	if info == nil { // the document was removed during the run
		return 0o600
	}
	return info.Mode().Perm() | 0o200
}

// text returns the content of a row's file: the completion, or several completions, each under the name of its column. ok is false unless
// at least one cell is completed and the others are completed or blank.
func (f *Folder) text(cells []resolve.Cell) (text []byte, ok bool) {
	var b bytes.Buffer
	for i := range cells {
		c := &cells[i]
		switch {
		case c.Standing == resolve.Blank:
			continue
		case c.Result == nil || c.Result.State != task.Completed:
			return nil, false
		case len(cells) > 1:
			fmt.Fprintf(&b, "## %s\n\n", f.out.Settings.Columns[i].CompletionColumn)
		}
		b.WriteString(strings.TrimRight(c.Result.Completion, "\n"))
		b.WriteString("\n")
		if i < len(cells)-1 {
			b.WriteString("\n")
		}
	}
	return b.Bytes(), b.Len() > 0
}

// file returns the slash-separated name of a row's file, relative to the folder.
func (f *Folder) file(row table.Row) string {
	var name string
	switch {
	case f.name != nil:
		text, _ := f.name.AppendTo(nil, func(column string) string {
			if i, ok := f.at[column]; ok && i < len(row.Values) {
				return row.Values[i]
			}
			v, _ := row.Value(column)
			return v
		})
		name = string(text)
	case row.Path != "":
		name = strings.TrimSuffix(row.Rel, path.Ext(row.Rel))
	}
	if name = cleanName(name); name == "" {
		name = fmt.Sprintf("row-%d", row.Line)
		if row.Sheet != "" {
			name = cleanName(row.Sheet) + "/" + name
		}
	}
	return name + outExtension
}

// device matches the names that Windows keeps for devices, with any extension.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)`)

// cleanName turns a text into a relative path that every operating system accepts. Its parts keep their letters; forbidden characters are
// replaced or removed.
func cleanName(text string) string {
	var parts []string
	for part := range strings.SplitSeq(text, "/") {
		part = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*\`, r) || r == unicode.ReplacementChar {
				return '_'
			}
			return r
		}, part)
		part = strings.TrimLeft(strings.TrimRight(strings.TrimSpace(part), ". "), ".")
		if len(part) > maxOutName {
			end := maxOutName
			for !utf8.RuneStart(part[end]) {
				end--
			}
			part = strings.TrimRight(part[:end], ". ")
		}
		if device.MatchString(part) {
			part = "_" + part
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

func (f *Folder) path(name string) string {
	return filepath.Join(f.out.Settings.OutDir, filepath.FromSlash(name))
}

// key returns the name of the file in the journal.
func (f *Folder) key(name string) string { return filepath.Base(f.out.Settings.OutDir) + "/" + name }
