package nearest

import (
	"slices"
	"testing"
)

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

func TestNames(t *testing.T) {
	t.Parallel()
	cloud := []string{"Qwen/Qwen3-32B", "ai-sage/GigaChat3.5-432B-A28B", "openai/gpt-oss-120b", "ai-sage/GigaChat3-10B-A1.8B",
		"t-tech/T-lite-it-1.0"}
	for _, tt := range []struct {
		mistyped string
		names    []string
		n        int
		want     []string
	}{
		{"GigaChat-2", cloud, 2, []string{"ai-sage/GigaChat3-10B-A1.8B", "ai-sage/GigaChat3.5-432B-A28B"}},
		{"gigachat", []string{"GigaChat-2-Max", "GigaChat-2", "Embeddings"}, 2, []string{"GigaChat-2", "GigaChat-2-Max"}},
		{"GigaChat-2-Prx", []string{"GigaChat-2", "GigaChat-2-Max", "GigaChat-2-Pro"}, 1, []string{"GigaChat-2-Pro"}},
		{"x", nil, 3, nil},
		{"x", []string{"y"}, 3, []string{"y"}},
	} {
		if got := Names(tt.mistyped, tt.names, tt.n); !slices.Equal(got, tt.want) {
			t.Errorf("%q among %q: got %q, want %q", tt.mistyped, tt.names, got, tt.want)
		}
	}
}
