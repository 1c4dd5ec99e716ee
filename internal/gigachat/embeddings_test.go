package gigachat

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEmbed(t *testing.T) {
	t.Parallel()
	vector := func(index int, vector string, tokens int) Embedding { return Embedding{index, []byte(vector), tokens} }
	for _, tt := range []struct {
		name, body string
		want       []Embedding
	}{
		{"GigaChat", `{"object":"list","model":"Embeddings","data":[{"object":"embedding","index":0,"embedding":[0.88, -0.360],"usage":{"prompt_tokens":7}},` +
			`{"object":"embedding","index":1,"embedding":[1e-7,12345678901234567890],"usage":{"prompt_tokens":9}}]}`,
			[]Embedding{vector(0, "[0.88,-0.360]", 7), vector(1, "[1e-7,12345678901234567890]", 9)}},
		{"any order, one missing", `{"data":[{"index":2,"embedding":[3],"usage":{"prompt_tokens":"3"}},{"index":0,"embedding":[1],"usage":{"prompt_tokens":1.0}}]}`,
			[]Embedding{vector(0, "[1]", 1), vector(2, "[3]", 3)}},
		{"without an index", `{"data":[{"embedding":[1]},{"embedding":[2]}]}`, []Embedding{vector(0, "[1]", 0), vector(1, "[2]", 0)}},
		{"OpenAI", `{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[2]},{"index":2,"embedding":[3]}],"usage":{"prompt_tokens":8,"total_tokens":8}}`,
			[]Embedding{vector(0, "[1]", 2), vector(1, "[2]", 3), vector(2, "[3]", 3)}},
		{"none", `{"data":[]}`, []Embedding{}},
	} {
		c := &Client{BaseURL: localURL, Transport: always(200, tt.body, "X-Request-Id", "r1", SandboxHeader, "x")}
		got, err := c.EmbedJSON(t.Context(), []byte("{}"), 0)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got.Embeddings); diff != "" || got.RequestID != "r1" || !got.Sandbox {
			t.Errorf("%s: got %+v, -want +got:\n%s", tt.name, got, diff)
		}
	}
}

func TestEmbedErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
		kind   Kind
		sent   bool
	}{
		{402, `{"status":402,"message":"Payment Required"}`, KindPayment, false},
		{413, `{"status":413,"message":"Payload too large"}`, KindRejected, false},
		{200, `{"status":429,"message":"Too Many Requests"}`, KindRateLimited, false},
		{200, `{}`, KindBadBody, true},
		{200, `[]`, KindBadBody, true},
		{200, `{"data":[{"index":0}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0,"embedding":[]}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0,"embedding":["x"]}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0,"embedding":[ ]}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0,"embedding":[1,[2]]}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0,"embedding":[true]}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0,"embedding":"AACAPw=="}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}]}`, KindBadBody, true},
		{200, `{"data":[{"index":0,"embedding":[1]`, KindBadBody, true},
	} {
		_, err := (&Client{BaseURL: localURL, Transport: always(tt.status, tt.body)}).EmbedJSON(t.Context(), []byte("{}"), 0)
		if e := AsError(err); e == nil || e.Kind != tt.kind || e.Sent != tt.sent || e.Op != "embeddings" {
			t.Errorf("%d %s: got %+v, want %v, sent %v", tt.status, tt.body, err, tt.kind, tt.sent)
		}
	}
}

// TestEmbedMany reads the vectors of 90 long texts, which are longer than other answers may be, and sends the body unchanged.
func TestEmbedMany(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 90 {
		fmt.Fprintf(&b, `,{"index":%d,"embedding":[1%s]}`, i, strings.Repeat(",-0.0123456789012345", 2559))
	}
	const body = ` {"model": "EmbeddingsGigaR", "input": ["a"]}`
	for _, key := range []string{"", "key"} { // GigaChat's own dialect, and OpenAI's
		c := &Client{BaseURL: localURL, APIKey: key, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if sent, _ := io.ReadAll(r.Body); string(sent) != body || r.URL.Path != "/v1/embeddings" || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("sent %s %s %s", r.URL, r.Header.Get("Content-Type"), sent)
			}
			return reply(200, `{"data":[`+b.String()[1:]+`]}`), nil
		})}
		got, err := c.EmbedJSON(t.Context(), []byte(body), 0)
		if err != nil || len(got.Embeddings) != 90 {
			t.Errorf("key %q: got %v, %v", key, got, err)
		}
	}
}
