package messages

import "testing"

func TestArgument(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, unix, windows string }{
		{"q.csv", "q.csv", "q.csv"},
		{"отзывы/май-2.xlsx", "отзывы/май-2.xlsx", "отзывы/май-2.xlsx"},
		{"", `""`, `""`},
		{"my file.csv", `"my file.csv"`, `"my file.csv"`},
		{"it's.csv", `"it's.csv"`, `"it's.csv"`},
		{"(1).csv", `"(1).csv"`, `"(1).csv"`},
		{"a$b's.csv", `'a$b'\''s.csv'`, `"a$b's.csv"`},
		{"May!2-3", "'May!2-3'", `"May!2-3"`},
		{`C:\new\my file.csv`, `'C:\new\my file.csv'`, `"C:\new\my file.csv"`},
		{`C:\new\q.csv`, `'C:\new\q.csv'`, `C:\new\q.csv`},
	} {
		if got := asArgument(tt.text, false); got != tt.unix {
			t.Errorf("%q is %s, want %s", tt.text, got, tt.unix)
		}
		if got := asArgument(tt.text, true); got != tt.windows {
			t.Errorf("%q is %s on Windows, want %s", tt.text, got, tt.windows)
		}
	}
}
