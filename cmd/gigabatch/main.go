// Command gigabatch asks GigaChat about every row of a file and writes the answers next to the rows.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/locale"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/messages"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = "dev"

func main() {
	code, args, err := flags.CutLanguage(os.Args)
	p := messages.Printer{Language: locale.Language(code, os.Getenv), Explain: advice.Explain}
	s := stdio{in: os.Stdin, out: console.Data(os.Stdout), err: console.New(os.Stderr, p)}
	if err != nil {
		os.Exit(report(s, err))
	}
	flags.Speak(p)
	os.Exit(execute(context.Background(), s, args))
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
		Description: "Read more: docs/reference.md",
		Action: func(c *cli.Context) error {
			if err := flags.NoArguments(c); err != nil {
				return err
			}
			_, err := fmt.Fprintf(s.out, "gigabatch %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			return err
		},
	}
}
