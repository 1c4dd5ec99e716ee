//go:build !windows

package locale

// systemLanguage returns "": these systems have no language besides the locale.
func systemLanguage() string { return "" }
