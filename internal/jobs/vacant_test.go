package jobs

import (
	"iter"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobstest"
)

func TestFormWithEmptyColumnsIsFilled(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		form := [][]string{{"what", "completion", "error"}, {"a", "", ""}, {"b", " ", ""}}
		g.set(t, form)
		sum := g.run(t) // the prompt is the only other column, what
		wantCells(t, sum.Output, "a|answer to a||stop", "b|answer to b||stop")
		if st, err := ReadStatus(g.input, ""); err != nil || st.Completed != 2 {
			t.Errorf("status %+v, %v; want two rows completed", st, err)
		}
		g.run(t)
		g.run(t, inPlace)
		g.wantAsked(t, "a b")
		wantCells(t, g.input, "a|answer to a||stop", "b|answer to b||stop")
		g.edit(t, func(rows [][]string) [][]string { return append(rows, []string{"c", "", "", ""}) })
		g.run(t, inPlace)
		wantCells(t, g.input, "a|answer to a||stop", "b|answer to b||stop", "c|answer to c||stop")
	})
}

func TestFormWithOneCellFilledIsRefused(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*Job){func(*Job) {}, inPlace, overwrite} {
		inFormats(t, func(t *testing.T, g gridRig) {
			g.set(t, [][]string{{"what", "error", "completion"}, {"a", "", ""}, {"b", "", "x"}})
			before := jobstest.Folder(t, g.dir)
			_, err := g.try(t, change)
			jobstest.WantUsage(t, err, `"completion"`, "--completion-column")
			jobstest.WantFolder(t, g.dir, before)
			g.wantAsked(t, "")
		})
	}
}

// formulas is a source that yields only rows with formulas that were never calculated.
type formulas struct{ table.Source }

func (f formulas) Rows() iter.Seq2[table.Row, error] {
	return func(yield func(table.Row, error) bool) {
		for row, err := range f.Source.Rows() {
			if (err != nil || len(row.Uncalculated) > 0) && !yield(row, err) {
				return
			}
		}
	}
}

func TestColumnWithAFormulaIsNotEmpty(t *testing.T) {
	t.Parallel()
	g := newRig(t, "uncached.xlsx", jobstest.ReadFile(t, "../../testdata/workbooks/uncached.xlsx"))
	_, err := g.try(t, withPrompt("{{a}}"), func(r *Job) {
		r.Settings.CompletionColumn = "double"
		r.tests.wrap = func(s table.Source, _ table.Options) table.Source { return formulas{s} }
	})
	jobstest.WantUsage(t, err, `"double"`, "--completion-column")
}

func TestJSONLFormIsFilled(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.jsonl", "{\"prompt\":\"a\",\"completion\":null}\n{\"prompt\":\"b\",\"completion\":\"\"}\n")
	g.run(t, inPlace)
	want := "{\"prompt\":\"a\",\"completion\":\"answer to a\",\"finish_reason\":\"stop\",\"error\":null}\n" +
		"{\"prompt\":\"b\",\"completion\":\"answer to b\",\"finish_reason\":\"stop\",\"error\":null}\n"
	if got := jobstest.ReadFile(t, g.input); got != want {
		t.Errorf("input\n%s\nwant\n%s", got, want)
	}
	g.write(t, "{\"prompt\":\"a\",\"completion\":{\"mine\":1}}\n{\"prompt\":\"b\",\"completion\":\"answer to b\"}\n")
	sum := g.run(t, inPlace)
	want = "{\"prompt\":\"a\",\"completion\":{\"mine\":1},\"finish_reason\":\"stop\",\"error\":null}\n" +
		"{\"prompt\":\"b\",\"completion\":\"answer to b\",\"finish_reason\":\"stop\",\"error\":null}\n"
	if got := jobstest.ReadFile(t, g.input); got != want || sum.Kept != 1 {
		t.Errorf("%d kept, input\n%s\nwant\n%s", sum.Kept, got, want)
	}
}

// A text that the user types into the form meanwhile is kept.
func TestFormThatIsFilledDuringTheRunKeepsItsTexts(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "what,completion\na,\nb,\n")
	_, touch := touching("opened", 1, func(int) { g.write(t, "what,completion\na,mine\nb,\n") })
	sum := g.run(t, inPlace, touch)
	wantKeptCells(t, sum, 1, 2)
	wantCells(t, g.input, "a|mine|stop|", "b|answer to b|stop|")
}
