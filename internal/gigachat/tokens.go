package gigachat

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// TokenCount is how long one text is. Only the text itself counts; a chat adds some tokens of its own around each message.
type TokenCount struct {
	Object     string `json:"object"`
	Tokens     int    `json:"tokens"`
	Characters int    `json:"characters"`
}

// CountTokens counts the tokens of each text for a model, by POST /tokens/count. There are as many counts as texts, in their order.
func (c *Client) CountTokens(ctx context.Context, model string, texts []string) ([]TokenCount, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	var counts []TokenCount
	q := question{op: "tokens", method: http.MethodPost, path: "/tokens/count", body: countBody(model, texts)}
	err := c.ask(ctx, q, func(resp *http.Response, _ *call) error {
		return withBody(resp, func(b []byte) (err error) {
			counts, err = decodeCounts(b, len(texts))
			return err
		})
	})
	return counts, err
}

func countBody(model string, texts []string) []byte {
	o := openObject(nil, nil, nil)
	o.key("input")
	o.b = append(o.b, '[')
	for i, text := range texts {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = appendString(o.b, text)
	}
	o.b = append(o.b, ']')
	o.key("model")
	o.b = appendString(o.b, model)
	return o.close()
}

func decodeCounts(body []byte, want int) ([]TokenCount, error) {
	var counts []TokenCount
	if err := json.Unmarshal(body, &counts); err != nil {
		return nil, fmt.Errorf("the counts are not as expected: %w", err)
	}
	if len(counts) != want {
		return nil, fmt.Errorf("%d counts for %d texts", len(counts), want)
	}
	return counts, nil
}

// CharsPerToken is how many characters of text one token stands for, before usage has told better.
const CharsPerToken = 3.5

// EstimateTokens estimates how many tokens a text of that many characters has.
func EstimateTokens(chars int) int { return int(float64(chars)/CharsPerToken) + 1 }
