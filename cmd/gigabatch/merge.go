package main

import (
	"cmp"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/internal/jobs/merge"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

func mergeCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "merge",
		Usage:     "make one journal of those of all shards, and write the output; nothing is sent",
		ArgsUsage: "INPUT [JOURNAL …]",
		Description: "The journals are those beside the input, INPUT.1-of-8.gigabatch and so on, unless they are named. They are kept as they are.\n" +
			"All answers are in INPUT.gigabatch then, as if one run had asked them: gigabatch run INPUT goes on with it.\n\n" +
			"Read more: docs/several-machines.md",
		Flags:  flags.Merge.CLI(s.err.Printer),
		Action: concluded(s, mergeShards),
	}
}

// mergeShards merges the journals of the shards of an input and writes the output.
func mergeShards(c *cli.Context, s stdio, e *ending) error {
	if c.NArg() == 0 {
		return flags.Usage(messages.Sprintf("%s: no input given", c.Command.Name),
			messages.Sprintf("give the name of a file: gigabatch %s INPUT", c.Command.Name))
	}
	input, journal, err := settings.Kept(c, c.Args().First())
	if err != nil {
		return err
	}
	if input == "-" {
		return flags.Usage(messages.Sprintf("standard input was not kept"), messages.Sprintf("name the file that the shards have read"))
	}
	journal = cmp.Or(journal, spec.JournalPath(input))
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	job := merge.Job{Input: input, Journal: journal, Journals: c.Args().Tail(), Partial: c.Bool("partial"), Version: version}
	did, err := job.Do(ctx)
	if err != nil {
		return stopped(err, signals)
	}
	sayMerged(s, did, c.Bool("quiet"))
	if err := write(c, s, e, input, journal); err != nil {
		if did.Added {
			return &outcome.Late{Err: err} // the journal was changed
		}
		return err
	}
	if err := e.rowsError(s, e.final.Summary, signals); err != nil {
		return err
	}
	if e.final.Summary.Pending > 0 {
		return outcome.Exit(outcome.SomeRows)
	}
	return nil
}

// sayMerged says what became of the journals of the shards.
func sayMerged(s stdio, did *merge.Result, quiet bool) {
	if lacks := did.Lacks(); !lacks.IsZero() {
		s.err.Say("warning: %s", lacks)
	}
	switch {
	case quiet:
	case did.Added:
		s.err.Say("merged: %d of %d {shard|shards}", did.Shards-len(did.Missing), did.Shards)
	default:
		s.err.Say("the shards were merged already")
	}
	if did.Doubled > 0 && !quiet {
		s.err.Say("note: %d {answer was|answers were} paid for by more than one shard: requests made of answers happened to be the same", did.Doubled)
	}
}
