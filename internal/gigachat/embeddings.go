package gigachat

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// EmbeddingResponse is the answer to a request of embeddings.
type EmbeddingResponse struct {
	Embeddings []Embedding // by index
	Model      string
	RequestID  string // X-Request-ID of the exchange: the server's, else ours
	Sandbox    bool   // a sandbox answered, not the API
}

// Embedding is the vector of one text.
type Embedding struct {
	Index        int    // of the text in the request
	Vector       []byte // a JSON array of numbers, compact, as it came
	PromptTokens int    // that the text is billed with
}

// decodeEmbeddings reads an answer of GigaChat, where each vector has its usage, or of OpenAI's dialect, where the tokens of all texts are
// one number, which is divided among them. An answer without vectors that names an error is that error.
func decodeEmbeddings(body []byte, header http.Header, used *call) (*EmbeddingResponse, error) {
	type usage struct {
		PromptTokens json.RawMessage `json:"prompt_tokens"`
	}
	var b struct {
		Data  []json.RawMessage `json:"data"`
		Model json.RawMessage   `json:"model"`
		Usage usage             `json:"usage"`
	}
	err := json.Unmarshal(body, &b)
	if len(b.Data) == 0 {
		if e := used.named(body, header); e != nil {
			return nil, e
		}
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("unexpected embeddings: %w", err)
	case b.Data == nil:
		return nil, errors.New("the answer has no list of embeddings")
	}
	r := &EmbeddingResponse{Embeddings: make([]Embedding, 0, len(b.Data)), Model: valueText(b.Model), RequestID: used.id}
	total := int(wholeNumber(valueText(b.Usage.PromptTokens)))
	for i, raw := range b.Data {
		var item struct {
			Index  *int            `json:"index"`
			Vector json.RawMessage `json:"embedding"`
			Usage  usage           `json:"usage"`
		}
		var numbers []json.Number
		if err := json.Unmarshal(raw, &item); err != nil {
			return nil, fmt.Errorf("unexpected embedding %d: %w", i, err)
		}
		if json.Unmarshal(item.Vector, &numbers) != nil || len(numbers) == 0 {
			return nil, fmt.Errorf("embedding %d is no list of numbers", i)
		}
		one := Embedding{Index: i, Vector: []byte(compact(item.Vector)), PromptTokens: int(wholeNumber(valueText(item.Usage.PromptTokens)))}
		if item.Index != nil {
			one.Index = *item.Index
		}
		if item.Usage.PromptTokens == nil {
			one.PromptTokens = total*(i+1)/len(b.Data) - total*i/len(b.Data)
		}
		r.Embeddings = append(r.Embeddings, one)
	}
	slices.SortStableFunc(r.Embeddings, func(a, b Embedding) int { return cmp.Compare(a.Index, b.Index) })
	for i := 1; i < len(r.Embeddings); i++ {
		if r.Embeddings[i].Index == r.Embeddings[i-1].Index {
			return nil, fmt.Errorf("two embeddings have the index %d", r.Embeddings[i].Index)
		}
	}
	return r, nil
}
