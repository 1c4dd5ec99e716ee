package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/jobs"
)

// shownRequests is how many requests a dry run prints.
const shownRequests = 3

// dryReport is the JSON output of a dry run.
type dryReport struct {
	Rows        int               `json:"rows"`
	Tasks       int               `json:"requests_to_send"`
	Later       int               `json:"cells_that_depend_on_answers"`
	FromJournal int               `json:"from_journal"`
	Duplicates  int               `json:"duplicates"`
	Skipped     int               `json:"skipped"`
	TooLong     int               `json:"too_long"`
	Files       int               `json:"files_to_upload"`
	Models      []string          `json:"models"`
	Requests    []json.RawMessage `json:"requests"` // the first shownRequests
}

// dryRun prints the first requests and counts all of them. It sends and writes nothing.
func dryRun(ctx context.Context, c *cli.Context, s stdio, job *jobs.Job, in *settings.Input) error {
	sayer := &planSayer{s: s, journal: job.Journal, input: stdin.NameOf(in.Name), quiet: c.Bool("quiet")}
	job.Opened, job.Planned = sayer.opened, sayer.planned
	requests, plan, err := job.DryRun(ctx, shownRequests)
	if err != nil {
		return stdin.Called(err, job.Input, in.Name)
	}
	if c.Bool("json") {
		return printJSON(s.out, dryReport{
			Rows: plan.Rows, Tasks: plan.Tasks, Later: plan.Later, FromJournal: plan.FromJournal, Duplicates: plan.Duplicates, Skipped: plan.Skipped,
			TooLong: plan.TooLong, Files: plan.Files, Models: plan.Models, Requests: requests,
		})
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
	if !c.Bool("sandbox") {
		targets, err := connection.FindTargets(c)
		if err != nil {
			return err
		}
		s.err.Say("requests would go to %v", targets)
	}
	s.err.Say("dry run: nothing was sent or written; %d of %d {request|requests} shown", len(requests), plan.Tasks)
	return nil
}
