package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/io/table"
)

const exitCodes = `Exit codes:
   0    every row has a completion (or was skipped as empty)
   1    the run could not be done (credentials, quota, journal, service down for too long)
   2    wrong usage or bad input; nothing was sent and nothing was changed
   3    done; some rows failed or were blocked; the output is written
   4    stopped at a limit of yours (budget, time); the same command goes on
   5    another run holds this job
   130  interrupted (143: terminated); the same command goes on`

func newApp(s stdio) *cli.App {
	return &cli.App{
		Name:            "gigabatch",
		Usage:           "a file of questions goes in, the same file comes out with GigaChat's answers beside them",
		Description:     "Try it without an account:  gigabatch run --sandbox questions.xlsx\n\n" + exitCodes,
		HideHelpCommand: true,
		HideVersion:     true,
		Writer:          s.out,
		ErrWriter:       s.err,
		ExitErrHandler:  func(*cli.Context, error) {},
		OnUsageError:    usageError,
		Action:          unknownCommand,
		Commands: complete(
			runCommand(s), outputCommand(s), statusCommand(s), askCommand(s), tokenCommand(s), modelsCommand(s),
			doctorCommand(s), sandboxCommand(s), versionCommand(s),
		),
	}
}

// complete gives every command what all of them share.
func complete(commands ...*cli.Command) []*cli.Command {
	for _, c := range commands {
		c.OnUsageError = usageError
		c.HideHelpCommand = true
		c.Description = strings.TrimSpace(c.Description + "\n\n" + exitCodes)
	}
	return commands
}

// usageError says what is wrong with the flags, with the nearest flag as the hint.
func usageError(c *cli.Context, err error, _ bool) error {
	msg := err.Error()
	name, found := strings.CutPrefix(msg, "flag provided but not defined: ")
	if !found {
		return usage(msg, "see gigabatch --help")
	}
	name = strings.TrimLeft(name, "-")
	hint := fmt.Sprintf("see gigabatch %s --help", c.Command.Name)
	if near := table.Nearest(name, flagNames(c.Command.Flags)); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return usage("there is no flag --"+name, hint)
}

func flagNames(flags []cli.Flag) []string {
	var names []string
	for _, f := range flags {
		names = append(names, f.Names()...)
	}
	return slices.DeleteFunc(names, func(n string) bool { return len(n) < 2 })
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
	if near := table.Nearest(name, names); near != "" {
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
	return "", leftover(c.Args().Get(1))
}

// noArguments refuses any argument.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return leftover(c.Args().First())
	}
	return nil
}

func leftover(arg string) error {
	return usage(fmt.Sprintf("%q is one argument too many", arg), "a text with spaces needs quotes around it")
}
