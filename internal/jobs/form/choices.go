package form

import (
	"encoding/json"
	"strings"
	"unicode"

	"gigabatch/internal/messages"
)

// choiceName is the property with the choice if the completion is an object.
const choiceName = "answer"

// Choices returns the form of a completion that is exactly one of the texts. It fails if there are fewer than two, or if two differ only in
// what is ignored when a completion is read.
func Choices(texts []string) (*Form, error) {
	f := &Form{}
	seen := map[string]string{}
	for _, t := range texts {
		t = strings.TrimSpace(t)
		bare := bareChoice(t)
		switch {
		case bare == "":
			return nil, messages.Errorf("a choice is empty")
		case seen[bare] != "":
			return nil, messages.Errorf("choices %q and %q are too similar", seen[bare], t)
		}
		seen[bare] = t
		f.choices = append(f.choices, t)
	}
	if len(f.choices) < 2 {
		return nil, messages.Errorf("at least two choices are required")
	}
	list, err := marshal(f.choices)
	if err != nil {
		return nil, err
	}
	f.json = json.RawMessage(`{"type":"object","properties":{"` + choiceName + `":{"type":"string","enum":` + string(list) + `}},` +
		`"required":["` + choiceName + `"],"additionalProperties":false}`)
	f.flat = f.json
	return f, nil
}

// bareChoice returns a text without what is ignored in a choice: letter case, quotes, punctuation, and the dots of ё.
func bareChoice(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	text = strings.ReplaceAll(text, "ё", "е")
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("\"'`«»“”„‘’*_.,:;!()[]", r)
	})
}
