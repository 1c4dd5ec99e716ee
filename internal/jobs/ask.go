package jobs

import (
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
)

// promptColumns are the names that a prompt column goes by, the likeliest first.
var promptColumns = []string{"prompt", "question", "text", "content", "вопрос", "запрос", "промпт", "текст"}

// columnName is a header's cell as a name: line breaks in it, which sheets have for looks, are spaces.
func columnName(header string) string { return strings.Join(strings.Fields(header), " ") }

// checkColumns finds the columns that stand outside of the prompt.
func (a *asker) checkColumns() error {
	for _, name := range a.spec.RowParams {
		if _, found := a.at[name]; !found && !a.source.Has(name) {
			return a.wrong("row_params", fmt.Sprintf("%s: no column %q", a.source.Name(), name), a.nearHint(name))
		}
	}
	name := a.spec.Attach
	if _, found := a.at[name]; name != "" && !found && !a.source.Has(name) {
		return a.wrong("attach", fmt.Sprintf("%s: no column %q", a.source.Name(), name), a.nearHint(name))
	}
	return nil
}

// resolve finds the template.
func (a *asker) resolve() error {
	if a.spec.Prompt != "" {
		return a.parse()
	}
	if a.source.Format() == table.Documents {
		return a.wrong("prompt", "what is to be asked about the documents?", "say it with --prompt 'Summarize: {{content}}' or --prompt-file; the content follows a prompt that does not name it")
	}
	a.column = a.choose()
	if a.column != "" {
		a.template = columnTemplate(a.column)
		return a.single("prompt", a.column)
	}
	if a.requests {
		return nil
	}
	return a.noPrompt()
}

func (a *asker) parse() error {
	t, err := ParseTemplate(a.spec.Prompt)
	if err != nil {
		return a.wrong("prompt", err.Error(), "a column is named {{column}}; two braces that mean themselves are written {{{{")
	}
	if a.source.Format() == table.Documents {
		t.withContent()
	}
	if len(t.Columns()) == 0 && !a.settings.NoDedupe && a.spec.Attach == "" {
		return a.wrong("prompt", "the prompt names no column, so every row would ask the same", a.columnsHint())
	}
	for _, name := range t.Columns() {
		if err := a.known("prompt", name); err != nil {
			return err
		}
	}
	a.template = t
	return nil
}

// wrong begins an error about this completion column.
func (a *asker) wrong(field, msg, hint string) *UsageError {
	return a.settings.wrong(a.spec, field, msg, hint)
}

// known refuses a name that is no input column and no other completion column.
func (a *asker) known(field, name string) error {
	if ref, ok := a.settings.reference(name); ok {
		a.uses[name] = ref
		return nil
	}
	_, found := a.at[name]
	if !found && !a.source.Has(name) {
		return a.wrong(field, fmt.Sprintf("%s: no column %q", a.source.Name(), name), a.nearHint(name))
	}
	if a.ours[name] && slices.Contains(a.settings.columnNames(), name) {
		return a.wrong(field, fmt.Sprintf("%s: column %q is written by this run and cannot be asked by it", a.source.Name(), name),
			"give the new answers a column of their own with --completion-column, and leave the others out with --columns")
	}
	return a.single(field, name)
}

// single refuses a header that stands twice.
func (a *asker) single(field, name string) error {
	n := 0
	for _, c := range a.source.Columns() {
		if columnName(c) == name {
			n++
		}
	}
	if n > 1 {
		return a.wrong(field, fmt.Sprintf("%s: column %q stands %d times in the header", a.source.Name(), name, n), "give each of them a name of its own")
	}
	return nil
}

// choose returns the column to ask when the user named none: one of promptColumns, else the only one, else "".
func (a *asker) choose() string {
	inputs := a.inputs()
	for _, want := range promptColumns {
		for _, name := range inputs {
			if strings.ToLower(name) == want {
				return name
			}
		}
	}
	if len(inputs) == 1 && !(a.requests && inputs[0] == "messages") {
		return inputs[0]
	}
	return ""
}

// inputs are the named columns that are not ours.
func (a *asker) inputs() []string {
	var names []string
	for _, c := range a.source.Columns() {
		if c = columnName(c); c != "" && !a.ours[c] && !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	return names
}

func (a *asker) noPrompt() error {
	return a.wrong("prompt", a.source.Name()+": which column is the prompt?", a.columnsHint())
}

func (a *asker) columnsHint() string {
	names := a.inputs()
	if len(names) == 0 {
		return "the input has no named columns"
	}
	return fmt.Sprintf("the columns are %s; try --prompt '{{%s}}'", quoted(names), names[0])
}

func (a *asker) nearHint(name string) string {
	names := append(a.inputs(), a.settings.referable(a.spec)...)
	if near := nearest.Name(name, names); near != "" {
		return fmt.Sprintf("did you mean {{%s}}? The columns are %s", near, quoted(names))
	}
	return a.columnsHint()
}

// quoted lists names as a person would; a long list is cut.
func quoted(names []string) string {
	const most = 20
	var b strings.Builder
	for i, n := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", b.String(), len(names)-most)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", n)
	}
	return b.String()
}
