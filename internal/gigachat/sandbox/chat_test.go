package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

func TestCompletion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{})
		a := c.ask("Сколько будет 2 + 2?\n\"Кратко\"").completion(t)
		choice := a.Choices[0]
		if got, want := choice.Message.Content, Answer("Сколько будет 2 + 2?\n\"Кратко\""); got != want {
			t.Errorf("got content %q, want %q", got, want)
		}
		if choice.Message.Role != "assistant" || choice.FinishReason != "stop" || a.Object != "chat.completion" || a.Model != "GigaChat-2:2.0.28.2" {
			t.Errorf("got %+v", a)
		}
		if got, want := a.Created, time.Now().Unix(); got != want {
			t.Errorf("created: got %d, want %d", got, want)
		}
		u := a.Usage
		if u.PromptTokens < 8 || u.CompletionTokens < 8 || u.TotalTokens != u.PromptTokens+u.CompletionTokens || u.Cached != 0 {
			t.Errorf("got usage %+v", u)
		}
		if got := s.Counts(); got.Billed != 1 || got.BilledTokens != int64(u.TotalTokens) {
			t.Errorf("got %d billed of %d tokens, want 1 of %d", got.Billed, got.BilledTokens, u.TotalTokens)
		}
	})
}

func TestCompletionsAtOtherPaths(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	if got, want := c.post("/api/v1/chat/completions", bodyOf("one", "")).content(t), Answer("one"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, path := range []string{"/", "/v1", "/v1/filesystem", "/v1/files/a/b", "/v2/chat/completions", "/api/v2/chat/completions", "/api/v1/oauth", "/sandbox/other"} {
		c.post(path, "{}").want(t, 404, `{"status":404,"message":"Not Found"}`)
	}
	c.get("/v1/chat/completions").wantStatus(t, http.StatusMethodNotAllowed)
	c.post("/v1/models", "").wantStatus(t, http.StatusMethodNotAllowed)
	c.get("/api/v2/oauth").wantStatus(t, http.StatusMethodNotAllowed)
}

func TestCompletionRefusals(t *testing.T) {
	t.Parallel()
	const badJSON = `{"status":400,"message":"Your request contains invalid JSON syntax."}`
	params := func(what string) string { return `{"status":422,"message":"Invalid params: ` + what + `"}` }
	messages := func(m string) string { return `{"model":"GigaChat-2","messages":[` + m + `]}` }
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"no JSON", `hello`, 400, badJSON},
		{"cut JSON", `{"model":"GigaChat-2"`, 400, badJSON},
		{"more JSON", bodyOf("one", "") + "{}", 400, badJSON},
		{"content array", messages(`{"role":"user","content":[{"type":"text","text":"hi"}]}`), 400, badJSON},
		{"temperature as text", bodyOf("one", `,"temperature":"1"`), 400, badJSON},
		{"old model", strings.Replace(bodyOf("one", ""), "GigaChat-2", "GigaChat", 1), 404, `{"status":404,"message":"No such model"}`},
		{"no model", strings.Replace(bodyOf("one", ""), "model", "x", 1), 404, `{"status":404,"message":"No such model"}`},
		{"embedder", strings.Replace(bodyOf("one", ""), "GigaChat-2", "Embeddings", 1), 404, `{"status":404,"message":"No such model"}`},
		{"no messages", messages(``), 422, params("messages must not be empty")},
		{"late system", messages(`{"role":"user","content":"a"},{"role":"system","content":"b"}`), 422, params("system message must be the first message")},
		{"two systems", messages(`{"role":"system","content":"a"},{"role":"system","content":"b"}`), 422, params("system message must be the first message")},
		{"role", messages(`{"role":"robot","content":"a"}`), 422, params("unknown message role")},
		{"temperature 0", bodyOf("one", `,"temperature":0`), 422, params("temperature must be in range (0, +inf)")},
		{"top_p", bodyOf("one", `,"top_p":1.01`), 422, params("top_p must be in range [0, 1]")},
		{"negative top_p", bodyOf("one", `,"top_p":-0.01`), 422, params("top_p must be in range [0, 1]")},
		{"repetition_penalty", bodyOf("one", `,"repetition_penalty":0`), 422, params("repetition_penalty must be in range (0, +inf)")},
		{"max_tokens", bodyOf("one", `,"max_tokens":0`), 422, params("max_tokens must be in range (0, +inf)")},
		{"long", bodyOf(strings.Repeat("слово ", 70), ""), 413, `{"status":413,"message":"Payload too large"}`},
		{"huge", bodyOf(strings.Repeat("x", maxBody), ""), 413, `{"status":413,"message":"Payload too large"}`},
	}
	s, c := opened(t, Options{ContextTokens: 100})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.post("/v1/chat/completions", tt.body).want(t, tt.status, tt.want)
		})
	}
	if got := s.Counts(); got.Billed != 0 || got.Chats != int64(len(tests)) {
		t.Errorf("got %d billed of %d, want 0 of %d", got.Billed, got.Chats, len(tests))
	}
}

func TestCompletionAccepts(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	for _, fields := range []string{`,"temperature":0.001`, `,"top_p":0`, `,"top_p":1`, `,"repetition_penalty":0.1`, `,"unknown":{}`, `,"stream":false`} {
		if got, want := c.post("/v1/chat/completions", bodyOf("one", fields)).content(t), Answer("one"); got != want {
			t.Errorf("%s: got %q, want %q", fields, got, want)
		}
	}
	const talk = `{"model":"GigaChat-2","messages":[{"role":"system","content":"s"},{"role":"user","content":"one"},{"role":"assistant","content":null}]}`
	if got, want := c.post("/v1/chat/completions", talk).content(t), Answer("one"); got != want {
		t.Errorf("got %q, want %q: the last message of the user is the prompt", got, want)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	r := c.ask("one", "X-Request-ID", "mine", "X-Session-ID", "ours", "X-Client-ID", "me")
	for name, want := range map[string]string{
		"X-Request-Id": "mine", "X-Session-Id": "ours", "X-Client-Id": "me", "Server": "nginx",
		"Content-Type": "application/json; charset=utf-8", "X-Gigabatch-Sandbox": "gigabatch", "Retry-After": "",
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	seen := map[string]bool{}
	for range 100 {
		r := c.ask("one")
		seen[r.header.Get("X-Request-Id")], seen[r.header.Get("X-Session-Id")] = true, true
	}
	for id := range seen {
		if !isUUID(id) || id[14] != '4' || !strings.Contains("89ab", id[19:20]) {
			t.Errorf("got made up id %q, want a UUID of version 4", id)
		}
	}
	if len(seen) != 200 {
		t.Errorf("got %d made up ids, want 200", len(seen))
	}
}

func TestMaxTokens(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	for tokens := 1; tokens < 6; tokens++ {
		a := c.post("/v1/chat/completions", bodyOf("one", `,"max_tokens":`+string(rune('0'+tokens)))).completion(t)
		content := a.Choices[0].Message.Content
		if a.Choices[0].FinishReason != "length" || content == "" || !strings.HasPrefix(Answer("one"), content) {
			t.Errorf("max_tokens %d: got %+v", tokens, a)
		}
		if got := a.Usage.CompletionTokens; got != tokens {
			t.Errorf("max_tokens %d: got %d tokens", tokens, got)
		}
	}
	a := c.post("/v1/chat/completions", bodyOf("one", `,"max_tokens":1000`)).completion(t)
	if a.Choices[0].FinishReason != "stop" || a.Choices[0].Message.Content != Answer("one") {
		t.Errorf("max_tokens 1000: got %+v, want the whole answer", a)
	}
}

func TestFunctionCall(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	const functions = `,"functions":[{"name":"find","parameters":{}}],"function_call":`
	a := c.post("/v1/chat/completions", bodyOf("one", functions+`{"name":"find"}`)).completion(t)
	m := a.Choices[0].Message
	if m.FunctionCall == nil || m.FunctionCall.Name != "find" || m.FunctionCall.Arguments["sandbox"] != Answer("one") || !isUUID(m.FunctionsStateID) {
		t.Errorf("got %+v, want a call of find", m)
	}
	if got := a.Choices[0].FinishReason; got != "function_call" || m.Content != "" {
		t.Errorf("got finish_reason %q and content %q, want function_call and none", got, m.Content)
	}
	if got, want := c.post("/v1/chat/completions", bodyOf("one", functions+`"auto"`)).content(t), Answer("one"); got != want {
		t.Errorf("auto: got %q, want %q", got, want)
	}
}

func TestThirdGenerationObject(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	a := c.post("/v1/chat/completions", strings.Replace(bodyOf("one", ""), "GigaChat-2", "GigaChat-3-Ultra", 1)).completion(t)
	if a.Object != "chat.completions" || a.Model != "GigaChat-3-Ultra:32.3.18.5" {
		t.Errorf("got %q of %q, want chat.completions of GigaChat-3-Ultra:32.3.18.5", a.Object, a.Model)
	}
}

func TestPrefixCache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := opened(t, Options{})
		system := strings.Repeat("Отвечай кратко. ", 20)
		model := "GigaChat-2"
		cached := func(user, session string) int {
			t.Helper()
			body := `{"model":"` + model + `","messages":[{"role":"system","content":"` + system + `"},{"role":"user","content":"` + user + `"}]}`
			var header []string
			if session != "" {
				header = []string{"X-Session-ID", session}
			}
			return c.post("/v1/chat/completions", body, header...).completion(t).Usage.Cached
		}
		prefix := utf8.RuneCountInString(system) * 2 / 7
		steps := []struct {
			wait          time.Duration
			user, session string
			want          int
		}{
			{0, "а", "s", 0},
			{0, "б", "s", prefix},
			{0, "в", "other", 0},
			{0, "г", "", 0},
			{0, "д", "", 0},
			{30 * time.Second, "е", "s", prefix},
			{30*time.Second + 1, "ж", "s", 0},
			{0, "з", "s", prefix},
		}
		for i, step := range steps {
			time.Sleep(step.wait)
			if got := cached(step.user, step.session); got != step.want {
				t.Errorf("step %d: got %d cached tokens, want %d", i, got, step.want)
			}
		}
		model = "GigaChat-2-Max"
		if got := cached("и", "s"); got != 0 {
			t.Errorf("another model: got %d cached tokens, want 0", got)
		}
	})
}

func TestCommonPrefix(t *testing.T) {
	t.Parallel()
	user := func(texts ...string) (m []message) {
		for _, text := range texts {
			m = append(m, message{Role: "user", Content: text})
		}
		return m
	}
	for _, tt := range []struct {
		a, b []message
		want int
	}{
		{nil, user("a"), 0},
		{user("abc"), user("abd"), 2},
		{user("аб"), user("ав"), 1}, // the two letters share their first byte
		{user("abc", "def"), user("abc", "dex"), 5},
		{user("ab", "def"), user("abc", "def"), 2},
		{[]message{{Role: "system", Content: "ab"}, {Role: "user", Content: "cd"}}, user("ab", "cd"), 2},
		{user("ab"), user("ab"), 2},
		{user("ж"), user("жж"), 1},
	} {
		if got := commonPrefix(tt.a, tt.b); got != tt.want {
			t.Errorf("commonPrefix(%q, %q): got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestCacheForgetsSessions(t *testing.T) {
	t.Parallel()
	var c cache
	req := &chatRequest{Model: "m", Messages: []message{{Role: "user", Content: "text"}}}
	for i := range 3 * maxSessions {
		c.hit(strings.Repeat("s", i+1), req, time.Now())
	}
	if got := len(c.sessions); got > maxSessions {
		t.Errorf("got %d sessions kept, want at most %d", got, maxSessions)
	}
}

func TestTokensCount(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	c.post("/v1/tokens/count", `{"model":"GigaChat-2","input":["Сколько","",  "ten letters"]}`).want(t, 200,
		`[{"object":"tokens","tokens":2,"characters":7},{"object":"tokens","tokens":0,"characters":0},{"object":"tokens","tokens":4,"characters":11}]`)
	c.post("/v1/tokens/count", `{"model":"GigaChat-2","input":[]}`).want(t, 200, `[]`)
	c.post("/v1/tokens/count", `{"model":"GigaChat-2","input":"text"}`).want(t, 400, `{"status":400,"message":"Your request contains invalid JSON syntax."}`)
	c.post("/v1/tokens/count", `{"model":"GigaChat","input":["text"]}`).want(t, 404, `{"status":404,"message":"No such model"}`)
}

func TestModels(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{Models: []string{"GigaChat-2", "Embeddings-2", "GigaCheckDetection", "GigaFilter"}})
	c.get("/v1/models").want(t, 200, `{"object":"list","data":[`+
		`{"id":"Embeddings-2","object":"model","owned_by":"salutedevices","type":"embedder"},`+
		`{"id":"GigaChat-2","object":"model","owned_by":"salutedevices","type":"chat"},`+
		`{"id":"GigaCheckDetection","object":"model","owned_by":"salutedevices","type":"aicheck"},`+
		`{"id":"GigaFilter","object":"model","owned_by":"salutedevices","type":"filter"}]}`)
	c.get("/v1/models/GigaChat-2").want(t, 200, `{"id":"GigaChat-2","object":"model","owned_by":"salutedevices","type":"chat"}`)
	c.get("/v1/models/GigaChat").want(t, 404, `{"status":404,"message":"No such model"}`)

	_, c = opened(t, Options{})
	for _, id := range Models() {
		c.get("/v1/models/"+id).wantStatus(t, http.StatusOK)
	}
	_, c = opened(t, Options{Models: legacyModels()})
	c.get("/api/v1/models/GigaChat").wantStatus(t, http.StatusOK)
}

// legacyModels are the ids that gigachat.devices.sberbank.ru lists.
func legacyModels() []string {
	return []string{
		"GigaChat", "GigaChat-2", "GigaChat-2-Max", "GigaChat-2-Max-preview", "GigaChat-2-Pro", "GigaChat-2-Pro-preview",
		"GigaChat-2-preview", "GigaChat-Max", "GigaChat-Max-preview", "GigaChat-Plus", "GigaChat-Pro",
		"GigaChat-Pro-preview", "GigaChat-preview", "GigaFilter", "GigaCheckClassification", "GigaCheckDetection",
		"Embeddings", "Embeddings-2", "EmbeddingsGigaR", "GigaEmbeddings-3B-2025-09",
	}
}
