package ooxml

import (
	"errors"
	"io"
	"testing"
)

func TestLexMarkup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in         string
		kind       kind
		name, rest string
	}{
		{`<a>x`, startTag, "a", "x"},
		{`<a b="c" d='"e">' >x`, startTag, "a", "x"},
		{"<x:a\n\tb = \"1\"/>x", emptyTag, "x:a", "x"},
		{`<a/>`, emptyTag, "a", ""},
		{`</a >x`, endTag, "a", "x"},
		{`<ячейка>x`, startTag, "ячейка", "x"},
		{`<!-- > <a> -->x`, other, "", "x"},
		{`<![CDATA[</a>]]]]>x`, cdata, "", "x"},
		{`<?xml version="1.0"?>x`, other, "", "x"},
	}
	for _, tt := range tests {
		m, err := lexMarkup([]byte(tt.in), 0)
		if err != nil || m.kind != tt.kind || string(m.name.of([]byte(tt.in))) != tt.name || tt.in[m.hi:] != tt.rest {
			t.Errorf("%q: got kind %d, name %q, rest %q, error %v", tt.in, m.kind, m.name.of([]byte(tt.in)), tt.in[m.hi:], err)
		}
		whole := len(tt.in) - len(tt.rest)
		for n := 1; n < whole; n++ {
			if _, err := lexMarkup([]byte(tt.in[:n]), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%q: got error %v, want that it goes on", tt.in[:n], err)
			}
		}
	}
	for _, in := range []string{"< a>  ", "<>", "</>", "<a b>", "<a b=c>", `<a b="<">`, `<a =""/>`, "<a/ >", "<!ELEMENT>", `<a "b">`, "<a & b=''>"} {
		if m, err := lexMarkup([]byte(in), 0); err != errXML {
			t.Errorf("%q: got %+v, error %v, want %v", in, m, err, errXML)
		}
	}
	if _, err := lexMarkup([]byte("<!DOCTYPE a [<!ENTITY b 'c'>]>"), 0); err != errDTD {
		t.Errorf("got error %v, want %v", err, errDTD)
	}
}

func TestAttribute(t *testing.T) {
	t.Parallel()
	in := []byte(`<c rr="0" x:r="1" r='A1' s = "2"/>`)
	m, err := lexMarkup(in, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"r": "A1", "s": "2", "rr": "0", "x:r": "1", "t": ""} {
		if got := string(m.attribute(in, name)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestElementEnd(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"<a><a/><a></a><b>x</b></a>rest": "rest", "<a></a>": "", "<a><!-- </a> --><![CDATA[</a>]]></a>rest": "rest",
	} {
		m, err := lexMarkup([]byte(in), 0)
		end, err2 := elementEnd([]byte(in), m)
		if err := errors.Join(err, err2); err != nil || in[end.hi:] != want {
			t.Errorf("%q: got rest %q, error %v, want %q", in, in[end.hi:], err, want)
		}
	}
	for in, want := range map[string]error{"<a><b></a>": io.ErrUnexpectedEOF, "<a></b>": errXML, "<a>": io.ErrUnexpectedEOF} {
		m, _ := lexMarkup([]byte(in), 0)
		if _, err := elementEnd([]byte(in), m); !errors.Is(err, want) {
			t.Errorf("%q: got error %v, want %v", in, err, want)
		}
	}
}

// A piece of markup is no longer than its source, and is the same after any prefix.
func FuzzLex(f *testing.F) {
	for _, s := range []string{`<a b="c"/>x`, "</a>", "<!-- -->", "<![CDATA[x]]>", "<?a?>", "<", `<a b='"'>`, "<a\xFF>", "<!DOCTYPE"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		in = append([]byte("<"), in...)
		m, err := lexMarkup(in, 0)
		shifted, err2 := lexMarkup(append([]byte("0123456"), in...), 7)
		if err != err2 || err == nil && (shifted.hi != m.hi+7 || shifted.kind != m.kind) {
			t.Errorf("%q: got %+v, %v, and moved %+v, %v", in, m, err, shifted, err2)
		}
		if err != nil {
			return
		}
		if m.hi < 3 || m.hi > len(in) || in[m.hi-1] != '>' || m.name.lo > m.name.hi || m.attrs.lo > m.attrs.hi || m.attrs.hi > m.hi || m.name.hi > m.hi {
			t.Errorf("%q: got %+v", in, m)
		}
		for n := 1; n < m.hi; n++ {
			if short, err := lexMarkup(in[:n], 0); err == nil {
				t.Errorf("%q: got %+v of its first %d bytes", in, short, n)
			}
		}
	})
}
