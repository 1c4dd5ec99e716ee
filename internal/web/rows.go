package web

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

const (
	maxRows = 200 // in a window
	maxCut  = 300 // characters of a text in a window
)

// textOf returns the text of a cell in a window: the completion, or the error.
func textOf(c *rows.Cell, p messages.Printer) string {
	switch {
	case c.State != task.Completed:
		return p.Text(messages.Foreign(c.Error))
	case len(c.Values) == 0:
		return c.Completion
	}
	var parts []string
	for _, v := range c.Values {
		if v.Value == nil {
			continue
		}
		parts = append(parts, v.Name+": "+fieldText(v.Value))
	}
	return strings.Join(parts, " · ")
}

// wholeRow is a row with everything that is known about it.
type wholeRow struct {
	Index  int         `json:"index"`
	Line   int         `json:"line"`
	Sheet  string      `json:"sheet"`
	Path   string      `json:"path"`
	Values []value     `json:"values"`
	Cells  []wholeCell `json:"cells"`
}

type value struct {
	Column string `json:"column"`
	Value  string `json:"value"`
}

type wholeCell struct {
	Key     string     `json:"key"`
	Version string     `json:"version"`
	Column  string     `json:"column"`
	Prompt  string     `json:"prompt"`
	System  string     `json:"system"`
	State   task.State `json:"state"`
	Cause   task.Cause `json:"cause"`
	Batch   bool       `json:"in_batch"`
	cellResult
	Edited   *edited  `json:"edited"`
	Original string   `json:"original"`
	Before   string   `json:"before"` // the answer from before one that it uses was edited by hand
	Choices  []string `json:"choices"`
	Schema   bool     `json:"schema"`
}

type cellResult struct {
	Completion   string       `json:"completion"`
	Values       []rows.Value `json:"values"` // null if the column has no schema
	Error        string       `json:"error"`
	FinishReason string       `json:"finish_reason"`
	Model        string       `json:"model"`
	Attempts     int          `json:"attempts"`
	RequestID    string       `json:"request_id"`
	Usage        usage        `json:"usage"`
	LatencyMS    int64        `json:"latency_ms"`
	At           *time.Time   `json:"at"`
}

type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	CachedTokens     int `json:"cached_tokens"`
}

type edited struct {
	At time.Time `json:"at"`
}

// wholeRowOf returns a row in the form of answers. v is nil if the row does not exist. p renders the errors.
func wholeRowOf(v *board.Row, p messages.Printer) (*wholeRow, error) {
	if v == nil {
		return nil, &Problem{Status: http.StatusNotFound, Msg: messages.Sprintf("the row does not exist"), Hint: messages.Sprintf("the table may have changed")}
	}
	row := &wholeRow{Index: v.Index, Line: v.Line, Sheet: v.Sheet, Path: v.Path, Values: []value{}, Cells: []wholeCell{}}
	for i, text := range v.Values {
		if i < len(v.Inputs) {
			row.Values = append(row.Values, value{v.Inputs[i], text})
		}
	}
	for i := range v.Cells {
		row.Cells = append(row.Cells, wholeOf(&v.Cells[i], &v.Columns[i], p))
	}
	return row, nil
}

func wholeOf(c *rows.Cell, a *board.Column, p messages.Printer) wholeCell {
	w := wholeCell{
		Key: c.Key.String(), Version: c.Version(), Column: c.Column, Prompt: c.Prompt, System: a.System, State: c.State, Cause: c.Cause, Batch: c.Batch,
		cellResult: cellResult{
			Completion: c.Completion, Values: c.Values, Error: p.Text(messages.Foreign(c.Error)), FinishReason: c.FinishReason, Model: c.Model,
			Attempts: c.Attempts, RequestID: c.RequestID, LatencyMS: c.LatencyMS,
			Usage: usage{c.Usage.PromptTokens, c.Usage.CompletionTokens, c.Usage.CachedTokens},
		},
		Original: c.Original, Choices: a.Choices, Schema: a.Schema,
	}
	if c.Before != nil {
		w.Before = c.Before.Completion
	}
	if !c.At.IsZero() {
		w.At = &c.At
	}
	if !c.Edited.IsZero() {
		w.Edited = &edited{c.Edited}
	}
	if !utf8.ValidString(w.Completion) {
		w.Completion = string([]rune(w.Completion))
	}
	return w
}
