package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs"
)

// runInput is what a run reads.
type runInput struct {
	name      string   // of the table, "-" for standard input; of documents what messages call them
	documents []string // nil for a table
	job       *job     // nil where there is no job file
}

// inputOf finds out what the arguments name.
func inputOf(c *cli.Context) (*runInput, error) {
	args := c.Args().Slice()
	in := &runInput{}
	if len(args) == 1 && isJobFile(args[0]) && c.String("format") == "" {
		var err error
		if in.job, err = readJob(c, args[0]); err != nil {
			return nil, err
		}
		args = in.job.file.Entry("input").Values
	}
	if len(args) == 0 {
		return nil, usage("run: no input given", "gigabatch run INPUT")
	}
	f, err := format(c.String("format"))
	if err != nil {
		return nil, err
	}
	for _, a := range args[1:] {
		if strings.HasPrefix(a, "-") {
			return nil, leftover(a, "flags stand before --; a file of that name is written ./"+a)
		}
	}
	in.name = strings.Join(args, " ")
	if in.name != "-" && isDocuments(args, f) {
		in.documents = args
	}
	if in.documents == nil && len(args) > 1 {
		return nil, leftover(args[1], "one table at a time; one with spaces in its name needs quotes around it")
	}
	return in, nil
}

// textExtensions are those of texts that are documents, beside what the service takes as a file.
var textExtensions = []string{
	".txt", ".md", ".markdown", ".rst", ".adoc", ".org", ".html", ".htm", ".xml", ".tex", ".log", ".srt", ".vtt", ".eml", ".rtf",
}

// isDocuments reports whether the arguments name documents: several, a folder, a pattern, or one file of a kind that documents have.
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
		return !isTable && (takes || slices.Contains(textExtensions, ext))
	}
	return open.IsDocuments(args, f)
}

// allTables reports whether every argument has the extension of a table.
func allTables(args []string) bool {
	for _, a := range args {
		if _, ok := table.FormatOf(a); !ok || strings.ContainsAny(a, "*?[{") {
			return false
		}
	}
	return true
}

// output is where the output stands when the user does not say.
func (in *runInput) output(sandbox bool) string {
	if in.documents == nil {
		return jobs.OutputPath(in.name, sandbox)
	}
	name := "documents"
	if len(in.documents) == 1 && filepath.Ext(in.name) != "" && !strings.ContainsAny(in.name, "*?[{") {
		name = strings.TrimSuffix(in.name, filepath.Ext(in.name))
	}
	return jobs.OutputPath(name+".csv", sandbox)
}

// anchor is the name beside which the journal stands, and from which places are told: the table, or the output of documents.
func (in *runInput) anchor(set *jobs.Settings) string {
	switch {
	case in.documents == nil:
		return in.name
	case set.Output != "" && set.Output != "-":
		return set.Output
	}
	return filepath.Clean(set.OutDir)
}

// checkDocuments refuses what documents cannot have.
func (in *runInput) checkDocuments(c *cli.Context) error {
	if in.documents == nil {
		return nil
	}
	for _, name := range []string{"in-place", "sheet", "all-sheets", "raw-values", "visible-only", "header-row", "no-header", "delimiter", "encoding"} {
		if c.IsSet(name) {
			return usage(fmt.Sprintf("--%s is for a table, and %s is none", name, in.name), "leave it out")
		}
	}
	if c.String("output") == "-" && c.String("journal") == "" {
		return usage("documents whose answers go to standard output need --journal", "for example: --journal summaries.gigabatch")
	}
	return nil
}
