package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/doctor"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/outcome"
)

func doctorCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "check the key, the connection and the account step by step",
		Description: "The steps: key format, TLS chain, OAuth, scope, clock, model, free stream. A failed step prints what to do; steps that\n" +
			"depend on it are skipped. The last step asks for a completion of a few tokens.\n\n" +
			"Read more: docs/troubleshooting.md",
		Flags:  flags.Doctor.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return examine(c, s) },
	}
}

// examine runs the steps of doctor.
func examine(c *cli.Context, s stdio) error {
	if err := flags.NoArguments(c); err != nil {
		return err
	}
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	x := &doctor.Examination{
		Connect: func(ctx context.Context) (*connection.Conn, error) { return newConnection(ctx, c, s, 1) },
		Model:   c.String("model"), Out: s.out, Err: s.err,
	}
	well := x.Run(ctx)
	switch {
	case signals.signal() != nil:
		return outcome.Exit(outcome.OfSignal(signals.signal()))
	case !well:
		return outcome.Exit(outcome.Failed)
	}
	return nil
}
