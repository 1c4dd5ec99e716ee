package jobs

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// cellAt returns the key and occurrence of a cell, given its row and completion column, both from 0, as the page would.
func (g *rig) cellAt(t *testing.T, row, column int, change ...func(*Job)) journal.Edit {
	t.Helper()
	r, err := g.new(change...).open(true)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Adopt(); err != nil {
		t.Fatal(err)
	}
	var order []int
	rows, err := r.Traverse(t.Context(), func(o *resolve.Options) {
		o.Identify, o.Read, o.Others, order = true, resolve.ReadAll, true, o.Columns.Order
	})
	if err != nil {
		t.Fatal(err)
	}
	alike := map[task.Key]int{}
	for at, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range order {
			plain := at.Cells[i].Plain
			if at.Index == row && i == column && plain != (task.Key{}) {
				return journal.Edit{Key: plain, Occurrence: alike[plain], Sandbox: r.sandbox}
			}
			alike[plain]++
		}
	}
	t.Fatalf("row %d, column %d asks nothing", row, column)
	return journal.Edit{}
}

// byHand edits the answer of a cell.
func (g *rig) byHand(t *testing.T, row, column int, text string, change ...func(*Job)) {
	t.Helper()
	e := g.cellAt(t, row, column, change...)
	e.Text = text
	mustEdit(t, g.journal(), e)
}

// undo undoes an edit.
func (g *rig) undo(t *testing.T, row, column int, change ...func(*Job)) {
	t.Helper()
	e := g.cellAt(t, row, column, change...)
	e.Undo = true
	mustEdit(t, g.journal(), e)
}

func (g *rig) wantOutput(t *testing.T, what string, lines ...string) {
	t.Helper()
	if got, want := g.output(t), strings.Join(lines, "\n")+"\n"; got != want {
		t.Errorf("%s: output\n%s\nwant\n%s", what, got, want)
	}
}

func (g *rig) rewrite(t *testing.T) *task.Summary {
	t.Helper()
	sum, err := (&Job{Input: g.input}).Rewrite(t.Context(), false, nil)
	if err != nil {
		t.Fatalf("Rewrite: %v", err)
	}
	return sum
}

const outHeader = "prompt,completion,finish_reason,error"

func TestEditDecidesItsCellAndSurvivesRunsUntilItIsUndone(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\na\n")
	g.run(t)
	g.takeAsked()
	g.byHand(t, 2, 0, "by hand,\nin two lines")
	edited := []string{outHeader, "a,answer to a,stop,", "b,answer to b,stop,", "a,\"by hand,\nin two lines\",stop,"}
	for name, again := range map[string]func() *task.Summary{
		"output": func() *task.Summary { return g.rewrite(t) },
		"run":    func() *task.Summary { return g.run(t) },
		"retry":  func() *task.Summary { return g.run(t, retryFailed) },
		"fresh":  func() *task.Summary { return g.run(t, fresh) },
	} {
		if sum := again(); sum.Edited != 1 || sum.Completed != 3 || sum.Pending != 0 {
			t.Errorf("%s: summary %+v", name, sum)
		}
		g.wantOutput(t, name, edited...)
	}
	g.wantAsked(t, "a b") // in the fresh run
	st, err := ReadStatus(g.input, "")
	if err != nil || st.Edited != 1 || st.Completed != 3 {
		t.Errorf("status %+v, %v", st, err)
	}
	g.byHand(t, 2, 0, "better")
	g.run(t)
	g.wantOutput(t, "edited again", outHeader, "a,answer to a,stop,", "b,answer to b,stop,", "a,better,stop,")
	g.undo(t, 2, 0)
	if sum := g.run(t); sum.Edited != 0 {
		t.Errorf("undone: %d edited", sum.Edited)
	}
	g.wantOutput(t, "undone", outHeader, "a,answer to a,stop,", "b,answer to b,stop,", "a,answer to a,stop,")
	g.wantAsked(t, "")
}

func TestEditLeavesWhatTheAnswerTook(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\ncut\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("answer to " + p)
		if p == "cut" {
			a.FinishReason = "length"
		}
		return a, nil
	}
	all := func(r *Job) {
		r.Settings.OutputColumns = []string{"completion", "finish_reason", "total_tokens", "attempts", "model"}
	}
	g.run(t, all)
	g.byHand(t, 0, 0, "", all)
	g.byHand(t, 1, 0, "whole", all)
	if sum := g.run(t, all); sum.Truncated != 0 || sum.Edited != 2 {
		t.Errorf("summary %+v", sum)
	}
	g.wantOutput(t, "edited", "prompt,completion,finish_reason,total_tokens,attempts,model", "a,,stop,5,1,GigaChat-2:2.0", "cut,whole,,5,1,GigaChat-2:2.0")
}

func TestWhatTheModelSaidStaysWithinReach(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	g.byHand(t, 0, 0, "mine")
	r, err := g.new().Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, err := r.Traverse(t.Context(), func(o *resolve.Options) { o.Read = resolve.ReadAll })
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		c := row.Cells[0]
		if c.Result.Completion != "mine" || c.Edited.Text != "mine" || c.Edited.Own.Result.Completion != "answer to a" || c.Edited.At.IsZero() {
			t.Errorf("cell %+v", c)
		}
	}
}

func TestEditedCellsAreNeverAsked(t *testing.T) {
	t.Parallel()
	kinds := map[string]gigachat.Kind{"rejected": gigachat.KindRejected, "passing": gigachat.KindServer}
	for name, prompt := range map[string]string{"failed": "rejected", "failed for a passing cause": "passing", "blocked": "blocked", "pending": "later", "completed": "a"} {
		g := newRig(t, "q.csv", "prompt\nx\n")
		g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if p == "blocked" {
				a := answer("an apology")
				a.FinishReason = "blacklist"
				return a, nil
			}
			return failing(kinds)(p, r)
		}
		g.run(t)
		g.write(t, "prompt\nx\n"+prompt+"\n")
		if name != "pending" {
			g.run(t)
		}
		g.takeAsked()
		g.byHand(t, 1, 0, "mine")
		for _, change := range []func(*Job){func(*Job) {}, retryFailed} {
			sum := g.run(t, change)
			if g.wantAsked(t, ""); sum.Completed != 2 || sum.Waiting+sum.Blocked+sum.Pending+sum.FailedRows() != 0 || sum.Edited != 1 {
				t.Errorf("%s: summary %+v", name, sum)
			}
			reason := ""
			if name == "completed" {
				reason = "stop"
			}
			g.wantOutput(t, name, outHeader, "x,answer to x,stop,", prompt+",mine,"+reason+",")
		}
		st, err := ReadStatus(g.input, "")
		if err != nil || st.Completed != 2 || len(st.Troubles) != 0 || st.Edited != 1 {
			t.Errorf("%s: status %+v, %v", name, st, err)
		}
		g.undo(t, 1, 0)
		g.run(t, retryFailed)
		if asked := g.takeAsked(); (len(asked) == 1) != (name != "completed" && name != "blocked") {
			t.Errorf("%s: once undone, %q were asked", name, asked)
		}
	}
}

// Of rows with the same request, only the edited one needs no answer: the others are still asked.
func TestRowsThatAskTheSameAreAskedOnceTheFirstIsEdited(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit  []int
		asked string
		want  []string
	}{
		"the first":  {[]int{1}, "a", []string{"a,mine 1,,", "a,answer to a,stop,", "a,answer to a,stop,"}},
		"the second": {[]int{2}, "a", []string{"a,answer to a,stop,", "a,mine 2,stop,", "a,answer to a,stop,"}},
		"all":        {[]int{1, 2, 3}, "", []string{"a,mine 1,,", "a,mine 2,,", "a,mine 3,,"}},
	} {
		g := newRig(t, "q.csv", "prompt\nx\n")
		g.run(t)
		g.takeAsked()
		g.write(t, "prompt\nx\na\na\na\n")
		for _, row := range tc.edit {
			g.byHand(t, row, 0, fmt.Sprintf("mine %d", row))
		}
		g.run(t)
		g.wantAsked(t, tc.asked)
		if name == "the first" { // its own result exists now
			tc.want[0] = "a,mine 1,stop,"
		}
		g.wantOutput(t, name, append([]string{outHeader, "x,answer to x,stop,"}, tc.want...)...)
	}
}

func TestEditsWhereEveryRowHasAnAnswerOfItsOwn(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\na\na\n")
	n := 0
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		n++
		return answer(fmt.Sprintf("%s%d", p, n)), nil
	}
	g.run(t, noDedupe, oneAtATime)
	g.takeAsked()
	g.byHand(t, 2, 0, "mine", noDedupe)
	g.run(t, noDedupe, oneAtATime)
	g.wantOutput(t, "edited", outHeader, "a,a1,stop,", "b,b2,stop,", "a,mine,stop,", "a,a4,stop,")
	g.undo(t, 2, 0, noDedupe)
	g.run(t, noDedupe, oneAtATime)
	g.wantAsked(t, "")
	g.wantOutput(t, "undone", outHeader, "a,a1,stop,", "b,b2,stop,", "a,a3,stop,", "a,a4,stop,")
}

// Rows outside the selection count as occurrences, however they are skipped, and an edit never changes the occurrence number of an answer.
func TestEditsOfSelectedRows(t *testing.T) {
	t.Parallel()
	n := 0
	for name, dedupe := range map[string]func(*Job){"dedupe": func(*Job) {}, "no dedupe": noDedupe} {
		for _, in := range []func(*Job){func(*Job) {}, inPlace} {
			g := newRig(t, "q.csv", "id,prompt\n1,a\n2,a\n3,a\n4,a\n")
			g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				n++
				return answer(fmt.Sprintf("%s%d", p, n)), nil
			}
			n = 0
			g.run(t, dedupe, oneAtATime, func(r *Job) { r.Settings.OutputColumns = []string{"completion"} })
			g.takeAsked()
			g.byHand(t, 2, 0, "mine", dedupe)
			some := func(r *Job) {
				r.Settings.OutputColumns, r.Settings.Where = []string{"completion"}, []string{"id!=1", "id!=4"}
			}
			sum := g.run(t, dedupe, some, in)
			g.wantAsked(t, "")
			want := map[string]string{
				"dedupe": "id,prompt,completion\n1,a,a1\n2,a,a1\n3,a,mine\n4,a,a1\n", "no dedupe": "id,prompt,completion\n1,a,a1\n2,a,a2\n3,a,mine\n4,a,a4\n",
			}[name]
			if sum.Output == g.input {
				want = strings.NewReplacer("1,a,a1", "1,a,", "4,a,a1", "4,a,", "4,a,a4", "4,a,").Replace(want)
			}
			if got := jobstest.ReadFile(t, sum.Output); got != want || sum.Rows != 2 || sum.Edited != 1 {
				t.Errorf("%s: output\n%s\nwant\n%s\nsummary %+v", name, got, want, sum)
			}
			samples, _, err := g.new(dedupe, some, in).Preview(t.Context(), nil, 2)
			if err != nil || len(samples) != 2 || samples[1].Answers[0].Completion != "mine" || !samples[1].Answers[0].Edited || samples[0].Answers[0].Edited {
				t.Errorf("%s: samples %+v, %v", name, samples, err)
			}
		}
	}
}

// A row outside the selection that cannot be asked is ignored, whether the other rows are asked, skipped or written.
func TestRowsThatCannotBeAskedDoNotCountForEdits(t *testing.T) {
	t.Parallel()
	const header, good, bad = "id,text,temperature\n", "2,a,\n", "1,a,hot\n"
	two := asks(spec.Column{CompletionColumn: "one", Prompt: "{{text}}"}, spec.Column{CompletionColumn: "two", Prompt: "! {{text}}", RowParams: []string{"temperature"}})
	some := func(r *Job) { r.Settings.Where = []string{"id!=1"} }
	for _, in := range []func(*Job){func(*Job) {}, inPlace} {
		g := newRig(t, "q.csv", header+good)
		g.run(t, two)
		g.byHand(t, 0, 0, "mine", two)
		g.write(t, header+bad+good)
		sum := g.run(t, two, some, in)
		if got, want := jobstest.ReadFile(t, sum.Output), "id,text,temperature,one,two,error\n1,a,hot,,,\n2,a,,mine,answer to ! a,\n"; got != want || sum.Requests != 0 {
			t.Errorf("output\n%s\nwant\n%s", got, want)
		}
	}
}

func TestRowsThatAreSortedOrInsertedKeepTheirEdits(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n3,c\n")
	g.run(t)
	g.byHand(t, 1, 0, "mine")
	g.takeAsked()
	g.write(t, "id,new,prompt\n9,,d\n3,,c\n8,,b2\n2,,b\n1,,a\n")
	g.run(t)
	g.wantAsked(t, "b2 d")
	g.wantOutput(t, "sorted", "id,new,prompt,completion,finish_reason,error",
		"9,,d,answer to d,stop,", "3,,c,answer to c,stop,", "8,,b2,answer to b2,stop,", "2,,b,mine,stop,", "1,,a,answer to a,stop,")
	g.write(t, "prompt\nb?\n") // another prompt has another answer
	if sum := g.run(t); sum.Edited != 0 {
		t.Errorf("%d edited, want none", sum.Edited)
	}
	g.wantOutput(t, "asked otherwise", outHeader, "b?,answer to b?,stop,")
}

func TestEditOfAChoiceIsOneOfThem(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nbad\n")
	g.AnswerFunc = answering(func(p string, _ int) string {
		if p == "bad" {
			return "nonsense"
		}
		return "Good."
	})
	form := func(r *Job) { choices("good", "bad")(r); r.Settings.Repairs = 0 }
	g.run(t, form)
	g.takeAsked()
	g.byHand(t, 0, 0, " bad ", form)
	g.byHand(t, 1, 0, "Bad.", form) // accepted if a model wrote it
	g.byHand(t, 2, 0, "good", form)
	sum := g.run(t, form)
	g.wantAsked(t, "")
	g.wantOutput(t, "edited", outHeader, "a,bad,stop,", "b,good,stop,", "bad,good,,")
	if sum.Edited != 2 || sum.Invalid != 0 || sum.Completed != 3 || sum.Values[0].Counts[0] != (task.ValueCount{Value: "good", Rows: 2}) {
		t.Errorf("summary %+v", sum)
	}
	g.run(t, choices("good", "poor"))
	if got := g.output(t); strings.Contains(got, "bad,stop") {
		t.Errorf("an edit that is no longer a choice was used:\n%s", got)
	}
	ask := spec.Column{Shape: spec.Shape{Choices: []string{"good", "bad"}}}
	for text, fits := range map[string]bool{"bad": true, " good\n": true, "Bad": false, "": false, "good bad": false} {
		if problem := ask.CheckEdit(text); (problem == "") != fits {
			t.Errorf("%q: problem %q", text, problem)
		}
	}
}

func TestEditOfASchemaFillsItsColumns(t *testing.T) {
	t.Parallel()
	const first, other = `{"total":7,"paid":false,"day":"2025-12-31","kind":"old"}`, `{"total": 12.5, "paid": true, "day": "2026-01-02", "kind": "new"}`
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = answering(func(string, int) string { return first })
	g.run(t, schema(orderSchema))
	g.byHand(t, 0, 0, other, schema(orderSchema))
	g.byHand(t, 1, 0, `{"total": "much"}`, schema(orderSchema))
	sum := g.run(t, schema(orderSchema))
	g.wantOutput(t, "edited", "prompt,total,paid,day,kind,lines,error", "a,12.5,true,2026-01-02,new,,", "b,7,false,2025-12-31,old,,")
	if sum.Edited != 1 || sum.Requests != 0 {
		t.Errorf("summary %+v", sum)
	}
	ask := spec.Column{Shape: spec.Shape{Schema: json.RawMessage(orderSchema)}}
	if ask.CheckEdit(other) != "" || ask.CheckEdit(`{"total": 1}`) == "" || ask.CheckEdit("12") == "" {
		t.Error("CheckEdit accepts what the schema does not")
	}
	if any := (&spec.Column{}).CheckEdit(""); any != "" {
		t.Errorf("a plain answer cannot be empty: %s", any)
	}
}

func TestColumnsThatUseAnEditedAnswerAreAskedAnew(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,old tea\n")
	g.AnswerFunc = answering(answerFour)
	four := asks(fourColumns...)
	g.run(t, four)
	before := g.output(t)
	g.byHand(t, 0, 1, "bad", four) // the mood of the first row: now there is a reply
	g.byHand(t, 1, 0, "the reply of a person", four)
	sum := g.run(t, four)
	want := "id,text,reply,mood,city,short,error\n1,fine tea,reply of bad Omsk: fine tea,bad,Omsk,short of reply of bad Omsk: fine tea,\n" +
		"2,old tea,the reply of a person,bad,Omsk,short of the reply of a person,\n"
	if got := g.output(t); got != want || sum.Requests != 3 || sum.Edited != 2 {
		t.Errorf("%d requests, %d edited, output\n%s\nwant\n%s", sum.Requests, sum.Edited, got, want)
	}
	if again := g.run(t, four); again.Requests != 0 || g.output(t) != want {
		t.Errorf("again: %d requests, output\n%s", again.Requests, g.output(t))
	}
	g.undo(t, 0, 1, four)
	g.undo(t, 1, 0, four)
	if sum := g.run(t, four); sum.Requests != 0 || g.output(t) != before {
		t.Errorf("undone: %d requests, output\n%s\nwant\n%s", sum.Requests, g.output(t), before)
	}
}

// Columns with the same request share a key: occurrences are counted over the cells of all of them.
func TestEditsOfColumnsThatAskTheSame(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\na\na\n")
	same := asks(spec.Column{CompletionColumn: "one", Prompt: "{{text}}"}, spec.Column{CompletionColumn: "two", Prompt: "{{text}}"})
	g.run(t, same)
	for row := range 2 {
		for column := range 2 {
			if e := g.cellAt(t, row, column, same); e.Occurrence != 2*row+column {
				t.Errorf("row %d, column %d has number %d", row, column, e.Occurrence)
			}
		}
	}
	g.byHand(t, 0, 1, "mine", same)
	g.run(t, same)
	g.wantOutput(t, "edited", "text,one,two,error", "a,answer to a,mine,", "a,answer to a,answer to a,")
}

func TestEditOfATextAskedInParts(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\nshort\n"+longRow(300)+"\n")
	g.run(t)
	in := split(1000)
	g.byHand(t, 1, 0, "mine", in)
	sum := g.run(t, in)
	if sum.Requests != 1 || sum.Completed != 2 || sum.Edited != 1 || g.plan.Parts+g.plan.TooLong != 0 {
		t.Errorf("%d requests, %d parts, summary %+v", sum.Requests, g.plan.Parts, sum)
	}
}

func TestEditsOfASandboxServeASandboxOnly(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	sandbox := func(r *Job) { r.Sandbox, r.Settings.Output = true, spec.OutputPath(r.Input, true) }
	g.run(t)
	g.Sandbox = true
	g.run(t, sandbox)
	g.byHand(t, 0, 0, "real")
	g.byHand(t, 0, 0, "toy", sandbox)
	g.run(t, sandbox)
	g.Sandbox = false
	g.run(t)
	g.wantOutput(t, "real", outHeader, "a,real,stop,")
	if got, want := jobstest.ReadFile(t, spec.OutputPath(g.input, true)), outHeader+"\na,toy,stop,\n"; got != want {
		t.Errorf("of the sandbox:\n%s\nwant\n%s", got, want)
	}
	g.undo(t, 0, 0)
	g.run(t)
	g.wantOutput(t, "undone", outHeader, "a,answer to a,stop,")
}

// An edit works while a run in another process holds the journal, and the output contains it.
func TestEditDuringTheRunIsInItsOutput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\nx\n")
	g.run(t)
	g.write(t, "prompt\nx\na\n")
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		g.byHand(t, 0, 0, "mine")
		g.byHand(t, 1, 0, "mine too")
		return nil, nil
	}
	if sum := g.run(t); sum.Edited != 2 {
		t.Errorf("%d edited, want 2", sum.Edited)
	}
	g.wantOutput(t, "edited", outHeader, "x,mine,stop,", "a,mine too,stop,")
}

func TestFilesOfAnOutDirHaveTheEdits(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	to := outDirOf(g)
	g.run(t, to)
	g.byHand(t, 0, 0, "mine", to)
	if sum := g.run(t, to); sum.FilesWritten != 1 {
		t.Errorf("%d files written, want 1", sum.FilesWritten)
	}
	if got, want := outFiles(t, g), map[string]string{"row-2.md": "mine\n", "row-3.md": "answer to b\n"}; !maps.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	g.undo(t, 0, 0, to)
	g.run(t, to)
	if got := outFiles(t, g)["row-2.md"]; got != "answer to a\n" {
		t.Errorf("undone: the file holds %q", got)
	}
}

func TestEditsInPlaceAreReplacedAndUndone(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.byHand(t, 0, 0, "first", inPlace)
		wantKeptCells(t, g.run(t, inPlace), 0, 0)
		wantCells(t, g.input, "a|first|stop|", "b|answer to b|stop|", "a|answer to a|stop|")
		g.byHand(t, 0, 0, "second", inPlace)
		wantKeptCells(t, g.rewrite(t), 0, 0)
		wantCells(t, g.input, "a|second|stop|", "b|answer to b|stop|", "a|answer to a|stop|")
		g.edit(t, func(rows [][]string) [][]string { // rows move in the workbook, with their edited texts
			rows[1][1] = "of the user's"
			return [][]string{{"c", "", "", ""}, rows[2], rows[1], rows[0]}
		})
		wantKeptCells(t, g.run(t, inPlace), 1, 4)
		wantCells(t, g.input, "c|answer to c|stop|", "a|second|stop|", "b|of the user's|stop|", "a|answer to a|stop|")
		g.undo(t, 1, 0, inPlace)
		g.edit(t, func(rows [][]string) [][]string { rows[3][1] = "first"; return rows }) // the text of an older copy
		wantKeptCells(t, g.run(t, inPlace), 1, 4)
		wantCells(t, g.input, "c|answer to c|stop|", "a|answer to a|stop|", "b|of the user's|stop|", "a|answer to a|stop|")
	}, "a", "b", "a")
}

// A text that the user writes into the workbook over an edit is not one of ours, also after the edit is undone.
func TestTextOverAnEditInPlaceStays(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.byHand(t, 0, 0, "first", inPlace)
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string { rows[0][1] = "of the user's"; return rows })
		for range 2 {
			wantKeptCells(t, g.run(t, inPlace), 1, 2)
			wantCells(t, g.input, "a|of the user's|stop|", "b|answer to b|stop|")
			g.undo(t, 0, 0, inPlace)
		}
	}, "a", "b")
}

func TestEditedChoicesInPlace(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		form := choices("good", "bad", "ugly")
		g.AnswerFunc = answering(func(string, int) string { return "good" })
		g.run(t, inPlace, form)
		g.byHand(t, 0, 0, "bad", inPlace, form)
		wantKeptCells(t, g.run(t, inPlace, form), 0, 0)
		wantCells(t, g.input, "a|bad|stop|", "b|good|stop|", "a|good|stop|")
		g.byHand(t, 0, 0, "ugly", inPlace, form)
		g.edit(t, func(rows [][]string) [][]string { // what the user writes into the workbook stays, even next to an edit
			rows[1][1] = "bad"
			return [][]string{rows[2], rows[1], rows[0]}
		})
		wantKeptCells(t, g.run(t, inPlace, form), 1, 3)
		wantCells(t, g.input, "a|ugly|stop|", "b|bad|stop|", "a|good|stop|")
		g.undo(t, 0, 0, inPlace, form)
		wantKeptCells(t, g.run(t, inPlace, form), 1, 3)
		wantCells(t, g.input, "a|good|stop|", "b|bad|stop|", "a|good|stop|")
	}, "a", "b", "a")
}

func TestEditedValuesInPlace(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		form := schema(`{"type":"object","properties":{"n":{"type":"number"},"kind":{"enum":["new","old"]}},"required":["n","kind"]}`)
		g.AnswerFunc = answering(func(p string, _ int) string {
			if p == "b" {
				return `{"n":2,"kind":"new"}`
			}
			return `{"n":1,"kind":"old"}`
		})
		g.run(t, inPlace, form)
		g.byHand(t, 0, 0, `{"n":2,"kind":"new"}`, inPlace, form) // the answer of another row
		wantKeptCells(t, g.run(t, inPlace, form), 0, 0)
		wantCells(t, g.input, "a|2|new|", "b|2|new|")
		g.undo(t, 0, 0, inPlace, form)
		wantKeptCells(t, g.run(t, inPlace, form), 0, 0)
		wantCells(t, g.input, "a|1|old|", "b|2|new|")
	}, "a", "b")
}

// A file in which only edited texts remain of what we wrote is still ours.
func TestColumnOfEditedTextsIsOurs(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.byHand(t, 0, 0, "mine", inPlace)
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string { return append(rows, []string{"b", "", "", ""}) })
		wantKeptCells(t, g.run(t, inPlace), 0, 0)
		wantCells(t, g.input, "a|mine|stop|", "b|answer to b|stop|")
	}, "a")
}

func TestFilesOfEditsAreNeitherInputNorOutput(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".edits", ".edits.lock"} {
		g := newRig(t, "q.csv", "prompt\na\n")
		before := jobstest.Folder(t, g.dir)
		_, err := g.try(t, overwrite, func(r *Job) { r.Settings.Output, r.Settings.Format = spec.JournalPath(r.Input)+ext, "csv" })
		jobstest.WantUsage(t, err, "--journal")
		jobstest.WantFolder(t, g.dir, before)
		g = newRig(t, "j"+ext, "prompt\na\n")
		before = jobstest.Folder(t, g.dir)
		_, err = g.try(t, func(r *Job) { r.Journal, r.Settings.Format = filepath.Join(g.dir, "j"), "csv" })
		jobstest.WantUsage(t, err, "--journal")
		jobstest.WantFolder(t, g.dir, before)
	}
}

// Edits files are not documents.
func TestFilesOfEditsAreNotAsked(t *testing.T) {
	t.Parallel()
	kept := newRig(t, "q.csv", "prompt\na\n")
	kept.run(t)
	kept.byHand(t, 0, 0, "mine")
	g, s := newDocuments(t, map[string]string{"a.md": "A", "x.gigabatch.edits": jobstest.ReadFile(t, kept.journal()+".edits"), "x.gigabatch.edits.lock": "", "x.gigabatch": ""})
	g.AnswerFunc = describing(s)
	if sum := g.run(t, g.documents("?")); sum.Rows != 1 {
		t.Errorf("%d rows, want the document", sum.Rows)
	}
}

// A run without edits checks whether an edits file exists, and does nothing else about edits.
func TestRunWithoutEditsCountsNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\na\n")
	g.run(t)
	if files := slices.Sorted(maps.Keys(jobstest.Folder(t, g.dir))); slices.ContainsFunc(files, func(name string) bool { return strings.Contains(name, "edits") }) {
		t.Errorf("files %q", files)
	}
	r, err := g.new().Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, err := r.Traverse(t.Context(), func(o *resolve.Options) {
		if o.Edits != nil {
			t.Errorf("the traversal counts edits: %+v", o.Edits)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range rows {
		if c := row.Cells[0]; err != nil || c.Plain != (task.Key{}) || c.Edited != nil {
			t.Errorf("cell %+v, %v; want no key of its own", c, err)
		}
	}
}
