package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"gigabatch/internal/gigachat"
)

// batchOf returns the lines of a batch of prompts, whose ids are the prompts.
func batchOf(prompts ...string) []byte {
	var b []byte
	for _, p := range prompts {
		b = fmt.Appendf(b, "{\"id\":%q,\"request\":%s}\n", p, bodyOf(p, ""))
	}
	return b
}

// numbered returns n prompts.
func numbered(n int) (prompts []string) {
	for i := range n {
		prompts = append(prompts, fmt.Sprintf("prompt %d", i))
	}
	return prompts
}

// api returns a client of the API for a new sandbox.
func api(t testing.TB, o Options) (*Sandbox, *gigachat.Client) {
	s := New(o)
	t.Cleanup(func() { s.Close() })
	return s, &gigachat.Client{
		BaseURL: "http://sandbox.localhost/v1", Transport: s.Transport(),
		Tokens: &gigachat.OAuth{Key: Key, Scope: gigachat.ScopeCorporate, URL: "http://sandbox.localhost/api/v2/oauth", Transport: s.Transport()},
	}
}

// created creates a batch of prompts.
func created(t testing.TB, c *gigachat.Client, prompts ...string) *gigachat.Batch {
	t.Helper()
	b, err := c.CreateBatch(t.Context(), gigachat.BatchChat, batchOf(prompts...), 0)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// polled asks for a batch.
func polled(t testing.TB, c *gigachat.Client, id string) *gigachat.Batch {
	t.Helper()
	b, err := c.Batch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// resultsOf reads a file of results.
func resultsOf(t testing.TB, c *gigachat.Client, file string, m gigachat.BatchMethod) (lines []gigachat.BatchLine) {
	t.Helper()
	var content bytes.Buffer
	if err := c.FileContent(t.Context(), file, &content); err != nil {
		t.Fatal(err)
	}
	for line, err := range gigachat.ReadBatchLines(&content, m, true) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

func idsOf(lines []gigachat.BatchLine) (ids []string) {
	for _, l := range lines {
		ids = append(ids, l.ID)
	}
	return ids
}

// TestBatch follows a batch by the clock: its states, its counts, what is billed when, and its results.
func TestBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := api(t, Options{BatchDelay: 30 * time.Minute})
		prompts := numbered(100)
		b := created(t, c, prompts...)
		began := time.Now()
		if b.Status != "created" || b.Method != gigachat.BatchChat || b.Total != 100 || b.OutputFile != "" || !b.Created.Equal(began.Truncate(time.Second)) || !b.Sandbox {
			t.Errorf("created: got %+v", b)
		}
		for _, step := range []struct {
			at        time.Duration
			status    string
			completed int
		}{
			{0, "created", 0}, {10*time.Minute - 1, "created", 0}, {10 * time.Minute, "in_progress", 0}, {20 * time.Minute, "in_progress", 50},
			{30*time.Minute - 1, "in_progress", 99}, {30 * time.Minute, "completed", 100}, {9 * time.Hour, "completed", 100},
		} {
			time.Sleep(time.Until(began.Add(step.at)))
			b = polled(t, c, b.ID)
			if b.Status != step.status || b.Completed != step.completed || b.Failed != 0 || b.Total != 100 || b.Ended() != (step.status == "completed") {
				t.Errorf("after %v: got %+v, want %s and %d", step.at, b, step.status, step.completed)
			}
			if n := s.Counts(); n.BatchBilled != int64(step.completed) || n.Billed != int64(step.completed) {
				t.Errorf("after %v: billed %+v", step.at, n.BillCounts)
			}
		}
		if want := began.Add(30 * time.Minute).Truncate(time.Second); !b.Updated.Equal(want) {
			t.Errorf("updated %v, want %v", b.Updated, want)
		}
		lines := resultsOf(t, c, b.OutputFile, gigachat.BatchChat)
		if ids := idsOf(lines); slices.Equal(ids, prompts) {
			t.Error("the results are in the order of the requests")
		} else if slices.Sort(ids); !slices.Equal(ids, slices.Sorted(slices.Values(prompts))) {
			t.Errorf("got the ids %q", ids)
		}
		for _, l := range lines {
			if l.Chat == nil || l.Chat.Completion != Answer(l.ID) || l.Chat.Usage.TotalTokens == 0 || l.Chat.Model != "GigaChat-2:2.0.28.2" {
				t.Fatalf("%s: got %+v, %v", l.ID, l.Chat, l.Err)
			}
		}
		n := s.Counts()
		if n.Batches != 1 || n.BatchLines != 100 || n.BilledPrompts != 100 || n.BilledTwice != 0 || n.BatchPolls != 7 || n.Chats != 0 ||
			n.Uploads != 0 || n.FilesStored != 0 {
			t.Errorf("got %+v", n)
		}
	})
}

// TestBatchAnswersAsLive answers requests live and in a batch: the answers are the same, and the counts see what was paid twice.
func TestBatchAnswersAsLive(t *testing.T) {
	t.Parallel()
	s, c := api(t, Options{})
	b := created(t, c, "one", "two", "three")
	live, err := c.Chat(t.Context(), &gigachat.ChatRequest{Model: "GigaChat-2", Messages: []gigachat.Message{{Role: "user", Content: "two"}}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range resultsOf(t, c, polled(t, c, b.ID).OutputFile, gigachat.BatchChat) {
		if l.ID == "two" && (l.Chat.Completion != live.Completion || l.Chat.Usage != live.Usage || l.Chat.Model != live.Model) {
			t.Errorf("got %+v, want %+v as live", l.Chat, live)
		}
	}
	n := s.Counts()
	if n.Billed != 4 || n.BilledPrompts != 3 || n.BilledTwice != 1 || n.BatchBilled != 3 || n.BatchLinesTwice != 0 || s.Billed("two") != 2 {
		t.Errorf("got %+v", n)
	}
	created(t, c, "three", "four")
	if n = s.Counts(); n.BilledTwice != 2 || n.BatchLinesTwice != 1 || n.BatchLines != 5 {
		t.Errorf("a line that was posted again: got %+v", n)
	}
}

// TestBatchFaults meets the faults of completions in the lines of a batch.
func TestBatchFaults(t *testing.T) {
	t.Parallel()
	s, c := api(t, Options{Faults: []Fault{
		{Kind: "422", Contains: "wrong"}, {Kind: "503-html", Contains: "down", Attempts: 1}, {Kind: ResetAfter, Contains: "lost", Attempts: 1},
		{Kind: Blacklist, Contains: "war"}, {Kind: EmptyObject, Contains: "odd"}, {Kind: "500", At: AtBatchCreate, Skip: 1, First: 1},
	}})
	b := created(t, c, "wrong", "down", "lost", "war", "odd", "fine")
	b = polled(t, c, b.ID)
	if b.Completed != 3 || b.Failed != 3 {
		t.Errorf("got %+v", b)
	}
	want := map[string]string{
		"wrong": "chat: 422: Unprocessable Entity", "down": "chat: 503: Service Unavailable", "lost": "chat: 500: Internal Server Error",
		"war": "blacklist", "odd": "", "fine": "stop",
	}
	for _, l := range resultsOf(t, c, b.OutputFile, gigachat.BatchChat) {
		got := ""
		if l.Err != nil {
			got = l.Err.Error()
		} else {
			got = l.Chat.FinishReason
		}
		if got != want[l.ID] {
			t.Errorf("%s: got %q, want %q", l.ID, got, want[l.ID])
		}
	}
	if n := s.Counts(); n.Billed != 4 || n.BatchBilled != 4 || n.Faults["422"] != 1 || n.Faults["reset-after"] != 1 {
		t.Errorf("got %+v", n)
	}
	if _, err := c.CreateBatch(t.Context(), gigachat.BatchChat, batchOf("x"), 0); gigachat.AsError(err) == nil {
		t.Errorf("the fault of a create: got %v", err)
	}
	b = created(t, c, "down", "lost") // both have failed, so it is no fault to post them again
	if b = polled(t, c, b.ID); b.Completed != 2 {
		t.Errorf("again: got %+v", b)
	}
	if n := s.Counts(); n.BatchLinesTwice != 0 || n.BilledTwice != 1 || n.Batches != 2 {
		t.Errorf("again: got %+v", n)
	}
}

// TestBatchShapes checks that the client reads what the options change, and that they change it.
func TestBatchShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		o          Options
		poll, list string // how they begin
		in         string // both
	}{
		{"usual", Options{}, `[{"id":`, `[{"id":`, `"output_file_id":`},
		{"batches", Options{BatchShape: "batches"}, `{"batches":[{`, `{"batches":[{`, `"updated_at":`},
		{"data", Options{BatchShape: "data"}, `{"data":[{`, `{"data":[{`, `"request_counts":{"total":3,"completed":2,"failed":1}`},
		{"single", Options{BatchShape: "single"}, `{"id":`, `[{"id":`, `"status":"completed"`},
		{"milliseconds", Options{BatchTimes: "milliseconds"}, `[{`, `[{`, `"method":"chat_completions"`},
		{"result", Options{BatchFiles: "result", BatchOrder: "kept"}, `[{`, `[{`, `"result_file_id":`},
		{"error", Options{BatchFiles: "error"}, `[{`, `[{`, `"error_file_id":`},
	} {
		tt.o.Faults = []Fault{{Kind: "413", Contains: "long"}}
		tt.o.AccessToken = "token"
		s, c := api(t, tt.o)
		first, second := created(t, c, "one", "long", "three"), created(t, c, "four", "long 2", "six")
		raw := &client{t: t, base: "http://sandbox.localhost", bearer: "token", transport: s.Transport()}
		poll, list := raw.get("/v1/batches?batch_id="+first.ID), raw.get("/v1/batches")
		for _, r := range []struct{ got, begins string }{{poll.body, tt.poll}, {list.body, tt.list}} {
			if !strings.HasPrefix(r.got, r.begins) || !strings.Contains(r.got, tt.in) {
				t.Errorf("%s: got %s, want %s… with %s", tt.name, r.got, r.begins, tt.in)
			}
		}
		b := polled(t, c, second.ID)
		all, err := c.Batches(t.Context())
		if err != nil || len(all) != 2 || all[1] != *b || all[0].ID != first.ID || b.Completed != 2 || b.Failed != 1 {
			t.Errorf("%s: got %+v in %+v, %v", tt.name, b, all, err)
		}
		if age := time.Since(b.Created); age < -time.Minute || age > time.Minute {
			t.Errorf("%s: created %v ago", tt.name, age)
		}
		lines := resultsOf(t, c, b.OutputFile, gigachat.BatchChat)
		if (b.ErrorFile != "") != (tt.name == "error") || (b.InputFile != "") != (tt.name == "result") {
			t.Errorf("%s: got %+v", tt.name, b)
		}
		if b.ErrorFile != "" {
			if len(lines) != 2 {
				t.Errorf("%s: got %q beside the errors", tt.name, idsOf(lines))
			}
			lines = append(lines, resultsOf(t, c, b.ErrorFile, gigachat.BatchChat)...)
		}
		if tt.name == "result" {
			var input bytes.Buffer
			if err := c.FileContent(t.Context(), b.InputFile, &input); err != nil || input.String() != string(batchOf("four", "long 2", "six")) {
				t.Errorf("the input file: got %s, %v", &input, err)
			}
			if got := idsOf(lines); !slices.Equal(got, []string{"four", "long 2", "six"}) || !bytes.HasPrefix(lines[0].Raw, []byte(`{"custom_id":"four","response":{`)) {
				t.Errorf("%s: got %q, %s", tt.name, got, lines[0].Raw)
			}
		}
		for _, l := range lines {
			if (l.Err != nil) != (l.ID == "long 2") || l.Chat != nil && l.Chat.Completion != Answer(l.ID) {
				t.Errorf("%s: got %+v", tt.name, l)
			}
		}
		if len(lines) != 3 {
			t.Errorf("%s: got %q", tt.name, idsOf(lines))
		}
	}
}

func TestBatchExpires(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"", "cancelled"} {
		synctest.Test(t, func(t *testing.T) {
			s, c := api(t, Options{BatchDelay: 30 * time.Minute, BatchExpire: 20 * time.Minute, BatchEnd: end})
			b := created(t, c, numbered(100)...)
			time.Sleep(20*time.Minute - 1)
			if b = polled(t, c, b.ID); b.Ended() {
				t.Errorf("too early: got %+v", b)
			}
			time.Sleep(time.Hour)
			if n := s.Counts(); n.BatchBilled != 50 {
				t.Errorf("billed %d, want 50", n.BatchBilled)
			}
			b = polled(t, c, b.ID)
			if b.Status != cmp.Or(end, "expired") || !b.Ended() || b.Succeeded() || b.Completed != 50 || b.Total != 100 {
				t.Errorf("got %+v", b)
			}
			if lines := resultsOf(t, c, b.OutputFile, gigachat.BatchChat); len(lines) != 50 {
				t.Errorf("got %d lines, want 50", len(lines))
			}
			created(t, c, "prompt 99") // was not made
			created(t, c, "prompt 0")  // was
			if n := s.Counts(); n.BatchLinesTwice != 1 {
				t.Errorf("posted twice: %d, want 1", n.BatchLinesTwice)
			}
		})
	}
}

// TestBatchLate hides a new batch from polls and lists.
func TestBatchLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := api(t, Options{BatchLate: time.Minute})
		b := created(t, c, "one")
		time.Sleep(time.Minute - 1)
		_, err := c.Batch(t.Context(), b.ID)
		if e := gigachat.AsError(err); e == nil || e.Kind != gigachat.KindNotFound || e.Message != "Batch task not found" {
			t.Errorf("got %v", err)
		}
		if all, err := c.Batches(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("got %v, %v", all, err)
		}
		time.Sleep(time.Nanosecond)
		if all, err := c.Batches(t.Context()); err != nil || len(all) != 1 || polled(t, c, b.ID).Status != "completed" {
			t.Errorf("got %v, %v", all, err)
		}
	})
}

// TestBatchWireFaults loses and breaks answers about batches. Those of a create are lost after the batch was created.
func TestBatchWireFaults(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]struct {
		kind    gigachat.Kind
		batches int64
	}{
		"batch-create-reset-after=#1":  {gigachat.KindNetwork, 1},
		"batch-create-reset-in=#1":     {gigachat.KindBadBody, 1},
		"batch-create-truncated=#1":    {gigachat.KindBadBody, 1},
		"batch-create-not-json=#1":     {gigachat.KindBadBody, 1},
		"batch-create-504-after=#1":    {gigachat.KindServer, 1},
		"batch-create-504-html=#1":     {gigachat.KindServer, 0},
		"batch-create-429=#1":          {gigachat.KindRateLimited, 0},
		"batch-create-403=#1":          {gigachat.KindForbidden, 0},
		"batch-create-reset-before=#1": {gigachat.KindNetwork, 0},
	} {
		faults, err := ParseFaults(fault)
		if err != nil {
			t.Fatal(err)
		}
		s, c := api(t, Options{Faults: faults})
		_, err = c.CreateBatch(t.Context(), gigachat.BatchChat, batchOf("one"), 0)
		e := gigachat.AsError(err)
		if e == nil || e.Kind != want.kind || want.batches == 1 && !e.Sent {
			t.Errorf("%s: got %+v", fault, e)
		}
		if n := s.Counts(); n.Batches != want.batches || n.Faults[strings.TrimSuffix(fault, "=#1")] != 1 {
			t.Errorf("%s: %d batches, want %d; faults %v", fault, n.Batches, want.batches, n.Faults)
		}
		created(t, c, "two")
	}
	faults, err := ParseFaults("batch-poll-404=#1-2,batch-poll-500=#3,batch-list-502-html=#1,files-truncated=#1,files-reset-in=#2")
	if err != nil {
		t.Fatal(err)
	}
	_, c := api(t, Options{Faults: faults})
	b := created(t, c, numbered(9)...) // an odd number of lines of one length, so that half of the file ends within a line
	for i, want := range []gigachat.Kind{gigachat.KindNotFound, gigachat.KindNotFound, gigachat.KindServer} {
		if _, err := c.Batch(t.Context(), b.ID); gigachat.AsError(err) == nil || gigachat.AsError(err).Kind != want {
			t.Errorf("poll %d: got %v", i, err)
		}
	}
	if _, err := c.Batches(t.Context()); gigachat.AsError(err) == nil || gigachat.AsError(err).Kind != gigachat.KindServer {
		t.Errorf("list: got %v", err)
	}
	b = polled(t, c, b.ID)
	var cut bytes.Buffer
	if err := c.FileContent(t.Context(), b.OutputFile, &cut); err != nil {
		t.Errorf("a file that is cut in valid HTTP: got %v", err)
	}
	var last error
	for _, err := range gigachat.ReadBatchLines(&cut, gigachat.BatchChat, true) {
		last = err
	}
	if e := gigachat.AsError(last); e == nil || e.Kind != gigachat.KindBadBody {
		t.Errorf("its lines: got %v", last)
	}
	if err := c.FileContent(t.Context(), b.OutputFile, &cut); gigachat.AsError(err) == nil {
		t.Errorf("a file whose connection ends: got %v", err)
	}
	if lines := resultsOf(t, c, b.OutputFile, gigachat.BatchChat); len(lines) != 9 {
		t.Errorf("got %d lines", len(lines))
	}
}

func TestBatchOdd(t *testing.T) {
	t.Parallel()
	s, c := api(t, Options{BatchOdd: BatchOdds, BatchOrder: "kept"})
	b := polled(t, c, created(t, c, "one", "two", "three").ID)
	got := idsOf(resultsOf(t, c, b.OutputFile, gigachat.BatchChat))
	if want := []string{"one", "two", "one", "nobody-posted-" + b.ID}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := s.Counts(); n.BatchBilled != 2 || n.BilledTwice != 0 {
		t.Errorf("got %+v", n)
	}
	b = polled(t, c, created(t, c, "three").ID)
	if got := idsOf(resultsOf(t, c, b.OutputFile, gigachat.BatchChat)); len(got) != 3 || got[0] != "three" {
		t.Errorf("a batch of one line: got %q", got)
	}
	if n := s.Counts(); n.BatchLinesTwice != 0 {
		t.Errorf("got %+v", n)
	}
}

func TestBatchModels(t *testing.T) {
	t.Parallel()
	s, c := api(t, Options{BatchModels: []string{"GigaChat-2"}})
	b := polled(t, c, created(t, c, "one", "two").ID)
	for _, l := range resultsOf(t, c, b.OutputFile, gigachat.BatchChat) {
		if l.Err == nil || l.Err.Kind != gigachat.KindNotFound || l.Err.Message != "No such model" {
			t.Errorf("got %+v", l)
		}
	}
	if n := s.Counts(); b.Failed != 2 || n.Billed != 0 {
		t.Errorf("got %+v, %+v", b, n)
	}
}

// TestBatchScopes checks who has batches.
func TestBatchScopes(t *testing.T) {
	t.Parallel()
	const forbidden = `{"status":403,"message":"Permission denied"}`
	for scope, status := range map[string]int{"": 200, ScopeCorporate: 200, ScopePersonal: 403, ScopeBusiness: 403} {
		s, c := opened(t, Options{Scope: scope})
		for _, r := range []reply{
			c.post("/v1/batches?method=chat_completions", string(batchOf("one")), "Content-Type", "application/octet-stream"), c.get("/v1/batches"),
		} {
			if r.status != status || status == 403 && strings.TrimSpace(r.body) != forbidden {
				t.Errorf("%q: got %d %s, want %d", scope, r.status, r.body, status)
			}
		}
		if n := s.Counts().Batches; (n == 1) != (status == 200) {
			t.Errorf("%q: %d batches", scope, n)
		}
	}
}

func TestBatchRefused(t *testing.T) {
	t.Parallel()
	_, c := opened(t, Options{BatchLines: 3})
	for _, tt := range []struct {
		body   string
		status int
	}{
		{"", 422}, {"\n\n", 422}, {"{", 400}, {`{"id":"1"}`, 400}, {`{"id":"1","request":7}`, 400}, {`[{"id":"1","request":{}}]`, 400},
		{`{"request":{}}`, 422}, {`{"id":"","request":{}}`, 422}, {`{"id":7,"request":{}}`, 400}, {string(batchOf("1", "1")), 422},
		{string(batchOf("1", "2", "3", "4")), 413}, {string(batchOf("1", "2", "3")), 200}, {"\n" + strings.TrimSpace(string(batchOf("4", "5"))), 200},
		{`{"id":"1","request":{}}`, 200}, // the line is refused, not the batch
	} {
		r := c.post("/v1/batches?method=chat_completions", tt.body, "Content-Type", "application/octet-stream")
		if r.status != tt.status {
			t.Errorf("%q: got %d %s, want %d", tt.body, r.status, r.body, tt.status)
		}
	}
	c.post("/v1/batches?method=guess", string(batchOf("1")), "Content-Type", "application/octet-stream").wantStatus(t, 422)
	c.post("/v1/batches", string(batchOf("1")), "Content-Type", "application/octet-stream").wantStatus(t, 422)
	c.post("/v1/batches?method=embedder", string(batchOf("1")), "Content-Type", "application/json").wantStatus(t, 400)
	c.get("/v1/batches?batch_id=").want(t, 404, `{"status":404,"message":"Batch task not found"}`)
	c.get("/v1/batches?batch_id=none").want(t, 404, `{"status":404,"message":"Batch task not found"}`)
	if r := c.do(t.Context(), "DELETE", "/v1/batches", ""); r.status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: got %d", r.status)
	}
	c.bearer = ""
	c.get("/v1/batches").wantStatus(t, 401)
}

// TestEmbeddings asks for vectors live and in a batch.
func TestEmbeddings(t *testing.T) {
	t.Parallel()
	s, c := api(t, Options{})
	body := []byte(`{"model":"EmbeddingsGigaR","input":["один","два","три"]}`)
	live, err := c.EmbedJSON(t.Context(), body, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"один", "два", "три"} {
		e := live.Embeddings[i]
		var numbers []float64
		if err := json.Unmarshal(e.Vector, &numbers); err != nil || len(numbers) != 8 || e.Index != i || e.PromptTokens != 2 && e.PromptTokens != 1 {
			t.Errorf("%s: got %+v, %v", text, e, err)
		}
		if string(e.Vector) != string(s.Vector("EmbeddingsGigaR", text)) || string(e.Vector) == string(s.Vector("Embeddings", text)) {
			t.Errorf("%s: got %s", text, e.Vector)
		}
		length := 0.0
		for _, n := range numbers {
			length += n * n
		}
		if length < 0.999 || length > 1.001 {
			t.Errorf("%s: the length of %s is %v", text, e.Vector, length)
		}
	}
	if live.Model != "EmbeddingsGigaR" || !live.Sandbox {
		t.Errorf("got %+v", live)
	}
	lines := fmt.Sprintf("{\"id\":\"1\",\"request\":%s}\n{\"id\":\"2\",\"request\":{\"model\":\"Embeddings\",\"input\":\"четыре\"}}\n"+
		"{\"id\":\"3\",\"request\":{\"model\":\"GigaChat-2\",\"input\":\"x\"}}\n{\"id\":\"4\",\"request\":{\"model\":\"Embeddings\"}}\n", body)
	b, err := c.CreateBatch(t.Context(), gigachat.BatchEmbed, []byte(lines), 0)
	if err != nil || b.Method != gigachat.BatchEmbed {
		t.Fatalf("got %+v, %v", b, err)
	}
	for _, l := range resultsOf(t, c, polled(t, c, b.ID).OutputFile, gigachat.BatchEmbed) {
		switch l.ID {
		case "1":
			if diff := gocmp.Diff(live.Embeddings, l.Embedding.Embeddings); diff != "" {
				t.Errorf("-live +batch:\n%s", diff)
			}
		case "2":
			if len(l.Embedding.Embeddings) != 1 {
				t.Errorf("got %+v", l.Embedding)
			}
		default:
			if l.Err == nil || l.Err.Op != "embeddings" {
				t.Errorf("%s: got %+v", l.ID, l)
			}
		}
	}
	n := s.Counts()
	if n.Billed != 7 || n.BilledPrompts != 4 || n.BilledTwice != 3 || n.BatchBilled != 2 || s.Billed("один") != 2 || s.Billed("четыре") != 1 {
		t.Errorf("got %+v", n)
	}
}

func TestEmbeddingsRefused(t *testing.T) {
	t.Parallel()
	s, c := opened(t, Options{Dimensions: 3, Faults: []Fault{
		{Kind: "402", At: AtEmbeddings, Contains: "freemium"}, {Kind: ResetAfter, At: AtEmbeddings, Contains: "lost", Attempts: 1},
	}})
	long := func(tokens int) string { return strings.Repeat("x", tokens*7/2) }
	for _, tt := range []struct {
		model, input string
		status       int
	}{
		{"Embeddings", `"` + long(512) + `"`, 200}, {"Embeddings", `["a","` + long(514) + `"]`, 413},
		{"EmbeddingsGigaR", `["` + long(4096) + `"]`, 200}, {"EmbeddingsGigaR", `"` + long(4098) + `"`, 413},
		{"GigaChat-2", `"a"`, 404}, {"None", `"a"`, 404}, {"Embeddings", `[]`, 422}, {"Embeddings", `7`, 400}, {"Embeddings", `[7]`, 400},
		{"Embeddings", `["a","freemium"]`, 402}, {"Embeddings", `""`, 200},
	} {
		r := c.post("/v1/embeddings", `{"model":"`+tt.model+`","input":`+tt.input+`}`)
		if r.status != tt.status {
			t.Errorf("%s %.30s: got %d %.200s, want %d", tt.model, tt.input, r.status, r.body, tt.status)
		}
	}
	c.post("/v1/embeddings", `{"model":"Embeddings","input":["a"]}`).want(t, 200, `{"object":"list","data":[{"object":"embedding","embedding":`+
		string(s.Vector("Embeddings", "a"))+`,"index":0,"usage":{"prompt_tokens":1}}],"model":"Embeddings"}`)
	if r := c.post("/v1/embeddings", `{"model":"Embeddings","input":"lost"}`); r.err == nil || s.Billed("lost") != 1 {
		t.Errorf("got %+v, billed %d", r, s.Billed("lost"))
	}
	c.get("/v1/embeddings").wantStatus(t, http.StatusMethodNotAllowed)
	openai, key := New(Options{Dialect: OpenAI}), "Bearer "+APIKey
	defer openai.Close()
	c = &client{t: t, base: "http://sandbox.localhost", transport: openai.Transport()}
	r := c.post("/v1/embeddings", `{"model":"Qwen/Qwen3-Embedding-0.6B","input":["a","b"]}`, "Authorization", key)
	if r.status != 200 || !strings.HasSuffix(r.body, `"usage":{"prompt_tokens":2,"total_tokens":2}}`) || strings.Count(r.body, "usage") != 1 {
		t.Errorf("OpenAI's dialect: got %d %s", r.status, r.body)
	}
}

// TestEmbeddingsTakeStreams checks the quota and the latency of embeddings.
func TestEmbeddingsTakeStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, c := opened(t, Options{Streams: 1, Latency: time.Second})
		const body = `{"model":"Embeddings","input":"a"}`
		done := make(chan reply)
		began := time.Now()
		go func() { done <- c.post("/v1/embeddings", body) }()
		synctest.Wait()
		c.post("/v1/embeddings", body).wantStatus(t, 429)
		if r := <-done; r.status != 200 || time.Since(began) != time.Second || s.Counts().Refused != 1 {
			t.Errorf("got %+v after %v", r, time.Since(began))
		}
	})
}

// TestBatchesConcurrent creates, polls and reads batches from many goroutines, for the race detector: each line is made once.
func TestBatchesConcurrent(t *testing.T) {
	t.Parallel()
	s, c := api(t, Options{BatchDelay: 20 * time.Millisecond, TokenRequestsPerSecond: -1})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan error)
	for i := range 8 {
		go func() {
			var prompts []string
			for j := range 50 {
				prompts = append(prompts, fmt.Sprintf("prompt %d of %d", j, i))
			}
			b, err := c.CreateBatch(ctx, gigachat.BatchChat, batchOf(prompts...), 0)
			for err == nil && !b.Ended() {
				s.Counts()
				b, err = c.Batch(ctx, b.ID)
			}
			if err == nil && b.Completed != 50 {
				err = fmt.Errorf("got %+v", b)
			}
			ended <- err
		}()
	}
	for range 8 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if n := s.Counts(); n.Billed != 400 || n.BilledTwice != 0 || n.Batches != 8 {
		t.Errorf("got %+v", n)
	}
}
