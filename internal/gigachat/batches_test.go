package gigachat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const completedBatch = `{"id":"b1","method":"chat_completions","request_counts":{"total":3,"completed":2,"failed":1},"status":"completed",` +
	`"output_file_id":"f1","created_at":1726478395,"updated_at":1726478455}`

func wantBatch() Batch {
	return Batch{
		ID: "b1", Method: BatchChat, Status: "completed", Total: 3, Completed: 2, Failed: 1, OutputFile: "f1",
		Created: time.Unix(1726478395, 0), Updated: time.Unix(1726478455, 0),
	}
}

// TestBatchShapes reads one batch in all forms, as the answer of a create, of a poll and of a list.
func TestBatchShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		with       func(*Batch)
	}{
		{"single", completedBatch, nil},
		{"bare list", "[" + completedBatch + "]", nil},
		{"batches", `{"batches":[` + completedBatch + `]}`, nil},
		{"data", `{"object":"list","data":[` + completedBatch + `],"has_more":false}`, nil},
		{"data, single", `{"data":` + completedBatch + `}`, nil},
		{"entries without an id", `[{"status":"created"},null,7,` + completedBatch + `]`, nil},
		{"milliseconds", strings.NewReplacer("1726478395", "1726478395000", "1726478455", "1726478455000").Replace(completedBatch), nil},
		{"numbers as strings and floats", strings.NewReplacer(`"total":3`, `"total":"3"`, `"failed":1`, `"failed":1.0`, "1726478395", `"1726478395"`,
			"1726478455", "1726478455.0").Replace(completedBatch), nil},
		{"result_file_id", strings.Replace(completedBatch, "output_file_id", "result_file_id", 1), nil},
		{"both names", strings.Replace(completedBatch, `"output_file_id"`, `"output_file_id":null,"result_file_id"`, 1), nil},
		{"all files", strings.Replace(completedBatch, `"created_at"`, `"error_file_id":"f2","input_file_id":"f0","created_at"`, 1),
			func(b *Batch) { b.ErrorFile, b.InputFile = "f2", "f0" }},
		{"a new status", strings.Replace(completedBatch, `"completed","output`, `"queued","output`, 1), func(b *Batch) { b.Status = "queued" }},
		{"little", `{"id":"b1"}`, func(b *Batch) { *b = Batch{ID: "b1"} }},
		{"odd values", `{"id":"b1","request_counts":[1],"status":7,"output_file_id":{},"created_at":"soon","updated_at":-1}`,
			func(b *Batch) { *b = Batch{ID: "b1", Status: "7", OutputFile: "{}"} }},
	} {
		want := wantBatch()
		if tt.with != nil {
			tt.with(&want)
		}
		c := &Client{BaseURL: localURL, Transport: always(200, tt.body, SandboxHeader, "x")}
		want.Sandbox = true
		created, err := c.CreateBatch(t.Context(), BatchChat, []byte("{}\n"), 0)
		if err != nil || cmp.Diff(want, *created) != "" {
			t.Errorf("%s: created %+v, %v, want %+v", tt.name, created, err, want)
		}
		polled, err := c.Batch(t.Context(), "b1")
		if err != nil || cmp.Diff(want, *polled) != "" {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, polled, err, want)
		}
		listed, err := c.Batches(t.Context())
		if err != nil || cmp.Diff([]Batch{want}, listed) != "" {
			t.Errorf("%s: listed %+v, %v, want %+v", tt.name, listed, err, want)
		}
	}
}

func TestBatchRequests(t *testing.T) {
	t.Parallel()
	var sent []string
	c := &Client{BaseURL: localURL, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		body := []byte("none")
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
		}
		sent = append(sent, fmt.Sprintf("%s %s %s %q", r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), body))
		return reply(200, `[{"id":"a/b&c"},{"id":"other"}]`), nil
	})}
	lines := []byte("{\"id\":\"1\"}\n{\"id\":\"2\"}\n")
	cut := lines[: len(lines)-1 : len(lines)]
	_, _ = c.CreateBatch(t.Context(), BatchChat, lines, 0)
	_, _ = c.CreateBatch(t.Context(), BatchEmbed, cut, 0)
	b, err := c.Batch(t.Context(), "a/b&c")
	if err != nil || b.ID != "a/b&c" {
		t.Errorf("got %+v, %v", b, err)
	}
	if _, err := c.Batch(t.Context(), "third"); wantError(t, err, KindNotFound).Op != "batches" {
		t.Errorf("a list without the batch: got %v", err)
	}
	if list, err := c.Batches(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("got %+v, %v", list, err)
	}
	want := []string{
		`POST /v1/batches?method=chat_completions application/octet-stream "{\"id\":\"1\"}\n{\"id\":\"2\"}\n"`,
		`POST /v1/batches?method=embedder application/octet-stream "{\"id\":\"1\"}\n{\"id\":\"2\"}\n"`,
		`GET /v1/batches?batch_id=a%2Fb%26c application/json "none"`,
		`GET /v1/batches?batch_id=third application/json "none"`,
		`GET /v1/batches application/json "none"`,
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCreateBatchErrors checks which errors of a create leave open whether there is a batch.
func TestCreateBatchErrors(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection reset by peer")
	for _, tt := range []struct {
		name string
		rt   roundTrip
		kind Kind
		sent bool
	}{
		{"no right", always(403, `{"status":403,"message":"Permission denied"}`), KindForbidden, false},
		{"too large", always(413, `{"status":413,"message":"Payload too large"}`), KindRejected, false},
		{"too many", always(429, `{"status":429,"message":"Too Many Requests"}`), KindRateLimited, false},
		{"an error with status 200", always(200, `{"status":403,"message":"Permission denied"}`), KindForbidden, false},
		{"server error", always(500, `{"status":500,"message":"Internal Server Error"}`), KindServer, true},
		{"gateway", always(504, `<html><title>504</title></html>`), KindServer, true},
		{"no id", always(200, `{"status":"created"}`), KindBadBody, true},
		{"an empty list", always(200, `[]`), KindBadBody, true},
		{"null", always(200, `null`), KindBadBody, true},
		{"two batches", always(200, `[{"id":"1"},{"id":"2"}]`), KindBadBody, true},
		{"cut off", always(200, `{"id":"b1`), KindBadBody, true},
		{"HTML", always(200, `<html>`), KindBadBody, true},
		{"empty", always(200, ``), KindBadBody, true},
		{"the connection fails", func(*http.Request) (*http.Response, error) { return nil, lost }, KindNetwork, false},
	} {
		b, err := (&Client{BaseURL: localURL, Transport: tt.rt}).CreateBatch(t.Context(), BatchChat, []byte("{}"), 0)
		if e := wantError(t, err, tt.kind); e.Sent != tt.sent || e.Op != "batches" || b != nil {
			t.Errorf("%s: got %+v, %+v, want sent %v", tt.name, b, e, tt.sent)
		}
	}
}

// TestCreateBatchAnswerLost loses the answer on a real connection, after the request was read to its end.
func TestCreateBatchAnswerLost(t *testing.T) {
	t.Parallel()
	tr := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
	_, err := (&Client{BaseURL: localURL, Transport: tr}).CreateBatch(t.Context(), BatchChat, []byte("{}"), 0)
	if e := wantError(t, err, KindNetwork); !e.Sent || e.NotTaken {
		t.Errorf("got %+v", e)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = (&Client{BaseURL: localURL, Transport: tr}).CreateBatch(ctx, BatchChat, []byte("{}"), 0)
	if e := wantError(t, err, KindCanceled); e.Sent {
		t.Errorf("before it was sent: got %+v", e)
	}
}

func TestBatchErrors(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]Kind{
		`[]`: KindNotFound, `{"batches":null}`: KindNotFound, `{"data":[]}`: KindNotFound, `[{"id":"b11"}]`: KindNotFound,
		`{"id":"b11"}`: KindNotFound, `{"status":404,"message":"Batch task not found"}`: KindNotFound,
		`{"error":{"code":502}}`: KindServer, `{}`: KindBadBody, `"b1"`: KindBadBody, `[`: KindBadBody,
	} {
		_, err := (&Client{BaseURL: localURL, Transport: always(200, body)}).Batch(t.Context(), "b1")
		if e := AsError(err); e == nil || e.Kind != kind || e.Sent {
			t.Errorf("%s: got %+v, want %v", body, err, kind)
		}
	}
	_, err := (&Client{BaseURL: localURL, Transport: always(404, `{"status":404,"message":"Batch task not found"}`)}).Batch(t.Context(), "b1")
	wantError(t, err, KindNotFound)
	if list, err := (&Client{BaseURL: localURL, Transport: always(200, `[]`)}).Batches(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("no batches: got %v, %v", list, err)
	}
	c := &Client{BaseURL: localURL, APIKey: "key", Transport: always(200, completedBatch)}
	_, err = c.CreateBatch(t.Context(), BatchChat, []byte("{}"), 0)
	if e := wantError(t, err, KindRejected); e.Sent {
		t.Errorf("OpenAI's dialect: got %+v", e)
	}
}

// TestManyBatches reads a list that is longer than other answers may be.
func TestManyBatches(t *testing.T) {
	t.Parallel()
	list := "[" + strings.TrimSuffix(strings.Repeat(completedBatch+",", 30_000), ",") + "]"
	got, err := (&Client{BaseURL: localURL, Transport: always(200, list)}).Batches(t.Context())
	if err != nil || len(got) != 30_000 || len(list) < maxBody {
		t.Errorf("got %d batches of %d bytes, %v", len(got), len(list), err)
	}
}

func TestBatchEnded(t *testing.T) {
	t.Parallel()
	for status, want := range map[string][2]bool{
		"created": {}, "in_progress": {}, "": {}, "queued": {}, "finalizing": {}, "cancelling": {}, "не знаю": {},
		"completed": {true, true}, "COMPLETED": {true, true}, " Completed\n": {true, true},
		"failed": {true, false}, "expired": {true, false}, "cancelled": {true, false}, "canceled": {true, false}, "error": {true, false},
	} {
		b := Batch{Status: status}
		if got := [2]bool{b.Ended(), b.Succeeded()}; got != want {
			t.Errorf("%q: got %v, want %v", status, got, want)
		}
	}
}

const answerBody = `{"choices":[{"message":{"content":"Да.","role":"assistant"},"index":0,"finish_reason":"stop"}],"created":1768996171,` +
	`"model":"GigaChat-2:2.0.28.2","object":"chat.completion","usage":{"prompt_tokens":17,"completion_tokens":3,"total_tokens":20}}`

// summary writes what was read of a file of results, one line per line.
func summary(file string, m BatchMethod) string {
	var b strings.Builder
	for line, err := range ReadBatchLines(iotest.OneByteReader(strings.NewReader(file)), m, true) {
		switch {
		case err != nil && AsError(err) == nil:
			fmt.Fprintf(&b, "%v\n", err)
		case err != nil:
			fmt.Fprintf(&b, "broken: %s\n", AsError(err).Kind)
		case line.Err != nil:
			fmt.Fprintf(&b, "%s: %s, %v\n", line.ID, line.Err.Kind, line.Err)
		case line.Chat != nil:
			fmt.Fprintf(&b, "%s: %q %d %v %s\n", line.ID, line.Chat.Completion, line.Chat.Usage.TotalTokens, line.Chat.Sandbox, line.Chat.RequestID)
		case line.Embedding != nil:
			fmt.Fprintf(&b, "%s: %s %v\n", line.ID, line.Embedding.Embeddings[0].Vector, line.Embedding.Sandbox)
		}
	}
	return b.String()
}

func TestReadBatchLines(t *testing.T) {
	t.Parallel()
	result := func(id string) string { return `{"id":"` + id + `","result":` + answerBody + `}` }
	const read = `: "Да." 20 true ` + "\n"
	for _, tt := range []struct{ name, file, want string }{
		{"lines", result("1") + "\n" + result("2") + "\n", "1" + read + "2" + read},
		{"without the last newline", result("1") + "\n" + result("2"), "1" + read + "2" + read},
		{"CRLF, blank lines, a byte order mark", "\ufeff\r\n" + result("1") + "\r\n\r\n" + result("2") + "\r\n\r\n", "1" + read + "2" + read},
		{"array", "[" + result("1") + ",\n" + result("2") + "]\n", "1" + read + "2" + read},
		{"empty", "", ""},
		{"white space", " \n\n", ""},
		{"an empty array", " [ ]\n", ""},
		{"doubled", result("1") + "\n" + result("1"), "1" + read + "1" + read},
		{"custom_id and response", `{"id":"batch_req_1","custom_id":"7","response":` + answerBody + `,"error":null}`, "7" + read},
		{"OpenAI", `{"id":"r","custom_id":"7","response":{"status_code":200,"request_id":"q1","body":` + answerBody + `},"error":null}`,
			"7: \"Да.\" 20 true q1\n"},
		{"OpenAI, refused", `{"custom_id":"7","response":{"status_code":429,"request_id":"q1","body":{"error":{"message":"slow down"}}}}`,
			"7: rate limited, chat: 429: slow down (request id q1)\n"},
		{"a number as id", `{"id":12,"result":` + answerBody + `}`, "12" + read},
		{"no id", `{"result":` + answerBody + `}`, read},

		{"status", `{"id":"1","error":{"status":422,"message":"Invalid params: too bad"}}`, "1: rejected, chat: 422: Invalid params: too bad\n"},
		{"status as a string", `{"id":"1","result":null,"error":{"status":"404","message":"No such model"}}`, "1: not found, chat: 404: No such model\n"},
		{"code", `{"id":"1","error":{"code":402,"message":"Payment Required"}}`, "1: payment required, chat: 402: Payment Required\n"},
		{"status_code", `{"id":"1","error":{"status_code":"403","message":"Permission denied"}}`, "1: forbidden, chat: 403: Permission denied\n"},
		{"a status beside the error", `{"id":"1","status":413,"error":"Payload too large"}`, "1: rejected, chat: 413: Payload too large\n"},
		{"words", `{"id":"1","error":"No such model"}`, "1: not found, chat: 404: No such model\n"},
		{"a word as code", `{"id":"1","error":{"code":"rate_limit_exceeded","message":"Wait"}}`, "1: rate limited, chat: 429: Wait\n"},
		{"unknown words", `{"id":"1","error":{"message":"broken"}}`, "1: server error, chat: 500: broken\n"},
		{"an error as result", `{"id":"1","result":{"status":429,"message":"Too Many Requests"}}`,
			"1: rate limited, chat: 429: Too Many Requests (in an answer with status 200)\n"},
		{"an answer and an error", `{"id":"1","result":` + answerBody + `,"error":{"status":500,"message":"late"}}`, "1" + read},
		{"an empty answer and an error", `{"id":"1","result":{"choices":[]},"error":{"status":500,"message":"late"}}`, "1: server error, chat: 500: late\n"},
		{"nothing", `{"id":"1"}`, "1: bad body, chat: the line has no answer\n"},
		{"no object", `7`, ": bad body, chat: the line has no answer\n"},

		{"cut in a line", result("1") + "\n" + result("2")[:40], "1" + read + "broken: bad body\n"},
		{"cut between lines", result("1") + "\n", "1" + read},
		{"a cut array", "[" + result("1"), "1" + read + "broken: bad body\n"},
		{"an array cut after a comma", "[" + result("1") + ",", "1" + read + "broken: bad body\n"},
		{"an array cut in an element", "[" + result("1") + "," + result("2")[:40], "1" + read + "broken: bad body\n"},
		{"an array cut at its beginning", "[", "broken: bad body\n"},
		{"lines after an array", "[" + result("1") + "]\n" + result("2"), "1" + read + "broken: bad body\n"},
		{"a page", "<html>", "broken: bad body\n"},
		{"a broken line", result("1") + "\n{\n" + result("2"), "1" + read + "broken: bad body\n"},
	} {
		if got := summary(tt.file, BatchChat); got != tt.want {
			t.Errorf("%s: got\n%swant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestReadBatchLinesOfEmbeddings(t *testing.T) {
	t.Parallel()
	file := `{"id":"1","result":{"object":"list","data":[{"index":0,"embedding":[0.50, 1e-3],"usage":{"prompt_tokens":7}}],"model":"Embeddings"}}` + "\n" +
		`{"id":"2","error":{"status":413,"message":"Payload too large"}}` + "\n" + `{"id":"3","result":{}}`
	want := "1: [0.50,1e-3] true\n2: rejected, embeddings: 413: Payload too large\n3: bad body, embeddings: the answer has no list of embeddings\n"
	if got := summary(file, BatchEmbed); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestReadBatchLinesStops(t *testing.T) {
	t.Parallel()
	line := `{"id":"1","result":` + answerBody + "}\n"
	for range ReadBatchLines(strings.NewReader(line+"{"), BatchChat, false) {
		break
	}
	broken := errors.New("the disk is gone")
	var got error
	for _, err := range ReadBatchLines(io.MultiReader(strings.NewReader(line), iotest.ErrReader(broken)), BatchChat, false) {
		got = err
	}
	if got != broken {
		t.Errorf("an error of the reader: got %v, want %v", got, broken)
	}
	long := io.MultiReader(strings.NewReader(line+`{"id":"`), io.LimitReader(endless{}, 1<<40))
	n := 0
	for _, err := range ReadBatchLines(long, BatchChat, false) {
		if n++; err != nil {
			wantError(t, err, KindBadBody)
		}
	}
	if n != 2 {
		t.Errorf("a line without an end: got %d lines, want one and an error", n)
	}
}

// endless is a reader of letters.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// FuzzReadBatchLines checks that any file ends, that each line has exactly one outcome, and that a whole file of valid lines is read whole.
func FuzzReadBatchLines(f *testing.F) {
	f.Add(`{"id":"1","result":`+answerBody+`}`, false)
	f.Add(`[{"custom_id":"1","response":{"status_code":200,"body":{}}},{"id":"2","error":{"status":422}}]`, true)
	f.Add("{\"id\":\"1\"}\n[", false)
	f.Fuzz(func(t *testing.T, file string, embed bool) {
		m := BatchChat
		if embed {
			m = BatchEmbed
		}
		lines, whole := 0, !strings.HasPrefix(strings.TrimLeft(file, " \t\r\n"), "[")
		for text := range strings.SplitSeq(file, "\n") {
			if text = strings.Trim(text, " \t\r"); text != "" {
				lines++
				whole = whole && json.Valid([]byte(text))
			}
		}
		ended, read := false, 0
		for line, err := range ReadBatchLines(strings.NewReader(file), m, false) {
			if ended {
				t.Fatal("a line after an error")
			}
			ended = err != nil
			read++
			outcomes := 0
			for _, has := range []bool{err != nil, line.Err != nil, line.Chat != nil, line.Embedding != nil} {
				if has {
					outcomes++
				}
			}
			if outcomes != 1 || err != nil && AsError(err) == nil || line.Chat != nil && embed || line.Embedding != nil && !embed {
				t.Fatalf("got %+v, %v", line, err)
			}
		}
		if whole && (ended || read != lines) {
			t.Fatalf("got %d lines of %d, broken: %v", read, lines, ended)
		}
	})
}

func FuzzBatches(f *testing.F) {
	f.Add(completedBatch)
	f.Add(`{"data":[{"id":1}]}`)
	f.Add(`{"error":"x"}`)
	f.Fuzz(func(t *testing.T, body string) {
		list, err := (&Client{BaseURL: localURL, Transport: always(200, body)}).Batches(t.Context())
		if err != nil && AsError(err) == nil {
			t.Fatalf("got %v", err)
		}
		for _, b := range list {
			if b.ID == "" || b.Total < 0 || b.Completed < 0 || b.Failed < 0 {
				t.Fatalf("got %+v", b)
			}
		}
	})
}
