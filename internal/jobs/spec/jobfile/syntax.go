package jobfile

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"gigabatch/internal/messages"
)

// The limits of a job file bound the time and memory that a file can take.
const (
	maxBytes  = 1 << 20
	maxWeight = 10_000 // values with aliases expanded; a text counts one more per textWeight bytes
	maxNested = 50

	textWeight = 128
)

// parse parses the only document of a job file.
func parse(data []byte) (*node, error) {
	text, err := clean(data)
	if err != nil {
		return nil, err
	}
	var doc, second yaml.Node
	documents := yaml.NewDecoder(strings.NewReader(text))
	switch err := decode(documents, &doc); {
	case errors.Is(err, io.EOF):
		return &node{place: place{1, 1}}, nil
	case err != nil:
		return nil, syntaxError(text)
	}
	b := newBuilder(text)
	if at := (place{doc.Line, doc.Column}); b.rune(at) == '%' {
		return nil, hasDirective(at)
	}
	root, err := b.node(doc.Content[0])
	if err != nil {
		return nil, err
	}
	switch err := decode(documents, &second); {
	case errors.Is(err, io.EOF):
		return root, nil
	case err != nil:
		return nil, syntaxError(text)
	}
	return nil, secondDocument(place{second.Line, second.Column})
}

// blankTabs matches a blank line that begins with a tab.
var blankTabs = regexp.MustCompile(`(?m)^\t[ \t]*$`)

// clean checks the bytes of a file and returns its text with \n at the end of each line.
func clean(data []byte) (string, error) {
	if len(data) > maxBytes {
		return "", &Error{Msg: messages.Sprintf("the file is larger than %d KiB", maxBytes>>10),
			Hint: messages.Sprintf("move long texts to separate files, for example with prompt_file")}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	text = blankTabs.ReplaceAllString(text, "") // the library rejects them
	at := place{1, 1}
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			return "", wrong(at, messages.Sprintf("save the file as UTF-8"), "the file is not UTF-8")
		case noText(r):
			return "", wrong(at, messages.Sprintf(`write it as an escape in double quotes, for example "\e"`),
				"character %U is not allowed in a text file", r)
		case r == '\n':
			at = place{at.line + 1, 0}
		}
		at.col++
	}
	return strings.TrimSuffix(text, "\n") + "\n", nil
}

// noText reports whether YAML allows the character only as an escape, or the library mistakes it for a line break.
func noText(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 ||
		r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff'
}

// decode calls Decode of the library and turns its panics into errors.
func decode(d *yaml.Decoder, v *yaml.Node) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the YAML library panicked")
		}
	}()
	return d.Decode(v)
}
