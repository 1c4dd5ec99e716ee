// Package stdin reads standard input into a file, because an input is read more than once. Reading can be interrupted.
package stdin

import (
	"context"
	"io"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// Name is the name of standard input in messages.
var Name = messages.Sprintf("standard input")

// NameOf returns the name of an input in messages.
func NameOf(input string) messages.Text {
	if input == "-" {
		return Name
	}
	return messages.Verbatim(input)
}

// Keep copies in to a file beside the journal that only the user can read. remove deletes it. If ctx ends first, no file remains. Keep also
// deletes files left by killed runs.
func Keep(ctx context.Context, in io.Reader, journal string, format table.Format) (path string, remove func(), err error) {
	sweepSpools(journal)
	f, remove, err := createSpool(journal, format)
	if err != nil {
		return "", nil, &spec.UsageError{Msg: messages.Sprintf("cannot save standard input: %v", console.Cause(err)),
			Hint: messages.Sprintf("put --journal in a writable folder")}
	}
	if err := CopyUntil(ctx, f, in); err != nil {
		remove()
		return "", nil, err
	}
	return f.Name(), remove, nil
}

// CopyUntil copies until r or ctx ends, even if r or w blocks forever.
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

// inputError is an error about saved standard input. Its text does not name the file.
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

// Called returns err, with path replaced by the name of standard input if input is "-".
func Called(err error, path, input string) error {
	if input != "-" {
		return err
	}
	return &inputError{err: err, path: path}
}
