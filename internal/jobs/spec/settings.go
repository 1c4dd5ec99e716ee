// Package spec describes what the user wants: which rows of which input are asked, what each completion column asks, and what is written.
//
// Settings are plain values. This package checks what can be checked without an input; package prompt checks the settings against the
// columns of an input.
package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/form"
	"gigabatch/internal/messages"
)

// Settings define what is asked and what is written. The manifest of the journal contains them, so that a run can be rebuilt from it.
type Settings struct {
	table.Options
	Selection
	Column                          // the only completion column if Columns is empty
	Columns       []Column          `json:"asks,omitempty"`      // several, named completion columns
	NoDedupe      bool              `json:"no_dedupe,omitempty"` // rows with the same request get a completion each
	OutputColumns []string          `json:"columns"`             // words of KnownOutputColumns
	Names         map[string]string `json:"names,omitempty"`     // of columns of the output that are not named as usual, by the usual name
	Output        string            `json:"output"`              // path of the table, "" if OutDir is set instead
	InPlace       bool              `json:"in_place,omitempty"`
	OutDir        string            `json:"out_dir,omitempty"`     // folder that gets one file per completed row
	OutName       string            `json:"out_name,omitempty"`    // template of the file names without extension; "" is the name of the document or the row number
	AttachRoot    string            `json:"attach_root,omitempty"` // root folder of attached files; "" is the folder of the input
}

// KnownOutputColumns are the columns that a run can write. "values" is one column for each property of the schema or, without a schema, the
// completion.
var KnownOutputColumns = []string{
	"completion", "values", "finish_reason", "error", "model", "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens",
	"attempts", "latency_ms", "completed_at",
}

// ModifiedColumn is one more column that a run about documents can write: the time of the last change. It differs in every checkout.
const ModifiedColumn = "modified"

// DefaultOutputColumns are the default of Settings.OutputColumns.
var DefaultOutputColumns = []string{"completion", "error"}

// FormerOutputColumns were the default of Settings.OutputColumns. A file that has them keeps them.
var FormerOutputColumns = []string{"completion", "finish_reason", "error"}

// DefaultValueColumns are the default of Settings.OutputColumns with a schema or several completion columns.
var DefaultValueColumns = []string{"values", "error"}

// The default names of the completion column, and of one with vectors.
const (
	DefaultCompletionColumn = "completion"
	DefaultVectorColumn     = "embedding"
)

// DefaultVectorModel is the default model of vectors.
const DefaultVectorModel = "EmbeddingsGigaR"

// UsageError is a mistake of the user that is found before anything is sent. Hint says how to fix it.
type UsageError struct {
	Msg  messages.Text
	Hint messages.Text

	Column string // the completion column with the mistake, "" if there is only one
	Field  string // the field of that column: "prompt", "when", …
	Cure   Cure   // what avoids the mistake without another table or prompt; "" if nothing does
}

// Cure is what the user may change or allow, so that a run can start. The page offers it where the mistake is.
type Cure string

// The cures.
const (
	CureOutput  Cure = "output"  // another output file, or permission to replace this one
	CureColumns Cure = "columns" // other names of the output's columns
	CureBudget  Cure = "budget"  // another budget, or what a budget needs
	CureKey     Cure = "key"     // another key of the service
	CureConfirm Cure = "confirm" // permission to ask again what has an answer
)

func (e *UsageError) Error() string { return e.Msg.String() }

// Message returns the text of Error for any language.
func (e *UsageError) Message() messages.Text { return e.Msg }

// Wrong returns a UsageError about a completion column. The error names the column and the field if there are several columns.
func (s *Settings) Wrong(c *Column, field string, msg, hint messages.Text) *UsageError {
	e := &UsageError{Msg: msg, Hint: hint}
	if s.Several() {
		e.Column, e.Field = c.CompletionColumn, field
	}
	return e
}

// Check rejects settings that are invalid for any input. The error is a *UsageError.
func (s *Settings) Check() error {
	for _, c := range s.All() {
		if c.Embed && (c.chats() || s.Several()) {
			return s.Wrong(c, "model", messages.Sprintf("a vector is made of a text and a model, and of nothing else"),
				messages.Sprintf("leave out the system prompt, the parameters, the form of the answer and attached files"))
		}
		if len(c.Schema) > 0 && len(c.Choices) > 0 {
			return s.Wrong(c, "schema", messages.Sprintf("a column cannot have both choices and a schema"),
				messages.Sprintf("use one of them; a schema can contain an enum"))
		}
		if _, err := c.Form(); err != nil {
			if len(c.Schema) > 0 {
				return s.Wrong(c, "schema", messages.Sprintf("%v", err), messages.Sprintf(`a schema looks like {"type": "object", "properties": {…}, "required": […]}`))
			}
			return s.Wrong(c, "choices", messages.Sprintf("%v", err), messages.Sprintf(`separate the choices with commas: "complaint, question, praise"`))
		}
		for _, p := range c.RowParams {
			if !slices.Contains(RowParams, p) {
				return s.Wrong(c, "row_params", messages.Sprintf("a row cannot set %q", p), messages.Sprintf("a row can set: %s", messages.Quoted(RowParams)))
			}
		}
	}
	return s.checkOutputs()
}

// All returns the completion columns in output order.
func (s *Settings) All() []*Column {
	if len(s.Columns) == 0 {
		return []*Column{&s.Column}
	}
	all := make([]*Column, len(s.Columns))
	for i := range s.Columns {
		all[i] = &s.Columns[i]
	}
	return all
}

// Definition returns a hash of what the completion columns ask, which also depends on their names.
func (s *Settings) Definition() string {
	text, err := json.Marshal(s.All())
	if err != nil {
		panic(err) // columns have been decoded from JSON, or are as simple
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Several reports whether the settings have several, named completion columns instead of the only one that flags describe.
func (s *Settings) Several() bool { return len(s.Columns) > 0 }

// CompletionColumns returns the names of the completion columns in output order.
func (s *Settings) CompletionColumns() []string {
	var names []string
	for _, c := range s.All() {
		names = append(names, c.CompletionColumn)
	}
	return names
}

// Forms returns the forms of the completion columns that have one.
func (s *Settings) Forms() []*form.Form {
	var all []*form.Form
	for _, c := range s.All() {
		if f, err := c.Form(); err == nil && f != nil {
			all = append(all, f)
		}
	}
	return all
}

// Reference finds the completion column with the given name, or the property that "NAME.PROPERTY" names. It finds nothing if flags describe
// the only completion column.
func (s *Settings) Reference(name string) (Reference, bool) {
	for i := range s.Columns {
		c := &s.Columns[i]
		if name == ColumnName(c.CompletionColumn) {
			return Reference{i, -1}, true
		}
		property, ok := strings.CutPrefix(name, ColumnName(c.CompletionColumn)+".")
		if !ok || len(c.Schema) == 0 {
			continue
		}
		f, err := c.Form()
		if err != nil {
			continue
		}
		if v := slices.Index(f.Names(), property); v >= 0 {
			return Reference{i, v}, true
		}
	}
	return Reference{}, false
}

// Listed returns the texts that a cell of a completion column can have if it is not empty, or nil if they are not listed.
func (s *Settings) Listed(ref Reference) []string {
	f, err := s.Columns[ref.Column].Form()
	switch {
	case err != nil || f == nil:
		return nil
	case ref.Value < 0:
		return f.Listed("")
	}
	return f.Listed(f.Names()[ref.Value])
}

// Referable returns the names that a completion column can use of the other columns. but is that column.
func (s *Settings) Referable(but *Column) []string {
	var names []string
	for i := range s.Columns {
		c := &s.Columns[i]
		if c == but {
			continue
		}
		names = append(names, c.CompletionColumn)
		if f, err := c.Form(); err == nil && f != nil {
			for _, p := range f.Names() {
				names = append(names, c.CompletionColumn+"."+p)
			}
		}
	}
	return names
}

// WantedColumns returns the distinct input columns that the prompts name. An invalid prompt names none.
func (s *Settings) WantedColumns() []string {
	var names []string
	for _, c := range s.All() {
		t, err := ParseTemplate(c.Prompt)
		if err != nil {
			continue
		}
		for _, name := range t.Columns() {
			if _, other := s.Reference(name); !other && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// SameTasks reports whether both settings ask the same of the same rows, no matter what they write and where.
func (s *Settings) SameTasks(t *Settings) bool {
	a, b := *s, *t
	for _, c := range []*Settings{&a, &b} {
		c.CompletionColumn, c.OutputColumns, c.Output, c.InPlace = "", nil, "", false
		c.CSVDialect, c.FormulaGuardOff, c.OutDir, c.OutName = "", false, "", ""
		c.Documents, c.AttachRoot, c.Names = nil, "", nil
		c.Columns = slices.Clone(c.Columns)
		for i := range c.Columns {
			c.Columns[i].ValuePrefix = ""
		}
		c.ValuePrefix = ""
	}
	return reflect.DeepEqual(a, b)
}

// SameQuestions reports whether both settings ask the same about a row that both select.
func (s *Settings) SameQuestions(t *Settings) bool {
	a, b := *s, *t
	for _, c := range []*Settings{&a, &b} {
		c.Selection, c.KeepRows, c.NoDedupe = Selection{}, "", false
	}
	return a.SameTasks(&b)
}

// Unsharded returns the settings of the run of all shards.
func (s Settings) Unsharded() Settings {
	s.Shard = ""
	return s
}

// Portable returns the settings with all paths relative to the folder of the input, so that the folder can be moved.
func (s Settings) Portable(input string) Settings {
	return s.placed(func(p string) string { return portable(input, p) })
}

// Located is the inverse of Portable. It makes the paths of documents below the current folder relative to that folder, because they can
// appear in prompts and must be the same as when the user named the documents.
func (s Settings) Located(input string) Settings {
	s = s.placed(func(p string) string { return Located(input, p) })
	here, err := os.Getwd()
	if err != nil {
		return s
	}
	for i, d := range s.Documents {
		if rel, err := filepath.Rel(here, d); filepath.IsAbs(d) && err == nil && filepath.IsLocal(rel) {
			s.Documents[i] = rel
		}
	}
	return s
}

// placed returns the settings with name applied to each path.
func (s Settings) placed(name func(string) string) Settings {
	for _, p := range []*string{&s.Output, &s.OutDir, &s.AttachRoot} {
		if *p != "" {
			*p = name(*p)
		}
	}
	s.Documents = slices.Clone(s.Documents)
	for i := range s.Documents {
		s.Documents[i] = name(s.Documents[i])
	}
	return s
}

// Asks identifies what each completion column asks: its definition, how the table is read, and whether a sandbox answers. Edits keep it.
func (s *Settings) Asks(sandbox bool) (ids []string) {
	o := s.Options
	o.CSVDialect, o.FormulaGuardOff = "", false
	for _, c := range s.All() {
		text, err := json.Marshal(struct {
			Column  *Column
			Options table.Options
			Sandbox bool
		}{c, o, sandbox})
		if err != nil {
			panic(err) // columns and options are as simple as the JSON they came from
		}
		sum := sha256.Sum256(text)
		ids = append(ids, hex.EncodeToString(sum[:8]))
	}
	return ids
}
