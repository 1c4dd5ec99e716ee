package jobs

import (
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
)

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
			if strings.Contains(edit, "\ufffd") { // the author of the rest is unknown
				_, err := g.try(t, inPlace)
				jobstest.WantUsage(t, err, "was written by a run of this journal")
				return
			}
			wantKeptCells(t, g.run(t, inPlace), 1, 2)
		})
	}
}
