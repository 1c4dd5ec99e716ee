package workbench

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/web/board"
)

// The list has tables and folders of documents, but no outputs and no documents beside tables; live runs are first.
func TestTables(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{
		"q.csv": "prompt\none\n", "live.csv": "prompt\nslow\n", "README.md": "x", "letters/a.txt": "a", "letters/deep/b.md": "b", "mixed/t.csv": "prompt\none\n",
		"mixed/note.txt": "n",
	})
	until(t, w, start(t, w, &board.Spec{Input: "q.csv"}), inState(board.Completed))
	id := start(t, w, &board.Spec{Input: "live.csv"})
	until(t, w, id, inState(board.Running))
	all, more := w.List()
	var names []string
	for _, l := range all {
		names = append(names, l.Name+" "+l.Kind)
		if l.Name == "q.csv" && (l.Runs != 1 || l.Run == nil || l.ID != board.IDOf("q.csv.gigabatch") || l.Format != "csv" || l.Size == 0) {
			t.Errorf("q.csv is %+v", l)
		}
	}
	slices.Sort(names[1:])
	want := []string{"live.csv table", "letters documents", "mixed/t.csv table", "q.csv table"}
	if !slices.Equal(names, want) || more {
		t.Errorf("the tables are %q, want %q", names, want)
	}
	close(s.goOn)
	until(t, w, id, inState(board.Completed))
}

// Each definition of the columns is a version, trials included; asking in the same way again is none.
func TestVersions(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\ntwo\nthree\n", "new.csv": "a,b\n1,2\n"})
	first, second := &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")}, &board.Spec{Input: "q.csv", Columns: asking("again {{prompt}}")}
	id := start(t, w, first)
	until(t, w, id, inState(board.Completed))
	if _, err := w.Try(t.Context(), second, 2); err != nil {
		t.Fatal(err)
	}
	o, err := w.Table(id)
	if err != nil || len(o.Versions) != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	trial, run := o.Versions[0], o.Versions[1]
	if !trial.Trial || trial.Asked[0].Answers != 2 || trial.Runs != 1 || trial.Columns[0].Prompt != "again {{prompt}}" || run.Trial || run.Asked[0].Answers != 3 {
		t.Errorf("the versions are %+v", o.Versions)
	}
	if o.Spec == nil || o.Spec.Columns[0].Prompt != "{{prompt}}" || o.Spec.Input != "q.csv" || o.Writes.Output != "q.sandbox.csv" || o.Run == nil || o.Run.State != board.Completed {
		t.Errorf("the table is %+v with spec %+v", o, o.Spec)
	}
	// Another process asks a third question, with a selection, and goes back to the first one. Nothing is paid twice.
	if _, err := elsewhere(w, s, second).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	third := *second
	third.Limit = 1
	third.Columns = asking("third {{prompt}}")
	for _, sp := range []*board.Spec{&third, first} {
		if _, err := elsewhere(w, s, sp).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	o, err = w.Table(id)
	if err != nil || len(o.Versions) != 3 || o.Versions[0].ID != run.ID || o.Versions[0].Runs != 2 || o.Versions[1].Asked[0].Answers != 1 || o.Versions[2].Trial || o.Versions[2].Asked[0].Answers != 3 {
		t.Errorf("%+v, %v", o.Versions, err)
	}
	if s.count() != 7 {
		t.Errorf("%d requests, want 7", s.count())
	}
	none, err := w.Table(board.IDOf("new.csv.gigabatch"))
	if err != nil || none.Spec != nil || none.Run != nil || none.Versions == nil || len(none.Versions) != 0 || none.Name != "new.csv" || none.Writes.Output != "new.sandbox.csv" {
		t.Errorf("a table that was never asked is %+v, %v", none, err)
	}
	for _, bad := range []string{board.IDOf("gone.csv.gigabatch"), board.IDOf("../q.csv.gigabatch"), "x!", ""} {
		if _, err := w.Table(bad); err == nil {
			t.Errorf("%q is a table", bad)
		}
	}
}

// A folder of documents is asked like a table. Its journal and its output lie beside it.
func TestDocumentsAsTable(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"letters/a.txt": "one", "letters/b.md": "two"})
	all, _ := w.List()
	if len(all) != 1 || all[0].Name != "letters" {
		t.Fatalf("%+v", all)
	}
	sp := &board.Spec{Input: "letters", Columns: asking("say {{content}}")}
	if _, err := w.Plan(t.Context(), &board.Spec{Input: "letters", InPlace: true, Columns: sp.Columns}); w.Sandbox == false || err != nil {
		t.Errorf("in place with a sandbox: %v", err)
	}
	id := start(t, w, sp)
	if id != all[0].ID {
		t.Errorf("the run has the id %q, the table %q", id, all[0].ID)
	}
	if i := until(t, w, id, inState(board.Completed)); i.Completed != 2 || s.count() != 2 {
		t.Errorf("%+v", i)
	}
	if _, err := os.Stat(filepath.Join(w.Dir, "letters.answers.sandbox.csv")); err != nil {
		t.Error(err)
	}
	all, _ = w.List()
	if len(all) != 1 || all[0].ID != id || all[0].Name != "letters" || all[0].Kind != board.DocumentsKind || all[0].Runs != 1 {
		t.Errorf("after the run the tables are %+v", all)
	}
	o, err := w.Table(id)
	if err != nil || o.Spec == nil || o.Spec.Input != "letters" || o.Spec.Kept != nil || o.Kind != board.DocumentsKind {
		t.Fatalf("%+v, %v", o, err)
	}
	shown := shownOf(t, w, id, &Reading{}, 5)
	if columns := shown.Rows[1].Values; shown.Total != 2 || columns[1] != "b" && columns[1] != "b.md" || columns[len(columns)-1] != "two" || shown.Rows[1].Cells[0].Completion != "re say two" {
		t.Errorf("the rows of documents are %+v", shown.Window)
	}
	if l, err := w.Take(t.Context(), id, &Reading{}); err != nil || l.Format != "documents" || l.HeaderRow != 0 || len(l.Columns) < 4 {
		t.Errorf("documents are taken for %+v, %v", l, err)
	}
	if d, err := w.Draft(t.Context(), id, &board.Spec{Input: "letters", Columns: asking("sum up")}, 0, 0); err != nil || len(d.Parts) != 2 || d.Parts[1].Text != "one" || d.Parts[1].Column != "content" {
		t.Errorf("the draft of a document is %+v, %v", d, err)
	}
	plan, err := w.Plan(t.Context(), o.Spec)
	if err != nil || plan.Tasks != 0 || plan.Completed != 2 {
		t.Errorf("the spec of the table plans %+v, %v", plan, err)
	}
}

// A table that a journal names outside the folder is not shown.
func TestTableOutside(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\n"})
	secret := filepath.Join(t.TempDir(), "secret.csv")
	write(t, secret, "prompt\none\n")
	j := elsewhere(w, s, &board.Spec{})
	j.Input, j.Journal, j.Settings.Output = secret, filepath.Join(w.Dir, "x.csv.gigabatch"), spec.OutputPath(secret, true)
	if _, err := j.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	id := board.IDOf("x.csv.gigabatch")
	until(t, w, id, func(i board.Info) bool { return i.State != "" })
	if o, err := w.Table(id); err == nil {
		t.Errorf("%+v", o)
	}
}

// While the page shows one version, another process asks another one, and a program changes the table: the version that is shown keeps its
// answers, the newest one moves on, and nothing is paid twice.
func TestOthersWorkOnTheTable(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	first, second := &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")}, &board.Spec{Input: "q.csv", Columns: asking("again {{prompt}}")}
	id := start(t, w, first)
	until(t, w, id, inState(board.Completed))
	o, err := w.Table(id)
	if err != nil {
		t.Fatal(err)
	}
	kept := &Reading{Version: o.Versions[0].ID}
	shownOf(t, w, id, kept, 5)
	if _, err := elsewhere(w, s, second).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(w.Dir, "q.csv"), "prompt\nzero\none\ntwo\n")
	for _, c := range map[string]struct {
		r    *Reading
		want []string
	}{
		"the version that is shown": {kept, []string{"", "re one", "re two"}},
		"the newest version":        {&Reading{}, []string{"", "re again one", "re again two"}},
	} {
		settled(t, func() (*Shown, bool, error) {
			v, err := w.Show(id, c.r, 0, 5)
			var got []string
			for i := range v.Rows {
				for _, cell := range v.Rows[i].Cells {
					got = append(got, cell.Completion)
				}
			}
			return v, err == nil && slices.Equal(got, c.want), err
		})
	}
	if plan, err := w.Plan(t.Context(), first); err != nil || plan.Tasks != 1 {
		t.Errorf("going back to the first version asks %+v, %v", plan, err)
	}
	if s.count() != 4 {
		t.Errorf("%d requests, want 4", s.count())
	}
	if _, err := other(t, w).Try(t.Context(), second, 3); err != nil || s.count() != 5 {
		t.Errorf("a trial of another server: %v, %d requests", err, s.count())
	}
}

func other(t *testing.T, w *Workbench) *Workbench { return another(t, w.Options) }

// Two servers of one folder do not run the same table at once, and a trial of one is refused while the other one runs.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\nslow\n"})
	sp := &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")}
	id := start(t, w, sp)
	<-s.began
	two := other(t, w)
	var locked *journal.LockedError
	if _, err := two.Try(t.Context(), sp, 1); !errors.As(err, &locked) {
		t.Errorf("a trial beside a run: %v", err)
	}
	if _, err := w.Try(t.Context(), sp, 1); !errors.Is(err, board.ErrBusy) {
		t.Errorf("a trial in another tab: %v", err)
	}
	close(s.goOn)
	until(t, w, id, inState(board.Completed))
	if s.count() != 1 {
		t.Errorf("%d requests", s.count())
	}
}

// What a run asked of some rows, the next one asks of all, unless the user says otherwise again.
func TestSpecOfATableHasAllRows(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt,n\none,1\ntwo,2\nthree,3\n"})
	some := &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")}
	some.Conditions, some.Rows, some.Limit = []string{"n>1"}, "2-3", 1
	id := start(t, w, some)
	until(t, w, id, inState(board.Completed))
	o, err := w.Table(id)
	if err != nil || o.Spec == nil {
		t.Fatalf("%+v, %v", o, err)
	}
	if s := o.Spec; len(s.Conditions) > 0 || s.Rows != "" || s.Limit != 0 || s.Columns[0].Prompt != "{{prompt}}" {
		t.Errorf("the spec is %+v", s)
	}
	if p, err := w.Plan(t.Context(), o.Spec); err != nil || p.Rows != 3 || p.Tasks != 2 {
		t.Errorf("the plan is %+v, %v", p, err)
	}
}

// The runs of a table are those of all prompts, the newest first, with what they brought; trials and those of other processes are among them.
func TestRunsOfATable(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\nbad\nslow\n", "new.csv": "a\n1\n"})
	first, second := &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")}, &board.Spec{Input: "q.csv", Columns: asking("again\n {{prompt}}" + strings.Repeat(" long", 100))}
	first.Limit = 2
	id := start(t, w, first)
	until(t, w, id, inState(board.Completed))
	second.Limit = 1
	if _, err := w.Try(t.Context(), second, 1); err != nil {
		t.Fatal(err)
	}
	second.Limit = 0
	start(t, w, second)
	<-s.began
	of := func() []Ran {
		t.Helper()
		all, more, err := w.Past(id)
		if err != nil || more || len(all) != 3 {
			t.Fatalf("%+v, %v, %v", all, more, err)
		}
		return all
	}
	all := of()
	if r := all[0]; r.State != board.Running || r.Trial || r.Number != 3 || r.Ended != nil || !strings.HasPrefix(r.Prompt, "again {{prompt}} long") || len([]rune(r.Prompt)) > maxPrompt+1 {
		t.Errorf("the run in progress is %+v", r)
	}
	if r := all[1]; !r.Trial || r.State != board.Tried || r.Rows != 1 || r.Completed != 1 || r.Failed != 0 || r.Ended == nil || r.Spent.Tokens != 5 {
		t.Errorf("the trial is %+v", r)
	}
	if r := all[2]; r.Trial || r.State != board.Completed || r.Number != 1 || r.Rows != 2 || r.Completed != 1 || r.Failed != 1 || r.Prompt != "{{prompt}}" || !r.Sandbox || len(r.Columns) != 1 {
		t.Errorf("the first run is %+v", r)
	}
	close(s.goOn)
	until(t, w, id, inState(board.Completed))
	if r := of()[0]; r.State != board.Completed || r.Rows != 3 || r.Completed != 3 || r.Ended == nil {
		t.Errorf("the run that has ended is %+v", r)
	}
	if all, _, err := w.Past(board.IDOf("new.csv.gigabatch")); err != nil || all == nil || len(all) != 0 {
		t.Errorf("the runs of a table that was never asked are %+v, %v", all, err)
	}
	if _, _, err := w.Past(board.IDOf("gone.csv.gigabatch")); err == nil {
		t.Error("a table that does not exist has runs")
	}
}

// A run is listed with the columns that it asked and their prompt, not with those whose answers it had; rows that were skipped are done.
func TestRunsSayWhatTheyAsked(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt,more\none,a\ntwo,b\n,\n"})
	sp := &board.Spec{Input: "q.csv", Columns: board.Columns{{CompletionColumn: "First", Prompt: "{{prompt}}"}, {CompletionColumn: "Second", Prompt: "More of {{more}}"}}}
	one := *sp
	one.Columns = sp.Columns[:1]
	id := start(t, w, &one)
	until(t, w, id, inState(board.Completed))
	asks := func(s *board.Spec, want string) {
		t.Helper()
		start(t, w, s)
		until(t, w, id, inState(board.Completed))
		all, _, err := w.Past(id)
		if err != nil {
			t.Fatal(err)
		}
		r := all[0]
		if got := strings.Join(r.Columns, "+") + ": " + r.Prompt; got != want {
			t.Errorf("the run is listed as %q, want %q", got, want)
		}
		if done := r.Completed + r.Failed + r.Skipped; done != 3 || r.Rows != 3 || r.Skipped != 1 {
			t.Errorf("%d of %d rows are done, %d of them skipped, want 3 of 3 and 1", done, r.Rows, r.Skipped)
		}
	}
	asks(sp, "Second: More of {{more}}")
	other := *sp
	other.Columns = board.Columns{{CompletionColumn: "First", Prompt: "Again {{prompt}}"}, {CompletionColumn: "Second", Prompt: "Much of {{more}}"}}
	asks(&other, "First+Second: Again {{prompt}}")
	if _, err := w.Try(t.Context(), &board.Spec{Input: "q.csv", Columns: board.Columns{other.Columns[0], {CompletionColumn: "Second", Prompt: "Tried {{more}}"}}}, 1); err != nil {
		t.Fatal(err)
	}
	if all, _, err := w.Past(id); err != nil || strings.Join(all[0].Columns, "+") != "Second" || all[0].Prompt != "Tried {{more}}" {
		t.Errorf("the trial is listed as %+v, %v", all[0], err)
	}
}
