package sandbox

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type event struct {
	Choices []struct {
		Delta        struct{ Content, Role string }
		FinishReason string `json:"finish_reason"`
	}
	Model  string
	Object string
	Usage  *struct {
		TotalTokens int `json:"total_tokens"`
	}
}

// events decodes a stream up to its [DONE], and reports whether it had one.
func (r reply) events(t testing.TB) (events []event, done bool) {
	t.Helper()
	for _, text := range strings.Split(strings.TrimSuffix(r.body, "\n\n"), "\n\n") {
		data, isData := strings.CutPrefix(text, "data: ")
		if !isData || done {
			t.Fatalf("got %q in a stream after %d events, [DONE] %v", text, len(events), done)
		}
		if done = data == "[DONE]"; done {
			continue
		}
		var e event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		events = append(events, e)
	}
	return events, done
}

func TestStream(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	r := c.post("/v1/chat/completions", bodyOf("Один, два", `,"stream":true`))
	r.wantStatus(t, 200)
	if got, want := r.header.Get("Content-Type"), "text/event-stream"; got != want {
		t.Errorf("got Content-Type %q, want %q", got, want)
	}
	events, done := r.events(t)
	if !done || len(events) < 4 {
		t.Fatalf("got %d events, [DONE] %v, want several and [DONE]", len(events), done)
	}
	var text strings.Builder
	for i, e := range events {
		last, delta := i == len(events)-1, e.Choices[0].Delta
		text.WriteString(delta.Content)
		if got, want := delta.Role != "", i == 0; got != want {
			t.Errorf("event %d: has a role: %v, want %v", i, got, want)
		}
		if got := e.Choices[0].FinishReason == "stop" && e.Usage != nil && delta.Content == ""; got != last {
			t.Errorf("event %d: is a finish with usage: %v, want %v", i, got, last)
		}
	}
	if got, want := text.String(), Answer("Один, два"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStreamTakesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := opened(t, Options{Latency: time.Second})
		start := time.Now()
		r := c.post("/v1/chat/completions", bodyOf("one", `,"stream":true,"update_interval":0.5`))
		events, _ := r.events(t)
		if got, want := time.Since(start), time.Second+time.Duration(len(events))*time.Second/2; got != want {
			t.Errorf("took %v for %d events, want %v", got, len(events), want)
		}
	})
}

func TestStreamFunctionCall(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{})
	r := c.post("/v1/chat/completions", bodyOf("one", `,"stream":true,"function_call":{"name":"find"}`))
	events, done := r.events(t)
	if !done || len(events) != 1 || events[0].Choices[0].FinishReason != "function_call" || !strings.Contains(r.body, `"function_call":{"name":"find","arguments":{`) {
		t.Errorf("got %s, want one event with the call", r.body)
	}
}

func TestStreamFaults(t *testing.T) {
	t.Parallel()
	ask := func(t *testing.T, f Fault) reply {
		_, c := opened(t, Options{Faults: []Fault{f}})
		return c.post("/v1/chat/completions", bodyOf("one", `,"stream":true`))
	}
	tests := map[FaultKind]func(*testing.T, reply){
		"500":        func(t *testing.T, r reply) { r.want(t, 500, `{"status":500,"message":"Internal Server Error"}`) },
		ResetAfter:   func(t *testing.T, r reply) { wantLost(t, r, "") },
		ResetIn:      func(t *testing.T, r reply) { wantLost(t, r, `data: {"choices":[{"delta":{"content":"This is`) },
		NotJSON:      func(t *testing.T, r reply) { r.wantStatus(t, 200); wantPrefix(t, r.body, "<html>") },
		Truncated:    func(t *testing.T, r reply) { wantDone(t, r, false, "", "") },
		Blacklist:    func(t *testing.T, r reply) { wantDone(t, r, true, "blacklist", apology) },
		EmptyContent: func(t *testing.T, r reply) { wantDone(t, r, true, "stop", "") },
	}
	for kind, check := range tests {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			check(t, ask(t, Fault{Kind: kind}))
		})
	}
	t.Run("empty-choices", func(t *testing.T) {
		t.Parallel()
		events, done := ask(t, Fault{Kind: EmptyChoices}).events(t)
		if !done || len(events) != 1 || len(events[0].Choices) != 0 {
			t.Errorf("got %+v, [DONE] %v, want one event without choices", events, done)
		}
	})
}

// wantDone checks whether a stream ends with [DONE]. Unless finish is empty, it also checks the finish reason and the text.
func wantDone(t *testing.T, r reply, want bool, finish, text string) {
	t.Helper()
	events, done := r.events(t)
	if r.err != nil || done != want {
		t.Fatalf("got %d events, [DONE] %v, error %v, want [DONE] %v", len(events), done, r.err, want)
	}
	got := ""
	for _, e := range events {
		got += e.Choices[0].Delta.Content
	}
	if end := events[len(events)-1].Choices[0].FinishReason; end != finish || finish != "" && got != text {
		t.Errorf("got %q, finish_reason %q, want %q, %q", got, end, text, finish)
	}
}

func TestStreamSlowAndLate(t *testing.T) {
	t.Parallel()
	for _, kind := range []FaultKind{Slow, Hang} {
		synctest.Test(t, func(t *testing.T) {
			_, c := opened(t, Options{Faults: []Fault{{Kind: kind, For: time.Minute}}})
			start := time.Now()
			r := c.post("/v1/chat/completions", bodyOf("one", `,"stream":true`))
			wantDone(t, r, true, "stop", Answer("one"))
			if got := time.Since(start); got < 50*time.Second || got > time.Minute {
				t.Errorf("%s: took %v, want about a minute", kind, got)
			}
		})
	}
}
