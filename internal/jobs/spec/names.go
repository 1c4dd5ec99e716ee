package spec

import "strings"

// PromptColumns are the usual names of a prompt column, in lower case, the most likely first.
var PromptColumns = []string{"prompt", "question", "text", "content", "вопрос", "запрос", "промпт", "текст"}

// ColumnName returns the name of the column with the given header cell. Line breaks and repeated spaces become single spaces.
func ColumnName(header string) string { return strings.Join(strings.Fields(header), " ") }
