// Package console is how the program speaks to people:
//
//   - data goes to stdout, everything for people to stderr;
//   - a message is one line, starts "gigabatch: " and says what is the matter with which file and line; a hint follows where the
//     user can do something;
//   - no colours, no boxes, no exclamation marks; a progress bar on a terminal only;
//   - no secret, ever.
package console

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Say prints a line for people.
func Say(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, "gigabatch: %s\n", OneLine(fmt.Sprintf(format, args...)))
}

// OneLine keeps what others wrote from breaking out of its line.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return '?'
		}
		return r
	}, strings.TrimSpace(s))
}

// Cause is what went wrong with a file, without its name.
func Cause(err error) string {
	var access *fs.PathError
	if errors.As(err, &access) {
		err = access.Err
	}
	return err.Error()
}

// Count writes a number with its noun: "1 row", "2 rows".
func Count[N int | int64](n N, noun string) string { return Plural(n, noun, noun+"s") }

// Plural writes a number with the noun, or the words, that go with it.
func Plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Digits(int64(n)) + " " + many
}

// Digits groups a number in threes with thin gaps a terminal can show: 12 345.
func Digits(n int64) string {
	s := fmt.Sprint(n)
	if n < 10000 {
		return s
	}
	var b strings.Builder
	for i, d := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}
