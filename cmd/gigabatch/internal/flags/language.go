package flags

import (
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/messages"
)

// Language is the global flag --lang, which is accepted anywhere on the command line.
var Language = &cli.StringFlag{Name: "lang",
	Usage: "`LANGUAGE` of messages and help: en or ru (default: GIGABATCH_LANG, else the system language)"}

// CutLanguage removes --lang from a command line and returns its value. The language must be known before any help or error is printed.
func CutLanguage(args []string) (code string, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		name, value, hasValue := strings.Cut(args[i], "=")
		switch {
		case args[i] == "--":
			return code, append(rest, args[i:]...), err
		case name != "--lang" && name != "-lang":
			rest = append(rest, args[i])
			continue
		case !hasValue && i+1 < len(args):
			i++
			value = args[i]
		}
		code = value
		if _, ok := messages.ParseLanguage(value); ok {
			continue
		}
		err = Usage(messages.Sprintf("--lang %s: unknown language", value), messages.Sprintf("use en or ru"))
		if value == "" {
			err = Usage(messages.Sprintf("%s needs a value", "--lang"), messages.Sprintf("use en or ru"))
		}
	}
	return code, rest, err
}

// Speak sets the language of the parts of the help that the cli package writes. Call it once, before any help is printed.
func Speak(p messages.Printer) {
	text, marks := cli.FlagStringer, strings.NewReplacer(" (default: ", p.Sprintf(" (default: "))
	cli.FlagStringer = func(f cli.Flag) string { return marks.Replace(text(f)) }
	if help, ok := cli.HelpFlag.(*cli.BoolFlag); ok {
		help.Usage = p.Sprintf("show this help")
	}
}
