package flags

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/messages"
)

// Reorder moves the flags of a command before its arguments, because the cli package stops reading flags at the first argument and
// silently ignores the rest. The flag table of the command says which flags take a value; "--" ends the flags.
func Reorder(app *cli.App, args []string) ([]string, error) {
	if len(args) < 2 {
		return args, nil
	}
	if slices.Contains([]string{"--version", "-version", "-v", "-V"}, args[1]) {
		args = slices.Concat(args[:1], []string{"version"}, args[2:])
	}
	cmd := app.Command(args[1])
	if cmd == nil {
		return args, nil
	}
	flags, rest, err := split(cmd.Flags, args[2:])
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(flags, "-h") || slices.Contains(flags, "--help"):
		return append(args[:2:2], "--help"), nil
	}
	return slices.Concat(args[:2], flags, []string{"--"}, rest), nil
}

// split separates the flags of a command, with their values, from its arguments.
func split(table []cli.Flag, args []string) (flags, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return flags, append(rest, args[i+1:]...), nil
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			rest = append(rest, arg)
		case i+1 < len(args) && isOptional(table, arg) && isNumber(args[i+1]):
			flags = append(flags, arg+"="+args[i+1])
			i++
		case strings.Contains(arg, "=") || !takesValue(table, arg):
			flags = append(flags, arg)
		case i+1 == len(args):
			return nil, nil, Usage(messages.Sprintf("%s needs a value", arg), messages.Sprintf("put the value after the flag: %s VALUE", arg))
		default:
			flags = append(flags, arg, args[i+1])
			i++
		}
	}
	return flags, rest, nil
}

// takesValue reports whether a value follows a flag of the table. An unknown flag takes none; the cli package refuses it.
func takesValue(table []cli.Flag, arg string) bool {
	f := flagNamed(table, strings.TrimLeft(arg, "-"))
	_, isBool := f.(*cli.BoolFlag)
	return f != nil && !isBool && !isOptional(table, arg)
}

// isOptional reports whether the value of a flag of the table is optional.
func isOptional(table []cli.Flag, arg string) bool {
	f, ok := flagNamed(table, strings.TrimLeft(arg, "-")).(*cli.GenericFlag)
	if !ok {
		return false
	}
	_, ok = f.Value.(*optional)
	return ok
}

func isNumber(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}
