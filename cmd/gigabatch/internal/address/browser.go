package address

import (
	"os"
	"os/exec"
	"runtime"

	"gigabatch/cmd/gigabatch/internal/console"
)

// Open opens a URL in a browser, which outlives the program. If that fails, it only says so on c.
func Open(c *console.Console, url string) {
	cmd := browser(url)
	if cmd == nil {
		c.Say("no display to open a browser on")
		return
	}
	detach(cmd)
	if err := cmd.Start(); err != nil {
		c.Say("cannot open a browser: %v", err)
		return
	}
	go cmd.Wait()
}

// browser returns the command that opens a URL, nil if there is no display.
func browser(url string) *exec.Cmd {
	switch runtime.GOOS {
	case "windows":
		return exec.Command("rundll32", "url.dll,FileProtocolHandler", url)
	case "darwin":
		return exec.Command("open", url)
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil
	}
	return exec.Command("xdg-open", url)
}
