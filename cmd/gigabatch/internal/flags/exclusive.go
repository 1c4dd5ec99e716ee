package flags

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/messages"
)

// exclusive lists pairs of flags that make no sense together, with a hint where "use one of them" is not enough.
var exclusive = []struct {
	a, b string
	hint messages.Text
}{
	{a: "column", b: "prompt"}, {a: "column", b: "prompt-file"},
	{a: "prompt", b: "prompt-file"}, {a: "system", b: "system-file"}, {a: "in-place", b: "output"}, {a: "key-file", b: "key-stdin"},
	{a: "key-file", b: "key-command"}, {a: "key-stdin", b: "key-command"},
	{a: "sheet", b: "all-sheets"}, {a: "header-row", b: "no-header"}, {a: "temperature", b: "top-p"},
	{a: "join-prompt", b: "join-prompt-file"}, {a: "preview", b: "dry-run"},
	{a: "preview", b: "estimate"}, {a: "dry-run", b: "estimate"}, {a: "sample", b: "offline"},
	{"no-header", "in-place", messages.Sprintf("without a header, the added columns would have no names in the file; remove --in-place")},
	{"schema", "choices", messages.Sprintf("a schema can list the choices in an enum")},
	{"preview", "fresh", messages.Sprintf("preview without --fresh, then run with it")},
	{"shard", "in-place", messages.Sprintf("shards read the file while gigabatch merge would write it; write another file with -o")},
	{"shard", "fresh", messages.Sprintf("to ask everything again, delete or move the journals of the shards and of the input")},
	{"csv-dialect", "in-place", messages.Sprintf("a file edited in place keeps its dialect; write another file with -o")},
}

// CheckRun fails if flags of Run exclude each other or a number is too small.
func CheckRun(c *cli.Context) error {
	for _, p := range exclusive {
		if c.IsSet(p.a) && c.IsSet(p.b) {
			return Usage(messages.Sprintf("--%s and --%s cannot be used together", p.a, p.b),
				messages.Or(p.hint, messages.Sprintf("use one of them")))
		}
	}
	for _, f := range append(Run[:len(Run):len(Run)], Pack) {
		if f.Min > 0 && c.IsSet(f.Name) && c.Int(f.Name) < f.Min {
			return Usage(messages.Sprintf("--%s must be at least %d", f.Name, f.Min), messages.Sprintf("omit it to use the default"))
		}
	}
	return nil
}

// Excluder returns the flag that is set and excludes the flag name, "" if there is none.
func Excluder(name string, isSet func(name string) bool) string {
	for _, p := range exclusive {
		switch {
		case p.a == name && isSet(p.b):
			return p.b
		case p.b == name && isSet(p.a):
			return p.a
		}
	}
	return ""
}

// OneOf refuses values of a flag that are not among all.
func OneOf(flag string, values, all []string) error {
	for _, value := range values {
		if !slices.Contains(all, value) {
			return Usage(messages.Sprintf("--%s %s: unknown value", flag, value), messages.Sprintf("use one of: %s", strings.Join(all, ", ")))
		}
	}
	return nil
}
