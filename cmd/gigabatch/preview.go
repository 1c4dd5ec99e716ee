package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/figures"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/cmd/gigabatch/internal/recap"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/cmd/gigabatch/internal/stdin"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// preview completes n rows spread over the input and prints their prompts and completions. It writes no output.
func preview(
	ctx context.Context, c *cli.Context, s stdio, job *jobs.Job, n int, progress *console.Progress, signals *interrupts,
) (*task.Summary, error) {
	samples, sum, err := job.Preview(ctx, signals.drain, n)
	progress.Stop()
	if sum == nil || ctx.Err() != nil && jobs.Stopped(err) {
		return nil, err
	}
	if err != nil {
		err = &outcome.Late{Err: err}
	}
	if c.Bool("json") {
		if printErr := printJSON(s.out, samples); err == nil {
			err = printErr
		}
		return sum, err
	}
	printSamples(s, samples, console.Width(s.out))
	if !c.Bool("quiet") {
		if sum.Requests > 0 {
			s.err.Say("%s", messages.Join(recap.Work(sum), ", "))
		}
		s.err.Say("preview: no output was written; the run without --preview does not ask these rows again (journal: %s)", job.Journal)
	}
	return sum, err
}

const (
	minColumns  = 60 // width of the terminal from which prompt and completion are printed side by side
	maxLines    = 14 // lines printed of a prompt or a completion
	columnsLine = " │ "
)

// printSamples prints the prompts and completions of samples. columns is the width of the terminal.
func printSamples(s stdio, samples []jobs.Sample, columns int) {
	for _, sample := range samples {
		place := s.err.Sprintf("row %d", sample.Line)
		switch {
		case sample.Path != "":
			place = sample.Path
		case sample.Sheet != "":
			place = sample.Sheet + ", " + place
		}
		for _, cell := range sample.Answers {
			title := place
			if len(sample.Answers) > 1 {
				title += ", " + cell.Column
			}
			fmt.Fprintf(s.out, "── %s %s\n", title, strings.Repeat("─", max(0, min(columns, 100)-uniseg.StringWidth(title)-4)))
			prompt, completion := cell.Prompt, cell.Completion
			for _, f := range cell.Files {
				prompt += "\n[" + f + "]"
			}
			note := s.err.Text(messages.Foreign(cell.Error))
			switch {
			case cell.State != task.Completed.String() && note != "":
				completion = s.err.Text(task.StateOf(cell.State).Text()) + ": " + note
			case cell.State != task.Completed.String():
				completion = s.err.Text(task.StateOf(cell.State).Text())
			case note != "":
				completion += "\n(" + note + ")"
			}
			sideBySide(s, strings.TrimSpace(prompt), completion, columns)
		}
	}
}

// sideBySide prints two texts side by side, or one below the other on a narrow terminal.
func sideBySide(s stdio, left, right string, columns int) {
	if columns < minColumns {
		for _, text := range []string{left, right} {
			for _, l := range wrap(s, text, max(20, columns-2)) {
				fmt.Fprintln(s.out, "  "+l)
			}
			fmt.Fprintln(s.out)
		}
		return
	}
	half := (min(columns, 160) - len([]rune(columnsLine))) / 2
	l, r := wrap(s, left, half), wrap(s, right, half)
	for i := range max(len(l), len(r)) {
		a, b := at(l, i), at(r, i)
		fmt.Fprintln(s.out, strings.TrimRight(a+strings.Repeat(" ", max(0, half-uniseg.StringWidth(a)))+columnsLine+b, " "))
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// wrap breaks a text into lines at most n columns wide. After maxLines lines, the last line counts the others.
func wrap(s stdio, text string, n int) []string {
	var lines []string
	for _, paragraph := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		lines = append(lines, wrapLine(console.OneLine(strings.ReplaceAll(paragraph, "\t", "    ")), n)...)
	}
	if len(lines) > maxLines {
		lines = append(lines[:maxLines:maxLines], s.err.Sprintf("… and %d more {line|lines}", len(lines)-maxLines))
	}
	return lines
}

func wrapLine(line string, n int) []string {
	var lines []string
	for rest, state := line, -1; rest != ""; {
		line, used := "", 0
		for rest != "" {
			word, after, _, next := uniseg.FirstLineSegmentInString(rest, state)
			size := uniseg.StringWidth(word)
			if used > 0 && used+uniseg.StringWidth(strings.TrimRight(word, " ")) > n {
				break
			}
			if size > n {
				word, after, next = cutWord(rest, n)
				size = uniseg.StringWidth(word)
			}
			line, used, rest, state = line+word, used+size, after, next
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	if lines == nil {
		return []string{""}
	}
	return lines
}

// cutWord cuts a word that is wider than n columns.
func cutWord(text string, n int) (word, rest string, state int) {
	for rest = text; rest != ""; {
		cluster, after, size, _ := uniseg.FirstGraphemeClusterInString(rest, -1)
		if word != "" && uniseg.StringWidth(word)+size > n {
			break
		}
		word, rest = word+cluster, after
	}
	return word, rest, -1
}

// shownRequests is how many requests a dry run prints.
const shownRequests = 3

// dryReport is the JSON output of a dry run.
type dryReport struct {
	Rows        int                `json:"rows"`
	Tasks       int                `json:"requests_to_send"`
	Later       int                `json:"cells_that_depend_on_answers"`
	FromJournal int                `json:"from_journal"`
	Duplicates  int                `json:"duplicates"`
	Skipped     int                `json:"skipped"`
	TooLong     int                `json:"too_long"`
	Files       int                `json:"files_to_upload"`
	Models      []string           `json:"models"`
	Estimate    *estimate.Estimate `json:"estimate"`
	Requests    []json.RawMessage  `json:"requests"` // the first shownRequests
}

// dryRun prints the first requests and counts all of them. It sends and writes nothing.
func dryRun(ctx context.Context, c *cli.Context, s stdio, job *jobs.Job, in *settings.Input, prices *cost.Prices) error {
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
			Estimate: plan.Estimate(prices),
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
	if plan.Tasks > 0 {
		s.err.Say("%s", figures.Short(s.err.Language, plan.Estimate(prices)))
	}
	s.err.Say("dry run: nothing was sent or written; %d of %d {request|requests} shown", len(requests), plan.Tasks)
	return nil
}
