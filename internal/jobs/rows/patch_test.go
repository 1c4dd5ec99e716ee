package rows

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
)

// Whatever is edited and undone, and by whom, the view shows what a new view of the same files shows, without reading the rows again.
func TestEditedViewEqualsANewOne(t *testing.T) {
	t.Parallel()
	const inputs = "id,text\n1,fine tea\n2,old tea\n3,old tea\n4,\n5,fine tea\n6,sour milk\n"
	for name, tc := range map[string]struct {
		columns []string
		texts   map[string][]string
	}{
		"four": {[]string{"reply", "mood", "facts", "short"}, map[string][]string{
			"reply": {"a reply", "another"}, "mood": {"good", "bad"}, "facts": {`{"city":"Tver"}`, `{"city":"Omsk"}`}, "short": {"brief", "briefer"},
		}},
		"choices": {[]string{"completion"}, map[string][]string{"completion": {"good", "bad"}}},
		"text":    {[]string{"completion"}, map[string][]string{"completion": {"mine", "yours"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", inputs)
			switch name {
			case "four":
				g.AnswerFunc = answerFour
				g.run(t, fourColumns)
			case "choices":
				g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer("good"), nil }
				g.run(t, withPrompt("{{text}}"), choices("good", "bad"))
			case "text":
				g.run(t, withPrompt("{{text}}"))
			}
			here, other := g.view(t), g.view(t)
			r := rand.New(rand.NewPCG(1, 2))
			for range 40 {
				v := []*View{here, other}[r.IntN(2)]
				column := tc.columns[r.IntN(len(tc.columns))]
				row, _, err := v.Row(t.Context(), r.IntN(6))
				if err != nil {
					t.Fatal(err)
				}
				text := tc.texts[column][r.IntN(2)]
				err = v.Edit(t.Context(), row.Index, change(row, column, text, r.IntN(3) == 0))
				var wrong *spec.UsageError
				if err != nil && !errors.As(err, &wrong) { // a row without a request cannot be edited
					t.Fatal(err)
				}
				fresh := g.view(t)
				want, wantCounts := g.wholeRows(t, fresh, Query{}), wholeCounts(t, fresh)
				for _, v := range []*View{here, other} {
					if got := g.wholeRows(t, v, Query{}); !reflect.DeepEqual(got.Rows, want.Rows) {
						t.Fatalf("after an edit of %s in row %d:\n%+v\nwant\n%+v", column, row.Index, got.Rows, want.Rows)
					}
					if got := wholeCounts(t, v); !reflect.DeepEqual(got, wantCounts) {
						t.Fatalf("after an edit of %s in row %d: counts\n%+v\nwant\n%+v", column, row.Index, got, wantCounts)
					}
				}
				fresh.Close()
			}
			if name != "four" && (here.Scans() > 1 || other.Scans() > 1) {
				t.Errorf("the rows were read %d and %d times, want once", here.Scans(), other.Scans())
			}
		})
	}
}

func wholeCounts(t *testing.T, v *View) Counts {
	t.Helper()
	for {
		c, err := v.Counts()
		if err != nil {
			t.Fatal(err)
		}
		if c.Complete {
			return c
		}
		time.Sleep(time.Millisecond) // the scan has no other sign of its end
	}
}

// Rows whose values are not stored whole are read again after an edit.
func TestEditOfARowThatIsNotStoredWhole(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\n"+strings.Repeat("long ", 20_000)+"\nb\n")
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer("good"), nil }
	g.run(t, choices("good", "bad"))
	v := g.view(t)
	g.edit(t, v, 0, "", "bad", false)
	g.edit(t, v, 1, "", "bad", false)
	w := g.wholeRows(t, v, inState(Edited, ""))
	if len(w.Rows) != 2 || w.Rows[0].Cells[0].Completion != "bad" || w.Rows[1].Cells[0].Completion != "bad" {
		t.Errorf("edited rows %+v", w.Rows)
	}
	if c := wholeCounts(t, v); fmt.Sprint(c.Values) != "[{completion [{bad 2}]}]" {
		t.Errorf("counts %+v", c)
	}
}

// Ten edits take no more temporary space than one view of the rows, and a view that is given up leaves none.
func TestTemporarySpaceOfEdits(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\n"+strings.Repeat("a\nb\n", 500))
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer("good"), nil }
	g.run(t, choices("good", "bad"))
	room := &space{max: 1 << 30}
	v, err := openIn(room, Of{Journal: g.journal()})
	if err != nil {
		t.Fatal(err)
	}
	g.wholeRows(t, v, Query{})
	one := room.used
	for i := range 10 {
		g.edit(t, v, i, "", "bad", false)
	}
	if room.used != one || one == 0 {
		t.Errorf("%d bytes of temporary files after ten edits, %d before", room.used, one)
	}
	v.Close()
	if room.used != 0 {
		t.Errorf("%d bytes are left", room.used)
	}
}

// A scan that is superseded ends, and gives its space back.
func TestSupersededScanEnds(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	g.write(t, "prompt\n"+strings.Repeat("a row that takes some time to read\n", 50_000))
	v, err := openIn(&space{max: 1 << 30}, Of{Journal: g.journal()})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	v.mu.Lock()
	first := v.next
	v.begin(v.manifest)
	second := v.next
	v.mu.Unlock()
	if first == second {
		t.Fatal("no second scan began")
	}
	<-first.done
	if !errors.Is(first.end.err, context.Canceled) {
		t.Errorf("the superseded scan ended with %v", first.end.err)
	}
	if _, _, err := v.Row(t.Context(), 49_999); err != nil {
		t.Errorf("Row: %v", err)
	}
}

// Without temporary space the view says so, tries again at growing intervals, and shows the rows once there is space.
func TestViewWithoutSpace(t *testing.T) {
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	synctest.Test(t, func(t *testing.T) {
		room := &space{max: 10}
		v, err := openIn(room, Of{Journal: g.journal()})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		attempts := map[time.Time]bool{}
		for range 1200 { // two minutes
			v.Refresh()
			synctest.Wait()
			v.Refresh()
			attempts[v.tried] = true
			time.Sleep(100 * time.Millisecond)
		}
		if n := len(attempts); n < 6 || n > 9 {
			t.Errorf("%d attempts in two minutes", n)
		}
		var usage *spec.UsageError
		if _, err := v.Rows(0, 10, Query{}); !errors.As(err, &usage) || !strings.Contains(err.Error(), "temporary space") || usage.Hint.String() == "" {
			t.Errorf("Rows: %v", err)
		}
		room.max = 1 << 20
		time.Sleep(maxBetween)
		v.Refresh()
		synctest.Wait()
		if w, err := v.Rows(0, 10, Query{}); err != nil || len(w.Rows) != 2 {
			t.Errorf("with space again: %+v, %v", w, err)
		}
	})
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	err := full(&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
	var wait *noSpaceError
	if !errors.As(err, &wait) || !strings.Contains(err.Error(), os.TempDir()) {
		t.Errorf("error %v", err)
	}
	if err := full(os.ErrPermission); !errors.Is(err, os.ErrPermission) || errors.As(err, &wait) {
		t.Errorf("another error became %v", err)
	}
}
