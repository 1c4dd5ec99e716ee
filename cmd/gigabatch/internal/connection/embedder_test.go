package connection

import (
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
)

// TestEmbedder accepts models that make vectors, as far as the service says what models do.
func TestEmbedder(t *testing.T) {
	t.Parallel()
	typed := []gigachat.Model{{ID: "GigaChat-2", Type: "chat"}, {ID: "Embeddings", Type: "embedder"},
		{ID: "EmbeddingsGigaR", Type: "embedder"}}
	untyped := []gigachat.Model{{ID: "ai-sage/GigaChat3-10B-A1.8B"}, {ID: "Qwen/Qwen3-Embedding-0.6B"}}
	for _, tt := range []struct {
		models           []gigachat.Model
		id, wrong, cured string
	}{
		{typed, "Embeddings", "", ""},
		{typed, "GigaChat-2", `the model "GigaChat-2" makes no vectors: its type is chat`, "the models are Embeddings, EmbeddingsGigaR; "},
		{typed, "Embedding", `the model "Embedding" is not available to this key`, "did you mean Embeddings?"},
		{untyped, "Qwen/Qwen3-Embedding-0.6B", "", ""},
		{untyped, "EmbeddingsGigaR", `the model "EmbeddingsGigaR" is not available to this key`, "Qwen/Qwen3-Embedding-0.6B"},
		{typed[:1], "Embeddings", `the model "Embeddings" is not available to this key`, "this key has no models that make vectors"},
	} {
		err := knownEmbedder(&gigachat.ModelList{Models: tt.models}, tt.id)
		if (err != nil) != (tt.wrong != "") || err != nil &&
			(err.Error() != tt.wrong || !strings.Contains(err.(*ModelError).Hint().String(), tt.cured)) {
			t.Errorf("%s: got %v", tt.id, err)
		}
	}
}
