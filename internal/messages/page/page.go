// Package page has the messages that are worded differently on the page, because the usual wording names what only the command line has: a
// flag, a command, a key of the terminal.
package page

// Wording is the wording of a message on the page, in each language. Both are formats with the arguments of the usual one.
type Wording struct{ English, Russian string }

// Parts are the wordings by the usual English formats, a map for each part of the program.
var Parts = []map[string]Wording{tables, specs, jobs, web, command}
