package board

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/rooted"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// folder is the served folder with its tables. It is safe for concurrent use.
type folder struct {
	dir  string
	root *rooted.Folder
	hint func(error) messages.Text
}

// path returns the path of a file of the folder. The file must be a regular one inside the folder.
func (o *folder) path(name string) (string, error) {
	_, err := o.root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		switch all := o.spelled(name); len(all) {
		case 0:
		case 1:
			name = all[0]
			_, err = o.root.Stat(name)
		default:
			msg := messages.Sprintf("several tables have names that are shown as %q", name)
			return "", &spec.UsageError{Msg: msg, Hint: messages.Sprintf("rename the tables")}
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &spec.UsageError{Msg: messages.Sprintf("%q is not in the folder", name), Hint: messages.Sprintf("it may have been moved or renamed")}
	case errors.Is(err, rooted.ErrOutside):
		msg := messages.Sprintf("%q is outside the folder", name)
		return "", &spec.UsageError{Msg: msg, Hint: messages.Sprintf("choose a file in the folder, or drop the file here")}
	case err != nil:
		return "", &spec.UsageError{Msg: messages.Sprintf("cannot open %q: %v", name, err), Hint: messages.Sprintf("choose another file in the folder")}
	}
	return filepath.Join(o.dir, filepath.FromSlash(name)), nil
}

// Stat describes a file of the folder, or returns the reason why it is not opened.
func (o *folder) Stat(name string) (fs.FileInfo, error) { return o.root.Stat(name) }

// spelled returns the names of the tables that the page shows as name because their real names are not UTF-8.
func (o *folder) spelled(shown string) (found []string) {
	if !strings.ContainsRune(shown, utf8.RuneError) {
		return nil
	}
	o.walk(false, func(rel string, _ fs.DirEntry, _ error) {
		if spec.InJSON(filepath.ToSlash(rel)) == shown {
			found = append(found, rel)
		}
	})
	return found
}

// Below returns the name of a file relative to the folder, "" for no file and for standard output.
func (o *folder) Below(path string) string {
	if path == "" || path == "-" {
		return ""
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Base(path)
	}
	if rel, err := filepath.Rel(o.dir, abs); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// walk visits what is below the folder, except what folders that are links contain. err is set for a folder that cannot be read; d may be nil
// then. Hidden folders are skipped or, with hidden, visited last; those of version control and of deleted files are always skipped.
func (o *folder) walk(hidden bool, visit func(rel string, d fs.DirEntry, err error)) {
	seen := 0
	var later []string
	from := func(start string) {
		filepath.WalkDir(start, func(path string, d fs.DirEntry, err error) error {
			if seen++; seen > maxEntries {
				return filepath.SkipAll
			}
			rel, relErr := filepath.Rel(o.dir, path)
			if relErr != nil {
				return nil
			}
			if d != nil && d.IsDir() && path != start {
				switch {
				case strings.Count(rel, string(filepath.Separator)) >= maxDepth, unsearched(d.Name()):
					return filepath.SkipDir
				case strings.HasPrefix(d.Name(), ".") && err == nil:
					later = append(later, path)
					return filepath.SkipDir
				}
			}
			visit(rel, d, err)
			return nil
		})
	}
	from(o.dir + string(filepath.Separator) + ".") // the folder itself may be a link
	for hidden && len(later) > 0 {
		next := later[0]
		later = later[1:]
		from(next)
	}
}

// unsearched reports whether the name of a folder says that it has no runs of the user.
func unsearched(name string) bool {
	return name == ".git" || name == ".hg" || name == ".svn" || strings.HasPrefix(name, ".Trash") || name == ".gigabatch-chats"
}

// MayRead returns the reason why a journal of the folder is not read: an fs.ErrNotExist, or an error for people.
func (o *folder) MayRead(rel string) error {
	info, err := o.root.Lstat(rel)
	switch {
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s is a link, and links in the folder are not followed", rel),
			Hint: messages.Sprintf("serve the folder that the link leads to"),
		}
	}
	return journal.CheckRegular(filepath.Join(o.dir, rel))
}

// NameOf returns the name of a file relative to the folder, or its path if it is not in the folder. PlaceOf is its inverse.
func (o *folder) NameOf(path string) string {
	if path == "" || !rooted.IsBelow(o.dir, path) {
		return path
	}
	return o.Below(path)
}

func (o *folder) PlaceOf(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.dir, filepath.FromSlash(name))
}

// IsFolder reports whether a name is that of a folder in the folder. A hidden one is none.
func (o *folder) IsFolder(name string) bool {
	if hidden := func(part string) bool { return strings.HasPrefix(part, ".") }; slices.ContainsFunc(strings.Split(filepath.ToSlash(name), "/"), hidden) {
		return false
	}
	info, err := o.root.Lstat(name)
	return err == nil && info.IsDir()
}

// DocumentsOf returns the name of the folder of documents that a run asks about, "" if it is not one folder of the folder.
func (o *folder) DocumentsOf(set *spec.Settings) string {
	if len(set.Documents) != 1 || !rooted.IsBelow(o.dir, set.Documents[0]) {
		return ""
	}
	if info, err := os.Stat(set.Documents[0]); err != nil || !info.IsDir() {
		return ""
	}
	return o.Below(set.Documents[0])
}

// AnchorOf returns the path in whose place a table with the documents of a folder would be: its journal lies beside it.
func (o *folder) AnchorOf(documents string) string {
	return spec.OutputPath(o.PlaceOf(documents)+".csv", false)
}

// Upload is a file that was added to the folder.
type Upload struct {
	Name     string `json:"name"`
	Size     int64  `json:"size"`
	Existing bool   `json:"existing"` // the folder already had the same file
}

// ErrTooLarge reports that a file exceeds the limit.
var ErrTooLarge = messages.Errorf("the file is too large")

// Receive adds a table to the folder, or a document to a folder in it, which is made if there is none. The file appears when it is complete; if
// another file has its name by then, a number is added to the name. A file of more than maxBytes is an ErrTooLarge. After an error no file is
// left in the folder.
func (o *folder) Receive(documents, name string, content io.Reader, maxBytes int64) (*Upload, error) {
	kind := tableFile
	if documents != "" {
		kind = documentFile
	}
	name, err := fileName(name, kind)
	if err != nil {
		return nil, err
	}
	dir := o.dir
	if documents != "" {
		if documents, err = fileName(documents, folderName); err != nil {
			return nil, err
		}
		dir = filepath.Join(o.dir, documents)
		if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if !o.IsFolder(documents) {
			return nil, &spec.UsageError{
				Msg: messages.Sprintf("%q is no folder for documents", documents), Hint: messages.Sprintf("choose another name for the folder"),
			}
		}
	}
	f, err := atomicfile.CreateNew(dir, 0o666)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(content, maxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case n > maxBytes:
		return nil, ErrTooLarge
	case n == 0:
		return nil, &spec.UsageError{Msg: messages.Sprintf("the file %q is empty", name), Hint: messages.Sprintf("choose a file with rows")}
	}
	for i := 1; ; i++ {
		spare := numbered(name, i)
		up := &Upload{Name: path.Join(documents, spare), Size: n}
		switch err := f.Name(spare); {
		case err == nil:
			return up, nil
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		case o.hasContent(up.Name, n, h.Sum(nil)):
			up.Existing = true
			return up, nil
		}
	}
}

// maxNameBytes is the largest length of the name of a table, without its extension.
const maxNameBytes = 180

// The kinds of names that an upload has.
const (
	tableFile = iota
	documentFile
	folderName
)

// fileName returns a name without a folder that is valid on every system. The name must have the extension of its kind. Characters that a
// system cannot store, or that change the order in which a name is read, are replaced; a name that Windows reserves is refused.
func fileName(name string, kind int) (string, error) {
	name = strings.ReplaceAll(name, `\`, "/")
	mark := table.IsOpenMark(name)
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*`, r) || r == unicode.ReplacementChar || unicode.Is(directions, r) {
			return '_'
		}
		return r
	}, name[strings.LastIndex(name, "/")+1:])
	name = strings.TrimLeft(strings.TrimRight(strings.TrimSpace(name), ". "), ".")
	_, isTable := table.FormatOf(name)
	ext := filepath.Ext(name)
	switch {
	case kind == folderName:
		ext = ""
	case mark, kind == tableFile && !isTable:
		return "", notTable(name)
	case kind == documentFile && !jobs.IsDocument(name):
		return "", &spec.UsageError{
			Msg: messages.Sprintf("%q is no document", name), Hint: messages.Sprintf("choose a text, a PDF, a picture or a document of an office program"),
		}
	}
	base := strings.TrimSuffix(name, ext)
	if len(base) > maxNameBytes {
		base = strings.ToValidUTF8(base[:maxNameBytes], "")
	}
	base = strings.TrimRight(base, ". ")
	if base == "" {
		base = "table"
	}
	if device, _, _ := strings.Cut(base, "."); reserved.MatchString(strings.TrimRight(device, " ")) {
		return "", &spec.UsageError{Msg: messages.Sprintf("%q is a name that Windows reserves for a device", name), Hint: messages.Sprintf("rename the file")}
	}
	return base + ext, nil
}

// reserved matches the names of devices, which Windows does not accept as names of files, with any extension
// (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])$`)

// directions are the characters that embed, isolate or override a direction of text.
var directions = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x202A, Hi: 0x202E, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1}}}

// numbered returns the ith variant of a name: "q.csv", "q (2).csv" …
func numbered(name string, i int) string {
	if i == 1 {
		return name
	}
	ext := filepath.Ext(name)
	return fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), i, ext)
}

// hasContent reports whether a file of the folder has the content with a size and a hash.
func (o *folder) hasContent(name string, size int64, sum []byte) bool {
	if info, err := o.root.Stat(name); err != nil || info.Size() != size {
		return false
	}
	f, err := o.root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return err == nil && bytes.Equal(h.Sum(nil), sum)
}
