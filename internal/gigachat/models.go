package gigachat

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Model is a model that a key may use.
type Model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	OwnedBy string `json:"owned_by"`
	Type    string `json:"type"` // chat, embedder, aicheck or filter
}

// noChat matches the names of models that are no chat models, for services that do not report a type.
var noChat = regexp.MustCompile(`(?i)embed|rerank|whisper|(^|/)(bge|e5|user2?)-|gigafilter|gigacheck`)

// Chat reports whether the model completes chats.
func (m Model) Chat() bool {
	if m.Type == "" {
		return !noChat.MatchString(m.ID)
	}
	return m.Type == "chat"
}

// ChatModels returns the names of the chat models in order.
func (l *ModelList) ChatModels() []string {
	names := []string{}
	for _, m := range l.Models {
		if m.Chat() {
			names = append(names, m.ID)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ModelFacts are what is publicly known about a model.
type ModelFacts struct {
	Sees, Hears bool // whether it takes images and sound
}

// FactsOf returns what is known about a model; ok is false if nothing is. The models are described in developers.sber.ru,
// guides/selecting-a-model.
func FactsOf(model string) (f ModelFacts, ok bool) {
	name := strings.TrimSuffix(model, "-preview")
	if family, _, versioned := strings.Cut(name, ":"); versioned {
		name = family
	}
	f, ok = knownModels[name]
	return f, ok
}

var knownModels = map[string]ModelFacts{
	"GigaChat":       {},
	"GigaChat-Pro":   {Sees: true},
	"GigaChat-Max":   {Sees: true, Hears: true},
	"GigaChat-2":     {},
	"GigaChat-2-Pro": {Sees: true},
	"GigaChat-2-Max": {Sees: true, Hears: true},

	"ai-sage/GigaChat3.5-432B-A28B": {},
}

// ModelList is the answer to GET /models. Lists differ by host and by key.
type ModelList struct {
	Models  []Model
	Sandbox bool      // a sandbox answered, not the API
	Date    time.Time // by the server's clock, to the second; zero if the server did not send it
}

func decodeModels(body []byte, resp *http.Response, _ *call) (*ModelList, error) {
	var b struct {
		Data []Model `json:"data"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("unexpected list of models: %w", err)
	}
	if b.Data == nil {
		return nil, errors.New("the answer has no list of models")
	}
	return &ModelList{Models: b.Data, Sandbox: isSandbox(resp), Date: dateOf(resp)}, nil
}

func dateOf(resp *http.Response) time.Time {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date
}

// ContextTokens returns how many tokens a model accepts, prompt and completion together (developers.sber.ru, guides/selecting-a-model; for
// GigaChat-3-Pro, a reseller's catalogue). Any other model is assumed to accept 131072, like all of the second generation.
func ContextTokens(model string) int {
	if strings.HasPrefix(model, "GigaChat-3-Pro") {
		return 262144
	}
	return 131072
}

// TextTokens returns how many tokens of a text an embedding model accepts: Embeddings 512, EmbeddingsGigaR 4096 (the documentation of 2025).
// Any other model is assumed to be like the latter.
func TextTokens(model string) int {
	if model == "Embeddings" {
		return 512
	}
	return 4096
}

// TokenCount is the length of one text. Only the text itself counts; a chat adds some tokens around each message.
type TokenCount struct {
	Object     string `json:"object"`
	Tokens     int    `json:"tokens"`
	Characters int    `json:"characters"`
}

// Package is what is left of a prepaid package.
type Package struct {
	Usage string  `json:"usage"` // the model or the kind of models that it pays for
	Value float64 `json:"value"` // tokens
}

// PackageFor returns the package that pays for a model; ok is false if none is known to. A package has the name of the model, or the name
// that the model had before its second generation, as in "GigaChat-Pro".
func PackageFor(model string, all []Package) (p Package, ok bool) {
	name, _, _ := strings.Cut(model, ":")
	for _, name := range []string{name, strings.Replace(name, "GigaChat-2", "GigaChat", 1)} {
		for _, p := range all {
			if strings.EqualFold(p.Usage, name) {
				return p, true
			}
		}
	}
	return Package{}, false
}

// CharsPerToken is the assumed number of characters per token, until usage gives a better figure.
const CharsPerToken = 3.5

// EstimateTokens estimates how many tokens a text of chars characters has.
func EstimateTokens(chars int) int { return int(float64(chars)/CharsPerToken) + 1 }
