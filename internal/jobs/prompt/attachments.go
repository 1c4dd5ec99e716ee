package prompt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/task"
)

// The limits of a request (fact sheet of the API, 4.1 and 5.3).
const (
	maxImages     = 10
	maxMediaBytes = 80 << 20
)

// attached are the files that go with a row.
func (a *Renderer) attached(row table.Row) ([]task.Attachment, error) {
	paths, err := a.paths(row)
	if err != nil {
		return nil, err
	}
	var all []task.Attachment
	for _, p := range paths {
		f, err := a.files.attachment(fileName{p, row.Upload})
		if err != nil {
			return nil, table.RowError(a.Source, row, fmt.Sprintf("the file %q %s", p, attachProblem(err)), a.attachHint(row, err))
		}
		if !slices.ContainsFunc(all, func(g task.Attachment) bool { return g.Hash == f.Hash }) {
			all = append(all, f)
		}
	}
	if problem := tooMany(all); problem != "" {
		return nil, table.RowError(a.Source, row, problem, "give each of them a row of its own")
	}
	return all, nil
}

// paths are the paths of the files that go with a row: of the document itself, or those in the attach column.
func (a *Renderer) paths(row table.Row) ([]string, error) {
	if row.Upload {
		return []string{row.Path}, nil
	}
	if a.Spec.Attach == "" {
		return nil, nil
	}
	cell := strings.TrimSpace(a.cell(row, a.Spec.Attach))
	if strings.HasPrefix(cell, "[") {
		var list []string
		if json.Unmarshal([]byte(cell), &list) == nil {
			return list, nil
		}
	}
	if cell == "" || a.files.has(cell) {
		return nonEmpty([]string{cell}), nil
	}
	return nonEmpty(strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' || r == '\r' || r == ';' })), nil
}

func nonEmpty(list []string) []string {
	var all []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// attachProblem says why a file cannot be attached.
func attachProblem(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "is not there"
	}
	return err.Error()
}

func (a *Renderer) attachHint(row table.Row, err error) string {
	if row.Upload || errors.As(err, new(*TypeError)) {
		return "the service takes " + strings.Join(gigachat.FileExtensions(), ", ")
	}
	return fmt.Sprintf("paths are below %s; another folder is named with --attach-root", a.files.rootName())
}

// TypeError says that the service does not take a file.
type TypeError struct{ msg string }

func (e *TypeError) Error() string { return e.msg }

// tooMany says which limit of a request the files break, "" if none.
func tooMany(files []task.Attachment) string {
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
		return fmt.Sprintf("%d documents are attached, and the service reads only the first of a request", documents)
	case images > maxImages:
		return fmt.Sprintf("%d images are attached, and the service takes %d in a request", images, maxImages)
	case media > maxMediaBytes:
		return fmt.Sprintf("images and sounds of %d MB are attached, and the service takes %d MB in a request", media>>20, maxMediaBytes>>20)
	}
	return ""
}

// attach puts files into a request, by their content. A message takes one image, so that each further one has a message of its own.
func attach(r *gigachat.ChatRequest, files []task.Attachment) {
	if len(files) == 0 {
		return
	}
	last := len(r.Messages) - 1
	messages := slices.Clone(r.Messages[:last])
	ask := r.Messages[last]
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
	ask.Fields = attachments(ids...)
	r.Messages = append(messages, ask)
}

// attachments is the field of a message that names its files.
func attachments(ids ...string) map[string]rawJSON {
	raw, _ := json.Marshal(ids) // texts can always be written
	return map[string]rawJSON{"attachments": raw}
}
