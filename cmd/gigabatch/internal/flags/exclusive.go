package flags

import (
	"github.com/urfave/cli/v2"

	"gigabatch/internal/messages"
)

// exclusive are pairs of flags that make no sense together, with a hint where there is more to say than to choose one.
var exclusive = []struct {
	a, b string
	hint messages.Text
}{
	{a: "prompt", b: "prompt-file"}, {a: "system", b: "system-file"}, {a: "in-place", b: "output"}, {a: "key-file", b: "key-stdin"},
	{a: "sheet", b: "all-sheets"}, {a: "header-row", b: "no-header"}, {a: "temperature", b: "top-p"},
	{a: "join-prompt", b: "join-prompt-file"}, {a: "preview", b: "dry-run"},
	{"no-header", "in-place", messages.Sprintf("without a header our columns would have no names in the file; leave out --in-place")},
	{"schema", "choices", messages.Sprintf("a schema can have an enum")},
	{"preview", "fresh", messages.Sprintf("preview without it; the run then asks everything anew")},
	{"csv-dialect", "in-place", messages.Sprintf("the input keeps its own dialect; write another file with -o")},
}

// CheckRun refuses combinations and numbers of flags of Run that make no sense.
func CheckRun(c *cli.Context) error {
	for _, p := range exclusive {
		if c.IsSet(p.a) && c.IsSet(p.b) {
			return Usage(messages.Sprintf("--%s and --%s exclude each other", p.a, p.b), messages.Or(p.hint, messages.Sprintf("choose one")))
		}
	}
	for _, f := range Run {
		if f.Min > 0 && c.IsSet(f.Name) && c.Int(f.Name) < f.Min {
			return Usage(messages.Sprintf("--%s must be at least %d", f.Name, f.Min), messages.Sprintf("leave it out for the default"))
		}
	}
	return nil
}

// Excluded reports whether a flag is excluded by one that is set.
func Excluded(name string, isSet func(name string) bool) bool {
	for _, p := range exclusive {
		if p.a == name && isSet(p.b) || p.b == name && isSet(p.a) {
			return true
		}
	}
	return false
}
