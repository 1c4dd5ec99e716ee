package sandbox

import "strconv"

// appendCompletion appends the body of an answer that is not streamed.
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

// appendString appends s as a JSON string with only the escapes that JSON requires. s is valid UTF-8.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			b = appendEscape(append(b, s[from:i]...), c)
			from = i + 1
		}
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\t':
		return append(b, '\\', 't')
	case '\r':
		return append(b, '\\', 'r')
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
