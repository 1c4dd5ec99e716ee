package address

import (
	"os"
	"os/exec"
	"runtime"

	"gigabatch/cmd/gigabatch/internal/console"
)

// Open opens a browser, which goes on when the program ends. Where there is none, it says so and no more.
func Open(c *console.Console, url string) {
	cmd := browser(url)
	if cmd == nil {
		c.Say("there is no screen here to open a browser on")
		return
	}
	detach(cmd)
	if err := cmd.Start(); err != nil {
		c.Say("the browser could not be opened: %v", err)
		return
	}
	go cmd.Wait()
}

// browser is the command that opens a URL, nil where nothing is to be seen.
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
