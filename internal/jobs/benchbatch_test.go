package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// canned is a service without a network that answers each request with the same 1.6 kB.
type canned struct {
	answer []byte

	mu    sync.Mutex // guards files
	files map[string][]byte
}

func newCanned() *canned {
	text, err := json.Marshal(strings.ToValidUTF8(strings.Repeat("Столица — это главный город, \"в котором\" правительство.\n", 17)[:1560], ""))
	if err != nil {
		panic(err)
	}
	return &canned{files: map[string][]byte{}, answer: fmt.Appendf(nil, `{"choices":[{"message":{"role":"assistant","content":%s},"index":0,`+
		`"finish_reason":"stop"}],"created":1,"model":"GigaChat-2:2.0","object":"chat.completion","usage":{"prompt_tokens":20,"completion_tokens":300,`+
		`"total_tokens":320,"precached_prompt_tokens":0}}`, text)}
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/chat/completions"):
		io.Copy(io.Discard, r.Body)
		body = c.answer
	case r.Method == http.MethodPost:
		lines, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		var file bytes.Buffer
		for l := range bytes.Lines(lines) {
			file.WriteString(`{"id":"`)
			file.Write(l[len(`{"id":"`):][:32])
			file.WriteString(`","result":`)
			file.Write(c.answer)
			file.WriteString("}\n")
		}
		c.mu.Lock()
		id := "b" + strconv.Itoa(len(c.files))
		c.files[id] = file.Bytes()
		c.mu.Unlock()
		body = fmt.Appendf(nil, `{"id":%q,"status":"created"}`, id)
	case r.URL.Query().Has("batch_id"):
		id := r.URL.Query().Get("batch_id")
		body = fmt.Appendf(nil, `[{"id":%q,"status":"completed","output_file_id":%q}]`, id, id)
	case strings.HasSuffix(path, "/batches"):
		body = []byte("[]")
	default:
		id, _, _ := strings.Cut(strings.TrimPrefix(path, "/v1/files/"), "/")
		c.mu.Lock()
		body = c.files[id]
		delete(c.files, id)
		c.mu.Unlock()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)), Request: r}, nil
}

// BenchmarkBatchesAgainstLive measures the processor time of a whole run a row, live and through batches, and their ratio.
func BenchmarkBatchesAgainstLive(b *testing.B) {
	const rows = 20_000
	run := func(b *testing.B, via string) time.Duration {
		g := &rig{dir: b.TempDir()}
		g.input = filepath.Join(g.dir, "q.csv")
		if err := writeQuestions(g.input, rows); err != nil {
			b.Fatal(err)
		}
		c := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Transport: newCanned(), Tokens: gigachat.StaticToken("t")}
		job := g.new(func(j *Job) {
			j.Limits.Via, j.tests.sync = via, func(*os.File) error { return nil }
			j.Connect = func(context.Context, []string) (*Service, error) {
				return &Service{Ask: c.ChatJSON, Batches: c, Start: 10, Max: 64}, nil
			}
		})
		before := cpuTime(b)
		sum, err := job.Run(b.Context(), nil)
		if err != nil || sum.Completed != rows || via == task.ViaBatch && sum.Batched.Answers != rows {
			b.Fatalf("got %v, %+v", err, sum)
		}
		return cpuTime(b) - before
	}
	var live, batched time.Duration
	for b.Loop() {
		live += run(b, task.ViaLive)
		batched += run(b, task.ViaBatch)
	}
	b.ReportMetric(live.Seconds()*1e6/float64(b.N)/rows, "live-µs/row")
	b.ReportMetric(batched.Seconds()*1e6/float64(b.N)/rows, "batch-µs/row")
	b.ReportMetric(batched.Seconds()/live.Seconds(), "batch/live")
}

// cpuTime returns the processor time of this process, to 10 ms.
func cpuTime(b *testing.B) time.Duration {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		b.Skip(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
