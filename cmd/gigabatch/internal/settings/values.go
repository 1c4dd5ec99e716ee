package settings

import (
	"encoding/json"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/spec/jobfile"
)

// settingValues say what a completion column is like: the flags, or a column of a job file over them. Names are those of flags.
type settingValues interface {
	isSet(name string) bool
	text(name string) string
	list(name string) []string          // the texts of a list, which commas divide in a flag
	object(name string) json.RawMessage // what is written out in a job file, nil if a file is named
}

// flagValues are the flags of a command.
type flagValues struct {
	c   *cli.Context
	job *Job // that has set some of them, nil if there is none
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
	return List(f.c.String(name))
}

func (f flagValues) object(name string) json.RawMessage { return f.job.object(name) }

// columnValues are a column of a job file. What it does not say, the flags do; those that are for one column only count for none.
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

// other reports whether the column says in another way what a flag would: system for system-file and the other way round.
func (v columnValues) other(name string) bool {
	return flags.Excluded(name, func(name string) bool { return v.entry(name) != nil })
}

func (v columnValues) list(name string) []string {
	e := v.entry(name)
	switch {
	case e == nil && flags.ForAll(name):
		return v.flags.list(name)
	case e == nil:
		return nil
	case e.Listed:
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
