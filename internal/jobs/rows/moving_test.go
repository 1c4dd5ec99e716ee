package rows

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
)

// untilComplete asks for all rows of a query again and again, as a page does, and hands each window to look.
func untilComplete(t *testing.T, v *View, q Query, look func(*Window)) *Window {
	t.Helper()
	for range 1000 {
		w, err := v.Rows(0, 1000, q)
		if err != nil {
			t.Fatalf("Rows(%s): %v", q.key(), err)
		}
		look(w)
		if w.Complete {
			return w
		}
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("Rows(%s) never was complete", q.key())
	return nil
}

// While a run goes on, a sorted window is always whole and a filtered one never shorter than before, and at the end both are those of a plain
// reading.
func TestWindowsDuringARun(t *testing.T) {
	for name, form := range map[string]func(*jobs.Job){"text": func(*jobs.Job) {}, "choices": choices("good", "bad", "fair")} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t, "q.csv", randomTable(rand.New(rand.NewPCG(5, 6)), 60))
			synctest.Test(t, func(t *testing.T) {
				words := []string{"good", "bad", "fair"}
				g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
					time.Sleep(time.Second)
					return answer(words[len(p)%3]), nil
				}
				v, err := OpenOf(Of{Journal: g.journal(), Manifest: g.manifest(form, withPrompt("{{id}} {{text}}"))})
				if err != nil {
					t.Fatal(err)
				}
				defer v.Close()
				synctest.Wait()
				sorted := Query{Sort: []Order{{Column: "a0"}, {Column: "i1", Desc: true}}}
				done := inState("completed", "")
				untilComplete(t, v, sorted, func(*Window) {})
				ended := make(chan error)
				go func() {
					_, err := g.job(form, withPrompt("{{id}} {{text}}"), func(j *jobs.Job) { j.Limits.Concurrency = 2 }).Run(t.Context(), nil)
					ended <- err
				}()
				most, seen := 0, 0
				for running := true; running; {
					select {
					case err := <-ended:
						if running = false; err != nil {
							t.Fatal(err)
						}
					case <-time.After(300 * time.Millisecond):
					}
					w, err := v.Rows(0, 1000, sorted)
					if err != nil || w.Total != 60 {
						t.Fatalf("%d sorted rows, %v", w.Total, err)
					}
					if w, err = v.Rows(0, 1000, done); err != nil || w.Total < most {
						t.Fatalf("%d completed rows after %d, %v", w.Total, most, err)
					}
					if w.Total > most {
						seen++
					}
					most = w.Total
				}
				if seen < 3 {
					t.Errorf("the completed rows were seen to grow %d times", seen)
				}
				for range 3 { // at last a new scan, if there is to be one
					time.Sleep(time.Minute)
					v.Refresh()
					synctest.Wait()
				}
				all := untilComplete(t, v, Query{}, func(*Window) {}).Rows
				for _, q := range []Query{sorted, done} {
					w := untilComplete(t, v, q, func(*Window) {})
					if want := positions(plainly(all, q)); !slices.Equal(positions(w.Rows), want) {
						t.Errorf("%s: rows %v, want %v", q.key(), positions(w.Rows), want)
					}
				}
			})
		})
	}
}

// A table that shrinks and grows on disk is read again. No window fails meanwhile.
func TestTableThatChanges(t *testing.T) {
	g := newRig(t, "q.csv", randomTable(rand.New(rand.NewPCG(7, 8)), 300))
	synctest.Test(t, func(t *testing.T) {
		v, err := OpenOf(Of{Journal: g.journal(), Manifest: g.manifest(), Bare: true})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		q := Query{Sort: []Order{{Column: "i1"}}, Filters: []Filter{{Column: "i0", Op: Filled}}}
		for i, rows := range []int{300, 10, 500} {
			if i > 0 {
				g.write(t, randomTable(rand.New(rand.NewPCG(7, uint64(i))), rows))
			}
			for n := 0; ; n++ {
				w := untilComplete(t, v, q, func(*Window) {})
				if w.Total == rows && w.Rows[0].Values != nil {
					all := untilComplete(t, v, Query{}, func(*Window) {}).Rows
					if want := positions(plainly(all, q)); !slices.Equal(positions(w.Rows), want) {
						t.Errorf("rows %v, want %v", positions(w.Rows), want)
					}
					break
				}
				if n == 1000 {
					t.Fatalf("%d rows, want %d", w.Total, rows)
				}
				time.Sleep(time.Second)
			}
		}
	})
}

// A view of several sheets has the rows of all of them. Their numbers choose no rows, unless one sheet is shown.
func TestSheets(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.xlsx", "")
	f := excelize.NewFile()
	defer f.Close()
	for n, sheet := range []string{"Sheet1", "Май"} {
		if n > 0 {
			if _, err := f.NewSheet(sheet); err != nil {
				t.Fatal(err)
			}
		}
		for y := range 4 {
			for x, text := range []any{"text", "score"} {
				if y > 0 {
					text = []any{fmt.Sprintf("отзыв %d-%d", n, y), float64(10*y) / 4}[x]
				}
				at, _ := excelize.CoordinatesToCellName(x+1, y+1)
				if err := f.SetCellValue(sheet, at, text); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := f.SaveAs(g.input); err != nil {
		t.Fatal(err)
	}
	m := g.manifest(func(j *jobs.Job) { j.Settings.Options = table.Options{AllSheets: true} })
	v := g.viewOf(t, Of{Manifest: m, Bare: true})
	q := Query{Filters: []Filter{{Column: "i1", Op: Greater, Values: []string{"2,5"}}}, Sort: []Order{{Column: "i1", Desc: true}}}
	var got []string
	for _, r := range g.wholeRows(t, v, q).Rows {
		got = append(got, fmt.Sprintf("%s!%d %s", r.Sheet, r.Line, r.Values[0]))
	}
	if got := strings.Join(got, ", "); got != "Sheet1!4 отзыв 0-3, Май!4 отзыв 1-3, Sheet1!3 отзыв 0-2, Май!3 отзыв 1-2" {
		t.Errorf("rows %s", got)
	}
	var usage *spec.UsageError
	if _, _, err := v.Lines(t.Context(), q); !errors.As(err, &usage) || usage.Hint.String() == "" {
		t.Errorf("Lines: %v", err)
	}
	m = g.manifest(func(j *jobs.Job) { j.Settings.Options = table.Options{Sheet: "Май"} })
	v = g.viewOf(t, Of{Manifest: m, Bare: true})
	if lines, n, err := v.Lines(t.Context(), q); lines != "3-4" || n != 2 || err != nil {
		t.Errorf("Lines() = %q, %d, %v", lines, n, err)
	}
	sel, err := (&spec.Settings{Selection: spec.Selection{Rows: "3-4"}, Options: m.Settings.Options}).Selector(nil)
	if err != nil || !sel.Has(table.Row{Line: 3}) || sel.Has(table.Row{Line: 2}) {
		t.Errorf("the lines do not select their rows: %v", err)
	}
}

// Nested values of JSONL are texts of their column. Lines that are no rows are not counted in the lines of the rows around them.
func TestNestedValues(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.jsonl", `{"id":1,"who":{"name":"Анна","age":30},"tags":["b","a"]}`+"\n\n"+`{"id":2,"who":null}`+"\n"+`{"id":3,"who":{"name":"Борис"}}`+"\n")
	v := g.viewOf(t, Of{Manifest: g.manifest(withPrompt("{{who.name}}"))})
	if got := strings.Join(v.Columns(), " "); got != "id who tags" {
		t.Fatalf("columns %s", got)
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Filters: []Filter{{Column: "i1", Op: Contains, Values: []string{"АННА"}}}}, "[0]"},
		{Query{Filters: []Filter{{Column: "i1", Op: Empty}}}, "[1]"},
		{Query{Sort: []Order{{Column: "i1", Desc: true}}}, "[2 0 1]"},
		{Query{Text: "борис"}, "[2]"},
		{Query{Filters: []Filter{{Column: "i2", Op: Equals, Values: []string{`["b","a"]`}}}}, "[0]"},
	} {
		if got := fmt.Sprint(positions(g.wholeRows(t, v, c.q).Rows)); got != c.want {
			t.Errorf("%s: rows %s, want %s", c.q.key(), got, c.want)
		}
	}
	if lines, n, err := v.Lines(t.Context(), Query{}); lines != "1-4" || n != 3 || err != nil {
		t.Errorf("Lines() = %q, %d, %v", lines, n, err)
	}
	if lines, _, err := v.LinesOf(t.Context(), []int{2, 0}); lines != "1,4" || err != nil {
		t.Errorf("LinesOf() = %q, %v", lines, err)
	}
}
