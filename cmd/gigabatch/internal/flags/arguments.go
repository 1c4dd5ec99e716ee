package flags

import (
	"github.com/urfave/cli/v2"

	"gigabatch/internal/messages"
)

// OneArgument returns the only argument of a command. It fails if the command has none or several; what names the argument in messages.
func OneArgument(c *cli.Context, what messages.Text) (string, error) {
	switch c.Args().Len() {
	case 0:
		return "", Usage(messages.Sprintf("%s: no %s given", c.Command.Name, what),
			messages.Sprintf("usage: gigabatch %s %s", c.Command.Name, c.Command.ArgsUsage))
	case 1:
		return c.Args().First(), nil
	}
	return "", Leftover(c.Args().Get(1), messages.Sprintf("give one %s at a time; put quotes around it if it contains spaces", what))
}

// NoArguments fails if a command has an argument.
func NoArguments(c *cli.Context) error {
	if c.Args().Present() {
		return Leftover(c.Args().First(), messages.Sprintf("gigabatch %s takes no arguments", c.Command.Name))
	}
	return nil
}

// Leftover makes the error for an unexpected argument.
func Leftover(arg string, hint messages.Text) error {
	return Usage(messages.Sprintf("unexpected argument %q", Shown(arg)), messages.Or(KeyHint(arg), SlipHint(arg), hint))
}
