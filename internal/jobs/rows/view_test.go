package rows

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// view opens the view of the rig's journal and waits until all rows are read.
func (g *rig) view(t *testing.T) *View {
	t.Helper()
	v, err := Open(g.journal(), "")
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(v.Close)
	g.wholeRows(t, v, Query{})
	return v
}

// wholeRows returns all rows that pass a filter, once the search has ended.
func (g *rig) wholeRows(t *testing.T, v *View, q Query) *Window {
	t.Helper()
	for {
		w, err := v.Rows(0, 1000, q)
		if err != nil {
			t.Fatalf("Rows: %v", err)
		}
		if w.Complete {
			return w
		}
		time.Sleep(time.Millisecond) // the scan has no other sign of its end
	}
}

func inState(state, text string) Query {
	return Query{Text: text, Filters: []Filter{{Op: InState, Values: []string{state}}}}
}

// told formats rows as "index:state prompt>completion".
func told(w *Window) string {
	var all []string
	for _, r := range w.Rows {
		text := fmt.Sprint(r.Index)
		for _, c := range r.Cells {
			text += fmt.Sprintf(":%s %s>%s", c.State, c.Prompt, c.Completion)
		}
		all = append(all, text)
	}
	return strings.Join(all, "|")
}

func TestViewOfPlainRows(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,one\n2,two\n3,\n4,one\n5,bad\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if p == "bad" {
			return nil, &gigachat.Error{Kind: gigachat.KindRejected, Status: 400, Message: "no"}
		}
		return nil, nil
	}
	g.run(t)
	v := g.view(t)
	for _, c := range []struct {
		filter Query
		want   string
	}{
		{Query{}, "0:completed one>answer to one|1:completed two>answer to two|2:skipped >|3:completed one>answer to one|4:failed bad>"},
		{inState("failed", ""), "4:failed bad>"},
		{inState("skipped", ""), "2:skipped >"},
		{inState("pending", ""), ""},
		{Query{Text: "TO O"}, "0:completed one>answer to one|3:completed one>answer to one"},
		{inState("completed", "two"), "1:completed two>answer to two"},
	} {
		if got := told(g.wholeRows(t, v, c.filter)); got != c.want {
			t.Errorf("%+v: rows %s, want %s", c.filter, got, c.want)
		}
	}
	counts, err := v.Counts()
	if err != nil || counts.Rows != 5 || counts.Completed != 3 || counts.FailedRows() != 1 || counts.Failed[task.CauseRejected] != 1 || !counts.Complete {
		t.Errorf("Counts %+v, %v", counts, err)
	}
	row, _, err := v.Row(t.Context(), 1)
	if err != nil || row.Line != 3 || row.Values[0] != "2" || row.Cells[0].Model != "GigaChat-2:2.0" || row.Cells[0].Attempts != 1 {
		t.Errorf("Row(1) = %+v, %v", row, err)
	}
	if row, _, err := v.Row(t.Context(), 5); row != nil || err != nil {
		t.Errorf("Row(5) = %+v, %v", row, err)
	}
	if _, err := v.Rows(0, 1, inState("strange", "")); err == nil {
		t.Error("an unknown state was accepted")
	}
}

func TestViewOfColumnsThatUseEachOther(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,old tea\n")
	g.AnswerFunc = answerFour
	g.run(t, fourColumns)
	v := g.view(t)
	w := g.wholeRows(t, v, Query{})
	want := "0:skipped >:completed mood fine tea>good:completed facts fine tea>{\"city\":\"Omsk\"}:skipped >" +
		"|1:completed reply bad Omsk: old tea>reply of bad Omsk: old tea:completed mood old tea>bad:completed facts old tea>{\"city\":\"Omsk\"}:completed short reply of bad Omsk: old tea>short of reply of bad Omsk: old tea"
	if got := told(w); got != want {
		t.Errorf("rows\n%s\nwant\n%s", got, want)
	}
	if got := w.Rows[0].Cells[2].Values[0]; got != (Value{"city", "Omsk"}) {
		t.Errorf("values %v", w.Rows[0].Cells[2].Values)
	}
	counts, err := v.Counts()
	if err != nil || counts.Completed != 2 || len(counts.Values) != 1 || counts.Values[0].Column != "mood" {
		t.Errorf("Counts %+v, %v", counts, err)
	}
}

// A view follows a run that writes the journal meanwhile, and the run after it.
func TestViewFollows(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\none\ntwo\nthree\n")
	g.run(t, limited(1))
	v := g.view(t)
	if got := told(g.wholeRows(t, v, Query{})); got != "0:completed one>answer to one" {
		t.Errorf("rows %s", got)
	}
	before := v.Version()
	g.run(t)
	deadline := time.Now().Add(10 * time.Second)
	for len(g.wholeRows(t, v, Query{}).Rows) < 3 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	w := g.wholeRows(t, v, Query{})
	if len(w.Rows) != 3 || w.Rows[2].Cells[0].State != task.Completed || v.Version() <= before {
		t.Errorf("rows %s, version %d after %d", told(w), v.Version(), before)
	}
}

func TestViewWithoutItsInput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\none\n")
	g.run(t)
	if err := os.Remove(g.input); err != nil {
		t.Fatal(err)
	}
	v, err := Open(g.journal(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for {
		w, err := v.Rows(0, 10, Query{})
		if err != nil {
			if !strings.Contains(err.Error(), "no such file") {
				t.Errorf("Rows: %v", err)
			}
			return
		}
		if w.Complete {
			t.Fatalf("rows without an input: %s", told(w))
		}
		time.Sleep(time.Millisecond)
	}
}

// A cell that needs a blocked cell has the weaker state: the row counts as blocked in the counts, in the filter and in the row itself.
func TestNeedOfABlockedCell(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\nfine\nevil\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("a word")
		if p == "mood evil" {
			a.FinishReason = "blacklist"
		}
		return a, nil
	}
	g.run(t, columns(
		spec.Column{CompletionColumn: "mood", Prompt: "mood {{text}}"},
		spec.Column{CompletionColumn: "reply", Prompt: "reply {{mood}}"},
	))
	v := g.view(t)
	counts, err := v.Counts()
	if err != nil || counts.Blocked != 1 || counts.FailedRows() != 0 || counts.Completed != 1 {
		t.Errorf("Counts %+v, %v", counts, err)
	}
	if w := g.wholeRows(t, v, inState("failed", "")); w.Total != 0 {
		t.Errorf("failed rows %s", told(w))
	}
	w := g.wholeRows(t, v, inState("blocked", ""))
	if w.Total != 1 || w.Rows[0].Index != 1 || w.Rows[0].State != task.Blocked || w.Rows[0].Cells[1].Cause != task.CauseNeeds {
		t.Errorf("blocked rows %s", told(w))
	}
}

// When a second run has another prompt, results of the first run are not shown, even before the rows are read again.
func TestSecondRunWithAnotherPrompt(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\na\nb\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		word, _, _ := strings.Cut(p, " ")
		return answer(word), nil
	}
	g.run(t, withPrompt("old {{text}}"), choices("old", "new"))
	v := g.view(t)
	if c, err := v.Counts(); err != nil || fmt.Sprint(c.Values) != "[{completion [{old 2}]}]" {
		t.Fatalf("Counts %+v, %v", c, err)
	}
	g.run(t, withPrompt("new {{text}}"), choices("old", "new"))
	for {
		c, err := v.Counts()
		if err != nil || strings.Contains(fmt.Sprint(c.Values), "old") {
			t.Fatalf("after another run: %+v, %v", c, err)
		}
		if c.Complete {
			if fmt.Sprint(c.Values) != "[{completion [{new 2}]}]" {
				t.Errorf("after another run: %+v", c)
			}
			return
		}
		time.Sleep(time.Millisecond) // the scan has no other sign of its end
	}
}

// The counts are complete after an edit.
func TestCountsAfterEdits(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\na\nb\n")
	g.run(t, choices("yes", "no"))
	v := g.view(t)
	for i, text := range []string{"yes", "no"} {
		g.edit(t, v, i, "", text, false)
		if c, err := v.Counts(); err != nil || !c.Complete || c.Edited != i+1 || c.Completed != i+1 || c.FailedRows() != 1-i {
			t.Errorf("after %d edits: %+v, %v", i+1, c, err)
		}
	}
}

// The first rows are there in the first window: it waits a moment for them. A machine that is busy may take longer once.
func TestFirstWindowWaits(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	for range 5 {
		v, err := OpenOf(Of{Journal: g.journal(), Manifest: g.manifest(), Bare: true})
		if err != nil {
			t.Fatal(err)
		}
		w, err := v.Rows(0, 100, Query{})
		v.Close()
		if err != nil {
			t.Fatal(err)
		}
		if len(w.Rows) == 3 && w.Complete {
			return
		}
	}
	t.Error("the first window has no rows")
}
