// Package desktop says whether the program was started by a click, without a command line.
//
//   - Windows: the program has a console window of its own, which closes when the program ends.
//   - Linux and other systems with X or Wayland: there is a display, but no terminal, and nobody reads standard output.
//   - macOS: a click opens a terminal, as a person does who types the name, so the two cannot be told apart. The archive for macOS has a file
//     "gigabatch.command" for the click.
package desktop

// Clicked reports whether the program was started by a click.
func Clicked() bool { return clicked() }

// ClosesWindow reports whether the window with the messages of a program that was started by a click closes when the program ends.
func ClosesWindow() bool { return closesWindow }

// Enter goes to the folder of a program that was started by a click, where the system has not done so.
func Enter() { enter() }
