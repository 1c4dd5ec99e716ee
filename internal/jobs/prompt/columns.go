package prompt

import (
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Columns are the renderers of all completion columns. They are not safe for concurrent use.
type Columns struct {
	List  []*Renderer // in output order
	Order []int       // indices in List, each after those of the columns that it uses
	Used  []bool      // parallel to List: another column uses this one
}

// New prepares all completion columns for an input. ours are the columns of the input made by the run's journal: they are never chosen as
// prompt or read as fields of a request, and those that the run rewrites cannot be named. f are the files that rows can attach. An error
// that the user can fix is a *spec.UsageError.
func New(s *spec.Settings, src table.Source, ours map[string]bool, f *Files) (*Columns, error) {
	c := &Columns{}
	for _, column := range s.All() {
		r, err := newRenderer(s, column, src, ours, f)
		if err != nil {
			return nil, err
		}
		c.List = append(c.List, r)
	}
	if err := c.arrange(); err != nil {
		return nil, err
	}
	for _, r := range c.List {
		if s.NoDedupe && len(r.Uses) > 0 { // which of several equal rows is the first depends on completions
			return nil, r.wrong("prompt", messages.Sprintf("the column uses the answer of another column, so equal rows must share one answer"),
				messages.Sprintf("omit --no-dedupe"))
		}
	}
	return c, nil
}

// arrange finds an order in which each completion column comes after those that it uses.
func (c *Columns) arrange() error {
	const (
		visiting = 1
		visited  = 2
	)
	c.Used = make([]bool, len(c.List))
	marks := make([]int, len(c.List))
	var path []int
	var visit func(i int) error
	visit = func(i int) error {
		switch marks[i] {
		case visited:
			return nil
		case visiting:
			return c.circle(append(path[slices.Index(path, i):], i))
		}
		marks[i], path = visiting, append(path, i)
		for _, j := range c.List[i].Needs {
			c.Used[j] = true
			if err := visit(j); err != nil {
				return err
			}
		}
		marks[i], path = visited, path[:len(path)-1]
		c.Order = append(c.Order, i)
		return nil
	}
	for i := range c.List {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// circle returns the error for the completion columns along path, which depend on each other.
func (c *Columns) circle(path []int) error {
	var names []messages.Text
	for _, i := range path {
		names = append(names, messages.Sprintf("%q", c.List[i].Spec.CompletionColumn))
	}
	msg := messages.Sprintf("the column uses its own answer")
	if len(names) > 2 {
		msg = messages.Sprintf("columns use each other's answers in a cycle: %s", messages.Join(names, " → "))
	}
	return c.List[path[0]].wrong("prompt", msg, messages.Sprintf("a column can use the answer of another column only if that column does not depend on it"))
}

// Deep reports whether completions can lead to further tasks.
func (c *Columns) Deep() bool {
	for i, r := range c.List {
		if c.Used[i] || r.Form != nil || r.Spec.Split || r.Spec.FollowUp != (spec.FollowUp{}) {
			return true
		}
	}
	return false
}

// Chosen returns the input column that was chosen as prompt, or "".
func (c *Columns) Chosen() string { return c.List[0].Chosen }

// Warnings returns the fields of rows that the API does not have, with the number of rows that contain them.
func (c *Columns) Warnings() map[string]int { return c.List[0].warnings }
