package authkey

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	someID     = "0d2b1f9c-4e1a-4f7b-9a55-1c2d3e4f5a6b"
	someSecret = "7f6e5d4c-3b2a-4191-8877-665544332211"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestParseKeyMends(t *testing.T) {
	t.Parallel()
	key := b64(someID + ":" + someSecret)
	odd := b64("id:secret???>>") // contains + or /, and padding
	tests := []struct{ name, in, want, note string }{
		{"clean", key, key, ""},
		{"the line end of a file", key + "\n", key, ""},
		{"the line end of a file of Windows", key + "\r\n", key, ""},
		{"white space", "  " + key + "\t", key, "white space"},
		{"white space nobody sees", "\ufeff" + key + "\u200b\u00a0", key, "white space"},
		{"double quotes", `"` + key + `"`, key, "quotes"},
		{"single quotes", "'" + key + "'\n", key, "quotes"},
		{"Russian quotes", "«" + key + "»", key, "quotes"},
		{"one quote", key + `"`, key, "quotes"},
		{"Basic", "Basic " + key, key, "Basic"},
		{"basic in small letters", "basic\t" + key, key, "Basic"},
		{"Bearer", "Bearer " + key, key, "Bearer"},
		{"header", "Authorization: Basic " + key, key, "Authorization"},
		{"quoted header", `"Authorization: Basic ` + key + `"`, key, "Basic"},
		{"quotes in the header", `Basic "` + key + `"`, key, "Basic"},
		{"line of .env", "GIGACHAT_CREDENTIALS=" + key, key, "variable"},
		{"line of a shell", `export SBER_AUTH="` + key + `"`, key, "variable"},
		{"wrapped", key[:76] + "\n" + key[76:], key, "line break"},
		{"wrapped and indented", key[:40] + "\r\n  " + key[40:] + "\n", key, "line break"},
		{"a written line break", key[:40] + `\n` + key[40:], key, "line break"},
		{"a space inside", key[:40] + " " + key[40:], key, "inside"},
		{"wrapped after a variable", "SBER_AUTH=" + key[:50] + "\n" + key[50:], key, "line break"},
		{"twice", b64(key), key, "twice"},
		{"twice, wrapped", b64(key[:76] + "\n" + key[76:] + "\n"), key, "twice"},
		{"twice, with Basic", b64("Basic " + key), key, "twice"},
		{"line end encoded", b64(someID + ":" + someSecret + "\n"), key, "line break that was encoded"},
		{"not encoded", someID + ":" + someSecret, key, "were encoded"},
		{"no padding", strings.TrimRight(odd, "="), odd, "standard base64"},
		{"alphabet of URLs", strings.NewReplacer("+", "-", "/", "_").Replace(odd), odd, "standard base64"},
		{"percent signs", strings.NewReplacer("=", "%3D", "+", "%2B", "/", "%2F").Replace(odd), odd, "percent"},
	}
	for _, tt := range tests {
		got, notes, err := Parse(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
		}
		all := strings.Join(notes, "; ")
		if (tt.note == "") != (all == "") || !strings.Contains(all, tt.note) {
			t.Errorf("%s: got the notes %q, want one of %q", tt.name, all, tt.note)
		}
		again, notes, err := Parse(got)
		if err != nil || again != got || len(notes) > 0 {
			t.Errorf("%s: the fixed key gives %q, %q, %v", tt.name, again, notes, err)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	key := b64(someID + ":" + someSecret)
	tests := []struct{ name, in, problem string }{
		{"empty", "", "it is empty"},
		{"blank", " \n\t", "it is empty"},
		{"quotes alone", `""`, "it is empty"},
		{"Basic alone", "Basic", "it is empty"},
		{"an id alone", someID, "UUID alone"},
		{"a secret alone, quoted", `"` + strings.ToUpper(someSecret) + `"`, "UUID alone"},
		{"an id and a secret", someID + "\n" + someSecret, "several UUIDs"},
		{"an id encoded alone", b64(someID), "ID or a Client Secret alone"},
		{"an access token", "eyJjdHkiOiJqd3QiLCJlbmMiOiJBMTI4R0NNIn0.abc-_.def", "access token"},
		{"Cyrillic", "ключ авторизации", "not base64"},
		{"a placeholder", "<authorization key>", "not text"},
		{"cut in the middle of a letter", key[:41], "not base64"},
		{"no colon", b64("just some text"), "colon"},
		{"no id", b64(":" + someSecret), "Client ID is empty"},
		{"no secret", b64(someID + ":"), "Client Secret is empty"},
		{"binary", b64("\x00\xff\xfe:\x01\x02"), "not text"},
		{"id and no secret, not encoded", someID + ":", "Client Secret is empty"},
	}
	for _, tt := range tests {
		got, _, err := Parse(tt.in)
		var k *KeyError
		if !errors.As(err, &k) || got != "" {
			t.Errorf("%s: got %q, %v, want a *KeyError", tt.name, got, err)
			continue
		}
		if !strings.Contains(k.Problem, tt.problem) || k.Cure == "" {
			t.Errorf("%s: got %q (cure %q), want one of %q", tt.name, k.Problem, k.Cure, tt.problem)
		}
		for _, part := range strings.Fields(tt.in) {
			if len(part) > 8 && strings.Contains(fmt.Sprint(k.Problem, k.Cure, err), part) {
				t.Errorf("%s: the error contains the input: %v", tt.name, err)
			}
		}
	}
}

func TestJoinKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, id, secret, problem string }{
		{"clean", someID, someSecret, ""},
		{"quotes and white space", " \"" + someID + "\"", someSecret + "\n", ""},
		{"no id", "", someSecret, "Client ID is empty"},
		{"no secret", someID, "  ", "Client Secret is empty"},
		{"a pair as the id", someID + ":" + someSecret, someSecret, "colon"},
		{"the key as the secret", someID, b64(someID + ":" + someSecret), "authorization key itself"},
		{"the id twice", someID, someID, "the same"},
		{"a line break inside", someID, someSecret[:10] + "\n" + someSecret[10:], "white space"},
	}
	for _, tt := range tests {
		got, err := Join(tt.id, tt.secret)
		if tt.problem == "" {
			if want := b64(someID + ":" + someSecret); err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, want)
			}
			continue
		}
		var k *KeyError
		if !errors.As(err, &k) || !strings.Contains(k.Problem, tt.problem) || k.Cure == "" || strings.Contains(k.Error(), someSecret) {
			t.Errorf("%s: got %q, %v, want a *KeyError of %q", tt.name, got, err, tt.problem)
		}
	}
}

// FuzzParseKey checks that an accepted key is in its final form and contains only what a header can hold.
func FuzzParseKey(f *testing.F) {
	for _, s := range []string{b64(someID + ":" + someSecret), `"Basic ` + b64("a:b") + `"`, b64(b64("a:b")), someID + ":x", "SBER_AUTH=YTpi", "YTpiCg"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, _, err := Parse(s)
		if err != nil {
			return
		}
		if pair := Decode(key); !strings.Contains(pair, ":") || b64(pair) != key {
			t.Fatalf("Parse(%q): got %q, of %q", s, key, pair)
		}
		again, notes, err := Parse(key)
		if err != nil || again != key || len(notes) > 0 {
			t.Fatalf("Parse(%q): got %q, and from that %q, %q, %v", s, key, again, notes, err)
		}
	})
}

// Whatever a message quotes, it shows no key.
func TestWithoutKeys(t *testing.T) {
	t.Parallel()
	key, odd := b64(someID+":"+someSecret), b64(someID+":??>>~~??")
	for _, k := range []string{key, odd, strings.TrimRight(key, "="), someID + ":" + someSecret, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
		"Y2xvdWQtcnUta2V5.9f8e7d6c5b4a39281706f5e4d3c2b1a0"} {
		for _, around := range [][2]string{{"", ""}, {"--", ": unknown"}, {"./", ""}, {"a/b/", ".txt: no such file"}, {`"`, `" is not a number`}} {
			got := WithoutKeys(around[0] + k + around[1])
			if strings.Contains(got, k) || !strings.HasPrefix(got, around[0]+"…") {
				t.Errorf("%s%s%s: got %q", around[0], k, around[1], got)
			}
		}
	}
	for _, text := range []string{
		"", "/home/user/documents/2026/reviews_of_all_customers_november.csv", someID + ": no such file", "https://api.giga.chat/v1/chat/completions",
		"a5c4e2f0b1d3a5c4e2f0b1d3a5c4e2f0b1d3a5c4e2f0b1d3a5c4e2f0b1d3aabb", "row 12: cannot read",
	} {
		if got := WithoutKeys(text); got != text {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func TestParseAPIKey(t *testing.T) {
	t.Parallel()
	const key = "Y2xvdWQtcnUta2V5.9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	for text, want := range map[string]string{
		key: key, key + "\r\n": key, " \"" + key + "\" ": key, "Bearer " + key: key, "GIGACHAT_API_KEY=" + key: key, "\ufeff" + key: key,
		"Authorization: Bearer " + key: key, "": "", " \n": "", "two words": "", "ключ": "", key[:20] + "\n" + key[20:]: "",
		b64("5a9db0c5-0000-4000-8000-000000000001:00000000-0000-4000-8000-5a9db0c50000"): "",
	} {
		got, _, err := ParseAPI(text)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, error %v, want %q", text, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "5a9db0c5") {
			t.Errorf("%v", err)
		}
	}
}
