package form

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
)

// objectsIn returns the complete JSON objects of a completion, in order: the completion itself, the elements of a list, the objects within
// a JSON text, or the objects within other text. An object within an object that is broken or cut off does not count: it is not the answer.
func objectsIn(completion string) []json.RawMessage {
	if text := bare(completion); json.Valid([]byte(text)) {
		return objectsOf(json.RawMessage(text))
	}
	var all []json.RawMessage
	ends := closings(completion)
	for at := 0; at < len(completion); {
		next := strings.IndexByte(completion[at:], '{')
		if next < 0 {
			break
		}
		at += next
		d := json.NewDecoder(strings.NewReader(completion[at:]))
		var raw json.RawMessage
		err := d.Decode(&raw)
		var broken *json.SyntaxError
		switch {
		case err == nil:
			all = append(all, raw)
			at += int(d.InputOffset())
		case errors.As(err, &broken) && !member.MatchString(completion[at:]): // a brace of a text
			at++
		case errors.As(err, &broken):
			at = max(at+max(1, int(broken.Offset)-1), ends[at])
		default: // cut off
			return all
		}
	}
	return all
}

// member matches the beginning of an object, also in the syntax of other languages.
var member = regexp.MustCompile(`^\{\s*(?:"[^"{}]*"|'[^'{}]*'|[\pL\pN_$-]+)\s*:`)

// objectsOf returns the objects of a JSON value that is an object, a list of objects, or a text with objects.
func objectsOf(raw json.RawMessage) (all []json.RawMessage) {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	var text string
	switch {
	case json.Unmarshal(raw, &object) == nil && object != nil:
		return []json.RawMessage{raw}
	case json.Unmarshal(raw, &list) == nil:
		for _, element := range list {
			all = append(all, objectsOf(element)...)
		}
	case json.Unmarshal(raw, &text) == nil && strings.Contains(text, "{"):
		return objectsIn(text)
	}
	return all
}

// closings returns, by the place of each opening brace, the place after the brace that closes it; nothing for one that is not closed.
func closings(text string) map[int]int {
	ends := map[int]int{}
	var open []int
	for i := range len(text) {
		switch n := len(open); {
		case text[i] == '{':
			open = append(open, i)
		case text[i] == '}' && n > 0:
			ends[open[n-1]] = i + 1
			open = open[:n-1]
		}
	}
	return ends
}

// wholeJSON returns the JSON value that is the whole completion or the content of its first fenced block.
func wholeJSON(completion string) (json.RawMessage, bool) {
	for _, text := range []string{bare(completion), fenced(completion)} {
		if json.Valid([]byte(text)) {
			return json.RawMessage(text), true
		}
	}
	return nil, false
}

// bare returns a completion without the white space and the byte order mark around it.
func bare(completion string) string {
	return strings.TrimSpace(strings.TrimPrefix(completion, "\ufeff"))
}

// fenced returns the content of the first block between ``` and ```, without the name of its language.
func fenced(text string) string {
	_, rest, ok := strings.Cut(text, "```")
	if !ok {
		return ""
	}
	inside, _, _ := strings.Cut(rest, "```")
	if first, body, ok := strings.Cut(inside, "\n"); ok && !strings.ContainsAny(first, "{[\"") {
		inside = body
	}
	return strings.TrimSpace(inside)
}
