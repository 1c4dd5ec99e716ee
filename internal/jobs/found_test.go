package jobs

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/jobstest"
)

// What a run has found out about a file stays, whatever rows and answers are added: another guess would change the prompts and cost money
// again.
func TestFoundAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ before, after string }{
		"quotes that are letters in most rows": {
			"id;prompt\n1;\"Фирма 1\" ООО: кто это?\n1;\"Фирма 2\" ООО: кто это?\n",
			"3;\"Фирма 3\" ООО: кто это?\n3;\"Фирма 4\" ООО: кто это?\n3;\"Фирма 5\" ООО: кто это?\n",
		},
		"sentences below a header that is one": {
			"Ваш отзыв.,n\nвсё,1\nхорошо,2\n",
			strings.Repeat("Всё было хорошо.,3\n", 40),
		},
		"rows with another delimiter": {
			"id,prompt\n1,what\n2,why\n",
			strings.Repeat("3;who;where;when,x\n", 60),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "in.csv", tt.before)
			p := withPrompt("{{prompt}}")
			if strings.HasPrefix(tt.before, "Ваш") {
				p = withPrompt("{{Ваш отзыв.}}")
			}
			first := g.run(t, p)
			g.write(t, tt.before+tt.after)
			again := g.run(t, p)
			if again.FromJournal != first.Rows {
				t.Errorf("got %d rows from the journal, want the %d of the first run (%+v)", again.FromJournal, first.Rows, again)
			}
		})
	}
}

// The header is detected again if it has disappeared or if the user requests it.
func TestFoundNoMore(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "a title\nid,prompt,n\n1,what,2\n")
	if sum := g.run(t); sum.Rows != 1 {
		t.Fatalf("got %+v, want one row", sum)
	}
	g.write(t, "prompt,more\nwhat,1\nwhy,2\n")
	if sum := g.run(t); sum.Rows != 2 || sum.FromJournal != 1 {
		t.Errorf("got %+v, want two rows, one of them asked before", sum)
	}
	options := func(o table.Options) func(*Job) { return func(r *Job) { r.Settings.Options = o } }
	if sum := g.run(t, options(table.Options{HeaderRow: 2}), withPrompt("{{what}}")); sum.Rows != 1 {
		t.Errorf("got %+v, want one row below line 2", sum)
	}
	if sum := g.run(t); sum.Rows != 2 {
		t.Errorf("got %+v, want two rows again", sum)
	}
}

// In a workbook the header stays too, even if the sheet is written repeatedly.
func TestFoundInBook(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"title.xlsx", "table.xlsx", "merged.xlsx", "sheets.xlsx"} {
		g := newRig(t, base, jobstest.ReadFile(t, filepath.Join("..", "..", "testdata", "workbooks", base)))
		src, err := open.Open(g.input, table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := withPrompt("{{" + src.Columns()[0] + "}}?")
		want := fmt.Sprint(src.Found()[0].Header)
		src.Close()
		for range 3 {
			g.run(t, p, inPlace)
		}
		j := g.open(t)
		if got := j.Last().Found; len(got) != 1 || fmt.Sprint(got[0].Header) != want {
			t.Errorf("%s: got %+v, want the header in row %s", base, got, want)
		}
	}
}

// A column that we wrote on one sheet is not ours on another sheet.
func TestOwnedBySheet(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.xlsx", jobstest.ReadFile(t, filepath.Join("..", "..", "testdata", "workbooks", "sheets.xlsx")))
	names := sheetNames(t, g.input)
	if len(names) < 2 {
		t.Fatalf("got sheets %q, want several", names)
	}
	on := func(sheet, column string) func(*Job) {
		return func(r *Job) {
			src, err := open.Open(r.Input, table.Options{Sheet: sheet})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			r.Settings.Sheet, r.Settings.CompletionColumn, r.Settings.OutputColumns = sheet, column, []string{"completion"}
			i := slices.IndexFunc(src.Columns(), func(name string) bool { return name != "" && name != column })
			r.Settings.Prompt = "{{" + src.Columns()[i] + "}}?"
			r.Settings.Output, r.Settings.InPlace = r.Input, true
		}
	}
	second, err := open.Open(g.input, table.Options{Sheet: names[1]})
	if err != nil {
		t.Fatal(err)
	}
	theirs := second.Columns()[1]
	second.Close()
	g.run(t, on(names[0], theirs))
	before := jobstest.ReadFile(t, g.input)
	if _, err := g.try(t, on(names[1], theirs)); err == nil || !strings.Contains(err.Error(), "already has a column") {
		t.Errorf("got %v, want the column %q of the second sheet refused", err, theirs)
	}
	if jobstest.ReadFile(t, g.input) != before {
		t.Error("the workbook was changed")
	}
	g.run(t, on(names[0], theirs))
}

// sheetNames returns the sheets of a workbook that have rows.
func sheetNames(t *testing.T, name string) (names []string) {
	t.Helper()
	src, err := open.Open(name, table.Options{AllSheets: true})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for _, f := range src.Found() {
		names = append(names, f.Sheet)
	}
	return names
}

// A row too wide for a sheet is refused before anything is asked.
func TestWideRow(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "id,prompt\n1,what\n2,why"+strings.Repeat(",x", 1<<14)+"\n")
	_, err := g.try(t, func(r *Job) { r.Settings.Output = filepath.Join(g.dir, "out.xlsx") })
	if err == nil || !strings.Contains(err.Error(), "does not fit on a sheet") || g.connects != 0 {
		t.Errorf("got error %v after %d connections", err, g.connects)
	}
}
