package rows

import (
	"cmp"
	"context"
	"slices"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// ErrMoved says that another row stands where the one was that was to be edited.
var ErrMoved = messages.Errorf("the table has changed, and another row stands there now")

// Edit puts a text in the place of a completion, or takes that back, and returns once that is on disk and the view shows it. column is the
// name of a completion column, "" the first; key is that of its cell as it was shown, and where another stands there now the error is
// ErrMoved. A text that the form of the completion does not allow is a *UsageError.
func (v *View) Edit(ctx context.Context, i int, column string, key task.Key, text string, undo bool) error {
	s, err := v.use()
	if err != nil {
		return err
	}
	defer s.release()
	if there, err := s.reaches(ctx, i); !there || err != nil {
		return cmp.Or[error](err, &spec.UsageError{Msg: messages.Sprintf("there is no such row"), Hint: messages.Sprintf("the table may have changed; load the page again")})
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
	for { // until the view shows the edits that there are
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

// editOf makes the edit of a cell.
func (s *scan) editOf(i int, column, text string, undo bool) (*journal.Edit, error) {
	columns := s.run.Settings().All()
	c := 0
	if column != "" {
		c = slices.IndexFunc(columns, func(c *spec.Column) bool { return c.CompletionColumn == column })
	}
	if c < 0 {
		return nil, &spec.UsageError{Msg: messages.Sprintf("there is no completion column %q", column)}
	}
	_, e, err := s.file.read(i)
	if err != nil {
		return nil, err
	}
	key := e.cells[c].plain
	if key == (task.Key{}) {
		return nil, &spec.UsageError{
			Msg: messages.Sprintf("nothing is asked in this row, so there is no answer to edit"), Hint: messages.Sprintf("a column that it uses may have no answer yet"),
		}
	}
	if problem := columns[c].CheckEdit(text); problem != "" && !undo {
		return nil, &spec.UsageError{Msg: messages.Sprintf("the answer does not fit: %v", problem), Hint: messages.Sprintf("write it in the form that was asked for")}
	}
	n := 0
	err = s.eachAlike(func(row, cell int, plain task.Key) bool {
		if row == i && cell == c {
			return false
		}
		if plain == key {
			n++
		}
		return row <= i
	})
	return &journal.Edit{Key: key, Occurrence: n, Text: text, Undo: undo, Sandbox: s.run.Sandbox()}, err
}

// eachAlike calls visit for all cells in the order in which edits count them.
func (s *scan) eachAlike(visit func(row, cell int, plain task.Key) bool) error {
	order := s.prepared().order
	return s.file.each(0, func(i int, e *entry) bool {
		for _, c := range order {
			if e.cells[c].plain != (task.Key{}) && !visit(i, c, e.cells[c].plain) {
				return false
			}
		}
		return true
	})
}

// placed are the edits of a scan by row times completion columns plus column. What it holds is never changed.
type placed struct {
	size int64 // of the edits
	rows int   // of the scan
	at   map[int]journal.Edit
}

// place finds the cells to which the edits belong, for a scan that looks its results up. The caller holds mu.
func (v *View) place(s *scan) {
	n := s.file.rows()
	if s.prepared().deep || v.edits.Size() == s.placed.size && n == s.placed.rows {
		return
	}
	alike, at := map[task.Key]int{}, map[int]journal.Edit{}
	columns, sandbox := s.run.Settings().All(), s.run.Sandbox()
	err := s.eachAlike(func(i, c int, plain task.Key) bool {
		if !v.edits.Has(plain) {
			return true
		}
		if e, ok := v.edits.Lookup(plain, alike[plain], sandbox); ok && columns[c].CheckEdit(e.Text) == "" {
			at[i*s.file.columns+c] = e
		}
		alike[plain]++
		return true
	})
	if err == nil {
		s.placed = placed{size: v.edits.Size(), rows: n, at: at}
	}
}
