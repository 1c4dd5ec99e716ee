package flags

import (
	"cmp"
	"strings"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/jobs/spec/jobfile"
)

// JobSpec says which keys a job file has: the flags of Run, the input, and the columns.
func JobSpec() jobfile.Spec {
	s := jobfile.Spec{Nearest: nearest.Name, Keys: []jobfile.Key{{
		Name: "input", Kind: jobfile.Inputs, Path: true, Required: true, Doc: "file to read: CSV, XLSX or JSONL; - is standard input",
	}}}
	for _, f := range Run {
		s.Keys = append(s.Keys, f.jobKey())
	}
	for _, name := range columnKeys {
		switch name {
		case "name":
			s.ColumnKeys = append(s.ColumnKeys, jobfile.Key{Name: name, Required: true,
				Doc: "name of the column; prompts of later columns use it as {{name}}"})
		case "when":
			s.ColumnKeys = append(s.ColumnKeys, jobfile.Key{Name: name, Kind: jobfile.List,
				Doc: "only rows where COLUMN=VALUE (or COLUMN!=VALUE) holds; of several, all must hold"})
		default:
			s.ColumnKeys = append(s.ColumnKeys, Run.named(name).jobKey())
		}
	}
	return s
}

// columnKeys are the keys of a column: name, when, and flags.
var columnKeys = []string{
	"name", "prompt", "prompt-file", "system", "system-file", "model", "temperature", "top-p", "max-tokens", "repetition-penalty", "few-shot",
	"row-params", "schema", "choices", "repairs", "value-prefix", "when", "attach", "long", "context", "join-prompt", "join-prompt-file",
}

// jobKinds are what the kinds of flags take in a job file.
var jobKinds = map[Kind]jobfile.Kind{
	Text: jobfile.Text, Switch: jobfile.Bool, Whole: jobfile.Integer, Number: jobfile.Number, Time: jobfile.Duration, List: jobfile.List,
	Repeated: jobfile.List, Form: jobfile.Object, Optional: jobfile.Optional,
}

func (f Flag) jobKey() jobfile.Key {
	return jobfile.Key{Name: f.key(), Kind: jobKinds[f.Kind], Enum: f.OneOf, Doc: strings.ReplaceAll(f.Usage, "`", ""), Path: f.File}
}

func (f Flag) key() string { return cmp.Or(f.Key, strings.ReplaceAll(f.Name, "-", "_")) }

// OfKey returns the flag of Run that says the same as a key, nil if there is none.
func OfKey(key string) *Flag {
	for i := range Run {
		if Run[i].key() == key {
			return &Run[i]
		}
	}
	return nil
}

// Key is the key of a column that says the same as a flag.
func Key(flag string) string {
	if f := Run.named(flag); f != nil {
		return f.key()
	}
	return flag
}

// ForAll reports whether a flag holds for the columns of a job file that do not say otherwise.
func ForAll(flag string) bool {
	f := Run.named(flag)
	return f != nil && f.Columns == ForAllColumns
}
