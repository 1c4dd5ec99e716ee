package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// Models returns the ids that api.giga.chat lists. GigaChat, the default of older tools, is not among them; a request for it gets 404.
func Models() []string {
	return []string{
		"GigaChat-2", "GigaChat-2-Pro", "GigaChat-2-Max", "GigaChat-3-Lightning", "GigaChat-3-Pro", "GigaChat-3-Ultra",
		"Embeddings", "Embeddings-2", "EmbeddingsGigaR", "GigaEmbeddings-3B-2025-09",
	}
}

// ModelsOf returns the ids that a service of a dialect lists.
func ModelsOf(dialect string) []string {
	if dialect == OpenAI {
		return []string{"ai-sage/GigaChat3-10B-A1.8B", "ai-sage/GigaChat3.5-432B-A28B", "Qwen/Qwen3-Embedding-0.6B"}
	}
	return Models()
}

type model struct {
	id       string
	kind     string // chat, filter, aicheck, embedder
	answered string // the versioned name in answers, which cannot be requested
	object   string // of its completions: plural in the third generation
}

func modelsNamed(names []string) map[string]model {
	models := make(map[string]model, len(names))
	for _, id := range names {
		m := model{id: id, kind: "chat", answered: id + ":2.0.28.2", object: "chat.completion"}
		switch {
		case strings.Contains(id, "Embedding"):
			m.kind = "embedder"
		case strings.HasPrefix(id, "GigaFilter"):
			m.kind = "filter"
		case strings.HasPrefix(id, "GigaCheck"):
			m.kind = "aicheck"
		}
		if strings.HasPrefix(id, "GigaChat-3") {
			m.answered, m.object = id+":32.3.18.5", "chat.completions"
		}
		models[id] = m
	}
	return models
}

func serveModels(x *exchange) {
	b := []byte(`{"object":"list","data":[`)
	for i, id := range slices.Sorted(slices.Values(x.o.Models)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendModel(b, x.models[id], x.o.Dialect)
	}
	x.answer(http.StatusOK, append(b, "]}"...))
}

func serveModel(x *exchange, id string) {
	m, known := x.models[id]
	if !known {
		x.refuse(noSuchModel)
		return
	}
	x.answer(http.StatusOK, appendModel(nil, m, x.o.Dialect))
}

func appendModel(b []byte, m model, dialect string) []byte {
	if dialect == OpenAI {
		return append(appendString(append(b, `{"id":`...), m.id), `,"object":"model","created":1767225600,"owned_by":"cloud.ru"}`...)
	}
	b = appendString(append(b, `{"id":`...), m.id)
	b = append(b, `,"object":"model","owned_by":"salutedevices","type":`...)
	return append(appendString(b, m.kind), '}')
}
