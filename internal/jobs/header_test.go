package jobs

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

// A prompt that uses a formula without a result is refused before anything is asked; other prompts are asked.
func TestUncalculated(t *testing.T) {
	t.Parallel()
	book := jobstest.ReadFile(t, filepath.Join("..", "..", "testdata", "workbooks", "uncached.xlsx"))
	g := newRig(t, "uncached.xlsx", book)
	_, err := g.try(t, withPrompt("{{double}}"))
	var bad *table.Error
	if !errors.As(err, &bad) || bad.Line != 2 || !strings.Contains(bad.Msg.String(), `the formula in column "double" has no calculated value`) || bad.Hint.IsZero() {
		t.Errorf("got %v, want a formula that was never calculated", err)
	}
	if sum := g.run(t, withPrompt("{{a}}")); sum.Completed == 0 || g.plan.Faults != 0 {
		t.Errorf("got summary %+v, plan %+v", sum, g.plan)
	}
}

// In a template, a line break in a column name is written as a space.
func TestHeaderWithBreak(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.csv", "id,\"Product\r\n  name \"\n1,tea\n2,milk\n")
	where := func(w string) func(*Job) { return func(r *Job) { r.Settings.Where = []string{w} } }
	if sum := g.run(t, withPrompt("What is {{Product name}}?"), where("Product name=tea")); sum.Completed != 1 || sum.Rows != 1 {
		t.Errorf("got summary %+v, want one row completed", sum)
	}
}

// groupedBook returns a workbook with a header of two rows, a group of rows, and the header once more.
func groupedBook(t *testing.T) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	var err error
	for n, line := range strings.Split("№|До||После|\n|Текст|Балл|Текст|Балл\n1|a|2|b|3\n|c|4|d|5\n№|Текст|Балл|Текст|Балл\n2|e|6|f|7", "\n") {
		for i, cell := range strings.Split(line, "|") {
			at, _ := excelize.CoordinatesToCellName(i+1, n+1)
			if cell != "" {
				err = errors.Join(err, f.SetCellValue("Sheet1", at, cell))
			}
		}
	}
	for _, area := range []string{"A1:A2", "B1:C1", "D1:E1", "A3:A4"} {
		from, to, _ := strings.Cut(area, ":")
		err = errors.Join(err, f.MergeCell("Sheet1", from, to))
	}
	b, wrong := f.WriteToBuffer()
	if err = errors.Join(err, wrong); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A column of a header of two rows is named with its group if it must be. Merged cells have their value in every row, and the header that
// comes again is not asked, whether the workbook has our columns or not.
func TestGroupedHeader(t *testing.T) {
	t.Parallel()
	g := newRig(t, "in.xlsx", groupedBook(t))
	ask := withPrompt("{{№}} {{После / Текст}}")
	_, err := g.try(t, withPrompt("{{Текст}}"))
	jobstest.WantUsage(t, err, `column "Текст" appears 2 times`, `"До / Текст", "После / Текст"`)
	l, err := LookAt(t.Context(), g.new(), 1)
	if err != nil || strings.Join(l.Columns, "|") != "№|До / Текст|До / Балл|После / Текст|После / Балл" {
		t.Errorf("got %+v, %v, want the columns with their groups", l, err)
	}
	for name, want := range map[string]int{"До / Текст": 1, "№": 1, "нет": 0} {
		if _, n := spec.FindIn(l.Columns, l.Paths, name); n != want {
			t.Errorf("%q is the name of %d columns, want %d", name, n, want)
		}
	}
	place := func(r *Job) { r.Settings.InPlace, r.Settings.Output = true, g.input }
	g.run(t, ask, place)
	g.wantAsked(t, "1 b 1 d 2 f")
	if g.plan.LeftOut.Lines() != "5" {
		t.Errorf("left out %s, want row 5", g.plan.LeftOut.Lines())
	}
	for range 2 {
		g.run(t, ask, place)
	}
	if sum := g.run(t, ask, where("После / Балл>=5", "До / Балл!=6")); sum.Rows != 1 {
		t.Errorf("got %d rows, want 1", sum.Rows)
	}
	g.wantAsked(t, "")
}
