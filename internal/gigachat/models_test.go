package gigachat

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestModels(t *testing.T) {
	t.Parallel()
	const body = `{"object":"list","data":[{"id":"GigaChat-2","object":"model","owned_by":"salutedevices","type":"chat"},{"id":"Embeddings","object":"model","owned_by":"salutedevices","type":"embedder"}]}`
	c := &Client{BaseURL: localURL, Tokens: StaticToken("t"), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if got := r.Method + " " + r.URL.Path; got != "GET /v1/models" || r.Header.Get("Authorization") != "Bearer t" || r.Body != nil || r.Header.Get("Content-Type") != "" {
			t.Errorf("got %s with %v", got, r.Header)
		}
		return reply(200, body, "Date", "Mon, 02 Nov 2026 10:00:00 GMT", SandboxHeader, "yes"), nil
	})}
	got, err := c.Models(t.Context())
	want := &ModelList{
		Models:  []Model{{"GigaChat-2", "model", "salutedevices", "chat"}, {"Embeddings", "model", "salutedevices", "embedder"}},
		Sandbox: true, Date: time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestModelsErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		body   string
		kind   Kind
	}{
		{401, `{"status":401,"message":"Unauthorized"}`, KindUnauthorized}, {200, `<html>`, KindBadBody}, {200, `{"status":200}`, KindBadBody}, {500, ``, KindServer},
	}
	for _, tt := range tests {
		got, err := (&Client{BaseURL: localURL, Transport: always(tt.status, tt.body)}).Models(t.Context())
		if e := wantError(t, err, tt.kind); e.Op != "models" || e.Sent || got != nil {
			t.Errorf("%d %s: got %+v, %+v", tt.status, tt.body, got, e)
		}
	}
	got, err := (&Client{BaseURL: localURL, Transport: always(200, `{"data":[]}`)}).Models(t.Context())
	if err != nil || len(got.Models) != 0 || !got.Date.IsZero() || got.Sandbox {
		t.Errorf("an empty list: got %+v, %v", got, err)
	}
}

func TestCountTokens(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		var b strings.Builder
		if err := r.Write(&b); err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(b.String(), "POST /v1/tokens/count ") || !strings.HasSuffix(b.String(), `{"input":["раз","\"два\""],"model":"GigaChat-2"}`) {
			t.Errorf("got %s", b.String())
		}
		return reply(200, `[{"object":"tokens","tokens":2,"characters":3},{"object":"tokens","tokens":4,"characters":5}]`), nil
	})}
	got, err := c.CountTokens(t.Context(), DefaultModel, []string{"раз", `"два"`})
	if diff := cmp.Diff([]TokenCount{{"tokens", 2, 3}, {"tokens", 4, 5}}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := c.CountTokens(t.Context(), DefaultModel, nil); got != nil || err != nil {
		t.Errorf("no texts: got %v, %v", got, err)
	}
}

func TestCountTokensErrors(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`[]`, `{}`, `[{"tokens":1},{"tokens":2}]`, ``} {
		got, err := (&Client{BaseURL: localURL, Transport: always(200, body)}).CountTokens(t.Context(), "m", []string{"a"})
		if e := wantError(t, err, KindBadBody); e.Op != "tokens" || got != nil {
			t.Errorf("%s: got %v, %+v", body, got, e)
		}
	}
}

// Only chat models are offered, also where the service reports no type.
func TestChatModels(t *testing.T) {
	t.Parallel()
	list := &ModelList{Models: []Model{
		{ID: "GigaChat-2", Type: "chat"}, {ID: "Embeddings", Type: "embedder"},
		{ID: "GigaFilter", Type: "filter"}, {ID: "GigaCheckDetection", Type: "aicheck"},
		{ID: "ai-sage/GigaChat3-10B-A1.8B"}, {ID: "Qwen/Qwen3-Embedding-0.6B"}, {ID: "Qwen/Qwen3-Reranker-0.6B"}, {ID: "openai/whisper-large-v3"},
		{ID: "BAAI/bge-m3"}, {ID: "openai/gpt-oss-120b"}, {ID: "EmbeddingsGigaR"}, {ID: "GigaChat-2", Type: "chat"},
	}}
	want := []string{"GigaChat-2", "ai-sage/GigaChat3-10B-A1.8B", "openai/gpt-oss-120b"}
	if got := list.ChatModels(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFactsOf(t *testing.T) {
	t.Parallel()
	for model, want := range map[string][3]bool{ // known, sees, hears
		"GigaChat-2": {true, false, false}, "GigaChat-2-preview": {true, false, false}, "GigaChat-2-Pro:2.0.28.2": {true, true, false},
		"GigaChat-2-Max": {true, true, true}, "GigaChat-2-Max-preview": {true, true, true}, "GigaChat-3-Ultra": {}, "": {},
	} {
		f, known := FactsOf(model)
		if got := [3]bool{known, f.Sees, f.Hears}; got != want {
			t.Errorf("%q: got %v, want %v", model, got, want)
		}
	}
}

func TestBalance(t *testing.T) {
	t.Parallel()
	c := &Client{BaseURL: localURL, Tokens: StaticToken("t"), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if got := r.Method + " " + r.URL.Path; got != "GET /v1/balance" || r.Header.Get("Authorization") != "Bearer t" {
			t.Errorf("got %s with %v", got, r.Header)
		}
		return reply(200, `{"balance":[{"usage":"GigaChat","value":100500},{"usage":"GigaChat-2-Max","value":7.5}]}`), nil
	})}
	got, err := c.Balance(t.Context())
	if err != nil || !slices.Equal(got, []Package{{"GigaChat", 100500}, {"GigaChat-2-Max", 7.5}}) {
		t.Fatalf("got %v, %v", got, err)
	}
	for model, want := range map[string]float64{
		"GigaChat-2": 100500, "GigaChat": 100500, "GigaChat-2-Max": 7.5, "GigaChat-2-Max:2.0.28.2": 7.5, "GigaChat-2-Pro": -1, "GigaChat-3-Ultra": -1,
	} {
		if p, ok := PackageFor(model, got); ok != (want >= 0) || ok && p.Value != want {
			t.Errorf("%s: got %v, %v", model, p, ok)
		}
	}
	for status, kind := range map[int]Kind{403: KindForbidden, 500: KindServer, 200: KindBadBody} {
		_, err := (&Client{BaseURL: localURL, Transport: always(status, `{"status":1}`)}).Balance(t.Context())
		if e := wantError(t, err, kind); e.Op != "balance" || e.Sent {
			t.Errorf("%d: got %+v", status, e)
		}
	}
	_, err = (&Client{BaseURL: localURL, APIKey: "k", Transport: always(200, `{}`)}).Balance(t.Context())
	wantError(t, err, KindRejected)
}
