package jobs

import (
	"reflect"
	"slices"
	"strings"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
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
	options := r.options()
	k := &r.kept
	if now, err := r.identify(); err == nil && k.source != nil && reflect.DeepEqual(k.options, options) && now.Same(k.opened) {
		return k.source, nil
	}
	k.close()
	src, err := open.Open(r.name(), options)
	if err != nil {
		return nil, err
	}
	if r.wrap != nil {
		src = r.wrap(src, options)
	}
	*k = keptSource{source: src, options: options, opened: src.Stat()}
	return src, nil
}

// options are how the input is read.
func (r *Run) options() table.Options {
	o := r.Settings.Options
	o.UTF8, o.Wanted, o.Likely, o.Found = r.utf8, r.Settings.wanted(), promptColumns, r.before
	o.Attachable = gigachat.FileExtensions()
	return o
}

// documents reports whether the rows are documents.
func (r *Run) documents() bool { return r.Settings.Documents != nil }

// name is what messages call the input.
func (r *Run) name() string {
	if r.documents() {
		return strings.Join(r.Settings.Documents, " ")
	}
	return r.Input
}

// isInput reports whether a path is that of the table that is read.
func (r *Run) isInput(path string) bool { return !r.documents() && sameFile(path, r.Input) }

// identify identifies the input as it is now.
func (r *Run) identify() (table.Identity, error) { return open.Identify(r.name(), r.options()) }

// differs reports whether the input is no longer what it was.
func (r *Run) differs(was table.Identity) bool {
	now, err := r.identify()
	return err != nil || !now.Same(was)
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

// wanted are the columns of the input that the prompts name.
func (s *Settings) wanted() []string {
	var names []string
	for _, a := range s.asks() {
		t, err := ParseTemplate(a.Prompt)
		if err != nil {
			continue // which is said when the prompt is read
		}
		for _, name := range t.Columns() {
			if _, other := s.reference(name); !other && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
