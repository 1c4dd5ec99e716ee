package prompt

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// The limits of a request (fact sheet of the API, 4.1 and 5.3).
const (
	maxImages     = 10
	maxMediaBytes = 80 << 20 // of images and audio
)

// typeError means that the service does not accept a file.
type typeError struct{ msg messages.Text }

func (e *typeError) Error() string          { return e.msg.String() }
func (e *typeError) Message() messages.Text { return e.msg }

// attached returns the files sent with a row, each content once: the document itself, or the files that a cell names.
func (f *Files) attached(src table.Source, row table.Row, cell string) ([]task.Attachment, error) {
	paths := []string{row.Path}
	if !row.Upload {
		paths = f.paths(cell)
	}
	var all []task.Attachment
	for _, p := range paths {
		a, err := f.attachment(fileName{p, row.Upload})
		if err != nil {
			problem, hint := f.problem(p, row.Upload, err)
			return nil, &FileError{table.RowError(src, row, problem, hint)}
		}
		if !slices.ContainsFunc(all, func(b task.Attachment) bool { return b.Hash == a.Hash }) {
			all = append(all, a)
		}
	}
	if problem := tooMany(all); !problem.IsZero() {
		return nil, table.RowError(src, row, problem, messages.Sprintf("put each file in a separate row"))
	}
	return all, nil
}

// FileError means that a file cannot be attached.
type FileError struct {
	Row *table.Error
}

func (e *FileError) Error() string { return e.Row.Error() }
func (e *FileError) Unwrap() error { return e.Row }

// Message returns the text of Error for any language.
func (e *FileError) Message() messages.Text { return e.Row.Message() }

// problem says why a file cannot be attached, and what to do.
func (f *Files) problem(path string, own bool, err error) (problem, hint messages.Text) {
	problem = messages.Sprintf("the file %q %v", path, err)
	hint = messages.Sprintf("paths are relative to %s; choose another folder with --attach-root", f.name)
	if errors.Is(err, fs.ErrNotExist) {
		problem = messages.Sprintf("the file %q does not exist", path)
	}
	if own || errors.As(err, new(*typeError)) {
		hint = messages.Sprintf("accepted types: %s", strings.Join(gigachat.FileExtensions(), ", "))
	}
	return problem, hint
}

// maxAbsent limits how many files Absent names.
const maxAbsent = 100

// Absent returns an error with all the files that cannot be attached to the selected rows, or first if that is the only one. The files of
// columns that use the answers of others are not known yet.
func (c *Columns) Absent(src table.Source, sel *spec.Selector, first *FileError) error {
	var named []messages.Text
	var hint messages.Text
	seen := map[string]bool{}
	for row, err := range src.Rows() {
		if err != nil {
			return first
		}
		if !sel.Has(row) {
			continue
		}
		for _, r := range c.List {
			if r.Spec.Attach == "" || len(r.Needs) > 0 || r.excludes(row) {
				continue
			}
			for _, path := range r.files.paths(r.cell(row, r.Spec.Attach)) {
				_, err := r.files.attachment(fileName{path, false})
				if err == nil || seen[path] {
					continue
				}
				seen[path] = true
				problem, how := r.files.problem(path, false, err)
				if len(named) == 0 || errors.Is(err, fs.ErrNotExist) {
					hint = how
				}
				switch {
				case len(named) >= maxAbsent:
				case row.Sheet != "":
					named = append(named, messages.Sprintf("%s (row %d of sheet %q)", problem, row.Line, row.Sheet))
				default:
					named = append(named, messages.Sprintf("%s (row %d)", problem, row.Line))
				}
			}
		}
	}
	if len(seen) < 2 {
		return first
	}
	if more := len(seen) - len(named); more > 0 {
		named = append(named, messages.Sprintf("and %d more", more))
	}
	msg := messages.Sprintf("%d {file|files} cannot be attached: %s", len(seen), messages.Join(named, "; "))
	return &table.Error{Name: src.Name(), Msg: msg, Hint: hint}
}

// paths returns the paths in a cell, which contains a JSON list, a single path, or paths separated by semicolons or line breaks.
func (f *Files) paths(cell string) []string {
	cell = strings.TrimSpace(cell)
	if strings.HasPrefix(cell, "[") {
		var list []string
		if json.Unmarshal([]byte(cell), &list) == nil {
			return list
		}
	}
	list := []string{cell}
	if cell != "" && !f.has(cell) {
		list = strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' || r == '\r' || r == ';' })
	}
	var paths []string
	for _, p := range list {
		if p = strings.TrimSpace(p); p != "" {
			paths = append(paths, p)
		}
	}
	return paths
}

// tooMany returns which limit of a request the files exceed, or the empty Text if none.
func tooMany(files []task.Attachment) messages.Text {
	var documents, images int
	var media int64
	for _, f := range files {
		switch f.Kind.Class {
		case "document":
			documents++
		case "image":
			images++
			media += f.Size
		default:
			media += f.Size
		}
	}
	switch {
	case documents > 1:
		return messages.Sprintf("%d {document|documents} attached, but the service reads only the first document of a request", documents)
	case images > maxImages:
		return messages.Sprintf("%d {image|images} attached, but the service accepts at most %d per request", images, maxImages)
	case media > maxMediaBytes:
		return messages.Sprintf("%d MB of images and audio attached, but the service accepts at most %d MB per request", media>>20, maxMediaBytes>>20)
	}
	return messages.Text{}
}

// attach adds the placeholders of files to a request. A message can have one image, so each further image gets a separate message.
func attach(chat *gigachat.ChatRequest, files []task.Attachment) {
	if len(files) == 0 {
		return
	}
	last := len(chat.Messages) - 1
	messages, prompt := slices.Clone(chat.Messages[:last]), chat.Messages[last]
	var ids []string
	image := false
	for _, f := range files {
		if f.Kind.Class == "image" && image {
			messages = append(messages, gigachat.Message{Role: "user", Content: f.Name, Fields: attachments(f.Placeholder())})
			continue
		}
		image = image || f.Kind.Class == "image"
		ids = append(ids, f.Placeholder())
	}
	prompt.Fields = attachments(ids...)
	chat.Messages = append(messages, prompt)
}

// attachments returns the field of a message that names its files.
func attachments(ids ...string) map[string]json.RawMessage {
	raw, _ := json.Marshal(ids) // strings never fail
	return map[string]json.RawMessage{"attachments": raw}
}
