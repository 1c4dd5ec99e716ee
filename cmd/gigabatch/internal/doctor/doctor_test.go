package doctor

import (
	"testing"
	"unicode/utf8"

	"gigabatch/internal/messages"
)

// TestStepNames checks that the names of the steps fit their column in every language.
func TestStepNames(t *testing.T) {
	t.Parallel()
	for _, l := range []messages.Language{messages.English, messages.Russian} {
		for _, s := range steps {
			if name := (messages.Printer{Language: l}).Text(s.name); utf8.RuneCountInString(name) > nameWidth {
				t.Errorf("%v: the name %q is longer than %d", l, name, nameWidth)
			}
		}
	}
}
