package connection

import (
	"errors"
	"testing"

	"gigabatch/internal/gigachat"
)

// A model is refused if it is not listed, or if the service says that it completes no chats; its name alone says nothing.
func TestKnownModel(t *testing.T) {
	t.Parallel()
	list := &gigachat.ModelList{Models: []gigachat.Model{
		{ID: "GigaChat-2", Type: "chat"}, {ID: "Embeddings", Type: "embedder"}, {ID: "ai-sage/GigaChat3-10B-A1.8B"}, {ID: "my/embedding-chat"},
	}}
	for model, want := range map[string]string{
		"GigaChat-2": "", "ai-sage/GigaChat3-10B-A1.8B": "", "my/embedding-chat": "",
		"Embeddings": `the model "Embeddings" completes no chats: its type is embedder`,
		"GigaChat":   `the model "GigaChat" is not available to this key`,
	} {
		err := KnownModel(list, model)
		if got := message(err); got != want {
			t.Errorf("%s: got %q, want %q", model, got, want)
		}
		var e *ModelError
		if errors.As(err, &e) && (len(e.Have) != 2 || e.Have[0] != "GigaChat-2") {
			t.Errorf("%s: offered %q", model, e.Have)
		}
	}
}
