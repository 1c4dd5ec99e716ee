package flags

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Usage makes an error about the command line, a [*spec.UsageError].
func Usage(msg, hint messages.Text) error { return &spec.UsageError{Msg: msg, Hint: hint} }

// Misuse turns an error of the flag package into a usage error. For an unknown flag, the hint names the closest one.
func Misuse(c *cli.Context, err error, _ bool) error {
	msg := err.Error()
	if name, ok := strings.CutPrefix(msg, "flag provided but not defined: "); ok {
		return unknownFlag(c, strings.TrimLeft(name, "-"))
	}
	if m := badValue.FindStringSubmatch(msg); m != nil {
		return Usage(wrongValue(c, m[1], m[2], m[3]), messages.Sprintf("see %s", helpOf(c)))
	}
	return Usage(messages.Sprintf("%v", err), messages.Sprintf("see %s", helpOf(c)))
}

// badValue matches the flag package's message about a value.
var badValue = regexp.MustCompile(`(?s)^invalid (?:boolean )?value (".*") for (?:flag )?-(\S+): (.*)$`)

// wrongValue says what is wrong with a value. The value is quoted, as the flag package quotes it.
func wrongValue(c *cli.Context, quoted, name, cause string) messages.Text {
	flag := flagNamed(c.Command.Flags, name)
	name = Dashed(name)
	value, err := strconv.Unquote(quoted)
	if err != nil {
		value = quoted
	}
	switch flag := flag.(type) {
	case *cli.IntFlag, *cli.Uint64Flag:
		return messages.Sprintf("%s: %q is not a whole number", name, value)
	case *cli.Float64Flag:
		return messages.Sprintf("%s: %q is not a number", name, value)
	case *cli.BoolFlag:
		return messages.Sprintf("%s: %q is neither true nor false", name, value)
	case *cli.GenericFlag: // the flag package has only the English text of its error
		if err := flag.Value.Set(value); err != nil {
			return messages.Sprintf("%s: %v", name, err)
		}
	}
	return messages.Sprintf("%s: %v", name, messages.Foreign(cause))
}

// Has reports whether the command has a flag.
func Has(c *cli.Context, name string) bool { return flagNamed(c.Command.Flags, name) != nil }

func flagNamed(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func unknownFlag(c *cli.Context, name string) error {
	hint := messages.Sprintf("see %s", helpOf(c))
	var names []string
	for _, f := range c.Command.Flags {
		names = append(names, f.Names()...)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return len(n) < 2 })
	if near := nearest.Name(name, names); near != "" {
		hint = messages.Sprintf("did you mean --%s?", near)
	} else if cmd := commandWith(c, name); cmd != "" {
		hint = messages.Sprintf("put flags after the command: gigabatch %s %s", cmd, Dashed(name))
	}
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		hint = messages.Sprintf("the flag has a Cyrillic letter; switch the keyboard to Latin letters")
	}
	return Usage(messages.Sprintf("unknown flag %s", Dashed(name)), hint)
}

// commandWith returns the first command that has a flag, if the flag was given before any command; otherwise "".
func commandWith(c *cli.Context, name string) string {
	if c.Command.Name != c.App.Name {
		return ""
	}
	for _, cmd := range c.App.Commands {
		if flagNamed(cmd.Flags, name) != nil {
			return cmd.Name
		}
	}
	return ""
}

func helpOf(c *cli.Context) string {
	if c.Command.Name == c.App.Name {
		return "gigabatch --help"
	}
	return fmt.Sprintf("gigabatch %s --help", c.Command.Name)
}

// Dashed returns the name of a flag with its dashes.
func Dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
