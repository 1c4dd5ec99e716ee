// Package shell makes the program at home in a shell: it completes command lines and writes the manual page. Both are made from the tables of
// flags.
//
// A shell asks the program itself what may come next, so that a completion script never gets old: the script calls
// "gigabatch __complete -- =WORD BEFORE…" with the word at the cursor, which may be empty, and the words before it. The first line of the
// answer is a kind, each other line is a word, with a tab and a text after it if there is one.
package shell

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/messages"
)

// Shells are the shells for which there is a completion script.
var Shells = []string{"bash", "zsh", "fish", "powershell"}

//go:embed scripts
var scripts embed.FS

// Completion is the command that prints a completion script.
func Completion(out io.Writer) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a script that completes commands, flags and their values in a shell",
		ArgsUsage: "SHELL",
		Description: "SHELL is bash, zsh, fish or powershell. To try it:\n" +
			"  bash, zsh   source <(gigabatch completion SHELL)\n" +
			"  fish        gigabatch completion SHELL | source\n" +
			"  PowerShell  gigabatch completion SHELL | Out-String | Invoke-Expression\n\n" +
			"Read more: docs/install.md",
		Action: func(c *cli.Context) error {
			name, err := flags.OneArgument(c, messages.Sprintf("shell"))
			if err != nil {
				return err
			}
			if !slices.Contains(Shells, name) {
				return flags.Usage(messages.Sprintf("completion: unknown shell %q", flags.Shown(name)), messages.Sprintf("use one of: %s", strings.Join(Shells, ", ")))
			}
			text, err := scripts.ReadFile("scripts/gigabatch." + name)
			if err != nil {
				return err
			}
			_, err = out.Write(text)
			return err
		},
	}
}

// Complete is the hidden command that the scripts call.
func Complete(p messages.Printer, out io.Writer) *cli.Command {
	return &cli.Command{
		Name: "__complete", Hidden: true,
		Action: func(c *cli.Context) error {
			word, ok := strings.CutPrefix(c.Args().First(), "=")
			if !ok {
				return flags.Usage(messages.Sprintf("only completion scripts use this command"), messages.Sprintf("see gigabatch completion --help"))
			}
			k, all := completer{c.App, p}.complete(c.Args().Tail(), word)
			fmt.Fprintln(out, k)
			for _, one := range all {
				fmt.Fprintln(out, strings.TrimRight(one.word+"\t"+one.about, "\t"))
			}
			return nil
		},
	}
}
