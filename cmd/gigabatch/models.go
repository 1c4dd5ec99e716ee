package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
)

func modelsCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:        "models",
		Usage:       "list the models that the key may use",
		Description: "Read more: docs/reference.md",
		Flags:       flags.Models.CLI(s.err.Printer),
		Action:      func(c *cli.Context) error { return models(c, s) },
	}
}

func models(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	conn, err := newConnection(c.Context, c, s, 1)
	if err != nil {
		return err
	}
	defer conn.Close()
	sayNotes(s, conn, false)
	came := sayWaiting(s, false)
	list, err := conn.Models(c.Context)
	came()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(s.out, list.Models)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, m := range list.Models {
		fmt.Fprintf(w, "%s\t%s\n", m.ID, m.Type)
	}
	return w.Flush()
}
