package prompt

import (
	"math"
	"strconv"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// override sets the user's parameters in a request.
func override(c *spec.Column, chat *gigachat.ChatRequest) {
	if c.Temperature != nil {
		chat.Temperature, chat.TopP = c.Temperature, nil
	}
	if c.TopP != nil {
		chat.Temperature, chat.TopP = c.Temperature, c.TopP
	}
	if c.MaxTokens != nil {
		chat.MaxTokens = c.MaxTokens
	}
	if c.RepetitionPenalty != nil {
		chat.RepetitionPenalty = c.RepetitionPenalty
	}
	coldest(chat)
}

// coldest replaces a temperature of 0, which the API rejects, by a top_p of 0, which means the same.
func coldest(chat *gigachat.ChatRequest) {
	if chat.Temperature != nil && *chat.Temperature == 0 {
		chat.Temperature, chat.TopP = nil, new(float64)
	}
}

// setParam sets the parameter with the given name, one of spec.RowParams.
func setParam(chat *gigachat.ChatRequest, name, text string) error {
	switch name {
	case "model":
		chat.Model = text
		return nil
	case "max_tokens":
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return messages.Errorf("%q is not a number of tokens", text)
		}
		chat.MaxTokens = &n
		return nil
	}
	x, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return messages.Errorf("%q is not a number", text)
	}
	switch {
	case name == "temperature" && x >= 0:
		chat.Temperature = &x
	case name == "top_p" && x >= 0 && x <= 1:
		chat.TopP = &x
	case name == "repetition_penalty" && x > 0:
		chat.RepetitionPenalty = &x
	default:
		return messages.Errorf("%v is out of range", x)
	}
	return nil
}
