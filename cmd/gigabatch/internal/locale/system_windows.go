package locale

import "golang.org/x/sys/windows"

// systemLanguage returns the first language of the user interface, such as "ru-RU", "" if it is not known.
func systemLanguage() string {
	names, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(names) == 0 {
		return ""
	}
	return names[0]
}
