package jobs

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

// An edited is a table that a user changes between runs.
type edited struct {
	*rig
	rows  tabletest.Grid // prompt, note
	paid  map[string]bool
	named int // the number of the last new text
}

func newEdited(t testing.TB, name string) *edited {
	return &edited{rig: newRig(t, name, ""), paid: map[string]bool{}}
}

// save writes the table.
func (e *edited) save(t *testing.T) {
	t.Helper()
	write := map[string]func(*testing.T, string, tabletest.Grid){
		".csv": tabletest.WriteCSV, ".jsonl": tabletest.WriteJSONL, ".xlsx": tabletest.WriteXLSX,
	}[filepath.Ext(e.input)]
	write(t, e.input, append(tabletest.Grid{{"prompt", "note"}}, e.rows...))
}

// change makes one change at random. intn returns a number below n, as of rand.IntN.
func (e *edited) change(intn func(n int) int) {
	texts := []string{"question %d", "%d", " %d and\nmore ", "=%d+1", "да 😀 %d", `"%d", he said;`, "00%d", "%d,5", "TRUE %d"}
	text := func() string {
		if len(e.rows) > 0 && intn(5) == 0 { // that of another row
			return e.rows[intn(len(e.rows))][0]
		}
		e.named++
		return fmt.Sprintf(texts[intn(len(texts))], e.named)
	}
	switch n := len(e.rows); {
	case n == 0 || intn(5) == 0:
		e.rows = slices.Insert(e.rows, intn(n+1), []string{text(), fmt.Sprint("note ", intn(9))})
	case intn(4) == 0 && n > 1:
		i := intn(n)
		e.rows = slices.Delete(e.rows, i, i+1)
	case intn(3) == 0:
		i, j := intn(n), intn(n)
		e.rows[i], e.rows[j] = e.rows[j], e.rows[i]
	case intn(2) == 0:
		e.rows[intn(n)][0] = text()
	default:
		e.rows[intn(n)][1] = fmt.Sprint("another note ", intn(99)) // which no prompt has
	}
}

// complete runs the job. Exactly the prompts that no run has asked are asked, once each, and every row has its answer beside it.
func (e *edited) complete(t *testing.T, where string) {
	t.Helper()
	want := map[string]bool{}
	for _, row := range e.rows {
		if !e.paid[row[0]] {
			want[row[0]] = true
		}
	}
	sum, err := e.try(t)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	asked := e.takeAsked()
	if !slices.Equal(asked, slices.Sorted(maps.Keys(want))) {
		t.Errorf("%s: asked %q, want %q", where, asked, slices.Sorted(maps.Keys(want)))
	}
	maps.Copy(e.paid, want)
	got := gridOf(t, spec.OutputPath(e.input, false))
	at := slices.Index(got[0], "completion")
	if len(got)-1 != len(e.rows) || sum.Completed != len(e.rows) {
		t.Fatalf("%s: %d rows in the output, %d completed, want %d", where, len(got)-1, sum.Completed, len(e.rows))
	}
	for i, row := range e.rows {
		if answer := "answer to " + row[0]; got[i+1][0] != row[0] || got[i+1][1] != row[1] || strings.TrimPrefix(got[i+1][at], "'") != answer {
			t.Errorf("%s, row %d: got %q, want %q with %q", where, i+1, got[i+1], row, answer)
		}
	}
}

// TestRandomEdits inserts, deletes, swaps and edits rows between runs. Exactly the changed tasks are paid for.
func TestRandomEdits(t *testing.T) {
	checks := jobstest.Rounds(30, 1000)
	for name, value := range map[string]string{"rapid.checks": fmt.Sprint(checks), "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	changes, runs := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		e := newEdited(t, "q"+rapid.SampledFrom([]string{".csv", ".jsonl", ".xlsx"}).Draw(r, "format"))
		intn := func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "choice") }
		for run := range rapid.IntRange(2, 4).Draw(r, "runs") {
			for range rapid.IntRange(1, 8).Draw(r, "changes") {
				e.change(intn)
				changes++
			}
			e.save(t)
			e.complete(t, fmt.Sprintf("%s, run %d of %q", filepath.Base(e.input), run+1, e.rows))
			runs++
			if t.Failed() {
				r.FailNow() // and find the smallest case
			}
		}
	})
	t.Logf("%d sequences with %d changes and %d runs", checks, changes, runs)
}

// TestRandomEditsSavedByLibreOffice changes workbooks, lets LibreOffice save them, and runs them again, several times.
func TestRandomEditsSavedByLibreOffice(t *testing.T) {
	t.Parallel()
	office := tabletest.NewOffice(t)
	const together = 10
	saves := jobstest.Rounds(2, 50)
	random := rand.New(rand.NewPCG(18, 5))
	books := make([]*edited, min(saves, together))
	for i := range books {
		books[i] = newEdited(t, fmt.Sprintf("q%d.xlsx", i))
		for range 8 {
			books[i].change(random.IntN)
		}
		books[i].save(t)
		books[i].complete(t, "at first")
	}
	for saved := 0; saved < saves; saved += len(books) {
		var names []string
		for _, e := range books {
			for range 1 + random.IntN(4) {
				e.change(random.IntN)
			}
			e.save(t)
			names = append(names, e.input)
		}
		dir, _ := office.Convert(t, "xlsx", names...)
		for i, e := range books {
			jobstest.WriteFile(t, e.input, jobstest.ReadFile(t, filepath.Join(dir, filepath.Base(e.input))))
			e.complete(t, fmt.Sprintf("workbook %d, saved for the time %d", i, saved/len(books)+1))
		}
	}
	t.Logf("%d workbooks were saved", saves)
}
