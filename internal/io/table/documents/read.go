package documents

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/io/charset"
	"gigabatch/internal/io/stream"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// maxDocument is the maximum length of a text, in bytes.
const maxDocument = 64 << 20

func tooLong(path string) *table.Error {
	return &table.Error{Name: path, Msg: messages.Sprintf("the text is longer than 64 MiB"),
		Hint: messages.Sprintf("split it into several files, or leave it out")}
}

// reader reads documents, one after the other.
type reader struct {
	file bytes.Buffer
	text []byte
}

// fill completes a row with the content of its file.
func (r *reader) fill(row *table.Row, d *document) error {
	in, err := table.OpenAny(d.path)
	if err != nil {
		return err
	}
	defer in.Close()
	if d.kind == uploadKind {
		row.Upload = in.State.Size > 0
		return nil
	}
	if err := r.read(in); err != nil {
		return err
	}
	row.Values[len(row.Values)-1], row.Fault = r.content(d.path)
	if r.file.Cap() > stream.Size {
		r.file, r.text = bytes.Buffer{}, nil
	}
	return nil
}

func (r *reader) read(in *table.Input) error {
	r.file.Reset()
	r.file.Grow(int(min(in.State.Size, maxDocument)) + bytes.MinRead)
	n, err := r.file.ReadFrom(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return table.OpenError(in.Path, err)
	}
	if n > maxDocument {
		return tooLong(in.Path)
	}
	return nil
}

// content returns the text of the file that was read, and what is wrong with it.
func (r *reader) content(path string) (string, *table.Error) {
	b := r.file.Bytes()
	if utf8.Valid(b) && controls(b) == 0 {
		return string(bytes.TrimPrefix(b, []byte(charset.BOM))), nil
	}
	if !isText(b) {
		return "", &table.Error{Name: path, Msg: messages.Sprintf("not a text file despite its extension; it is read as empty"),
			Hint: messages.Sprintf("leave it out, or give it the right extension")}
	}
	guess, err := charset.DetectReader(bytes.NewReader(b))
	if err == nil {
		b, err = io.ReadAll(charset.NewReader(bytes.NewReader(b), guess.Encoding))
	}
	if err != nil {
		return "", &table.Error{Name: path, Msg: messages.Sprintf("cannot be read"), Err: err}
	}
	if guess.BOM {
		b = bytes.TrimPrefix(b, []byte(charset.BOM))
	}
	r.text = guess.Encoding.Decode(r.text[:0], b)
	if guess.Unsure {
		msg := messages.Sprintf("not sure about the encoding; the text is read as %s", guess.Encoding.Name())
		return string(r.text), &table.Error{Name: path, Msg: msg, Hint: messages.Sprintf("save the file as UTF-8")}
	}
	return string(r.text), textFault(path, b, guess.Encoding)
}

// textFault returns the first problem with a text, or nil.
func textFault(path string, b []byte, e *charset.Encoding) *table.Error {
	at := e.Bad(b)
	if at < 0 {
		return nil
	}
	before := string(e.Decode(nil, b[:at]))
	line, column := 1+strings.Count(before, "\n"), utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])+1
	return &table.Error{Name: path, Line: line, Msg: e.Damage(b[at], column), Hint: messages.Sprintf("fix the text, or save it as UTF-8")}
}
