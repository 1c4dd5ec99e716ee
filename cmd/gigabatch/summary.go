package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/task"
)

// saySummary tells what a run came to.
func saySummary(s stdio, job *jobs.Job, sum *task.Summary) {
	if sum.Output == "" && sum.OutDir == "" {
		s.err.Say("no output was written; every answer that came is kept, and the same command goes on (journal: %s)", job.Journal)
	} else {
		s.err.Say("%s", strings.Join(rowParts(sum), ", "))
	}
	sayColumns(s, sum)
	if sum.Requests > 0 {
		s.err.Say("%s", strings.Join(workParts(sum), ", "))
	}
	if sum.FilesLeft > 0 {
		s.err.Say("warning: %s could not be deleted at the service; the next run tries it again", console.Count(sum.FilesLeft, "file"))
	}
	if sum.FilesTaken > 0 {
		s.err.Say("warning: %s changed by somebody else during the run and left as they are in %s",
			console.Plural(sum.FilesTaken, "file was", "files were"), sum.OutDir)
	}
	if sum.Blocked > 0 {
		s.err.Say("blocked rows were refused by moderation; they are asked again only if their prompt or model changes")
	}
	if sum.Waiting > 0 {
		s.err.Say("%s refused by the service; after mending the cause: --retry-failed", console.Count(sum.Waiting, "row"))
	}
	if sum.Invalid > 0 {
		s.err.Say("%s an answer that does not fit; it is in the journal, and a larger --repairs asks for a better one "+
			"(where it was cut off, a larger --max-tokens; status tells)",
			console.Plural(sum.Invalid, "row has", "rows have"))
	}
	if passing := sum.Passing(); passing > 0 {
		s.err.Say("%s failed for a cause that passes; the same command asks again", console.Count(passing, "row"))
	}
	if sum.PaidTwice > 0 {
		s.err.Say("up to %s may have been paid twice: sent, and the answer lost (over all runs of this journal)",
			console.Count(sum.PaidTwice, "completion"))
	}
	if sum.Edited > 0 {
		s.err.Say("%s edited by hand", console.Plural(sum.Edited, "answer was", "answers were"))
	}
	if sum.Cut > 0 {
		whole := "whole in " + sum.Long
		if sum.Long == "" {
			whole = "the journal has the whole text"
		}
		s.err.Say("%s too long for a workbook and cut; %s", console.Plural(sum.Cut, "cell was", "cells were"), whole)
	}
	if sum.Guarded > 0 {
		s.err.Say("%s written with an apostrophe (--formula-guard=off to leave it out)",
			console.Plural(sum.Guarded, "answer begins like a formula and was", "answers begin like a formula and were"))
	}
	sayKept(s, sum)
	sayNote(s, sum)
	sayWritten(s, job, sum)
}

// maxValues is how many values of a column are told.
const maxValues = 12

// sayColumns tells what each of several completion columns came to, and how often columns have each of their values.
func sayColumns(s stdio, sum *task.Summary) {
	for _, c := range sum.Columns {
		parts := []string{console.Digits(int64(c.Completed)) + " completed"}
		parts = some(parts, c.Failed, "failed")
		parts = some(parts, c.Blocked, "blocked")
		parts = some(parts, c.Skipped, "skipped")
		parts = some(parts, c.Pending, "pending")
		s.err.Say("%s: %s", c.Name, strings.Join(parts, ", "))
	}
	for _, v := range sum.Values {
		var parts []string
		for i, n := range v.Counts {
			if i == maxValues {
				parts = append(parts, "…")
				break
			}
			value := n.Value
			if value == "" {
				value = "(nothing)"
			}
			parts = append(parts, value+" "+console.Digits(int64(n.Rows)))
		}
		if parts != nil {
			s.err.Say("%s: %s", v.Column, strings.Join(parts, ", "))
		}
	}
}

// sayNote tells what the user should know of the output.
func sayNote(s stdio, sum *task.Summary) {
	if sum.Note != "" {
		s.err.Say("note: %s", sum.Note)
	}
}

// sayKept tells of texts of the user's that stand where completions would.
func sayKept(s stdio, sum *task.Summary) {
	row := fmt.Sprintf("row %d", sum.KeptLine)
	if sum.KeptSheet != "" {
		row += fmt.Sprintf(" of sheet %q", sum.KeptSheet)
	}
	switch sum.Kept {
	case 0:
	case 1:
		s.err.Say("1 cell of %q holds text that is not gigabatch's and was kept, in %s (--overwrite replaces it)", sum.KeptColumn, row)
	default:
		s.err.Say("%s of %q hold text that is not gigabatch's and were kept, the first in %s (--overwrite replaces them)",
			console.Count(sum.Kept, "cell"), sum.KeptColumn, row)
	}
}

// sayWritten tells what was written where, and what is still to be done.
func sayWritten(s stdio, job *jobs.Job, sum *task.Summary) {
	if sum.Output != "" && sum.Output != "-" {
		s.err.Say("written: %s", sum.Output)
	}
	switch {
	case sum.OutDir != "" && sum.FilesWritten > 0:
		s.err.Say("written: %s in %s", console.Count(sum.FilesWritten, "file"), sum.OutDir)
	case sum.OutDir != "":
		s.err.Say("no file of %s had to change", sum.OutDir)
	}
	if sum.Pending > 0 {
		s.err.Say("%s still pending; the same command goes on (journal: %s)", console.Count(sum.Pending, "row"), job.Journal)
	}
}

// rowParts are the numbers of rows, cause by cause.
func rowParts(sum *task.Summary) []string {
	parts := []string{console.Count(sum.Completed, "row") + " completed"}
	parts = some(parts, sum.Truncated, "of them cut off at the token limit")
	for _, cause := range slices.Sorted(maps.Keys(sum.Failed)) {
		parts = some(parts, sum.Failed[cause], fmt.Sprintf("failed (%s)", cause))
	}
	parts = some(parts, sum.Blocked, "blocked")
	parts = some(parts, sum.Skipped, "skipped as empty")
	parts = some(parts, sum.Pending, "pending")
	parts = some(parts, sum.FromJournal, "taken from the journal")
	if sum.Duplicates > 0 {
		parts = append(parts, console.Count(sum.Duplicates, "duplicate")+" not asked again")
	}
	return parts
}

// workParts are what the run took: requests, tokens and time.
func workParts(sum *task.Summary) []string {
	tokens := fmt.Sprintf("%s tokens (prompt %s, completion %s, cached %s)", console.Digits(sum.PromptTokens+sum.CompletionTokens),
		console.Digits(sum.PromptTokens), console.Digits(sum.CompletionTokens), console.Digits(sum.CachedTokens))
	return []string{
		console.Count(sum.Requests, "request"), fmt.Sprintf("%d refused with 429", sum.Refused), tokens,
		"in " + sum.Elapsed.Round(10*time.Millisecond).String(),
	}
}
