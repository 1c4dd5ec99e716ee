package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/crew"
)

func workerCommand(s stdio) *cli.Command {
	return crew.Command(connection.Options{In: s.in, Err: s.err, UserAgent: "gigabatch/" + version}, version,
		func(ctx context.Context, do func(context.Context, <-chan struct{}) error) error {
			ctx, signals, stop := catch(ctx, func() {
				s.err.Say("stopping: waiting for answers under way (press Ctrl-C again to stop at once)")
			})
			defer stop()
			return stopped(do(ctx, signals.drain), signals)
		})
}
