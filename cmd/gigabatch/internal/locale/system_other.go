//go:build !windows

package locale

// systemLanguage is that of the locale, which Language has looked at.
func systemLanguage() string { return "" }
