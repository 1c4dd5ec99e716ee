package chats

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gigabatch/internal/messages"
)

// Markdown returns the conversation as a document for people. p renders its headings.
func (c *Chat) Markdown(p messages.Printer) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", cmp.Or(c.Title, p.Sprintf("Chat")))
	if c.System != "" {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", p.Sprintf("System prompt"), strings.TrimSpace(c.System))
	}
	for _, m := range c.Messages {
		heading := cmp.Or(m.Model, p.Sprintf("Answer"))
		if m.Role == "user" {
			heading = p.Sprintf("You")
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", heading, strings.TrimSpace(m.Content))
		if note := note(m); !note.IsZero() {
			fmt.Fprintf(&b, "\n*%s*\n", strings.Join(strings.Fields(p.Text(note)), " "))
		}
	}
	return b.Bytes()
}

// note tells how an answer ended, if it is not complete.
func note(m Message) messages.Text {
	switch {
	case m.Error != nil:
		return messages.Sprintf("no complete answer: %s", m.Error.Error)
	case m.Stopped:
		return messages.Sprintf("stopped")
	case m.FinishReason == "length":
		return messages.Sprintf("cut off at the token limit")
	case m.FinishReason == "blacklist":
		return messages.Sprintf("blocked by moderation")
	}
	return messages.Text{}
}

// line is a message in JSONL.
type line struct {
	Role    string     `json:"role"`
	Content string     `json:"content"`
	Model   string     `json:"model,omitempty"`
	Usage   *Usage     `json:"usage,omitempty"`
	Finish  string     `json:"finish_reason,omitempty"`
	At      *time.Time `json:"at,omitempty"`
	Error   string     `json:"error,omitempty"`
	Stopped bool       `json:"stopped,omitempty"`
	Sandbox bool       `json:"sandbox,omitempty"`
}

// JSONL returns the conversation for programs: a message on each line, the system prompt first. Errors are in English.
func (c *Chat) JSONL() ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if c.System != "" {
		if err := out.Encode(line{Role: "system", Content: c.System}); err != nil {
			return nil, err
		}
	}
	for _, m := range c.Messages {
		l := line{Role: m.Role, Content: m.Content, Model: m.Model, Usage: m.Usage, Finish: m.FinishReason, At: &m.At}
		l.Stopped, l.Sandbox = m.Stopped, m.Sandbox
		if m.Error != nil {
			l.Error = m.Error.Error.String()
		}
		if err := out.Encode(l); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}
