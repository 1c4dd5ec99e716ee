package board

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
)

// An interrupted run is completed once the pending rows are edited by hand or deleted. The page says so before and after the output is
// written, and also on a server where nobody has opened the run, as status does.
func TestInterruptedRunWithNothingPending(t *testing.T) {
	t.Parallel()
	table := "prompt\n" + lines("slow", 6)
	for name, end := range map[string]func(t *testing.T, b *Board, id string){
		"edited": func(t *testing.T, b *Board, id string) {
			for _, row := range allRows(t, b, id, "pending") {
				edit(t, b, id, row.Index, "mine", false)
			}
		},
		"deleted": func(t *testing.T, b *Board, id string) {
			kept := "prompt\n"
			for _, row := range allRows(t, b, id, "completed") {
				kept += row.Cells[0].Prompt + "\n"
			}
			write(t, filepath.Join(b.Dir, "q.csv"), kept)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := open(t, map[string]string{"q.csv": table})
			id := start(t, b, &Spec{Input: "q.csv", Columns: asking("{{prompt}}")})
			s.working(t, 4)
			if err := b.Stop(id); err != nil {
				t.Fatal(err)
			}
			s.let(4)
			until(t, b, id, inState(Interrupted))
			end(t, b, id)
			completed := func(b *Board) {
				t.Helper()
				i := untilSeen(t, b, id, func(i Info) bool { return i.Pending == 0 && i.Rows > 0 })
				if i.State != Completed {
					t.Errorf("with nothing pending the run is %s", i.State)
				}
				sameStatus(t, b, "q.csv")
			}
			completed(b)
			if name == "edited" {
				unseen := another(t, b)
				until(t, unseen, id, inState(Completed))
				sameStatus(t, unseen, "q.csv")
			}
			if _, err := (Answers{Board: b}).Save(t.Context(), id, Saving{How: "new"}); err != nil {
				t.Fatal(err)
			}
			i := stateOf(t, b, id)
			if i.State != Completed || i.Pending != 0 {
				t.Errorf("once the output is written: %s, %d pending", i.State, i.Pending)
			}
			sameStatus(t, b, "q.csv")
		})
	}
}

// rowsIn returns the query for rows in a state, for all rows if it is "".
func rowsIn(state string) (q rows.Query) {
	if state != "" {
		q.Filters = []rows.Filter{{Op: rows.InState, Values: []string{state}}}
	}
	return q
}

// allRows returns the rows with a state once all are known.
func allRows(t *testing.T, b *Board, id, state string) []rows.Row {
	t.Helper()
	var all *rows.Window
	untilSeen(t, b, id, func(Info) bool {
		w, err := rowsOf(b, id, 0, 100, rowsIn(state))
		if err != nil {
			t.Fatal(err)
		}
		all = w
		return w.Complete && len(w.Rows) > 0
	})
	return all.Rows
}

// The rows of a run that waits for the service for the first time are not said to be lost.
func TestRowsBeforeTheJournal(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\na\n"})
	b.Connect = deadService{}.connect
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, inState(Connecting))
	_, err := rowsOf(b, id, 0, 10, rows.Query{})
	_, rowErr := rowOf(t.Context(), b, id, 0)
	_, exportErr := Answers{Board: b}.Export(t.Context(), id, Shown{}, "csv")
	for _, err := range []error{err, rowErr, exportErr} {
		if !errors.Is(err, ErrNotYet) {
			t.Errorf("%v, want %v", err, ErrNotYet)
		}
	}
}

// A journal that is overwritten in place while the page shows it is read again as a whole.
func TestJournalOverwrittenInPlace(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\na\nb\n"})
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, inState(Completed))
	allRows(t, b, id, "")
	name := filepath.Join(b.Dir, journalID)
	was := read(t, name)
	write(t, name, strings.ReplaceAll(was, "\n", "\r\n")) // as an editor saves it
	if all := allRows(t, b, id, ""); len(all) != 2 || all[1].Cells[0].Completion != "re b" {
		t.Errorf("saved by an editor: %+v", all)
	}
	write(t, name, strings.Repeat("something else\n", 500))
	i := untilSeen(t, b, id, inState(Unreadable))
	if _, err := rowsOf(b, id, 0, 10, rows.Query{}); err == nil || !strings.Contains(err.Error(), "is not a journal") {
		t.Errorf("of another program: %v", err)
	}
	if _, err := jobs.ReadStatus(filepath.Join(b.Dir, "q.csv"), spec.JournalPath(filepath.Join(b.Dir, "q.csv"))); i.Error.Error.String() != err.Error() {
		t.Errorf("the page says %v, status %v", i.Error.Error, err)
	}
	write(t, name, was)
	untilSeen(t, b, id, inState(Completed))
	if _, err := rowsOf(b, id, 0, 10, rows.Query{}); err != nil {
		t.Error(err)
	}
}
