//go:build !windows

package desktop

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const closesWindow = false

// clicked reports whether there is a display, but no terminal that the user could type in, and no reader of standard output. Neither cron
// nor a service nor a pipe is such a place.
func clicked() bool {
	if runtime.GOOS == "darwin" || os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return false
	}
	if terminal, err := os.Open("/dev/tty"); err == nil {
		terminal.Close()
		return false
	}
	info, err := os.Stdout.Stat()
	return err != nil || info.Mode()&(fs.ModeCharDevice|fs.ModeSocket) != 0 // /dev/null, or the log of the session
}

// enter goes to the folder of the program if that is below the home folder, in which file managers start programs.
func enter() {
	program, err := os.Executable()
	home, homeErr := os.UserHomeDir()
	if err != nil || homeErr != nil {
		return
	}
	if below, err := filepath.Rel(home, filepath.Dir(program)); err == nil && below != ".." && !strings.HasPrefix(below, "../") {
		_ = os.Chdir(filepath.Dir(program))
	}
}
