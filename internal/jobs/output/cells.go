package output

import (
	"slices"
	"strings"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// cellWriter makes the cells of a row of the output.
type cellWriter struct {
	columns []spec.OutputColumn
	names   []string // of the completion columns, where there are several
	out     []any
}

func newCellWriter(s *spec.Settings) cellWriter {
	w := cellWriter{columns: s.Outputs()}
	w.out = make([]any, len(w.columns))
	if s.Several() {
		for _, a := range s.All() {
			w.names = append(w.names, a.CompletionColumn)
		}
	}
	return w
}

// row returns the cells of a row, one for each column; valid until the next row.
func (w *cellWriter) row(cells []resolve.Cell) []any {
	for i, c := range w.columns {
		if c.Column < 0 {
			w.out[i] = w.errors(cells)
			continue
		}
		w.out[i] = cellOf(&cells[c.Column], c)
	}
	return w.out
}

// cellOf is what stands in a column; nothing for a blank cell.
func cellOf(c *resolve.Cell, o spec.OutputColumn) any {
	r := c.Result
	switch {
	case c.Standing == resolve.Blank:
		return nil
	case r == nil:
		r = &task.Result{Error: task.Pending.String()}
	case o.Value >= 0:
		if r.State == task.Completed && o.Value < len(c.Values) {
			return resolve.ValueCell(c.Values[o.Value])
		}
		return nil
	}
	if o.Value >= 0 {
		return nil
	}
	return outText(r, o.What)
}

// errors joins what went wrong in the completion columns of a row.
func (w *cellWriter) errors(cells []resolve.Cell) any {
	var all []string
	pending := false
	for i := range cells {
		switch c := &cells[i]; {
		case c.Standing == resolve.Blank:
		case c.Result == nil:
			pending = true
		case c.Result.Error != "":
			all = append(all, w.names[i]+": "+c.Result.Error)
		}
	}
	if pending {
		all = append(all, task.Pending.String())
	}
	return text(strings.Join(all, "; "))
}

// other returns the cells of a row that is not part of the run: as they stand in the input, unless the journal knows a result.
func (w *cellWriter) other(cells []resolve.Cell) []any {
	if slices.ContainsFunc(cells, func(c resolve.Cell) bool { return c.Result != nil }) {
		return w.row(cells)
	}
	for i := range w.out {
		w.out[i] = table.Keep
	}
	return w.out
}

// outText is what stands in a column for a result; what is not known is an empty cell.
func outText(r *task.Result, column string) any {
	switch column {
	case "completion":
		if r.State != task.Completed {
			return nil
		}
		return r.Completion
	case "finish_reason":
		return text(r.FinishReason)
	case "error":
		return text(r.Error)
	case "model":
		return text(r.Model)
	}
	if r.State == task.Pending {
		return nil
	}
	switch column {
	case "prompt_tokens":
		return r.Usage.PromptTokens
	case "completion_tokens":
		return r.Usage.CompletionTokens
	case "total_tokens":
		return r.Usage.TotalTokens
	case "cached_tokens":
		return r.Usage.CachedTokens
	case "attempts":
		return r.Attempts
	case "latency_ms":
		return int(r.Latency.Milliseconds())
	}
	return r.At.UTC().Format(time.RFC3339)
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}
