package spec

import (
	"fmt"
	"strings"
)

// PromptColumns are the names that a prompt column goes by, the likeliest first.
var PromptColumns = []string{"prompt", "question", "text", "content", "вопрос", "запрос", "промпт", "текст"}

// ColumnName is a header's cell as a name: line breaks in it, which sheets have for looks, are spaces.
func ColumnName(header string) string { return strings.Join(strings.Fields(header), " ") }

// Quoted lists names as a person would; a long list is cut.
func Quoted(names []string) string {
	const most = 20
	var b strings.Builder
	for i, n := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", b.String(), len(names)-most)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", n)
	}
	return b.String()
}
