package jobs

import (
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/prompt"
)

// askers makes the askers of all completion columns for a source.
func (r *Run) askers(src table.Source) (*prompt.Columns, error) {
	if err := r.files.Open(&r.Settings, r.Input); err != nil {
		return nil, err
	}
	return prompt.New(&r.Settings, src, r.owned(src), &r.files)
}
