package chats

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Markdown is the conversation as a text.
func (c *Chat) Markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", cmp.Or(c.Title, "Chat"))
	if c.System != "" {
		fmt.Fprintf(&b, "\n## System\n\n%s\n", strings.TrimSpace(c.System))
	}
	for _, m := range c.Messages {
		heading := cmp.Or(m.Model, "Assistant")
		if m.Role == "user" {
			heading = "User"
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", heading, strings.TrimSpace(m.Content))
		if note := note(m); note != "" {
			fmt.Fprintf(&b, "\n*%s*\n", note)
		}
	}
	return b.Bytes()
}

// note says of an answer what its text does not.
func note(m Message) string {
	switch {
	case m.Error != nil:
		return "error: " + strings.Join(strings.Fields(m.Error.Error.String()), " ")
	case m.Stopped:
		return "stopped"
	case m.FinishReason == "length":
		return "cut off at the token limit"
	case m.FinishReason == "blacklist":
		return "blocked by moderation"
	}
	return ""
}

// line is a message of the export.
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

// JSONL is the conversation with a message on each line, the system prompt first.
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
