package jobs

import "gigabatch/internal/io/table"

// askers makes the askers of all completion columns for a source.
func (r *Run) askers(src table.Source) (*askers, error) {
	if err := r.files.open(&r.Settings, r.Input); err != nil {
		return nil, err
	}
	return newAskers(&r.Settings, src, r.owned(src), &r.files)
}
