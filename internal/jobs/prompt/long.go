package prompt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

const (
	safeChars = 3   // characters per token assumed for a part: the text may be denser than usual
	minRoom   = 200 // minimum number of characters of a part
)

// chars returns the number of characters of all messages.
func chars(chat *gigachat.ChatRequest) int {
	n := 0
	for i := range chat.Messages {
		n += utf8.RuneCountInString(chat.Messages[i].Content)
	}
	return n
}

// ErrNoJoin means that the completions of the parts are too long to be joined.
var ErrNoJoin = messages.Errorf("the answers to the parts are too long to be joined; ask for shorter answers or lower their limit (max_tokens)")

// Splitter makes the requests that ask a prompt in parts. It is valid until the next row.
type Splitter struct {
	*Renderer
	row    table.Row
	whole  Request
	column string // the column whose text is split
	room   int    // characters of this text that fit into a request
}

// NewSplitter returns the splitter of a request, or nil if its text is not in a cell or the user does not want it split. It splits the
// longest cell of the prompt.
func NewSplitter(r *Renderer, row table.Row, req Request) *Splitter {
	if !r.Spec.Split || r.template == nil || len(r.template.Columns()) == 0 || req.Chat.Fields != nil || len(req.Attachments) > 0 {
		return nil
	}
	s := &Splitter{Renderer: r, row: row, whole: req}
	size := -1
	for _, name := range r.template.Columns() {
		if n := utf8.RuneCountInString(r.cell(row, name)); n > size {
			s.column, size = name, n
		}
	}
	s.room = (r.ContextTokens(req.Model)-r.reserve(req.Chat))*safeChars - (chars(req.Chat) - size*r.template.Count(s.column))
	return s
}

// Part is a part of a text with the request that asks the prompt about it.
type Part struct {
	Text string
	Request
}

// Parts returns the parts of the text. It fails if the prompt leaves no room for a text.
func (s *Splitter) Parts() ([]Part, error) {
	n := s.room / max(1, s.template.Count(s.column))
	if n < minRoom {
		return nil, messages.Errorf("the prompt without the text is already too long for the model")
	}
	return s.about(splitText(s.cell(s.row, s.column), n)), nil
}

// Halves returns two parts of a part, or nil if it is too short for that.
func (s *Splitter) Halves(p Part) []Part {
	if p.Chars() < 2*minRoom {
		return nil
	}
	return s.about(splitText(p.Text, (p.Chars()+1)/2))
}

func (s *Splitter) about(texts []string) (all []Part) {
	for _, text := range texts {
		all = append(all, Part{text, s.withPrompt(s.promptAbout(text))})
	}
	return all
}

// Chars returns the number of characters of the whole text.
func (s *Splitter) Chars() int { return utf8.RuneCountInString(s.cell(s.row, s.column)) }

// Chars returns the number of characters of the text of the part.
func (p Part) Chars() int { return utf8.RuneCountInString(p.Text) }

// promptAbout returns the prompt with a part in place of the text.
func (s *Splitter) promptAbout(part string) string {
	prompt, _ := s.template.AppendTo(nil, func(name string) string {
		if name == s.column {
			return part
		}
		return s.cell(s.row, name)
	})
	return string(prompt)
}

// withPrompt returns the whole request with another prompt.
func (s *Splitter) withPrompt(prompt string) Request {
	chat := *s.whole.Chat
	chat.Messages = slices.Clone(chat.Messages)
	chat.Messages[len(chat.Messages)-1].Content = prompt
	return s.whole.with(&chat)
}

// Joins returns the requests that join completions: a single request if all of them fit into it, else one for each group that fits. The
// error is ErrNoJoin if a completion is too long to be joined with any other.
func (s *Splitter) Joins(completions []string) ([]Request, error) {
	t, err := joinTemplate(s.Renderer)
	if err != nil {
		return nil, err
	}
	task := strings.TrimSpace(s.promptAbout("…"))
	room := s.room - utf8.RuneCountInString(task) - utf8.RuneCountInString(t.String())
	var all []Request
	for len(completions) > 0 {
		n := 0
		for left := room; n < len(completions); n++ {
			left -= utf8.RuneCountInString(completions[n]) + len("\n\n[100]\n")
			if left < 0 && n > 0 {
				break
			}
		}
		if n < 2 && (len(all) > 0 || len(completions) > 1) && utf8.RuneCountInString(completions[0]) > room {
			return nil, ErrNoJoin
		}
		var parts strings.Builder
		for i, c := range completions[:n] {
			if i > 0 {
				parts.WriteString("\n\n")
			}
			fmt.Fprintf(&parts, "[%d]\n%s", i+1, strings.TrimSpace(c))
		}
		values := map[string]string{"task": task, "parts": parts.String()}
		prompt, _ := t.AppendTo(nil, func(name string) string { return values[name] })
		all = append(all, s.withPrompt(string(prompt)))
		completions = completions[n:]
	}
	return all, nil
}

// The prompts that join the completions of the parts. Their words are part of keys.
const (
	joinRussian = "Текст был слишком длинным, и задание выполнили по частям. Задание:\n{{task}}\n\n" +
		"Ответы по частям, по порядку:\n{{parts}}\n\n" +
		"Составь из них один ответ на задание, как если бы оно было выполнено по всему тексту сразу."
	joinEnglish = "The text was too long, so the task was done part by part. The task:\n{{task}}\n\n" +
		"The answers to the parts, in order:\n{{parts}}\n\n" +
		"Make one answer to the task of them, as if it had been done over the whole text at once."
)

// joinTemplate returns the template of the prompt that joins completions.
func joinTemplate(r *Renderer) (*spec.Template, error) {
	text := joinEnglish
	if r.russian {
		text = joinRussian
	}
	return spec.ParseTemplate(cmp.Or(r.Spec.JoinPrompt, text))
}
