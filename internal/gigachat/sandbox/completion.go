package sandbox

import (
	"strconv"
	"unicode/utf8"
)

// appendCompletion appends the body of a plain answer.
func appendCompletion(b []byte, c *completion) []byte {
	b = append(b, `{"choices":[`...)
	for range c.choices {
		b = appendMessage(append(b, `{"message":`...), c)
		b = appendString(append(b, `,"index":0,"finish_reason":`...), c.finish)
		b = append(b, '}')
	}
	b = appendTail(append(b, ']'), c)
	b = appendUsage(append(b, ','), c.usage)
	return append(b, '}')
}

func appendMessage(b []byte, c *completion) []byte {
	b = appendString(append(b, `{"content":`...), c.content)
	b = append(b, `,"role":"assistant"`...)
	if c.call != "" {
		b = appendString(append(b, `,"function_call":{"name":`...), c.call)
		b = append(append(b, `,"arguments":`...), c.args...)
		b = appendString(append(b, `},"functions_state_id":`...), c.state)
	}
	return append(b, '}')
}

// appendTail appends what follows the choices.
func appendTail(b []byte, c *completion) []byte {
	b = strconv.AppendInt(append(b, `,"created":`...), c.created, 10)
	b = appendString(append(b, `,"model":`...), c.model.answered)
	return appendString(append(b, `,"object":`...), c.model.object)
}

func appendUsage(b []byte, u usage) []byte {
	b = strconv.AppendInt(append(b, `"usage":{"prompt_tokens":`...), int64(u.prompt), 10)
	b = strconv.AppendInt(append(b, `,"completion_tokens":`...), int64(u.completion), 10)
	b = strconv.AppendInt(append(b, `,"total_tokens":`...), int64(u.total()), 10)
	b = strconv.AppendInt(append(b, `,"precached_prompt_tokens":`...), int64(u.cached), 10)
	return append(b, '}')
}

func appendTokenCounts(b []byte, texts []string) []byte {
	b = append(b, '[')
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		characters := utf8.RuneCountInString(text)
		b = strconv.AppendInt(append(b, `{"object":"tokens","tokens":`...), int64(tokensOf(characters)), 10)
		b = strconv.AppendInt(append(b, `,"characters":`...), int64(characters), 10)
		b = append(b, '}')
	}
	return append(b, ']')
}
