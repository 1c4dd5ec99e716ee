// Package merge makes one journal of those of the shards of an input, and its output.
package merge

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/shards"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Job makes one journal of those of the shards of an input.
type Job struct {
	Input    string
	Journal  string   // that has all answers then
	Journals []string // of the shards; none for those beside the input
	Partial  bool     // shards may be missing or unfinished, and the input may have changed
	Version  string   // of the program, for the manifest
}

// Result is what a Job has done.
type Result struct {
	Shards  int   // how many the input was divided into
	Added   bool  // the journal has changed
	Missing []int // shards without a journal, with Job.Partial
	Open    []int // shards that have not asked all their rows, with Job.Partial
	Doubled int   // completions that several shards have paid for: their requests were made of answers that happened to be the same
}

// part is the journal of a shard, and what it says of its run.
type part struct {
	spec.Shard
	*journal.Journal
	manifest *journal.Manifest
}

// Do checks that the journals belong together and merges them. What is merged already is not merged again. The error is a
// *journal.LockedError if a shard is still running, and a *spec.UsageError if the journals do not belong together, or if a shard is missing
// or unfinished without Partial.
func (m *Job) Do(ctx context.Context) (*Result, error) {
	base, err := journal.Read(m.Journal)
	if err != nil {
		base = journal.Absent(m.Journal) // journal.Merge reports what is wrong with it
	}
	defer base.Close()
	if err := shards.Fits(base, &spec.Settings{}); err != nil {
		return nil, err
	}
	paths, err := m.paths(base)
	if err != nil {
		return nil, err
	}
	var parts []*part
	defer func() {
		for _, p := range parts {
			p.Close()
		}
	}()
	for _, path := range paths {
		p, err := openPart(path)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		if err := p.belongs(parts[0]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(parts, func(a, b *part) int { return a.Number - b.Number })
	for i, p := range parts {
		if i > 0 && p.Number == parts[i-1].Number {
			return nil, &spec.UsageError{
				Msg:  messages.Sprintf("%s and %s are both journals of shard %d of %d", parts[i-1].Path(), p.Path(), p.Number, p.Of),
				Hint: messages.Sprintf("each shard has one journal; name the right one"),
			}
		}
	}
	did := &Result{}
	if len(parts) == 0 { // they were merged and deleted
		did.Shards = base.Whole().Merges
		return did, nil
	}
	did.Shards = parts[0].Of
	did.Missing, did.Open = lacking(base, parts)
	if err := m.refuse(ctx, parts, did); err != nil && !m.Partial {
		return nil, err
	}
	did.Doubled = doubled(parts)
	run := *parts[0].manifest
	run.Preview = false
	run.Settings, run.Version, run.Started = run.Settings.Unsharded(), m.Version, time.Now().UTC()
	run.Input, run.Place = filepath.Base(m.Input), spec.PlaceFrom(m.Journal, m.Input)
	run.Terms = journal.Terms{Limits: run.Limits, Shards: journal.Shards{Merges: did.Shards}}
	var all []journal.Part
	for _, p := range parts {
		all = append(all, journal.Part{Shard: p.String(), Journal: p.Journal})
	}
	if did.Added, err = journal.Merge(m.Journal, all, &run); err != nil {
		return nil, err
	}
	for _, p := range parts {
		if err := journal.MergeEdits(m.Journal, p.Path()); err != nil {
			return nil, err
		}
	}
	return did, nil
}

// paths returns the journals to merge. Without names, they are those beside the input; journals of another number of shards are left out
// if they are merged already. There are none if they were merged and deleted.
func (m *Job) paths(base *journal.Journal) (paths []string, err error) {
	if len(m.Journals) > 0 {
		return m.Journals, nil
	}
	beside, err := shards.Beside(m.Input)
	if err != nil {
		return nil, err
	}
	numbers, last := map[int]bool{}, 0 // of shards, with something to merge
	for _, f := range beside {
		for _, sandbox := range []bool{false, true} {
			n, err := f.News(base, sandbox)
			if err != nil {
				return nil, err
			}
			numbers[f.Of] = numbers[f.Of] || n > 0
		}
		last = f.Of
	}
	maps.DeleteFunc(numbers, func(_ int, news bool) bool { return !news })
	w := base.Whole()
	switch {
	case len(numbers) > 1:
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("%s: there are journals of different numbers of shards beside it", m.Input),
			Hint: messages.Sprintf("name those that belong together: gigabatch merge INPUT JOURNAL …"),
		}
	case len(numbers) == 0 && w != nil && w.Merges > 0:
		numbers[w.Merges] = true
	case len(numbers) == 0 && last > 0:
		numbers[last] = true
	case len(numbers) == 0:
		return nil, &spec.UsageError{
			Msg:  messages.Sprintf("%s: there are no journals of shards beside it", m.Input),
			Hint: messages.Sprintf("name them: gigabatch merge INPUT JOURNAL …; a shard is asked with gigabatch run INPUT --shard 1/8"),
		}
	}
	for _, f := range beside {
		if numbers[f.Of] {
			paths = append(paths, f.Path)
		}
	}
	return paths, nil
}

// openPart opens the journal of a shard that is not running.
func openPart(path string) (*part, error) {
	if err := journal.CheckFree(path); err != nil {
		return nil, err
	}
	j, err := journal.Read(path)
	if err != nil {
		return nil, err
	}
	p := &part{Journal: j, manifest: j.Whole()}
	if p.manifest != nil {
		p.Shard, err = spec.ParseShard(p.manifest.Settings.Shard)
	}
	if err == nil && p.Of == 0 {
		err = &spec.UsageError{
			Msg:  messages.Sprintf("%s: the journal is not that of a shard", path),
			Hint: messages.Sprintf("name the journals of runs with --shard"),
		}
	}
	if err != nil {
		j.Close()
		return nil, err
	}
	return p, nil
}

// belongs refuses a journal of another job than that of the part to.
func (p *part) belongs(to *part) error {
	a, b := to.manifest.Settings.Unsharded(), p.manifest.Settings.Unsharded()
	hint := messages.Sprintf("all shards ask the same input with the same command, but for --shard")
	switch {
	case p.Of != to.Of:
		return &spec.UsageError{Msg: messages.Sprintf("%s and %s are journals of different numbers of shards", to.Path(), p.Path()), Hint: hint}
	case p.manifest.Sandbox != to.manifest.Sandbox:
		return &spec.UsageError{Msg: messages.Sprintf("only one of %s and %s was asked in the sandbox", to.Path(), p.Path()), Hint: hint}
	case !a.SameTasks(&b) || p.manifest.Reading != to.manifest.Reading:
		return &spec.UsageError{Msg: messages.Sprintf("%s and %s have the answers to different prompts or settings", to.Path(), p.Path()), Hint: hint}
	case p.manifest.Content != to.manifest.Content:
		return &spec.UsageError{Msg: messages.Sprintf("%s and %s have the answers about different inputs: the input was changed in between", to.Path(), p.Path()),
			Hint: messages.Sprintf("run all shards again: they ask only what has no answer yet")}
	}
	return nil
}

// lacking returns the shards that are neither among the parts nor merged already, and those that have not asked all their rows.
func lacking(base *journal.Journal, parts []*part) (missing, open []int) {
	has := map[int]bool{}
	for _, p := range parts {
		has[p.Number] = true
		if end := p.Ended(); p.Unended() || p.manifest.Preview || end == nil || end.Pending > 0 {
			open = append(open, p.Number)
		}
	}
	for i := range parts[0].Of {
		if s := (spec.Shard{Number: i + 1, Of: parts[0].Of}); !has[s.Number] && base.MergedUpTo(s.String()) == 0 {
			missing = append(missing, s.Number)
		}
	}
	return missing, open
}

// refuse returns the error of what must not be merged without Partial, nil if all is there.
func (m *Job) refuse(ctx context.Context, parts []*part, did *Result) error {
	hint := messages.Sprintf("run them again, or merge what is there with --partial; what comes later can be merged then, too")
	if lacks := did.Lacks(); !lacks.IsZero() {
		return &spec.UsageError{Msg: lacks, Hint: hint}
	}
	content, err := m.content(ctx, parts[0].Path())
	if err == nil && content != parts[0].manifest.Content {
		err = &spec.UsageError{
			Msg:  messages.Sprintf("%s is not what the shards were asked about: it has changed since, or the journals are those of another input", m.Input),
			Hint: messages.Sprintf("run all shards again, or merge with --partial: rows that have changed are pending then"),
		}
	}
	return err
}

// content returns journal.Shards.Content of the input as it is now.
func (m *Job) content(ctx context.Context, path string) (string, error) {
	r, err := jobs.Past(path, 0, m.Input)
	if err != nil {
		return "", err
	}
	defer r.Close()
	share := &resolve.Share{}
	rows, err := r.Traverse(ctx, func(o *resolve.Options) { o.Share, o.Quiet = share, true })
	if err != nil {
		return "", err
	}
	for _, err := range rows {
		if err != nil {
			return "", err
		}
	}
	return share.Digest(), nil
}

// Lacks says which shards are missing or unfinished, if any are.
func (r *Result) Lacks() messages.Text {
	switch {
	case r.Missing != nil && r.Open != nil:
		return messages.Sprintf("of %d {shard|shards}, %s have no journal, and %s have not asked all their rows", r.Shards, list(r.Missing), list(r.Open))
	case r.Missing != nil:
		return messages.Sprintf("of %d {shard|shards}, %s have no journal", r.Shards, list(r.Missing))
	case r.Open != nil:
		return messages.Sprintf("of %d {shard|shards}, %s have not asked all their rows", r.Shards, list(r.Open))
	}
	return messages.Text{}
}

// maxListed is how many shards are named in a message.
const maxListed = 20

// list returns numbers of shards for a message.
func list(numbers []int) string {
	var all []string
	for i, n := range numbers {
		if i == maxListed {
			all = append(all, "…")
			break
		}
		all = append(all, strconv.Itoa(n))
	}
	return strings.Join(all, ", ")
}

// doubled counts the completions that more than one part has.
func doubled(parts []*part) (n int) {
	if len(parts) < 2 {
		return 0
	}
	var seen journal.Index
	for _, p := range parts {
		for k := range p.Keys(p.manifest.Sandbox) {
			at, _ := p.Latest(k, p.manifest.Sandbox)
			if at.State != task.Completed {
				continue
			}
			if _, has := seen.Get(k); has {
				n++
			}
			seen.Put(k, at)
		}
	}
	return n
}
