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
		Data []struct {
			Index  *int            `json:"index"`
			Vector json.RawMessage `json:"embedding"`
			Usage  usage           `json:"usage"`
		} `json:"data"`
		Model json.RawMessage `json:"model"`
		Usage usage           `json:"usage"`
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
	for i, item := range b.Data {
		vector, ok := compactNumbers(item.Vector)
		if !ok {
			return nil, fmt.Errorf("embedding %d is no list of numbers", i)
		}
		one := Embedding{Index: i, Vector: vector, PromptTokens: int(wholeNumber(valueText(item.Usage.PromptTokens)))}
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

// compactNumbers removes the white space from a JSON array of numbers, in place. ok is false for any other valid JSON, and for an empty array.
func compactNumbers(raw json.RawMessage) (compact []byte, ok bool) {
	if len(raw) < len("[0]") || raw[0] != '[' {
		return nil, false
	}
	compact = raw[:1]
	for _, c := range raw[1:] {
		switch c {
		case ' ', '\t', '\r', '\n':
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', '+', '.', 'e', 'E', ',', ']':
			compact = append(compact, c)
		default:
			return nil, false
		}
	}
	return compact, len(compact) >= len("[0]")
}
