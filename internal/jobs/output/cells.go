package output

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// cellWriter makes the cells of an output row.
type cellWriter struct {
	columns []spec.OutputColumn
	names   []string // of the completion columns, if there are several
	stays   []bool   // by completion column: what the input has in a row that is not asked stays
	vectors bool     // the completions are vectors
	printer messages.Printer
	said    map[string]string // messages by their English: the rows of an outage have the same one
	out     []any
}

func newCellWriter(s *spec.Settings, l messages.Language) cellWriter {
	w := cellWriter{columns: s.Outputs(), vectors: s.Embed, printer: messages.Printer{Language: l}, said: map[string]string{}}
	w.out = make([]any, len(w.columns))
	for _, c := range s.All() {
		w.stays = append(w.stays, s.InPlace && len(c.SkipEmpty) > 0)
	}
	if s.Several() {
		for _, c := range s.All() {
			w.names = append(w.names, c.CompletionColumn)
		}
	}
	return w
}

// row returns the cells of a row, one for each column. They are valid until the next call.
func (w *cellWriter) row(row *resolve.Row) []any {
	for i, c := range w.columns {
		switch {
		case c.Column >= 0 && w.stays[c.Column] && row.Cells[c.Column].Standing == resolve.Blank:
			w.out[i] = table.Keep
		case c.Column >= 0:
			cell := &row.Cells[c.Column]
			w.out[i] = w.cell(cell, c)
			if text, ok := w.out[i].(string); ok && w.vectors && c.What == "completion" && (cell.Edited == nil || json.Valid([]byte(text))) {
				w.out[i] = table.JSON(text)
			}
		case c.What == "error":
			w.out[i] = w.errors(row.Cells)
		default:
			w.out[i] = nil
			value, _ := row.Value(c.What)
			if t, err := time.Parse(time.RFC3339, value); err == nil {
				w.out[i] = t
			}
		}
	}
	return w.out
}

// errorOf returns what a person should know about the result of a cell: why it has no completion, or what is wrong with that.
func (w *cellWriter) errorOf(r *task.Result) string {
	var all []string
	if r.State == task.Completed && r.Truncated() {
		all = append(all, w.printer.Sprintf("the answer was cut off at the limit of tokens (max_tokens)"))
	}
	if r.Error != "" {
		all = append(all, w.say(r.Error))
	}
	return strings.Join(all, "; ")
}

const maxSaid = 1000 // messages that are kept

// say returns a message of the journal, which is English, in the language of the output.
func (w *cellWriter) say(english string) string {
	said, known := w.said[english]
	if !known {
		if len(w.said) >= maxSaid {
			clear(w.said)
		}
		said = w.printer.Text(messages.Foreign(english))
		w.said[english] = said
	}
	return said
}

// cell returns the content of a cell in a column: nil if it is unknown or the cell is blank.
func (w *cellWriter) cell(c *resolve.Cell, column spec.OutputColumn) any {
	if c.Standing == resolve.Blank {
		return nil
	}
	r := c.Result
	if column.Value >= 0 {
		if r == nil || r.State != task.Completed || column.Value >= len(c.Values) {
			return nil
		}
		return resolve.ValueCell(c.Values[column.Value])
	}
	if r == nil {
		r = &task.Result{}
	}
	switch column.What {
	case "completion":
		if r.State != task.Completed {
			return nil
		}
		return r.Completion
	case "finish_reason":
		return text(r.FinishReason)
	case "error":
		if c.Result == nil {
			return w.printer.Text(task.Pending.Text())
		}
		return text(w.errorOf(r))
	case "model":
		return text(r.Model)
	}
	if r.State == task.Pending {
		return nil
	}
	switch column.What {
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

// errors returns the errors of all completion columns of a row, joined.
func (w *cellWriter) errors(cells []resolve.Cell) any {
	var all []string
	pending := false
	for i := range cells {
		switch c := &cells[i]; {
		case c.Standing == resolve.Blank:
		case c.Result == nil:
			pending = true
		case w.errorOf(c.Result) != "":
			all = append(all, w.names[i]+": "+w.errorOf(c.Result))
		}
	}
	if pending {
		all = append(all, w.printer.Text(task.Pending.Text()))
	}
	return text(strings.Join(all, "; "))
}

// other returns the cells of a row that is not selected: those of the input, unless the journal has a result for the row.
func (w *cellWriter) other(row *resolve.Row) []any {
	if slices.ContainsFunc(row.Cells, func(c resolve.Cell) bool { return c.Result != nil }) {
		return w.row(row)
	}
	for i := range w.out {
		w.out[i] = table.Keep
	}
	return w.out
}

// text returns the cell for s, nil if s is empty.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}
