package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
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
		_, err := io.WriteString(s.out, exampleJob(defaultJobFile))
		return err
	}
	if ext := strings.ToLower(filepath.Ext(name)); ext != ".yaml" && ext != ".yml" {
		return flags.Usage(messages.Sprintf("%s: a job file is named .yaml", name), messages.Sprintf("for example: gigabatch init %v", defaultJobFile))
	}
	err := writeNew(name, exampleJob(filepath.Base(name)))
	if errors.Is(err, fs.ErrExist) {
		return flags.Usage(messages.Sprintf("%v exists already", name), messages.Sprintf("name another file: gigabatch init other.yaml; - prints the example"))
	}
	if err != nil {
		return err
	}
	s.err.Say("written: %s", name)
	return writeExampleInput(s, name)
}

// writeExampleInput puts the input beside the job file. One that is there already stays.
func writeExampleInput(s stdio, job string) error {
	input := filepath.Join(filepath.Dir(job), exampleInputName)
	switch err := writeNew(input, exampleInput); {
	case errors.Is(err, fs.ErrExist):
		s.err.Say("%s was there already and stays as it is", input)
	case err != nil:
		return err
	default:
		s.err.Say("written: %s", input)
	}
	s.err.Say("try it without an account: gigabatch run --sandbox %s", job)
	return nil
}

// writeNew writes a file that does not exist yet; the error is fs.ErrExist if it does.
func writeNew(name, text string) error {
	if err := absent(name); err != nil {
		return err
	}
	f, err := atomicfile.Create(name, 0o644)
	if err != nil {
		return flags.Usage(messages.Sprintf("%s: cannot be written: %s", name, console.Cause(err)),
			messages.Sprintf("name a file in a folder that exists and may be written to"))
	}
	defer f.Close()
	if _, err := io.WriteString(f, text); err != nil {
		return err
	}
	return f.Commit(func() error { return absent(name) })
}

// absent returns fs.ErrExist if there is anything of that name.
func absent(name string) error {
	if _, err := os.Lstat(name); err == nil {
		return fs.ErrExist
	}
	return nil
}

const exampleInputName = "reviews.csv"

const exampleInput = `id,text
1,The kettle boils in a minute and looks great.
2,It leaked on the second day and nobody answers the phone.
3,It is a kettle.
`

// exampleJob is the example for a job file of that name.
func exampleJob(name string) string { return strings.ReplaceAll(exampleJobText, "JOB", name) }

const exampleJobText = `# A job of gigabatch. Try it without an account:  gigabatch run --sandbox JOB
#
# Every flag of "gigabatch run" is a key here, with _ for -, and what is given on the command line counts more. All keys, for an editor
# too, stand in docs/job.schema.json. Files are named relative to the folder of this file.

input: reviews.csv # CSV, XLSX or JSONL
output: reviews.answers.csv # its extension chooses the format
model: GigaChat-2

# More keys for the whole job. Take the # away to use them.
# system: You answer briefly. # the system prompt
# temperature: 0.2 # randomness
# max_tokens: 500 # at most so many tokens for a completion
# where: [id!=2] # only rows for which all of this holds
# limit: 10 # only the first rows
# rpm: 60 # at most so many requests a minute
# concurrency: 4 # at most so many requests at once; auto finds the limit of the key
# max_attempts: 3 # for one row
# grace: 30s # after Ctrl-C, the time for answers under way
# output_columns: [completion, error] # what is written, beside the input
# overwrite: true # replace an output that gigabatch did not write

# The columns to be completed. A prompt takes {{text}} from the input, and {{sentiment}} from the column of that name here. A text that
# begins with {{ needs quotes around it.
columns:
  - name: sentiment
    prompt: |
      Is this review positive, negative or neutral?
      {{text}}
    choices: [positive, negative, neutral] # one of these, and nothing else
    # temperature: 0 # the keys of a completion, for this column only

  - name: facts
    prompt: "What is the review about? {{text}}"
    schema: # the completion is JSON like this; or the name of a file with the schema
      type: object
      properties:
        product: {type: string}
        complaint: {type: string}
      required: [product, complaint]
    # repairs: 2 # ask again so often if it does not fit

  - name: reply
    when: sentiment!=neutral # only these rows
    prompt: |
      Write a short reply to this review, which is {{sentiment}}: {{text}}
      What it is about: {{facts}}
    # model: GigaChat-2-Max # another model for this column
`
