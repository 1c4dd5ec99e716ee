package flags

import (
	"cmp"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/messages"
)

// exclusive are pairs of flags that make no sense together, with a hint where there is more to say than to choose one.
var exclusive = [][3]string{
	{"prompt", "prompt-file"}, {"system", "system-file"}, {"in-place", "output"}, {"key-file", "key-stdin"},
	{"sheet", "all-sheets"}, {"header-row", "no-header"},
	{"no-header", "in-place", "without a header our columns would have no names in the file; leave out --in-place"},
	{"temperature", "top-p"}, {"schema", "choices", "a schema can have an enum"}, {"join-prompt", "join-prompt-file"}, {"preview", "dry-run"},
	{"preview", "fresh", "preview without it; the run then asks everything anew"},
	{"csv-dialect", "in-place", "the input keeps its own dialect; write another file with -o"},
}

// CheckRun refuses combinations and numbers of flags of Run that make no sense.
func CheckRun(c *cli.Context) error {
	for _, p := range exclusive {
		if c.IsSet(p[0]) && c.IsSet(p[1]) {
			return Usage(messages.Sprintf("--%s and --%s exclude each other", p[0], p[1]), cmp.Or(p[2], "choose one"))
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
		if p[0] == name && isSet(p[1]) || p[1] == name && isSet(p[0]) {
			return true
		}
	}
	return false
}
