//go:build !windows

package console

// understandsEscapes reports true: terminals understand escape sequences.
func understandsEscapes(uintptr) bool { return true }
