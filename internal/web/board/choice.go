package board

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Choice is the version of a table that somebody has gone back to. It is in a small file beside the journal, so that every tab and a later
// start show it.
type Choice struct {
	Version string `json:"version"`
	Runs    int    `json:"runs"` // over the table, trials left out, as of the choice: what a later one asks is shown instead
}

// Choices are those of a board.
type Choices struct{ *Board }

// maxChoice bounds the file of a choice, in bytes.
const maxChoice = 64 << 10

func choiceOf(journal string) string { return journal + ".shown" }

// Of returns the choice beside a journal, relative to the folder. It is the zero value if there is none, or a file that is none.
func (b Choices) Of(journal string) (c Choice) {
	c, _ = b.read(journal)
	return c
}

// read is Of. foreign reports that the file is none of ours.
func (b Choices) read(journal string) (c Choice, foreign bool) {
	info, err := b.root.Lstat(choiceOf(journal))
	if errors.Is(err, fs.ErrNotExist) {
		return c, false
	}
	if err != nil || !info.Mode().IsRegular() {
		return c, true
	}
	f, err := b.root.Open(choiceOf(journal))
	if err != nil {
		return c, true
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxChoice))
	if err != nil || json.Unmarshal(text, &c) != nil || c.Version == "" {
		return Choice{}, true
	}
	return c, false
}

// Set keeps a choice beside a journal; one without a version is that of the usual one, which needs no file.
func (b Choices) Set(journal string, c Choice) error {
	path := choiceOf(filepath.Join(b.Dir, journal))
	if _, foreign := b.read(journal); foreign {
		return &spec.UsageError{
			Msg:  messages.Sprintf("%s: the file was not created by gigabatch, so the version is not kept there", choiceOf(journal)),
			Hint: messages.Sprintf("move the file away"),
		}
	}
	if c.Version == "" {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := atomicfile.CheckName(path); err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return put(path, append(text, '\n'))
}
