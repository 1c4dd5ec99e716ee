package jobs

import (
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/shards"
)

// besideShards checks that the run pays for nothing that a run of a shard, or of the whole input, has paid for.
func (r *Run) besideShards() (err error) {
	if r.base != nil {
		r.base.Close()
	}
	if r.base, err = shards.Base(r.job.Input, &r.job.Settings, r.sandbox); err == nil && r.journal != nil {
		r.journal.Over(r.base)
	}
	return err
}

// sameGroups refuses a shard if rows that it asks may have been asked by another one, because the input has changed since.
func (r *Run) sameGroups(share *resolve.Share) error {
	if !share.Grouped() {
		return nil
	}
	return shards.SameContent(r.job.Input, &r.job.Settings, share.Digest(), r.sandbox)
}

// answers returns the journal with the answers for the run, nil if there is none.
func (r *Run) answers() *journal.Journal {
	if r.journal != nil || r.base == nil {
		return r.journal
	}
	j := journal.Absent(r.job.Journal)
	j.Over(r.base)
	return j
}
