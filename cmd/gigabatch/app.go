package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
)

func newApp(s stdio) *cli.App {
	return &cli.App{
		Name:                  "gigabatch",
		Usage:                 "a file of questions goes in, the same file comes out with GigaChat's answers beside them",
		Description:           "Try it without an account:  gigabatch run --sandbox questions.xlsx",
		CustomAppHelpTemplate: appHelp,
		HideVersion:           true,
		Writer:                s.out,
		ErrWriter:             s.err,
		ExitErrHandler:        func(*cli.Context, error) {},
		OnUsageError:          usageError,
		Action:                unknownCommand,
		Commands: complete(
			runCommand(s), outputCommand(s), statusCommand(s), askCommand(s), tokenCommand(s), modelsCommand(s),
			doctorCommand(s), serveCommand(s), sandboxCommand(s), initCommand(s), versionCommand(s),
		),
	}
}

// complete gives every command what all of them share.
func complete(commands ...*cli.Command) []*cli.Command {
	for _, c := range commands {
		c.OnUsageError = usageError
		c.HideHelpCommand = true
		c.CustomHelpTemplate = commandHelp
	}
	return commands
}

func unknownCommand(c *cli.Context) error {
	name := c.Args().First()
	if name == "" {
		return cli.ShowAppHelp(c)
	}
	var names []string
	for _, cmd := range c.App.Commands {
		names = append(names, cmd.Name)
	}
	hint := "the commands are " + strings.Join(names, ", ")
	if near := nearest.Name(name, names); near != "" {
		hint = "did you mean gigabatch " + near + "?"
	} else if _, ok := table.FormatOf(name); ok {
		hint = "did you mean gigabatch run " + name + "?"
	}
	return usage(fmt.Sprintf("there is no command %q", name), hint)
}

// oneArgument returns the only argument of a command.
func oneArgument(c *cli.Context, what string) (string, error) {
	switch c.Args().Len() {
	case 0:
		return "", usage(fmt.Sprintf("%s: no %s given", c.Command.Name, what), fmt.Sprintf("gigabatch %s %s", c.Command.Name, c.Command.ArgsUsage))
	case 1:
		return c.Args().First(), nil
	}
	return "", leftover(c.Args().Get(1), fmt.Sprintf("one %s at a time; one with spaces needs quotes around it", what))
}

// noArguments refuses any argument.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return leftover(c.Args().First(), fmt.Sprintf("gigabatch %s takes none", c.Command.Name))
	}
	return nil
}

func leftover(arg, hint string) error {
	return usage(fmt.Sprintf("%q is one argument too many", arg), hint)
}
