// Command gigabatch asks GigaChat about every row of a file and writes the answers next to the rows.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/desktop"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/locale"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/cmd/gigabatch/internal/release"
	"gigabatch/internal/messages"
)

// version is recorded in journals and sent to the service.
var version = release.Version()

func main() {
	code, args, err := flags.CutLanguage(os.Args)
	p := messages.Printer{Language: locale.Language(code, os.Getenv), Explain: advice.Explain}
	s := stdio{in: os.Stdin, out: console.Data(os.Stdout), err: console.New(os.Stderr, p)}
	if err != nil {
		os.Exit(report(s, err))
	}
	flags.Speak(p)
	if len(args) == 1 && desktop.Clicked() {
		desktop.Enter()
		os.Exit(opened(s, execute(context.Background(), s, append(args, "serve", "--open"))))
	}
	os.Exit(execute(context.Background(), s, args))
}

// opened returns the exit code of a program that was started by a click. An error stays in the window until the user has read it.
func opened(s stdio, code int) int {
	if desktop.ClosesWindow() && (code == outcome.Failed || code == outcome.Usage) {
		s.err.Say("press Enter to close this window")
		_, _ = s.in.Read(make([]byte, 1))
	}
	return code
}

// stdio holds the standard streams. Data goes to out, messages for people go to err.
type stdio struct {
	in  io.Reader
	out io.Writer
	err *console.Console
}

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, s stdio, args []string) int {
	app := newApp(s)
	args, err := flags.Reorder(app, args)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	if err != nil && !errors.As(err, new(outcome.Exit)) {
		misused(s, args, err)
	}
	return report(s, err)
}

// printJSON writes v as indented JSON.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func versionCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version",
		Description: "Read more: docs/install.md",
		Flags:       flags.Version.CLI(s.err.Printer),
		Action: func(c *cli.Context) error {
			if err := flags.NoArguments(c); err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(s.out, release.Identified())
			}
			_, err := fmt.Fprintln(s.out, release.Identified())
			return err
		},
	}
}
