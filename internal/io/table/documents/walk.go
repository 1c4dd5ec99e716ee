package documents

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// IsPattern reports whether a name that is not the name of a file can match several files.
func IsPattern(arg string) bool { return strings.ContainsAny(arg, "*?[{") }

// walk looks for files below a folder. It does not follow links to folders, so it terminates.
type walk struct {
	options  table.Options
	root     string
	pattern  string   // "" matches every file
	segments []string // of the pattern

	list   []document
	hidden int            // the number of files and folders that were ignored
	missed map[string]int // the extensions of files that the pattern does not match, with their numbers
}

// Finds reports whether folders and patterns among the arguments lead to a text file with a name, which need not be there yet.
func Finds(args []string, name string) bool {
	if _, isTable := table.FormatOf(name); isTable && !table.MayBeText(name) || isOwn(filepath.Base(name)) {
		return false
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		w := &walk{root: arg}
		switch info, err := os.Stat(arg); {
		case err != nil && IsPattern(arg):
			w.root, w.pattern = doublestar.SplitPattern(path.Clean(filepath.ToSlash(arg)))
			w.segments = strings.Split(w.pattern, "/")
		case err != nil, !info.IsDir():
			return false
		}
		root, rootErr := filepath.Abs(filepath.FromSlash(w.root))
		file, err := filepath.Abs(name)
		rel, relErr := filepath.Rel(root, file)
		if rootErr != nil || err != nil || relErr != nil || !filepath.IsLocal(rel) {
			return false
		}
		rel = filepath.ToSlash(rel)
		hidden := func(part string) bool { return strings.HasPrefix(part, ".") && !w.namesDot(part) }
		return w.matches(rel) && !slices.ContainsFunc(strings.Split(rel, "/"), hidden)
	})
}

// leadsOut reports whether a link leads out of the folder. Such a link is not followed: anyone who can put a file among the documents
// could otherwise have any other file sent.
func (w *walk) leadsOut(link string) bool {
	target, err := filepath.EvalSymlinks(link)
	root, rootErr := filepath.EvalSymlinks(w.root)
	if err == nil && rootErr == nil {
		target, err = filepath.Abs(target)
		root, rootErr = filepath.Abs(root)
	}
	if err != nil || rootErr != nil {
		return true
	}
	rel, err := filepath.Rel(root, target)
	return err != nil || !filepath.IsLocal(rel)
}

// folder adds every file below a folder.
func (f *found) folder(arg string) error {
	w := &walk{options: f.options, root: filepath.Clean(arg)}
	if err := w.walk(); err != nil {
		return err
	}
	if len(w.list) == 0 {
		return &table.Error{Name: arg, Msg: messages.Sprintf("the folder contains no files"), Hint: w.emptyHint()}
	}
	f.take(w.list)
	return nil
}

// pattern adds the files that a pattern matches.
func (f *found) pattern(arg string) error {
	clean := path.Clean(filepath.ToSlash(arg))
	if !doublestar.ValidatePattern(clean) {
		return &table.Error{Name: arg, Msg: messages.Sprintf("neither a valid pattern nor the name of a file"),
			Hint: messages.Sprintf("close its brackets and braces, or specify a folder")}
	}
	base, rest := doublestar.SplitPattern(clean)
	w := &walk{options: f.options, root: filepath.FromSlash(base), pattern: rest, segments: strings.Split(rest, "/"), missed: map[string]int{}}
	switch info, err := os.Stat(w.root); {
	case errors.Is(err, fs.ErrNotExist):
		return &table.Error{Name: arg, Msg: messages.Sprintf("folder %s does not exist", table.Printable(w.root)),
			Hint: nearestPath(w.root), Err: fs.ErrNotExist}
	case err != nil:
		return table.OpenError(w.root, err)
	case !info.IsDir():
		return &table.Error{Name: arg, Msg: messages.Sprintf("%s is not a folder", table.Printable(w.root)), Hint: hintPattern}
	}
	if err := w.walk(); err != nil {
		return err
	}
	if len(w.list) == 0 {
		return &table.Error{Name: arg, Msg: messages.Sprintf("no file matches the pattern"), Hint: w.emptyHint()}
	}
	f.take(w.list)
	return nil
}

// emptyHint returns a hint about what exists where nothing was found.
func (w *walk) emptyHint() messages.Text {
	below := filepath.ToSlash(filepath.Join(w.root, "**"))
	switch {
	case len(w.missed) > 0:
		list := slices.SortedFunc(maps.Keys(w.missed), func(a, b string) int {
			return cmp.Or(cmp.Compare(w.missed[b], w.missed[a]), cmp.Compare(a, b))
		})
		found, root := table.Printable(strings.Join(list[:min(len(list), 5)], ", ")), table.Printable(w.root)
		if !slices.Contains(w.segments, "**") {
			return messages.Sprintf("%s has other files (%s); use ** to search subfolders too", root, found)
		}
		return messages.Sprintf("%s has other files (%s)", root, found)
	case w.pattern != "" && !slices.Contains(w.segments, "**"):
		return messages.Sprintf("use ** to search subfolders too, as in %s/*.md", table.Printable(below))
	case w.hidden > 0:
		return messages.Sprintf("hidden files match only a pattern that includes their dot, such as %s/.*", table.Printable(below))
	}
	return hintPattern
}

// walk finds the files and sorts them by path.
func (w *walk) walk() error {
	err := w.dir("")
	slices.SortFunc(w.list, func(a, b document) int { return cmp.Compare(a.rel, b.rel) })
	return err
}

// dir searches a folder below the root.
func (w *walk) dir(rel string) error {
	dir := filepath.Join(w.root, filepath.FromSlash(rel))
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) && rel != "" {
		return nil // it has been removed in the meantime
	}
	if err != nil {
		return table.OpenError(dir, err)
	}
	for _, e := range entries {
		if err := w.entry(path.Join(rel, e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) entry(rel string, e fs.DirEntry) error {
	switch {
	case strings.HasPrefix(e.Name(), ".") && !w.namesDot(e.Name()):
		w.hidden++
	case e.IsDir() && w.descends(rel):
		return w.dir(rel)
	case e.IsDir():
	default:
		return w.file(rel, e)
	}
	return nil
}

// file adds a file that the pattern matches. Links to folders that it would have to follow are counted.
func (w *walk) file(rel string, e fs.DirEntry) error {
	link := e.Type()&fs.ModeSymlink != 0
	if !w.matches(rel) && !(link && w.descends(rel)) {
		w.miss(rel)
		return nil
	}
	d := document{path: filepath.Join(w.root, filepath.FromSlash(rel)), rel: rel}
	var err error
	if link {
		d.info, err = os.Stat(d.path)
	} else {
		d.info, err = e.Info()
	}
	switch {
	case err != nil && link:
		d.kind = brokenKind
	case errors.Is(err, fs.ErrNotExist):
		return nil // it has been removed in the meantime
	case err != nil:
		return table.OpenError(d.path, err)
	case link && d.info.IsDir():
		d.kind = linkedKind
	case link && w.leadsOut(d.path):
		d.kind = outsideKind
	default:
		d.kind = kindOf(d.path, d.info, w.options)
	}
	if d.kind == linkedKind || w.matches(rel) {
		w.list = append(w.list, d)
	}
	return nil
}

// miss records a file that the pattern does not match.
func (w *walk) miss(rel string) {
	if base := path.Base(rel); !isOwn(base) {
		w.missed[cmp.Or(table.Extension(base), base)]++
	}
}

func (w *walk) matches(rel string) bool {
	return w.pattern == "" || doublestar.MatchUnvalidated(w.pattern, rel)
}

// descends reports whether the pattern may match a file below a folder. It may return true needlessly, but never false wrongly.
func (w *walk) descends(rel string) bool {
	if w.pattern == "" {
		return true
	}
	depth := strings.Count(rel, "/") + 1
	top := strings.Join(w.segments[:min(depth, len(w.segments))], "/")
	switch {
	case strings.Contains(top, "**"):
		return true
	case depth >= len(w.segments):
		return false
	case strings.Contains(top, "{") || !doublestar.ValidatePattern(top):
		return true // cut within braces or brackets
	}
	return doublestar.MatchUnvalidated(top, rel)
}

// namesDot reports whether a part of the pattern that begins with a dot matches a hidden name.
func (w *walk) namesDot(name string) bool {
	for _, s := range w.segments {
		if strings.HasPrefix(s, ".") || strings.Contains(s, "{.") || strings.Contains(s, ",.") {
			if doublestar.MatchUnvalidated(s, name) {
				return true
			}
		}
	}
	return false
}
