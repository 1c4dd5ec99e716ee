package atomicfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"unicode/utf8"

	"gigabatch/internal/messages"
)

// ErrNotRegular reports a destination that is a directory, a device, a pipe or a socket.
var ErrNotRegular = messages.Errorf("not a regular file")

// LinkError reports a destination that is a symbolic link. It is not followed: whoever put it there could otherwise have any file replaced.
type LinkError struct{ Name, Target string }

func (e *LinkError) Error() string { return e.Message().String() }

// Message returns the text of Error for any language.
func (e *LinkError) Message() messages.Text {
	return messages.Sprintf("%s is a symbolic link to %s, and nothing is written through a link", e.Name, e.Target)
}

// CheckName refuses a name at which there is something other than a regular file. The error is then a *LinkError or an ErrNotRegular.
func CheckName(name string) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(name)
		if err != nil {
			return err
		}
		return &LinkError{Name: name, Target: target}
	case !info.Mode().IsRegular():
		return messages.Errorf("%s: %w", name, ErrNotRegular)
	}
	return nil
}

// MaxName is the length of the longest file name that file systems accept, in bytes.
const MaxName = 255

// Fit returns base if it has at most room bytes. Otherwise it returns its beginning, with a hash of the whole, so that each long name has
// its own short one.
func Fit(base string, room int) string {
	if len(base) <= room {
		return base
	}
	sum := sha256.Sum256([]byte(base))
	mark := "~" + hex.EncodeToString(sum[:4])
	cut := max(0, room-len(mark))
	for cut > 0 && !utf8.RuneStart(base[cut]) {
		cut--
	}
	return base[:cut] + mark
}
