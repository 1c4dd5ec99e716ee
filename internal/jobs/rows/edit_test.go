package rows

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

func (g *rig) edit(t *testing.T, v *View, i int, column, text string, undo bool) {
	t.Helper()
	if err := edit(t, v, i, column, text, undo); err != nil {
		t.Fatalf("Edit(%d, %q): %v", i, text, err)
	}
}

// edit edits a cell with the key that the view shows.
func edit(t *testing.T, v *View, i int, column, text string, undo bool) error {
	t.Helper()
	row, _, err := v.Row(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return v.Edit(t.Context(), i, change(row, column, text, undo))
}

// change returns the change of a cell as it is shown in a row, which may be nil.
func change(row *Row, column, text string, undo bool) Change {
	c := Change{Column: column, Text: text, Undo: undo}
	for cell := range row.cellsCalled(column) {
		c.Key, c.Version = cell.Key, cell.Version()
	}
	return c
}

// cellsCalled yields the cells of a column, the first cell if column is "".
func (v *Row) cellsCalled(column string) iter.Seq[Cell] {
	return func(yield func(Cell) bool) {
		if v == nil {
			return
		}
		for _, c := range v.Cells {
			if (column == "" || c.Column == column) && !yield(c) {
				return
			}
			if column == "" {
				return
			}
		}
	}
}

// An edit of one of several rows with the same request affects that row only, in the output, in a later run and in the view.
func TestViewEditsPlainRows(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,one\n2,two\n3,one\n4,\n")
	g.run(t)
	v := g.view(t)
	before := v.Version()
	g.edit(t, v, 2, "", "mine", false)
	if v.Version() <= before {
		t.Error("the version has not grown")
	}
	row, _, err := v.Row(t.Context(), 2)
	if err != nil || row.Cells[0].Completion != "mine" || row.Cells[0].Original != "answer to one" || row.Cells[0].Edited.IsZero() || row.Cells[0].Model == "" {
		t.Errorf("row %+v, %v", row, err)
	}
	if got := told(g.wholeRows(t, v, inState(Edited, ""))); got != "2:completed one>mine" {
		t.Errorf("edited rows %s", got)
	}
	if c, err := v.Counts(); err != nil || c.Edited != 1 || c.Completed != 3 {
		t.Errorf("Counts %+v, %v", c, err)
	}
	g.takeAsked()
	g.write(t, "id,prompt\n0,zero\n1,one\n2,two\n3,one\n4,\n")
	g.run(t)
	g.wantAsked(t, "zero")
	want := "id,prompt,completion,finish_reason,error\n0,zero,answer to zero,stop,\n1,one,answer to one,stop,\n2,two,answer to two,stop,\n3,one,mine,stop,\n4,,,,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	v = g.view(t)
	if got := told(g.wholeRows(t, v, inState(Edited, ""))); got != "3:completed one>mine" {
		t.Errorf("edited rows after a row was inserted: %s", got)
	}
	g.edit(t, v, 3, "completion", "", true)
	if got := told(g.wholeRows(t, v, inState(Edited, ""))); got != "" {
		t.Errorf("edited rows after the undoing: %s", got)
	}
	var wrong *spec.UsageError
	for _, err := range []error{edit(t, v, 4, "", "x", false), edit(t, v, 99, "", "x", false), edit(t, v, 0, "strange", "x", false)} {
		if !errors.As(err, &wrong) {
			t.Errorf("an impossible edit: error %v, want a *UsageError", err)
		}
	}
}

// An edit of a row that has moved since it was shown does not hit the row now in its place.
func TestViewEditsNoOtherRow(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,one\n2,two\n")
	g.run(t)
	row, _, err := g.view(t).Row(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	g.write(t, "id,prompt\n0,zero\n1,one\n2,two\n")
	v := g.view(t)
	if err := v.Edit(t.Context(), 0, change(row, "", "mine", false)); !errors.Is(err, ErrMoved) {
		t.Errorf("Edit of a row that has moved: %v", err)
	}
	if err := v.Edit(t.Context(), 1, change(row, "", "mine", false)); err != nil {
		t.Errorf("Edit: %v", err)
	}
}

func TestViewEditsColumnsThatUseEachOther(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,old tea\n")
	g.AnswerFunc = answerFour
	g.run(t, fourColumns)
	v := g.view(t)
	if err := edit(t, v, 1, "mood", "so so", false); err == nil {
		t.Error("an unknown choice was accepted")
	}
	if err := edit(t, v, 1, "facts", `{"town":1}`, false); err == nil {
		t.Error("an object that does not match the schema was accepted")
	}
	before, _, err := v.Row(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	g.edit(t, v, 1, "facts", `{"city": "Tver"}`, false)
	row, _, err := v.Row(t.Context(), 1)
	if err != nil || row.Cells[2].Values[0] != (Value{"city", "Tver"}) || row.Cells[2].Original != `{"city":"Omsk"}` {
		t.Errorf("row %+v, %v", row, err)
	}
	if c := row.Cells[2]; !c.At.Equal(before.Cells[2].At) || c.At.IsZero() || !c.Edited.After(c.At) {
		t.Errorf("the answer came at %s, by the edited cell at %s, and was edited at %s", before.Cells[2].At, c.At, c.Edited)
	}
	if row.Cells[0].State != task.Pending {
		t.Errorf("the column that uses it is %s", row.Cells[0].State)
	}
	g.takeAsked()
	g.run(t, fourColumns)
	if got := len(g.takeAsked()); got != 2 { // reply, and short which uses it
		t.Errorf("%d requests, want 2", got)
	}
	if c, err := v.Counts(); err != nil || c.Edited != 1 {
		t.Errorf("Counts %+v, %v", c, err)
	}
}

// An answer that waits since one that it uses was edited keeps the answer that it had before, of the newest prompt that was asked, and is counted.
func TestViewShowsTheAnswerBeforeAnEdit(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,one\n2,two\n")
	use := columns(
		spec.Column{CompletionColumn: "a", Prompt: "a {{text}}"}, spec.Column{CompletionColumn: "b", Prompt: "b {{a}}"},
		spec.Column{CompletionColumn: "c", Prompt: "c {{b}}"},
	)
	g.run(t, use)
	v := g.view(t)
	before := func(i int) (texts []string) {
		t.Helper()
		row, _, err := v.Row(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range row.Cells {
			switch {
			case c.State == task.Completed && c.Before == nil:
				texts = append(texts, c.Completion)
			case c.State == task.Pending && c.Before != nil:
				texts = append(texts, "was "+c.Before.Completion)
			default:
				texts = append(texts, c.State.String())
			}
		}
		return texts
	}
	check := func(text string, outdated int, want ...string) {
		t.Helper()
		if got := before(1); !slices.Equal(got, want) {
			t.Errorf("after %s: %q, want %q", text, got, want)
		}
		found := g.wholeRows(t, v, inState(Outdated, ""))
		if c := wholeCounts(t, v); c.Outdated != outdated || c.Completed != 2-outdated || len(found.Rows) != outdated {
			t.Errorf("after %s: %d rows are out of date and %d completed, and %d are found; want %d", text, c.Outdated, c.Completed, len(found.Rows), outdated)
		}
	}
	firstB := "answer to b answer to a two"
	check("the run", 0, "answer to a two", firstB, "answer to c "+firstB)
	g.edit(t, v, 1, "a", "mine", false)
	check("an edit", 1, "mine", "was "+firstB, "was answer to c "+firstB)
	g.edit(t, v, 1, "a", "mine again", false)
	check("a second edit", 1, "mine again", "was "+firstB, "was answer to c "+firstB)
	g.takeAsked()
	g.run(t, use)
	if got := len(g.takeAsked()); got != 2 {
		t.Errorf("%d requests, want 2", got)
	}
	v = g.view(t)
	check("another run", 0, "mine again", "answer to b mine again", "answer to c answer to b mine again")
	g.edit(t, v, 1, "a", "third", false)
	check("an edit after it", 1, "third", "was answer to b mine again", "was answer to c answer to b mine again")
	g.edit(t, v, 1, "b", "by hand", false)
	check("an edit of the second column", 1, "third", "by hand", "was answer to c answer to b mine again")
	g.edit(t, v, 1, "a", "", true)
	check("the undoing", 0, "answer to a two", firstB, "answer to c "+firstB)
	if got := before(0); got[1] != "answer to b answer to a one" {
		t.Errorf("the row before has %q", got)
	}
}
