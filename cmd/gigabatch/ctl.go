package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/recap"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/control"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/shards"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

func ctlCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "ctl",
		Usage:     "steer a run in progress: pause, resume, change its concurrency or budget, drain",
		ArgsUsage: "INPUT COMMAND",
		Description: "INPUT is that of the run; the run may be in another terminal, under cron, or on the page. The commands:\n" +
			"  status               show the progress, open batches, the quota, what was spent, and the budget\n" +
			"  pause                send no more requests, and post no more batches; answers are still received\n" +
			"  resume               go on after a pause\n" +
			"  concurrency N|auto   at most N requests at once; batches have no such limit\n" +
			"  budget RUB           end the run before it has spent more than this, with what it has spent so far\n" +
			"  drain                end the run in order, like the first Ctrl-C; open batches are collected by the next run\n\n" +
			"Read more: docs/unattended.md",
		Flags:  flags.Control.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return ctl(c, s) },
	}
}

// answerTime is how long gigabatch ctl waits for the answer of a run.
const answerTime = 10 * time.Second

// ctl sends a request to a run in progress.
func ctl(c *cli.Context, s stdio) error {
	arg, request, err := flags.Request(c)
	if err != nil {
		return err
	}
	input, path, err := kept(c, arg)
	if err != nil {
		return err
	}
	path = cmp.Or(path, spec.JournalPath(input))
	st, err := control.Ask(path, controlFolders(), request, answerTime)
	switch {
	case errors.Is(err, control.ErrNobody) && journal.Held(path):
		return messages.Errorf("%s: a run is in progress, but it does not answer: it may still be preparing or already writing its output, be a preview, "+
			"or belong to another user or computer", input)
	case errors.Is(err, control.ErrNobody):
		return cmp.Or(shards.Running(input, path, c.Args().Slice()[1:]), messages.Errorf("%s: no run is in progress", input))
	case err != nil:
		return err
	case c.Bool("json"):
		return printJSON(s.out, st)
	case request.Do == control.Show:
		printRun(s, st)
	default:
		s.err.Say("%s", doneText(request))
	}
	return nil
}

// doneText says what a run has done.
func doneText(r control.Request) messages.Text {
	switch {
	case r.Do == control.Pause:
		return messages.Sprintf("paused; answers under way are still received")
	case r.Do == control.Resume:
		return messages.Sprintf("resumed")
	case r.Do == control.Concurrency && r.N == 0:
		return messages.Sprintf("the number of requests at once is found automatically")
	case r.Do == control.Concurrency:
		return messages.Sprintf("at most %d {request|requests} at once", r.N)
	case r.Do == control.Budget:
		return messages.Sprintf("the budget of the run is %s, with what it has spent so far", r.Budget.Text())
	}
	return messages.Sprintf("the run stops: it waits for answers under way and writes the output")
}

// printRun prints the state of a run in progress.
func printRun(s stdio, st *control.Status) {
	state := st.State.Text()
	switch st.State {
	case control.Stopping:
		state = messages.Sprintf("is stopping")
	case control.Writing:
		state = messages.Sprintf("is writing the output")
	}
	counts := []messages.Text{messages.Sprintf("%d of %d {request|requests}", st.Done, st.Tasks)}
	if n := st.Failed; n > 0 {
		counts = append(counts, messages.Sprintf("%d{|} failed", n))
	}
	if n := st.Blocked; n > 0 {
		counts = append(counts, messages.Sprintf("%d {was|were} blocked", n))
	}
	lines := []line{
		{messages.Sprintf("run"), messages.Sprintf("%s (process %s, started %s)", state, messages.Verbatim(strconv.Itoa(st.PID)), st.Started.Local())},
		{messages.Sprintf("done"), messages.Join(counts, ", ")},
	}
	if t := st.Tally; t != nil {
		lines = append(lines, line{messages.Sprintf("rows"), messages.Join(recap.Tally(t), ", ")})
	}
	most := messages.Sprintf("auto")
	if st.Max > 0 {
		most = messages.Verbatim(strconv.Itoa(st.Max))
	}
	if st.Batches == nil || st.Concurrency > 0 {
		lines = append(lines, line{messages.Sprintf("at once"), messages.Sprintf("%d{|} (limit %s, now %d{|})", st.InFlight, most, st.Concurrency)})
	}
	lines = append(lines, sharers(st.Sharers)...)
	for i, b := range st.Batches {
		if i == maxTroubles {
			lines = append(lines, line{value: messages.Sprintf("and %d more; --json lists all", len(st.Batches)-maxTroubles)})
			break
		}
		lines = append(lines, line{messages.Sprintf("batch"), batchText(&b)})
	}
	spent := []messages.Text{messages.Sprintf("%d {token|tokens}", st.Tokens)}
	lines = append(lines, line{messages.Sprintf("spent"), messages.Join(append(spent, recap.Cost(&task.Summary{Work: task.Work{Spent: st.Spent}}, st.Sandbox)...), ", ")})
	var bounds []messages.Text
	if st.Budget.Cost > 0 {
		bounds = append(bounds, st.Budget.Cost.Text())
	}
	if st.Budget.Tokens > 0 {
		bounds = append(bounds, messages.Sprintf("%d {token|tokens}", st.Budget.Tokens))
	}
	if st.Budget.Daily > 0 {
		bounds = append(bounds, messages.Sprintf("%s a day", st.Budget.Daily.Text()))
	}
	if bounds == nil {
		bounds = []messages.Text{messages.Sprintf("none")}
	}
	printLines(s, append(lines, line{messages.Sprintf("budget"), messages.Join(bounds, ", ")}))
	say := func(t messages.Text) { fmt.Fprintln(s.out, console.OneLine(s.err.Text(t))) }
	if quota := st.Quota.Text(); !quota.IsZero() {
		say(quota)
	}
	if st.Silent > 0 {
		say(messages.Sprintf("no answer for %v (%s)", st.Silent.Round(time.Second), messages.Foreign(st.Trouble)))
	}
}

// sharers are lines about the workers of a run and other processes that use its key.
func sharers(all []task.Sharer) (lines []line) {
	before := messages.Text{}
	for _, s := range all {
		name := messages.Sprintf("shared with")
		if !s.Seen.IsZero() {
			name = messages.Sprintf("workers")
		}
		if name.String() == before.String() {
			lines = append(lines, line{value: s.Text()})
		} else {
			lines = append(lines, line{name, s.Text()})
		}
		before = name
	}
	return lines
}

// batchText describes an open batch.
func batchText(b *task.BatchState) messages.Text {
	age := time.Since(b.Posted).Round(time.Second)
	switch {
	case b.ID == "":
		return messages.Sprintf("%d {line|lines}, posted %v ago; it is not known yet whether the service has it", b.Lines, age)
	case b.Status == "":
		return messages.Sprintf("%s: %d {line|lines}, posted %v ago", b.ID, b.Lines, age)
	}
	return messages.Sprintf("%s: %s, %d of %d {line|lines}, posted %v ago", b.ID, b.Status, b.Done, b.Lines, age)
}

// controlFolders returns where the sockets of runs may be, best first.
func controlFolders() (all []string) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		all = append(all, filepath.Join(dir, "gigabatch"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		all = append(all, filepath.Join(home, ".gigabatch"))
	}
	return append(all, filepath.Join(os.TempDir(), "gigabatch-"+strconv.Itoa(os.Geteuid())))
}

// steeredBy lets gigabatch ctl and the page steer a run.
func steeredBy(s stdio, signals *interrupts, quiet bool) jobs.Control {
	return jobs.Control{Folders: controlFolders(), Drain: signals.stop, Note: func(text messages.Text) {
		if !quiet {
			s.err.Say("note: %s", text)
		}
	}}
}
