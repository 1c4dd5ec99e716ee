package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// vectorRig is a rig whose service makes vectors.
type vectorRig struct {
	*rig
	requests [][]string // the texts of each
	fail     func(texts []string) error
}

func newVectorRig(t *testing.T, name, content string) *vectorRig {
	return &vectorRig{rig: newRig(t, name, content)}
}

func (g *vectorRig) embed(_ context.Context, body []byte, _ time.Duration) (*gigachat.EmbeddingResponse, error) {
	var r struct{ Input []string }
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = append(g.requests, r.Input)
	if g.fail != nil {
		if err := g.fail(r.Input); err != nil {
			return nil, err
		}
	}
	a := &gigachat.EmbeddingResponse{Model: "EmbeddingsGigaR:1"}
	for i, text := range r.Input {
		if g.asked == nil {
			g.asked = map[string]int{}
		}
		g.asked[text]++
		a.Embeddings = append(a.Embeddings, gigachat.Embedding{Index: i, Vector: []byte(vectorOf(text)), PromptTokens: len(text)})
	}
	return a, nil
}

func vectorOf(text string) string { return fmt.Sprintf("[%d,-0.25]", len(text)) }

// vectors makes a job one for vectors, in packs of four.
func (g *vectorRig) vectors(j *Job) {
	j.Settings.Column = spec.Column{CompletionColumn: spec.DefaultVectorColumn, Embed: true, Params: spec.Params{Model: "EmbeddingsGigaR"}}
	j.Settings.OutputColumns = spec.DefaultOutputColumns
	j.Settings.Output = g.path("vectors.jsonl")
	j.Limits.Pack = 4
	j.Connect = func(ctx context.Context, models []string) (*Service, error) {
		svc, err := g.connect(ctx, models)
		svc.Embed = g.embed
		return svc, err
	}
}

func (g *vectorRig) path(name string) string { return g.dir + "/" + name }

// made runs a job for vectors.
func (g *vectorRig) made(t *testing.T, change ...func(*Job)) *task.Summary {
	t.Helper()
	return g.run(t, append([]func(*Job){g.vectors}, change...)...)
}

func to(path string) func(*Job) { return func(j *Job) { j.Settings.Output = path } }

// TestVectors makes vectors. Empty texts are skipped, the same text is asked once, and one that is too long fails before anything is sent. The
// same command asks nothing again.
func TestVectors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("слово ", 3000)
	g := newVectorRig(t, "q.csv", "id,text\n1,one\n2,\n3,three\n4,one\n5,"+long+"\n6,six\n7,seven\n8,eight\n")
	sum := g.made(t)
	if got := g.takeAsked(); !slices.Equal(got, []string{"eight", "one", "seven", "six", "three"}) || len(g.requests) != 2 {
		t.Errorf("asked %q in %d requests, want 5 texts in 2", got, len(g.requests))
	}
	if sum.Completed != 6 || sum.Skipped != 1 || sum.Failed[task.CauseTooLong] != 1 || sum.Requests != 2 || sum.PromptTokens != 21 {
		t.Errorf("got %+v", sum)
	}
	lines := strings.Split(jobstest.ReadFile(t, g.path("vectors.jsonl")), "\n")
	for i, want := range []string{
		`"embedding":[3,-0.25],"error":null`, `"embedding":null,"error":null`, `"embedding":[5,-0.25]`, `"embedding":[3,-0.25]`,
		`"error":"the text has about 5143 tokens, and the model takes at most 4096"`, `"embedding":[3,-0.25]`, `"embedding":[5,-0.25]`, `"embedding":[5,-0.25]`,
	} {
		if !json.Valid([]byte(lines[i])) || !strings.Contains(strings.ReplaceAll(lines[i], " ", ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("line %d: got %s, want %s", i+1, lines[i], want)
		}
	}
	for _, retry := range []bool{false, true} {
		sum = g.made(t, func(j *Job) { j.RetryFailed = retry })
		if got := g.takeAsked(); got != nil || sum.FromJournal != 6 || sum.Failed[task.CauseTooLong] != 1 {
			t.Errorf("the same command asked %q; it says %+v", got, sum)
		}
	}
	sum = g.made(t, func(j *Job) { j.Settings.Context = 6000 })
	if got := g.takeAsked(); len(got) != 1 || sum.Completed != 7 {
		t.Errorf("with a larger context: asked %d texts, %d completed", len(got), sum.Completed)
	}
	if sum = g.made(t); g.takeAsked() != nil || sum.Completed != 7 {
		t.Errorf("a vector of a long text is lost: %+v", sum)
	}
}

// TestVectorsAndChat has both in one journal.
func TestVectorsAndChat(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n1,one\n2,two\n")
	g.run(t)
	g.wantAsked(t, "one two")
	g.made(t)
	g.wantAsked(t, "one two")
	g.run(t)
	g.made(t)
	g.wantAsked(t, "")
}

// TestVectorFormats writes vectors into each format. Reading them back gives the same, and in place nothing is asked again.
func TestVectorFormats(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n1,one\n2,three\n")
	g.made(t, to(g.path("v.csv")))
	g.made(t, to(g.path("v.xlsx")))
	g.made(t, inPlace)
	g.made(t, inPlace)
	g.wantAsked(t, "one three")
	if got, want := jobstest.ReadFile(t, g.path("v.csv")), "id,text,embedding,error\n1,one,\"[3,-0.25]\",\n2,three,\"[5,-0.25]\",\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := jobstest.ReadFile(t, g.input), jobstest.ReadFile(t, g.path("v.csv")); got != want {
		t.Errorf("in place: got %q, want %q", got, want)
	}
	j := newVectorRig(t, "q.jsonl", `{"id":1,"text":"one"}`+"\n"+`{"id":2,"text":"three"}`+"\n")
	j.made(t, inPlace)
	text := jobstest.ReadFile(t, j.input)
	j.made(t, inPlace)
	j.wantAsked(t, "one three")
	if again := jobstest.ReadFile(t, j.input); again != text || !strings.Contains(text, `"embedding":[3,-0.25]`) {
		t.Errorf("in place: got %s, then %s", text, again)
	}
}

// TestVectorsGoOnFromEveryMomentOfACrash copies the journal after each fsync of a run, as a crash at that moment would leave it, and goes on
// from each copy: what it holds is not asked again, and what was in flight is counted.
func TestVectorsGoOnFromEveryMomentOfACrash(t *testing.T) {
	t.Parallel()
	const rows = 21
	content := "id,text\n" + numbered(rows)
	refuse := func(texts []string) error {
		if len(texts) > 1 && slices.ContainsFunc(texts, func(text string) bool { return strings.HasSuffix(text, "7") }) {
			return &gigachat.Error{Op: "embeddings", Kind: gigachat.KindRejected, Status: 413, Message: "no"}
		}
		return nil
	}
	g := newVectorRig(t, "q.csv", content)
	g.fail = refuse
	copies := snapshots(t, g.rig, g.vectors)
	want := jobstest.ReadFile(t, g.path("vectors.jsonl"))
	for i, text := range copies {
		c := newVectorRig(t, "q.csv", content)
		c.fail = refuse
		jobstest.WriteFile(t, c.journal(), text)
		sum := c.made(t)
		asked := c.takeAsked()
		whole := text[:strings.LastIndex(text, "\n")+1]
		held := strings.Count(whole, `"state":"completed"`)
		if len(asked)+held != rows || sum.Completed != rows {
			t.Errorf("copy %d holds %d results, and %d rows were asked, want %d together", i, held, len(asked), rows)
		}
		if got := jobstest.ReadFile(t, c.path("vectors.jsonl")); got != want {
			t.Errorf("copy %d: output\n%s\nwant\n%s", i, got, want)
		}
		if strings.Contains(whole, `"state":"flight"`) && !strings.Contains(whole, `"state":"end"`) && sum.PaidTwice == 0 {
			t.Errorf("copy %d: nothing may have been paid twice", i)
		}
		if c.made(t); c.takeAsked() != nil {
			t.Errorf("copy %d: the run after the next asked again", i)
		}
	}
}

// TestVectorsStopped stops at once while packs are in flight: only these are asked again, and they are counted.
func TestVectorsStopped(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n"+numbered(40))
	ctx, cancel := context.WithCancel(t.Context())
	g.fail = func(texts []string) error {
		if len(g.requests) < 4 {
			return nil
		}
		cancel()
		return &gigachat.Error{Op: "embeddings", Kind: gigachat.KindCanceled, Sent: true, Err: context.Canceled}
	}
	sum, err := g.new(g.vectors, func(j *Job) { j.Limits.Concurrency = 1 }).Run(ctx, nil)
	if !Stopped(err) || sum == nil {
		t.Fatalf("got %v, %v", sum, err)
	}
	if got := g.takeAsked(); len(got) != 12 {
		t.Fatalf("%d texts were answered, want 12", len(got))
	}
	g.fail = nil
	if sum = g.made(t); sum.PaidTwice != 4 || sum.FromJournal != 12 || sum.Completed != 40 || len(g.takeAsked()) != 28 {
		t.Errorf("got %+v", sum)
	}
}

// TestVectorsContinued goes on as the page does, from the journal alone.
func TestVectorsContinued(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n"+numbered(9))
	g.fail = func(texts []string) error {
		if len(g.requests) < 2 {
			return nil
		}
		return &gigachat.Error{Op: "embeddings", Kind: gigachat.KindPayment, Status: 402}
	}
	if _, err := g.try(t, g.vectors, func(j *Job) { j.Limits.Concurrency = 1 }); err == nil {
		t.Fatal("no error without tokens")
	}
	g.takeAsked()
	g.fail, g.requests = nil, nil
	job, err := Resume(g.journal())
	if err != nil {
		t.Fatal(err)
	}
	like := g.new(g.vectors)
	job.Connect = like.Connect
	sum, err := job.Run(t.Context(), nil)
	if err != nil || sum.Completed != 9 || len(g.takeAsked()) != 5 || len(g.requests) != 2 {
		t.Errorf("got %+v, %v after %d requests", sum, err, len(g.requests))
	}
}

// TestVectorBudget keeps to a budget of tokens, for which no --max-tokens is needed, and refuses one in rubles without a price.
func TestVectorBudget(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n"+numbered(100))
	budget := func(b cost.Budget) func(*Job) {
		return func(j *Job) { j.Limits.Budget, j.Limits.Concurrency = b, 1 }
	}
	_, err := g.try(t, g.vectors, budget(cost.Budget{Cost: cost.OfRubles(1)}))
	jobstest.WantUsage(t, err, "the price of the model \"EmbeddingsGigaR\" is unknown")
	sum, err := g.try(t, g.vectors, budget(cost.Budget{Tokens: 200}))
	if !cost.IsLimit(err) || sum.PromptTokens > 200 || sum.Completed == 0 || sum.Completed%4 != 0 || sum.Pending == 0 {
		t.Errorf("got %+v, %v", sum, err)
	}
}

// TestVectorEdited writes what a person has put in the place of a vector: an array as such, anything else as a text.
func TestVectorEdited(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n1,one\n2,three\n")
	g.made(t)
	for text, edit := range map[string]string{"one": "[1]", "three": "not [a] vector"} {
		body := `{"input":["` + text + `"],"model":"EmbeddingsGigaR"}`
		mustEdit(t, g.journal(), journal.Edit{Key: task.KeyOf([]byte(body)), Text: edit, At: time.Now()})
	}
	g.made(t)
	got := jobstest.ReadFile(t, g.path("vectors.jsonl"))
	if !strings.Contains(got, `"embedding":[1],`) || !strings.Contains(got, `"embedding":"not [a] vector"`) {
		t.Errorf("got %s", got)
	}
}

// TestVectorsNotOffered refuses a service without vectors and settings of a chat, before anything is sent.
func TestVectorsNotOffered(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n1,one\n")
	_, err := g.try(t, g.vectors, func(j *Job) { j.Connect = g.connect })
	jobstest.WantUsage(t, err, "this service makes no vectors")
	_, err = g.try(t, g.vectors, func(j *Job) {
		j.Connect = func(ctx context.Context, models []string) (*Service, error) {
			if models != nil {
				t.Errorf("the models of chats are %q", models)
			}
			svc, err := g.connect(ctx, models)
			svc.Embed, svc.CheckEmbed = g.embed, func(models []string) error { return fmt.Errorf("no %q", models) }
			return svc, err
		}
	})
	if err == nil || err.Error() != `no ["EmbeddingsGigaR"]` {
		t.Errorf("got %v", err)
	}
	for _, change := range []func(*spec.Column){
		func(c *spec.Column) { c.System = "x" }, func(c *spec.Column) { c.MaxTokens = new(1) }, func(c *spec.Column) { c.Choices = []string{"a", "b"} },
		func(c *spec.Column) { c.Split = true }, func(c *spec.Column) { c.FallbackModel = "Embeddings" }, func(c *spec.Column) { c.Attach = "id" },
	} {
		_, err = g.try(t, g.vectors, func(j *Job) { change(&j.Settings.Column) })
		jobstest.WantUsage(t, err, "a vector is made of a text and a model")
	}
	if g.requests != nil {
		t.Errorf("%d requests", len(g.requests))
	}
}

// TestVectorsOfDocuments makes the vectors of texts, and refuses files that are no text.
func TestVectorsOfDocuments(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "a.txt", "one\n")
	jobstest.WriteFile(t, g.path("b.md"), "three")
	docs := func(j *Job) {
		j.Settings.Format, j.Settings.Documents, j.Settings.Prompt = table.Documents, []string{g.dir}, "{{content}}"
		j.Input = g.path("vectors.jsonl")
	}
	if sum := g.made(t, docs); sum.Completed != 2 {
		t.Errorf("got %+v", sum)
	}
	jobstest.WriteFile(t, g.path("c.png"), "\x89PNG\r\n\x1a\n")
	_, err := g.try(t, g.vectors, docs)
	if err == nil || !strings.Contains(err.Error(), "a vector is made of a text") {
		t.Errorf("got %v", err)
	}
}

// TestVectorEstimate estimates a run whose tokens the service counts: it has exactly these, and no completions.
func TestVectorEstimate(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n"+numbered(100))
	count := func(_ context.Context, _ string, texts []string) (n []int, err error) {
		for _, text := range texts {
			n = append(n, len(text))
		}
		return n, nil
	}
	_, e, err := g.new(g.vectors).Estimate(t.Context(), cost.Known(), 100, count)
	if err != nil {
		t.Fatal(err)
	}
	if sum := g.made(t); e.Prompt.Likely != float64(sum.PromptTokens) || e.Completion.High != 0 || e.Requests.Likely != 100 {
		t.Errorf("estimated %+v, had %d tokens", e.Part, sum.PromptTokens)
	}
}

// TestVectorsEach gives rows with the same text a vector each, also if they are in one pack or were asked in part.
func TestVectorsEach(t *testing.T) {
	t.Parallel()
	g := newVectorRig(t, "q.csv", "id,text\n"+strings.Repeat("1,one\n", 6))
	g.made(t, noDedupe, limited(3))
	sum := g.made(t, noDedupe)
	if got := g.takeAsked(); len(got) != 6 || sum.Completed != 6 || sum.FromJournal != 3 {
		t.Errorf("%d texts were asked; got %+v", len(got), sum)
	}
	if n := strings.Count(jobstest.ReadFile(t, g.path("vectors.jsonl")), `"embedding":[3,-0.25]`); n != 6 {
		t.Errorf("%d rows have a vector, want 6", n)
	}
}
