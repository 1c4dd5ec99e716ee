package workbench

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs/rows"
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
