// Package recap says to people how a run ended.
package recap

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Ended prints how a run ended. status is the command that says more.
func Ended(c *console.Console, job *jobs.Job, sum *task.Summary, status string) {
	if sum.Output == "" && sum.OutDir == "" && job.Settings.Shard == "" {
		c.Say("no output was written; every answer received is kept, and the same command continues (journal: %s)", sum.Journal)
	} else {
		c.Say("%s", messages.Join(rowParts(sum), ", "))
	}
	sayColumns(c, sum)
	if sum.Requests > 0 || sum.Batched.Collected > 0 {
		c.Say("%s", messages.Join(Work(sum), ", "))
		if parts := Cost(sum, job.Sandbox); parts != nil {
			c.Say("%s", messages.Join(parts, ", "))
		}
	}
	if sum.Quota != (task.Belief{}) {
		c.Say("%s", sum.Quota.Text())
	}
	sayBatches(c, &sum.Batched, status)
	sayOutages(c, sum)
	if sum.FilesLeft > 0 {
		c.Say("warning: %d {file|files} could not be deleted at the service; the next run tries again", sum.FilesLeft)
	}
	if sum.FilesTaken > 0 {
		c.Say("warning: %d {file|files} in %s {1:was|were} left as {1:it is|they are}: another program has {1:it|them} open or changed "+
			"{1:it|them} during the run", sum.FilesTaken, sum.OutDir)
	}
	sayFailed(c, job, sum, status)
	if sum.PaidTwice > 0 {
		c.Say("up to %d {completion|completions} may have been paid twice: sent, but the answer was lost (over all runs of this journal)",
			sum.PaidTwice)
	}
	if sum.Edited > 0 {
		c.Say("%d {answer was|answers were} edited by hand", sum.Edited)
	}
	if sum.Cut > 0 && sum.Long != "" {
		c.Say("%d {cell was|cells were} too long for a workbook and cut; the whole text is in %s", sum.Cut, sum.Long)
	} else if sum.Cut > 0 {
		c.Say("%d {cell was|cells were} too long for a workbook and cut; the whole text is in the journal", sum.Cut)
	}
	if sum.Guarded > 0 {
		c.Say("%d {answer begins|answers begin} like a formula and got an apostrophe (--formula-guard=off leaves it out)", sum.Guarded)
	}
	sayKept(c, sum)
	sayNote(c, sum)
	sayWritten(c, job, sum)
}

// Anyway prints what is said of a run even with --quiet.
func Anyway(c *console.Console, sum *task.Summary) {
	if sum.Blocked > 0 || len(sum.Failed) > 0 {
		c.Say("warning: %s", messages.Join(Tally(&sum.Tally), ", "))
	}
	if sum.Aside {
		sayNote(c, sum)
	}
	if sum.OutOfRounds {
		sayGrowing(c, sum)
	}
	sayOutages(c, sum)
	WarnOfBatches(c, &sum.Batched)
}

// sayOutages prints how long the service was down during the run.
func sayOutages(c *console.Console, sum *task.Summary) {
	if d := time.Duration(sum.OutagesMS) * time.Millisecond; d > 0 {
		c.Say("note: the service was down for %v during the run", max(d.Round(time.Second), time.Second))
	}
}

// maxValues is how many values of a column the summary lists.
const maxValues = 12

// sayColumns prints the states of each completion column if there are several, and how often each value of a column occurs.
func sayColumns(c *console.Console, sum *task.Summary) {
	for _, column := range sum.Columns {
		parts := []messages.Text{messages.Sprintf("%d {completed|completed}", column.Completed)}
		if column.Failed > 0 {
			parts = append(parts, messages.Sprintf("%d {failed|failed}", column.Failed))
		}
		parts = restOf(parts, column.Blocked, column.Skipped, column.Pending)
		c.Say("%s: %s", column.Name, messages.Join(parts, ", "))
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
			parts = append(parts, messages.Sprintf("%s %s", value, c.Language.Digits(int64(n.Rows))))
		}
		if parts != nil {
			c.Say("%s: %s", v.Column, messages.Join(parts, ", "))
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
func sayNote(c *console.Console, sum *task.Summary) {
	if !sum.Note.IsZero() {
		c.Say("note: %s", sum.Note)
	}
}

// sayKept prints how many cells for completions hold a text of the user.
func sayKept(c *console.Console, sum *task.Summary) {
	if sum.Kept == 0 {
		return
	}
	place := messages.Sprintf("row %d", sum.KeptLine)
	if sum.KeptSheet != "" {
		place = messages.Sprintf("row %d of sheet %q", sum.KeptLine, sum.KeptSheet)
	}
	c.Say("%d {cell|cells} of %q {1:holds|hold} text that gigabatch did not write, first in %s; it was kept (--overwrite replaces it)",
		sum.Kept, sum.KeptColumn, place)
}

// LeftOut prints how many edits the output had and no longer has. command writes the output again.
func LeftOut(c *console.Console, sum *task.Summary, command string) {
	left := &sum.LeftOut
	with := messages.Verbatim(fmt.Sprintf("%s --run %d", command, left.Run))
	if left.Run == 0 {
		with = messages.Sprintf("the page (gigabatch serve)")
	}
	switch {
	case left.Edits > 0 && left.Most:
		c.Say("warning: up to %d {answer|answers} corrected by hand {1:is|are} no longer in %s, since another version of the columns was written. "+
			"Nothing is lost: %s writes {1:it|them} again", left.Edits, sum.Output, with)
	case left.Edits > 0:
		c.Say("warning: %d {answer|answers} corrected by hand {1:is|are} no longer in %s, since another version of the columns was written. "+
			"Nothing is lost: %s writes {1:it|them} again", left.Edits, sum.Output, with)
	}
}

// sayWritten prints what was written, and what is left to do.
func sayWritten(c *console.Console, job *jobs.Job, sum *task.Summary) {
	switch {
	case job.Settings.Shard != "" && sum.Pending == 0:
		c.Say("shard %s is done; gigabatch merge writes the output once all are (journal: %s)", job.Settings.Shard, job.Journal)
	case sum.Output == "" || sum.Output == "-":
	case sum.Unchanged:
		c.Say("%s is up to date", sum.Output)
	default:
		c.Say("written: %s", sum.Output)
	}
	switch {
	case sum.OutDir != "" && sum.FilesWritten > 0:
		c.Say("written: %d {file|files} in %s", sum.FilesWritten, sum.OutDir)
	case sum.OutDir != "":
		c.Say("all files in %s are up to date", sum.OutDir)
	}
	switch {
	case sum.Growing:
		sayGrowing(c, sum)
	case sum.Pending > 0 && job.Connect == nil: // nothing was to be asked
		c.Say("%d {row is|rows are} still pending; gigabatch run asks {1:it|them} (journal: %s)", sum.Pending, job.Journal)
	case sum.Pending > 0:
		c.Say("%d {row is|rows are} still pending; the same command continues (journal: %s)", sum.Pending, job.Journal)
	}
}

// sayGrowing prints how many rows the next run asks because they came or changed during this one.
func sayGrowing(c *console.Console, sum *task.Summary) {
	if sum.OutOfRounds {
		c.Say("warning: the input changed in every round (--max-rounds); %d {row is|rows are} left to the next run", sum.Pending)
		return
	}
	c.Say("%d {row|rows} came or changed during the run; the next run asks {1:it|them}", sum.Pending)
}

// Tally returns the numbers of rows by state and cause.
func Tally(t *task.Tally) []messages.Text {
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
	parts := Tally(&sum.Tally)
	if sum.FromJournal > 0 {
		parts = append(parts, messages.Sprintf("%d {taken|taken} from the journal", sum.FromJournal))
	}
	if sum.Duplicates > 0 {
		parts = append(parts, messages.Sprintf("%d {duplicate|duplicates} not asked again", sum.Duplicates))
	}
	return parts
}

// Work returns what the run used: requests, tokens and time.
func Work(sum *task.Summary) []messages.Text {
	return []messages.Text{
		messages.Sprintf("%d {request|requests}", sum.Requests), messages.Sprintf("%d refused with 429", sum.Refused),
		messages.Sprintf("%d {token|tokens} (prompt %d{|}, completion %d{|}, cached %d{|})",
			sum.PromptTokens+sum.CompletionTokens, sum.PromptTokens, sum.CompletionTokens, sum.CachedTokens),
		messages.Sprintf("in %v", sum.Elapsed.Round(10*time.Millisecond)),
	}
}

// Cost returns what the run has cost by the table of prices, or would have cost.
func Cost(sum *task.Summary, sandbox bool) (parts []messages.Text) {
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
func sayFailed(c *console.Console, job *jobs.Job, sum *task.Summary, status string) {
	say := func(cause task.Cause, n int, line messages.Text) {
		if places := sum.Places[cause]; places != nil {
			line = messages.Sprintf("%s (%s; see %s)", line, Places(places, n), status)
		}
		c.Say("%s", line)
	}
	if n := sum.Blocked; n > 0 {
		say("", n, messages.Sprintf("%d {row was|rows were} blocked by moderation; a blocked row is asked again only if its prompt or model "+
			"changes, or with --fresh", n))
	}
	if n := sum.NotUTF8; n > 0 {
		say(task.NotUTF8, n, NotUTF8(n))
	}
	for _, cause := range slices.Sorted(maps.Keys(sum.Failed)) {
		n, why := sum.Failed[cause], messages.Foreign(sum.Errors[cause])
		if sum.Errors[cause] == "" || cause == task.CauseInvalid && c.Discreet { // the error quotes the answer
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
		c.Say("%d {row is|rows are} too long for the model; with --long split, the same command asks {it|them} in parts", n)
	}
}

// sayBatches prints what went through batches, and what is left of them at the service. status is the command that collects it.
func sayBatches(c *console.Console, b *task.Batched, status string) {
	switch {
	case b.Collected > 0:
		c.Say("batches: %d posted, %d collected with %d {answer|answers}", b.Posted, b.Collected, b.Answers)
	case b.Posted > 0:
		c.Say("batches: %d posted", b.Posted)
	}
	if b.Open > 0 {
		c.Say("%d {batch|batches} with %d {request|requests} {1:is|are} at the service; the same command collects {1:it|them} later, "+
			"and so does %s", b.Open, b.Waiting, status)
	}
	WarnOfBatches(c, b)
}

// WarnOfBatches prints what went wrong with batches.
func WarnOfBatches(c *console.Console, b *task.Batched) {
	if b.Doubts > 0 {
		c.Say("warning: %s; %d {request stays|requests stay} pending. If you are sure, --repost posts {2:it|them} again", b.Why, b.Doubted)
	}
	if b.Refused > 0 {
		c.Say("warning: the service refused %d {request|requests} in batches; ask {1:it|them} live with --via auto, or choose another --model", b.Refused)
	}
	if b.Twice > 0 {
		c.Say("warning: %d {request was|requests were} answered twice, by a batch and live: paid twice, and counted once", b.Twice)
	}
	if b.Unknown > 0 {
		c.Say("warning: %d {result of a batch has|results of batches have} an id that is no request of this run", b.Unknown)
	}
}

// NotUTF8 says that n answers have bytes that are not UTF-8.
func NotUTF8(n int) messages.Text {
	return messages.Sprintf("%d {answer has|answers have} bytes that are not UTF-8, written as �; the journal keeps {1:it as it|them as they} came "+
		"(raw_base64)", n)
}

// Places names the first rows of many; there are n.
func Places(places []task.Place, n int) messages.Text {
	var all []messages.Text
	plain := len(places) > 1 && places[0].Path == "" && places[0].Sheet == ""
	for _, p := range places {
		if plain {
			all = append(all, messages.Verbatim(strconv.Itoa(p.Line)))
			continue
		}
		all = append(all, Place(p))
	}
	if n > len(places) {
		all = append(all, messages.Verbatim("…"))
	}
	if plain {
		return messages.Sprintf("rows %s", messages.Join(all, ", "))
	}
	return messages.Join(all, ", ")
}

// Place names a row as messages and spreadsheet programs do.
func Place(p task.Place) messages.Text {
	switch {
	case p.Path != "":
		return messages.Verbatim(p.Path)
	case p.Sheet != "":
		return messages.Sprintf("row %d of sheet %q", p.Line, p.Sheet)
	}
	return messages.Sprintf("row %d", p.Line)
}
