package table

import "strings"

// merge puts the cells of a source's row and those given to the sink together, for a new file.
type merge struct {
	columns []string // the source's and the new ones
	layout  layout
	order   order
	width   int // of the source
	cells   []any
}

func newMerge(h *base, columns []string) (merge, error) {
	l, err := h.layoutFor(columns)
	m := merge{layout: l, order: order{columns: len(columns)}, width: len(h.columns)}
	m.columns = append(m.columns, h.columns...)
	for _, n := range l.append {
		m.columns = append(m.columns, columns[n])
	}
	m.cells = make([]any, len(m.columns))
	return m, err
}

// names are the cells of the header.
func (m *merge) names() []any {
	names := make([]any, len(m.columns))
	for i, c := range m.columns {
		names[i] = c
	}
	return names
}

// row is a row of the new file, valid until the next call. Cells beyond the source's header follow the columns.
func (m *merge) row(row Row, cells []any) ([]any, error) {
	if len(row.Values) != m.width {
		return nil, errForeign
	}
	if err := m.order.check(row, cells); err != nil {
		return nil, err
	}
	m.cells = m.cells[:len(m.columns)]
	for i := range row.Values {
		m.cells[i] = row.Values[i]
	}
	for _, r := range m.layout.refill {
		if cells[r.cell] != Keep {
			m.cells[r.column] = cells[r.cell]
		}
	}
	for i, n := range m.layout.append {
		m.cells[m.width+i] = cells[n]
	}
	m.cells = appendExtra(m.cells, row.extra)
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

// numbers makes numbers of the source's cells that stand for one: in a JSONL row those that are none of strings.
func (m *merge) numbers(row Row, cells []any) {
	rec, typed := row.rec.(*jsonRecord)
	for i := range m.width {
		text, ok := m.cells[i].(string)
		if !ok || typed && rec.Quoted(row.Columns[i]) || m.refilled(i, cells) {
			continue
		}
		if n, ok := number(text); ok {
			m.cells[i] = n
		}
	}
}

func (m *merge) refilled(column int, cells []any) bool {
	for _, r := range m.layout.refill {
		if r.column == column && cells[r.cell] != Keep {
			return true
		}
	}
	return false
}
