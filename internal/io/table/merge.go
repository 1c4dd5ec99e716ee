package table

import "strings"

// Merge combines the cells of a row of the source with those given to the sink, for a new file.
type Merge struct {
	Columns []string // of the source, and the new ones
	Layout  Layout
	order   Order
	Width   int // of the source
	cells   []any
}

// NewMerge returns a Merge for a new file that a sink with these columns writes.
func NewMerge(h *Base, columns []string) (Merge, error) {
	l, err := h.Layout(columns)
	m := Merge{Layout: l, order: Order{Cells: len(columns)}, Width: len(h.Header)}
	m.Columns = append(m.Columns, h.Header...)
	for _, n := range l.Append {
		m.Columns = append(m.Columns, columns[n])
	}
	m.cells = make([]any, len(m.Columns))
	return m, err
}

// Names returns the cells of the header.
func (m *Merge) Names() []any {
	names := make([]any, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c
	}
	return names
}

// Row returns a row of the new file, which is valid until the next call. Cells beyond the header of the source follow the columns.
func (m *Merge) Row(row Row, cells []any) ([]any, error) {
	if len(row.Values) != m.Width {
		return nil, ErrForeign
	}
	if err := m.order.Check(row, cells); err != nil {
		return nil, err
	}
	m.cells = m.cells[:len(m.Columns)]
	for i := range row.Values {
		m.cells[i] = row.Values[i]
	}
	for _, r := range m.Layout.Refill {
		if cells[r.Cell] != Keep {
			m.cells[r.Column] = cells[r.Cell]
		}
	}
	for i, n := range m.Layout.Append {
		m.cells[m.Width+i] = cells[n]
	}
	m.cells = appendExtra(m.cells, row.Beyond)
	return m.cells, nil
}

// appendExtra appends the cells up to the last one with content.
func appendExtra(cells []any, extra []string) []any {
	for len(extra) > 0 && strings.TrimSpace(extra[len(extra)-1]) == "" {
		extra = extra[:len(extra)-1]
	}
	for _, cell := range extra {
		cells = append(cells, cell)
	}
	return cells
}

// Refilled reports whether one of the cells given to the sink replaces that column of the source.
func (m *Merge) Refilled(column int, cells []any) bool {
	for _, r := range m.Layout.Refill {
		if r.Column == column && cells[r.Cell] != Keep {
			return true
		}
	}
	return false
}
