package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/shell"
	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

func newApp(s stdio) *cli.App {
	help := func(english string) string { return s.err.Text(messages.Help(english)) }
	app := &cli.App{
		Name:                  "gigabatch",
		Usage:                 help("ask GigaChat about every row of a file and write the answers next to the rows"),
		Description:           help("Try it without an account:  gigabatch run --sandbox questions.xlsx\n\nRead more: README.md"),
		CustomAppHelpTemplate: template(help, cli.AppHelpTemplate, "run"),
		HideVersion:           true, // flags.Reorder makes --version a command
		Writer:                s.out,
		ErrWriter:             s.err,
		ExitErrHandler:        func(*cli.Context, error) {},
		OnUsageError:          flags.Misuse,
		Action:                unknownCommand,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: flags.Language.Name, Usage: help(flags.Language.Usage)},
			&cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: help("print the version")},
		},
		Commands: []*cli.Command{
			runCommand(s), embedCommand(s), estimateCommand(s), outputCommand(s), mergeCommand(s), statusCommand(s), ctlCommand(s), reportCommand(s), diffCommand(s), askCommand(s), loginCommand(s), logoutCommand(s), tokenCommand(s),
			modelsCommand(s), pricesCommand(s), balanceCommand(s), doctorCommand(s), serveCommand(s), sandboxCommand(s), workerCommand(s), initCommand(s), versionCommand(s), shell.Completion(s.out),
			shell.Manual(s.err.Printer, s.out, codesIn(help)), shell.Complete(s.err.Printer, s.out),
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = flags.Misuse
		c.HideHelpCommand = true
		c.CustomHelpTemplate = template(help, cli.CommandHelpTemplate, c.Name)
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
	for _, cmd := range c.App.VisibleCommands() {
		names = append(names, cmd.Name)
	}
	hint := messages.Sprintf("the commands are %s", strings.Join(names, ", "))
	if near := nearest.Name(name, names); near != "" {
		hint = messages.Sprintf("did you mean gigabatch %s?", near)
	} else if _, ok := table.FormatOf(name); ok {
		hint = messages.Sprintf("did you mean gigabatch run %s?", messages.Argument(name))
	}
	return flags.Usage(messages.Sprintf("unknown command %q", flags.Shown(name)), messages.Or(flags.KeyHint(name), hint))
}

const exitCodes = "Exit codes:"

// The lines of the exit codes in the help. Those that several commands have are named.
const (
	helpDone    = "0    done"
	helpFailed  = "1    it failed (credentials, service, journal, disk)"
	helpUsage   = "2    wrong usage or bad input; nothing was sent or changed"
	helpLocked  = "5    another run is using this job"
	helpStopped = "130  interrupted (143: terminated, 129: terminal closed)"
)

// runCodes are the exit codes of commands that ask rows.
var runCodes = []string{
	"0    every row has a completion, or was skipped because it is empty; also without rows, after --detach, and if --if-locked or --no-key left the run out",
	"1    the run failed or could not finish (credentials, quota, journal, service down for too long)",
	helpUsage,
	"3    finished, but some rows failed or were blocked, or a condition of --fail-if holds; the output is written",
	"4    stopped at a limit that you set (budget, time); the output is written, and the same command goes on",
	helpLocked,
	"130  interrupted (143: terminated, 129: terminal closed); the same command continues",
}

// commandCodes are the exit codes of each command. Those of run are also in the help of the program.
var commandCodes = map[string][]string{
	"run":      runCodes,
	"embed":    runCodes,
	"estimate": {"0    the cost is estimated", helpFailed, helpUsage, helpStopped},
	"output":   {"0    the output is written, even if rows are pending or failed", helpFailed, helpUsage, helpLocked, helpStopped},
	"merge": {"0    the output is written, and every row has a completion, or was skipped because it is empty", helpFailed,
		"2    wrong usage or bad input, or shards are missing, unfinished or of another job; nothing was changed",
		"3    the output is written, but some rows failed, were blocked or are pending", "5    a shard, or another run of the input, is still running", helpStopped},
	"status":     {"0    the state is shown, whatever it is", helpFailed, helpUsage},
	"ctl":        {"0    the run has done it", "1    no run of the input answers, or it failed", helpUsage},
	"ask":        {"0    the model has answered", helpFailed, helpUsage, "3    the answer is empty, broken or blocked", helpStopped},
	"login":      {helpDone, "1    it failed (no keyring, a wrong key, service); nothing was kept", helpUsage, helpStopped},
	"logout":     {helpDone, helpFailed, helpUsage, helpStopped},
	"token":      {helpDone, helpFailed, helpUsage},
	"models":     {helpDone, helpFailed, helpUsage},
	"prices":     {helpDone, helpUsage},
	"balance":    {"0    the packages are listed, or the account pays as it goes", helpFailed, helpUsage},
	"doctor":     {"0    every check has passed", "1    a check has failed", helpUsage, helpStopped},
	"serve":      {helpFailed, helpUsage, helpStopped},
	"sandbox":    {"0    stopped by Ctrl-C or another signal", helpFailed, helpUsage},
	"worker":     {"0    stopped by Ctrl-C or another signal; what it had is finished", helpFailed, helpUsage, helpStopped},
	"init":       {helpDone, helpFailed, helpUsage},
	"version":    {helpDone, helpUsage},
	"completion": {helpDone, helpUsage},
	"man":        {helpDone, helpUsage},
	"report":     {helpDone, helpFailed, helpUsage, helpStopped},
	"diff":       {"0    the runs are compared, whether they differ or not", helpFailed, helpUsage, helpStopped},
}

// helpWords are the words in the help templates of the cli package.
var helpWords = []string{
	"NAME:", "USAGE:", "VERSION:", "DESCRIPTION:", "CATEGORY:", "GLOBAL OPTIONS:", "OPTIONS:", "COMMANDS:", "[global options]", "command [command options]",
	"[command options]", "[arguments...]",
}

const helpOfHelp = "show this list, or the help of a command"

// template returns a help template of the cli package in the language of help, with the exit codes of a command at its end.
func template(help func(string) string, text, command string) string {
	text = strings.NewReplacer(
		`{{template "usageTemplate" .}}`, `{{.HelpName}} [command options]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}`,
		`{{template "visibleCommandCategoryTemplate" .}}`,
		`{{range .VisibleCommands}}`+"\n   "+`{{join .Names ", "}}{{"\t"}}{{if eq .Name "help"}}`+help(helpOfHelp)+`{{else}}{{.Usage}}{{end}}{{end}}`,
	).Replace(text)
	var pairs []string
	for _, word := range helpWords {
		pairs = append(pairs, word, help(word))
	}
	text = strings.NewReplacer(pairs...).Replace(text) + "\n" + help(exitCodes) + "\n"
	for _, line := range codesIn(help)(command) {
		text += "   " + line + "\n"
	}
	return text
}

// codesIn returns the exit codes of commands in the language of help.
func codesIn(help func(string) string) func(command string) []string {
	return func(command string) (all []string) {
		for _, line := range commandCodes[command] {
			all = append(all, help(line))
		}
		return all
	}
}
