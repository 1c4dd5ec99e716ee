// Package remarks finds in the rows and prompts of a plan what the user should know before anything is sent.
package remarks

import (
	"maps"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Gap is a column without which rows are asked although it is the main one of the prompt: the one with most of the text.
type Gap struct {
	Column string       // the input column
	Where  *table.Error // the first of the rows, and the message
}

// Gaps measures the texts of the prompts of a completion column.
type Gaps struct {
	column *prompt.Renderer
	names  []string
	bytes  []int       // of the texts of each column
	empty  []int       // rows to ask in which the column is empty
	first  []table.Row // of these rows
}

// NewGaps returns the empty Gaps of a completion column.
func NewGaps(column *prompt.Renderer) *Gaps {
	names := column.Texts()
	return &Gaps{column, names, make([]int, len(names)), make([]int, len(names)), make([]table.Row, len(names))}
}

// Add measures a row that has a prompt.
func (g *Gaps) Add(row table.Row, c *resolve.Cell) {
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

// Gap returns the gap, nil if there is none.
func (g *Gaps) Gap() *Gap {
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

// Unlike counts the rows with cells that do not say what they show.
type Unlike struct {
	Open     int    // rows with formulas without a result
	Pictures int    // rows with a picture where the prompt wants a text
	Picture  string // the column of the first of them
}

// Notes returns what is to be said about them before anything is sent.
func (u *Unlike) Notes(copies bool) (all []messages.Text) {
	if u.Pictures > 0 {
		all = append(all, messages.Sprintf("column %q contains pictures (=DISPIMG) in %d {row|rows}; a prompt takes them for empty cells",
			u.Picture, u.Pictures))
	}
	if u.Open > 0 && !copies {
		all = append(all, messages.Sprintf("%d {row has|rows have} formulas without a result, which are empty in the output; to have their "+
			"results, open the workbook in a spreadsheet program and save it first", u.Open))
	}
	return all
}

// Senses counts the requests with files that their model is known not to take, by the model and the class of the files.
type Senses map[[2]string]int

// Add counts the files of a task.
func (s *Senses) Add(t *task.Task) {
	known, ok := gigachat.FactsOf(t.Model)
	if !ok {
		return
	}
	var seen []string
	for _, f := range t.Attachments {
		class := f.Kind.Class
		lacks := class == "image" && !known.Sees || class == "audio" && !known.Hears
		if !lacks || slices.Contains(seen, class) {
			continue
		}
		if *s == nil {
			*s = Senses{}
		}
		seen = append(seen, class)
		(*s)[[2]string{t.Model, class}]++
	}
}

// Notes returns what is to be said about them before anything is uploaded.
func (s Senses) Notes() (all []messages.Text) {
	for _, k := range slices.SortedFunc(maps.Keys(s), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if k[1] == "image" {
			all = append(all, messages.Sprintf("%d {request attaches|requests attach} pictures, and the model %s cannot see; "+
				"GigaChat-2-Pro and GigaChat-2-Max can", s[k], k[0]))
		} else {
			all = append(all, messages.Sprintf("%d {request attaches|requests attach} sound, and the model %s cannot hear; GigaChat-2-Max can",
				s[k], k[0]))
		}
	}
	return all
}
