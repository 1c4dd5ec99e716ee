package jobfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The limits of a job file. They keep the time and memory that any file takes within bounds.
const (
	maxBytes  = 1 << 20
	maxWeight = 10_000 // values, aliases expanded; a text counts one more for each textWeight bytes
	maxNested = 50

	textWeight = 128
)

// parse reads the one document of a job file.
func parse(data []byte) (*node, error) {
	text, err := clean(data)
	if err != nil {
		return nil, err
	}
	doc, err := document(text)
	if err != nil {
		return nil, err
	}
	return newBuilder(text).node(doc, -1)
}

// clean checks the bytes of a file and returns its text with \n at the end of each line.
func clean(data []byte) (string, error) {
	if len(data) > maxBytes {
		return "", &Error{Msg: fmt.Sprintf("the file is larger than %d KiB", maxBytes>>10), Hint: "put long texts into files of their own, such as prompt_file"}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	at := place{1, 1}
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			return "", wrong(at, "save the file as UTF-8", "the file is not UTF-8")
		case r < ' ' && r != '\n' && r != '\t', r == 0x7f, r == '\ufeff':
			return "", wrong(at, `write it as an escape in double quotes, such as "\e"`, "the character %U has no place in a text file", r)
		case r == '\n':
			at = place{at.line + 1, 0}
		}
		at.col++
	}
	return strings.TrimSuffix(text, "\n") + "\n", nil
}

// document is the root of the only document, nil if there is nothing but comments.
func document(text string) (root ast.Node, err error) {
	defer func() {
		if recover() != nil {
			root, err = nil, &Error{Msg: "the file cannot be read as YAML", Hint: hintQuotes}
		}
	}()
	tokens := slices.DeleteFunc(lexer.Tokenize(text), func(t *token.Token) bool { return t.Type == token.CommentType })
	if err := check(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(err, text)
	}
	if len(file.Docs) == 0 {
		return nil, nil
	}
	return file.Docs[0].Body, nil
}

// check refuses what is not read, and what is nested so deeply that reading it would take too long.
func check(tokens token.Tokens) error {
	flow, line, inLine := 0, 0, 0
	for i, t := range tokens {
		if err := checkToken(t, typeAt(tokens, i-1), typeAt(tokens, i+2)); err != nil {
			return err
		}
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingValueType:
			if flow <= 0 {
				inLine++
			}
		}
		if flow > maxNested || inLine > maxNested {
			return tooDeep(placeOf(t))
		}
	}
	return nil
}

// checkToken refuses the parts of YAML that job files do without. before is the token before, and next that after the next one.
func checkToken(t *token.Token, before, next token.Type) error {
	switch {
	case t.Type == token.TagType:
		return wrong(placeOf(t), "put quotes around a text that begins with !", "tags such as %s are not read", short(t.Value))
	case t.Type == token.DirectiveType:
		return wrong(placeOf(t), "delete the line, or put quotes around a text that begins with %", "directives are not read")
	case t.Type == token.MappingKeyType:
		return wrong(placeOf(t), "put quotes around a text that begins with ?", "a key is a text in front of a colon")
	case t.Type == token.AnchorType && next == token.AnchorType:
		return wrong(placeOf(t), "leave one of them out", "a value has one anchor")
	case before == token.DocumentEndType, before != token.UnknownType && t.Type == token.DocumentHeaderType:
		return wrong(placeOf(t), "put each job into a file of its own", "a job file has one document, and here a second begins")
	}
	return nil
}

// typeAt is the type of a token, unknown if there is none.
func typeAt(tokens token.Tokens, i int) token.Type {
	if i < 0 || i >= len(tokens) {
		return token.UnknownType
	}
	return tokens[i].Type
}

func tooDeep(at place) error {
	return wrong(at, "write it in fewer levels", "values are nested more than %d deep", maxNested)
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

const hintQuotes = "put quotes around texts with : # { [ or quotes in them, or write them below a |"

// syntaxError is the library's error as one line.
func syntaxError(err error, text string) error {
	var e interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if !errors.As(err, &e) {
		return &Error{Msg: "the file cannot be read as YAML", Hint: hintQuotes}
	}
	at := placeOf(e.GetToken())
	lines := strings.Split(text, "\n")
	line := lines[min(at.line, len(lines))-1]
	switch {
	case strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		return wrong(at, "indent with spaces", "the line begins with a tab")
	case strings.Contains(line, "{{"):
		return wrong(at, `put quotes around a text with braces: "… {{text}}", or write it below a |`, "not YAML: %s", e.GetMessage())
	}
	return wrong(at, hintQuotes, "not YAML: %s", e.GetMessage())
}
