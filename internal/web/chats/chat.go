// Package chats keeps conversations with the model, each in a file in one folder, and the answers in progress. An answer continues when
// nobody follows it, and is stored however it ends.
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
	Title    string      `json:"title"` // given by the user, else taken from the first prompt
	Named    bool        `json:"named,omitempty"`
	Model    string      `json:"model"`
	System   string      `json:"system"`
	Params   Params      `json:"params"`
	Messages []Message   `json:"messages"`
	Earlier  [][]Message `json:"earlier"` // replaced messages, the oldest first
	Busy     bool        `json:"busy"`    // an answer is in progress
	Updated  time.Time   `json:"updated"`
	Created  time.Time   `json:"created"`
	Problem  *Trouble    `json:"problem,omitempty"` // why the chat could not be saved; it is kept in memory
}

// Params are the parameters of a request; nil is the default of the service.
type Params struct {
	Temperature       *float64 `json:"temperature,omitempty"`
	TopP              *float64 `json:"top_p,omitempty"`
	MaxTokens         *int     `json:"max_tokens,omitempty"`
	RepetitionPenalty *float64 `json:"repetition_penalty,omitempty"`
}

// Message is a prompt or an answer.
type Message struct {
	Role         string    `json:"role"` // user or assistant
	Content      string    `json:"content"`
	Model        string    `json:"model"`
	Usage        *Usage    `json:"usage"` // nil if the service did not report it
	FinishReason string    `json:"finish_reason"`
	At           time.Time `json:"at"`
	Error        *Trouble  `json:"error"`             // why the answer is missing or incomplete
	Stopped      bool      `json:"stopped"`           // cut short by the user, or when the server ended
	Sandbox      bool      `json:"sandbox,omitempty"` // answered by the emulator
}

// Usage has the token counts of an answer.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	CachedTokens     int `json:"cached_tokens"`
}

// Trouble is an error and what the user can do about it. It is stored in English.
type Trouble struct {
	Error messages.Text `json:"error"`
	Hint  messages.Text `json:"hint"`
	Cure  spec.Cure     `json:"cure,omitempty"` // "" or CureKey
}

// Summary is a chat in a list.
type Summary struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Updated  time.Time `json:"updated"`
	Messages int       `json:"messages"`
	Busy     bool      `json:"busy"`
}

// Prompt is the next prompt of the user.
type Prompt struct {
	Text   string `json:"text"`
	From   *int   `json:"from"` // the number of messages to keep, the others go to Earlier; nil keeps all
	Model  string `json:"model"`
	System string `json:"system"`
	Params Params `json:"params"`
}

const (
	maxTitle     = 200 // characters
	maxGuess     = 60  // characters of a title that is taken from a prompt
	maxMessages  = 2000
	maxFileBytes = 32 << 20
	roomToAnswer = 4 << 20 // bytes of the file that are reserved for the answer
)

// shorten puts a text on one line and cuts it to limit characters, between words if possible.
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

// clone returns a copy that shares nothing mutable with c.
func (c *Chat) clone() *Chat {
	other := *c
	other.Messages, other.Earlier = slices.Clone(c.Messages), slices.Clone(c.Earlier)
	return &other
}

// take appends a prompt.
func (c *Chat) take(p Prompt) error {
	from := len(c.Messages)
	if p.From != nil {
		from = *p.From
	}
	switch {
	case strings.TrimSpace(p.Text) == "":
		return wrong(messages.Sprintf("the prompt is empty"))
	case from < 0 || from > len(c.Messages):
		return wrong(messages.Sprintf("the message no longer exists; the chat may have changed in another window"))
	case from >= maxMessages || c.bytes()+len(p.Text) > maxFileBytes-roomToAnswer:
		return wrong(messages.Sprintf("the chat is too long; start a new one"))
	}
	if dropped := c.Messages[from:]; len(dropped) > 0 {
		c.Earlier = append(c.Earlier, slices.Clone(dropped))
	}
	c.Messages = append(c.Messages[:from:from], Message{Role: "user", Content: p.Text, At: now()})
	c.Model, c.System, c.Params = p.Model, p.System, p.Params
	return p.Params.check()
}

// bytes estimates the size of the texts of a chat in its file.
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
		return wrong(messages.Sprintf("the temperature must not be negative"))
	case p.TopP != nil && (*p.TopP < 0 || *p.TopP > 1):
		return wrong(messages.Sprintf("top_p must be between 0 and 1"))
	case p.Temperature != nil && p.TopP != nil:
		return wrong(messages.Sprintf("temperature and top_p cannot be used together"))
	case p.MaxTokens != nil && *p.MaxTokens < 1:
		return wrong(messages.Sprintf("max_tokens must be at least 1"))
	case p.RepetitionPenalty != nil && *p.RepetitionPenalty <= 0:
		return wrong(messages.Sprintf("the repetition penalty must be greater than 0"))
	}
	return nil
}

// request returns the request for an answer to the last prompt, with all messages before it.
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
