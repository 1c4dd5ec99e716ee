package workbench

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/web/board"
)

// named returns completion columns with names and prompts, in turn.
func named(all ...string) (columns board.Columns) {
	for i := 0; i < len(all); i += 2 {
		c := asking(all[i+1])[0]
		c.CompletionColumn = all[i]
		columns = append(columns, c)
	}
	return columns
}

// A prompt of a column is one version, whatever else its runs asked, and has the answers of this column alone. Versions of several columns that
// no run had together can be shown together.
func TestVersionsOfAColumn(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\ntwo\nthree\nfour\n"})
	var id string
	for _, columns := range []board.Columns{
		named("Mood", "{{prompt}}"), named("Mood", "Now {{prompt}}", "Note", "N {{prompt}}"), named("Mood", "Now {{prompt}}", "Note", "Other {{prompt}}"),
	} {
		id = start(t, w, &board.Spec{Input: "q.csv", Columns: columns})
		until(t, w, id, inState(board.Completed))
	}
	if _, err := w.Try(t.Context(), &board.Spec{Input: "q.csv", Columns: named("Mood", "Try {{prompt}}", "Note", "Try it {{prompt}}")}, 4); err != nil {
		t.Fatal(err)
	}
	asked := s.count()
	o, err := w.Table(id)
	if err != nil || len(o.Versions) != 4 {
		t.Fatalf("%+v, %v", o, err)
	}
	trial, third, second, first := o.Versions[0], o.Versions[1], o.Versions[2], o.Versions[3]
	if third.Asked[0].ID != second.Asked[0].ID || third.Asked[1].ID == second.Asked[1].ID {
		t.Errorf("one prompt has several versions, or two have one: %+v, %+v", third.Asked, second.Asked)
	}
	for _, v := range o.Versions {
		for _, a := range v.Asked {
			if a.Answers != 4 {
				t.Errorf("a column of 4 rows has %d answers: %+v", a.Answers, v)
			}
		}
	}
	together := first.Asked[0].ID + joint + second.Asked[1].ID
	got := shownOf(t, w, id, &Reading{Version: together, Was: trial.ID}, 10)
	if c := got.Rows[0].Cells; len(c) != 2 || c[0].Completion != "re one" || c[1].Completion != "re N one" || c[0].Was == nil || c[0].Was.Completion != "re Try one" {
		t.Errorf("columns of two versions: %+v", c)
	}
	if s.count() != asked {
		t.Errorf("looking at versions has asked %d times", s.count()-asked)
	}
}

// What the grid shows is what is written, in each form: an edit of an older version is in all of them, also of one that no run had as a whole.
// Edits of what is not written are told before.
func TestSaveTheEditsThatAreShown(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	w = another(t, board.Options{Dir: w.Dir, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: s.real})
	var id string
	for _, columns := range []board.Columns{named("Mood", "{{prompt}}"), named("Mood", "Now {{prompt}}", "Note", "N {{prompt}}")} {
		id = start(t, w, &board.Spec{Input: "q.csv", Columns: columns})
		until(t, w, id, inState(board.Completed))
	}
	o, err := w.Table(id)
	if err != nil || len(o.Versions) != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	newest, oldest := o.Versions[0], o.Versions[1]
	together := oldest.Asked[0].ID + joint + newest.Asked[1].ID
	for _, v := range []struct{ version, text string }{{oldest.ID, "mine, of old"}, {newest.ID, "mine, of new"}} {
		at := &Reading{Version: v.version}
		row, _, err := w.RowOf(t.Context(), id, at, 0)
		if err != nil {
			t.Fatal(err)
		}
		c := row.Cells[0]
		if _, err := w.EditIn(t.Context(), id, at, 0, c.Key.String(), rows.Change{Column: c.Column, Version: c.Version(), Text: v.text}); err != nil {
			t.Fatal(err)
		}
	}
	answers := board.Answers{Board: w.Board}
	for _, v := range []struct{ version, has, lacks string }{
		{oldest.ID, "mine, of old", "re N"}, {newest.ID, "mine, of new", "of old"}, {together, "mine, of old", "of new"}, {newest.ID, "re N two", "of old"},
	} {
		what, err := w.Shown(id, v.version)
		if err != nil {
			t.Fatal(err)
		}
		check := func(how, text string) {
			t.Helper()
			if !strings.Contains(text, v.has) || strings.Contains(text, v.lacks) || !strings.Contains(text, "two") {
				t.Errorf("%s of version %s has no %q, or has %q:\n%s", how, v.version, v.has, v.lacks, text)
			}
		}
		for how, name := range map[string]string{"new": "q.answers.csv", "in_place": "q.csv"} {
			dry, err := answers.Save(t.Context(), id, board.Saving{How: how, Shown: what, Dry: true})
			if err != nil {
				t.Fatal(err)
			}
			const said = "answers edited by hand that are written: 1; answers edited by hand that are not written, since they are of other versions or other rows: 1; they are kept"
			var says []string
			for _, one := range dry.Says {
				says = append(says, one.String())
			}
			if !strings.HasSuffix(strings.Join(says, "; "), said) {
				t.Errorf("%s says %q", how, says)
			}
			if _, err := answers.Save(t.Context(), id, board.Saving{How: how, Shown: what}); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(w.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if how == "in_place" { // columns of other versions stay in the table
				v.lacks = "\x00"
			}
			check(how, string(text))
		}
		for _, format := range []string{"csv", "jsonl", "excel-ru"} {
			x, err := answers.Export(t.Context(), id, what, format)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(x)
			x.Close()
			if err != nil {
				t.Fatal(err)
			}
			check(format, string(text))
		}
	}
}

// Columns of several versions are written with the answers that the grid shows, also those from before a run that asked everything again.
func TestSaveAnswersFromBeforeAFreshRun(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	w = another(t, board.Options{Dir: w.Dir, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: s.real})
	id := start(t, w, &board.Spec{Input: "q.csv", Columns: named("Mood", "{{prompt}}")})
	until(t, w, id, inState(board.Completed))
	j := elsewhere(w, s, &board.Spec{Input: "q.csv", Columns: named("Mood", "Now {{prompt}}", "Note", "N {{prompt}}")})
	j.Fresh, j.Sandbox, j.Connect = true, false, s.real
	if _, err := j.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	o, err := w.Table(id)
	if err != nil || len(o.Versions) != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	together := o.Versions[1].Asked[0].ID + joint + o.Versions[0].Asked[1].ID
	got := shownOf(t, w, id, &Reading{Version: together}, 10)
	if c := got.Rows[0].Cells; c[0].Completion != "re one" || c[1].Completion != "re N one" {
		t.Fatalf("the grid shows %+v", c)
	}
	what, err := w.Shown(id, together)
	if err != nil {
		t.Fatal(err)
	}
	answers := board.Answers{Board: w.Board}
	x, err := answers.Export(t.Context(), id, what, "csv")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	exported, err := io.ReadAll(x)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := answers.Save(t.Context(), id, board.Saving{How: "new", Shown: what}); err != nil {
		t.Fatal(err)
	}
	saved, err := os.ReadFile(filepath.Join(w.Dir, "q.answers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(exported), string(saved)} {
		if !strings.Contains(text, "re one") || !strings.Contains(text, "re N two") || strings.Contains(text, "pending") {
			t.Errorf("written is\n%s", text)
		}
	}
}

// An answer in a form that a version has written into the table gives way to that of the version that is written next, also if no run had the
// first one as a whole.
func TestSaveChoicesOfVersionsInPlace(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	w = another(t, board.Options{Dir: w.Dir, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: s.real})
	choices := func(columns board.Columns) board.Columns {
		columns[0].Choices = []string{"re one", "re two", "re Now one", "re Now two"}
		return columns
	}
	var id string
	for _, columns := range []board.Columns{choices(named("Mood", "{{prompt}}")), choices(named("Mood", "Now {{prompt}}", "Note", "N {{prompt}}"))} {
		id = start(t, w, &board.Spec{Input: "q.csv", Columns: columns})
		until(t, w, id, inState(board.Completed))
	}
	o, err := w.Table(id)
	if err != nil || len(o.Versions) != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	newest, oldest := o.Versions[0], o.Versions[1]
	together := oldest.Asked[0].ID + joint + newest.Asked[1].ID
	for i, version := range []string{newest.ID, oldest.ID, newest.ID, together, newest.ID, together, oldest.ID} {
		what, err := w.Shown(id, version)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (board.Answers{Board: w.Board}).Save(t.Context(), id, board.Saving{How: "in_place", Shown: what}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(w.Dir, "q.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), "re Now one"); got != (version == newest.ID) || strings.Contains(string(text), "re one") == got {
			t.Errorf("%d: version %s:\n%s", i, version, text)
		}
	}
}

// A column of the user that has the name of ours since the run stays, if ours get other names.
func TestSaveInNewColumns(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	id := start(t, w, &board.Spec{Input: "q.csv", Columns: named("Mood", "{{prompt}}")})
	until(t, w, id, inState(board.Completed))
	write(t, filepath.Join(w.Dir, "q.csv"), "prompt,Mood\none,mine\ntwo,mine\n")
	what, err := w.Shown(id, "")
	if err != nil {
		t.Fatal(err)
	}
	how := board.Saving{How: "new", Shown: what}
	answers := board.Answers{Board: w.Board}
	if _, err := answers.Save(t.Context(), id, how); err == nil || !strings.Contains(err.Error(), "already has a column") {
		t.Fatalf("the column of the user is refilled: %v", err)
	}
	how.NewColumns = true
	saved, err := answers.Save(t.Context(), id, how)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(w.Dir, saved.Output))
	if err != nil || !strings.Contains(string(text), "one,mine,re one") {
		t.Errorf("%s: %v\n%s", saved.Output, err, text)
	}
}

// corrected has a table with two versions of a column, of which the older one has an answer corrected by hand, and returns a function that edits
// an answer in a version.
func corrected(t *testing.T) (w *Workbench, s *service, id string, o *Opened, edit func(version string, row int, text string)) {
	t.Helper()
	w, s = open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	for _, prompt := range []string{"{{prompt}}", "Now {{prompt}}"} {
		id = start(t, w, &board.Spec{Input: "q.csv", Columns: named("Mood", prompt)})
		until(t, w, id, inState(board.Completed))
	}
	edit = func(version string, index int, text string) {
		t.Helper()
		at := &Reading{Version: version}
		row, _, err := w.RowOf(t.Context(), id, at, index)
		if err != nil {
			t.Fatal(err)
		}
		c := row.Cells[0]
		if _, err := w.EditIn(t.Context(), id, at, index, c.Key.String(), rows.Change{Column: c.Column, Version: c.Version(), Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	o, err := w.Table(id)
	if err != nil || len(o.Versions) != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	edit(o.Versions[1].ID, 0, "mine")
	return w, s, id, o, edit
}

// save writes a version of a table into its file.
func save(t *testing.T, w *Workbench, id, version string) {
	t.Helper()
	what, err := w.Shown(id, version)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (board.Answers{Board: w.Board}).Save(t.Context(), id, board.Saving{How: "new", Shown: what}); err != nil {
		t.Fatal(err)
	}
}

// A command that writes another version over one with corrections says how many are no longer in the file, and which run has them.
func TestCorrectionsThatTheLastRunWritesOver(t *testing.T) {
	t.Parallel()
	w, s, id, o, _ := corrected(t)
	input := filepath.Join(w.Dir, "q.csv")
	rewrite := func(number int) (*task.Summary, error) {
		j := &jobs.Job{Input: input}
		j.Number = number
		return j.Rewrite(t.Context(), false, nil)
	}
	for name, command := range map[string]func() (*task.Summary, error){
		"output": func() (*task.Summary, error) { return rewrite(0) },
		"run": func() (*task.Summary, error) {
			return elsewhere(w, s, &board.Spec{Input: "q.csv", Columns: named("Mood", "Now {{prompt}}")}).Run(t.Context(), nil)
		},
	} {
		save(t, w, id, o.Versions[1].ID)
		for _, want := range []task.LeftOut{{Edits: 1, Run: 1}, {}} { // once written over, they are not in the file
			if sum, err := command(); err != nil || sum.LeftOut != want {
				t.Errorf("%s: %+v, %v, want %+v", name, sum, err, want)
			}
		}
		if sum, err := rewrite(1); err != nil || sum.LeftOut != (task.LeftOut{}) {
			t.Errorf("after %s, the run with the corrections: %+v, %v", name, sum, err)
		}
		if text, err := os.ReadFile(filepath.Join(w.Dir, "q.sandbox.csv")); !strings.Contains(string(text), "mine") {
			t.Errorf("after %s, the file is %q, %v", name, text, err)
		}
	}
}

// Edits that a file lacks are those of the versions that it has: for the table, whose page knows what it shows. The command line means the
// version that it would write.
func TestEditsThatAVersionLacks(t *testing.T) {
	t.Parallel()
	w, _, id, o, edit := corrected(t)
	newest, oldest := o.Versions[0].ID, o.Versions[1].ID
	want := func(what string, page, command int) {
		t.Helper()
		i := until(t, w, id, func(i board.Info) bool { return i.Unwritten == page })
		st, err := jobs.ReadStatus(filepath.Join(w.Dir, "q.csv"), "")
		if err != nil || i.Unwritten != page || st.Edits != command {
			t.Errorf("%s: %d on the page, %d in the terminal, %v, want %d and %d", what, i.Unwritten, st.Edits, err, page, command)
		}
	}
	want("the file has the newest version, and the older one was corrected", 0, 0)
	save(t, w, id, oldest)
	want("the older one is written", 0, 0)
	edit(newest, 0, "of new")
	want("the newest one is corrected", 0, 1)
	save(t, w, id, oldest)
	want("the older one is written again", 0, 1)
	edit(oldest, 1, "also mine")
	want("the older one is corrected again", 1, 1)
	save(t, w, id, newest)
	want("the newest one is written", 0, 0)
}

// What is written is known also if two versions give the same file.
func TestVersionsWithTheSameFile(t *testing.T) {
	t.Parallel()
	w, _ := open(t, map[string]string{"q.csv": "prompt\none\ntwo\n"})
	most := 100
	for range 2 {
		columns := named("Mood", "{{prompt}}")
		columns[0].MaxTokens = &most
		id := start(t, w, &board.Spec{Input: "q.csv", Columns: columns})
		until(t, w, id, inState(board.Completed))
		most++
		o, err := w.Table(id)
		if err != nil || strings.Join(o.Written["q.sandbox.csv"], joint) != o.Versions[0].ID {
			t.Errorf("written %v, want %s, %v", o.Written, o.Versions[0].ID, err)
		}
	}
}
