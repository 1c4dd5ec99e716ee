package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
	"gigabatch/internal/web/workbench"
)

const (
	maxRows = 200 // in a window
	maxCut  = 300 // characters of a text in a window
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
	State  task.State   `json:"state"`
	Cells  []windowCell `json:"cells"`
}

type windowCell struct {
	Column string     `json:"column"`
	State  task.State `json:"state"`
	Cause  task.Cause `json:"cause"`
	Text   string     `json:"text"`
	Edited bool       `json:"edited"`
	Batch  bool       `json:"in_batch"` // its request is in a batch at the service
}

func (x runs) rows(w http.ResponseWriter, r *http.Request) {
	from, err := number(r, "from", 0)
	n, nErr := number(r, "n", 60)
	if err := errors.Join(err, nErr); err != nil {
		x.fail(w, r, err)
		return
	}
	q := r.URL.Query()
	query := rows.Query{Text: q.Get("q")}
	if state := q.Get("state"); state != "" {
		query.Filters = []rows.Filter{{Op: rows.InState, Values: []string{state}}}
	}
	v, err := x.Board.Rows(r.PathValue("id"), from, min(n, maxRows), query)
	if err != nil {
		x.fail(w, r, err)
		return
	}
	p := x.printer(r)
	all := window{Total: v.Total, Complete: v.Complete, Version: v.Version, Rows: make([]windowRow, len(v.Rows))}
	for i := range v.Rows {
		all.Rows[i] = cutRow(&v.Rows[i], p)
	}
	writeJSON(w, http.StatusOK, all)
}

// cutRow returns a row with its texts cut. p renders the errors.
func cutRow(v *rows.Row, p messages.Printer) windowRow {
	row := windowRow{Index: v.Index, Line: v.Line, Sheet: v.Sheet, State: v.State, Cells: make([]windowCell, len(v.Cells))}
	for i := range v.Cells {
		c := &v.Cells[i]
		row.Prompt = cmp.Or(row.Prompt, workbench.Cut(c.Prompt, maxCut))
		row.Cells[i] = windowCell{Column: c.Column, State: c.State, Cause: c.Cause, Text: workbench.Cut(textOf(c, p), maxCut), Edited: !c.Edited.IsZero(), Batch: c.Batch}
	}
	return row
}

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

func (x runs) row(w http.ResponseWriter, r *http.Request) {
	i, err := number(r, "index", 0)
	if err != nil {
		x.fail(w, r, err)
		return
	}
	row, err := x.wholeRow(r.Context(), r.PathValue("id"), i, x.printer(r))
	x.answer(w, r, row, err)
}

// wholeRow returns a row of a run. p renders the errors.
func (x runs) wholeRow(ctx context.Context, id string, index int, p messages.Printer) (*wholeRow, error) {
	v, err := x.Board.Row(ctx, id, index)
	if err != nil {
		return nil, err
	}
	return wholeRowOf(v, p)
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

// editing is a change of an answer by hand.
type editing struct {
	Index   int    `json:"index"`
	Column  string `json:"column"`  // "" is the first one
	Key     string `json:"key"`     // of the cell, as it was shown
	Version string `json:"version"` // of the answer that is replaced, as it was shown
	Text    string `json:"text"`
	Undo    bool   `json:"undo"`
}

func (x runs) edit(w http.ResponseWriter, r *http.Request) {
	var e editing
	if err := readJSON(w, r, &e); err != nil {
		x.fail(w, r, err)
		return
	}
	id := r.PathValue("id")
	err := x.Board.Edit(r.Context(), id, e.Index, e.Key, rows.Change{Column: e.Column, Version: e.Version, Text: e.Text, Undo: e.Undo})
	var changed *rows.ChangedError
	if err != nil && !errors.As(err, &changed) {
		x.fail(w, r, err)
		return
	}
	v, rowErr := x.Board.Row(r.Context(), id, e.Index)
	if rowErr != nil || v == nil {
		x.fail(w, r, cmp.Or(err, rowErr, rows.ErrMoved))
		return
	}
	for i := range v.Cells {
		if c := &v.Cells[i]; c.Column != e.Column && e.Column != "" {
			continue
		} else if changed == nil {
			x.write(w, r, http.StatusOK, wholeOf(c, &v.Columns[i], x.printer(r)))
		} else {
			p := x.printer(r)
			writeJSON(w, http.StatusConflict, &conflict{Text: p.Error(changed), Code: "changed", Cell: wholeOf(&changed.Now, &v.Columns[i], p)})
		}
		return
	}
}
