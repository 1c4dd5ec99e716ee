package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
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
		OnUsageError:          flags.Misuse,
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
		c.OnUsageError = flags.Misuse
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
	hint := messages.Sprintf("the commands are %v", strings.Join(names, ", "))
	if near := nearest.Name(name, names); near != "" {
		hint = messages.Sprintf("did you mean gigabatch %v?", near)
	} else if _, ok := table.FormatOf(name); ok {
		hint = messages.Sprintf("did you mean gigabatch run %v?", name)
	}
	return flags.Usage(messages.Sprintf("there is no command %q", name), hint)
}

const exitCodes = `Exit codes:
   0    every row has a completion (or was skipped as empty)
   1    the run could not be done, or not to its end (credentials, quota, journal, service down for too long)
   2    wrong usage or bad input; nothing was sent and nothing was changed
   3    done; some rows failed or were blocked; the output is written
   4    kept for limits of yours (budget, time); nothing ends with it yet
   5    another run holds this job
   130  interrupted (143: terminated); the same command goes on
`

// Every help text ends with the exit codes.
var (
	appHelp     = cli.AppHelpTemplate + "\n" + exitCodes
	commandHelp = cli.CommandHelpTemplate + "\n" + exitCodes
)
