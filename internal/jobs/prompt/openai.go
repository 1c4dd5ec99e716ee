package prompt

import "encoding/json"

// fromOpenAI turns the fields of an OpenAI request into GigaChat's. What GigaChat lacks is taken out and counted as a warning.
func (a *Renderer) fromOpenAI(f fields) {
	if f["max_tokens"] == nil && f["max_completion_tokens"] != nil {
		f["max_tokens"] = f["max_completion_tokens"]
	}
	delete(f, "max_completion_tokens")
	f["messages"] = developers(f["messages"])
	flat, ok := flatFormat(f["response_format"])
	if ok {
		f["response_format"] = flat
	}
	for name := range f {
		if (!chatFields[name] && name != "stream") || (name == "response_format" && !ok) {
			a.warnings[name]++
			delete(f, name)
		}
	}
}

// flatFormat turns OpenAI's nested response_format into the flat one of GigaChat, which knows text and json_schema only.
func flatFormat(format json.RawMessage) (json.RawMessage, bool) {
	var f struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Schema json.RawMessage `json:"schema"`
			Strict *bool           `json:"strict"`
		} `json:"json_schema"`
	}
	if json.Unmarshal(format, &f) != nil || (f.Type != "text" && f.JSONSchema.Schema == nil) {
		return nil, false
	}
	flat, err := json.Marshal(struct {
		Type   string          `json:"type"`
		Schema json.RawMessage `json:"schema,omitempty"`
		Strict *bool           `json:"strict,omitempty"`
	}{f.Type, f.JSONSchema.Schema, f.JSONSchema.Strict})
	return flat, err == nil
}

// developers gives messages of the role "developer" the name that GigaChat knows for it, "system".
func developers(messages json.RawMessage) json.RawMessage {
	var list []fields
	if json.Unmarshal(messages, &list) != nil {
		return messages
	}
	for _, m := range list {
		if string(m["role"]) == `"developer"` {
			m["role"] = json.RawMessage(`"system"`)
		}
	}
	out, err := json.Marshal(list)
	if err != nil {
		return messages
	}
	return out
}
