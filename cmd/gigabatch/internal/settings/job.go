package settings

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/spec/jobfile"
	"gigabatch/internal/messages"
)

// Job is a job file; nil where there is none.
type Job struct {
	File  *jobfile.File
	lists map[string][]string // what it says as a list where a flag takes one text, by flag
	// objects are what it writes out where a flag names a file, by flag.
	objects map[string]json.RawMessage
}

// object is what the job file writes out for a flag, nil if the command line says something or nobody does.
func (j *Job) object(flag string) json.RawMessage {
	if j == nil {
		return nil
	}
	return j.objects[flag]
}

// list is what the job file says as a list, nil if the command line or nobody does.
func (j *Job) list(flag string) []string {
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
func readJob(c *cli.Context, name string) (*Job, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("%s: cannot be read: %s", name, console.Cause(err)),
			messages.Sprintf("gigabatch init writes an example of a job file"))
	}
	f, err := jobfile.Read(name, data, flags.JobSpec())
	if err != nil {
		return nil, err
	}
	j := &Job{File: f, lists: map[string][]string{}, objects: map[string]json.RawMessage{}}
	for i := range f.Entries {
		if err := j.set(c, &f.Entries[i]); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// set gives a flag the value of an entry, unless the command line did, or said the same in another way.
func (j *Job) set(c *cli.Context, e *jobfile.Entry) error {
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
			return j.File.Refuse(e, messages.Sprintf("%s: %q cannot be taken: %v", e.Name, v, err))
		}
	}
	return nil
}

// Services tells where a job file sends requests: with the user's key.
func (j *Job) Services() []messages.Text {
	if j == nil {
		return nil
	}
	var notes []messages.Text
	for _, key := range []string{"base_url", "auth_url"} {
		if e := j.File.Entry(key); e != nil {
			notes = append(notes, messages.Sprintf("note: %s:%d: the service is %s", j.File.Name, e.Line, e.Value()))
		}
	}
	return notes
}

// columns are the completion columns of the job file, nil if it has none.
func (j *Job) columns(c *cli.Context, env connection.Environment) ([]spec.Column, error) {
	if j == nil || len(j.File.Columns) == 0 {
		return nil, nil
	}
	for _, f := range flags.Run {
		if f.Columns == flags.ForOneColumn && c.IsSet(f.Name) {
			return nil, flags.Usage(messages.Sprintf("--%s is for a single column, and %s has columns", f.Name, j.File.Name),
				messages.Sprintf("put it into the column"))
		}
	}
	all := make([]spec.Column, len(j.File.Columns))
	for i := range all {
		col := &j.File.Columns[i]
		if err := columnSettings(columnValues{col, flagValues{c, j}}, env, &all[i]); err != nil {
			return nil, j.at(col, "", err)
		}
		all[i].CompletionColumn = col.Entry("name").Value()
	}
	return all, nil
}

// at puts the place in the job file before an error about a column.
func (j *Job) at(col *jobfile.Column, field string, err error) error {
	e := &jobfile.Error{Name: j.File.Name, Line: col.Line, Col: col.Col, Msg: messages.Replace(messages.Sprintf("%v", err), "--", messages.Text{})}
	if wrong, ok := errors.AsType[*spec.UsageError](err); ok {
		e.Hint = wrong.Hint
	}
	for _, key := range []string{field, field + "_file"} {
		if entry := col.Entry(key); entry != nil {
			e.Line, e.Col = entry.Line, entry.Col
		}
	}
	return e
}

// Placed finds the place in the job file for an error about one of its columns.
func (j *Job) Placed(err error) error {
	var wrong *spec.UsageError
	if j == nil || !errors.As(err, &wrong) || wrong.Column == "" {
		return err
	}
	for i := range j.File.Columns {
		if col := &j.File.Columns[i]; col.Entry("name").Value() == wrong.Column {
			return j.at(col, wrong.Field, err)
		}
	}
	return err
}
