package gigachat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Model is one model that a key may use.
type Model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	OwnedBy string `json:"owned_by"`
	Type    string `json:"type"` // chat, embedder, aicheck or filter
}

// ModelList is the answer to GET /models. Lists differ by host and by key.
type ModelList struct {
	Models  []Model
	Sandbox bool      // a sandbox answered, not the API
	Date    time.Time // by the server's clock, to the second; zero where it did not say
}

// Models lists the models that the key may use.
func (c *Client) Models(ctx context.Context) (*ModelList, error) {
	var list *ModelList
	q := question{op: "models", method: http.MethodGet, path: "/models", free: true}
	err := c.ask(ctx, q, func(resp *http.Response, _ *call) error {
		return withBody(resp, func(b []byte) (err error) {
			list, err = decodeModels(b, resp)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func decodeModels(body []byte, resp *http.Response) (*ModelList, error) {
	var b struct {
		Data []Model `json:"data"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("the list of models is not as expected: %w", err)
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
