package stdin

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"gigabatch/cmd/gigabatch/internal/console"
)

// maxSecretBytes is larger than any secret.
const maxSecretBytes = 64 << 10

// slow is how long Secret waits for standard input without saying so.
const slow = 1500 * time.Millisecond

// Secret reads a secret: a line that is typed or pasted at the terminal, where it is not shown, or else all of the input.
func Secret(ctx context.Context, in io.Reader, say *console.Console) (string, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		defer time.AfterFunc(slow, func() { say.Say("waiting for the key on standard input…") }).Stop()
		var text strings.Builder
		err := CopyUntil(ctx, &text, io.LimitReader(in, maxSecretBytes))
		return text.String(), err
	}
	before, err := term.GetState(int(f.Fd()))
	if err != nil {
		return "", err
	}
	defer term.Restore(int(f.Fd()), before) // an interrupt leaves the reader below behind
	say.Say("paste the key and press Enter; it is not shown")
	type read struct {
		line []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		line, err := term.ReadPassword(int(f.Fd()))
		done <- read{line, err}
	}()
	select {
	case r := <-done:
		return string(r.line), r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
