package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/rooted"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/spec/jobfile"
	"gigabatch/internal/messages"
)

// Job is a job file, with its values for flags. It may be nil: no job file.
type Job struct {
	File    *jobfile.File
	lists   map[string][]string        // by flag: lists for flags that take one text
	objects map[string]json.RawMessage // by flag: objects for flags that take the path of a file
}

// object returns the object that the job file has for a flag, nil if it has none or the command line sets the flag.
func (j *Job) object(flag string) json.RawMessage {
	if j == nil {
		return nil
	}
	return j.objects[flag]
}

// list returns the list that the job file has for a flag, nil if it has none or the command line sets the flag.
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

// readJob reads a job file and sets the flags that the command line does not set.
func readJob(c *cli.Context, name string) (*Job, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("%s: cannot read the file: %v", name, console.Cause(err)),
			messages.Sprintf("gigabatch init creates an example of a job file"))
	}
	f, err := jobfile.Read(name, data, flags.JobSpec())
	if err != nil {
		return nil, err
	}
	j := &Job{File: f, lists: map[string][]string{}, objects: map[string]json.RawMessage{}}
	if err := inside(c, f); err != nil {
		return nil, err
	}
	for i := range f.Entries {
		if err := j.set(c, &f.Entries[i]); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// inside refuses a path outside the folder of the job file unless --allow-outside permits it. Whoever wrote the job file could otherwise have
// any file of the user read, sent or replaced.
func inside(c *cli.Context, file *jobfile.File) error {
	if c.Bool("allow-outside") {
		return nil
	}
	all := slices.Clone(file.Entries)
	for _, col := range file.Columns {
		all = append(all, col.Entries...)
	}
	for i := range all {
		e := &all[i]
		if f := flags.OfKey(e.Name); e.Name != "input" && (f == nil || !f.File) {
			continue
		}
		if f := flags.OfKey(e.Name); f != nil && i < len(file.Entries) && c.IsSet(f.Name) {
			continue // the command line overrides the key
		}
		for _, path := range e.Values {
			if path == "" || path == "-" || rooted.IsBelow(filepath.Dir(file.Name), path) {
				continue
			}
			what := messages.Sprintf("%s: %q is outside the folder of the job file", e.Name, path)
			if to, err := filepath.EvalSymlinks(path); err == nil && to != filepath.Clean(path) {
				what = messages.Sprintf("%s: %q leads to %q, which is outside the folder of the job file", e.Name, path, to)
			}
			err := file.Refuse(e, what)
			err.Hint = messages.Sprintf("if you trust this job file, add --allow-outside")
			return err
		}
	}
	return nil
}

// set sets a flag to the value of an entry, unless the command line sets it or a flag that excludes it.
func (j *Job) set(c *cli.Context, e *jobfile.Entry) error {
	f := flags.OfKey(e.Name)
	if f == nil || c.IsSet(f.Name) {
		return nil // the input, or a flag of the command line
	}
	if !flags.Has(c, f.Name) {
		return j.File.Refuse(e, messages.Sprintf("gigabatch %s has no %s", c.Command.Name, e.Name))
	}
	if other := flags.Excluder(f.Name, c.IsSet); other != "" {
		if flags.PlaceOf(c, other) == "" {
			return nil // the command line has the last word
		}
		return j.File.Refuse(e, messages.Sprintf("%s and %s cannot be used together", flags.Key(other), e.Name))
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
		if err := flags.SetFrom(c, f.Name, v, fmt.Sprintf("%s:%d", j.File.Name, e.Line)); err != nil {
			return j.File.Refuse(e, messages.Sprintf("%s: invalid value %q: %v", e.Name, v, err))
		}
	}
	return nil
}

// Services returns a note for each URL in the job file, because requests with the user's key go there.
func (j *Job) Services() []messages.Text {
	if j == nil {
		return nil
	}
	var notes []messages.Text
	for _, key := range []string{"base_url", "auth_url"} {
		if e := j.File.Entry(key); e != nil {
			notes = append(notes, messages.Sprintf("note: %s:%d: requests go to %s", j.File.Name, e.Line, e.Value()))
		}
	}
	return notes
}

// columns returns the completion columns of the job file, nil if it has none.
func (j *Job) columns(c *cli.Context, env connection.Environment) ([]spec.Column, error) {
	if j == nil || len(j.File.Columns) == 0 {
		return nil, nil
	}
	for _, f := range flags.Run {
		if f.Columns == flags.ForOneColumn && c.IsSet(f.Name) {
			return nil, flags.Usage(messages.Sprintf("--%s applies to a single column, and %s has a list of columns", f.Name, j.File.Name),
				messages.Sprintf("set it in the column of the job file"))
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

// at adds the position in the job file to an error about a column.
func (j *Job) at(col *jobfile.Column, field string, err error) error {
	e := &jobfile.Error{Name: j.File.Name, Line: col.Line, Col: col.Col,
		Msg: messages.Replace(messages.Sprintf("%v", err), "--", messages.Text{})}
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

// Placed adds the position in the job file to an error about one of its columns. It returns other errors unchanged.
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
