package diff

import (
	"fmt"
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
)

// Output is a table with the answers of both sides beside each other.
type Output struct {
	table.Sink
	row   int
	cells []any
}

// Create begins a table at dst, in the format of its extension. The caller must close it.
func Create(dst string, d *Diff) (*Output, error) {
	columns := []string{"change", "row A", "row B"}
	add := func(name string) {
		free := name
		for n := 2; slices.Contains(columns, free); n++ {
			free = fmt.Sprintf("%s.%d", name, n)
		}
		columns = append(columns, free)
	}
	for _, name := range d.Matched {
		add(name)
	}
	lead := len(columns)
	for _, c := range d.Columns {
		add(c.Name + " (A)")
		add(c.Name + " (B)")
	}
	sink, err := open.New(dst, lead, table.Options{}, columns...)
	if err != nil {
		return nil, err
	}
	return &Output{Sink: sink, cells: make([]any, 0, len(columns))}, nil
}

// Add writes a pair.
func (o *Output) Add(p *Pair) error {
	line := func(r *Row) any {
		switch {
		case r == nil:
			return nil
		case r.Place != "":
			return fmt.Sprintf("%s:%d", r.Place, r.Line)
		}
		return r.Line
	}
	o.cells = append(o.cells[:0], string(p.Change), line(p.A), line(p.B))
	one := p.A
	if one == nil {
		one = p.B
	}
	for _, text := range one.Input {
		o.cells = append(o.cells, text)
	}
	for i := range one.Cells {
		for _, r := range []*Row{p.A, p.B} {
			var cell any
			if r != nil && r.Cells[i].Text != "" {
				cell = r.Cells[i].Text
			}
			o.cells = append(o.cells, cell)
		}
	}
	o.row++
	return o.Write(table.Row{Index: o.row - 1, Line: o.row + 1}, o.cells...)
}
