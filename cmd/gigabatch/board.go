package main

import (
	"context"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/web"
	"gigabatch/internal/web/board"
)

// openBoard gives the page the runs of its folder.
func openBoard(s stdio, page *web.Server, n *connection.Conn) (*board.Board, error) {
	b, err := board.Open(board.Options{
		Dir: page.Dir, Sandbox: page.Sandbox, Version: version, Model: page.DefaultModel, Streams: page.Streams, Hint: hint,
		Connect: func(ctx context.Context, models []string) (*jobs.Service, error) {
			return n.Service(ctx, models, pool.DefaultMaxOutage)
		},
	})
	if err != nil {
		return nil, err
	}
	page.Board = b
	page.Drains = append(page.Drains, func(ctx context.Context) { _ = b.Drain(ctx) })
	return b, nil
}
