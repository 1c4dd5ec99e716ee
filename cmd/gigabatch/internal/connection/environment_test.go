package connection

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestParseEnvironment reads .env as editors save it.
func TestParseEnvironment(t *testing.T) {
	t.Parallel()
	const text = "# Ключ\nGIGACHAT_CREDENTIALS=abc123==\nGIGACHAT_SCOPE=\"GIGACHAT_API_B2B\"\n"
	crlf := strings.ReplaceAll(text, "\n", "\r\n")
	for name, raw := range map[string][]byte{
		"UTF-8":                   []byte(text),
		"UTF-8 with CRLF":         []byte(crlf),
		"UTF-8 with BOM":          []byte("\ufeff" + text),
		"UTF-8 with BOM and CRLF": []byte("\ufeff" + crlf),
		"UTF-16LE with CRLF":      wide(binary.LittleEndian, "\ufeff"+crlf),
		"UTF-16BE":                wide(binary.BigEndian, "\ufeff"+text),
		"without a last newline":  []byte(strings.TrimSuffix(text, "\n")),
	} {
		vars, err := parseEnvironment(raw)
		if err != nil || len(vars) != 2 || vars["GIGACHAT_CREDENTIALS"] != "abc123==" || vars["GIGACHAT_SCOPE"] != "GIGACHAT_API_B2B" {
			t.Errorf("%s: got %q, error %v", name, vars, err)
		}
	}
}

func wide(order binary.AppendByteOrder, text string) []byte {
	var raw []byte
	for _, u := range utf16.Encode([]rune(text)) {
		raw = order.AppendUint16(raw, u)
	}
	return raw
}

// TestParseEnvironment_badLine checks that an error names the line and quotes nothing of the file.
func TestParseEnvironment_badLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"SECRET\nA=1\n":                             ".env:1: cannot read the line",
		"A=1\n\n# note\nthe SECRET\nB=2\n":          ".env:4: cannot read the line",
		"A=1\r\nthe SECRET=\r\n":                    "", // white space in a name is accepted
		"A=1\r\nB=2\r\n*SECRET*=3\r\n":              ".env:3: cannot read the line",
		"A=\"two\nlines\"\nB=\"SECRET\nC=3\nD=4\n":  ".env:3: cannot read the line",
		"\ufeffA=1\n\ufeffSECRET=2\n":               ".env:2: cannot read the line",
		"A=1\nSECRET\x00=2\n":                       ".env: the byte at position 11 is not valid UTF-8",
		"A=1\nB='it''s'SECRET!\n":                   ".env:2: cannot read the line",
		"GIGACHAT_CREDENTIALS=\"SECRET\nSECRET==\n": ".env:1: cannot read the line",
	} {
		_, err := parseEnvironment([]byte(text))
		if got := message(err); got != want {
			t.Errorf("%q: got error %q, want %q", text, got, want)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestLoadEnvironment(t *testing.T) {
	t.Chdir(t.TempDir())
	if env, err := LoadEnvironment(); err != nil || env.Get("GIGABATCH_TEST_VARIABLE") != "" {
		t.Errorf("without .env: got error %v", err)
	}
	if err := os.WriteFile(".env", wide(binary.LittleEndian, "\ufeffGIGABATCH_TEST_VARIABLE=file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env, err := LoadEnvironment()
	if err != nil || env.Get("GIGABATCH_TEST_VARIABLE") != "file" {
		t.Errorf("got %q, error %v", env.Get("GIGABATCH_TEST_VARIABLE"), err)
	}
	t.Setenv("GIGABATCH_TEST_VARIABLE", "process")
	if got := env.Get("GIGABATCH_TEST_VARIABLE"); got != "process" {
		t.Errorf("got %q, want the value of the process", got)
	}
	if err := os.Remove(".env"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(".env", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadEnvironment(); err == nil {
		t.Error("a folder .env was accepted")
	}
}

// Only a name that means nothing counts as mistyped.
func TestMistyped(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"GIGACHAT_CREDENTIAL": "GIGACHAT_CREDENTIALS", "SBER_AUT": "SBER_AUTH", "GIGACHAT_BASE_URL": "", "GIGACHAT_CERT_FILE": "", "PATH": "",
	} {
		if _, got := (Environment{file: map[string]string{name: "x"}}).Mistyped(); got != want {
			t.Errorf("%s: meant %q, want %q", name, got, want)
		}
	}
}
