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
	help := func(english string) string { return s.err.Text(messages.Help(english)) }
	app := &cli.App{
		Name:                  "gigabatch",
		Usage:                 help("ask GigaChat about every row of a file and write the answers beside the rows"),
		Description:           help("Try it without an account:  gigabatch run --sandbox questions.xlsx"),
		CustomAppHelpTemplate: template(help, cli.AppHelpTemplate),
		HideVersion:           true,
		Writer:                s.out,
		ErrWriter:             s.err,
		ExitErrHandler:        func(*cli.Context, error) {},
		OnUsageError:          flags.Misuse,
		Action:                unknownCommand,
		Flags:                 []cli.Flag{&cli.StringFlag{Name: flags.Language.Name, Usage: help(flags.Language.Usage)}},
		Commands: []*cli.Command{
			runCommand(s), outputCommand(s), statusCommand(s), askCommand(s), tokenCommand(s), modelsCommand(s),
			doctorCommand(s), serveCommand(s), sandboxCommand(s), initCommand(s), versionCommand(s),
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = flags.Misuse
		c.HideHelpCommand = true
		c.CustomHelpTemplate = template(help, cli.CommandHelpTemplate)
		c.Usage, c.Description, c.ArgsUsage = help(c.Usage), help(c.Description), help(c.ArgsUsage)
	}
	return app
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
	hint := messages.Sprintf("the commands are %s", strings.Join(names, ", "))
	if near := nearest.Name(name, names); near != "" {
		hint = messages.Sprintf("did you mean gigabatch %s?", near)
	} else if _, ok := table.FormatOf(name); ok {
		hint = messages.Sprintf("did you mean gigabatch run %s?", name)
	}
	return flags.Usage(messages.Sprintf("unknown command %q", name), hint)
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

// helpWords are the words of the templates of the cli package that people read.
var helpWords = []string{
	"NAME:", "USAGE:", "VERSION:", "DESCRIPTION:", "CATEGORY:", "GLOBAL OPTIONS:", "OPTIONS:", "COMMANDS:", "[global options]", "command [command options]",
	"[command options]", "[arguments...]",
}

// template is a template of help in the language of help, with the exit codes at its end.
func template(help func(string) string, text string) string {
	var pairs []string
	for _, word := range helpWords {
		pairs = append(pairs, word, help(word))
	}
	return strings.NewReplacer(pairs...).Replace(text) + "\n" + help(exitCodes)
}
