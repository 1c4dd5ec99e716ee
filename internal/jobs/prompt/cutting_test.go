package prompt

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"nothing", "", 5, nil},
		{"fits", "abc", 3, []string{"abc"}},
		{"a paragraph before a line", "aaaa\n\nbb\nccc", 10, []string{"aaaa\n\n", "bb\nccc"}},
		{"a line before a sentence", "aa. bbbb\ncc. dd", 12, []string{"aa. bbbb\n", "cc. dd"}},
		{"a sentence", "Раз два. Три четыре", 12, []string{"Раз два. ", "Три четыре"}},
		{"a word", "один два три", 9, []string{"один два ", "три"}},
		{"no place at all", "абвгдежз", 3, []string{"абв", "где", "жз"}},
		{"a place in the first half is too early", "a bcdefgh", 6, []string{"a bcde", "fgh"}},
		{"one character a part", "a b", 1, []string{"a", " ", "b"}},
	} {
		if got := splitText(tc.text, tc.limit); !slices.Equal(got, tc.want) {
			t.Errorf("%s: splitText(%q, %d) = %q, want %q", tc.name, tc.text, tc.limit, got, tc.want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("Раз. Два\n\nтри четыре", 4)
	f.Add("\xff\xfe\xd0", 1)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 1 || limit > 1<<20 || len(text) > 1<<16 {
			return
		}
		all := splitText(text, limit)
		if strings.Join(all, "") != text {
			t.Errorf("the parts of %q are not the text: %q", text, all)
		}
		for _, p := range all {
			if n := utf8.RuneCountInString(p); n == 0 || n > limit {
				t.Errorf("a part of %q has %d characters, not 1 to %d: %q", text, n, limit, p)
			}
			if utf8.ValidString(text) && !utf8.ValidString(p) {
				t.Errorf("a character is cut: %q", p)
			}
		}
	})
}
