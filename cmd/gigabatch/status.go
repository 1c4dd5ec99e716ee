package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/prelude"
	"gigabatch/cmd/gigabatch/internal/recap"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// maxTroubles is how many rows without an answer status lists for people; --json lists all.
const maxTroubles = 20

func statusCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "show how many rows have an answer, and which rows failed and why",
		ArgsUsage: "INPUT",
		Description: "The numbers come from the journal of the last run. If batches are at the service, their answers are collected first.\n\n" +
			"Read more: docs/troubleshooting.md",
		Flags: flags.Status.CLI(s.err.Printer),
		Action: func(c *cli.Context) error {
			input, path, err := keptInput(c)
			if err != nil {
				return err
			}
			st, err := jobs.ReadStatus(input, path)
			if err != nil {
				return err
			}
			if len(st.Batches) > 0 && !st.Running && !c.Bool("offline") {
				collect(c, s, input, st.Journal)
				if st, err = jobs.ReadStatus(input, path); err != nil {
					return err
				}
			}
			if err := journal.CheckBeside(st.Journal); err != nil {
				s.err.Say("warning: %s", messages.Sprintf("%v", err))
			}
			if c.Bool("json") {
				return printJSON(s.out, st)
			}
			printStatus(s, st)
			return nil
		},
	}
}

// collectTime limits the time to reach the service only to collect.
const collectTime = 15 * time.Second

// collect gets what batches have brought. A failure is only said: the status shows what is known without it.
func collect(c *cli.Context, s stdio, input, path string) {
	ctx, signals, stop := catch(c.Context, func() {})
	defer stop()
	conn, err := newConnection(ctx, c, s, pool.DefaultConcurrency)
	if err == nil {
		defer conn.Close()
		job := &jobs.Job{Input: input, Journal: path, Timeout: conn.Timeout, Wishes: jobs.Wishes{Repost: c.Bool("repost")}}
		job.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
			ctx, cancel := context.WithTimeout(ctx, collectTime)
			defer cancel()
			return conn.Service(ctx, models)
		}
		job.Said = func(text messages.Text) { s.err.Say("note: %s", text) }
		var did task.Batched
		did, err = job.Collect(ctx, signals.drain)
		if did.Collected > 0 {
			s.err.Say("batches: %d collected with %d {answer|answers}", did.Collected, did.Answers)
		}
		recap.WarnOfBatches(s.err, &did)
	}
	if err != nil {
		s.err.Say("warning: the answers of batches could not be collected: %v", err)
		if h := advice.Hint(err); !h.IsZero() {
			s.err.Say("hint: %s", h)
		}
	}
}

// line is a line of a table with two columns.
type line struct{ name, value messages.Text }

func printStatus(s stdio, st *jobs.Status) {
	number := func(n int) messages.Text { return messages.Verbatim(s.err.Language.Digits(int64(n))) }
	lines := []line{{messages.Sprintf("rows"), number(st.Rows)}, {messages.Sprintf("completed"), number(st.Completed)}}
	if shard, err := spec.ParseShard(st.Shard); err == nil && shard.Of > 0 {
		lines = slices.Insert(lines, 0, line{messages.Sprintf("shard"), messages.Verbatim(st.Shard)})
	}
	for _, cause := range slices.Sorted(maps.Keys(st.Failed)) {
		lines = append(lines, line{messages.Sprintf("failed"), messages.Sprintf("%s (%s)", number(st.Failed[cause]), cause.Text())})
	}
	lines = append(lines, line{messages.Sprintf("blocked"), number(st.Blocked)}, line{messages.Sprintf("skipped"), number(st.Skipped)},
		line{messages.Sprintf("pending"), number(st.Pending)}, line{messages.Sprintf("last run"), lastRun(st)})
	printLines(s, append(lines, sharers(st.Sharers)...))
	say := func(t messages.Text) { fmt.Fprintln(s.out, console.OneLine(s.err.Text(t))) }
	if st.LastEnd.Error != "" {
		say(messages.Sprintf("the last run ended early: %s", messages.Foreign(st.LastEnd.Error)))
	}
	if n := len(st.Batches); n > 0 {
		say(messages.Sprintf("%d {row is|rows are} in %d {batch|batches} at the service, the first posted %v; gigabatch run writes the answers",
			st.InBatches, n, st.Batches[0].Posted.Local().Format(time.DateTime)))
	}
	if st.Late > 0 {
		say(messages.Sprintf("%d {row was|rows were} answered after %s was written; gigabatch run writes {1:the answer|the answers}", st.Late, st.Output))
	}
	if st.Quota != (task.Belief{}) {
		say(st.Quota.Text())
	}
	if t := st.Table; t != nil {
		say(messages.Sprintf("the last run selected %d of %d {row|rows}; of all of them: %s",
			st.Rows, t.Rows, messages.Join(recap.Tally(t), ", ")))
	}
	if st.Reread {
		say(messages.Sprintf("cells are read differently than by the program that wrote the journal; pending rows whose prompt is another one " +
			"now are asked again"))
	}
	if st.PaidTwice > 0 {
		say(messages.Sprintf("up to %d {completion|completions} may have been paid twice", st.PaidTwice))
	}
	if st.Edited > 0 {
		say(messages.Sprintf("%d {answer was|answers were} edited by hand", st.Edited))
	}
	if st.Edits > 0 && !st.Running {
		say(messages.Sprintf("%d {edit is|edits are} not in %s yet; gigabatch output writes {1:it|them}", st.Edits, st.Unwritten.Output))
	}
	for _, line := range prelude.Damage(st.Damaged) {
		say(line)
	}
	for _, v := range st.Values {
		var parts []string
		for _, n := range v.Counts {
			parts = append(parts, fmt.Sprintf("%s %d", n.Value, n.Rows))
		}
		if parts != nil {
			say(messages.Sprintf("%s: %s", v.Column, strings.Join(parts, ", ")))
		}
	}
	if n := len(st.NotUTF8); n > 0 {
		say(messages.Sprintf("%s: %s", recap.NotUTF8(n), recap.Places(st.NotUTF8[:min(n, maxTroubles)], n)))
	}
	for i, t := range st.Troubles {
		if i == maxTroubles {
			say(messages.Sprintf("and %d more; --json lists all", len(st.Troubles)-maxTroubles))
			break
		}
		say(messages.Sprintf("%s: %s: %s", placeOf(t), t.State.Text(), messages.Foreign(t.Error)))
	}
}

// printLines prints lines with their values aligned.
func printLines(s stdio, lines []line) {
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(s.err.Text(l.name)))
	}
	for _, l := range lines {
		name := s.err.Text(l.name)
		fmt.Fprintf(s.out, "%s%s  %s\n", name, strings.Repeat(" ", width-utf8.RuneCountInString(name)), console.OneLine(s.err.Text(l.value)))
	}
}

// lastRun describes when the last run began and how it ended.
func lastRun(st *jobs.Status) messages.Text {
	if st.Sandbox {
		return messages.Sprintf("started %s, %s (sandbox)", st.Started.Local(), st.State.Text())
	}
	return messages.Sprintf("started %s, %s", st.Started.Local(), st.State.Text())
}

// placeOf names a row and its completion column.
func placeOf(t jobs.RowStatus) messages.Text {
	place := recap.Place(t.Place)
	if t.Column != "" {
		return messages.Sprintf("%s, %s", place, t.Column)
	}
	return place
}
