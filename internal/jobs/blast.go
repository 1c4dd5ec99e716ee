package jobs

import (
	"slices"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/blast"
	"gigabatch/internal/jobs/journal"
)

// newBlast prepares to compare the plan of r with what earlier runs asked that wrote where it writes and had the same kind of service. It
// returns nil if there are none.
func newBlast(r *Run, src table.Source) *blast.Finder {
	if r.journal == nil || r.preview > 0 || r.job.Fresh {
		return nil
	}
	var like []*journal.Manifest
	var last *journal.Manifest // of those that were no previews
	err := journal.Manifests(r.job.Journal, func(m *journal.Manifest) {
		then := m.Settings.Located(r.job.Input)
		if m.Sandbox != r.sandbox || !r.job.writes().same(placesOf(&then)) {
			return
		}
		if like = append(like, m); !m.Preview {
			last = m
		}
	})
	if err != nil || len(like) == 0 {
		return nil
	}
	s := &r.job.Settings
	f := blast.NewFinder(s, r.out.Edits != nil)
	if tally := r.journal.Standing().Tally; tally != nil && last != nil && r.journal.Whole().Equal(last) && !last.Settings.Selects() && !s.Selects() {
		then := last.Settings.Located(r.job.Input)
		f.Ended(&then, tally)
	}
	for _, m := range slices.Backward(like) {
		then := m.Settings.Located(r.job.Input)
		if !f.Wants(&then) {
			continue
		}
		options, err := r.earlierOptions(src, m)
		if err == nil && len(options.Columns.List) == len(then.All()) && f.Run(&then, &options) == maxEarlier {
			break
		}
	}
	return f
}
