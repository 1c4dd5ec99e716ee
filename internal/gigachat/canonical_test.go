package gigachat

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAppendCanonical(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{`null`, `null`},
		{``, `null`},
		{` { "b" : 1 , "a" : [ true , false , null ] } `, `{"a":[true,false,null],"b":1}`},
		{`{"z":{"y":1,"x":2},"A":0,"é":3,"a":4}`, `{"A":0,"a":4,"z":{"x":2,"y":1},"é":3}`},
		{`[1.0,1e3,-0,0.10,123456789012345678901234567890]`, `[1.0,1e3,-0,0.10,123456789012345678901234567890]`},
		{`"\u0041\/\u00e9\u2028<&>"`, "\"A/é\u2028<&>\""},
		{`"\ud83d\ude00"`, `"😀"`},
		{`"\ud800"`, "\"\uFFFD\""},
		{`{"a":1,"a":2}`, `{"a":2}`},
		{`{}`, `{}`},
		{`[]`, `[]`},
		{`{"a":`, `{"a":`},
		{`1 2`, `1 2`},
	}
	for _, tt := range tests {
		if got := string(appendCanonical(nil, json.RawMessage(tt.in))); got != tt.want {
			t.Errorf("appendCanonical(%s): got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestAppendString(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", `""`},
		{"Привет, мир", `"Привет, мир"`},
		{"a\"b\\c/d", `"a\"b\\c/d"`},
		{"\n\t\r\b\f", `"\n\t\r\b\f"`},
		{"\x00\x1f\x7f", "\"\\u0000\\u001f\x7f\""},
		{"<script>&'", `"<script>&'"`},
		{"\xff\xfe", "\"\uFFFD\uFFFD\""},
		{"a\xd0", "\"a\uFFFD\""},
	}
	for _, tt := range tests {
		if got := string(appendString(nil, tt.in)); got != tt.want {
			t.Errorf("appendString(%q): got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestAppendFloat(t *testing.T) {
	t.Parallel()
	for _, f := range []float64{0, 1, -1, 0.1, 0.7, 1e-6, 9.9e-7, 1e-7, 1.5e-10, 1e-100, 1e20, 1e21, 1.25e22, 3.14159, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		want, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(appendFloat(nil, f)); got != string(want) {
			t.Errorf("appendFloat(%g): got %s, want %s", f, got, want)
		}
	}
}

// FuzzAppendCanonical checks that JSON keeps its meaning, and that the canonical form of a canonical form is the same.
func FuzzAppendCanonical(f *testing.F) {
	for _, s := range []string{`{"b":[1,2.50,{"d":null}],"a":"\u0000é"}`, `"\ud800x"`, `-0.0e+1`, `{"":{"":[]}}`, `tru`, `{"a":1,"a":[]}`, `1 1`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !json.Valid(in) {
			return
		}
		once := appendCanonical(nil, in)
		if !json.Valid(once) {
			t.Fatalf("appendCanonical(%q): got %q, which is not JSON", in, once)
		}
		if twice := appendCanonical(nil, once); !bytes.Equal(once, twice) {
			t.Fatalf("appendCanonical(%q): got %q, and from that %q", in, once, twice)
		}
		want, _ := decodeLiterally(in)
		got, _ := decodeLiterally(once)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("appendCanonical(%q) changed the meaning (-want +got):\n%s", in, diff)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"\\\n\x01é\xff")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatalf("appendString(%q): %v", s, err)
		}
		if want := string([]rune(s)); got != want {
			t.Fatalf("appendString(%q) reads back as %q, want %q", s, got, want)
		}
	})
}
