// Package shards keeps the runs of the shards of an input apart from each other and from runs of the whole input, and merges their journals.
//
// What is promised: each row is asked by one shard, and so is each request that is known from the input (see resolve.Share). No run asks what
// the journal of another run beside the same input has an answer for: a shard looks up what INPUT.gigabatch has, and a run of the whole input,
// or one in another number of shards, is refused while a journal of a shard has answers that are not merged. Journals in other folders, or on
// other machines, are not known.
package shards

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Fits refuses a journal whose newest run was one of another shard. j may be nil.
func Fits(j *journal.Journal, s *spec.Settings) error {
	if j == nil || j.Last() == nil || j.Last().Settings.Shard == s.Shard {
		return nil
	}
	was, err := spec.ParseShard(j.Last().Settings.Shard)
	switch {
	case err != nil:
		return err
	case was.Of == 0:
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: the journal is that of runs without --shard", j.Path()),
			Hint: messages.Sprintf("give each shard a journal of its own with --journal, or omit --journal: it is INPUT.2-of-8.gigabatch then"),
		}
	case s.Shard == "":
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: the journal is that of shard %d of %d", j.Path(), was.Number, was.Of),
			Hint: messages.Sprintf("add --shard %s to go on with it, or omit --journal and merge the shards first: gigabatch merge INPUT", was),
		}
	}
	return &spec.UsageError{
		Msg:  messages.Sprintf("%s: the journal is that of shard %d of %d, and this run is for --shard %s", j.Path(), was.Number, was.Of, s.Shard),
		Hint: messages.Sprintf("give each shard a journal of its own, and the same number of shards in every run until they are merged"),
	}
}

// Base checks that a run pays for nothing that another run beside the same input has paid for. For a shard, it returns the journal of the
// whole input, which the shard looks into, nil if there is none; the caller closes it. The error is a *journal.LockedError if a process
// holds one of these journals, and a *spec.UsageError if the run must not be made now.
func Base(input string, s *spec.Settings, sandbox bool) (base *journal.Journal, err error) {
	beside, err := Beside(input)
	if err != nil || s.Shard == "" && len(beside) == 0 {
		return nil, err
	}
	whole := spec.JournalPath(input)
	if base, err = journal.Read(whole); errors.Is(err, fs.ErrNotExist) {
		base, err = journal.Absent(whole), nil
	}
	if err != nil {
		return nil, err
	}
	own, err := spec.ParseShard(s.Shard)
	if err == nil && own.Of > 0 {
		err = lookable(base, sandbox)
	}
	for _, f := range beside {
		if err == nil && f.Of != own.Of {
			err = f.checkMerged(base, own, sandbox)
		}
	}
	if err != nil || own.Of == 0 {
		base.Close()
		return nil, err
	}
	return base, nil
}

// SameContent refuses a shard whose rows depend on the whole input, if another shard asked another content and its answers are not merged: the
// change may have moved rows from that shard to this one.
func SameContent(input string, s *spec.Settings, content string, sandbox bool) error {
	own, err := spec.ParseShard(s.Shard)
	if err != nil {
		return err
	}
	beside, err := Beside(input)
	if err != nil {
		return err
	}
	whole := spec.JournalPath(input)
	base, err := journal.Read(whole)
	if err != nil {
		base = journal.Absent(whole)
	}
	defer base.Close()
	for _, f := range beside {
		if f.Of != own.Of || f.Number == own.Number || f.content() == content {
			continue
		}
		if err := f.checkMerged(base, spec.Shard{}, sandbox); err != nil {
			return err
		}
	}
	return nil
}

// content returns the content that the newest run of a shard asked.
func (f *Found) content() (content string) {
	_ = journal.Manifests(f.Path, func(m *journal.Manifest) { content = m.Content })
	return content
}

// lookable refuses a journal whose answers a shard cannot look up.
func lookable(base *journal.Journal, sandbox bool) error {
	if err := journal.CheckFree(base.Path()); err != nil {
		return err
	}
	edits, err := journal.OpenEdits(base.Path())
	if err != nil {
		return err
	}
	switch {
	case base.Last() != nil && base.Reading(trimmed(base.Path())) != spec.ReadingVersion:
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s has answers from when cells were read differently, and a shard may not find them", base.Path()),
			Hint: messages.Sprintf("run without --shard"),
		}
	case len(base.OpenBatches(sandbox)) > 0:
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s has batches at the service, and a shard would pay for their rows again", base.Path()),
			Hint: messages.Sprintf("collect them first: gigabatch run without --shard"),
		}
	case edits.Active(sandbox) > 0:
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s has answers edited by hand, which a shard does not use", base.Path()),
			Hint: messages.Sprintf("run without --shard"),
		}
	}
	return nil
}

// Found is the journal of a shard beside the input.
type Found struct {
	spec.Shard
	Path string
}

// Beside returns the journals of shards that have their default names, by number of shards and shard.
func Beside(input string) (all []Found, err error) {
	dir := filepath.Dir(input)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if s, ok := spec.ShardOf(input, e.Name()); ok && e.Type().IsRegular() {
			all = append(all, Found{s, filepath.Join(dir, e.Name())})
		}
	}
	slices.SortFunc(all, func(a, b Found) int { return cmp.Or(a.Of-b.Of, a.Number-b.Number) })
	return all, err
}

// Running returns a *RunningError if path is the journal of the whole input, and shards of it are being asked.
func Running(input, path string, request []string) error {
	all, err := Beside(input)
	if err != nil || path != spec.JournalPath(input) {
		return nil
	}
	all = slices.DeleteFunc(all, func(f Found) bool { return !journal.Held(f.Path) })
	if len(all) == 0 {
		return nil
	}
	return &RunningError{Input: input, Request: strings.Join(request, " "), Shards: all}
}

// RunningError is the error of a request to the run of a whole input of which only shards are being asked.
type RunningError struct {
	Input   string
	Request string // the command and its argument, as gigabatch ctl takes them
	Shards  []Found
}

func (e *RunningError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *RunningError) Message() messages.Text {
	var names []messages.Text
	for _, f := range e.Shards {
		names = append(names, messages.Verbatim(f.String()))
	}
	return messages.Sprintf("%s: no run of the whole input is in progress; runs of shards are: %s", e.Input, messages.Join(names, ", "))
}

// Hint returns the command for each of the shards.
func (e *RunningError) Hint() messages.Text {
	var commands []messages.Text
	for _, f := range e.Shards {
		commands = append(commands, messages.Verbatim("gigabatch ctl "+e.Input+" "+e.Request+" --journal "+f.Path))
	}
	return messages.Sprintf("each is steered by its journal: %s", messages.Join(commands, "; "))
}

// checkMerged refuses a run, which is for the shard own or the whole input, if the journal of another shard has what the one of the whole
// input lacks.
func (f *Found) checkMerged(base *journal.Journal, own spec.Shard, sandbox bool) error {
	if err := journal.CheckFree(f.Path); err != nil {
		return err
	}
	n, err := f.News(base, sandbox)
	if n == 0 || err != nil {
		return err
	}
	msg := messages.Sprintf("%s has %d {answer|answers} of shard %d of %d that this run would pay for again", f.Path, n, f.Number, f.Of)
	hint := messages.Sprintf("merge the shards first: gigabatch merge %s", messages.Argument(filepath.Base(trimmed(base.Path()))))
	if own.Of > 0 {
		hint = messages.Sprintf("go on with --shard 1/%d and so on, or merge them first: gigabatch merge %s", f.Of, messages.Argument(filepath.Base(trimmed(base.Path()))))
	}
	return &spec.UsageError{Msg: msg, Hint: hint}
}

// News returns how many completions the journal has, or may still get from the service, that the one of the whole input lacks.
func (f *Found) News(base *journal.Journal, sandbox bool) (n int, err error) {
	if info, err := os.Stat(f.Path); err != nil || info.Size() == base.MergedUpTo(f.String()) {
		return 0, err
	}
	j, err := journal.Read(f.Path)
	if err != nil {
		return 0, err
	}
	defer j.Close()
	for k := range j.Keys(sandbox) {
		at, _ := j.Latest(k, sandbox)
		in, has := base.Latest(k, sandbox)
		if at.State == task.Completed && !(has && in.State == task.Completed) {
			n++
		}
	}
	for _, b := range j.OpenBatches(sandbox) {
		n += len(b.Keys)
	}
	return n, nil
}

// trimmed returns the input of a journal with its default name.
func trimmed(path string) string { return path[:len(path)-len(filepath.Ext(path))] }
