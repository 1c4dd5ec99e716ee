package messages

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Printer renders messages for a reader. The zero Printer writes English for the command line.
type Printer struct {
	Language Language
	Page     bool   // the reader has the page before them, which has no flags and no commands
	Folder   string // files in it are named as seen from it; may be empty

	// Explain says what an error means that is not a Message, the zero Text if it does not know. It may be nil.
	Explain func(error) Text
}

// Sprintf renders a format and its arguments.
func (p Printer) Sprintf(format string, args ...any) string { return p.Text(Sprintf(format, args...)) }

// Text renders a message.
func (p Printer) Text(t Text) string {
	if t.format == "" {
		return ""
	}
	format := p.format(t.format)
	verbs := verbsOf(format)
	counts := map[int]bool{} // the arguments that words depend on
	for _, v := range verbs {
		if v.forms != nil {
			counts[v.arg] = true
		}
	}
	var b strings.Builder
	at := 0
	for _, v := range verbs {
		b.WriteString(format[at:v.start])
		at = v.end
		arg := argument(t.args, v.arg)
		switch {
		case v.verb == '%':
			b.WriteByte('%')
		case v.forms != nil:
			b.WriteString(p.Language.form(v.forms, arg))
		case v.arg >= len(t.args):
			b.WriteString("%!" + string(v.verb) + "(MISSING)")
		default:
			b.WriteString(p.argument(v, arg, counts[v.arg]))
		}
	}
	b.WriteString(format[at:])
	return p.seenFromFolder(b.String())
}

// seenFromFolder removes the folder from the names of files in it. Where something stands before the folder, as in a URL, it is another one.
func (p Printer) seenFromFolder(text string) string {
	folder := strings.TrimSuffix(p.Folder, string(filepath.Separator))
	if folder == "" {
		return text // there is no folder, or it is the root
	}
	folder += string(filepath.Separator)
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, folder)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if last, _ := utf8.DecodeLastRuneInString(before); unicode.IsLetter(last) || unicode.IsDigit(last) || strings.ContainsRune(`/\.-_~:`, last) {
			b.WriteString(folder)
		}
		text = after
	}
}

// argument renders one argument with its verb.
func (p Printer) argument(v verb, arg any, counted bool) string {
	if n, ok := whole(arg); ok && counted && v.spec == "%d" {
		return p.Language.Digits(n)
	}
	words := func(text string) string {
		if v.verb == 'q' {
			return fmt.Sprintf(v.spec, text)
		}
		return fmt.Sprintf(v.spec[:len(v.spec)-1]+"s", text)
	}
	if text, ok := arg.(formatted); ok {
		return string(text)
	}
	if strings.ContainsRune("svqw", v.verb) {
		switch arg := arg.(type) {
		case Text:
			return words(p.Text(arg))
		case joined:
			return words(p.joined(arg))
		case replaced:
			return words(strings.ReplaceAll(p.Text(arg.text), arg.old, p.Text(arg.new)))
		case foreign:
			return words(p.foreign(string(arg)))
		case interface{ Message() Text }:
			return words(p.Text(arg.Message()))
		case time.Duration:
			return words(p.Language.Duration(arg))
		case time.Time:
			return words(p.Language.Time(arg))
		case error:
			return words(p.Error(arg))
		}
	}
	return p.Language.decimal(arg, fmt.Sprintf(v.spec, arg))
}

func (p Printer) joined(j joined) string {
	var parts []string
	for _, t := range j.texts {
		parts = append(parts, p.Text(t))
	}
	return strings.Join(parts, j.separator)
}

// Error renders an error: a Message in the language, what Explain knows by its explanation, and the errors of the operating system by their
// causes. Of others it is the English text, or its entry in the catalogue. Several errors are rendered on a line each.
func (p Printer) Error(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case Message:
		return p.Text(e.Message())
	case interface{ Unwrap() []error }:
		var lines []string
		for _, err := range e.Unwrap() {
			lines = append(lines, p.Error(err))
		}
		return strings.Join(lines, "\n")
	}
	if p.Explain != nil {
		if t := p.Explain(err); !t.IsZero() {
			return p.Text(t)
		}
	}
	if p.Language == English {
		return err.Error()
	}
	switch e := err.(type) {
	case *fs.PathError:
		return e.Path + ": " + p.Error(e.Err)
	case *os.LinkError:
		return e.Old + " → " + e.New + ": " + p.Error(e.Err)
	case *os.SyscallError:
		return e.Syscall + ": " + p.Error(e.Err)
	}
	return p.foreign(err.Error())
}
