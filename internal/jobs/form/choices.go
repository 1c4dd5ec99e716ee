package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// answerName is the property that holds the choice where an answer is an object.
const answerName = "answer"

// Choices is the form of an answer that is exactly one of the texts.
func Choices(texts []string) (*Form, error) {
	f := &Form{}
	seen := map[string]string{}
	for _, t := range texts {
		t = strings.TrimSpace(t)
		bare := bareChoice(t)
		switch {
		case bare == "":
			return nil, errors.New("a choice is empty")
		case seen[bare] != "":
			return nil, fmt.Errorf("the choices %q and %q cannot be told apart", seen[bare], t)
		}
		seen[bare] = t
		f.choices = append(f.choices, t)
	}
	if len(f.choices) < 2 {
		return nil, errors.New("there must be two choices at least")
	}
	var err error
	f.json, err = choiceSchema(f.choices)
	return f, err
}

func choiceSchema(choices []string) (json.RawMessage, error) {
	list, err := marshal(choices)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(`{"type":"object","properties":{"` + answerName + `":{"type":"string","enum":` + string(list) + `}},"required":["` +
		answerName + `"],"additionalProperties":false}`), nil
}

// checkChoice takes a choice as models give it: by itself, quoted, with a full stop, in other letters, or as the object that was asked for.
func (f *Form) checkChoice(completion string) (Answer, string) {
	for _, text := range []string{completion, choiceInside(completion)} {
		bare := bareChoice(text)
		for _, c := range f.choices {
			if bare != "" && bare == bareChoice(c) {
				return Answer{Text: c}, ""
			}
		}
	}
	return Answer{}, fmt.Sprintf("%s is none of: %s", shown(completion), strings.Join(f.choices, ", "))
}

// choiceInside is the choice within an object, "" where there is none.
func choiceInside(completion string) string {
	raw, ok := findJSON(completion)
	if !ok {
		return ""
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || len(object) != 1 || json.Unmarshal(object[answerName], &text) != nil {
		return ""
	}
	return text
}

// bareChoice is a text without what does not change its meaning.
func bareChoice(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	text = strings.ReplaceAll(text, "ё", "е")
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("\"'`«»“”„‘’*_.,:;!()[]", r)
	})
}

// shown is the beginning of an answer, in quotes.
func shown(completion string) string {
	const most = 60
	text := []rune(strings.Join(strings.Fields(completion), " "))
	if len(text) > most {
		text = append(text[:most:most], '…')
	}
	return "“" + string(text) + "”"
}
