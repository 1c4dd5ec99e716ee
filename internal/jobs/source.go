package jobs

import (
	"reflect"

	"gigabatch/internal/io/table"
)

// keptSource is the input, kept open from one phase of a run to the next, because opening a large workbook costs a pass over it. The
// phases follow each other: no two of them read at once.
type keptSource struct {
	source  table.Source
	options table.Options
	opened  table.Identity
}

// open returns the input. It is the same source as before as long as the file and the way to read it stay the same; nobody but
// the run closes it.
func (r *Run) open() (table.Source, error) {
	options := r.Settings.Options
	options.UTF8, options.Wanted, options.Likely = r.utf8, r.Settings.wanted(), promptColumns
	options.Found = r.before
	k := &r.kept
	if now, err := table.Identify(r.Input); err == nil && k.source != nil && reflect.DeepEqual(k.options, options) && now.Same(k.opened) {
		return k.source, nil
	}
	k.close()
	src, err := table.Open(r.Input, options)
	if err != nil {
		return nil, err
	}
	if r.wrap != nil {
		src = r.wrap(src, options)
	}
	*k = keptSource{source: src, options: options, opened: src.Stat()}
	return src, nil
}

func (k *keptSource) close() {
	if k.source != nil {
		k.source.Close()
	}
	k.source = nil
}

// recall takes over what the last run has found of the input, if it read it the same way.
func (r *Run) recall() {
	if r.journal == nil {
		return
	}
	if last := r.journal.history.last; last != nil && reflect.DeepEqual(last.Settings.Options, r.Settings.Options) {
		r.before = last.Found
	}
}

// wanted are the columns that the prompt names.
func (s *Settings) wanted() []string {
	t, err := ParseTemplate(s.Prompt)
	if err != nil {
		return nil // which is said when the prompt is read
	}
	return t.Columns()
}
