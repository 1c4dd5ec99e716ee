// Package chats holds conversations with the model: each a file in a folder of their own, and the answers that are under way. An answer
// goes on when nobody looks, and is kept whatever becomes of it.
package chats

import (
	"slices"
	"strings"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/prompt"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Chat is a conversation.
type Chat struct {
	ID       string      `json:"id"`
	Title    string      `json:"title"` // as it was named, else from the first prompt
	Named    bool        `json:"named,omitempty"`
	Model    string      `json:"model"`
	System   string      `json:"system"`
	Params   Params      `json:"params"`
	Messages []Message   `json:"messages"`
	Earlier  [][]Message `json:"earlier"` // what was taken back, the oldest first
	Busy     bool        `json:"busy"`    // an answer is under way
	Updated  time.Time   `json:"updated"`
	Created  time.Time   `json:"created"`
	Problem  *Trouble    `json:"problem,omitempty"` // it could not be saved, and is kept in memory
}

// Params are those of a request. A nil one is the service's default.
type Params struct {
	Temperature       *float64 `json:"temperature,omitempty"`
	TopP              *float64 `json:"top_p,omitempty"`
	MaxTokens         *int     `json:"max_tokens,omitempty"`
	RepetitionPenalty *float64 `json:"repetition_penalty,omitempty"`
}

// Message is one side's turn.
type Message struct {
	Role         string    `json:"role"` // user or assistant
	Content      string    `json:"content"`
	Model        string    `json:"model"`
	Usage        *Usage    `json:"usage"` // nil where the service did not say
	FinishReason string    `json:"finish_reason"`
	At           time.Time `json:"at"`
	Error        *Trouble  `json:"error"`             // why there is no whole answer
	Stopped      bool      `json:"stopped"`           // the user or the end of the server cut it short
	Sandbox      bool      `json:"sandbox,omitempty"` // the emulator answered
}

// Usage are the tokens of an answer.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	CachedTokens     int `json:"cached_tokens"`
}

// Trouble is an error in words.
type Trouble struct {
	Error messages.Text `json:"error"`
	Hint  messages.Text `json:"hint"`
}

// Summary is a chat in a list.
type Summary struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Updated  time.Time `json:"updated"`
	Messages int       `json:"messages"`
	Busy     bool      `json:"busy"`
}

// Prompt is what the user says next.
type Prompt struct {
	Text   string `json:"text"`
	From   *int   `json:"from"` // only so many messages are kept, and the others go to Earlier; nil keeps all
	Model  string `json:"model"`
	System string `json:"system"`
	Params Params `json:"params"`
}

const (
	maxTitle     = 200 // characters of a name
	maxGuess     = 60  // of a title from a prompt
	maxMessages  = 2000
	maxFileBytes = 32 << 20
	roomToAnswer = 4 << 20 // is left in the file before anything is sent
)

// shorten is a text on one line, cut at a word where there is one.
func shorten(text string, limit int) string {
	words := strings.Join(strings.Fields(text), " ")
	runes := []rune(words)
	if len(runes) <= limit {
		return words
	}
	cut := string(runes[:limit-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return cut + "…"
}

// clone is a copy that shares nothing that changes.
func (c *Chat) clone() *Chat {
	other := *c
	other.Messages, other.Earlier = slices.Clone(c.Messages), slices.Clone(c.Earlier)
	return &other
}

// take puts a prompt at the end.
func (c *Chat) take(p Prompt) error {
	from := len(c.Messages)
	if p.From != nil {
		from = *p.From
	}
	switch {
	case strings.TrimSpace(p.Text) == "":
		return wrong("the question is empty")
	case from < 0 || from > len(c.Messages):
		return wrong("the chat has no such message; it may have changed in another window")
	case from >= maxMessages || c.bytes()+len(p.Text) > maxFileBytes-roomToAnswer:
		return wrong("the chat is too long; begin a new one")
	}
	if dropped := c.Messages[from:]; len(dropped) > 0 {
		c.Earlier = append(c.Earlier, slices.Clone(dropped))
	}
	c.Messages = append(c.Messages[:from:from], Message{Role: "user", Content: p.Text, At: now()})
	c.Model, c.System, c.Params = p.Model, p.System, p.Params
	return p.Params.check()
}

// bytes is about how long the texts of a chat are in its file.
func (c *Chat) bytes() (n int) {
	for _, list := range append([][]Message{c.Messages}, c.Earlier...) {
		for _, m := range list {
			n += len(m.Content) + len(m.Content)/8 + 400
		}
	}
	return n
}

func (p Params) check() error {
	switch {
	case p.Temperature != nil && *p.Temperature < 0:
		return wrong("the temperature must not be negative")
	case p.TopP != nil && (*p.TopP < 0 || *p.TopP > 1):
		return wrong("top_p must be from 0 to 1")
	case p.Temperature != nil && p.TopP != nil:
		return wrong("temperature and top_p exclude each other")
	case p.MaxTokens != nil && *p.MaxTokens < 1:
		return wrong("max_tokens must be 1 or more")
	case p.RepetitionPenalty != nil && *p.RepetitionPenalty <= 0:
		return wrong("the repetition penalty must be above 0")
	}
	return nil
}

// request is for the answer to the last prompt, with all that was said before it.
func (c *Chat) request() *gigachat.ChatRequest {
	p := c.Params
	set := spec.Settings{Column: spec.Column{System: c.System, Params: spec.Params{
		Model: c.Model, Temperature: p.Temperature, TopP: p.TopP, MaxTokens: p.MaxTokens, RepetitionPenalty: p.RepetitionPenalty,
	}}}
	r := prompt.ChatRequest(&set, "")
	r.Messages = r.Messages[:len(r.Messages)-1]
	for _, m := range c.Messages {
		if strings.TrimSpace(m.Content) != "" {
			r.Messages = append(r.Messages, gigachat.Message{Role: m.Role, Content: m.Content})
		}
	}
	return r
}

func now() time.Time { return time.Now().Round(time.Millisecond) }
