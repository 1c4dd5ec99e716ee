package prompt

import (
	"fmt"
	"strconv"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
)

// rowParams lets the columns of a row override what is asked. An empty cell overrides nothing.
func (a *Renderer) rowParams(row table.Row, r *gigachat.ChatRequest) error {
	for _, name := range a.Spec.RowParams {
		text := strings.TrimSpace(a.cell(row, name))
		if text == "" {
			continue
		}
		if err := setParam(r, name, text); err != nil {
			return table.RowError(a.Source, row, fmt.Sprintf("column %q: %v", name, err), "an empty cell takes what the flags say")
		}
	}
	return nil
}

func setParam(r *gigachat.ChatRequest, name, text string) error {
	switch name {
	case "model":
		r.Model = text
		return nil
	case "max_tokens":
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of tokens", text)
		}
		r.MaxTokens = &n
		return nil
	}
	x, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || x != x {
		return fmt.Errorf("%q is no number", text)
	}
	return setNumber(r, name, x)
}

func setNumber(r *gigachat.ChatRequest, name string, x float64) error {
	switch {
	case name == "temperature" && x >= 0:
		r.Temperature, r.TopP = &x, nil
		coldest(r)
	case name == "top_p" && x >= 0 && x <= 1:
		r.TopP = &x
	case name == "repetition_penalty" && x > 0:
		r.RepetitionPenalty = &x
	default:
		return fmt.Errorf("%v is out of range", x)
	}
	return nil
}
