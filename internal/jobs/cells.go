package jobs

import (
	"time"

	"gigabatch/internal/io/table"
)

// cells returns the cells of a row, one for each of s.Columns.
func (s *Settings) cells(r *Result, k Key) []any {
	cells := make([]any, len(s.Columns))
	switch {
	case k == Key{}:
		return cells
	case r == nil:
		r = &Result{Error: Pending.String()}
	}
	for i, name := range s.Columns {
		cells[i] = cell(r, name)
	}
	return cells
}

// kept returns the cells of a row that is not selected: as they stand in the input.
func (s *Settings) kept() []any {
	cells := make([]any, len(s.Columns))
	for i := range cells {
		cells[i] = table.Keep
	}
	return cells
}

// cell returns what stands in a column for a result; what is not known is an empty cell.
func cell(r *Result, column string) any {
	switch column {
	case "completion":
		if r.State != Completed {
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
	if r.State == Pending {
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
