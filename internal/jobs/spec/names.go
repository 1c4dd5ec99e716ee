package spec

import (
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// PromptColumns are the usual names of a prompt column, in lower case, the most likely first.
var PromptColumns = []string{"prompt", "question", "text", "content", "вопрос", "запрос", "промпт", "текст"}

// ColumnName returns the name of the column with the given header cell. Line breaks and repeated spaces become single spaces.
func ColumnName(header string) string { return strings.Join(strings.Fields(header), " ") }

// groupMark separates the groups and the name of a column in a header of several rows.
const groupMark = " / "

// Find returns the index of the first column of a source with a name, or -1, and the number of such columns. If there is none, the name may
// begin with the groups above a name: "group / name".
func Find(src table.Source, name string) (at, n int) { return FindIn(src.Columns(), src.Paths(), name) }

// FindIn is Find for columns and their paths.
func FindIn(columns, paths []string, name string) (at, n int) {
	at, n = find(columns, func(column string) bool { return column == name })
	if n == 0 && strings.Contains(name, groupMark) {
		at, n = find(paths, func(path string) bool { return path == name || strings.HasSuffix(path, groupMark+name) })
	}
	return at, n
}

func find(names []string, is func(name string) bool) (at, n int) {
	at = -1
	for i, name := range names {
		if is(ColumnName(name)) {
			if n++; n == 1 {
				at = i
			}
		}
	}
	return at, n
}

// UniqueHint says how to name one of several columns with the same name: with its group, if they have different ones.
func UniqueHint(src table.Source, name string) messages.Text {
	var paths []string
	for i, path := range src.Paths() {
		if ColumnName(src.Columns()[i]) == name {
			paths = append(paths, ColumnName(path))
		}
	}
	if len(paths) > 1 && paths[0] != paths[1] {
		return messages.Sprintf("name one with its group: %s", messages.Quoted(paths))
	}
	return messages.Sprintf("give each of these columns a unique name")
}
