package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// Models are the ids that api.giga.chat lists. GigaChat, the default of older tools, is not among them: 404.
func Models() []string {
	return []string{
		"GigaChat-2", "GigaChat-2-Pro", "GigaChat-2-Max", "GigaChat-3-Lightning", "GigaChat-3-Pro", "GigaChat-3-Ultra",
		"Embeddings", "Embeddings-2", "EmbeddingsGigaR", "GigaEmbeddings-3B-2025-09",
	}
}

// LegacyModels are the ids that gigachat.devices.sberbank.ru lists.
func LegacyModels() []string {
	return []string{
		"GigaChat", "GigaChat-2", "GigaChat-2-Max", "GigaChat-2-Max-preview", "GigaChat-2-Pro", "GigaChat-2-Pro-preview",
		"GigaChat-2-preview", "GigaChat-Max", "GigaChat-Max-preview", "GigaChat-Plus", "GigaChat-Pro",
		"GigaChat-Pro-preview", "GigaChat-preview", "GigaFilter", "GigaCheckClassification", "GigaCheckDetection",
		"Embeddings", "Embeddings-2", "EmbeddingsGigaR", "GigaEmbeddings-3B-2025-09",
	}
}

type model struct {
	id       string
	kind     string // chat, filter, aicheck, embedder
	answered string // the versioned name that answers carry and that cannot be asked for
	object   string // of its completions: the third generation writes the plural
}

func modelsNamed(names []string) map[string]model {
	m := make(map[string]model, len(names))
	for _, id := range names {
		m[id] = newModel(id)
	}
	return m
}

func newModel(id string) model {
	m := model{id: id, kind: kindOf(id), answered: id + ":2.0.28.2", object: "chat.completion"}
	if strings.HasPrefix(id, "GigaChat-3") {
		m.answered, m.object = id+":32.3.18.5", "chat.completions"
	}
	return m
}

func kindOf(id string) string {
	switch {
	case strings.Contains(id, "Embeddings"):
		return "embedder"
	case strings.HasPrefix(id, "GigaFilter"):
		return "filter"
	case strings.HasPrefix(id, "GigaCheck"):
		return "aicheck"
	}
	return "chat"
}

func (s *Sandbox) serveModels(w http.ResponseWriter, _ *http.Request, _ grant) {
	b := []byte(`{"object":"list","data":[`)
	for i, id := range slices.Sorted(slices.Values(s.o.Models)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendModel(b, s.models[id])
	}
	s.answer(w, http.StatusOK, append(b, "]}"...))
}

func (s *Sandbox) serveModel(w http.ResponseWriter, id string) {
	m, known := s.models[id]
	if !known {
		s.refuse(w, noSuchModel)
		return
	}
	s.answer(w, http.StatusOK, appendModel(nil, m))
}

func appendModel(b []byte, m model) []byte {
	b = appendString(append(b, `{"id":`...), m.id)
	b = append(b, `,"object":"model","owned_by":"salutedevices","type":`...)
	return append(appendString(b, m.kind), '}')
}
