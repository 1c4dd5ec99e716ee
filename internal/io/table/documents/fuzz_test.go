package documents

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"gigabatch/internal/io/table"
)

// Whatever the bytes, the content is text. UTF-8 without control characters is read unchanged.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{"", "text", "\uFEFFtext", "\xFF\xFEa\x00b\x00c", "\xCF\xF0\xE8\xE2\xE5\xF2", "a\x00b", "%PDF-1", "\x1F\x04@\x048\x04", "a\xFF\nb\xFE"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r reader
		r.file.Write(raw)
		got, fault := r.content("a.txt")
		if !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("%q: got %q", raw, got)
		}
		if utf8.Valid(raw) && controls(raw) == 0 && (fault != nil || got != strings.TrimPrefix(string(raw), "\uFEFF")) {
			t.Errorf("%q: got %q, fault %v", raw, got, fault)
		}
		if strings.Contains(got, "\uFFFD") && fault == nil && utf8.Valid(raw) && !strings.Contains(string(raw), "\uFFFD") {
			t.Errorf("%q: got %q without a fault", raw, got)
		}
	})
}

// No folder is omitted that leads to a file which the pattern matches.
func FuzzDocumentPattern(f *testing.F) {
	for _, s := range [][2]string{{"**/*.md", "a/b/c.md"}, {"*/*.md", "a/b.md"}, {"{a,b/c}/d", "b/c/d"}, {"{a,b/c}/d/e", "a/d/e"}, {"a*/[b-d]/**", "ab/c/d/e"}, {`a\/b`, "a/b"}, {"a/**/b", "a/b"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 40 || len(name) > 40 || !doublestar.ValidatePattern(pattern) || !doublestar.MatchUnvalidated(pattern, name) {
			return
		}
		if filepath.ToSlash(filepath.Clean(name)) != name || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "..") {
			return
		}
		w := walk{pattern: pattern, segments: strings.Split(pattern, "/")}
		for i, c := range name {
			if c == '/' && !w.descends(name[:i]) {
				t.Errorf("%q matches %q, but %q is left out", pattern, name, name[:i])
			}
		}
	})
}

// A file whose name does not reveal its kind is examined once, and its row agrees.
func FuzzDocumentLook(f *testing.F) {
	for _, s := range []string{"x", "text", "\x00\x01", "\xFF\xFEa\x00", "PK\x03\x04"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		src, err := Open("x", table.Options{Documents: []string{path}}, nil)
		if err != nil {
			if e := (*table.Error)(nil); !errors.As(err, &e) || e.Msg.IsZero() || e.Name == "" {
				t.Errorf("got %v (%T), want an *Error", err, err)
			}
			if utf8.Valid(raw) && controls(raw) == 0 && isText(raw) {
				t.Errorf("%q: got %v", raw, err)
			}
			return
		}
		for row, err := range src.Rows() {
			if err != nil || row.Fault != nil && row.Fault.Line == 0 {
				t.Errorf("%q: got fault %v, error %v", raw, row.Fault, err)
			}
		}
	})
}
