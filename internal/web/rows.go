package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/board"
	"gigabatch/internal/jobs/task"
)

const (
	mostRows = 200 // of a window
	cutAt    = 300 // characters of a text in a window
)

// window is a part of the rows of a run.
type window struct {
	Total    int         `json:"total"`
	Complete bool        `json:"complete"`
	Version  int64       `json:"version"`
	Rows     []windowRow `json:"rows"`
}

type windowRow struct {
	Index  int          `json:"index"`
	Line   int          `json:"line"`
	Sheet  string       `json:"sheet"`
	Prompt string       `json:"prompt"`
	Cells  []windowCell `json:"cells"`
}

type windowCell struct {
	Column string     `json:"column"`
	State  task.State `json:"state"`
	Cause  task.Cause `json:"cause"`
	Text   string     `json:"text"`
	Edited bool       `json:"edited"`
}

func (s *Server) showRows(w http.ResponseWriter, r *http.Request) {
	from, err := number(r, "from", 0)
	n, nErr := number(r, "n", 60)
	if err := errors.Join(err, nErr); err != nil {
		s.fail(w, err)
		return
	}
	q := r.URL.Query()
	rows, err := s.Board.Rows(r.PathValue("id"), from, min(n, mostRows), jobs.ViewFilter{State: q.Get("state"), Text: q.Get("q")})
	if err != nil {
		s.fail(w, err)
		return
	}
	writeJSON(w, http.StatusOK, cutWindow(rows))
}

func cutWindow(v *jobs.ViewWindow) window {
	w := window{Total: v.Total, Complete: v.Complete, Version: v.Version, Rows: make([]windowRow, len(v.Rows))}
	for i := range v.Rows {
		w.Rows[i] = cutRow(&v.Rows[i])
	}
	return w
}

func cutRow(v *jobs.ViewRow) windowRow {
	row := windowRow{Index: v.Index, Line: v.Line, Sheet: v.Sheet, Cells: make([]windowCell, len(v.Cells))}
	for i := range v.Cells {
		c := &v.Cells[i]
		if row.Prompt == "" {
			row.Prompt = cut(c.Prompt)
		}
		text := textOf(c)
		row.Cells[i] = windowCell{Column: c.Column, State: c.State, Cause: c.Cause, Text: cut(text), Edited: !c.Edited.IsZero()}
	}
	return row
}

// textOf is what is shown of a cell in a window.
func textOf(c *jobs.ViewCell) string {
	switch {
	case c.State != task.Completed:
		return c.Error
	case len(c.Values) == 0:
		return c.Completion
	}
	var parts []string
	for _, v := range c.Values {
		if v.Value != nil {
			parts = append(parts, v.Name+": "+valueText(v.Value))
		}
	}
	return strings.Join(parts, " · ")
}

func valueText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// cut is the beginning of a text.
func cut(text string) string {
	if len(text) <= cutAt {
		return text
	}
	n := 0
	for i := range text {
		if n == cutAt {
			return text[:i] + "…"
		}
		n++
	}
	return text
}

// wholeRow is a row with all that is known of it.
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
	Key          string           `json:"key"`
	Column       string           `json:"column"`
	Prompt       string           `json:"prompt"`
	System       string           `json:"system"`
	State        task.State       `json:"state"`
	Cause        task.Cause       `json:"cause"`
	Completion   string           `json:"completion"`
	Values       []jobs.ViewValue `json:"values"` // null where there is no schema
	Error        string           `json:"error"`
	FinishReason string           `json:"finish_reason"`
	Model        string           `json:"model"`
	Attempts     int              `json:"attempts"`
	RequestID    string           `json:"request_id"`
	Usage        usage            `json:"usage"`
	LatencyMS    int64            `json:"latency_ms"`
	At           *time.Time       `json:"at"`
	Edited       *edited          `json:"edited"`
	Original     string           `json:"original"`
	Choices      []string         `json:"choices"`
	Schema       bool             `json:"schema"`
}

type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	CachedTokens     int `json:"cached_tokens"`
}

type edited struct {
	At time.Time `json:"at"`
}

func (s *Server) showRow(w http.ResponseWriter, r *http.Request) {
	i, err := number(r, "index", 0)
	if err != nil {
		s.fail(w, err)
		return
	}
	row, err := s.row(r.Context(), r.PathValue("id"), i)
	s.answer(w, row, err)
}

func (s *Server) row(ctx context.Context, id string, index int) (*wholeRow, error) {
	v, columns, asks, err := s.Board.Row(ctx, id, index)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, &Problem{Status: http.StatusNotFound, Msg: "there is no such row", Hint: "the table may have changed"}
	}
	row := &wholeRow{Index: v.Index, Line: v.Line, Sheet: v.Sheet, Path: v.Path, Values: []value{}, Cells: []wholeCell{}}
	for i, text := range v.Values {
		if i < len(columns) {
			row.Values = append(row.Values, value{columns[i], text})
		}
	}
	for i := range v.Cells {
		row.Cells = append(row.Cells, whole(&v.Cells[i], &asks[i]))
	}
	return row, nil
}

func whole(c *jobs.ViewCell, a *board.Asked) wholeCell {
	w := wholeCell{
		Key: c.Key.String(), Column: c.Column, Prompt: c.Prompt, System: a.System, State: c.State, Cause: c.Cause, Completion: c.Completion, Values: c.Values, Error: c.Error,
		FinishReason: c.FinishReason, Model: c.Model, Attempts: c.Attempts, RequestID: c.RequestID, Usage: usage{c.Usage.PromptTokens, c.Usage.CompletionTokens, c.Usage.CachedTokens}, LatencyMS: c.LatencyMS,
		Original: c.Original, Choices: a.Choices, Schema: a.Schema,
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
