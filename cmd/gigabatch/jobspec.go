package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobfile"
)

// jobSpec says which keys a job file has: the flags of run, with _ for -, the input, and the columns.
func jobSpec() jobfile.Spec {
	s := jobfile.Spec{Nearest: nearest.Name, Keys: []jobfile.Key{{
		Name: "input", Kind: jobfile.Inputs, Path: true, Required: true, Doc: "file to read: CSV, XLSX or JSONL; - is standard input",
	}}}
	for _, f := range runCommand(stdio{}).Flags {
		if name := f.Names()[0]; name != "help" {
			s.Keys = append(s.Keys, jobKey(f))
		}
	}
	for _, k := range columnKeys {
		if i := slices.IndexFunc(s.Keys, func(other jobfile.Key) bool { return other.Name == k.Name }); i >= 0 {
			k = s.Keys[i]
		}
		s.ColumnKeys = append(s.ColumnKeys, k)
	}
	return s
}

// jobKeyName is the key of a flag. The columns that are written have another name than their flag, because "columns" are those to complete.
func jobKeyName(flag string) string {
	if flag == "columns" {
		return "output_columns"
	}
	return strings.ReplaceAll(flag, "-", "_")
}

// jobKinds are the keys that take more than the text of their flag.
var jobKinds = map[string]jobfile.Kind{
	"output_columns": jobfile.List, "choices": jobfile.List, "row_params": jobfile.List, "schema": jobfile.Object, "preview": jobfile.Optional,
}

// jobEnums are the keys that take one of a few values.
var jobEnums = map[string][]string{"formula_guard": {"on", "off"}, "csv_dialect": table.CSVDialects, "scope": scopes}

// notPaths are keys whose files are not relative to the job file.
var notPaths = []string{"attach", "out_name"}

// namesFile matches what the usage of a flag says if its value is the name of a file.
var namesFile = regexp.MustCompile("`(FILE|FILES|DIR|FOLDER)`")

func jobKey(f cli.Flag) jobfile.Key {
	name := jobKeyName(f.Names()[0])
	usage := f.(cli.DocGenerationFlag).GetUsage()
	k := jobfile.Key{
		Name: name, Kind: flagKind(f), Enum: jobEnums[name], Doc: strings.ReplaceAll(usage, "`", ""),
		Path: namesFile.MatchString(usage) && !slices.Contains(notPaths, name),
	}
	if kind, ok := jobKinds[name]; ok && k.Kind != jobfile.Bool {
		k.Kind = kind
	}
	return k
}

// flagKind is what a flag takes, by its type.
func flagKind(f cli.Flag) jobfile.Kind {
	switch f := f.(type) {
	case *cli.BoolFlag:
		return jobfile.Bool
	case *cli.IntFlag, *cli.Uint64Flag:
		return jobfile.Integer
	case *cli.Float64Flag:
		return jobfile.Number
	case *cli.GenericFlag:
		switch f.Value.(type) {
		case *seconds:
			return jobfile.Duration
		case *texts:
			return jobfile.List
		case *optional:
			return jobfile.Optional
		}
	}
	return jobfile.Text
}

// columnKeys are the keys of a column. Where run has a flag of that name, the column's key takes the same.
var columnKeys = []jobfile.Key{
	{Name: "name", Required: true, Doc: "name of the column; prompts of later columns use it as {{name}}"},
	{Name: "prompt", Doc: "prompt template, such as 'Summarize: {{text}}'"},
	{Name: "prompt_file", Path: true, Doc: "file with the prompt template"},
	{Name: "system", Doc: "system prompt"},
	{Name: "system_file", Path: true, Doc: "file with the system prompt"},
	{Name: "model", Doc: "model to ask"},
	{Name: "temperature", Kind: jobfile.Number, Doc: "randomness"},
	{Name: "top_p", Kind: jobfile.Number, Doc: "nucleus sampling, 0 to 1"},
	{Name: "max_tokens", Kind: jobfile.Integer, Doc: "at most so many tokens for a completion"},
	{Name: "repetition_penalty", Kind: jobfile.Number, Doc: "above 0; 1 is neutral"},
	{Name: "few_shot", Path: true, Doc: "file with examples of prompts and completions"},
	{Name: "row_params", Kind: jobfile.List, Doc: "columns of the input that set a parameter of their row: model, temperature, top_p, max_tokens, repetition_penalty"},
	{Name: "schema", Kind: jobfile.Object, Path: true, Doc: "JSON schema of the completions, written here or the name of a file"},
	{Name: "choices", Kind: jobfile.List, Doc: "the completion is exactly one of these"},
	{Name: "repairs", Kind: jobfile.Integer, Doc: "how often a better completion is asked for after one that does not fit"},
	{Name: "value_prefix", Doc: "what stands before the names of the columns for the values of the schema"},
	{Name: "when", Kind: jobfile.List, Doc: "only rows where COLUMN=VALUE (or COLUMN!=VALUE) holds; of several, all must hold"},
	{Name: "attach", Doc: "column with the paths of files that go with the prompt"},
	{Name: "long", Doc: "what to do with a text that is too long for the model"},
	{Name: "context", Kind: jobfile.Integer, Doc: "how many tokens the model reads at once"},
	{Name: "join_prompt", Doc: "prompt template that joins the completions of the parts of a long text"},
	{Name: "join_prompt_file", Path: true, Doc: "file with that template"},
}
