package jobs

import (
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
)

// promptColumns are the names that a prompt column goes by, the likeliest first.
var promptColumns = []string{"prompt", "question", "text", "content", "вопрос", "запрос", "промпт", "текст"}

// columnName is a header's cell as a name: line breaks in it, which sheets have for looks, are spaces.
func columnName(header string) string { return strings.Join(strings.Fields(header), " ") }

// asker turns rows into requests. It is not safe for concurrent use.
type asker struct {
	settings *Settings
	source   table.Source
	template *Template // nil where only rows that are requests can be asked
	requests bool      // a row that is a request is taken as it is
	column   string    // the column that was chosen as prompt, "" if none was
	ours     map[string]bool
	at       map[string]int
	request  gigachat.ChatRequest
	body     []byte
	prompt   []byte
	warnings map[string]int
}

// newAsker resolves the template against the source's columns. ours are the columns that this journal made in the input: they are
// never chosen as prompt nor read as fields of a request, and those that the run writes anew cannot be named.
func newAsker(s *Settings, src table.Source, ours map[string]bool) (*asker, error) {
	a := &asker{settings: s, source: src, ours: ours, at: map[string]int{}, warnings: map[string]int{}}
	for i, name := range src.Columns() {
		if name = columnName(name); name != "" {
			if _, taken := a.at[name]; !taken {
				a.at[name] = i
			}
		}
	}
	a.requests = src.Format() == table.JSONL && s.Prompt == ""
	if err := a.resolve(); err != nil {
		return nil, err
	}
	a.prepare()
	return a, nil
}

// resolve finds the template.
func (a *asker) resolve() error {
	if a.settings.Prompt != "" {
		return a.parse()
	}
	a.column = a.choose()
	if a.column != "" {
		a.template = columnTemplate(a.column)
		return a.single(a.column)
	}
	if a.requests {
		return nil
	}
	return a.noPrompt()
}

func (a *asker) parse() error {
	t, err := ParseTemplate(a.settings.Prompt)
	if err != nil {
		return &UsageError{Msg: err.Error(), Hint: "a column is named {{column}}; two braces that mean themselves are written {{{{"}
	}
	if len(t.Columns()) == 0 && !a.settings.NoDedupe {
		return &UsageError{Msg: "the prompt names no column, so every row would ask the same", Hint: a.columnsHint()}
	}
	for _, name := range t.Columns() {
		if err := a.known(name); err != nil {
			return err
		}
	}
	a.template = t
	return nil
}

// known refuses a name that is no input column.
func (a *asker) known(name string) error {
	_, found := a.at[name]
	if !found && !a.source.Has(name) {
		return &UsageError{Msg: fmt.Sprintf("%s: no column %q", a.source.Name(), name), Hint: a.nearHint(name)}
	}
	if a.ours[name] && slices.Contains(a.settings.columnNames(), name) {
		return &UsageError{
			Msg:  fmt.Sprintf("%s: column %q is written by this run and cannot be asked by it", a.source.Name(), name),
			Hint: "give the new answers a column of their own with --completion-column, and leave the others out with --columns",
		}
	}
	return a.single(name)
}

// single refuses a header that stands twice.
func (a *asker) single(name string) error {
	n := 0
	for _, c := range a.source.Columns() {
		if columnName(c) == name {
			n++
		}
	}
	if n > 1 {
		return &UsageError{Msg: fmt.Sprintf("%s: column %q stands %d times in the header", a.source.Name(), name, n), Hint: "give each of them a name of its own"}
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
	return &UsageError{Msg: fmt.Sprintf("%s: which column is the prompt?", a.source.Name()), Hint: a.columnsHint()}
}

func (a *asker) columnsHint() string {
	names := a.inputs()
	if len(names) == 0 {
		return "the input has no named columns"
	}
	return fmt.Sprintf("the columns are %s; try --prompt '{{%s}}'", quoted(names), names[0])
}

func (a *asker) nearHint(name string) string {
	names := a.inputs()
	if near := table.Nearest(name, names); near != "" {
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

// prepare fills what all requests share.
func (a *asker) prepare() {
	s := a.settings
	a.request = gigachat.ChatRequest{Model: s.Model}
	a.override(&a.request)
	if s.System != "" {
		a.request.Messages = append(a.request.Messages, gigachat.Message{Role: "system", Content: s.System})
	}
	a.request.Messages = append(a.request.Messages, gigachat.Message{Role: "user"})
}

// override puts the user's parameters into a request.
func (a *asker) override(r *gigachat.ChatRequest) {
	s := a.settings
	if s.Temperature != nil {
		r.Temperature, r.TopP = s.Temperature, nil
	}
	if s.TopP != nil {
		r.Temperature, r.TopP = s.Temperature, s.TopP
	}
	if s.MaxTokens != nil {
		r.MaxTokens = s.MaxTokens
	}
	if s.RepetitionPenalty != nil {
		r.RepetitionPenalty = s.RepetitionPenalty
	}
	if r.Temperature != nil && *r.Temperature == 0 {
		r.Temperature, r.TopP = nil, new(float64) // the API takes no temperature of 0; a top_p of 0 is the same
	}
}

// asked is what a row comes to.
type asked struct {
	body  []byte // canonical JSON of the request, valid until the next row
	model string
	skip  bool // the prompt is blank
}

// ask makes the request of a row. An error is bad input and names the line.
func (a *asker) ask(row table.Row) (asked, error) {
	if a.requests {
		if r, ok, err := a.asRequest(row); ok || err != nil {
			return r, err
		}
	}
	if a.template == nil {
		return asked{}, &table.Error{Name: a.source.Name(), Sheet: row.Sheet, Line: row.Line, Msg: "the line is no request and there is no prompt column",
			Hint: a.columnsHint()}
	}
	if err := a.calculated(row); err != nil {
		return asked{}, err
	}
	var blank bool
	a.prompt, blank = a.template.appendPrompt(a.prompt[:0], func(name string) string { return a.cell(row, name) })
	if blank {
		return asked{skip: true}, nil
	}
	r := &a.request
	r.Messages[len(r.Messages)-1].Content = string(a.prompt)
	a.body = r.AppendJSON(a.body[:0])
	return asked{body: a.body, model: r.Model}, nil
}

// calculated refuses a row whose prompt would lack what a formula comes to.
func (a *asker) calculated(row table.Row) error {
	if len(row.Uncalculated) == 0 {
		return nil
	}
	for _, name := range a.template.Columns() {
		if i, ok := a.at[name]; ok && slices.Contains(row.Uncalculated, i) {
			return &table.Error{Name: a.source.Name(), Sheet: row.Sheet, Line: row.Line, Msg: fmt.Sprintf("the formula in column %q was never calculated", name),
				Hint: "open the workbook in a spreadsheet program and save it: the program that made it has left out what its formulas come to"}
		}
	}
	return nil
}

// cell returns the cell of a column, "" where the row has none.
func (a *asker) cell(row table.Row, name string) string {
	if i, ok := a.at[name]; ok {
		if i < len(row.Values) {
			return row.Values[i]
		}
		return ""
	}
	v, _ := row.Value(name)
	return v
}
