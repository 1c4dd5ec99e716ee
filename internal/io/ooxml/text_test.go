package ooxml

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                              "",
		"plain, Текст, 東京 😀":            "plain, Текст, 東京 😀",
		"a\r\nb\rc\nd":                  "a\nb\nc\nd",
		"&lt;&amp;&gt;&quot;&apos;":     `<&>"'`,
		"&#65;&#x42;&#x1F600;&#10;":     "AB😀\n",
		"a<![CDATA[<b> & c]]>d":         "a<b> & cd",
		"a<!-- not this -->b":           "ab",
		"&#xD800;":                      "\uFFFD",
		"1 &lt; 2 <![CDATA[&lt;]]>\r\n": "1 < 2 &lt;\n",
	} {
		if got, err := text([]byte(in)); err != nil || got != want {
			t.Errorf("%q: got %q, error %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"&", "&;", "&nbsp;", "&#;", "&#x;", "&#xG;", "&#0;", "&#x110000000;", "&lt", "a & b", "<![CDATA[", "<!DOCTYPE x>"} {
		if got, err := text([]byte(in)); err == nil {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}

func TestRichText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"<t>a</t>": "a",
		`<r><rPr><b/><rFont val="t"/></rPr><t>bold</t></r><r><t xml:space="preserve"> and not</t></r>`: "bold and not",
		"<x:r><x:t>a</x:t></x:r><x:t>b</x:t>":                                    "ab",
		`<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>`: "東京",
		"<t/>": "", "": "", "<t></t>": "", "<t>a<![CDATA[</t>]]></t>": "a</t>", "<!-- <t>no</t> --><t>yes</t>": "yes",
	} {
		if got, err := richText([]byte(in)); err != nil || got != want {
			t.Errorf("%q: got %q, error %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"<t>a", "<t>a</r>", "<rPh><t>a</t>", "<t>&nbsp;</t>", "<t"} {
		if got, err := richText([]byte(in)); err == nil {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	for escaped, want := range map[string]string{
		"_x0041_": "A", "_x005F_x0041_": "_x0041_", "_x000D_\n": "\r\n", "a_x0_": "a_x0_", "_x00g1_": "_x00g1_", "_X0041_": "_X0041_", "_x0041": "_x0041",
		"_xD83D__xDE00_": "😀", "_xD83D_": "\uFFFD", "_xDE00_x": "\uFFFDx", "_x_x0041_": "_xA", "_x0041__x0042_": "AB", "plain": "plain", "_x+041_": "_x+041_",
	} {
		if got := Unescape(escaped); got != want {
			t.Errorf("%q: got %q, want %q", escaped, got, want)
		}
	}
	for plain, want := range map[string]string{
		"a<b>&c": "a&lt;b&gt;&amp;c", "\x00\x1F": "_x0000__x001F_", "a\r\nb\t": "a_x000D_\nb\t", "_x0041_": "_x005F_x0041_", "_x41_": "_x41_", "\uFFFE\uFFFF": "_xFFFE__xFFFF_", "\xFF": "\uFFFD",
		"Ёлка 😀": "Ёлка 😀", "_x0041\x00": "_x005F_x0041_x0000_",
	} {
		if got := string(AppendEscaped(nil, plain)); got != want {
			t.Errorf("%q: got %q, want %q", plain, got, want)
		}
	}
}

// Escaped text is valid in XML, and is read back unchanged.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a<b>&\"'", "_x0041_", "_x005F_", "_x_x0041_", "\r\n\x00", "\uFFFE", "😀", "]]>", "_xD83D__xDE00_", "\xC3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		escaped := AppendEscaped(nil, s)
		if err := checkText(escaped); err != nil {
			t.Errorf("%q: got %q, which holds %v", s, escaped, err)
		}
		got, err := text(escaped)
		if want := strings.ToValidUTF8(s, string(utf8.RuneError)); err != nil || utf8.ValidString(s) && Unescape(got) != want {
			t.Errorf("%q: got %q, read as %q, error %v", s, escaped, Unescape(got), err)
		}
		_, _ = text([]byte(s))
		_, _ = richText([]byte(s))
	})
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	for n := range 20 {
		before := strings.Repeat("я", n/2) + strings.Repeat(" ", n%2)
		for c := range 0x20 {
			err := checkText([]byte(before + string(rune(c)) + "ещё text"))
			if want := c != '\t' && c != '\n' && c != '\r'; (err == errControl) != want {
				t.Errorf("%q after %d bytes: got error %v", rune(c), len(before), err)
			}
		}
		if err := checkText([]byte(before + "\xEE\xE4")); err != errNotUTF8 {
			t.Errorf("got error %v, want %v", err, errNotUTF8)
		}
	}
}
