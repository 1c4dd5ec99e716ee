package jobs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// outDir is a folder that gets a file for each row: NAME.md with the completion. It is made anew for each pass, and is not safe for
// concurrent use.
type outDir struct {
	run    *Run
	source table.Source
	name   *spec.Template
	at     map[string]int
	seed   maphash.Seed
	seen   map[uint64]int // rows by the hash of their file's name
}

const (
	outExtension   = ".md"
	longestOutName = 200 // bytes of a part of a name
)

// outDir returns the folder of a pass, nil if there is none.
func (r *Run) outDir(src table.Source) (*outDir, error) {
	if r.Settings.OutDir == "" {
		return nil, nil
	}
	o := &outDir{run: r, source: src, at: map[string]int{}, seed: maphash.MakeSeed(), seen: map[uint64]int{}}
	for i, c := range src.Columns() {
		o.at[spec.ColumnName(c)] = i
	}
	if r.Settings.OutName == "" {
		return o, nil
	}
	var err error
	if o.name, err = spec.ParseTemplate(r.Settings.OutName); err != nil {
		return nil, &spec.UsageError{Msg: "--out-name: " + err.Error(), Hint: "a column is named {{column}}"}
	}
	for _, c := range o.name.Columns() {
		if _, ok := o.at[c]; !ok && !src.Has(c) {
			return nil, &spec.UsageError{Msg: fmt.Sprintf("--out-name: %s has no column %q", src.Name(), c), Hint: "the columns are " + spec.Quoted(spec.NamesOf(src))}
		}
	}
	return o, nil
}

// check refuses rows that would be written to one file, or over a file that is not ours. It is for a first pass.
func (o *outDir) check(row table.Row) error {
	if o == nil {
		return nil
	}
	if row.Path != "" && below(row.Path, o.run.Settings.OutDir) {
		return table.RowError(o.source, row, "the document lies in the folder for the answers", "choose an --out-dir outside of the documents")
	}
	name := o.file(row)
	sum := maphash.String(o.seed, strings.ToLower(name))
	if other, twice := o.seen[sum]; twice {
		return table.RowError(o.source, row, fmt.Sprintf("the file %s is that of row %d already", name, other), o.nameHint(row))
	}
	o.seen[sum] = row.Index + 1
	return o.mayWrite(row, name)
}

// nameHint says by which columns rows can be told apart.
func (o *outDir) nameHint(row table.Row) string {
	if row.Path != "" {
		return "name the files with --out-name '{{path}}'"
	}
	return "name the files with --out-name, by a column that differs in every row, such as '{{id}}'"
}

// below reports whether a path is one of a folder.
func below(path, folder string) bool {
	a, err := filepath.Abs(path)
	b, folderErr := filepath.Abs(folder)
	if err != nil || folderErr != nil {
		return false
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && filepath.IsLocal(rel)
}

func (o *outDir) mayWrite(row table.Row, name string) error {
	file := o.path(name)
	old, err := hashFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return table.RowError(o.source, row, fmt.Sprintf("%s cannot be written: %v", file, err), "choose another --out-dir or --out-name")
	case row.Path != "" && sameFile(row.Path, file):
		return table.RowError(o.source, row, file+" would replace the document itself", "choose another --out-dir")
	case o.run.Overwrite || o.made(name, old):
		return nil
	}
	return table.RowError(o.source, row, file+" exists and is not what this journal wrote last", "choose another --out-dir, or replace it with --overwrite")
}

func (o *outDir) made(name string, sum [32]byte) bool {
	return o.run.journal != nil && o.run.journal.Made(o.key(name), sum)
}

// write writes the file of a row that is completed, and removes one of ours where the row is so no longer.
func (o *outDir) write(row table.Row, cells []cell, sum *task.Summary) error {
	if o == nil {
		return nil
	}
	name := o.file(row)
	text, ok := o.text(cells)
	file := o.path(name)
	old, err := hashFile(file)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case !ok && err == nil && o.made(name, old):
		return os.Remove(file)
	case !ok, err == nil && old == sha256.Sum256(text):
		return nil
	case err == nil && !o.run.Overwrite && !o.made(name, old):
		sum.FilesTaken++ // changed by somebody else during the run
		return nil
	}
	sum.FilesWritten++
	return o.put(name, text)
}

func (o *outDir) put(name string, text []byte) error {
	file := o.path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	f, err := atomicfile.Create(file, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	return f.Commit(func() error {
		return o.run.journal.Commit(&journal.Commit{Sandbox: o.run.Sandbox, Output: o.key(name), SHA256: hex.EncodeToString(sum[:])})
	})
}

// text is the content of a row's file: its completion, or each of several under its name. There is none unless all are completed or blank.
func (o *outDir) text(cells []cell) ([]byte, bool) {
	var b bytes.Buffer
	for i := range cells {
		c := &cells[i]
		switch {
		case c.standing == blank:
			continue
		case c.result == nil || c.result.State != task.Completed:
			return nil, false
		case len(cells) > 1:
			fmt.Fprintf(&b, "## %s\n\n", o.run.Settings.Columns[i].CompletionColumn)
		}
		b.WriteString(strings.TrimRight(c.result.Completion, "\n"))
		b.WriteString("\n")
		if i < len(cells)-1 {
			b.WriteString("\n")
		}
	}
	return b.Bytes(), b.Len() > 0
}

// file is the name of a row's file below the folder, with slashes.
func (o *outDir) file(row table.Row) string {
	var name string
	switch {
	case o.name != nil:
		text, _ := o.name.AppendTo(nil, func(c string) string { return o.value(row, c) })
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

func (o *outDir) value(row table.Row, column string) string {
	if i, ok := o.at[column]; ok && i < len(row.Values) {
		return row.Values[i]
	}
	v, _ := row.Value(column)
	return v
}

// cleanName makes of a text a path that every system takes, below the folder: its parts keep their letters and lose what names must not have.
func cleanName(text string) string {
	var parts []string
	for part := range strings.SplitSeq(filepath.ToSlash(text), "/") {
		part = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*\`, r) || r == unicode.ReplacementChar {
				return '_'
			}
			return r
		}, part)
		part = strings.TrimLeft(strings.TrimRight(strings.TrimSpace(part), ". "), ".")
		if len(part) > longestOutName {
			end := longestOutName
			for !utf8.RuneStart(part[end]) {
				end--
			}
			part = strings.TrimRight(part[:end], ". ")
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

func (o *outDir) path(name string) string {
	return filepath.Join(o.run.Settings.OutDir, filepath.FromSlash(name))
}

// key is how the journal names the file.
func (o *outDir) key(name string) string { return filepath.Base(o.run.Settings.OutDir) + "/" + name }
