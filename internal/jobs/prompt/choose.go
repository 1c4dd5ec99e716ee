package prompt

import (
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

// checkColumns finds the columns that stand outside of the prompt.
func (a *Renderer) checkColumns() error {
	for _, name := range a.Spec.RowParams {
		if _, found := a.at[name]; !found && !a.Source.Has(name) {
			return a.wrong("row_params", fmt.Sprintf("%s: no column %q", a.Source.Name(), name), a.nearHint(name))
		}
	}
	name := a.Spec.Attach
	if _, found := a.at[name]; name != "" && !found && !a.Source.Has(name) {
		return a.wrong("attach", fmt.Sprintf("%s: no column %q", a.Source.Name(), name), a.nearHint(name))
	}
	return nil
}

// choosePrompt finds the template.
func (a *Renderer) choosePrompt() error {
	if a.Spec.Prompt != "" {
		return a.parse()
	}
	if a.Source.Format() == table.Documents {
		return a.wrong("prompt", "what is to be asked about the documents?", "say it with --prompt 'Summarize: {{content}}' or --prompt-file; the content follows a prompt that does not name it")
	}
	a.Chosen = a.choose()
	if a.Chosen != "" {
		a.template = spec.ColumnTemplate(a.Chosen)
		return a.single("prompt", a.Chosen)
	}
	if a.requests {
		return nil
	}
	return a.noPrompt()
}

func (a *Renderer) parse() error {
	t, err := spec.ParseTemplate(a.Spec.Prompt)
	if err != nil {
		return a.wrong("prompt", err.Error(), "a column is named {{column}}; two braces that mean themselves are written {{{{")
	}
	if a.Source.Format() == table.Documents {
		t.WithContent()
	}
	if len(t.Columns()) == 0 && !a.settings.NoDedupe && a.Spec.Attach == "" {
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
func (a *Renderer) wrong(field, msg, hint string) *spec.UsageError {
	return a.settings.Wrong(a.Spec, field, msg, hint)
}

// known refuses a name that is no input column and no other completion column.
func (a *Renderer) known(field, name string) error {
	if ref, ok := a.settings.Reference(name); ok {
		a.Uses[name] = ref
		return nil
	}
	_, found := a.at[name]
	if !found && !a.Source.Has(name) {
		return a.wrong(field, fmt.Sprintf("%s: no column %q", a.Source.Name(), name), a.nearHint(name))
	}
	if a.ours[name] && slices.Contains(a.settings.OutputNames(), name) {
		return a.wrong(field, fmt.Sprintf("%s: column %q is written by this run and cannot be asked by it", a.Source.Name(), name),
			"give the new answers a column of their own with --completion-column, and leave the others out with --columns")
	}
	return a.single(field, name)
}

// single refuses a header that stands twice.
func (a *Renderer) single(field, name string) error {
	n := 0
	for _, c := range a.Source.Columns() {
		if spec.ColumnName(c) == name {
			n++
		}
	}
	if n > 1 {
		return a.wrong(field, fmt.Sprintf("%s: column %q stands %d times in the header", a.Source.Name(), name, n), "give each of them a name of its own")
	}
	return nil
}

// choose returns the column to ask when the user named none: one of promptColumns, else the only one, else "".
func (a *Renderer) choose() string {
	inputs := a.Inputs()
	for _, want := range spec.PromptColumns {
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

// Inputs are the named columns that are not ours.
func (a *Renderer) Inputs() []string {
	var names []string
	for _, c := range a.Source.Columns() {
		if c = spec.ColumnName(c); c != "" && !a.ours[c] && !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	return names
}

func (a *Renderer) noPrompt() error {
	return a.wrong("prompt", a.Source.Name()+": which column is the prompt?", a.columnsHint())
}

func (a *Renderer) columnsHint() string {
	names := a.Inputs()
	if len(names) == 0 {
		return "the input has no named columns"
	}
	return fmt.Sprintf("the columns are %s; try --prompt '{{%s}}'", spec.Quoted(names), names[0])
}

func (a *Renderer) nearHint(name string) string {
	names := append(a.Inputs(), a.settings.Referable(a.Spec)...)
	if near := nearest.Name(name, names); near != "" {
		return fmt.Sprintf("did you mean {{%s}}? The columns are %s", near, spec.Quoted(names))
	}
	return a.columnsHint()
}
