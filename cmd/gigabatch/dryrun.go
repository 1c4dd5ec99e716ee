package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/jobs"
)

// shownRequests is how many requests a dry run prints.
const shownRequests = 3

// dryRun prints the first requests and counts them all. Nothing is sent, and nothing is written.
func dryRun(ctx context.Context, c *cli.Context, s stdio, r *jobs.Run, in *runInput) error {
	tell := &planSayer{s: s, journal: r.Journal, input: nameOf(in.name), quiet: c.Bool("quiet")}
	r.Opened, r.Planned = tell.opened, tell.planned
	requests, plan, err := r.DryRun(ctx, shownRequests)
	if err != nil {
		return calledStdin(err, r.Input, in.name)
	}
	if c.Bool("json") {
		return printJSON(s.out, struct {
			Plan     *jobs.Plan        `json:"plan"`
			Requests []json.RawMessage `json:"requests"`
		}{plan, requests})
	}
	for _, raw := range requests {
		var b bytes.Buffer
		if err := json.Indent(&b, raw, "", "  "); err != nil {
			return err
		}
		fmt.Fprintln(s.out, b.String())
	}
	if c.Bool("quiet") {
		return nil
	}
	say(s.err, "a dry run: nothing was sent or written; %s shown of %s", count(len(requests), "request"), digits(int64(plan.Jobs)))
	return nil
}
