package jobs

import (
	"context"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Export writes a table with what the journal of an input holds by now to dst, a new file whose extension chooses the format; the settings
// are those of the last run. Nothing is asked or journaled, and a run may hold the journal meanwhile.
func Export(ctx context.Context, path, dst string) (*task.Summary, error) {
	j, err := journal.Read(path)
	if err != nil {
		return nil, err
	}
	r := &Run{Journal: path, journal: j, dry: true}
	defer r.close()
	if j.Whole() == nil {
		return nil, noRuns(path, path)
	}
	r.Input = j.Whole().InputOf(path)
	if err := r.resumeSettings(func(s *spec.Settings) error { return exportTo(s, dst) }); err != nil {
		return nil, err
	}
	sum := &task.Summary{Tally: newTally(&r.Settings), Journal: path}
	return sum, r.merge(ctx, sum)
}

// exportTo changes the settings so that a table at dst is all that is written.
func exportTo(s *spec.Settings, dst string) error {
	s.Output, s.InPlace, s.OutDir = dst, false, ""
	if f, ok := table.FormatOf(dst); ok && f != table.CSV {
		s.CSVDialect = ""
	}
	if s.OutputColumns == nil {
		s.OutputColumns = spec.DefaultOutputColumns
	}
	return s.Check()
}
