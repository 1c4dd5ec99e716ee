package jobs

import "gigabatch/internal/io/table"

// sink begins an output at dst, and one that goes nowhere if there is none.
func (r *Run) sink(src table.Source, dst string) (table.Sink, error) {
	if dst == "" {
		return noSink{}, nil
	}
	return src.Sink(dst, r.Settings.OutputNames()...)
}

// noSink takes rows that are written elsewhere only.
type noSink struct{}

func (noSink) Write(table.Row, ...any) error         { return nil }
func (noSink) Altered() table.Altered                { return table.Altered{} }
func (noSink) Commit(func(sum [32]byte) error) error { return nil }
func (noSink) Close() error                          { return nil }
