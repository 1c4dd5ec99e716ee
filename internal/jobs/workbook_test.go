package jobs

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/jobs/jobstest"
)

// An answer with line ends of two characters is ours when it is read back from a workbook.
func TestAnswerWithCRLF(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.xlsx", "")
	tabletest.WriteXLSX(t, g.input, tabletest.Grid{{"id", "prompt"}, {"1", "a"}, {"2", "b"}})
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer("x\r\ny"), nil }
	g.run(t, inPlace)
	if sum := g.run(t, inPlace, noDedupe); sum.Kept > 0 {
		t.Errorf("got summary %+v, want no text of the user", sum)
	}
}

// Merged cells below the table push the answers to their right only if their row is asked: no answer is hidden under them.
func TestMergeBelow(t *testing.T) {
	t.Parallel()
	book := jobstest.ReadFile(t, filepath.Join("testdata", "merge-below.xlsx"))
	for prompt, want := range map[string]struct{ columns, asked int }{"{{question}}": {2, 2}, "{{id}} {{question}}": {8, 3}} {
		g := newRig(t, "in.xlsx", book)
		for range 3 {
			if sum := g.run(t, inPlace, withPrompt(prompt)); sum.Completed != want.asked {
				t.Errorf("%s: got summary %+v", prompt, sum)
			}
			rows := tabletest.Rows(t, tabletest.Open(t, g.input))
			at := slices.Index(rows[0], "completion")
			answers := 0
			for _, row := range rows[1:] {
				if row[at] != "" {
					answers++
				}
			}
			if at != want.columns || answers != want.asked {
				t.Errorf("%s: got %d answers in column %d, want %d in %d", prompt, answers, at, want.asked, want.columns)
			}
		}
		if asked := g.takeAsked(); len(asked) != want.asked {
			t.Errorf("%s: asked %q", prompt, asked)
		}
	}
}

// Pictures of WPS are empty for a prompt, and this is said, also if it is the reason why there is nothing to ask.
func TestPictures(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".csv", ".xlsx"} {
		g := newRig(t, "in"+ext, "")
		write := tabletest.WriteCSV
		if ext == ".xlsx" {
			write = tabletest.WriteXLSX
		}
		write(t, g.input, tabletest.Grid{{"text", "photo"}, {"broken", `=DISPIMG("ID_1",1)`}, {"late", ""}, {"", `=DISPIMG("ID_2",1)`}})
		sum := g.run(t, withPrompt("{{text}} {{photo}}"))
		if asked := g.takeAsked(); sum.Completed != 2 || sum.Skipped != 1 || strings.Contains(strings.Join(asked, ""), "DISPIMG") {
			t.Errorf("%s: got summary %+v, asked %q", ext, sum, asked)
		}
		if n := g.plan.Notes; len(n) != 1 || n[0].String() != `column "photo" contains pictures (=DISPIMG) in 2 rows; a prompt takes them for empty cells` {
			t.Errorf("%s: got notes %q", ext, n)
		}
		if g.run(t, withPrompt("{{text}}")); len(g.plan.Notes) > 0 {
			t.Errorf("%s: got notes %q about a column that is not asked", ext, g.plan.Notes)
		}
		if _, err := g.try(t, withPrompt("{{photo}}")); err == nil || !strings.Contains(err.Error(), `column "photo" contains pictures (=DISPIMG), not text`) {
			t.Errorf("%s: got %v", ext, err)
		}
	}
}

// Formulas without a result are said if the output loses them.
func TestUncalculatedLost(t *testing.T) {
	t.Parallel()
	g := newRig(t, "uncached.xlsx", jobstest.ReadFile(t, "../../testdata/workbooks/uncached.xlsx"))
	if g.run(t, withPrompt("{{a}}")); len(g.plan.Notes) > 0 {
		t.Errorf("got notes %q of a copy, which keeps its formulas", g.plan.Notes)
	}
	g.run(t, withPrompt("{{a}}"), func(r *Job) { r.Settings.Output = r.Input + ".csv" })
	if n := g.plan.Notes; len(n) != 1 || !strings.Contains(n[0].String(), "formulas without a result, which are empty in the output") {
		t.Errorf("got notes %q", n)
	}
}
