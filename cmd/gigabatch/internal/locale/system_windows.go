package locale

import "golang.org/x/sys/windows"

// systemLanguage returns the preferred language of the user interface, such as "ru-RU", or "" if it is unknown.
func systemLanguage() string {
	names, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(names) == 0 {
		return ""
	}
	return names[0]
}
