//go:build !unix

package connection

// noCoreDump has nothing to do: Windows writes no memory of a program to a file unless the user asks for it.
func noCoreDump() {}
