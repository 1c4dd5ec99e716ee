package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
	"gigabatch/internal/web/workbench"
)

// tables serves the tables of the folder.
type tables struct {
	*Server
	bench *workbench.Workbench
}

func (x tables) list(w http.ResponseWriter, r *http.Request) {
	all, more := x.bench.List()
	x.write(w, r, http.StatusOK, map[string]any{"tables": all, "more": more})
}

func (x tables) show(w http.ResponseWriter, r *http.Request) {
	t, err := x.bench.Table(r.PathValue("id"))
	x.answer(w, r, t, err)
}

func (x tables) runs(w http.ResponseWriter, r *http.Request) {
	all, more, err := x.bench.Past(r.PathValue("id"))
	x.answer(w, r, map[string]any{"runs": all, "more": more}, err)
}

// reading returns a handler that reads the body of a request about a table and answers with what find returns, texts rendered.
func reading[B, T any](x tables, find func(*http.Request, *B) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body B
		if err := readJSON(w, r, &body); err != nil {
			x.fail(w, r, err)
			return
		}
		answer, err := find(r, &body)
		var changed *conflict
		switch plain, done := any(answer).(verbatim); {
		case errors.As(err, &changed):
			writeJSON(w, http.StatusConflict, changed)
		case err != nil:
			x.fail(w, r, err)
		case done:
			writeJSON(w, http.StatusOK, plain.v)
		default:
			x.write(w, r, http.StatusOK, answer)
		}
	}
}

// verbatim is an answer whose texts are rendered already: that of a window has many.
type verbatim struct{ v any }

func (x tables) look(r *http.Request, body *workbench.Reading) (*workbench.Taken, error) {
	return x.bench.Take(r.Context(), r.PathValue("id"), body)
}

// gridWindow is a part of the rows of a table.
type gridWindow struct {
	Total    int       `json:"total"`
	Complete bool      `json:"complete"`
	Known    int       `json:"known"`
	Version  int64     `json:"version"`
	Rows     []gridRow `json:"rows"`
	Cut      bool      `json:"cut"` // cells at the ends of rows are left out, since there are too many
}

type gridRow struct {
	Index  int        `json:"index"`
	Line   int        `json:"line"`
	Sheet  string     `json:"sheet"`
	State  string     `json:"state"` // "" if only the table is shown
	Values []string   `json:"values"`
	Cells  []gridCell `json:"cells"`
}

type gridCell struct {
	gridText
	Cause  task.Cause `json:"cause"`
	Edited bool       `json:"edited"`
	Batch  bool       `json:"in_batch"`
	Asking bool       `json:"asking"` // its request is in flight in this process
	Was    *gridText  `json:"was"`    // in the version that is compared with; nil if there is none
	Before *gridText  `json:"before"` // see rows.Cell
}

type gridText struct {
	State  task.State `json:"state"`
	Text   string     `json:"text"`
	Fields []string   `json:"fields"`
}

// The most bytes of the cells of a window, and of one with whole texts, which is for copying; and the characters of such a text.
const (
	maxWindow = 1_500_000
	maxWhole  = 64 << 20
	wholeText = 64 << 10
)

func (x tables) rows(r *http.Request, body *struct {
	workbench.Reading
	From  int  `json:"from"`
	N     int  `json:"n"`
	Whole bool `json:"whole"` // texts are not cut
}) (any, error) {
	v, err := x.bench.Show(r.PathValue("id"), &body.Reading, max(body.From, 0), min(max(body.N, 0), maxRows))
	if err != nil {
		return nil, err
	}
	p, most, room := x.printer(r), maxCut, maxWindow
	if body.Whole {
		most, room = wholeText, maxWhole
	}
	all := gridWindow{Total: v.Total, Complete: v.Complete, Known: v.Known, Version: v.Version, Rows: make([]gridRow, len(v.Rows))}
	for i := range v.Rows {
		row := &v.Rows[i]
		g := gridRow{Index: row.Index, Line: row.Line, Sheet: row.Sheet, Values: []string{}, Cells: make([]gridCell, len(row.Cells))}
		if len(row.Cells) > 0 {
			g.State = row.State.String()
		}
		left := room / len(v.Rows)
		for j := range row.Cells {
			g.Cells[j] = gridCellOf(&row.Cells[j], p, most, v.Asking)
			left -= g.Cells[j].size()
		}
		for _, value := range row.Values {
			text := workbench.Cut(value, most)
			if left -= len(text) + len(`"",`); left < 0 {
				all.Cut = true
				break
			}
			g.Values = append(g.Values, text)
		}
		all.Rows[i] = g
	}
	return verbatim{all}, nil
}

func (c *gridCell) size() int {
	n := len(c.Text)
	for _, f := range c.Fields {
		n += len(f)
	}
	for _, other := range []*gridText{c.Was, c.Before} {
		if other != nil {
			n += len(other.Text)
		}
	}
	return n
}

func gridCellOf(c *rows.Cell, p messages.Printer, most int, asking map[task.Key]bool) gridCell {
	g := gridCell{gridText: gridTextOf(c, p, most), Cause: c.Cause, Edited: !c.Edited.IsZero(), Batch: c.Batch, Asking: c.State == task.Pending && asking[c.Key]}
	if c.Was != nil {
		was := gridTextOf(c.Was, p, most)
		g.Was = &was
	}
	if c.Before != nil {
		before := gridTextOf(&rows.Cell{State: task.Completed, Answer: *c.Before}, p, most)
		g.Before = &before
	}
	return g
}

// gridTextOf returns the text of a cell, or its error, cut to most characters. p renders the errors.
func gridTextOf(c *rows.Cell, p messages.Printer, most int) gridText {
	g := gridText{State: c.State, Fields: []string{}, Text: workbench.Cut(textOf(c, p), most)}
	for _, v := range c.Values {
		g.Fields = append(g.Fields, workbench.Cut(fieldText(v.Value), most))
	}
	return g
}

// fieldText returns the value of a field as a cell has it.
func fieldText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}

// countedValue is a value with the number of its rows.
type countedValue struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

func countedValues(of []task.ValueCount) []countedValue {
	all := make([]countedValue, len(of))
	for i, v := range of {
		all[i] = countedValue{workbench.Cut(v.Value, maxCut), v.Rows}
	}
	return all
}

func (x tables) values(r *http.Request, body *struct {
	workbench.Reading
	Column string `json:"column"`
}) (any, error) {
	d, err := x.bench.Values(r.Context(), r.PathValue("id"), &body.Reading, body.Column)
	if err != nil {
		return nil, err
	}
	return verbatim{map[string]any{"values": countedValues(d.Values), "more": d.More, "empty": d.Empty, "complete": d.Complete}}, nil
}

// columnCounts counts the states of a completion column.
type columnCounts struct {
	Name   string         `json:"name"`
	Done   int            `json:"done"`
	Total  int            `json:"total"`
	States map[string]int `json:"states"`
	Values []countedValue `json:"values"`
	Fields []fieldCounts  `json:"fields"` // of the fields of a schema that have few values
}

type fieldCounts struct {
	Name   string         `json:"name"`
	Values []countedValue `json:"values"`
}

func statesOf(completed, failed, blocked, skipped, pending int) map[string]int {
	return map[string]int{
		task.Completed.String(): completed, task.Failed.String(): failed, task.Blocked.String(): blocked, task.Skipped.String(): skipped,
		task.Pending.String(): pending,
	}
}

func (x tables) counts(r *http.Request, body *workbench.Reading) (any, error) {
	c, answers, err := x.bench.Counts(r.PathValue("id"), body)
	if err != nil {
		return nil, err
	}
	if len(answers) == 0 { // only the table is shown
		c.Skipped = 0
	}
	failed := c.FailedRows()
	states := statesOf(c.Completed, failed, c.Blocked, c.Skipped, c.Pending)
	states[rows.Edited], states[rows.Outdated] = c.Edited, c.Outdated
	columns := []columnCounts{}
	for i, a := range answers {
		n := columnCounts{Name: a.Name, Total: c.Rows, States: states, Values: []countedValue{}, Fields: []fieldCounts{}}
		if i < len(c.Columns) {
			of := c.Columns[i]
			n.States = statesOf(of.Completed, of.Failed, of.Blocked, of.Skipped, of.Pending)
			n.States[rows.Edited], n.States[rows.Outdated] = of.Edited, of.Outdated
		}
		n.Done = n.Total - n.States[task.Pending.String()]
		for _, v := range c.Values {
			if v.Column == a.Name {
				n.Values = countedValues(v.Counts)
			}
			for _, f := range a.Fields {
				if v.Column == a.ValuePrefix+f {
					n.Fields = append(n.Fields, fieldCounts{f, countedValues(v.Counts)})
				}
			}
		}
		columns = append(columns, n)
	}
	causes := c.Failed
	if causes == nil {
		causes = map[task.Cause]int{}
	}
	return verbatim{map[string]any{"complete": c.Complete, "rows": c.Rows, "states": states, "causes": causes, "columns": columns}}, nil
}

func (x tables) selection(r *http.Request, body *struct {
	workbench.Reading
	Positions [][2]int `json:"positions"` // first and last among the rows that pass the query; null is all of them
}) (*workbench.Chosen, error) {
	return x.bench.Choose(r.Context(), r.PathValue("id"), &body.Reading, body.Positions)
}

// comparedRow is a row with the cells that it is compared with.
type comparedRow struct {
	wholeRow
	Cells []comparedCell `json:"cells"`
}

type comparedCell struct {
	wholeCell
	Was *wholeCell `json:"was"`
}

func (x tables) row(r *http.Request, body *struct {
	workbench.Reading
	Index int `json:"index"`
}) (any, error) {
	v, was, err := x.bench.RowOf(r.Context(), r.PathValue("id"), &body.Reading, body.Index)
	if err != nil {
		return nil, err
	}
	p := x.printer(r)
	row, err := wholeRowOf(v, p)
	if err != nil {
		return nil, err
	}
	all := comparedRow{wholeRow: *row, Cells: []comparedCell{}}
	for _, c := range row.Cells {
		cell := comparedCell{wholeCell: c}
		if was != nil {
			for i := range was.Cells {
				if was.Cells[i].Column == c.Column {
					old := wholeOf(&was.Cells[i], &was.Columns[i], p)
					cell.Was = &old
				}
			}
		}
		all.Cells = append(all.Cells, cell)
	}
	return verbatim{all}, nil
}

func (x tables) edit(r *http.Request, body *struct {
	workbench.Reading
	Index  int    `json:"index"`
	Column string `json:"column"`
	Key    string `json:"key"`
	Of     string `json:"of"` // the version of the answer that is replaced, as it was shown
	Text   string `json:"text"`
	Undo   bool   `json:"undo"`
}) (any, error) {
	id, p := r.PathValue("id"), x.printer(r)
	column, err := x.bench.EditIn(r.Context(), id, &body.Reading, body.Index, body.Key, rows.Change{Column: body.Column, Version: body.Of, Text: body.Text, Undo: body.Undo})
	var changed *rows.ChangedError
	if err != nil && !errors.As(err, &changed) {
		return nil, err
	}
	v, _, rowErr := x.bench.RowOf(r.Context(), id, &body.Reading, body.Index)
	if rowErr != nil || v == nil || column >= len(v.Cells) {
		return nil, cmp.Or(err, rowErr, error(rows.ErrMoved))
	}
	if changed != nil {
		return nil, &conflict{Text: p.Error(changed), Code: "changed", Cell: wholeOf(&changed.Now, &v.Columns[column], p)}
	}
	return verbatim{wholeOf(&v.Cells[column], &v.Columns[column], p)}, nil
}

// conflict answers an edit that would replace an answer which its author has not seen, with the cell as it is now.
type conflict struct {
	Text string    `json:"error"`
	Hint string    `json:"hint"`
	Code string    `json:"code"`
	Cell wholeCell `json:"cell"`
}

func (c *conflict) Error() string { return c.Text }

func (x tables) prompt(r *http.Request, body *struct {
	Spec   board.Spec `json:"spec"`
	Index  int        `json:"index"`
	Column int        `json:"column"`
}) (*workbench.Draft, error) {
	return x.bench.Draft(r.Context(), r.PathValue("id"), &body.Spec, body.Index, body.Column)
}

func (x tables) compare(r *http.Request, body *struct {
	Version string `json:"version"`
	Was     string `json:"was"`
	Column  string `json:"column"`
}) (any, error) {
	c, err := x.bench.Compare(r.Context(), r.PathValue("id"), body.Version, body.Was, body.Column)
	if err != nil {
		return nil, err
	}
	type exchange struct {
		From string `json:"from"`
		To   string `json:"to"`
		N    int    `json:"n"`
	}
	values := []exchange{}
	for _, m := range c.Moves {
		values = append(values, exchange{workbench.Cut(m.From, maxCut), workbench.Cut(m.To, maxCut), m.Rows})
	}
	return verbatim{map[string]any{
		"both": c.Both, "same": c.Same, "changed": c.Changed, "only_new": c.OnlyNew, "only_old": c.OnlyOld, "values": values, "complete": c.Complete,
	}}, nil
}

// keep makes a version the one that the table shows from now on.
func (x tables) keep(r *http.Request, body *struct {
	Version string `json:"version"`
}) (map[string]string, error) {
	version, err := x.bench.Keep(r.PathValue("id"), body.Version)
	return map[string]string{"shown": version}, err
}

func (x tables) job(_ *http.Request, body *struct {
	Spec    board.Spec `json:"spec"`
	Replace bool       `json:"replace"`
}) (map[string]string, error) {
	name, err := board.Jobs{Board: x.Board}.Save(&body.Spec, body.Replace)
	return map[string]string{"name": name}, err
}

// save writes a version of the table, or says what that would do.
func (x tables) save(r *http.Request, body *struct {
	board.Saving
	Version string `json:"version"`
}) (saved *board.Saved, err error) {
	id := r.PathValue("id")
	if body.Shown, err = x.bench.Shown(id, body.Version); err != nil {
		return nil, err
	}
	return board.Answers{Board: x.Board, Language: language(r)}.Save(r.Context(), id, body.Saving)
}
