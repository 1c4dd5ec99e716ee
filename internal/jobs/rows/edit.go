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

// ErrMoved is the error of an edit whose row is no longer at its position.
var ErrMoved = messages.Errorf("the table has changed, and another row is in this place now")

// Edit replaces a completion by a text, or undoes that. It returns when the edit is on disk and the view shows it. column is the name of a
// completion column, "" for the first one. key is Cell.Key as it was shown; if the cell now has another key, the error is ErrMoved. If the
// text does not match the form of the column, the error is a *spec.UsageError.
func (v *View) Edit(ctx context.Context, i int, column string, key task.Key, text string, undo bool) error {
	s, err := v.use()
	if err != nil {
		return err
	}
	defer s.release()
	if there, err := s.reaches(ctx, i); !there || err != nil {
		return cmp.Or[error](err, &spec.UsageError{
			Msg: messages.Sprintf("this row does not exist"), Hint: messages.Sprintf("the table may have changed; reload the page"),
		})
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
	for { // until the view shows all edits
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

// editOf returns the edit of a cell.
func (s *scan) editOf(i int, column, text string, undo bool) (*journal.Edit, error) {
	columns := s.run.Settings().All()
	c := 0
	if column != "" {
		c = slices.IndexFunc(columns, func(c *spec.Column) bool { return c.CompletionColumn == column })
	}
	if c < 0 {
		return nil, &spec.UsageError{Msg: messages.Sprintf("%q is not a completion column", column)}
	}
	_, e, err := s.file.read(i)
	if err != nil {
		return nil, err
	}
	key := e.cells[c].plain
	if key == (task.Key{}) {
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("this row has no request, so it has no answer to edit"),
			Hint: messages.Sprintf("a column that its prompt uses may have no answer yet"),
		}
	}
	if problem := columns[c].CheckEdit(text); problem != "" && !undo {
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("this is not an answer of the form that was asked for: %s", messages.Foreign(problem)),
			Hint: messages.Sprintf("write the answer in that form"),
		}
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

// eachAlike calls visit for all cells with a request, in the order in which edits count them, until visit returns false.
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

// placed holds the edits of a scan by cell: row × completion columns + column. Its map is never changed.
type placed struct {
	size int64 // of the edits file
	rows int   // of the scan
	at   map[int]journal.Edit
}

// place finds the cells of the edits for a flat scan. The caller holds mu.
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
