// Package stdin reads standard input: into a file, because an input is read more than once, and until somebody stops it.
package stdin

import (
	"context"
	"errors"
	"io"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Name is what messages call an input that has no name.
var Name = messages.Sprintf("standard input")

// NameOf is how messages call an input.
func NameOf(input string) messages.Text {
	if input == "-" {
		return Name
	}
	return messages.Verbatim(input)
}

// Keep copies in to a file that only the user can read, beside the journal, until ctx ends, which leaves no file. What a killed run has
// left goes now.
func Keep(ctx context.Context, in io.Reader, journal string, format table.Format) (path string, remove func(), err error) {
	sweepSpools(journal)
	f, remove, err := createSpool(journal, format)
	if err != nil {
		return "", nil, &spec.UsageError{Msg: messages.Sprintf("standard input cannot be kept: %v", console.Cause(err)),
			Hint: messages.Sprintf("put --journal into a folder that can be written")}
	}
	if err := errors.Join(CopyUntil(ctx, f, in), f.Close()); err != nil {
		remove()
		return "", nil, err
	}
	return f.Name(), remove, nil
}

// CopyUntil copies until r ends or ctx does, even if r never yields or w never takes.
func CopyUntil(ctx context.Context, w io.Writer, r io.Reader) error {
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(w, r)
		copied <- err
	}()
	select {
	case err := <-copied:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inputError is an error about a spooled input that does not name the file it was spooled to.
type inputError struct {
	err  error
	path string
}

func (e *inputError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *inputError) Message() messages.Text {
	return messages.Replace(messages.Sprintf("%v", e.err), e.path, Name)
}

func (e *inputError) Unwrap() error { return e.err }

// Called makes an error about path speak of standard input if that is what it holds.
func Called(err error, path, input string) error {
	if input != "-" {
		return err
	}
	return &inputError{err: err, path: path}
}
