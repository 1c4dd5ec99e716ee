package sandbox

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []Fault
	}{
		{"", nil},
		{" , ", nil},
		{"500=0", nil},
		{"500", []Fault{{Kind: "500"}}},
		{"500=0.2, reset-before=0.05,blacklist=0.1,hang=#3", []Fault{
			{Kind: "500", Rate: 0.2}, {Kind: ResetBefore, Rate: 0.05}, {Kind: Blacklist, Rate: 0.1}, {Kind: Hang, First: 3}}},
		{"429:2=0.1&once", []Fault{{Kind: "429", RetryAfter: "2", Rate: 0.1, Attempts: 1}}},
		{`429:"Wed, 21 Oct 2065 07:28:00 GMT"`, []Fault{{Kind: "429", RetryAfter: "Wed, 21 Oct 2065 07:28:00 GMT"}}},
		{`blacklist=~"a,b&c=d"&x3`, []Fault{{Kind: Blacklist, Contains: "a,b&c=d", Attempts: 3}}},
		{"502-html=10s..20s", []Fault{{Kind: "502-html", From: 10 * time.Second, To: 20 * time.Second}}},
		{"503=..1m", []Fault{{Kind: "503", To: time.Minute}}},
		{"503=1m..", []Fault{{Kind: "503", From: time.Minute}}},
		{"504=#4-6", []Fault{{Kind: "504", Skip: 3, First: 3}}},
		{"504=#4-", []Fault{{Kind: "504", Skip: 3}}},
		{"slow:5s,hang:1m", []Fault{{Kind: Slow, For: 5 * time.Second}, {Kind: Hang, For: time.Minute}}},
		{"oauth-code6,oauth-reset-before=0.5,models-500,tokens-hang", []Fault{
			{Kind: Code6, At: AtOAuth}, {Kind: ResetBefore, At: AtOAuth, Rate: 0.5}, {Kind: "500", At: AtModels}, {Kind: Hang, At: AtTokens}}},
	}
	for _, tt := range tests {
		got, err := ParseFaults(tt.text)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("ParseFaults(%q): got %+v, %v, want %+v", tt.text, got, err, tt.want)
		}
	}
}

func TestParseFaultsErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"files-invalid-json": "the faults are files-400, ",
		"files-500=~a":       "only completions and embeddings have prompts",
		"501":                `fault "501": no such fault; the faults are 400, `,
		"oauth-blacklist":    "the faults are oauth-400, ",
		"code6":              "no such fault",
		"500=2":              `"2" is neither a share`,
		"500=-0.1":           "neither a share",
		"500=NaN":            "neither a share",
		"500=often":          "nor another condition",
		"500=#0":             `"0" is not a positive number`,
		"500=#3-2":           "ends before it begins",
		"500=#a-b":           "not a positive number",
		"500=#-":             "not a positive number",
		"500=x":              "not a positive number",
		"500=5s..1s":         "ends before it begins",
		"500=5..6":           "not a duration",
		"500:1":              "500 takes no argument",
		"slow:fast":          "not a duration",
		"hang:-1s":           "not a duration",
		"models-500=~war":    "only completions and embeddings have prompts",
		"500,,blacklist=x0":  "not a positive number",
	} {
		if got, err := ParseFaults(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseFaults(%q): got %v, error %v, want an error with %q", text, got, err, want)
		}
	}
}

func FuzzParseFaults(f *testing.F) {
	f.Add(`500=0.2&once,429:"a, b"=#3,oauth-code6=10s..20s&x2,slow:5s=~"war, peace"`)
	f.Add("503=#4-,504=..1h,hang")
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := ParseFaults(text)
		if err != nil {
			return
		}
		var written []string
		for _, fault := range faults {
			written = append(written, fault.String())
		}
		again, err := ParseFaults(strings.Join(written, ","))
		if err != nil || !slices.Equal(again, faults) {
			t.Errorf("%q: got %+v, written %q, read again %+v, %v", text, faults, written, again, err)
		}
	})
}
