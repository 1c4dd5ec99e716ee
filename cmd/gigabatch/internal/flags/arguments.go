package flags

import (
	"github.com/urfave/cli/v2"

	"gigabatch/internal/messages"
)

// OneArgument returns the only argument of a command.
func OneArgument(c *cli.Context, what messages.Text) (string, error) {
	switch c.Args().Len() {
	case 0:
		return "", Usage(messages.Sprintf("%s: no %v given", c.Command.Name, what),
			messages.Sprintf("gigabatch %s %s", c.Command.Name, c.Command.ArgsUsage))
	case 1:
		return c.Args().First(), nil
	}
	return "", Leftover(c.Args().Get(1), messages.Sprintf("one %v at a time; one with spaces needs quotes around it", what))
}

// NoArguments refuses any argument.
func NoArguments(c *cli.Context) error {
	if c.Args().Present() {
		return Leftover(c.Args().First(), messages.Sprintf("gigabatch %s takes none", c.Command.Name))
	}
	return nil
}

// Leftover refuses an argument.
func Leftover(arg string, hint messages.Text) error {
	return Usage(messages.Sprintf("%q is one argument too many", arg), hint)
}
