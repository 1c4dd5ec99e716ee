package board

import (
	"errors"
	"path/filepath"
	"regexp"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// plain turns an error about a table into one about what the user asked for, in the words of the page, so that who shows it need not know
// of tables or of where the folder is.
func (o *folder) plain(err error) error {
	var bad *table.Error
	var wrong *spec.UsageError
	var locked *journal.LockedError
	switch {
	case errors.As(err, &locked):
		return &journal.LockedError{Journal: o.within(locked.Journal), Holder: locked.Holder}
	case errors.As(err, &wrong):
		return &spec.UsageError{Msg: o.within(wrong.Msg), Hint: onPage(o.within(wrong.Hint)), Column: wrong.Column, Field: wrong.Field}
	case errors.As(err, &bad):
		return &spec.UsageError{Msg: o.within(err.Error()), Hint: onPage(o.within(bad.Hint))}
	}
	return err
}

// problem is an error as the page tells it.
func (o *folder) problem(err error) *Problem {
	var wrong *spec.UsageError
	if errors.As(o.plain(err), &wrong) {
		return &Problem{Error: wrong.Msg, Hint: wrong.Hint}
	}
	return &Problem{Error: o.within(err.Error()), Hint: onPage(o.within(o.hint(err)))}
}

// within names files as seen from the folder.
func (o *folder) within(text string) string {
	return strings.ReplaceAll(text, o.dir+string(filepath.Separator), "")
}

// flags as the page calls what they stand for.
var flags = map[string]string{
	"--prompt": "the prompt", "--sheet": "“Sheet”", "--all-sheets": "“All sheets”", "--header-row": "“Header row”",
	"--no-header": "“No header”", "--encoding": "“Encoding”", "--delimiter": "“Delimiter”",
	"--completion-column": "“Name of the answer column”", "--limit": "“First rows”", "--model": "“Model”", "--schema": "the schema",
	"--choices": "the choices", "--long": "the long texts", "--value-prefix": "the names of the fields",
	"--columns": "the columns", "--journal": "the journal", "-o": "the output", "--overwrite": "replacing", "--in-place": "in place",
	"--retry-failed": "“Retry failed”", "--fresh": "a fresh run",
}

var flagPattern = regexp.MustCompile(`--?[a-z][a-z-]*`)

// onPage says a hint in the words of the page.
func onPage(hint string) string {
	return flagPattern.ReplaceAllStringFunc(hint, func(flag string) string {
		if name, ok := flags[flag]; ok {
			return name
		}
		return flag
	})
}
