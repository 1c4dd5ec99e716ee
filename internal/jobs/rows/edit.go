package rows

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// ErrMoved is the error of an edit whose row is no longer at its position.
var ErrMoved = messages.Errorf("the table has changed, and another row is in this place now")

// ChangedError is the error of an edit that would replace another answer than the one that its author saw.
type ChangedError struct{ Now Cell }

func (e *ChangedError) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *ChangedError) Message() messages.Text {
	if e.Now.Edited.IsZero() {
		return messages.Sprintf("the answer has arrived meanwhile or has changed, so your text was not saved")
	}
	return messages.Sprintf("somebody else has edited the answer meanwhile, so your text was not saved")
}

// Change is an edit of a cell, or the undoing of one.
type Change struct {
	Column  string   // the name of a completion column; "" is the first one
	Key     task.Key // Cell.Key as it was shown
	Version string   // Cell.Version as it was shown
	Text    string
	Undo    bool
	Asked   string // see journal.Edit
}

// Edit changes a completion by hand. It returns when the edit is on disk and the view shows it. If the cell now has another key, the error
// is ErrMoved; if it has another answer than the author saw, a *ChangedError; if the text does not match the form of the column, a
// *spec.UsageError.
func (v *View) Edit(ctx context.Context, i int, change Change) error {
	s, err := v.reach(ctx, i)
	if err != nil {
		return err
	}
	if s == nil {
		return &spec.UsageError{
			Msg: messages.Sprintf("this row does not exist"), Hint: messages.Sprintf("the table may have changed; reload the page"),
		}
	}
	defer s.release()
	c, e, err := s.editOf(i, change)
	if err != nil {
		return err
	}
	if e.Key != change.Key {
		return ErrMoved
	}
	err = journal.AppendEditIf(v.of.Journal, *e, func() error {
		now, err := v.now(s, i, c, e)
		if err == nil && now.Version() != change.Version {
			err = &ChangedError{now}
		}
		return err
	})
	if err != nil {
		return err
	}
	for {
		v.mu.Lock()
		v.refresh()
		next, shown := v.next, v.scan
		if shown == nil && next == s && s.prepared().deep { // the first scan is under way; the row is resolved when it has ended
			err := v.edited(s, i, c, e)
			v.mu.Unlock()
			return err
		}
		known := cmp.Or(shown, next) // the next one may have begun just now, and know nothing yet
		done := next == nil || !known.prepared().deep || shown != nil && shown.edits == v.edits.Size()
		v.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-next.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// now returns a cell as it is according to the journal and the edits, whatever the view shows. e is an edit of the cell.
func (v *View) now(s *scan, i, c int, e *journal.Edit) (Cell, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.follow()
	if _, err := v.edits.Refresh(); err != nil {
		return Cell{}, err
	}
	if !s.prepared().deep {
		row, err := v.newLooker(s).whole(i)
		if err != nil {
			return Cell{}, err
		}
		return row.Cells[c], nil
	}
	row, entry, err := s.file.stored(i)
	if err != nil {
		return Cell{}, err
	}
	cell := row.Cells[c] // may be a little older than the journal
	cell.Key = e.Key
	if task.Closed(s.done) && s.end.err == nil {
		before := func(plain task.Key) int {
			n := 0
			s.eachAlike(func(row, _ int, k task.Key) bool {
				if row < i && k == plain {
					n++
				}
				return row < i
			})
			return n
		}
		if now, _, err := s.again(&row, &entry, v.edits, before); err == nil {
			cell = now.row.Cells[c]
			cell.Key = e.Key
			return cell, nil
		}
	}
	if !cell.Edited.IsZero() {
		cell.Completion, cell.Edited = cell.Original, time.Time{}
	}
	if now, ok := v.edits.Lookup(e.Key, e.Occurrence, e.Sandbox); ok {
		cell.edit(&now)
	}
	return cell, nil
}

// edited shows an edit in a row of a deep scan that is under way. The caller holds mu.
func (v *View) edited(s *scan, i, c int, e *journal.Edit) error {
	row, stored, err := s.file.stored(i)
	if err != nil {
		return err
	}
	if !e.Undo {
		row.Cells[c].edit(e)
		stored.cells[c].found = task.Outcome{State: task.Completed, Edited: true}
	}
	patches := maps.Clone(s.file.patched())
	if patches == nil {
		patches = map[int]patch{}
	}
	patches[i] = patch{row: &row, entry: &stored, provisional: true}
	s.file.lay(patches)
	return nil
}

// editOf returns the edit that a change makes, and the completion column of its cell.
func (s *scan) editOf(i int, change Change) (c int, edit *journal.Edit, err error) {
	columns := s.columns
	if change.Column != "" {
		c = slices.IndexFunc(columns, func(c *spec.Column) bool { return c.CompletionColumn == change.Column })
	}
	if c < 0 || c >= len(columns) {
		return c, nil, &spec.UsageError{Msg: messages.Sprintf("%q is not a completion column", change.Column)}
	}
	_, e, err := s.file.read(i)
	if err != nil {
		return c, nil, err
	}
	key := e.cells[c].plain
	if key == (task.Key{}) {
		return c, nil, &spec.UsageError{
			Msg:  messages.Sprintf("this row has no request, so it has no answer to edit"),
			Hint: messages.Sprintf("a column that its prompt uses may have no answer yet"),
		}
	}
	if problem := columns[c].CheckEdit(change.Text); problem != "" && !change.Undo {
		return c, nil, &spec.UsageError{
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
	return c, &journal.Edit{Key: key, Occurrence: n, Text: change.Text, Undo: change.Undo, At: time.Now(), Sandbox: s.run.Sandbox(), Asked: change.Asked}, err
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
	columns, sandbox := s.columns, s.run.Sandbox()
	err := s.eachAlike(func(i, c int, plain task.Key) bool {
		if len(v.edits.Ever(plain)) == 0 {
			return true
		}
		if e, ok := v.edits.Lookup(plain, alike[plain], sandbox); ok && columns[c].CheckEdit(e.Text) == "" {
			at[i*len(columns)+c] = e
		}
		alike[plain]++
		return true
	})
	if err == nil {
		s.placed = placed{size: v.edits.Size(), rows: n, at: at}
	}
}
