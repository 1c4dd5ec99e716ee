package prompt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Renderer renders the rows of an input into the requests of one completion column. It is not safe for concurrent use.
type Renderer struct {
	settings *spec.Settings
	Spec     *spec.Column
	inputs
	template *spec.Template // nil where only rows that are requests can be asked
	requests bool           // a row that is a request is taken as it is
	Chosen   string         // the column that was chosen as prompt, "" if none was
	Form     *form.Form     // of the completion, nil if any will do
	russian  bool           // what is added to the prompt is in Russian
	references
	request gigachat.ChatRequest // what all rows share
	buffers
	warnings map[string]int
}

// inputs is what a prompt is rendered from.
type inputs struct {
	Source table.Source
	ours   map[string]bool // columns that are never chosen as prompt
	at     map[string]int  // places of the columns by name
	files  *Files
}

// references is what a completion column names of the others.
type references struct {
	Uses   map[string]spec.Reference       // in the template and in the conditions
	Needs  []int                           // the completion columns among them, sorted
	When   []spec.Condition                // when the column is asked at all
	Answer func(ref spec.Reference) string // the completion of the row that is being rendered
}

// buffers is room for the row that is being rendered.
type buffers struct {
	current gigachat.ChatRequest
	body    []byte
	prompt  []byte
}

// newRenderer makes the asker of one completion column. ours are the columns that this journal made in the input: they are never chosen as
// prompt nor read as fields of a request, and those that the run writes anew cannot be named.
func newRenderer(s *spec.Settings, column *spec.Column, src table.Source, ours map[string]bool, f *Files) (*Renderer, error) {
	a := &Renderer{
		settings: s, Spec: column, inputs: inputs{Source: src, ours: ours, files: f, at: map[string]int{}},
		references: references{Uses: map[string]spec.Reference{}}, warnings: map[string]int{},
	}
	for i, name := range src.Columns() {
		if name = spec.ColumnName(name); name != "" {
			if _, taken := a.at[name]; !taken {
				a.at[name] = i
			}
		}
	}
	a.requests = src.Format() == table.JSONL && column.Prompt == ""
	var err error
	if a.Form, err = column.Form(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{a.choosePrompt, a.conditions, a.checkColumns, a.checkJoin} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	a.settleNeeds()
	a.prepare()
	return a, nil
}

// prepare fills what all requests share.
func (a *Renderer) prepare() {
	s := a.Spec
	a.russian = form.Russian(s.Prompt + s.System + a.Chosen + strings.Join(s.Choices, ""))
	a.request = gigachat.ChatRequest{Model: s.Model}
	override(s, &a.request)
	if s.System != "" {
		a.request.Messages = append(a.request.Messages, gigachat.Message{Role: "system", Content: s.System})
	}
	for _, e := range s.FewShot {
		a.request.Messages = append(a.request.Messages, gigachat.Message{Role: "user", Content: e.User}, gigachat.Message{Role: "assistant", Content: e.Assistant})
	}
	a.request.Messages = append(a.request.Messages, gigachat.Message{Role: "user"})
}

// override puts the user's parameters into a request.
func override(s *spec.Column, r *gigachat.ChatRequest) {
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
	coldest(r)
}

// coldest says a temperature of 0, which the API does not take, in the way that it takes: a top_p of 0.
func coldest(r *gigachat.ChatRequest) {
	if r.Temperature != nil && *r.Temperature == 0 {
		r.Temperature, r.TopP = nil, new(float64)
	}
}

// Request is what a row comes to.
type Request struct {
	Chat        *gigachat.ChatRequest // its last message is the prompt; valid until the next row
	Body        []byte                // its canonical JSON, with attached files by their content; valid until the next row
	Model       string
	Attachments []task.Attachment
	Way         task.Way // in which the form of the answer is asked for
	Skip        bool     // there is nothing to ask
}

// Text is the prompt as a person reads it.
func (q *Request) Text() string { return q.Chat.Messages[len(q.Chat.Messages)-1].Content }

// Render makes the request of a row. An error is bad input and names the line.
func (a *Renderer) Render(row table.Row) (Request, error) {
	if !a.wanted(row) {
		return Request{Skip: true}, nil
	}
	if a.requests {
		if r, ok, err := a.asRequest(row); ok || err != nil {
			return r, err
		}
	}
	if a.template == nil {
		return Request{}, table.RowError(a.Source, row, "the line is no request and there is no prompt column", a.columnsHint())
	}
	if err := a.calculated(row); err != nil {
		return Request{}, err
	}
	attached, err := a.attached(row)
	if err != nil {
		return Request{}, err
	}
	var blank bool
	a.prompt, blank = a.template.AppendTo(a.prompt[:0], func(name string) string { return a.cell(row, name) })
	if a.nothing(row, blank, attached) {
		return Request{Skip: true}, nil
	}
	if row.Upload {
		a.prompt = bytes.TrimRight(a.prompt, "\r\n") // the file itself stands for its text
	}
	return a.fill(row, a.prompt, attached)
}

// nothing reports whether a row has nothing to ask about. blank says that all cells are that its prompt names.
func (a *Renderer) nothing(row table.Row, blank bool, attached []task.Attachment) bool {
	switch {
	case len(attached) > 0:
		return false
	case a.Source.Format() == table.Documents:
		return strings.TrimSpace(a.cell(row, spec.ContentColumn)) == "" && len(a.Uses) == 0
	}
	return blank || len(a.template.Columns()) == 0 && a.Spec.Attach != ""
}

// fill makes the request that asks prompt.
func (a *Renderer) fill(row table.Row, prompt []byte, attached []task.Attachment) (Request, error) {
	a.current = a.request
	r := &a.current
	last := &r.Messages[len(r.Messages)-1]
	last.Content, last.Fields = string(prompt), nil
	attach(r, attached)
	if err := a.rowParams(row, r); err != nil {
		return Request{}, err
	}
	a.body = r.AppendJSON(a.body[:0])
	return Request{Chat: r, Body: a.body, Model: r.Model, Attachments: attached}, nil
}

// calculated refuses a row whose prompt would lack what a formula comes to.
func (a *Renderer) calculated(row table.Row) error {
	if len(row.Uncalculated) == 0 {
		return nil
	}
	for _, name := range a.template.Columns() {
		if i, ok := a.at[name]; ok && slices.Contains(row.Uncalculated, i) {
			return table.RowError(a.Source, row, fmt.Sprintf("the formula in column %q was never calculated", name),
				"open the workbook in a spreadsheet program and save it: the program that made it has left out what its formulas come to")
		}
	}
	return nil
}

// cell returns the cell of a column, or the answer of another completion column; "" where the row has none.
func (a *Renderer) cell(row table.Row, name string) string {
	if ref, ok := a.Uses[name]; ok {
		return a.Answer(ref)
	}
	if i, ok := a.at[name]; ok {
		if i < len(row.Values) {
			return row.Values[i]
		}
		return ""
	}
	v, _ := row.Value(name)
	return v
}

func NewTask(k task.Key, q Request) task.Task {
	return task.Task{Key: k, Body: slices.Clone(q.Body), Attachments: slices.Clone(q.Attachments), Model: q.Model, Way: q.Way}
}

// ChatRequest makes the request that asks text, as a run makes it for a row.
func ChatRequest(s *spec.Settings, text string) *gigachat.ChatRequest {
	a := &Renderer{Spec: &s.Column}
	a.prepare()
	a.request.Messages[len(a.request.Messages)-1].Content = text
	return &a.request
}
