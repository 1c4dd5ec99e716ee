package settings

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/spec/jobfile"
	"gigabatch/internal/messages"
)

// Input is the input of a run.
type Input struct {
	Name      string   // the table, "-" for standard input; the name of documents in messages
	Documents []string // nil for a table
	Job       *Job     // nil without a job file
}

// InputOf determines the input from the arguments, which name a table, documents, or a job file.
func InputOf(c *cli.Context) (*Input, error) {
	args := c.Args().Slice()
	in := &Input{}
	if len(args) == 1 && isJobFile(args[0]) && c.String("format") == "" {
		var err error
		if in.Job, err = readJob(c, args[0]); err != nil {
			return nil, err
		}
		args = in.Job.File.Entry("input").Values
	}
	if len(args) == 0 {
		return nil, flags.Usage(messages.Sprintf("%s: no input given", c.Command.Name),
			messages.Sprintf("give the name of a file: gigabatch %s INPUT", c.Command.Name))
	}
	f, err := format(c.String("format"))
	if err != nil {
		return nil, err
	}
	for _, a := range args {
		if _, err := os.Lstat(a); err != nil && !flags.SlipHint(a).IsZero() {
			return nil, flags.Leftover(a, messages.Text{})
		}
	}
	for _, a := range args[1:] {
		if strings.HasPrefix(a, "-") {
			return nil, flags.Leftover(a, messages.Sprintf("put flags before --; for a file of that name, write ./%s", a))
		}
	}
	in.Name = strings.Join(args, " ")
	if in.Name != "-" && isDocuments(args, f) {
		in.Documents = args
	}
	if in.Documents == nil && len(args) > 1 {
		return nil, flags.Leftover(args[1], messages.Sprintf("give one table at a time; put quotes around a name with spaces"))
	}
	return in, nil
}

// isDocuments reports whether the arguments name documents: several files, a folder, a pattern, or one file with a document extension.
func isDocuments(args []string, f table.Format) bool {
	if f != "" || len(args) != 1 {
		return f == table.Documents || f == "" && !allTables(args)
	}
	_, isTable := table.FormatOf(args[0])
	info, err := os.Stat(args[0])
	switch ext := strings.ToLower(filepath.Ext(args[0])); {
	case err == nil && info.IsDir():
		return !isTable
	case err == nil, ext != "" && !strings.ContainsAny(args[0], "*?[{"):
		_, takes := gigachat.FileTypeOf(args[0])
		return !isTable && (takes || slices.Contains(table.TextExtensions, ext))
	}
	return open.IsDocuments(args, f)
}

// allTables reports whether every argument has the extension of a table.
func allTables(args []string) bool {
	for _, a := range args {
		if _, ok := table.FormatOf(a); !ok || table.MayBeText(a) || strings.ContainsAny(a, "*?[{") {
			return false
		}
	}
	return true
}

// output returns the default path of the output.
func (in *Input) output(sandbox bool) string {
	return spec.OutputPath(in.table(), sandbox)
}

// table returns the name of the table, or of one that would have the documents.
func (in *Input) table() string {
	if in.Documents == nil {
		return in.Name
	}
	name := "documents"
	if len(in.Documents) == 1 && filepath.Ext(in.Name) != "" && !strings.ContainsAny(in.Name, "*?[{") {
		name = strings.TrimSuffix(in.Name, filepath.Ext(in.Name))
	}
	return name + ".csv"
}

// Anchor returns the path beside which the journal lies and to which other paths are relative: the table, or the output of documents.
func (in *Input) Anchor(set *spec.Settings) string {
	switch {
	case in.Documents == nil:
		return in.Name
	case set.Output != "" && set.Output != "-":
		return set.Output
	}
	return filepath.Clean(set.OutDir)
}

// CheckDocuments fails if documents are used with flags for tables, or with standard output and no --journal.
func (in *Input) CheckDocuments(c *cli.Context) error {
	if in.Documents == nil {
		return nil
	}
	for _, f := range flags.Run {
		if (f.Name == "in-place" || len(f.Formats) > 0) && c.IsSet(f.Name) {
			return flags.Usage(messages.Sprintf("--%s is for tables, and %s is not a table", f.Name, in.Name), messages.Sprintf("remove the flag"))
		}
	}
	if c.String("output") == "-" && c.String("journal") == "" {
		return flags.Usage(messages.Sprintf("documents need --journal if the answers go to standard output"),
			messages.Sprintf("for example: --journal summaries.gigabatch"))
	}
	return nil
}

// Apart refuses a file that a run writes and that would be one of the documents of the next run, which would be paid for.
func Apart(args []string, name string) error {
	if name != "" && name != "-" && open.FindsDocument(args, name) {
		return flags.Usage(messages.Sprintf("%s would be one of the documents that are asked about", name), messages.Sprintf("choose another folder"))
	}
	return nil
}

// kept returns the path beside which the journal of an earlier run lies: the input, or the output of documents, to whose name the sandbox
// added something.
func kept(arg, journal string) string {
	if _, err := os.Stat(spec.JournalPath(arg)); err == nil || journal != "" || arg == "-" {
		return arg
	}
	for _, other := range []string{spec.SandboxPath(arg), spec.SandboxFolder(arg)} {
		if _, err := os.Stat(spec.JournalPath(other)); err == nil {
			return other
		}
	}
	return arg
}

// Kept finds the input and the journal of an earlier run. arg names the input or a job file. The journal is "" if it lies beside the input.
func Kept(c *cli.Context, arg string) (input, journal string, err error) {
	journal = c.String("journal")
	if !isJobFile(arg) {
		return kept(arg, journal), journal, nil
	}
	data, err := os.ReadFile(arg)
	if err != nil {
		return "", "", flags.Usage(messages.Sprintf("%s: cannot read the file: %v", arg, console.Cause(err)),
			messages.Sprintf("name the input or the job file of the run"))
	}
	f, err := jobfile.Read(arg, data, flags.JobSpec())
	if err == nil {
		err = inside(c, f)
	}
	if err != nil {
		return "", "", err
	}
	said := func(key string) string {
		if e := f.Entry(key); e != nil {
			return e.Value()
		}
		return ""
	}
	args := f.Entry("input").Values
	in := &Input{Name: strings.Join(args, " ")}
	if in.Name == "-" {
		return "-", "", nil
	}
	if isDocuments(args, table.Format(said("format"))) {
		in.Documents = args
	}
	journal = cmp.Or(journal, said("journal"))
	if in.Documents == nil {
		return in.Name, journal, nil
	}
	real := &spec.Settings{Output: said("output"), OutDir: said("out_dir")}
	if real.Output == "" && real.OutDir == "" {
		real.Output = in.output(false)
	}
	trial := &spec.Settings{OutDir: outDir(real.OutDir, true), Output: real.Output}
	switch {
	case said("output") == "" && real.OutDir == "":
		trial.Output = in.output(true)
	case real.Output != "" && real.Output != "-":
		trial.Output = spec.SandboxPath(real.Output)
	}
	return newest(in.Anchor(real), in.Anchor(trial)), journal, nil
}

// newest returns the path beside which the newer journal lies: that of the last run.
func newest(real, trial string) string {
	at, err := os.Stat(spec.JournalPath(trial))
	if err != nil {
		return real
	}
	if info, err := os.Stat(spec.JournalPath(real)); err == nil && !at.ModTime().After(info.ModTime()) {
		return real
	}
	return trial
}
