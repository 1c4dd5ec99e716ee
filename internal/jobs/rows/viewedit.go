package rows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// ErrMoved says that another row stands where the one was that was to be edited.
var ErrMoved = errors.New("the table has changed, and another row stands there now")

// Edit puts a text in the place of an answer, or takes that back, and returns once that is on disk and the view shows it. column is the name of
// a completion column, "" the first; key is that of its cell as it was shown, and where another stands there now the error is ErrMoved. A text
// that the form of the answer does not allow is a *UsageError.
func (v *View) Edit(ctx context.Context, i int, column string, key task.Key, text string, undo bool) error {
	s, err := v.use()
	if err != nil {
		return err
	}
	defer s.release()
	if there, err := s.reaches(ctx, i); !there || err != nil {
		return cmp.Or[error](err, &spec.UsageError{Msg: "there is no such row", Hint: "the table may have changed; load the page again"})
	}
	e, err := s.editOf(i, column, text, undo)
	if err != nil {
		return err
	}
	if e.Key != key {
		return ErrMoved
	}
	if err := journal.AppendEdit(v.path, *e); err != nil {
		return err
	}
	return v.await(ctx)
}

// editOf makes the edit of a cell.
func (s *scan) editOf(i int, column, text string, undo bool) (*journal.Edit, error) {
	asks := s.run.Settings.All()
	c := 0
	if column != "" {
		c = slices.IndexFunc(asks, func(a *spec.Column) bool { return a.CompletionColumn == column })
	}
	if c < 0 {
		return nil, &spec.UsageError{Msg: fmt.Sprintf("there is no completion column %q", column)}
	}
	_, e, err := s.file.read(i)
	if err != nil {
		return nil, err
	}
	if e.cells[c].plain == (task.Key{}) {
		return nil, &spec.UsageError{Msg: "nothing is asked in this row, so there is no answer to edit", Hint: "a column that it uses may have no answer yet"}
	}
	if problem := asks[c].CheckEdit(text); problem != "" && !undo {
		return nil, &spec.UsageError{Msg: "the answer does not fit: " + problem, Hint: "write it in the form that was asked for"}
	}
	n, err := s.occurrence(i, c, e.cells[c].plain)
	return &journal.Edit{Key: e.cells[c].plain, Occurrence: n, Text: text, Undo: undo, Sandbox: s.run.Sandbox}, err
}

// occurrence is which of the cells with a plain key one is.
func (s *scan) occurrence(row, cell int, k task.Key) (n int, err error) {
	found := false
	err = s.eachAlike(func(i, c int, plain task.Key) bool {
		if found = i == row && c == cell; found {
			return false
		}
		if plain == k {
			n++
		}
		return i <= row
	})
	return n, err
}

// eachAlike calls visit for all cells in the order in which edits count them.
func (s *scan) eachAlike(visit func(row, cell int, plain task.Key) bool) error {
	order := s.asked()
	return s.file.each(0, func(i int, e *viewEntry) bool {
		for _, c := range order {
			if e.cells[c].plain != (task.Key{}) && !visit(i, c, e.cells[c].plain) {
				return false
			}
		}
		return true
	})
}

// await waits until the view shows the edits that there are.
func (v *View) await(ctx context.Context) error {
	for {
		v.mu.Lock()
		v.refresh()
		s := v.next
		v.mu.Unlock()
		if s == nil {
			return nil
		}
		select {
		case <-s.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// place finds the cells to which the edits belong, for a scan that looks its results up. The caller holds mu.
func (v *View) place(s *scan) {
	n := s.file.n.Load()
	if s.deep.Load() || v.edits.Size() == s.placed.size && n == s.placed.rows {
		return
	}
	alike, at := map[task.Key]int{}, map[int]journal.Edit{}
	err := s.eachAlike(func(i, c int, plain task.Key) bool {
		if !v.edits.Has(plain) {
			return true
		}
		if e, ok := v.edits.Lookup(plain, alike[plain], s.run.Sandbox); ok && s.run.Settings.All()[c].CheckEdit(e.Text) == "" {
			at[i*s.file.asks+c] = e
		}
		alike[plain]++
		return true
	})
	if err == nil {
		s.placed = placed{size: v.edits.Size(), rows: n, at: at}
	}
}

// placed are the edits of a scan by row times completion columns plus column. What it holds is never changed.
type placed struct {
	size int64 // of the edits
	rows int64 // of the scan
	at   map[int]journal.Edit
}
