package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct{ prompt, want string }{
		{"Столица Франции?", "This is the sandbox, no model was asked. The prompt was “Столица Франции?” [85c7802b9b87a77a]"},
		{"  one\n\n two\t", "This is the sandbox, no model was asked. The prompt was “one two” ["},
		{"", "This is the sandbox, no model was asked. The prompt was “” [e3b0c44298fc1c14]"},
		{strings.Repeat("я", 60), "“" + strings.Repeat("я", 60) + "” ["},
		{strings.Repeat("я", 61), "“" + strings.Repeat("я", 60) + "…” ["},
		{strings.Repeat("я", 60) + " \n", "“" + strings.Repeat("я", 60) + "” ["},
	}
	for _, tt := range tests {
		if got := Answer(tt.prompt); !strings.Contains(got, tt.want) {
			t.Errorf("Answer(%q): got %q, want %q in it", tt.prompt, got, tt.want)
		}
	}
}

func TestAnswersDiffer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("the same beginning ", 20)
	seen := map[string]bool{}
	for i := range 10_000 {
		seen[Answer(fmt.Sprint(long, i))] = true
	}
	for _, prompt := range []string{"a b", "a  b", "a b ", "a\nb"} {
		seen[Answer(prompt)] = true
	}
	if got, want := len(seen), 10_004; got != want {
		t.Errorf("got %d different answers to %d prompts", got, want)
	}
}

func TestAnswerBytes(t *testing.T) {
	t.Parallel()
	for n := range 600 {
		s := New(Options{AnswerBytes: n})
		got := s.Answer("one")
		if want := max(n, len(Answer("one"))); len(got) != want || !utf8.ValidString(got) || !strings.HasPrefix(got, Answer("one")) {
			t.Errorf("AnswerBytes %d: got %d bytes %q, want %d", n, len(got), got, want)
		}
	}
	_, c := opened(t, Options{AnswerBytes: 50_000})
	if got := c.ask("one").content(t); len(got) != 50_000 || !strings.HasPrefix(got, Answer("one")) {
		t.Errorf("got %d bytes, want 50000", len(got))
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"b\\c\n\r\t\x00\x1f<>&\u2028я😀")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		var got string
		if err := json.Unmarshal(appendString(nil, text), &got); err != nil || got != text {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	})
}

func TestKeyIsAKey(t *testing.T) {
	t.Parallel()
	b, err := base64.StdEncoding.DecodeString(Key)
	id, secret, _ := strings.Cut(string(b), ":")
	if err != nil || !isUUID(id) || !isUUID(secret) {
		t.Errorf("Key is %q, %v, want two UUIDs with a colon between", b, err)
	}
}

func TestIsUUID(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98e": true, "6F0B1291-C7F3-43C6-BB2E-9F3EFB2DC98E": true,
		"": false, "6f0b1291c7f343c6bb2e9f3efb2dc98e": false, "6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98": false,
		"6f0b1291-c7f3-43c6-bb2e-9f3efb2dc98g": false, "6f0b12911c7f3-43c6-bb2e-9f3efb2dc98e": false, "-f0b1291-c7f3-43c6-bb2e-9f3efb2dc98e": false,
	} {
		if got := isUUID(s); got != want {
			t.Errorf("isUUID(%q): got %v, want %v", s, got, want)
		}
	}
}
