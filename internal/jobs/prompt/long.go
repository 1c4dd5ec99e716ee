package prompt

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
)

const (
	safeChars  = 3    // a token of a part: the text may be denser than most
	maxReserve = 8192 // tokens left for a completion when the user sets no limit
	minRoom    = 200  // characters of a text that a part has room for at least
)

// ContextTokens is how many tokens the model takes.
func (a *Renderer) ContextTokens(model string) int {
	return cmp.Or(a.Spec.Context, gigachat.ContextTokens(model))
}

// reserve is how many tokens of the context a completion may need.
func (a *Renderer) reserve(r *gigachat.ChatRequest) int {
	if r.MaxTokens != nil {
		return *r.MaxTokens
	}
	return min(a.ContextTokens(r.Model)/8, maxReserve)
}

// TooLong reports whether a request is probably longer than the model takes.
func (a *Renderer) TooLong(q Request) bool {
	room := a.ContextTokens(q.Model) - a.reserve(q.Chat)
	if gigachat.EstimateTokens(len(q.Body)) <= room { // there are no more characters than bytes
		return false
	}
	return gigachat.EstimateTokens(Chars(q.Chat)) > room
}

func Chars(r *gigachat.ChatRequest) int {
	n := 0
	for i := range r.Messages {
		n += utf8.RuneCountInString(r.Messages[i].Content)
	}
	return n
}

// Splittable reports whether a request is to be asked in parts: its text is in a cell, and the user wants it.
func (a *Renderer) Splittable(q Request) bool {
	return a.Spec.Split && a.template != nil && len(a.template.Columns()) > 0 && q.Chat.Fields == nil && len(q.Attachments) == 0
}

var ErrNoJoin = errors.New("the answers to the parts are too long to be joined; ask for shorter ones, or say --max-tokens")

// splitter makes the requests for the parts of a prompt.
type splitter struct {
	*Renderer
	row    table.Row
	whole  Request
	column string // whose text is cut
	room   int    // characters of text in one request, beside what surrounds it
}

func (a *Renderer) Splitter(row table.Row, q Request) *splitter {
	s := &splitter{Renderer: a, row: row, whole: q}
	most := -1
	for _, name := range a.template.Columns() {
		if n := utf8.RuneCountInString(a.cell(row, name)); n > most {
			s.column, most = name, n
		}
	}
	whole := (a.ContextTokens(q.Model) - a.reserve(q.Chat)) * safeChars
	s.room = whole - (Chars(q.Chat) - most*a.template.Count(s.column))
	return s
}

// Parts are the requests that ask the prompt about each part of the text.
func (s *splitter) Parts() ([]Request, error) {
	n := s.room / max(1, s.template.Count(s.column))
	if n < minRoom {
		return nil, errors.New("the prompt around the text is too long for the model")
	}
	var all []Request
	for _, part := range splitText(s.cell(s.row, s.column), n) {
		all = append(all, s.prompted(s.task(part)))
	}
	return all, nil
}

// task is the prompt with a part in place of the text.
func (s *splitter) task(part string) string {
	prompt, _ := s.template.AppendTo(nil, func(name string) string {
		if name == s.column {
			return part
		}
		return s.cell(s.row, name)
	})
	return string(prompt)
}

// prompted is the whole request with another prompt.
func (s *splitter) prompted(prompt string) Request {
	r := *s.whole.Chat
	r.Messages = slices.Clone(r.Messages)
	r.Messages[len(r.Messages)-1].Content = prompt
	return s.whole.with(&r)
}

// Joins are the requests that make one answer of several: a single one, if all of them fit into it.
func (s *splitter) Joins(texts []string) ([]Request, error) {
	t, err := s.joinTemplate()
	if err != nil {
		return nil, err
	}
	task := strings.TrimSpace(s.task("…"))
	room := s.room - utf8.RuneCountInString(task) - utf8.RuneCountInString(t.String())
	var all []Request
	for len(texts) > 0 {
		n := fitting(texts, room)
		if n < 2 && (len(all) > 0 || len(texts) > 1) && utf8.RuneCountInString(texts[0]) > room {
			return nil, ErrNoJoin
		}
		joined := listed(texts[:n])
		prompt, _ := t.AppendTo(nil, func(name string) string { return map[string]string{"task": task, "parts": joined}[name] })
		all = append(all, s.prompted(string(prompt)))
		texts = texts[n:]
	}
	return all, nil
}

// fitting is how many of the texts fit into room, at least one.
func fitting(texts []string, room int) int {
	n := 0
	for n < len(texts) {
		room -= utf8.RuneCountInString(texts[n]) + len("\n\n[100]\n")
		if room < 0 && n > 0 {
			break
		}
		n++
	}
	return n
}

func listed(texts []string) string {
	var b strings.Builder
	for i, t := range texts {
		if i > 0 {
			b.WriteString("\n\n")
		}
		fmt.Fprintf(&b, "[%d]\n%s", i+1, strings.TrimSpace(t))
	}
	return b.String()
}

// The prompts that make one answer of those to the parts.
const (
	joinRussian = "Текст был слишком длинным, и задание выполнили по частям. Задание:\n{{task}}\n\nОтветы по частям, по порядку:\n{{parts}}\n\n" +
		"Составь из них один ответ на задание, как если бы оно было выполнено по всему тексту сразу."
	joinEnglish = "The text was too long, so the task was done part by part. The task:\n{{task}}\n\nThe answers to the parts, in order:\n{{parts}}\n\n" +
		"Make one answer to the task of them, as if it had been done over the whole text at once."
)

// joinTemplate is the prompt that makes one answer of several.
func (a *Renderer) joinTemplate() (*spec.Template, error) {
	text := joinEnglish
	if a.russian {
		text = joinRussian
	}
	return spec.ParseTemplate(cmp.Or(a.Spec.JoinPrompt, text))
}

// checkJoin refuses a join prompt that cannot be used.
func (a *Renderer) checkJoin() error {
	t, err := a.joinTemplate()
	if err != nil {
		return a.wrong("join_prompt", "the join prompt: "+err.Error(), "it can name {{task}} and {{parts}}")
	}
	for _, name := range t.Columns() {
		if name != "task" && name != "parts" {
			return a.wrong("join_prompt", fmt.Sprintf("the join prompt names {{%s}}", name), "it can name {{task}} and {{parts}}")
		}
	}
	if !slices.Contains(t.Columns(), "parts") {
		return a.wrong("join_prompt", "the join prompt does not name {{parts}}", "{{parts}} stands for the answers to the parts, {{task}} for the prompt")
	}
	return nil
}
