//go:build !windows

package main

// systemLanguage is that of the locale, which languageOf has looked at.
func systemLanguage() string { return "" }
