package nearest

import "testing"

func TestName(t *testing.T) {
	t.Parallel()
	names := []string{"review", "город", "id"}
	for mistyped, want := range map[string]string{
		"reviw": "review", "REVIEW": "review", "reveiw": "review", "горд": "город", "ld": "id", "price": "", "": "",
	} {
		if got := Name(mistyped, names); got != want {
			t.Errorf("%q: got %q, want %q", mistyped, got, want)
		}
	}
}
