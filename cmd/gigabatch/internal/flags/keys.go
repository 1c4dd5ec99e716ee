package flags

import (
	"cmp"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/jobs/spec/jobfile"
)

// JobSpec describes the keys of a job file: the input, the flags of Run, and the keys of a column.
func JobSpec() jobfile.Spec {
	s := jobfile.Spec{Nearest: nearest.Name, Keys: []jobfile.Key{{
		Name: "input", Kind: jobfile.Inputs, Path: true, Required: true, Doc: "input file: CSV, XLSX or JSONL; - for standard input",
	}}}
	for _, f := range Run {
		if !f.NoKey {
			s.Keys = append(s.Keys, f.jobKey())
		}
	}
	for _, name := range columnKeys {
		switch name {
		case "name":
			s.ColumnKeys = append(s.ColumnKeys, jobfile.Key{Name: name, Required: true,
				Doc: "name of the column; prompts of other columns use it as {{name}}"})
		case "when":
			s.ColumnKeys = append(s.ColumnKeys, jobfile.Key{Name: name, Kind: jobfile.List,
				Doc: "only rows where COLUMN=VALUE; also !=, ~ (contains; *~TEXT in any column of the input), in [\"A\",\"B\"], and <, >, <= and >= for numbers and dates; if there are several, all must hold"})
		default:
			s.ColumnKeys = append(s.ColumnKeys, Run.named(name).jobKey())
		}
	}
	return s
}

// columnKeys lists the keys of a column: name, when, and names of flags.
var columnKeys = []string{
	"name", "prompt", "prompt-file", "system", "system-file", "model", "temperature", "top-p", "max-tokens", "repetition-penalty", "few-shot",
	"row-params", "schema", "choices", "repairs", "value-prefix", "when", "skip-empty", "on-length", "on-blocked", "blocked-model", "fallback-model", "attach", "long", "context", "join-prompt", "join-prompt-file",
}

// jobKinds maps the kinds of flags to kinds of keys.
var jobKinds = map[Kind]jobfile.Kind{
	Text: jobfile.Text, Switch: jobfile.Bool, Whole: jobfile.Integer, Number: jobfile.Number, Time: jobfile.Duration, List: jobfile.List,
	Repeated: jobfile.List, Form: jobfile.Object, Optional: jobfile.Optional,
}

func (f Flag) jobKey() jobfile.Key {
	doc := strings.ReplaceAll(f.Usage, "`", "")
	return jobfile.Key{Name: f.key(), Kind: jobKinds[f.Kind], Enum: f.OneOf, Doc: doc, Path: f.File, Filled: f.Filled}
}

func (f Flag) key() string { return cmp.Or(f.Key, strings.ReplaceAll(f.Name, "-", "_")) }

// OfKey returns the flag of Run that a key stands for, or nil.
func OfKey(key string) *Flag {
	for i := range Run {
		if Run[i].key() == key && !Run[i].NoKey {
			return &Run[i]
		}
	}
	return nil
}

// Key returns the key of a column that stands for a flag.
func Key(flag string) string {
	if f := Run.named(flag); f != nil {
		return f.key()
	}
	return flag
}

// IsRepeated reports whether a flag takes one text each time it is given.
func IsRepeated(flag string) bool {
	f := Run.named(flag)
	return f != nil && f.Kind == Repeated
}

// ForAll reports whether a flag is the default of columns of a job file that do not set it.
func ForAll(flag string) bool {
	f := Run.named(flag)
	return f != nil && f.Columns == ForAllColumns
}
