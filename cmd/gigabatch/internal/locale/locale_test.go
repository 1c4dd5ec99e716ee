package locale

import (
	"testing"

	"gigabatch/internal/messages"
)

func TestLanguage(t *testing.T) {
	t.Parallel()
	type env = map[string]string
	for _, tt := range []struct {
		flag string
		env  env
		want messages.Language
	}{
		{"", env{"LC_ALL": "C", "LANG": "ru_RU.UTF-8"}, messages.English},
		{"", env{"LC_MESSAGES": "en_US", "LANG": "ru_RU.UTF-8"}, messages.English},
		{"", env{"LANG": "ru_RU.UTF-8"}, messages.Russian},
		{"", env{"LC_MESSAGES": "ru_RU", "LANG": "C"}, messages.Russian},
		{"", env{"LC_ALL": "", "LANG": "ru"}, messages.Russian},
		{"", env{"LANG": "de_DE.UTF-8"}, messages.English},
		{"", env{"GIGABATCH_LANG": "en", "LANG": "ru_RU.UTF-8"}, messages.English},
		{"", env{"GIGABATCH_LANG": "ru", "LANG": "C"}, messages.Russian},
		{"", env{"GIGABATCH_LANG": "klingon", "LANG": "ru_RU.UTF-8"}, messages.Russian},
		{"en", env{"GIGABATCH_LANG": "ru"}, messages.English},
		{"ru", env{"GIGABATCH_LANG": "en", "LC_ALL": "C"}, messages.Russian},
	} {
		if got := Language(tt.flag, func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("--lang %q, %v: got %v, want %v", tt.flag, tt.env, got, tt.want)
		}
	}
}
