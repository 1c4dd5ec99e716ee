package jobs

import (
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/messages"
)

// Gap is a column without which rows are asked although it is the main one of the prompt: the one with most of the text.
type Gap struct {
	Column string       // the input column
	Where  *table.Error // the first of the rows, and the message
}

// gaps measures the texts of the prompts of a completion column.
type gaps struct {
	column *prompt.Renderer
	names  []string
	bytes  []int       // of the texts of each column
	empty  []int       // rows to ask in which the column is empty
	first  []table.Row // of these rows
}

func newGaps(column *prompt.Renderer) *gaps {
	names := column.Texts()
	return &gaps{column, names, make([]int, len(names)), make([]int, len(names)), make([]table.Row, len(names))}
}

// add measures a row that has a prompt.
func (g *gaps) add(row table.Row, c *resolve.Cell) {
	if len(g.names) < 2 || c.Standing == resolve.Blank {
		return
	}
	for i, name := range g.names {
		n := len(strings.TrimSpace(g.column.Cell(row, name)))
		if g.bytes[i] += n; n > 0 || !c.Open() {
			continue
		}
		if g.empty[i]++; g.empty[i] == 1 {
			g.first[i] = table.Row{Sheet: row.Sheet, Line: row.Line, Index: row.Index}
		}
	}
}

// gap returns the gap, nil if there is none.
func (g *gaps) gap() *Gap {
	if len(g.names) < 2 {
		return nil
	}
	main := slices.Index(g.bytes, slices.Max(g.bytes))
	if g.empty[main] == 0 {
		return nil
	}
	msg := messages.Sprintf("the column %q is empty, and the prompt is asked without it (in %d {row|rows})", g.names[main], g.empty[main])
	return &Gap{g.names[main], table.RowError(g.column.Source, g.first[main], msg, messages.Text{})}
}
