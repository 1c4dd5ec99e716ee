package pack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
)

const model = "EmbeddingsGigaR"

// taskOf returns the task of a text.
func taskOf(text, model string) task.Task {
	input, err := json.Marshal([]string{text})
	if err != nil {
		panic(err)
	}
	body := (&gigachat.ChatRequest{Model: model, Fields: map[string]json.RawMessage{"input": input}}).AppendJSON(nil)
	return task.Task{Key: task.KeyOf(body), Body: body, Model: model, Way: task.AsVector}
}

// texts returns n short texts.
func texts(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("text %d", i))
	}
	return all
}

func tasksOf(texts []string) iter.Seq2[task.Task, error] {
	return func(yield func(task.Task, error) bool) {
		for _, text := range texts {
			if !yield(taskOf(text, model), nil) {
				return
			}
		}
	}
}

// service is a service that makes vectors. Its fields but fail are safe for concurrent use.
type service struct {
	t    testing.TB
	fail func(texts []string) error                                        // nil answers
	cut  func(texts []string, e []gigachat.Embedding) []gigachat.Embedding // what is answered; nil answers all

	mu       sync.Mutex // guards the fields below
	requests [][]string
	answered map[string]int // how often each text got a vector
	inFlight int            // texts
	most     int
}

// vectorOf returns the vector of a text.
func vectorOf(text string) string { return fmt.Sprintf("[%d,0.5]", len(text)) }

// tokens are those that a text is billed with.
func tokens(text string) int { return (len(text) + 3) / 4 }

func (s *service) embed(ctx context.Context, body []byte, _ time.Duration) (*gigachat.EmbeddingResponse, error) {
	var r struct {
		Input []string `json:"input"`
		Model string   `json:"model"`
	}
	if err := json.Unmarshal(body, &r); err != nil || r.Model == "" || len(r.Input) == 0 {
		s.t.Errorf("a bad request: %s, %v", body, err)
	}
	s.mu.Lock()
	s.requests = append(s.requests, r.Input)
	s.inFlight += len(r.Input)
	s.most = max(s.most, s.inFlight)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight -= len(r.Input)
	}()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, &gigachat.Error{Op: "embeddings", Kind: gigachat.KindCanceled, Sent: true, Err: ctx.Err()}
	}
	if s.fail != nil {
		if err := s.fail(r.Input); err != nil {
			return nil, err
		}
	}
	answer := &gigachat.EmbeddingResponse{Model: r.Model + ":1", RequestID: "id"}
	for i, text := range r.Input {
		answer.Embeddings = append(answer.Embeddings, gigachat.Embedding{Index: i, Vector: []byte(vectorOf(text)), PromptTokens: tokens(text)})
	}
	if s.cut != nil {
		answer.Embeddings = s.cut(r.Input, answer.Embeddings)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range answer.Embeddings {
		if s.answered == nil {
			s.answered = map[string]int{}
		}
		s.answered[r.Input[e.Index]]++
	}
	return answer, nil
}

// sizes returns how many texts each request has.
func (s *service) sizes() (all []int) {
	for _, r := range s.requests {
		all = append(all, len(r))
	}
	return all
}

// kept keeps results by key.
type kept struct {
	t       testing.TB
	mu      sync.Mutex // guards results
	results map[task.Key]task.Result
}

func (k *kept) record(r task.Result) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.results == nil {
		k.results = map[task.Key]task.Result{}
	}
	if _, twice := k.results[r.Key]; twice {
		k.t.Errorf("recorded twice: %s", r.Key)
	}
	k.results[r.Key] = r
	return nil
}

// of returns the result of a text.
func (k *kept) of(text string) task.Result { return k.results[taskOf(text, model).Key] }

// check fails the test unless each text has its own vector and usage, and was answered once.
func (k *kept) check(s *service, texts []string) {
	k.t.Helper()
	for _, text := range texts {
		r := k.of(text)
		if r.State != task.Completed || r.Completion != vectorOf(text) || r.Usage.PromptTokens != tokens(text) || r.Usage.TotalTokens != tokens(text) ||
			r.Model != model+":1" || r.RequestID != "id" || r.Attempts == 0 || r.Latency == 0 || r.At.IsZero() || r.FinishReason != "" {
			k.t.Errorf("%q: got %+v", text, r)
		}
		if n := s.answered[text]; n != 1 {
			k.t.Errorf("%q was answered %d times", text, n)
		}
	}
}

func execute(t *testing.T, p *pool.Pool, s *service, tasks iter.Seq2[task.Task, error]) (*kept, error) {
	t.Helper()
	s.t = t
	k := &kept{t: t}
	err := Over(p, s.embed, 0, 0).Execute(t.Context(), nil, tasks, k.record)
	return k, err
}

func refusal(status int) error {
	return &gigachat.Error{Op: "embeddings", Kind: gigachat.KindRejected, Status: status, Message: "no"}
}

// TestPacks asks about 45 texts in three requests. Each text gets its own vector and usage, and the pool counts the tokens once.
func TestPacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := texts(45)
		all[7] = "\"],\"model\":\"other\"}\n\\ 😀 \u2028<&>"
		var s service
		p := &pool.Pool{Counters: &pool.Counters{}}
		k, err := execute(t, p, &s, tasksOf(all))
		if err != nil {
			t.Fatal(err)
		}
		k.check(&s, all)
		sizes := s.sizes()
		slices.Sort(sizes)
		if !slices.Equal(sizes, []int{5, 20, 20}) {
			t.Errorf("requests of %d texts", sizes)
		}
		want := 0
		for _, text := range all {
			want += tokens(text)
		}
		if got := p.Counters.PromptTokens.Load(); got != int64(want) || p.Counters.Requests.Load() != 3 {
			t.Errorf("%d tokens in %d requests, want %d in 3", got, p.Counters.Requests.Load(), want)
		}
	})
}

// TestPackRoom has texts that are too long for one request together, and other models.
func TestPackRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s service
		long := strings.Repeat("я", 1000)
		all := []string{long + "1", long + "2", long + "3", "short", long + "4"}
		if _, err := execute(t, &pool.Pool{}, &s, func(yield func(task.Task, error) bool) {
			_ = yield(taskOf("a", "Embeddings"), nil) && yield(taskOf("b", model), nil) && yield(taskOf("c", model), nil) &&
				yield(taskOf("d", "Embeddings"), nil)
		}); err != nil {
			t.Fatal(err)
		}
		if sizes := s.sizes(); len(sizes) != 3 {
			t.Errorf("two models: requests of %d texts", sizes)
		}
		s.requests = nil
		k := &kept{t: t}
		err := Over(&pool.Pool{}, s.embed, 0, 700).Execute(t.Context(), nil, tasksOf(all), k.record)
		if err != nil {
			t.Fatal(err)
		}
		k.check(&s, all)
		for _, r := range s.requests {
			if n := len([]rune(strings.Join(r, ""))); n > 700*fewestChars {
				t.Errorf("a request of %d texts has %d characters", len(r), n)
			}
		}
		if len(s.requests) != 2 {
			t.Errorf("got %d requests, want 2", len(s.requests))
		}
	})
}

// TestPackRefused has texts that the service refuses with each status. Only they fail, and no other text is answered twice.
func TestPackRefused(t *testing.T) {
	for _, tt := range []struct {
		status int
		cause  task.Cause
	}{{http.StatusBadRequest, task.CauseRejected}, {http.StatusRequestEntityTooLarge, task.CauseTooLong}, {http.StatusUnprocessableEntity, task.CauseRejected}} {
		synctest.Test(t, func(t *testing.T) {
			all := texts(60)
			bad := []string{all[3], all[19], all[20]}
			s := service{fail: func(texts []string) error {
				if slices.ContainsFunc(texts, func(text string) bool { return slices.Contains(bad, text) }) {
					return refusal(tt.status)
				}
				return nil
			}}
			k, err := execute(t, &pool.Pool{}, &s, tasksOf(all))
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range bad {
				if r := k.of(text); r.State != task.Failed || r.Cause != tt.cause || r.Error == "" {
					t.Errorf("%d: %q: got %+v", tt.status, text, r)
				}
			}
			k.check(&s, slices.DeleteFunc(all, func(text string) bool { return slices.Contains(bad, text) }))
			if n := len(s.requests); n > 30 {
				t.Errorf("%d: %d requests", tt.status, n)
			}
		})
	}
}

// TestPackTooMany has a service that takes fewer texts at once: all are asked.
func TestPackTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service{fail: func(texts []string) error {
			if len(texts) > 7 {
				return refusal(http.StatusBadRequest)
			}
			return nil
		}}
		all := texts(1000)
		k, err := execute(t, &pool.Pool{}, &s, tasksOf(all))
		if err != nil {
			t.Fatal(err)
		}
		k.check(&s, all)
	})
}

// TestAllRefused ends the run if every text is refused, after few requests.
func TestAllRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service{fail: func([]string) error { return refusal(http.StatusUnprocessableEntity) }}
		_, err := execute(t, &pool.Pool{Limits: task.Limits{Concurrency: 4}}, &s, tasksOf(texts(10_000)))
		if !errors.As(err, new(*pool.AlikeError)) {
			t.Errorf("got %v, want an AlikeError", err)
		}
		if n := len(s.requests); n > 250 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestPackServerError has a text for which the service fails each time: only it fails.
func TestPackServerError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := texts(400)
		s := service{fail: func(texts []string) error {
			if slices.Contains(texts, all[30]) {
				return &gigachat.Error{Op: "embeddings", Kind: gigachat.KindServer, Status: 500, Message: "no"}
			}
			return nil
		}}
		k, err := execute(t, &pool.Pool{Limits: task.Limits{Concurrency: 2}}, &s, tasksOf(all))
		if err != nil {
			t.Fatal(err)
		}
		if r := k.of(all[30]); r.State != task.Failed || r.Cause != task.CauseServer {
			t.Errorf("got %+v", r)
		}
		k.check(&s, slices.Delete(slices.Clone(all), 30, 31))
	})
}

// TestPackTimeout does not ask again in halves after timeouts: each may have cost as much as an answer. Each text may be paid for.
func TestPackTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := texts(60)
		s := service{fail: func(texts []string) error {
			if slices.Contains(texts, all[30]) {
				return &gigachat.Error{Op: "embeddings", Kind: gigachat.KindTimeout, Sent: true, Message: "no"}
			}
			return nil
		}}
		var mu sync.Mutex
		lost := map[task.Key]int{}
		p := &pool.Pool{Limits: task.Limits{Concurrency: 2}, Lost: func(k task.Key) error {
			mu.Lock()
			defer mu.Unlock()
			lost[k]++
			return nil
		}}
		k, err := execute(t, p, &s, tasksOf(all))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range all[20:40] {
			if r := k.of(text); r.State != task.Failed || r.Cause != task.CauseTimeout || lost[r.Key] != 2 {
				t.Errorf("%q: got %+v, lost %d times", text, r, lost[r.Key])
			}
		}
		if len(s.requests) != 4 || len(lost) != 20 {
			t.Errorf("%d requests, %d texts lost; want 4 and 20", len(s.requests), len(lost))
		}
	})
}

// TestVectorsMissing has answers without the vectors of some texts, or with more. What is missing is asked again, alone.
func TestVectorsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := texts(40)
		s := service{cut: func(texts []string, e []gigachat.Embedding) []gigachat.Embedding {
			e = slices.DeleteFunc(e, func(e gigachat.Embedding) bool {
				return len(texts) > 1 && e.Index%7 == 3 || texts[e.Index] == all[5]
			})
			slices.Reverse(e)
			return e
		}}
		k, err := execute(t, &pool.Pool{}, &s, tasksOf(all))
		if err != nil {
			t.Fatal(err)
		}
		if r := k.of(all[5]); r.State != task.Failed || r.Cause != task.CauseUnknown {
			t.Errorf("got %+v", r)
		}
		k.check(&s, slices.Delete(slices.Clone(all), 5, 6))
	})
}

// TestForeignIndex has an answer about texts that nobody asked about.
func TestForeignIndex(t *testing.T) {
	got := vectorsOf(completionOf([]gigachat.Embedding{{Index: 2, Vector: []byte("[1]")}, {Index: -1, Vector: []byte("[2]")}, {Index: 1, Vector: []byte("[3]"), PromptTokens: 4}}), 2)
	if want := []vector{{}, {"[3]", 4}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestFlight tells how many texts may be lost before their requests are sent: never fewer than are in flight, and not many more.
func TestFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s service
		var mu sync.Mutex
		told := []int{}
		p := &pool.Pool{Limits: task.Limits{Concurrency: 8}, Start: 8, Flight: func(n int) error {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, n)
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.inFlight > n {
				t.Errorf("%d texts are in flight, and %d were told", s.inFlight, n)
			}
			return nil
		}}
		if _, err := execute(t, p, &s, tasksOf(texts(1000))); err != nil {
			t.Fatal(err)
		}
		if last := told[len(told)-1]; s.most > last || last > 8*DefaultTexts {
			t.Errorf("told %d, and %d were in flight", told, s.most)
		}
		told = nil
		if _, err := execute(t, &pool.Pool{Flight: p.Flight}, &service{}, tasksOf(texts(3))); err != nil {
			t.Fatal(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		told := 0
		p := &pool.Pool{Flight: func(n int) error { told = n; return nil }}
		if _, err := execute(t, p, &service{}, tasksOf(texts(3))); err != nil || told != 3 {
			t.Errorf("told %d of 3 texts, %v", told, err)
		}
		full := errors.New("disk full")
		s := &service{}
		p = &pool.Pool{Flight: func(int) error { return full }}
		if _, err := execute(t, p, s, tasksOf(texts(3))); !errors.Is(err, full) || len(s.requests) > 0 {
			t.Errorf("got %v after %d requests, want %v before any", err, len(s.requests), full)
		}
	})
}

// TestUnwanted takes the tasks out of a pack that are no longer wanted when it is sent.
func TestUnwanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := texts(40)
		not := map[task.Key]bool{}
		for i, text := range all {
			not[taskOf(text, model).Key] = i == 0 || i == 7 || i >= 20
		}
		var s service
		k, err := execute(t, &pool.Pool{Wanted: func(k task.Key) bool { return !not[k] }}, &s, tasksOf(all))
		if err != nil {
			t.Fatal(err)
		}
		if sizes := s.sizes(); !slices.Equal(sizes, []int{18}) || len(k.results) != 18 {
			t.Errorf("requests of %d texts, %d results", sizes, len(k.results))
		}
	})
}

// TestDrain stops while packs are in flight and others wait to be asked again in halves: what is in flight is kept, nothing is sent.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := texts(200)
		drain := make(chan struct{})
		var s service
		s.t = t
		s.fail = func(texts []string) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.requests) >= 4 && !isClosed(drain) {
				close(drain)
			}
			if slices.Contains(texts, all[5]) {
				return refusal(http.StatusBadRequest)
			}
			return nil
		}
		k := &kept{t: t}
		x := Over(&pool.Pool{Start: 4, Limits: task.Limits{Concurrency: 4}}, s.embed, 0, 0)
		if err := x.Execute(t.Context(), drain, tasksOf(all), k.record); err != nil {
			t.Fatal(err)
		}
		if len(k.results) != 60 || len(s.requests) != 4 {
			t.Errorf("%d results of %d requests", len(k.results), len(s.requests))
		}
		rest := slices.DeleteFunc(slices.Clone(all), func(text string) bool { return k.of(text).Key != (task.Key{}) })
		if err := x.Execute(t.Context(), nil, tasksOf(rest), k.record); err != nil { // as the next round
			t.Fatal(err)
		}
		k.check(&s, slices.Delete(slices.Clone(all), 5, 6))
	})
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestBudget ends the run before a pack that the budget does not allow. All that was answered is kept.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := texts(400)
		var s service
		spending := &cost.Spending{Prices: cost.Known(), Budget: cost.Budget{Tokens: 500}}
		p := &pool.Pool{Allowance: pool.Allowance{Spending: spending, Claim: func(t task.Task) cost.Claim {
			return cost.Claim{Model: t.Model, Characters: len(t.Body)}
		}}}
		k, err := execute(t, p, &s, tasksOf(all))
		if !cost.IsLimit(err) {
			t.Errorf("got %v, want the end of the budget", err)
		}
		if n := spending.Spent().Tokens; n > 500 || n == 0 || len(k.results) == 0 || len(k.results)%20 != 0 {
			t.Errorf("%d tokens were spent for %d results", n, len(k.results))
		}
	})
}

// TestRecordFails ends the run if a result cannot be recorded, and goes on with what is in flight if it was kept.
func TestRecordFails(t *testing.T) {
	for _, err := range []error{errors.New("disk full"), fmt.Errorf("moved: %w", task.ErrKept)} {
		synctest.Test(t, func(t *testing.T) {
			var s service
			s.t = t
			var mu sync.Mutex
			n := 0
			got := Over(&pool.Pool{}, s.embed, 0, 0).Execute(t.Context(), nil, tasksOf(texts(1000)), func(task.Result) error {
				mu.Lock()
				defer mu.Unlock()
				n++
				return err
			})
			if !errors.Is(got, err) || len(s.requests) > 2*pool.DefaultStart {
				t.Errorf("got %v after %d requests, want %v", got, len(s.requests), err)
			}
			if errors.Is(err, task.ErrKept) && n != DefaultTexts*len(s.requests) {
				t.Errorf("%d results of %d requests", n, len(s.requests))
			}
		})
	}
}

// FuzzPack packs texts: the request has these texts.
func FuzzPack(f *testing.F) {
	f.Add("a", `],"model":"x"}`, "M")
	f.Add("\x00\xff", "\\", `","input":["`)
	f.Fuzz(func(t *testing.T, a, b, model string) {
		if model == "" {
			t.Skip("no request has an empty model")
		}
		p := &pack{tasks: []task.Task{taskOf(a, model), taskOf(b, model)}}
		var got struct {
			Input []string `json:"input"`
			Model string   `json:"model"`
		}
		if err := json.Unmarshal(p.body(), &got); err != nil {
			t.Fatalf("%s: %v", p.body(), err)
		}
		valid := func(s string) string { return string([]rune(s)) }
		if want := []string{valid(a), valid(b)}; !slices.Equal(got.Input, want) || got.Model != valid(model) {
			t.Errorf("got %q, want %q of %q", got, want, model)
		}
		one := &pack{tasks: p.tasks[:1]}
		if string(one.body()) != string(p.tasks[0].Body) {
			t.Errorf("a pack of one: %s, want %s", one.body(), p.tasks[0].Body)
		}
	})
}
