package workbench

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// Draft is the prompt of a row by a spec that was not asked yet.
type Draft struct {
	Line    int            `json:"line"`
	Sheet   string         `json:"sheet"`
	Parts   []DraftPart    `json:"parts"`
	System  string         `json:"system"`
	Skipped bool           `json:"skipped"` // the row would not be asked
	Why     messages.Text  `json:"why"`     // it would not
	Files   []string       `json:"files"`   // that are attached
	Needs   []string       `json:"needs"`   // completion columns without an answer yet
	Unknown []string       `json:"unknown"` // columns that do not exist, as the prompt has them
	Problem *board.Problem `json:"problem"`
}

// DraftPart is a text of the prompt, or the cell of a column.
type DraftPart struct {
	Text   string `json:"text"`
	Column string `json:"column"` // "" for a text of the prompt
}

// maxDraft is the number of characters of a cell in a draft.
const maxDraft = 20_000

// drafter renders the prompt of a row.
type drafter struct {
	columns []string // of the table
	paths   []string
	format  table.Format
	row     *rows.Row
	set     spec.Settings
	answers map[string]*rows.Cell // of the row, by the completion columns of the spec that were asked as they are
	draft   *Draft
}

// Draft renders the prompt of a row of a table by a column of a spec. What another column has answered is taken from the newest version that asked
// it so.
func (b *Workbench) Draft(ctx context.Context, id string, s *board.Spec, index, column int) (*Draft, error) {
	of, err := show(b, id, &Reading{Version: none, Options: &s.Options})
	if err != nil {
		return nil, err
	}
	defer of.Close()
	look, err := of.lookAt(ctx)
	if err != nil {
		return nil, b.Plain(err)
	}
	set := s.Settings(b.Board, of.place.input)
	if column < 0 || column >= len(set.All()) {
		return nil, &spec.UsageError{Msg: messages.Sprintf("there is no completion column %s", strconv.Itoa(column))}
	}
	d := &Draft{Parts: []DraftPart{}, Files: []string{}, Needs: []string{}, Unknown: []string{}, System: set.All()[column].System}
	row, _, err := of.Row(ctx, index)
	if err != nil {
		return nil, b.Plain(err)
	}
	if row == nil {
		return d, nil
	}
	d.Line, d.Sheet = row.Line, row.Sheet
	r := &drafter{columns: of.Columns(), paths: look.Paths, format: look.Format, row: row, set: set, draft: d}
	if len(set.Columns) > 1 {
		if r.answers, err = b.answersOf(ctx, of.place, s, &set, row); err != nil {
			return nil, b.Plain(err)
		}
	}
	if err := r.render(set.All()[column], look.Prompt); err != nil {
		d.Problem = b.ProblemOf(err)
	}
	return d, nil
}

// answersOf returns the cells of a row by the completion columns of settings that a version of the table has asked as they are.
func (b *Workbench) answersOf(ctx context.Context, p *place, s *board.Spec, set *spec.Settings, row *rows.Row) (map[string]*rows.Cell, error) {
	versions, err := p.versions()
	if err != nil {
		return nil, err
	}
	same := func(x, y *spec.Column) bool {
		a, errA := json.Marshal(x)
		b, errB := json.Marshal(y)
		return errA == nil && errB == nil && string(a) == string(b)
	}
	found := map[string]*rows.Cell{}
	for i := range set.Columns {
		c := &set.Columns[i]
		at := slices.IndexFunc(versions, func(v Version) bool {
			return slices.ContainsFunc(v.Columns, func(asked spec.Column) bool { return same(c, &asked) })
		})
		if at < 0 {
			continue
		}
		v, err := p.view(versions, versions[at].ID, &s.Options)
		if err != nil {
			return nil, err
		}
		there, _, err := v.Row(ctx, row.Index)
		b.release(v)
		if err != nil || there == nil || there.Line != row.Line || there.Sheet != row.Sheet {
			continue // the answers of that version cannot be shown; the column counts as one without
		}
		for j := range there.Cells {
			if cell := &there.Cells[j]; cell.Column == c.CompletionColumn {
				found[cell.Column] = cell
			}
		}
	}
	return found, nil
}

// render makes the draft of a column. chosen is the column that is the prompt if there is none.
func (r *drafter) render(c *spec.Column, chosen string) error {
	t, err := spec.ParseTemplate(c.Prompt)
	if err != nil {
		return &spec.UsageError{Msg: messages.Sprintf("%v", err), Hint: messages.Sprintf("write a column as {{column}}, and two literal braces as {{{{")}
	}
	switch {
	case r.set.Documents != nil:
		t.WithContent()
	case c.Prompt == "" && chosen != "":
		t = spec.ColumnTemplate(chosen)
	}
	blank, named := true, false
	for literal, column := range t.Parts() {
		if column == "" {
			r.draft.Parts = append(r.draft.Parts, DraftPart{Text: literal})
			continue
		}
		named = true
		text, ok := r.cell(column)
		if !ok {
			r.draft.Parts = append(r.draft.Parts, DraftPart{Column: column})
			continue
		}
		blank = blank && strings.TrimSpace(text) == ""
		r.draft.Parts = append(r.draft.Parts, DraftPart{Text: Cut(text, maxDraft), Column: column})
	}
	skip := func(why messages.Text) {
		if !r.draft.Skipped {
			r.draft.Skipped, r.draft.Why = true, why
		}
	}
	if named && blank && len(r.draft.Unknown)+len(r.draft.Needs) == 0 {
		skip(messages.Sprintf("all columns that the prompt uses are empty"))
	}
	for _, name := range c.SkipEmpty {
		if text, ok := r.cell(spec.ColumnName(name)); ok && strings.TrimSpace(text) == "" {
			skip(messages.Sprintf("the column %q is empty", name))
		}
	}
	for _, text := range c.When {
		w, ok := spec.CutCondition(text, r.has)
		if !ok {
			return &spec.UsageError{Msg: messages.Sprintf("the condition %q names no column", text), Hint: messages.Sprintf("write it as column=value")}
		}
		if w.Anywhere() {
			if !slices.ContainsFunc(r.inputs(), w.Holds) {
				skip(messages.Sprintf("the condition %q does not hold", text))
			}
		} else if cell, ok := r.cell(w.Column); ok && !w.Holds(cell) {
			skip(messages.Sprintf("the condition %q does not hold", text))
		}
	}
	if c.Attach != "" {
		if text, ok := r.cell(spec.ColumnName(c.Attach)); ok {
			for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' || r == '\r' }) {
				if name = strings.TrimSpace(name); name != "" {
					r.draft.Files = append(r.draft.Files, name)
				}
			}
		}
	}
	return nil
}

// has reports whether a name is that of a column.
func (r *drafter) has(name string) bool {
	if _, ok := r.set.Reference(name); ok {
		return true
	}
	_, n := spec.FindIn(r.columns, r.paths, name)
	return n > 0
}

// inputs returns the cells of the row without those that the columns of the spec have written.
func (r *drafter) inputs() (all []string) {
	for i, name := range r.columns {
		if _, ours := r.set.Reference(spec.ColumnName(name)); !ours && i < len(r.row.Values) {
			all = append(all, r.row.Values[i])
		}
	}
	return all
}

// cell returns the text of a column in the row. ok is false if the column is unknown or has no answer yet, which the draft says then.
func (r *drafter) cell(name string) (text string, ok bool) {
	if ref, is := r.set.Reference(name); is {
		column := r.set.Columns[ref.Column].CompletionColumn
		cell := r.answers[column]
		switch {
		case cell != nil && cell.State == task.Completed && ref.Value < 0:
			return cell.Completion, true
		case cell != nil && cell.State == task.Completed && ref.Value < len(cell.Values):
			return valueText(cell.Values[ref.Value].Value), true
		case cell != nil && cell.State == task.Skipped:
			return "", true
		}
		if !slices.Contains(r.draft.Needs, column) {
			r.draft.Needs = append(r.draft.Needs, column)
		}
		return "", false
	}
	if i, n := spec.FindIn(r.columns, r.paths, name); n > 0 {
		if i < len(r.row.Values) {
			return r.row.Values[i], true
		}
		return "", true
	}
	if text, ok := r.within(name); ok {
		return text, true
	}
	if shown := "{{" + name + "}}"; !slices.Contains(r.draft.Unknown, shown) {
		r.draft.Unknown = append(r.draft.Unknown, shown)
	}
	return "", false
}

// within returns the text at a path of keys and indexes in a cell that is JSON.
func (r *drafter) within(path string) (string, bool) {
	name, rest, ok := strings.Cut(path, ".")
	i := slices.Index(r.columns, name)
	if !ok || i < 0 || i >= len(r.row.Values) || r.format != table.JSONL {
		return "", false
	}
	var value any
	d := json.NewDecoder(strings.NewReader(r.row.Values[i]))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return "", true // the row lacks it
	}
	for key := range strings.SplitSeq(rest, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			if n, err := strconv.Atoi(key); err == nil && n >= 0 && n < len(v) {
				value = v[n]
				continue
			}
			return "", true
		default:
			return "", true
		}
	}
	return valueText(value), true
}

// valueText returns a value of JSON as a cell has it.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}
