package prompt

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Renderer renders the rows of an input as requests of one completion column. It is not safe for concurrent use.
type Renderer struct {
	settings *spec.Settings
	Spec     *spec.Column
	inputs
	template *spec.Template // nil if all rows must be requests
	requests bool           // a row that is a request is sent as it is
	Chosen   string         // the input column chosen as prompt, or ""
	Form     *form.Form     // of the completion, nil if any is allowed
	russian  bool           // texts added to the prompt are in Russian
	references
	request gigachat.ChatRequest // common to the requests of all rows
	buffers
	warnings map[string]int // see Columns.Warnings
}

// inputs is the data from which a prompt is rendered.
type inputs struct {
	Source table.Source
	ours   map[string]bool // columns of the input made by the journal
	at     map[string]int  // indices of the input columns by name
	files  *Files
}

// references are the uses of other columns by a completion column.
type references struct {
	Uses       map[string]spec.Reference       // by name in the template and the conditions
	Needs      []int                           // the distinct completion columns in Uses, sorted
	When       []spec.Condition                // all must hold for the row to be asked
	Completion func(ref spec.Reference) string // returns a completion of the row being rendered; set by the caller
}

// buffers are reused from row to row.
type buffers struct {
	current gigachat.ChatRequest
	body    []byte
	prompt  []byte
}

// newRenderer returns the renderer of one completion column; see New.
func newRenderer(s *spec.Settings, column *spec.Column, src table.Source, ours map[string]bool, f *Files) (*Renderer, error) {
	r := &Renderer{
		settings: s, Spec: column, inputs: inputs{Source: src, ours: ours, files: f, at: map[string]int{}},
		references: references{Uses: map[string]spec.Reference{}}, warnings: map[string]int{},
		requests: src.Format() == table.JSONL && column.Prompt == "" && !column.Embed,
	}
	for i, name := range src.Columns() {
		if name = spec.ColumnName(name); name != "" {
			if _, taken := r.at[name]; !taken {
				r.at[name] = i
			}
		}
	}
	var err error
	if r.Form, err = column.Form(); err != nil {
		return nil, err
	}
	if err := r.choosePrompt(); err != nil {
		return nil, err
	}
	if err := r.readConditions(); err != nil {
		return nil, err
	}
	for _, name := range column.SkipEmpty {
		if err := r.use("skip_empty", name); err != nil {
			return nil, err
		}
	}
	for _, name := range column.RowParams {
		if err := r.exists("row_params", name); err != nil {
			return nil, err
		}
	}
	if column.Attach != "" {
		if err := r.exists("attach", column.Attach); err != nil {
			return nil, err
		}
	}
	if err := r.checkJoin(); err != nil {
		return nil, err
	}
	for _, ref := range r.Uses {
		r.Needs = append(r.Needs, ref.Column)
	}
	slices.Sort(r.Needs)
	r.Needs = slices.Compact(r.Needs)
	r.prepare()
	return r, nil
}

// prepare sets the common parts of all requests.
func (r *Renderer) prepare() {
	c := r.Spec
	r.russian = form.Russian(c.Prompt + c.System + r.Chosen + strings.Join(c.Choices, ""))
	r.request = gigachat.ChatRequest{Model: c.Model}
	override(c, &r.request)
	messages := &r.request.Messages
	if c.System != "" {
		*messages = append(*messages, gigachat.Message{Role: "system", Content: c.System})
	}
	for _, e := range c.FewShot {
		*messages = append(*messages, gigachat.Message{Role: "user", Content: e.User}, gigachat.Message{Role: "assistant", Content: e.Assistant})
	}
	*messages = append(*messages, gigachat.Message{Role: "user"})
}

// ChatRequest returns the request that asks text with the model, parameters, system prompt and examples of s.
func ChatRequest(s *spec.Settings, text string) *gigachat.ChatRequest {
	r := &Renderer{Spec: &s.Column}
	r.prepare()
	r.request.Messages[len(r.request.Messages)-1].Content = text
	return &r.request
}

// Render returns the request of a row. An error says what is wrong with the input, and where.
func (r *Renderer) Render(row table.Row) (Request, error) {
	if r.excludes(row) {
		return Request{Skip: true}, nil
	}
	if r.requests {
		if req, ok, err := r.asRequest(row); ok || err != nil {
			return req, err
		}
	}
	if r.template == nil {
		return Request{}, table.RowError(r.Source, row, messages.Sprintf("the line is not a request, and the file has no prompt column"), r.columnsHint())
	}
	if len(row.Uncalculated) > 0 {
		for _, name := range r.template.Columns() {
			if i, ok := r.at[name]; ok && slices.Contains(row.Uncalculated, i) {
				return Request{}, table.RowError(r.Source, row, messages.Sprintf("the formula in column %q has no calculated value", name),
					messages.Sprintf("open the workbook in a spreadsheet program and save it: the program that created it stored no results of formulas"))
			}
		}
	}
	cell := ""
	if r.Spec.Attach != "" {
		cell = r.cell(row, r.Spec.Attach)
	}
	files, err := r.files.attached(r.Source, row, cell)
	if err != nil {
		return Request{}, err
	}
	var blank bool
	r.prompt, blank = r.template.AppendTo(r.prompt[:0], func(name string) string { return r.cell(row, name) })
	if r.Source.Format() == table.Documents {
		blank = strings.TrimSpace(r.cell(row, spec.ContentColumn)) == "" && len(r.Uses) == 0
	} else if r.Spec.Attach != "" && len(r.template.Columns()) == 0 {
		blank = true // only the files differ from row to row
	}
	if blank && len(files) == 0 {
		return Request{Skip: true}, nil
	}
	if r.Spec.Embed {
		return r.embedding(row, files)
	}
	if row.Upload {
		r.prompt = bytes.TrimRight(r.prompt, "\r\n") // the file itself replaces its text
	}
	r.current = r.request
	chat := &r.current
	last := &chat.Messages[len(chat.Messages)-1]
	last.Content, last.Fields = string(r.prompt), nil
	attach(chat, files)
	params := map[string]string{}
	for _, name := range r.Spec.RowParams {
		params[name] = strings.TrimSpace(r.cell(row, name))
	}
	if params["temperature"] != "" || params["top_p"] != "" { // either of them takes the place of both of the run
		chat.Temperature, chat.TopP = nil, nil
	}
	for _, name := range spec.RowParams {
		if text := params[name]; text != "" {
			if err := setParam(chat, name, text); err != nil {
				return Request{}, table.RowError(r.Source, row, messages.Sprintf("column %q: %v", name, err),
					messages.Sprintf("with an empty cell, the row uses the parameters of the run"))
			}
		}
	}
	coldest(chat)
	r.body = chat.AppendJSON(r.body[:0])
	return Request{Chat: chat, Body: r.body, Model: chat.Model, Attachments: files}, nil
}

// Picture returns the first column of the prompt in which the row has a picture, "" if there is none. A picture is no text, so a prompt
// takes it for an empty cell.
func (r *Renderer) Picture(row table.Row) string {
	if r.template == nil {
		return ""
	}
	for i, value := range row.Values {
		if !table.IsPicture(value) {
			continue
		}
		if name := spec.ColumnName(row.Columns[i]); r.at[name] == i && r.template.Count(name) > 0 {
			return name
		}
	}
	return ""
}

// Texts returns the input columns that the prompt consists of, and nil if the files of a row are part of it, too.
func (r *Renderer) Texts() []string {
	if r.template == nil || r.Spec.Attach != "" || r.Source.Format() == table.Documents {
		return nil
	}
	return slices.DeleteFunc(r.template.Columns(), func(name string) bool { _, other := r.Uses[name]; return other })
}

// Model returns the model that a row asks, as far as the columns of the input tell.
func (r *Renderer) Model(row table.Row) string {
	if slices.Contains(r.Spec.RowParams, "model") {
		return cmp.Or(strings.TrimSpace(r.cell(row, "model")), r.Spec.Model)
	}
	return r.Spec.Model
}

// Cell returns the text of an input column in a row.
func (r *Renderer) Cell(row table.Row, name string) string { return r.cell(row, name) }

// excludes reports whether a row is not asked because of a condition or because a column is empty.
func (r *Renderer) excludes(row table.Row) bool {
	return slices.ContainsFunc(r.When, func(c spec.Condition) bool { return !r.Fulfils(row, c) }) ||
		slices.ContainsFunc(r.Spec.SkipEmpty, func(name string) bool { return strings.TrimSpace(r.cell(row, name)) == "" })
}

// Fulfils reports whether a condition holds in a row. Any column is any of the input: answers in it would make the next run ask other rows.
func (r *Renderer) Fulfils(row table.Row, c spec.Condition) bool {
	if c.Anywhere() {
		for i, name := range r.Source.Columns() {
			if i < len(row.Values) && !r.ours[spec.ColumnName(name)] && c.Holds(row.Values[i]) {
				return true
			}
		}
		return false
	}
	return c.Holds(r.cell(row, c.Column))
}

// cell returns the cell of an input column or the completion of another column, or "" if the row has none. A byte order mark in the middle
// of a text is left out: it is no character.
func (r *Renderer) cell(row table.Row, name string) string {
	if ref, ok := r.Uses[name]; ok {
		return r.Completion(ref)
	}
	i, ok := r.at[name]
	if !ok {
		v, _ := row.Value(name)
		return strings.ReplaceAll(v, "\uFEFF", "")
	}
	if i < len(row.Values) && !table.IsPicture(row.Values[i]) {
		return strings.ReplaceAll(row.Values[i], "\uFEFF", "")
	}
	return ""
}

// ContextTokens returns the context of the model in tokens, including the completion, or those of a text of which it makes a vector.
func (r *Renderer) ContextTokens(model string) int {
	if r.Spec.Embed {
		return cmp.Or(r.Spec.Context, gigachat.TextTokens(model))
	}
	return cmp.Or(r.Spec.Context, gigachat.ContextTokens(model))
}

// maxReserve is the maximum number of tokens reserved for a completion without a limit set by the user.
const maxReserve = 8192

// reserve returns the number of context tokens reserved for a completion.
func (r *Renderer) reserve(chat *gigachat.ChatRequest) int {
	if chat.MaxTokens != nil {
		return *chat.MaxTokens
	}
	return min(r.ContextTokens(chat.Model)/8, maxReserve)
}

// TooLong returns the estimated tokens of a request that probably exceeds the context of the model, or 0 if it fits.
func (r *Renderer) TooLong(req Request) int {
	if r.Spec.Embed {
		return r.tooLongText(req)
	}
	room := r.ContextTokens(req.Model) - r.reserve(req.Chat)
	if gigachat.EstimateTokens(len(req.Body)) <= room { // there are no more characters than bytes
		return 0
	}
	if n := gigachat.EstimateTokens(chars(req.Chat)); n > room {
		return n
	}
	return 0
}

// LongMessage says that a request has so many tokens, which are too many for the model.
func (r *Renderer) LongMessage(tokens int) messages.Text {
	if r.Spec.Embed {
		return messages.Sprintf("the text has about %d {token|tokens}, and the model takes at most %d{|}", tokens, r.ContextTokens(r.Spec.Model))
	}
	return messages.Sprintf("the prompt has about %d {token|tokens}, and the model takes at most %d{|}, including the answer",
		tokens, r.ContextTokens(r.Spec.Model))
}
