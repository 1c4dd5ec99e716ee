package board

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"

	"reflect"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/io/rooted"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Spec describes a run: the draft of the page. Fields that are left out have the defaults of the command line.
type Spec struct {
	Input   string      `json:"input"` // relative to the folder
	Options ReadOptions `json:"options"`
	Columns Columns     `json:"columns"` // none is one with all defaults
	Asking
	Budget
	Selected
	InPlace bool `json:"in_place"`     // the answers go into the input itself
	Retry   bool `json:"retry_failed"` // rows that the service refused are asked again
	Where
	Kept    *Kept      `json:"kept,omitempty"` // what the page does not show; nil for the defaults
	Confirm *Confirmed `json:"confirm"`        // what may be asked again although it has an answer; nil for no more than is usual

	Language messages.Language `json:"-"` // of what people read in the output
}

// Columns are completion columns in their own JSON. In it, an empty model is the default of the server, a model that is named overrides that of
// a row unless model_forced is false, and repairs that are left out are the default of a column with a form.
type Columns []spec.Column

// UnmarshalJSON reads columns.
func (c *Columns) UnmarshalJSON(text []byte) error {
	var all []spec.Column
	var given []struct {
		Forced  *bool `json:"model_forced"`
		Repairs *int  `json:"repairs"`
	}
	if err := errors.Join(json.Unmarshal(text, &all), json.Unmarshal(text, &given)); err != nil {
		return err
	}
	for i := range all {
		col := &all[i]
		col.Schema = compact(col.Schema)
		if given[i].Forced == nil {
			col.ModelForced = col.Model != ""
		}
		if given[i].Repairs == nil && (len(col.Schema) > 0 || len(col.Choices) > 0) {
			col.Repairs = spec.DefaultRepairs
		}
	}
	*c = all
	return nil
}

// MarshalJSON writes columns so that UnmarshalJSON reads the same ones.
func (c Columns) MarshalJSON() ([]byte, error) {
	type column struct {
		spec.Column
		Forced  bool `json:"model_forced"`
		Repairs int  `json:"repairs"`
	}
	all := make([]column, len(c))
	for i, col := range c {
		all[i] = column{col, col.ModelForced, col.Repairs}
	}
	return json.Marshal(all)
}

// compact returns a schema without white space, nil if there is none.
func compact(schema json.RawMessage) json.RawMessage {
	var small bytes.Buffer
	if err := json.Compact(&small, schema); err != nil || small.String() == "null" || small.Len() == 0 {
		return nil
	}
	return small.Bytes()
}

// Kept is what a run has and the page does not show. It goes through the page and back.
type Kept struct {
	Settings spec.Settings `json:"settings"` // those that a Spec does not have; paths are relative to the folder
	Limits   task.Limits   `json:"limits"`   // those that a Spec does not have
}

// Asking says how the rows are asked.
type Asking struct {
	Concurrency int        `json:"concurrency"` // of live requests; 0 finds the limit of the key
	Via         string     `json:"via"`         // task.ViaLive, task.ViaBatch, task.ViaAuto or task.ViaHybrid
	Deadline    *time.Time `json:"deadline"`    // with task.ViaHybrid, and only then
}

func (a *Asking) check() error {
	vias := []string{task.ViaLive, task.ViaBatch, task.ViaAuto, task.ViaHybrid}
	for _, c := range []struct {
		wrong     bool
		msg, hint messages.Text
	}{
		{a.Concurrency < 0 || a.Concurrency > pool.MaxConcurrency, messages.Sprintf("the number of concurrent requests must be between 1 and %d", pool.MaxConcurrency), messages.Sprintf("leave it empty to find the limit of the key")},
		{!slices.Contains(vias, a.Via), messages.Sprintf("there is no way of asking called %q", a.Via), messages.Sprintf("choose batch, auto, hybrid, or nothing")},
		{(a.Via == task.ViaHybrid) != (a.Deadline != nil), messages.Sprintf("asking by a deadline needs a deadline, and only that does"), messages.Sprintf("give both or neither")},
		{a.Deadline != nil && time.Until(*a.Deadline) <= 0, messages.Sprintf("the deadline has passed"), messages.Sprintf("enter a later time")},
	} {
		if c.wrong {
			return &spec.UsageError{Msg: c.msg, Hint: c.hint}
		}
	}
	return nil
}

// Selected says which rows are asked.
type Selected struct {
	Conditions  []string `json:"where"` // see spec.CutCondition
	Rows        string   `json:"rows"`  // lines of the table, such as "2-10,500-"
	SkipSuspect bool     `json:"skip_suspect"`
	Limit       int      `json:"limit"`
}

// Where says where the answers go. If what is in their place is the user's, that is an error with a spec.Cure by default.
type Where struct {
	NewOutput  bool `json:"new_output"`  // into a new file
	NewColumns bool `json:"new_columns"` // into columns with free names
	Overwrite  bool `json:"overwrite"`   // into the file all the same
}

// ReadOptions say how to read a table. What is left out is detected.
type ReadOptions struct {
	Sheet     string `json:"sheet"`
	AllSheets bool   `json:"all_sheets"`
	HeaderRow int    `json:"header_row"`
	NoHeader  bool   `json:"no_header"`
	Encoding  string `json:"encoding"`
	Delimiter string `json:"delimiter"`
	KeepRows  string `json:"keep_rows"`
}

func notTable(name string) error {
	return &spec.UsageError{Msg: messages.Sprintf("%q is not a table", name), Hint: messages.Sprintf("choose a CSV, XLSX or JSONL file")}
}

// Settings returns the settings of a spec. input is the path of its table.
func (s *Spec) Settings(b *Board, input string) spec.Settings {
	return s.settingsFor(b, input, b.Sandbox)
}

// settingsFor is Settings for a run of the sandbox, or for another one.
func (s *Spec) settingsFor(b *Board, input string, sandbox bool) spec.Settings {
	var set spec.Settings
	if s.Kept != nil {
		set = s.Kept.Settings
	}
	set.Options = s.Options.Of(set.Options)
	set.Rows, set.Where, set.SkipSuspect, set.Limit = s.Rows, slices.Clone(s.Conditions), s.SkipSuspect, s.Limit
	if len(set.Where) == 0 {
		set.Where = nil
	}
	columns := make([]spec.Column, max(len(s.Columns), 1))
	copy(columns, s.Columns)
	for i := range columns {
		c := &columns[i]
		c.CompletionColumn, c.Choices, c.Model = strings.TrimSpace(c.CompletionColumn), listOf(c.Choices), cmp.Or(c.Model, b.Model)
		if len(columns) == 1 {
			c.CompletionColumn = cmp.Or(c.CompletionColumn, spec.DefaultCompletionColumn)
		}
	}
	if set.Column, set.Columns = columns[0], nil; len(columns) > 1 {
		set.Column, set.Columns = spec.Column{CompletionColumn: spec.DefaultCompletionColumn, Params: spec.Params{Model: b.Model}}, columns
		if s.Kept != nil && s.Kept.Settings.Column.CompletionColumn != "" {
			set.Column = s.Kept.Settings.Column
		}
	}
	if set.OutputColumns == nil {
		set.OutputColumns = usualColumns(&set)
	}
	set.AttachRoot, set.OutDir = b.PlaceOf(set.AttachRoot), b.PlaceOf(set.OutDir)
	set.Documents = slices.Clone(set.Documents)
	for i := range set.Documents {
		set.Documents[i] = b.PlaceOf(set.Documents[i])
	}
	if set.Documents == nil && b.IsFolder(s.Input) {
		set.Documents = []string{b.PlaceOf(s.Input)}
	}
	if set.Documents != nil {
		set.Documents = set.Located(input).Documents
	}
	set.InPlace = s.InPlace && !sandbox // the sandbox leaves the table as it is
	switch {
	case set.InPlace:
		set.Output = input
	case set.Output != "" && sandbox:
		set.Output = spec.SandboxPath(b.PlaceOf(set.Output))
	case set.Output != "":
		set.Output = b.PlaceOf(set.Output)
	case set.OutDir == "":
		set.Output = usualOutput(&set, input, sandbox)
	}
	if sandbox && set.OutDir != "" {
		set.OutDir = spec.SandboxFolder(set.OutDir)
	}
	return set
}

// limits returns the limits of a spec.
func (s *Spec) limits() task.Limits {
	var l task.Limits
	if s.Kept != nil {
		l = s.Kept.Limits
	}
	l.Concurrency, l.Via, l.Budget, l.Deadline = s.Concurrency, s.Via, s.Budget.of(l.Budget), time.Time{}
	if s.Deadline != nil {
		l.Deadline = *s.Deadline
	}
	return l
}

// SpecOf returns the spec of a run: its settings and limits make the same job again. input is the path of its table.
func SpecOf(b *Board, input string, set spec.Settings, l task.Limits) *Spec {
	if l.Via == task.ViaHybrid && l.Deadline.Before(time.Now()) { // as when a run is continued
		l.Via, l.Deadline = task.ViaBatch, time.Time{}
	}
	s := &Spec{
		Input: b.Below(input), Options: OptionsOf(&set.Options), InPlace: set.InPlace,
		Selected: Selected{Conditions: Listed(set.Where), Rows: set.Rows, SkipSuspect: set.SkipSuspect, Limit: set.Limit},
		Asking:   Asking{Concurrency: l.Concurrency, Via: l.Via}, Budget: Budget{Cost: l.Cost.Rubles(), Tokens: l.Tokens},
	}
	if by := l.Deadline; !by.IsZero() {
		s.Deadline = &by
	}
	for _, c := range set.All() {
		s.Columns = append(s.Columns, *c)
	}
	usual, tried := usualOutput(&set, input, false), usualOutput(&set, input, true)
	if name := b.DocumentsOf(&set); name != "" && rooted.Same(b.AnchorOf(name), input) {
		s.Input, set.Documents = name, nil
	}
	l.Concurrency, l.Via, l.Deadline, l.Cost, l.Tokens = 0, "", time.Time{}, 0, 0
	if rooted.Same(set.Output, usual) || set.Output == usual || set.Output == tried || set.InPlace || set.Output == "-" ||
		!rooted.IsBelow(b.Dir, set.Output) {
		set.Output = ""
	}
	if slices.Equal(set.OutputColumns, usualColumns(&set)) {
		set.OutputColumns = nil
	}
	plain := spec.Column{CompletionColumn: spec.DefaultCompletionColumn, Params: spec.Params{Model: b.Model}}
	if len(set.Columns) < 2 || reflect.DeepEqual(set.Column, plain) {
		set.Column = spec.Column{}
	}
	if l.MaxAttempts == pool.DefaultMaxAttempts {
		l.MaxAttempts = 0
	}
	if l.MaxRounds == jobs.DefaultMaxRounds {
		l.MaxRounds = 0
	}
	set.Columns, set.InPlace, set.Options = nil, false, ReadOptions{}.Of(set.Options)
	set.Rows, set.Where, set.SkipSuspect, set.Limit = "", nil, false, 0
	set.Output, set.OutDir, set.AttachRoot = b.NameOf(set.Output), b.NameOf(set.OutDir), b.NameOf(set.AttachRoot)
	set.Documents = slices.Clone(set.Documents)
	for i := range set.Documents {
		set.Documents[i] = b.NameOf(set.Documents[i])
	}
	if kept := (Kept{set, l}); !reflect.DeepEqual(kept, Kept{}) {
		s.Kept = &kept
	}
	return s
}

// usualColumns are the columns of the output that settings have by default.
func usualColumns(set *spec.Settings) []string {
	if len(set.Schema) > 0 || set.Several() {
		return spec.DefaultValueColumns
	}
	return spec.DefaultOutputColumns
}

// usualOutput is the output that settings have by default.
func usualOutput(set *spec.Settings, input string, sandbox bool) string {
	switch {
	case set.Documents != nil && sandbox:
		return spec.SandboxPath(input)
	case set.Documents != nil:
		return input
	case set.Embed:
		return spec.VectorsPath(input, sandbox)
	}
	return spec.OutputPath(input, sandbox)
}

// listOf returns choices without white space around them, empty ones, and those that were there before.
func listOf(choices []string) (all []string) {
	for _, c := range choices {
		if c = strings.TrimSpace(c); c != "" && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// Of returns the options of a table that a page has corrected. The rest is that of before.
func (o ReadOptions) Of(before table.Options) table.Options {
	before.Sheet, before.AllSheets, before.HeaderRow, before.NoHeader = o.Sheet, o.AllSheets, o.HeaderRow, o.NoHeader
	before.Encoding, before.Delimiter, before.KeepRows = o.Encoding, o.Delimiter, o.KeepRows
	return before
}

// OptionsOf returns the options of a table that a page can correct.
func OptionsOf(o *table.Options) ReadOptions {
	return ReadOptions{
		Sheet: o.Sheet, AllSheets: o.AllSheets, HeaderRow: o.HeaderRow, NoHeader: o.NoHeader, Encoding: o.Encoding, Delimiter: o.Delimiter,
		KeepRows: o.KeepRows,
	}
}

// check refuses values that the service would refuse for every row.
func (s *Spec) check() error {
	for i := range s.Columns {
		if err := checkColumn(&s.Columns[i]); err != nil {
			return err
		}
	}
	if s.Limit < 0 {
		return &spec.UsageError{Msg: messages.Sprintf("the number of rows must not be negative"), Hint: messages.Sprintf("leave it empty for all rows")}
	}
	return cmp.Or(s.Asking.check(), s.Budget.check())
}

func checkColumn(s *spec.Column) error {
	for _, c := range []struct {
		wrong     bool
		msg, hint messages.Text
	}{
		{s.Temperature != nil && *s.Temperature < 0, messages.Sprintf("the temperature must not be negative"), messages.Sprintf("0 gives the most predictable answers")},
		{s.TopP != nil && (*s.TopP < 0 || *s.TopP > 1), messages.Sprintf("top_p must be between 0 and 1"), messages.Sprintf("0 gives the most predictable answers")},
		{s.Temperature != nil && s.TopP != nil, messages.Sprintf("temperature and top_p cannot be used together"), messages.Sprintf("leave one of them empty")},
		{s.RepetitionPenalty != nil && *s.RepetitionPenalty <= 0, messages.Sprintf("the repetition penalty must be greater than 0"), messages.Sprintf("1 means no penalty")},
		{s.MaxTokens != nil && *s.MaxTokens < 1, messages.Sprintf("max_tokens must be at least 1"), messages.Sprintf("leave it empty for the default")},
		{s.Choices != nil && len(listOf(s.Choices)) == 0, messages.Sprintf("the list of %q is empty", "choices"), messages.Sprintf("at least two choices are required")},
		{s.Repairs < 0, messages.Sprintf("the number of repairs must not be negative"), messages.Sprintf("0 turns repairs off")},
	} {
		if c.wrong {
			return &spec.UsageError{Msg: c.msg, Hint: c.hint}
		}
	}
	return nil
}
