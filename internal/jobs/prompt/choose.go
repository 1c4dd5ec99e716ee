package prompt

import (
	"slices"
	"strings"
	"unicode"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// choosePrompt sets the template of the prompt: the user's, or that of the column that is most likely the prompt.
func (r *Renderer) choosePrompt() error {
	documents := r.Source.Format() == table.Documents
	if r.Spec.Prompt == "" {
		if documents {
			return r.wrong("prompt", messages.Sprintf("no prompt for the documents"),
				messages.Sprintf(`give one with --prompt "Summarize: {{content}}" or --prompt-file; without {{content}}, the content follows the prompt`))
		}
		r.Chosen = r.choose()
		switch {
		case r.Chosen != "":
			r.template = spec.ColumnTemplate(r.Chosen)
			return r.single("prompt", r.Chosen)
		case r.requests:
			return nil
		}
		return r.wrong("prompt", messages.Sprintf("%s: which column is the prompt?", r.Source.Name()), r.columnsHint())
	}
	t, err := spec.ParseTemplate(r.Spec.Prompt)
	if err != nil {
		return r.wrong("prompt", messages.Sprintf("%v", err), messages.Sprintf("write a column as {{column}}, and two literal braces as {{{{"))
	}
	if documents {
		t.WithContent()
	}
	if len(t.Columns()) == 0 && !r.settings.NoDedupe && r.Spec.Attach == "" {
		return r.wrong("prompt", messages.Sprintf("the prompt names no column, so every row would ask the same thing"), r.columnsHint())
	}
	for _, name := range t.Columns() {
		if err := r.use("prompt", name); err != nil {
			return err
		}
	}
	r.template = t
	return nil
}

// choose returns the input column that is most likely the prompt: one of spec.PromptColumns, else the only column, else "".
func (r *Renderer) choose() string {
	inputs := r.Inputs()
	for _, want := range spec.PromptColumns {
		for _, name := range inputs {
			if strings.ToLower(name) == want {
				return name
			}
		}
	}
	if len(inputs) == 1 && !(r.requests && inputs[0] == "messages") {
		return inputs[0]
	}
	return ""
}

// readConditions parses the conditions of the completion column.
func (r *Renderer) readConditions() error {
	for _, text := range r.Spec.When {
		c, ok := spec.CutCondition(text, func(name string) bool {
			_, other := r.settings.Reference(name)
			return name != "" && (other || r.has(name))
		})
		if !ok && c.Column == "" {
			return r.wrong("when", messages.Sprintf("condition %q has no operator", text),
				messages.Sprintf("write column=value; the operators are =, !=, ~ (contains), <, >, <=, >= and in [\"a\",\"b\"]"))
		}
		if fault, hint := c.Fault(); ok && !fault.IsZero() {
			return r.wrong("when", messages.Sprintf("condition %q: %s", text, fault), hint)
		}
		if c.Anywhere() {
			r.When = append(r.When, c)
			continue
		}
		if err := r.use("when", c.Column); err != nil {
			return err
		}
		if _, uses := r.Uses[c.Column]; !uses {
			c.Learn(r.Source, func(row table.Row) string { return r.cell(row, c.Column) })
		}
		r.When = append(r.When, c)
	}
	return r.checkConditions()
}

// checkConditions rejects conditions on the choices of another column, or on a property with few values, that no value fulfils: the column
// would stay empty. That a cell of the other column is empty must be said, as in "mood=".
func (r *Renderer) checkConditions() error {
	for i, c := range r.When {
		ref, uses := r.Uses[c.Column]
		if !uses {
			continue
		}
		values := r.settings.Listed(ref)
		holds := func(value string) bool {
			return !slices.ContainsFunc(r.When[:i+1], func(d spec.Condition) bool { return d.Column == c.Column && !d.Holds(value) })
		}
		if values == nil || c.Value == "" && holds("") || slices.ContainsFunc(values, holds) {
			continue
		}
		hint := messages.Sprintf("its values: %s", messages.Quoted(values))
		if near := nearest.Name(c.Value, values); near != "" && c.Op == "=" {
			hint = messages.Sprintf("did you mean %q? Its values: %s", near, messages.Quoted(values))
		}
		return r.wrong("when", messages.Sprintf("no value of column %q fulfils the condition %q", c.Column, r.Spec.When[i]), hint)
	}
	return nil
}

// checkJoin rejects an invalid join prompt.
func (r *Renderer) checkJoin() error {
	t, err := joinTemplate(r)
	if err != nil {
		return r.wrong("join_prompt", messages.Sprintf("the join prompt is invalid: %v", err), messages.Sprintf("a join prompt can use {{task}} and {{parts}}"))
	}
	for _, name := range t.Columns() {
		if name != "task" && name != "parts" {
			return r.wrong("join_prompt", messages.Sprintf("{{%s}} is not allowed in the join prompt", name),
				messages.Sprintf("a join prompt can use {{task}} and {{parts}}"))
		}
	}
	if !slices.Contains(t.Columns(), "parts") {
		return r.wrong("join_prompt", messages.Sprintf("the join prompt does not use {{parts}}"),
			messages.Sprintf("{{parts}} is replaced by the answers to the parts, {{task}} by the prompt"))
	}
	return nil
}

// use records that a field names a column. It rejects a name that is neither an input column nor another completion column.
func (r *Renderer) use(field, name string) error {
	if ref, ok := r.settings.Reference(name); ok {
		r.Uses[name] = ref
		return nil
	}
	if err := r.exists(field, name); err != nil {
		return err
	}
	if r.ours[name] && slices.Contains(r.settings.OutputNames(), name) {
		return r.wrong(field, messages.Sprintf("%s: column %q is written by this run and cannot be used as input", r.Source.Name(), name),
			messages.Sprintf("write the answers to another column with --completion-column, and select the output columns with --columns"))
	}
	return r.single(field, name)
}

// exists rejects a name that is not an input column.
func (r *Renderer) exists(field, name string) error {
	if r.has(name) {
		return nil
	}
	hint := messages.Sprintf("columns: %s", messages.Quoted(r.Inputs()))
	if field == "prompt" && !r.settings.Several() {
		hint = r.columnsHint()
	}
	names := append(r.Inputs(), r.settings.Referable(r.Spec)...)
	if near := nearest.Name(name, names); near != "" {
		hint = messages.Sprintf("did you mean {{%s}}? Columns: %s", near, messages.Quoted(names))
	}
	if line := r.lineWith(name); line > 0 {
		hint = messages.Sprintf("%s; if the header is row %d, where %q is a cell, add --header-row %d", hint, line, name, line)
	}
	return r.wrong(field, messages.Sprintf("%s: no column %q", r.Source.Name(), name), hint)
}

// maxPeek is the number of rows that are read to make a hint.
const maxPeek = 50

// lineWith returns the line of the first of the rows below the header with a cell that contains only the name, or 0.
func (r *Renderer) lineWith(name string) int {
	for row, err := range r.Source.Rows() {
		if err != nil || row.Index == maxPeek || row.Sheet != "" {
			break
		}
		if slices.ContainsFunc(row.Values, func(cell string) bool { return spec.ColumnName(cell) == name }) {
			return row.Line
		}
	}
	return 0
}

// has reports whether the input has a column or a path with the given name.
func (r *Renderer) has(name string) bool {
	_, found := r.at[name]
	if at, n := spec.Find(r.Source, name); !found && n > 0 {
		r.at[name], found = at, true
	}
	return found || r.Source.Has(name)
}

// single rejects a name that appears more than once in the header.
func (r *Renderer) single(field, name string) error {
	if _, n := spec.Find(r.Source, name); n > 1 {
		msg := messages.Sprintf("%s: column %q appears %d {time|times} in the header", r.Source.Name(), name, n)
		return r.wrong(field, msg, spec.UniqueHint(r.Source, name))
	}
	return nil
}

// wrong returns an error about this completion column.
func (r *Renderer) wrong(field string, msg, hint messages.Text) *spec.UsageError {
	return r.settings.Wrong(r.Spec, field, msg, hint)
}

// Inputs returns the distinct names of the input columns, without those made by the journal.
func (r *Renderer) Inputs() []string {
	var names []string
	for _, c := range r.Source.Columns() {
		if c = spec.ColumnName(c); c != "" && !r.ours[c] && !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	return names
}

// columnsHint returns a hint with the names that a prompt can use.
func (r *Renderer) columnsHint() messages.Text {
	names := r.Inputs()
	if len(names) == 0 {
		return messages.Sprintf("the input has no named columns")
	}
	return messages.Sprintf(`columns: %s; for example --prompt "{{%s}}"`, messages.Quoted(names), r.longest(names))
}

// maxWord is the length of the longest words, in bytes. A longer one is an address or an identifier.
const maxWord = 60

// longest returns the one of the names whose column has the most letters in the first rows: the most likely prompt.
func (r *Renderer) longest(names []string) string {
	lengths := map[string]int{}
	for row, err := range r.Source.Rows() {
		if err != nil || row.Index == maxPeek {
			break
		}
		for _, name := range names {
			for word := range strings.FieldsSeq(r.cell(row, name)) {
				if len(word) <= maxWord && !strings.Contains(word, "://") {
					lengths[name] += len([]rune(strings.Map(onlyLetters, word)))
				}
			}
		}
	}
	best := names[0]
	for _, name := range names {
		if lengths[name] > lengths[best] {
			best = name
		}
	}
	return best
}

func onlyLetters(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return -1
}
