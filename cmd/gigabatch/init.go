package main

import (
	_ "embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/publish"
	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/messages"
)

const defaultJobFile = "job.yaml"

func initCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "create an example of a job file and its input",
		ArgsUsage: "[FILE]",
		Description: "FILE is job.yaml by default; - prints the job file and writes nothing. Existing files are not replaced.\n" +
			"Then try it without an account:  gigabatch run --sandbox job.yaml\n\n" +
			"Read more: docs/forms.md",
		Action: func(c *cli.Context) error { return writeExample(c, s) },
	}
}

func writeExample(c *cli.Context, s stdio) error {
	name := defaultJobFile
	if c.Args().Present() {
		var err error
		if name, err = flags.OneArgument(c, messages.Sprintf("file")); err != nil {
			return err
		}
	}
	if name == "-" {
		_, err := io.WriteString(s.out, exampleIn(s.err.Language, defaultJobFile).job)
		return err
	}
	if ext := strings.ToLower(filepath.Ext(name)); ext != ".yaml" && ext != ".yml" {
		return flags.Usage(messages.Sprintf("%s: the name of a job file ends in .yaml", name), messages.Sprintf("for example: gigabatch init %s", defaultJobFile))
	}
	ex := exampleIn(s.err.Language, filepath.Base(name))
	err := writeNew(name, ex.job)
	if errors.Is(err, fs.ErrExist) {
		return flags.Usage(messages.Sprintf("%s already exists", name),
			messages.Sprintf("name another file: gigabatch init other.yaml (gigabatch init - prints the example)"))
	}
	if err != nil {
		return err
	}
	s.err.Say("written: %s", name)
	return writeExampleInput(s, ex, name)
}

// writeExampleInput writes the input beside the job file and says how to try the job. An existing file is kept; if it is another one, the
// column that the job needs is named instead.
func writeExampleInput(s stdio, ex example, job string) error {
	input := filepath.Join(filepath.Dir(job), exampleInputName)
	err := writeNew(input, ex.input)
	if errors.Is(err, fs.ErrExist) {
		if text, err := os.ReadFile(input); err != nil || string(text) != ex.input {
			s.err.Say("%s already exists and was kept; the example needs an input with the column %q", input, ex.column)
			return nil
		}
		s.err.Say("%s already exists and was kept", input)
	} else if err != nil {
		return err
	} else {
		s.err.Say("written: %s", input)
	}
	s.err.Say("try it without an account: gigabatch run --sandbox %s", messages.Argument(job))
	return nil
}

// writeNew writes a new file. The error is fs.ErrExist if it exists.
func writeNew(name, text string) error {
	if err := publish.Absent(name); err != nil {
		return err
	}
	f, err := atomicfile.Create(name, 0o644)
	if err != nil {
		return flags.Usage(messages.Sprintf("%s: cannot be written: %s", name, console.Cause(err)),
			messages.Sprintf("choose a folder that exists and is writable"))
	}
	defer f.Close()
	if _, err := io.WriteString(f, text); err != nil {
		return err
	}
	return f.Commit(func() error { return publish.Absent(name) })
}

const exampleInputName = "reviews.csv"

// example is the example in a language: a job file and its input.
type example struct {
	job, input string
	column     string // the input column that the job uses
}

var (
	//go:embed example/job.en.yaml
	englishJob string
	//go:embed example/reviews.en.csv
	englishInput string
	//go:embed example/job.ru.yaml
	russianJob string
	//go:embed example/reviews.ru.csv
	russianInput string
)

// exampleIn returns the example in a language, for a job file with that name.
func exampleIn(l messages.Language, name string) example {
	ex := example{job: englishJob, input: englishInput, column: "text"}
	if l == messages.Russian {
		ex = example{job: russianJob, input: russianInput, column: "отзыв"}
	}
	ex.job = strings.ReplaceAll(ex.job, "JOB", name)
	return ex
}
