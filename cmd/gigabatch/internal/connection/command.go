package connection

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/term"

	"gigabatch/cmd/gigabatch/internal/textfile"
	"gigabatch/internal/messages"
)

// keyCommandName is the variable with the command that prints the key. It counts in the environment of the process only: a file .env is data,
// so that nothing in it is run.
const keyCommandName = "GIGABATCH_KEY_COMMAND"

const (
	keyCommandTime = time.Minute // for a person who is asked for a password
	keyCommandEnds = time.Second // in which a killed command must close its output
)

// CommandError reports that the command for the key did not print one. It contains nothing of the command or its output.
type CommandError struct {
	place messages.Text // who names the command
	text  messages.Text
}

func (e *CommandError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *CommandError) Message() messages.Text { return messages.Sprintf("%v: %v", e.place, e.text) }

// commandKey returns the first line that a command prints, as sh -c runs it (on Windows, cmd /c). Its errors go to stderr. It may ask a person
// for a password, at the terminal: other standard input is not for it.
func commandKey(ctx context.Context, command string, place messages.Text, limit time.Duration) (string, error) {
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c := shell(within, command)
	out := &beginning{max: maxKeyBytes}
	c.Stdout, c.Stderr, c.WaitDelay = out, os.Stderr, keyCommandEnds
	if term.IsTerminal(int(os.Stdin.Fd())) {
		c.Stdin = os.Stdin
	}
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case within.Err() != nil:
		return "", &CommandError{place, messages.Sprintf("the command did not end within %v", limit)}
	case errors.As(err, &exit):
		return "", &CommandError{place, messages.Sprintf("the command failed: %v", exit.ProcessState)}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay): // a program that it left behind keeps its output open
		return "", &CommandError{place, messages.Sprintf("the command cannot be started: %v", err)}
	}
	text, err := textfile.Decode(place.String(), out.Bytes())
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(text, "\n")
	if strings.TrimSpace(line) == "" {
		return "", &CommandError{place, messages.Sprintf("the command printed no key: its first line is empty")}
	}
	return line, nil
}

// beginning keeps the first bytes that are written to it.
type beginning struct {
	bytes.Buffer
	max int
}

func (b *beginning) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), b.max-b.Len())])
	return len(p), nil
}
