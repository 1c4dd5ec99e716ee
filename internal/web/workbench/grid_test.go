package workbench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/web/board"
)

// What a table was taken for is said in parts, and the draft of a row shows which text comes from which column.
func TestTakeAndDraft(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "id;вопрос;пусто\n1;one;\n2;;\n3;two;\n4;one;\n"})
	id := board.IDOf("q.csv.gigabatch")
	l, err := b.Take(t.Context(), id, &Reading{})
	if err != nil || l.Prompt != "вопрос" || len(l.Columns) != 3 || !l.Columns[2].Empty || !l.Columns[0].Numeric || l.Columns[1].Numeric || l.Format != "csv" ||
		l.Delimiter != ";" || l.HeaderRow != 1 || l.NoHeader || l.Encoding != "UTF-8" {
		t.Errorf("Take = %+v, %v", l, err)
	}
	column := &board.Spec{Input: "q.csv", Columns: asking("say {{вопрос}} {{пусто}}")}
	d, err := b.Draft(t.Context(), id, column, 0, 0)
	if want := []DraftPart{{Text: "say "}, {"one", "вопрос"}, {Text: " "}, {"", "пусто"}}; err != nil || !slices.Equal(d.Parts, want) || d.Line != 2 || d.Skipped || d.Problem != nil {
		t.Errorf("Draft = %+v, %v", d, err)
	}
	if d, err := b.Draft(t.Context(), id, column, 1, 0); err != nil || !d.Skipped || d.Why.IsZero() {
		t.Errorf("the draft of an empty row is %+v, %v", d, err)
	}
	d, err = b.Draft(t.Context(), id, &board.Spec{Input: "q.csv", Columns: asking("{{вапрос}}")}, 0, 0)
	if err != nil || !slices.Equal(d.Unknown, []string{"{{вапрос}}"}) || d.Skipped {
		t.Errorf("the draft with an unknown column is %+v, %v", d, err)
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
}

// shownOf returns the rows of a table once they are all known.
func shownOf(t *testing.T, w *Workbench, id string, r *Reading, n int) *Shown {
	t.Helper()
	return settled(t, func() (*Shown, bool, error) {
		s, err := w.Show(id, r, 0, n)
		return s, err == nil && s.Complete, err
	})
}

func filter(column, op string, values ...string) rows.Query {
	return rows.Query{Filters: []rows.Filter{{Column: column, Op: op, Values: values}}}
}

// A grid shows the newest version, any other one beside it, and what has changed; what is filtered is said as the command line says it, which
// then asks these rows and no others.
func TestGrid(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "id,prompt,n\n1,one,5\n2,bad,7\n3,two,\n4,,9\n5,one,10\n"})
	id := board.IDOf("q.csv.gigabatch")
	all := shownOf(t, w, id, &Reading{}, 10)
	if all.Total != 5 || len(all.Rows[0].Cells) != 0 || all.Rows[4].Values[1] != "one" || all.Rows[4].Line != 6 {
		t.Fatalf("before any run: %+v", all.Window)
	}
	first, second := &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")}, &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}{{n}}")}
	until(t, w, start(t, w, first), inState(board.Completed))
	tried, err := w.Try(t.Context(), second, 2)
	if err != nil || tried.Rows != 2 || !slices.Equal(tried.Lines, []int{2, 4}) {
		t.Fatalf("%+v, %v", tried, err)
	}
	o, err := w.Table(id)
	if err != nil || len(o.Versions) != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	was := o.Versions[1].ID
	both := &Reading{Was: was}
	all = shownOf(t, w, id, both, 10)
	if c := all.Rows[0].Cells[0]; c.Completion != "re one5" || c.Was == nil || c.Was.Completion != "re one" {
		t.Errorf("a row of two versions is %+v, was %+v", c, c.Was)
	}
	if c := all.Rows[4].Cells[0]; c.State != task.Pending || c.Was.Completion != "re one" {
		t.Errorf("a row that only the older version has asked is %+v, was %+v", c, c.Was)
	}
	for name, c := range map[string]struct {
		r     Reading
		lines []int
		where []string
		rows  string
	}{
		"a number":            {Reading{Query: filter("i2", rows.Greater, "5")}, []int{3, 5, 6}, []string{"n>5"}, ""},
		"a text":              {Reading{Query: filter("i1", rows.Contains, "O")}, []int{2, 4, 6}, []string{"prompt~O"}, ""},
		"an empty cell":       {Reading{Query: filter("i2", rows.Empty)}, []int{4}, []string{"n="}, ""},
		"a filled cell":       {Reading{Query: filter("i1", rows.Filled)}, []int{2, 3, 4, 6}, []string{"prompt!="}, ""},
		"one of":              {Reading{Query: filter("i1", rows.OneOf, "one", "bad")}, []int{2, 3, 6}, []string{`prompt in ["one","bad"]`}, ""},
		"a search":            {Reading{Query: rows.Query{Text: "ON"}}, []int{2, 6}, []string{"*~ON"}, ""},
		"a search and more":   {Reading{Query: rows.Query{Text: "on", Filters: filter("i2", rows.Greater, "5").Filters}}, []int{6}, []string{"*~on", "n>5"}, ""},
		"a search in answers": {Reading{Version: was, Query: rows.Query{Text: "re one"}}, []int{2, 6}, []string{}, "2,6"},
		"a state":             {Reading{Version: was, Query: filter("", rows.InState, "failed")}, []int{3}, []string{}, "3"},
		"an answer":           {Reading{Version: was, Query: filter("a0", rows.Equals, "re one")}, []int{2, 6}, []string{}, "2,6"},
		"what changed":        {Reading{Was: was, Query: filter("a0", rows.Changed)}, nil, []string{}, "2,4"},
		"nothing":             {Reading{Query: filter("i0", rows.Equals, "17")}, []int{}, []string{"id=17"}, ""},
		"several of them":     {Reading{Query: rows.Query{Filters: append(filter("i2", rows.Greater, "5").Filters, filter("i1", rows.Equals, "one").Filters...)}}, []int{6}, []string{"n>5", "prompt=one"}, ""},
	} {
		got := shownOf(t, w, id, &c.r, 10)
		var lines []int
		for _, r := range got.Rows {
			lines = append(lines, r.Line)
		}
		if c.lines != nil && !slices.Equal(lines, c.lines) {
			t.Errorf("%s: lines %v, want %v", name, lines, c.lines)
		}
		chosen, err := w.Choose(t.Context(), id, &c.r, nil)
		if err != nil || chosen.Count != len(lines) || !slices.Equal(chosen.Where, c.where) || c.lines != nil && chosen.Rows != c.rows {
			t.Errorf("%s: chosen %+v, %v", name, chosen, err)
			continue
		}
		if len(lines) == 0 {
			continue
		}
		asked := &board.Spec{Input: "q.csv", Columns: asking("{{id}}?"), Selected: board.Selected{Conditions: chosen.Where, Rows: chosen.Rows}}
		if plan, err := w.Plan(t.Context(), asked); err != nil || plan.Rows != len(lines) {
			t.Errorf("%s: a run asks %+v, %v, want %d rows", name, plan, err, len(lines))
		}
	}
	if chosen, err := w.Choose(t.Context(), id, &Reading{}, [][2]int{{0, 1}, {4, 4}, {17, 17}}); err != nil || chosen.Rows != "2-3,6" || chosen.Count != 3 {
		t.Errorf("by positions %+v, %v", chosen, err)
	}
	old := &Reading{Version: was}
	values := settled(t, func() (*rows.Distinct, bool, error) {
		d, err := w.Values(t.Context(), id, old, "a0")
		return d, err == nil && d.Complete, err
	})
	if len(values.Values) != 2 || values.Values[0].Value != "re one" || values.Values[0].Rows != 2 {
		t.Errorf("the values are %+v", values)
	}
	counts := settled(t, func() (rows.Counts, bool, error) {
		c, _, err := w.Counts(id, old)
		return c, err == nil && c.Complete, err
	})
	if counts.Rows != 5 || counts.Completed != 3 || counts.FailedRows() != 1 || counts.Skipped != 1 {
		t.Errorf("the counts are %+v", counts)
	}
	compared, err := w.Compare(t.Context(), id, o.Versions[0].ID, was, "completion")
	if err != nil || !compared.Complete || compared.Both != 1+1 || compared.Changed != 1 || compared.Same != 1 || compared.OnlyOld != 1 || len(compared.Moves) != 2 {
		t.Errorf("compared: %+v, %v", compared, err)
	}
	if s.count() != 4 {
		t.Errorf("%d requests, want 4", s.count())
	}
	if _, err := w.Show(id, &Reading{Version: "0123456789abcdef"}, 0, 1); !errors.Is(err, ErrNoVersion) {
		t.Errorf("a version that never was: %v", err)
	}
}

// The user corrects how a table is read, and the grid shows it; answers that cannot be shown then are left away, with the reason.
func TestCorrectedReading(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt;n\none;5\ntwo;6\n"})
	id := start(t, w, &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
	until(t, w, id, inState(board.Completed))
	comma := &Reading{Options: &board.ReadOptions{Delimiter: ","}}
	l := settled(t, func() (*Taken, bool, error) {
		l, err := w.Take(t.Context(), id, comma)
		return l, err == nil && l.Problem != nil && l.Complete, err
	})
	if len(l.Columns) != 1 || l.Columns[0].Name != "prompt;n" || l.Delimiter != "," || len(l.Answers) != 0 {
		t.Errorf("with commas it is taken for %+v", l)
	}
	if got := shownOf(t, w, id, comma, 5); got.Total != 2 || got.Rows[0].Values[0] != "one;5" {
		t.Errorf("with commas the rows are %+v", got.Window)
	}
	headless := shownOf(t, w, id, &Reading{Version: none, Options: &board.ReadOptions{NoHeader: true}}, 5)
	if headless.Total != 3 || headless.Rows[0].Values[0] != "prompt" {
		t.Errorf("without a header the rows are %+v", headless.Window)
	}
	back := shownOf(t, w, id, &Reading{}, 5)
	if back.Total != 2 || back.Rows[1].Cells[0].Completion != "re two" {
		t.Errorf("as the run read it, the rows are %+v", back.Window)
	}
}

// A draft uses the answers of another column only if that column was asked as the draft has it.
func TestDraftOfSeveralColumns(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt,n\none,5\n,6\n"})
	columns := board.Columns{{CompletionColumn: "a", Prompt: "{{prompt}}"}, {CompletionColumn: "b", Prompt: "of {{a}} and {{n}}", When: []string{"n>5"}, SkipEmpty: []string{"prompt"}}}
	sp := &board.Spec{Input: "q.csv", Columns: columns[:1]}
	id := start(t, w, sp)
	until(t, w, id, inState(board.Completed))
	sp.Columns = columns
	d, err := w.Draft(t.Context(), id, sp, 0, 1)
	if err != nil || len(d.Needs) != 0 && d.Needs[0] != "a" {
		t.Fatalf("%+v, %v", d, err)
	}
	if want := []DraftPart{{Text: "of "}, {"re one", "a"}, {Text: " and "}, {"5", "n"}}; !d.Skipped || d.Why.IsZero() || len(d.Needs) > 0 || !slices.Equal(d.Parts, want) {
		t.Errorf("with the answer of a: %+v", d)
	}
	if d, err := w.Draft(t.Context(), id, sp, 1, 1); err != nil || !d.Skipped {
		t.Errorf("a row without a prompt: %+v, %v", d, err)
	}
	changed := *sp
	changed.Columns = board.Columns{{CompletionColumn: "a", Prompt: "other {{prompt}}"}, columns[1]}
	if d, err := w.Draft(t.Context(), id, &changed, 0, 1); err != nil || !slices.Equal(d.Needs, []string{"a"}) {
		t.Errorf("with another a: %+v, %v", d, err)
	}
	if d, err := w.Draft(t.Context(), id, &board.Spec{Input: "q.csv", Columns: asking("{{prompt")}, 0, 0); err != nil || d.Problem == nil {
		t.Errorf("a prompt that is not complete: %+v, %v", d, err)
	}
	if d, err := w.Draft(t.Context(), id, sp, 99, 0); err != nil || len(d.Parts) > 0 {
		t.Errorf("a row that does not exist: %+v, %v", d, err)
	}
	if s.count() != 1 {
		t.Errorf("%d requests", s.count())
	}
}

// A row shows that its request is in flight in this process, and an edit that its author has not seen is refused.
func TestAskingAndEdits(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\nslow\n"})
	id := start(t, w, &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
	<-s.began
	now := settled(t, func() (*Shown, bool, error) {
		v, err := w.Show(id, &Reading{}, 0, 5)
		return v, err == nil && len(v.Rows) == 2 && len(v.Rows[0].Cells) == 1 && v.Rows[0].Cells[0].State == task.Completed, err
	})
	if k := now.Rows[1].Cells[0].Key; !now.Asking[k] || len(now.Asking) != 1 {
		t.Errorf("the requests in flight are %v, the row has %v", now.Asking, k)
	}
	other := another(t, w.Options) // another process
	row, _, err := other.RowOf(t.Context(), id, &Reading{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	key, of := row.Cells[0].Key.String(), row.Cells[0].Version()
	if _, err := w.EditIn(t.Context(), id, &Reading{}, 0, key, rows.Change{Column: "a0", Version: of, Text: "by hand"}); err != nil {
		t.Fatal(err)
	}
	var changed *rows.ChangedError
	if _, err := other.EditIn(t.Context(), id, &Reading{}, 0, key, rows.Change{Column: "completion", Version: of, Text: "mine"}); !errors.As(err, &changed) || changed.Now.Completion != "by hand" {
		t.Errorf("an edit over another one: %v", err)
	}
	close(s.goOn)
	until(t, w, id, inState(board.Completed))
	if v := shownOf(t, other, id, &Reading{}, 5); v.Rows[0].Cells[0].Completion != "by hand" || v.Rows[0].Cells[0].Edited.IsZero() || len(v.Asking) > 0 {
		t.Errorf("the other process shows %+v", v.Rows[0].Cells[0])
	}
}

// The views that nobody uses are few, and are closed in the end.
func TestViewsAreFew(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt\none\n"})
	id := board.IDOf("q.csv.gigabatch")
	for row := range 3 * maxViews {
		if _, err := w.Show(id, &Reading{Options: &board.ReadOptions{HeaderRow: row % 2, KeepRows: strings.Repeat("1,", row) + "1"}}, 0, 1); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.views.open); n != maxViews {
		t.Errorf("%d views are open, want %d", n, maxViews)
	}
	if w.forget(time.Hour); len(w.views.open) != maxViews {
		t.Error("views in use were closed")
	}
	if w.forget(0); len(w.views.open) != 0 {
		t.Errorf("%d views are left", len(w.views.open))
	}
}

// A trial that is stopped, and one whose process dies, lose no answer: they are not asked again, in any column.
func TestTrialsLoseNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *Workbench, stop context.CancelFunc, s *service){
		"stopped": func(_ *Workbench, stop context.CancelFunc, s *service) { stop(); close(s.goOn) },
		"killed":  func(w *Workbench, _ context.CancelFunc, _ *service) { w.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := open(t, map[string]string{"q.csv": "prompt\na\nb\nslow c\n"})
			sp := &board.Spec{Input: "q.csv", Columns: board.Columns{{CompletionColumn: "x", Prompt: "{{prompt}}"}, {CompletionColumn: "y", Prompt: "of {{x}}"}}}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			done := make(chan error, 1)
			go func() {
				_, err := w.Try(ctx, sp, 3)
				done <- err
			}()
			<-s.began
			id := board.IDOf("q.csv.gigabatch")
			settled(t, func() (*Shown, bool, error) { // the answers appear while the trial goes on
				v, err := w.Show(id, &Reading{}, 0, 3)
				return v, err == nil && len(v.Rows) == 3 && len(v.Rows[0].Cells) == 2 && v.Rows[0].Cells[0].State == task.Completed && v.Rows[1].Cells[0].State == task.Completed, err
			})
			end(w, stop, s)
			<-done
			if _, err := os.Stat(filepath.Join(w.Dir, "q.sandbox.csv")); err == nil {
				t.Error("a trial has written an output")
			}
			if name == "killed" {
				close(s.goOn)
			}
			again := another(t, w.Options)
			until(t, again, start(t, again, sp), inState(board.Completed))
			s.mu.Lock()
			defer s.mu.Unlock()
			times := map[string]int{}
			for _, text := range s.asked {
				if times[text]++; times[text] > 1 && (name == "stopped" || text != "slow c") {
					t.Errorf("%q was asked again", text)
				}
			}
			if len(times) != 6 {
				t.Errorf("the prompts were %v, want two for each row", times)
			}
		})
	}
}

// Rows that are chosen by their places are those of the order that was asked for, also if nobody has looked at the table for a while.
func TestChooseBeforeRowsAreRead(t *testing.T) {
	t.Parallel()
	id := board.IDOf("q.csv.gigabatch")
	sorted := rows.Query{Sort: []rows.Order{{Column: "i1", Desc: true}}}
	for _, c := range []struct {
		name string
		q    rows.Query
		want string
	}{{"table", rows.Query{}, "3-4"}, {"sorted", sorted, "2-3"}, {"filtered", filter("i1", rows.Greater, "1"), "3,5"}} {
		w, _ := open(t, map[string]string{"q.csv": "q,n\nzero,2\none,3\ntwo,1\nthree,4\n"})
		chosen, err := w.Choose(t.Context(), id, &Reading{Version: none, Query: c.q}, [][2]int{{1, 2}})
		if err != nil || chosen.Rows != c.want || chosen.Count != 2 {
			t.Errorf("%s: Choose = %+v, %v, want %s", c.name, chosen, err, c.want)
		}
	}
}

// A column is edited by its name, also if that is what another column is called by its place.
func TestEditOfAColumnNamedLikeAPlace(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "q\none\n"})
	id := start(t, w, &board.Spec{Input: "q.csv", Columns: board.Columns{{CompletionColumn: "a1", Prompt: "x {{q}}"}, {CompletionColumn: "b", Prompt: "y {{q}}"}}})
	until(t, w, id, inState(board.Completed))
	row, _, err := w.RowOf(t.Context(), id, &Reading{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range row.Cells {
		if _, err := w.EditIn(t.Context(), id, &Reading{}, 0, c.Key.String(), rows.Change{Column: c.Column, Version: c.Version(), Text: "my " + c.Column}); err != nil {
			t.Errorf("edit of %s: %v", c.Column, err)
		}
	}
}

// Columns of dates are no numbers, whatever the form of the dates.
func TestTakeDates(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "day,iso,time,n,year,mixed\n31.12.2024,2024-12-31,01.02.2024 10:30,12.05,2024,1.2.2024\n1.2.24,2024-02-01,,\"1 500,5\",2025,soon\n"})
	got := settled(t, func() (*Taken, bool, error) {
		taken, err := w.Take(t.Context(), board.IDOf("q.csv.gigabatch"), &Reading{})
		return taken, err == nil && taken.Complete, err
	})
	for i, want := range []struct{ numeric, dates bool }{{false, true}, {false, true}, {false, true}, {true, false}, {true, false}, {false, false}} {
		if c := got.Columns[i]; c.Numeric != want.numeric || c.Dates != want.dates {
			t.Errorf("%s is %+v, want %+v", c.Name, c, want)
		}
	}
}

// A list of rows that no request has room for is refused in words; conditions are as short for any number of rows.
func TestChooseTooMany(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt,mood,mood,kind\n" + strings.Repeat("one,a,1,a\ntwo,b,2,b\n", 90_000)})
	id := board.IDOf("q.csv.gigabatch")
	of := func(column string) *Reading {
		return &Reading{Query: rows.Query{Filters: []rows.Filter{{Column: column, Op: rows.Equals, Values: []string{"a"}}}}}
	}
	if chosen, err := w.Choose(t.Context(), id, of("i3"), nil); err != nil || chosen.Count != 90_000 || !slices.Equal(chosen.Where, []string{"kind=a"}) {
		t.Errorf("by a condition: %.200v, %v", chosen, err)
	}
	var wrong *spec.UsageError
	if chosen, err := w.Choose(t.Context(), id, of("i1"), nil); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "the numbers of these 90,000 rows") || wrong.Hint.IsZero() {
		t.Errorf("by one of two columns with a name: %.200v, %v", chosen, err)
	}
}

// A filter for failed or blocked rows finds each row with such an answer, also while another column of the row was not asked.
func TestFilterForFailuresOfAnyColumn(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt\none\nbad\ntwo\nthree\n"})
	id := start(t, w, &board.Spec{Input: "q.csv", Columns: named("Mood", "{{prompt}}")})
	until(t, w, id, inState(board.Completed))
	if _, err := w.Try(t.Context(), &board.Spec{Input: "q.csv", Columns: named("Mood", "{{prompt}}", "Note", "N {{prompt}}")}, 1); err != nil {
		t.Fatal(err)
	}
	got := shownOf(t, w, id, &Reading{Query: filter("", rows.InState, "failed", "blocked")}, 10)
	if got.Total != 1 || got.Rows[0].Index != 1 || len(got.Rows[0].Cells) != 2 {
		t.Errorf("the failed rows are %+v", got.Rows)
	}
}
