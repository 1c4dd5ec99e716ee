package spec

import (
	"fmt"
	"strings"
)

// PromptColumns are the names that a prompt column goes by, in lower case, the likeliest first.
var PromptColumns = []string{"prompt", "question", "text", "content", "вопрос", "запрос", "промпт", "текст"}

// ColumnName is the name of the column that a header cell stands for. Line breaks, which sheets have for looks, become spaces.
func ColumnName(header string) string { return strings.Join(strings.Fields(header), " ") }

// maxQuoted is how many names Quoted lists at most.
const maxQuoted = 20

// Quoted lists names for a message. A long list is cut.
func Quoted(names []string) string {
	var b strings.Builder
	for i, n := range names {
		if i == maxQuoted {
			return fmt.Sprintf("%s and %d more", b.String(), len(names)-maxQuoted)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", n)
	}
	return b.String()
}
