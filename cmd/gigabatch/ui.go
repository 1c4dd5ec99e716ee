package main

// How the program speaks:
//
//   - data goes to stdout, everything for people to stderr;
//   - a message is one line, starts "gigabatch: " and says what is the matter with which file and line; a hint follows where the
//     user can do something;
//   - no colours, no boxes, no exclamation marks; a progress bar on a terminal only;
//   - no secret, ever.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// say prints a line for people.
func say(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, "gigabatch: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// oneLine keeps what others wrote from breaking out of its line.
func oneLine(s string) string {
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

// cause is what went wrong with a file, without its name.
func cause(err error) string {
	var access *fs.PathError
	if errors.As(err, &access) {
		err = access.Err
	}
	return err.Error()
}

// count writes a number with its noun: "1 row", "2 rows".
func count[N int | int64](n N, noun string) string { return plural(n, noun, noun+"s") }

func plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return digits(int64(n)) + " " + many
}

// digits groups a number in threes with thin gaps a terminal can show: 12 345.
func digits(n int64) string {
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
