package main

import (
	"maps"
	"slices"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// saySummary prints how a run ended. status is the command that says more.
func saySummary(s stdio, job *jobs.Job, sum *task.Summary, status string) {
	if sum.Output == "" && sum.OutDir == "" {
		s.err.Say("no output was written; every answer received is kept, and the same command continues (journal: %s)", sum.Journal)
	} else {
		s.err.Say("%s", messages.Join(rowParts(sum), ", "))
	}
	sayColumns(s, sum)
	if sum.Requests > 0 || sum.Batched.Collected > 0 {
		s.err.Say("%s", messages.Join(workParts(sum), ", "))
		if parts := costParts(sum, job.Sandbox); parts != nil {
			s.err.Say("%s", messages.Join(parts, ", "))
		}
	}
	if sum.Quota != (task.Belief{}) {
		s.err.Say("%s", sum.Quota.Text())
	}
	sayBatches(s, &sum.Batched, status)
	sayOutages(s, sum)
	if sum.FilesLeft > 0 {
		s.err.Say("warning: %d {file|files} could not be deleted at the service; the next run tries again", sum.FilesLeft)
	}
	if sum.FilesTaken > 0 {
		s.err.Say("warning: %d {file|files} in %s {1:was|were} left as {1:it is|they are}: another program has {1:it|them} open or changed "+
			"{1:it|them} during the run", sum.FilesTaken, sum.OutDir)
	}
	sayFailed(s, job, sum, status)
	if sum.PaidTwice > 0 {
		s.err.Say("up to %d {completion|completions} may have been paid twice: sent, but the answer was lost (over all runs of this journal)",
			sum.PaidTwice)
	}
	if sum.Edited > 0 {
		s.err.Say("%d {answer was|answers were} edited by hand", sum.Edited)
	}
	if sum.Cut > 0 && sum.Long != "" {
		s.err.Say("%d {cell was|cells were} too long for a workbook and cut; the whole text is in %s", sum.Cut, sum.Long)
	} else if sum.Cut > 0 {
		s.err.Say("%d {cell was|cells were} too long for a workbook and cut; the whole text is in the journal", sum.Cut)
	}
	if sum.Guarded > 0 {
		s.err.Say("%d {answer begins|answers begin} like a formula and got an apostrophe (--formula-guard=off leaves it out)", sum.Guarded)
	}
	sayKept(s, sum)
	sayNote(s, sum)
	sayWritten(s, job, sum)
}

// sayAnyway prints what is said of a run even with --quiet.
func sayAnyway(s stdio, sum *task.Summary) {
	if sum.Blocked > 0 || len(sum.Failed) > 0 {
		s.err.Say("warning: %s", messages.Join(tallyParts(&sum.Tally), ", "))
	}
	if sum.Aside {
		sayNote(s, sum)
	}
	if sum.OutOfRounds {
		sayGrowing(s, sum)
	}
	sayOutages(s, sum)
	warnOfBatches(s, &sum.Batched)
}

// sayOutages prints how long the service was down during the run.
func sayOutages(s stdio, sum *task.Summary) {
	if d := time.Duration(sum.OutagesMS) * time.Millisecond; d > 0 {
		s.err.Say("note: the service was down for %v during the run", max(d.Round(time.Second), time.Second))
	}
}

// maxValues is how many values of a column the summary lists.
const maxValues = 12

// sayColumns prints the states of each completion column if there are several, and how often each value of a column occurs.
func sayColumns(s stdio, sum *task.Summary) {
	for _, c := range sum.Columns {
		parts := []messages.Text{messages.Sprintf("%d {completed|completed}", c.Completed)}
		if c.Failed > 0 {
			parts = append(parts, messages.Sprintf("%d {failed|failed}", c.Failed))
		}
		parts = restOf(parts, c.Blocked, c.Skipped, c.Pending)
		s.err.Say("%s: %s", c.Name, messages.Join(parts, ", "))
	}
	for _, v := range sum.Values {
		var parts []messages.Text
		for i, n := range v.Counts {
			if i == maxValues {
				parts = append(parts, messages.Verbatim("…"))
				break
			}
			value := messages.Verbatim(n.Value)
			if n.Value == "" {
				value = messages.Sprintf("(nothing)")
			}
			parts = append(parts, messages.Sprintf("%s %s", value, s.err.Language.Digits(int64(n.Rows))))
		}
		if parts != nil {
			s.err.Say("%s: %s", v.Column, messages.Join(parts, ", "))
		}
	}
}

// restOf appends the numbers of rows that are blocked, skipped and pending.
func restOf(parts []messages.Text, blocked, skipped, pending int) []messages.Text {
	if blocked > 0 {
		parts = append(parts, messages.Sprintf("%d {blocked|blocked}", blocked))
	}
	if skipped > 0 {
		parts = append(parts, messages.Sprintf("%d {skipped|skipped}", skipped))
	}
	if pending > 0 {
		parts = append(parts, messages.Sprintf("%d {pending|pending}", pending))
	}
	return parts
}

// sayNote prints what the user must know about the output, if anything.
func sayNote(s stdio, sum *task.Summary) {
	if !sum.Note.IsZero() {
		s.err.Say("note: %s", sum.Note)
	}
}

// sayKept prints how many cells for completions hold a text of the user.
func sayKept(s stdio, sum *task.Summary) {
	if sum.Kept == 0 {
		return
	}
	place := messages.Sprintf("row %d", sum.KeptLine)
	if sum.KeptSheet != "" {
		place = messages.Sprintf("row %d of sheet %q", sum.KeptLine, sum.KeptSheet)
	}
	s.err.Say("%d {cell|cells} of %q {1:holds|hold} text that gigabatch did not write, first in %s; it was kept (--overwrite replaces it)",
		sum.Kept, sum.KeptColumn, place)
}

// sayWritten prints what was written, and what is left to do.
func sayWritten(s stdio, job *jobs.Job, sum *task.Summary) {
	switch {
	case sum.Output == "" || sum.Output == "-":
	case sum.Unchanged:
		s.err.Say("%s is up to date", sum.Output)
	default:
		s.err.Say("written: %s", sum.Output)
	}
	switch {
	case sum.OutDir != "" && sum.FilesWritten > 0:
		s.err.Say("written: %d {file|files} in %s", sum.FilesWritten, sum.OutDir)
	case sum.OutDir != "":
		s.err.Say("all files in %s are up to date", sum.OutDir)
	}
	switch {
	case sum.Growing:
		sayGrowing(s, sum)
	case sum.Pending > 0 && job.Connect == nil: // nothing was to be asked
		s.err.Say("%d {row is|rows are} still pending; gigabatch run asks {1:it|them} (journal: %s)", sum.Pending, job.Journal)
	case sum.Pending > 0:
		s.err.Say("%d {row is|rows are} still pending; the same command continues (journal: %s)", sum.Pending, job.Journal)
	}
}

// sayGrowing prints how many rows the next run asks because they came or changed during this one.
func sayGrowing(s stdio, sum *task.Summary) {
	if sum.OutOfRounds {
		s.err.Say("warning: the input changed in every round (--max-rounds); %d {row is|rows are} left to the next run", sum.Pending)
		return
	}
	s.err.Say("%d {row|rows} came or changed during the run; the next run asks {1:it|them}", sum.Pending)
}

// tallyParts returns the numbers of rows by state and cause.
func tallyParts(t *task.Tally) []messages.Text {
	parts := []messages.Text{messages.Sprintf("%d {row|rows} completed", t.Completed)}
	if t.Truncated > 0 {
		parts = append(parts, messages.Sprintf("%d of them cut off at the token limit", t.Truncated))
	}
	for _, cause := range slices.Sorted(maps.Keys(t.Failed)) {
		parts = append(parts, messages.Sprintf("%d {failed|failed} (%s)", t.Failed[cause], cause.Text()))
	}
	return restOf(parts, t.Blocked, t.Skipped, t.Pending)
}

// rowParts returns the numbers of rows of a run.
func rowParts(sum *task.Summary) []messages.Text {
	parts := tallyParts(&sum.Tally)
	if sum.FromJournal > 0 {
		parts = append(parts, messages.Sprintf("%d {taken|taken} from the journal", sum.FromJournal))
	}
	if sum.Duplicates > 0 {
		parts = append(parts, messages.Sprintf("%d {duplicate|duplicates} not asked again", sum.Duplicates))
	}
	return parts
}

// workParts returns what the run used: requests, tokens and time.
func workParts(sum *task.Summary) []messages.Text {
	return []messages.Text{
		messages.Sprintf("%d {request|requests}", sum.Requests), messages.Sprintf("%d refused with 429", sum.Refused),
		messages.Sprintf("%d {token|tokens} (prompt %d{|}, completion %d{|}, cached %d{|})",
			sum.PromptTokens+sum.CompletionTokens, sum.PromptTokens, sum.CompletionTokens, sum.CachedTokens),
		messages.Sprintf("in %v", sum.Elapsed.Round(10*time.Millisecond)),
	}
}

// costParts returns what the run has cost by the table of prices, or would have cost.
func costParts(sum *task.Summary, sandbox bool) (parts []messages.Text) {
	spent := sum.Spent
	switch {
	case spent.Day == "":
	case sandbox:
		parts = append(parts, messages.Sprintf("about %s at real prices (of %s)", spent.Cost.Text(), spent.Day))
	default:
		parts = append(parts, messages.Sprintf("about %s (an estimate by prices of %s)", spent.Cost.Text(), spent.Day))
	}
	if spent.Saved > 0 {
		parts = append(parts, messages.Sprintf("%s saved by batches", spent.Saved.Text()))
	}
	if spent.Open > 0 && spent.Budget > 0 { // without a budget, nothing limits it
		parts = append(parts, messages.Sprintf("up to %s more for open batches", spent.Open.Text()))
	}
	if spent.Maybe > 0 {
		parts = append(parts, messages.Sprintf("%s of that perhaps, for answers that were lost", spent.Maybe.Text()))
	}
	if len(spent.Unpriced) > 0 {
		parts = append(parts, messages.Sprintf("cost unknown: there is no price of %s", messages.Quoted(spent.Unpriced)))
	}
	return parts
}

// sayFailed prints for each cause how many rows failed, the error of the first, what to do, and which rows. status is the command that lists
// them all.
func sayFailed(s stdio, job *jobs.Job, sum *task.Summary, status string) {
	say := func(cause task.Cause, n int, line messages.Text) {
		if places := sum.Places[cause]; places != nil {
			line = messages.Sprintf("%s (%s; see %s)", line, placesText(places, n), status)
		}
		s.err.Say("%s", line)
	}
	if n := sum.Blocked; n > 0 {
		say("", n, messages.Sprintf("%d {row was|rows were} blocked by moderation; a blocked row is asked again only if its prompt or model "+
			"changes, or with --fresh", n))
	}
	if n := sum.NotUTF8; n > 0 {
		say(task.NotUTF8, n, notUTF8Text(n))
	}
	for _, cause := range slices.Sorted(maps.Keys(sum.Failed)) {
		n, why := sum.Failed[cause], messages.Foreign(sum.Errors[cause])
		if sum.Errors[cause] == "" || cause == task.CauseInvalid && s.err.Discreet { // the error quotes the answer
			why = cause.Text()
		}
		switch {
		case cause.Passing():
			say(cause, n, messages.Sprintf("%d {row|rows} failed for a temporary cause (%s); the same command asks {1:it|them} again", n, why))
		case cause == task.CauseInvalid:
			say(cause, n, messages.Sprintf("%d {answer does|answers do} not fit the form (%s); the journal keeps {1:it|them}. A larger --repairs asks for a better one "+
				"(a larger --max-tokens if the answer was cut off; status says which)", n, why))
		case cause == task.CauseTooLong && job.Settings.Embed:
			say(cause, n, messages.Sprintf("%d {row is|rows are} too long for the model (%s); shorten {1:it|them}, or, if the model takes more, say so "+
				"with --context", n, why))
		case cause == task.CauseNeeds:
			say(cause, n, messages.Sprintf("%d {row needs|rows need} a column that failed (%s)", n, why))
		default:
			say(cause, n, messages.Sprintf("%d {row|rows} failed for a lasting cause (%s); fix it, then ask {1:the row|the rows} again with --retry-failed", n, why))
		}
	}
	whole := slices.ContainsFunc(job.Settings.All(), func(c *spec.Column) bool { return !c.Split && !c.Embed })
	if n := sum.Failed[task.CauseTooLong]; n > 0 && whole {
		s.err.Say("%d {row is|rows are} too long for the model; with --long split, the same command asks {it|them} in parts", n)
	}
}

// sayBatches prints what went through batches, and what is left of them at the service. status is the command that collects it.
func sayBatches(s stdio, b *task.Batched, status string) {
	switch {
	case b.Collected > 0:
		s.err.Say("batches: %d posted, %d collected with %d {answer|answers}", b.Posted, b.Collected, b.Answers)
	case b.Posted > 0:
		s.err.Say("batches: %d posted", b.Posted)
	}
	if b.Open > 0 {
		s.err.Say("%d {batch|batches} with %d {request|requests} {1:is|are} at the service; the same command collects {1:it|them} later, "+
			"and so does %s", b.Open, b.Waiting, status)
	}
	warnOfBatches(s, b)
}

// warnOfBatches prints what went wrong with batches.
func warnOfBatches(s stdio, b *task.Batched) {
	if b.Doubts > 0 {
		s.err.Say("warning: %s; %d {request stays|requests stay} pending. If you are sure, --repost posts {2:it|them} again", b.Why, b.Doubted)
	}
	if b.Refused > 0 {
		s.err.Say("warning: the service refused %d {request|requests} in batches; ask {1:it|them} live with --via auto, or choose another --model", b.Refused)
	}
	if b.Twice > 0 {
		s.err.Say("warning: %d {request was|requests were} answered twice, by a batch and live: paid twice, and counted once", b.Twice)
	}
	if b.Unknown > 0 {
		s.err.Say("warning: %d {result of a batch has|results of batches have} an id that is no request of this run", b.Unknown)
	}
}
