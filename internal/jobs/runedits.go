package jobs

// edits reads the edits beside the run's journal, nil if there never were any.
func (r *Run) edits() (*Edits, error) {
	if r.Journal == "" {
		return nil, nil
	}
	e, err := OpenEdits(r.Journal)
	if err != nil || len(e.texts) == 0 {
		return nil, err
	}
	return e, nil
}
