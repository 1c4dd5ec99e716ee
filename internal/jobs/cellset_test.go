package jobs

import (
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
)

func TestCellSetSeesThroughWhatAFileDoesToAText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("слово ", 10_000)
	for _, tc := range []struct {
		cell, completion string
		want             bool
	}{
		{"an answer", "an answer", true},
		{" an answer\r\n", "an answer", true},
		{"two\r\nlines", "two\nlines", true},
		{"two\rlines", "two\nlines", true},
		{"two\nlines", "two\r\nlines", true},
		{"'=1+1", "=1+1", true},
		{"'tis", "'tis", true},
		{"''tis", "'tis", false},
		{"=1+1", "'=1+1", false},
		{long[:40_000] + "…", long, true},
		{"'=" + long[:40_000] + "…", "=" + long, true},
		{long[:40_000], long, false},
		{long[:40_000] + "…", "other " + long, false},
		{"слово…", long, false},
		{"…", long, false},
		{"смех \ufffd и грех", "смех 😀 и грех", true},
		{"смех \ufffd\ufffd и грех \ufffd", "смех 😀 и грех 😇", true},
		{"смех \ufffd и грех", "смех 😀 и грех!", false},
		{"смех \ufffd и грех", "и грех", false},
		{"\ufffd", "anything", false},
		{"an answer", "another answer", false},
	} {
		if got := newCellSet(tc.cell).has(tc.completion); got != tc.want {
			t.Errorf("%.30q for %.30q: %v, want %v", tc.cell, tc.completion, got, tc.want)
		}
	}
}

func TestAnswersThatTheFileAlteredAreStillOurs(t *testing.T) {
	t.Parallel()
	const answered = "=1+1\nand a smile 😀"
	for name, edit := range map[string]string{
		"guarded":          "'" + answered,
		"other line ends":  strings.ReplaceAll(answered, "\n", "\r\n"),
		"a poorer charset": strings.ReplaceAll(answered, "😀", "\ufffd"),
		"all of it":        "'" + strings.NewReplacer("😀", "\ufffd\ufffd", "\n", "\r\n").Replace(answered),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "prompt\na\n")
			g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer(answered), nil }
			g.run(t, inPlace)
			g.write(t, "prompt,completion,finish_reason,error\na,\""+edit+"\",stop,\n")
			g.run(t, inPlace)
			g.write(t, "prompt,completion,finish_reason,error\na,\""+edit+"!\",stop,\n")
			_, err := g.try(t, inPlace)
			jobstest.WantUsage(t, err, "made by somebody else")
		})
	}
}
