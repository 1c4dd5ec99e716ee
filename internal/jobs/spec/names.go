package spec

import "strings"

// PromptColumns are the names that a prompt column goes by, in lower case, the likeliest first.
var PromptColumns = []string{"prompt", "question", "text", "content", "вопрос", "запрос", "промпт", "текст"}

// ColumnName is the name of the column that a header cell stands for. Line breaks, which sheets have for looks, become spaces.
func ColumnName(header string) string { return strings.Join(strings.Fields(header), " ") }
