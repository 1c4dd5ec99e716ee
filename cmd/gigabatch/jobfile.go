package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec/jobfile"
)

// job is a job file; nil where there is none.
type job struct {
	file  *jobfile.File
	lists map[string][]string // what it says as a list where a flag takes one text, by flag
	// objects are what it writes out where a flag names a file, by flag.
	objects map[string]json.RawMessage
}

// object is what the job file writes out for a flag, nil if the command line says something or nobody does.
func (j *job) object(flag string) json.RawMessage {
	if j == nil {
		return nil
	}
	return j.objects[flag]
}

// list is what the job file says as a list, nil if the command line or nobody does.
func (j *job) list(flag string) []string {
	if j == nil {
		return nil
	}
	return j.lists[flag]
}

// isJobFile reports whether an argument names a job file.
func isJobFile(arg string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(arg)))
}

// readJob reads a job file and lets it say what the command line does not.
func readJob(c *cli.Context, name string) (*job, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, usage(fmt.Sprintf("%s: cannot be read: %s", name, cause(err)), "gigabatch init writes an example of a job file")
	}
	f, err := jobfile.Read(name, data, flags.JobSpec())
	if err != nil {
		return nil, err
	}
	j := &job{file: f, lists: map[string][]string{}, objects: map[string]json.RawMessage{}}
	for i := range f.Entries {
		if err := j.set(c, &f.Entries[i]); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// set gives a flag the value of an entry, unless the command line did, or said the same in another way.
func (j *job) set(c *cli.Context, e *jobfile.Entry) error {
	f := flags.OfKey(e.Name)
	if f == nil || c.IsSet(f.Name) || flags.Excluded(f.Name, c.IsSet) {
		return nil // the input, or what the command line says
	}
	if e.Object != nil {
		j.objects[f.Name] = e.Object
		return nil
	}
	values := e.Values
	if f.Kind != flags.Repeated {
		if e.Listed {
			j.lists[f.Name] = values
		}
		values = []string{strings.Join(values, ",")}
	}
	for _, v := range values {
		if err := c.Set(f.Name, v); err != nil {
			return j.file.Refuse(e, fmt.Sprintf("%s: %q cannot be taken: %v", e.Name, v, err), "")
		}
	}
	return nil
}

// sayService tells where a job file sends requests: with the user's key.
func (j *job) sayService(s stdio) {
	if j == nil {
		return
	}
	for _, key := range []string{"base_url", "auth_url"} {
		if e := j.file.Entry(key); e != nil {
			say(s.err, "note: %s:%d: the service is %s", j.file.Name, e.Line, e.Value())
		}
	}
}

// asks are the completion columns of the job file, nil if it has none.
func (j *job) asks(c *cli.Context, env environment) ([]jobs.Ask, error) {
	if j == nil || len(j.file.Columns) == 0 {
		return nil, nil
	}
	for _, f := range flags.Run {
		if f.Columns == flags.ForOneColumn && c.IsSet(f.Name) {
			return nil, usage(fmt.Sprintf("--%s is for a single column, and %s has columns", f.Name, j.file.Name), "put it into the column")
		}
	}
	all := make([]jobs.Ask, len(j.file.Columns))
	for i := range all {
		col := &j.file.Columns[i]
		if err := askSettings(columnValues{col, flagValues{c, j}}, env, &all[i]); err != nil {
			return nil, j.at(col, "", err)
		}
		all[i].CompletionColumn = col.Entry("name").Value()
	}
	return all, nil
}

// at puts the place in the job file before an error about a column.
func (j *job) at(col *jobfile.Column, field string, err error) error {
	e := &jobfile.Error{Name: j.file.Name, Line: col.Line, Col: col.Col, Msg: strings.ReplaceAll(err.Error(), "--", ""), Hint: hint(err)}
	for _, key := range []string{field, field + "_file"} {
		if entry := col.Entry(key); entry != nil {
			e.Line, e.Col = entry.Line, entry.Col
		}
	}
	return e
}

// placed finds the place in the job file for an error about one of its columns.
func (j *job) placed(err error) error {
	var wrong *jobs.UsageError
	if j == nil || errors.As(err, new(*lateError)) || !errors.As(err, &wrong) || wrong.Column == "" {
		return err
	}
	for i := range j.file.Columns {
		if col := &j.file.Columns[i]; col.Entry("name").Value() == wrong.Column {
			return j.at(col, wrong.Field, err)
		}
	}
	return err
}
