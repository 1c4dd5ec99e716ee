package workbench

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/web/board"
)

// What is saved are the answers of the version that is meant, also those of rows that its newest run did not ask, and what has none is counted.
func TestSaveAVersion(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt,lang\none,en\nbad,en\ntwo,ru\n,ru\n"})
	run := func(sp *board.Spec) string {
		id := start(t, w, sp)
		until(t, w, id, inState(board.Completed))
		return id
	}
	first := &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")}
	id := run(first)
	second := &board.Spec{Input: "q.csv", Columns: asking("Tell: {{prompt}}")}
	second.Conditions = []string{"lang=en"}
	run(second)
	asked := s.count()
	opened, err := w.Table(id)
	if err != nil || len(opened.Versions) != 2 || opened.Versions[0].Run != 2 || opened.Versions[1].Run != 1 {
		t.Fatalf("the versions are %+v, %v", opened.Versions, err)
	}
	output, answers := filepath.Join(w.Dir, "q.sandbox.csv"), board.Answers{Board: w.Board}
	const earlier = "rows outside the last run with these columns that keep an earlier answer: 1"
	for _, c := range []struct {
		run  int
		says []string
		want string
	}{
		{1, []string{"2 rows have no answer (failed: 1, skipped: 1)"}, "one,en,re one,\nbad,en,,"},
		{2, []string{"1 row has no answer (skipped: 1)", earlier}, "one,en,re Tell: one,\nbad,en,re Tell: bad,\ntwo,ru,re two,\n"},
		{0, []string{"1 row has no answer (skipped: 1)", earlier}, "one,en,re Tell: one,\n"},
	} {
		dry, err := answers.Save(t.Context(), id, board.Saving{How: "new", Shown: board.Shown{Run: c.run}, Dry: true})
		var says []string
		for _, one := range dry.Says[1:] {
			says = append(says, one.String())
		}
		if err != nil || !slices.Equal(says, c.says) {
			t.Errorf("run %d: it would do %q, %v, want %q", c.run, says, err, c.says)
		}
		if _, err := answers.Save(t.Context(), id, board.Saving{How: "new", Shown: board.Shown{Run: c.run}}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(output)
		if _, rows, _ := strings.Cut(string(got), "\n"); err != nil || !strings.HasPrefix(rows, c.want) {
			t.Errorf("run %d: saved is %q, %v, want %q", c.run, got, err, c.want)
		}
	}
	if _, err := answers.Save(t.Context(), id, board.Saving{How: "new", Shown: board.Shown{Run: 3}, Dry: true}); err == nil || !strings.Contains(err.Error(), "there is no run 3") {
		t.Errorf("a run that does not exist: %v", err)
	}
	if s.count() != asked {
		t.Errorf("saving has asked %d times", s.count()-asked)
	}
}

// Into the table go all answers that the version has, also those of rows that its newest run did not ask. Texts of the user stay.
func TestSaveInPlaceAllAnswers(t *testing.T) {
	t.Parallel()
	w, s := open(t, map[string]string{"q.csv": "prompt,lang\none,en\ntwo,ru\nthree,ru\n"})
	o := board.Options{Dir: w.Dir, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: s.real}
	w = another(t, o)
	id := start(t, w, &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
	until(t, w, id, inState(board.Completed))
	again := &board.Spec{Input: "q.csv", Columns: asking("{{prompt}}")}
	again.Conditions = []string{"lang=en"}
	start(t, w, again)
	until(t, w, id, inState(board.Completed))
	table, answers := filepath.Join(w.Dir, "q.csv"), board.Answers{Board: w.Board}
	for _, c := range []struct{ change, want string }{
		{"", "prompt,lang,completion,error\none,en,re one,\ntwo,ru,re two,\nthree,ru,re three,\n"},
		{"re two", "prompt,lang,completion,error\none,en,re one,\ntwo,ru,mine,\nthree,ru,re three,\n"},
	} {
		if text, err := os.ReadFile(table); err == nil && c.change != "" {
			write(t, table, strings.Replace(string(text), c.change, "mine", 1))
		}
		if _, err := answers.Save(t.Context(), id, board.Saving{How: "in_place"}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(table); err != nil || string(got) != c.want {
			t.Errorf("the table is %q, %v, want %q", got, err, c.want)
		}
	}
	sum, err := (&jobs.Job{Input: table, Journal: spec.JournalPath(table)}).Rewrite(t.Context(), true, func(set *spec.Settings) error {
		set.InPlace, set.Output = true, table
		return nil
	})
	if err != nil || sum.Rows != 1 {
		t.Errorf("the command line writes the rows of the run: %+v, %v", sum, err)
	}
}
