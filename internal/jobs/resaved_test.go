package jobs

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

// resaves are ways in which a spreadsheet program saves a file of answers again.
var resaves = map[string]func(t *testing.T, from, to string){
	"LibreOffice": func(t *testing.T, from, to string) {
		dir, _ := tabletest.NewOffice(t).Convert(t, "xlsx", from)
		jobstest.WriteFile(t, to, jobstest.ReadFile(t, filepath.Join(dir, filepath.Base(from))))
	},
	"another program": func(t *testing.T, from, to string) { tabletest.WriteXLSX(t, to, gridOf(t, from)) },
	"columns moved, one dropped": func(t *testing.T, from, to string) {
		rows := gridOf(t, from)
		for i, row := range rows {
			rows[i] = []string{row[2], row[0], row[1], row[4]} // completion, id, prompt, error
		}
		tabletest.WriteXLSX(t, to, rows)
	},
	"rows sorted": func(t *testing.T, from, to string) {
		rows := gridOf(t, from)
		slices.Reverse(rows[1:])
		tabletest.WriteXLSX(t, to, rows)
	},
}

func gridOf(t *testing.T, name string) tabletest.Grid {
	t.Helper()
	src := tabletest.Open(t, name)
	defer src.Close()
	return tabletest.Rows(t, src)
}

// answered runs three rows of which one fails, and returns the output.
func answered(t *testing.T, name string, change ...func(*Job)) (g *rig, output string) {
	t.Helper()
	g = newRig(t, name, "")
	rows := tabletest.Grid{{"id", "prompt"}, {"1", "a"}, {"2", "b\nand more"}, {"3", "c"}, {"4", "d"}}
	if filepath.Ext(name) == ".xlsx" {
		tabletest.WriteXLSX(t, g.input, rows)
	} else {
		tabletest.WriteCSV(t, g.input, rows)
	}
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch p {
		case "c":
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Message: "no luck"}
		case "d":
			return answer("=1+1 😀"), nil
		}
		return nil, nil
	}
	g.run(t, change...)
	g.AnswerFunc = nil
	g.takeAsked()
	return g, spec.OutputPath(g.input, false)
}

// continues makes a job write into a file of answers with the journal of the run that made it.
func (g *rig) continues(file string) func(*Job) {
	return func(r *Job) {
		r.Journal = g.journal()
		r.Input, r.Settings.Output, r.Settings.InPlace = file, file, true
	}
}

// cellsOf returns the cells of a column by the text in the column prompt.
func cellsOf(t *testing.T, file, column string) map[string]string {
	t.Helper()
	rows := gridOf(t, file)
	at, prompt := slices.Index(rows[0], column), slices.Index(rows[0], "prompt")
	cells := map[string]string{}
	for _, row := range rows[1:] {
		cells[strings.TrimSpace(row[prompt])[:1]] = row[at]
	}
	return cells
}

func TestAnswersThatASpreadsheetProgramSavedAreContinued(t *testing.T) {
	t.Parallel()
	for name, resave := range resaves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, output := answered(t, "q.xlsx")
			back := filepath.Join(g.dir, "back.xlsx")
			resave(t, output, back)
			sum := g.run(t, g.continues(back))
			g.wantAsked(t, "c")
			want := map[string]string{"a": "answer to a", "b": "answer to b\nand more", "c": "answer to c", "d": "=1+1 😀"}
			if got := cellsOf(t, back, "completion"); fmt.Sprint(got) != fmt.Sprint(want) || sum.Kept != 0 {
				t.Errorf("%d kept, completions %q, want %q", sum.Kept, got, want)
			}
			if got := gridOf(t, back)[0]; len(got) != 5 || slices.Contains(got, "completion-2") {
				t.Errorf("columns %q", got)
			}
			g.run(t, g.continues(back))
			g.wantAsked(t, "")
		})
	}
}

func TestEditsInAnswersThatCameBackAreKept(t *testing.T) {
	t.Parallel()
	g, output := answered(t, "q.xlsx")
	rows := gridOf(t, output)
	for _, row := range rows[1:] {
		switch row[1] {
		case "a":
			row[2] = "my own"
		case "d":
			row[2] = "answer to a, too"
		}
	}
	back := filepath.Join(g.dir, "back.xlsx")
	tabletest.WriteXLSX(t, back, rows)
	sum := g.run(t, g.continues(back))
	g.wantAsked(t, "c")
	want := map[string]string{"a": "my own", "b": "answer to b\nand more", "c": "answer to c", "d": "answer to a, too"}
	if got := cellsOf(t, back, "completion"); fmt.Sprint(got) != fmt.Sprint(want) || sum.Kept != 2 {
		t.Errorf("%d kept, completions %q, want %q", sum.Kept, got, want)
	}
	g.run(t, g.continues(back))
	if got := cellsOf(t, back, "completion"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("after another run, completions %q, want %q", got, want)
	}
}

func TestColumnsOfAnotherFileAreNotTakenForOurs(t *testing.T) {
	t.Parallel()
	g, _ := answered(t, "q.xlsx")
	other := filepath.Join(g.dir, "other.xlsx")
	tabletest.WriteXLSX(t, other, tabletest.Grid{{"prompt", "completion"}, {"a", "mine"}, {"x", "mine, too"}})
	before := jobstest.ReadFile(t, other)
	_, err := g.try(t, g.continues(other))
	jobstest.WantUsage(t, err, "already has a column", "completion")
	g.wantAsked(t, "")
	if jobstest.ReadFile(t, other) != before {
		t.Error("the file has changed")
	}
}

// Excel in Russian saves CSV with semicolons in windows-1251, and a question mark for what that lacks. Google Sheets quotes only what it
// must.
func TestCSVThatASpreadsheetProgramSavedIsContinued(t *testing.T) {
	t.Parallel()
	number := func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch p {
		case "c":
			return answer("4.5"), nil
		case "d":
			return answer("да — 😀"), nil
		}
		return nil, nil
	}
	for name, resave := range map[string]func(rows tabletest.Grid) string{
		"Excel": func(rows tabletest.Grid) string {
			var text strings.Builder
			for _, row := range rows {
				for i, cell := range row {
					cell = strings.ReplaceAll(strings.ReplaceAll(cell, "😀", "??"), "4.5", "4,5")
					if strings.ContainsAny(cell, ";\n\"") {
						cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
					}
					row[i] = cell
				}
				text.WriteString(strings.Join(row, ";") + "\r\n")
			}
			page, err := charmap.Windows1251.NewEncoder().String(text.String())
			if err != nil {
				t.Fatal(err)
			}
			return page
		},
		"Google Sheets": func(rows tabletest.Grid) string {
			var b []byte
			for _, row := range rows {
				for i, cell := range row {
					if i > 0 {
						b = append(b, ',')
					}
					b = tabletest.AppendCSV(b, cell, ',')
				}
				b = append(b, "\r\n"...)
			}
			return strings.TrimSuffix(string(b), "\r\n")
		},
	} {
		g, output := answered(t, "q.csv", func(r *Job) { r.Settings.Rows = "2-4" })
		g.AnswerFunc = number
		g.run(t)
		g.takeAsked()
		rows := gridOf(t, output)
		rows[1][2] = "поправлено"
		back := filepath.Join(g.dir, "back.csv")
		jobstest.WriteFile(t, back, resave(rows))
		sum := g.run(t, g.continues(back))
		g.wantAsked(t, "")
		got := cellsOf(t, sum.Output, "completion")
		if got["a"] != "поправлено" || got["c"] != "4.5" || got["d"] != "да — 😀" || sum.Kept != 1 {
			t.Errorf("%s: %d kept, note %q, completions %q", name, sum.Kept, sum.Note, got)
		}
	}
}

// An answer of a form has few values, so a value that the user chose is often another row's answer.
func TestFormsInAnswersThatCameBack(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer(fmt.Sprintf(`{"yes":%t,"n":%d,"day":"2026-02-0%d"}`, p == "a", len(p)*1500, p[0]-'a'+1)), nil
	}
	schema := func(r *Job) {
		r.Settings.Schema = []byte(`{"type":"object","properties":{"yes":{"type":"boolean"},"n":{"type":"integer"},` +
			`"day":{"type":"string","format":"date"}},"required":["yes","n","day"]}`)
		r.Settings.OutputColumns = spec.DefaultValueColumns
	}
	g.run(t, schema)
	back := filepath.Join(g.dir, "back.csv")
	jobstest.WriteFile(t, back, "prompt;yes;n;day;error\r\n"+
		"a;ИСТИНА;1 500;01.02.2026;\r\nb;ИСТИНА;1500,00;02.02.2026;\r\nc;ЛОЖЬ;1500;04.02.2026;\r\n")
	g.takeAsked()
	sum := g.run(t, schema, g.continues(back))
	g.wantAsked(t, "")
	got := jobstest.ReadFile(t, back)
	// Of b, yes was false; of c, day was the third.
	want := "prompt;yes;n;day;error\r\na;true;1500;2026-02-01;\r\nb;ИСТИНА;1500;2026-02-02;\r\nc;false;1500;04.02.2026;\r\n"
	if got != want || sum.Kept != 2 {
		t.Errorf("%d kept, file\n%s\nwant\n%s", sum.Kept, got, want)
	}
}

// A file of answers that was continued in place is the user's: the run that made it does not replace it, and the commands of its table go on
// with it.
func TestAnswersThatWereContinuedAreNotReplaced(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"q.xlsx", "q.csv"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, output := answered(t, name)
			source := jobstest.ReadFile(t, g.input)
			rows := gridOf(t, output)
			rows[1][2] = "my own"
			if name == "q.xlsx" {
				tabletest.WriteXLSX(t, output, rows)
			} else {
				tabletest.WriteCSV(t, output, rows)
			}
			g.run(t, g.continues(output))
			edited := jobstest.ReadFile(t, output)

			_, err := g.try(t)
			if err == nil || !strings.Contains(err.Error(), "last completed in place") {
				t.Errorf("the first run again: %v", err)
			}
			if sum, err := (&Job{Input: g.input}).Rewrite(t.Context(), false, nil); err != nil || sum.Output != output {
				t.Errorf("written again: %v, output %s", err, sum.Output)
			}
			if jobstest.ReadFile(t, g.input) != source {
				t.Error("the table was changed")
			}
			if jobstest.ReadFile(t, output) != edited {
				t.Error("the file of answers was changed")
			}
			g.takeAsked()
			if st, err := ReadStatus(g.input, ""); err != nil || st.Output != output || st.Completed != 4 {
				t.Errorf("status %+v, %v", st, err)
			}
		})
	}
}

// LibreOffice saves TRUE as a formula with that name, which is a value all the same.
func TestBooleansThatLibreOfficeSavedAreContinued(t *testing.T) {
	t.Parallel()
	office := tabletest.NewOffice(t)
	g := newRig(t, "q.xlsx", "")
	tabletest.WriteXLSX(t, g.input, tabletest.Grid{{"prompt"}, {"a"}, {"b"}})
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer(fmt.Sprintf(`{"yes":%t}`, p == "a")), nil
	}
	schema := func(r *Job) {
		r.Settings.Schema = []byte(`{"type":"object","properties":{"yes":{"type":"boolean"}},"required":["yes"]}`)
		r.Settings.OutputColumns = spec.DefaultValueColumns
	}
	g.run(t, schema)
	output := spec.OutputPath(g.input, false)
	dir, _ := office.Convert(t, "xlsx", output)
	jobstest.WriteFile(t, output, jobstest.ReadFile(t, filepath.Join(dir, filepath.Base(output))))
	g.takeAsked()
	sum := g.run(t, schema, g.continues(output))
	g.wantAsked(t, "")
	if got := cellsOf(t, output, "yes"); got["a"] != "TRUE" || got["b"] != "FALSE" || sum.Kept != 0 {
		t.Errorf("%d kept, %q", sum.Kept, got)
	}
}
