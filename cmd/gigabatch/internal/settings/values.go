package settings

import (
	"encoding/json"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/spec/jobfile"
)

// settingValues holds the settings of a completion column: the flags, or a column of a job file with the flags as defaults. The names are
// those of flags.
type settingValues interface {
	isSet(name string) bool
	text(name string) string
	list(name string) []string          // the items of a list, which a flag separates by commas
	object(name string) json.RawMessage // the object in a job file, nil if it names a file
}

// flagValues are the values of the flags of a command.
type flagValues struct {
	c   *cli.Context
	job *Job // that has set some of the flags; may be nil
}

func (f flagValues) isSet(name string) bool { return f.c.IsSet(name) }

func (f flagValues) text(name string) string {
	if v := f.c.Value(name); v != nil {
		return textOf(v)
	}
	return ""
}

func (f flagValues) list(name string) []string {
	if given := f.job.list(name); given != nil {
		return given
	}
	if texts := flags.Texts(f.c, name); texts != nil {
		return texts
	}
	return List(f.c.String(name))
}

func (f flagValues) object(name string) json.RawMessage { return f.job.object(name) }

// columnValues are the values of a column of a job file. The flags are its defaults, except those for a single column.
type columnValues struct {
	column *jobfile.Column
	flags  flagValues
}

func (v columnValues) entry(name string) *jobfile.Entry { return v.column.Entry(flags.Key(name)) }

func (v columnValues) isSet(name string) bool {
	return v.entry(name) != nil || flags.ForAll(name) && !v.other(name) && v.flags.isSet(name)
}

func (v columnValues) text(name string) string {
	switch e := v.entry(name); {
	case e != nil:
		return e.Value()
	case flags.ForAll(name) && !v.other(name):
		return v.flags.text(name)
	}
	return ""
}

// other reports whether the column has a key that excludes a flag, such as system for system-file.
func (v columnValues) other(name string) bool {
	return flags.Excluder(name, func(name string) bool { return v.entry(name) != nil }) != ""
}

func (v columnValues) list(name string) []string {
	e := v.entry(name)
	switch {
	case e == nil && flags.ForAll(name):
		return v.flags.list(name)
	case e == nil:
		return nil
	case e.Listed || flags.IsRepeated(name):
		return e.Values
	}
	return List(e.Value())
}

func (v columnValues) object(name string) json.RawMessage {
	if e := v.entry(name); e != nil {
		return e.Object
	}
	return nil
}
