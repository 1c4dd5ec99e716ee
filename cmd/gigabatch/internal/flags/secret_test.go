package flags

import "testing"

func TestShown(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		"NWE5ZGIwYzUtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxOnNlY3JldA==", "5a9db0c5-0000-4000-8000-000000000001",
		"eyJhbGciOiJkaXIifQ.tell-nobody-this-token", "abcdefghijklmnopqrstuvwxyz012345", "Y2xvdWQtcnUta2V5.9f8e7d6c5b4a39281706f5e4d3c2b1a0",
	} {
		if got := Shown(secret); got != "…" || KeyHint(secret).IsZero() {
			t.Errorf("%q: got %q, want it hidden and a hint", secret, got)
		}
	}
	for _, name := range []string{"q.csv", "a question with many words in it, longer than a key", "quarterly-report-of-all-customers-2026.csv", "rum", ""} {
		if got := Shown(name); got != name || !KeyHint(name).IsZero() {
			t.Errorf("%q: got %q, want it shown", name, got)
		}
	}
}
