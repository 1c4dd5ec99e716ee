package connection

import (
	"strings"
	"testing"
)

// TestWithVariables changes .env and keeps all other bytes.
func TestWithVariables(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"GIGACHAT_CREDENTIALS": "abc+/==", "GIGACHAT_SCOPE": "GIGACHAT_API_CORP"}
	const both = "GIGACHAT_CREDENTIALS=abc+/==\nGIGACHAT_SCOPE=GIGACHAT_API_CORP\n"
	for name, tt := range map[string]struct{ file, want string }{
		"no file":       {"", both},
		"other lines":   {"# ключ\n\nA = 'b c' # why\n", "# ключ\n\nA = 'b c' # why\n" + both},
		"no end":        {"A=b", "A=b\n" + both},
		"replaced":      {"GIGACHAT_SCOPE=x # old\nA=b\nexport GIGACHAT_CREDENTIALS=\"q\"", "GIGACHAT_SCOPE=GIGACHAT_API_CORP\nA=b\nexport GIGACHAT_CREDENTIALS=abc+/=="},
		"twice":         {"GIGACHAT_SCOPE=x\nGIGACHAT_CREDENTIALS=y\nGIGACHAT_SCOPE=z\n", "GIGACHAT_SCOPE=GIGACHAT_API_CORP\nGIGACHAT_CREDENTIALS=abc+/==\nGIGACHAT_SCOPE=GIGACHAT_API_CORP\n"},
		"Windows":       {"\ufeffGIGACHAT_SCOPE=x\r\nA=b\r\n", "\ufeffGIGACHAT_SCOPE=GIGACHAT_API_CORP\r\nA=b\r\nGIGACHAT_CREDENTIALS=abc+/==\r\n"},
		"comment":       {"#GIGACHAT_SCOPE=x\n", "#GIGACHAT_SCOPE=x\n" + both},
		"other name":    {"MY_GIGACHAT_SCOPE=x\n", "MY_GIGACHAT_SCOPE=x\n" + both},
		"refers":        {"GIGACHAT_SCOPE=x\nOTHER=${GIGACHAT_SCOPE}\n", ""},
		"several lines": {"GIGACHAT_CREDENTIALS=\"ab\nA=c\"\n", ""},
		"in a value":    {"A=\"\nGIGACHAT_SCOPE=x\n\"\n", ""},
		"UTF-16":        {"\xff\xfeA\x00=\x00b\x00\n\x00", ""},
		"no form":       {"what is this\n", ""},
	} {
		got, err := withVariables([]byte(tt.file), vars)
		if string(got) != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: got %q, error %v, want %q", name, got, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "abc") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	odd := map[string]string{apiKeyName: "a#b$c"}
	if got, err := withVariables(nil, odd); err != nil || string(got) != "GIGACHAT_API_KEY='a#b$c'\n" {
		t.Errorf("an odd value: got %q, error %v", got, err)
	}
}
