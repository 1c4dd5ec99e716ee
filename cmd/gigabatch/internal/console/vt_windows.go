package console

import "golang.org/x/sys/windows"

// understandsEscapes makes a console understand the escape sequences that redraw the status line, and reports whether it does.
func understandsEscapes(fd uintptr) bool {
	var mode uint32
	if err := windows.GetConsoleMode(windows.Handle(fd), &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(windows.Handle(fd), mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
