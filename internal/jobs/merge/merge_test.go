package merge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// rig is a folder with a table, and a sandbox that counts what is billed.
type rig struct {
	box      *sandbox.Sandbox
	input    string
	settings spec.Settings
}

func newRig(t *testing.T, text string, s spec.Settings, o sandbox.Options) *rig {
	t.Helper()
	g := &rig{box: sandbox.New(o), input: filepath.Join(t.TempDir(), "q.csv"), settings: s}
	t.Cleanup(func() { g.box.Close() })
	jobstest.WriteFile(t, g.input, text)
	return g
}

// job returns the job of a shard, or of all rows if shard is "".
func (g *rig) job(shard string, change ...func(*jobs.Job)) *jobs.Job {
	tokens := &gigachat.OAuth{Key: sandbox.Key, Scope: gigachat.ScopeCorporate, URL: "http://127.0.0.1/api/v2/oauth", Transport: g.box.Transport()}
	c := &gigachat.Client{BaseURL: "http://127.0.0.1/v1", Transport: g.box.Transport(), Tokens: tokens}
	j := &jobs.Job{Input: g.input, Settings: g.settings, Sandbox: true, Limits: task.Limits{MaxAttempts: 3}}
	j.Settings.Shard, j.Settings.Output = shard, spec.OutputPath(g.input, true)
	if j.Settings.OutputColumns == nil {
		j.Settings.OutputColumns = []string{"completion", "error"}
	}
	j.Connect = func(context.Context, []string) (*jobs.Service, error) {
		return &jobs.Service{Ask: c.ChatJSON, Files: c, Batches: c, Sandbox: true, Start: 10, Max: 10}, nil
	}
	for _, f := range change {
		f(j)
	}
	return j
}

func (g *rig) run(t *testing.T, shard string, change ...func(*jobs.Job)) *task.Summary {
	t.Helper()
	sum, err := g.job(shard, change...).Run(t.Context(), nil)
	if err != nil {
		t.Fatalf("shard %s: %v", shard, err)
	}
	return sum
}

// merge merges the shards and writes the output.
func (g *rig) merge(t *testing.T, change ...func(*Job)) (*Result, *task.Summary) {
	t.Helper()
	m := &Job{Input: g.input, Journal: spec.JournalPath(g.input)}
	for _, f := range change {
		f(m)
	}
	did, err := m.Do(t.Context())
	if err != nil {
		t.Fatalf("merge: %v", err)
	}
	return did, g.write(t)
}

// write writes the output from the merged journal.
func (g *rig) write(t *testing.T) *task.Summary {
	t.Helper()
	sum, err := (&jobs.Job{Input: g.input}).Rewrite(t.Context(), false, nil)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	return sum
}

func (g *rig) billed() int { return int(g.box.Counts().Billed) }

func (g *rig) output(t *testing.T) string {
	return jobstest.ReadFile(t, spec.OutputPath(g.input, true))
}

// keys returns the keys with a completion in the journal of a shard, or in that of all rows.
func (g *rig) keys(t *testing.T, shard string) map[task.Key]bool {
	t.Helper()
	j, err := journal.Read(spec.JournalFor(g.input, shard))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	all := map[task.Key]bool{}
	for k := range j.Keys(true) {
		all[k] = true
	}
	return all
}

// column returns a completion column.
func column(name, prompt string) spec.Column {
	return spec.Column{CompletionColumn: name, Prompt: prompt, Params: spec.Params{Model: "GigaChat-2"}}
}

// kinds are jobs whose requests are shared by rows in different ways.
var kinds = map[string]spec.Settings{
	"one column":  {Column: column("completion", "{{text}}")},
	"no dedupe":   {Column: column("completion", "{{text}}"), NoDedupe: true},
	"independent": {Columns: []spec.Column{column("a", "{{text}}"), column("b", "where is {{city}}")}, OutputColumns: spec.DefaultValueColumns},
	"dependent":   {Columns: []spec.Column{column("a", "{{text}}"), column("b", "{{id}}: {{a}}"), column("c", "{{b}}")}, OutputColumns: spec.DefaultValueColumns},
	"two roots": {Columns: []spec.Column{column("a", "{{text}}"), column("b", "where is {{city}}"), column("c", "{{a}} and {{b}}")},
		OutputColumns: spec.DefaultValueColumns},
	"limited": {Column: column("completion", "{{text}}"), Selection: spec.Selection{Limit: 17, Where: []string{"city!=c1"}}},
}

// randomTable returns a table whose rows share some texts and cities; some have none.
func randomTable(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("id,text,city\n")
	texts, cities := 1+r.IntN(40), 1+r.IntN(30)
	for i := range 1 + r.IntN(40) {
		text, city := fmt.Sprintf("t%d", r.IntN(texts)), fmt.Sprintf("c%d", r.IntN(cities))
		if r.IntN(10) == 0 {
			text = ""
		}
		if r.IntN(10) == 0 {
			city = ""
		}
		fmt.Fprintf(&b, "%d,%s,%s\n", i, text, city)
	}
	return b.String() + "end,t0,c0\n" // the last line has something to ask
}

// TestShardsAreTheWholeRun compares the shards of random tables with a run without shards: they ask the same requests, no request twice, and
// the merged output is the same.
func TestShardsAreTheWholeRun(t *testing.T) {
	t.Parallel()
	seeds := uint64(8)
	if testing.Short() {
		seeds = 2
	}
	for name, s := range kinds {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%s %d", name, seed), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(seed, 1))
				text, n := randomTable(r), 1+r.IntN(6)
				whole, parts := newRig(t, text, s, sandbox.Options{}), newRig(t, text, s, sandbox.Options{})
				all := whole.run(t, "")
				rows, union := 0, map[task.Key]bool{}
				for _, i := range r.Perm(n) {
					shard := fmt.Sprintf("%d/%d", i+1, n)
					sum := parts.run(t, shard)
					rows += sum.Rows
					for k := range parts.keys(t, shard) {
						if union[k] {
							t.Errorf("shard %s asked %s, which another one had asked", shard, k)
						}
						union[k] = true
					}
				}
				if rows != all.Rows {
					t.Errorf("the shards have %d rows, want %d", rows, all.Rows)
				}
				if want := whole.keys(t, ""); !maps.Equal(union, want) {
					t.Errorf("the shards asked %d requests, want the %d of the whole run", len(union), len(want))
				}
				if got, want := parts.billed(), whole.billed(); got != want {
					t.Errorf("%d billed, want %d", got, want)
				}
				did, sum := parts.merge(t)
				if !did.Added || did.Doubled != 0 || sum.Pending > 0 {
					t.Errorf("merged %+v, %d pending", did, sum.Pending)
				}
				if got, want := parts.output(t), whole.output(t); got != want {
					t.Errorf("the output is\n%s\nwant\n%s", got, want)
				}
				before := parts.billed()
				if again := parts.run(t, ""); again.Requests > 0 || parts.billed() != before {
					t.Errorf("the run after the merge asked %d requests", again.Requests)
				}
				if did, _ := parts.merge(t); did.Added {
					t.Error("the second merge added something")
				}
			})
		}
	}
}

// TestShardIsGolden pins which rows a shard has: a change would make the shards of a run that goes on ask other rows.
func TestShardIsGolden(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"one column": "1:28 2:13467 3:5", "two roots": "1:13478 2:256 3:"} {
		g := newRig(t, "id,text,city\n1,a,x\n2,b,y\n3,c,z\n4,d,x\n5,e,v\n6,f,w\n7,a,u\n8,,\n", kinds[name], sandbox.Options{})
		var got []string
		for i := range 3 {
			r, err := g.job(fmt.Sprintf("%d/3", i+1)).Open()
			if err != nil {
				t.Fatal(err)
			}
			p, err := r.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			rows, err := p.Traverse(t.Context(), func(*resolve.Options) {})
			if err != nil {
				t.Fatal(err)
			}
			ids := fmt.Sprintf("%d:", i+1)
			for row, err := range rows {
				if err != nil {
					t.Fatal(err)
				}
				if row.Selected {
					ids += row.Values[0]
				}
			}
			got = append(got, ids)
			r.Close()
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: the shards are %s, want %s", name, got, want)
		}
	}
}

// TestKilledShardsAndMerges stops shards in the middle, merges what is there in between, and kills the merge after each of its steps.
func TestKilledShardsAndMerges(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 2))
			s := kinds["dependent"]
			text := randomTable(r)
			whole, g := newRig(t, text, s, sandbox.Options{}), newRig(t, text, s, sandbox.Options{})
			whole.run(t, "")
			const n = 3
			partial := func(m *Job) { m.Partial = true }
			for range 6 {
				shard := fmt.Sprintf("%d/%d", 1+r.IntN(n), n)
				ctx, kill := context.WithCancel(t.Context())
				left := r.IntN(8)
				var mu sync.Mutex // guards left
				_, _ = g.job(shard, func(j *jobs.Job) {
					j.Each = func(*jobs.Answer) {
						mu.Lock()
						defer mu.Unlock()
						if left--; left == 0 {
							kill()
						}
					}
				}).Run(ctx, nil)
				kill()
				m := &Job{Input: g.input, Journal: spec.JournalPath(g.input), Partial: true}
				switch r.IntN(3) {
				case 0:
					g.merge(t, partial)
				case 1: // killed before the output was written
					if _, err := m.Do(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			lost := 0
			for i := range n {
				lost += int(g.run(t, fmt.Sprintf("%d/%d", i+1, n)).PaidTwice)
			}
			if _, sum := g.merge(t); sum.Pending > 0 || sum.PaidTwice < lost {
				t.Errorf("%d pending; may have been paid twice: %d, and %d in the shards", sum.Pending, sum.PaidTwice, lost)
			}
			if got, want := g.output(t), whole.output(t); got != want {
				t.Errorf("the output is\n%s\nwant\n%s", got, want)
			}
			if got, want := g.billed(), whole.billed()+lost; got < whole.billed() || got > want {
				t.Errorf("%d billed, want %d to %d", got, whole.billed(), want)
			}
			before := g.billed()
			if g.run(t, ""); g.billed() != before {
				t.Errorf("the run after the merge paid for %d", g.billed()-before)
			}
		})
	}
}

// TestMergeNamesWhatIsWrong refuses journals that do not belong together, before anything is changed.
func TestMergeNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	one := kinds["one column"]
	text := "id,text,city\n1,a,x\n2,b,x\n3,c,x\n4,d,x\n5,e,x\n"
	for name, tt := range map[string]struct {
		prepare func(t *testing.T, g *rig)
		want    string
	}{
		"missing":    {func(t *testing.T, g *rig) { g.run(t, "1/3") }, "of 3 shards, 2, 3 have no journal"},
		"none":       {func(*testing.T, *rig) {}, "there are no journals of shards beside it"},
		"unfinished": {func(t *testing.T, g *rig) { g.run(t, "1/2"); g.run(t, "2/2"); g.cut(t, "2/2") }, "of 2 shards, 2 have not asked all their rows"},
		"another prompt": {func(t *testing.T, g *rig) {
			g.run(t, "1/2")
			g.run(t, "2/2", func(j *jobs.Job) { j.Settings.Prompt = "what is {{text}}" })
		}, "different prompts or settings"},
		"into a shard": {func(t *testing.T, g *rig) {
			g.run(t, "1/2", func(j *jobs.Job) { j.Journal = spec.JournalPath(g.input) })
			g.run(t, "2/2")
		}, "the journal is that of shard 1 of 2"},
		"another input": {func(t *testing.T, g *rig) {
			g.run(t, "1/2")
			jobstest.WriteFile(t, g.input, text+"6,f,x\n")
			g.run(t, "2/2")
		}, "the input was changed in between"},
		"changed since": {func(t *testing.T, g *rig) {
			g.run(t, "1/2")
			g.run(t, "2/2")
			jobstest.WriteFile(t, g.input, text+"6,f,x\n")
		}, "is not what the shards were asked about"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, text, one, sandbox.Options{})
			tt.prepare(t, g)
			before := jobstest.Folder(t, filepath.Dir(g.input))
			_, err := (&Job{Input: g.input, Journal: spec.JournalPath(g.input)}).Do(t.Context())
			var usage *spec.UsageError
			if !errors.As(err, &usage) || !strings.Contains(err.Error(), tt.want) || usage.Hint.IsZero() {
				t.Errorf("the error is %v, want one with a hint about %q", err, tt.want)
			}
			jobstest.WantFolder(t, filepath.Dir(g.input), before)
		})
	}
}

// cut removes the end record of the journal of a shard, as if the run had been killed.
func (g *rig) cut(t *testing.T, shard string) {
	t.Helper()
	path := spec.JournalFor(g.input, shard)
	lines := strings.SplitAfter(jobstest.ReadFile(t, path), "\n")
	jobstest.WriteFile(t, path, strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, `"state":"end"`) }), ""))
}

// TestRunsAreKeptApart refuses runs that would pay again for what a run beside them has paid for.
func TestRunsAreKeptApart(t *testing.T) {
	t.Parallel()
	g := newRig(t, "id,text,city\n1,a,x\n2,b,x\n3,c,x\n4,d,x\n5,e,x\n6,f,x\n", kinds["one column"], sandbox.Options{})
	refused := func(shard, want string, change ...func(*jobs.Job)) {
		t.Helper()
		before := g.billed()
		_, err := g.job(shard, change...).Run(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), want) || g.billed() != before {
			t.Errorf("shard %q: the error is %v, want %q", shard, err, want)
		}
	}
	kept := func(name string) func(*jobs.Job) { return func(j *jobs.Job) { j.Journal = name } }
	first := spec.JournalFor(g.input, "1/2")
	g.run(t, "1/2")
	refused("", "that this run would pay for again")
	refused("1/3", "that this run would pay for again")
	refused("2/2", "that of shard 1 of 2", kept(first))
	refused("", "that this run would pay for again", kept(filepath.Join(t.TempDir(), "j.gigabatch")))
	g.run(t, "2/2")
	g.merge(t)
	billed := g.billed()
	for _, f := range []string{"1/3", "2/3", "3/3", "1/2", ""} { // all of it is known now
		if sum := g.run(t, f); sum.Requests > 0 {
			t.Errorf("%q asked %d requests after the merge", f, sum.Requests)
		}
	}
	jobstest.WriteFile(t, g.input, "id,text,city\n1,a,x\n2,b,x\n3,c,x\n4,d,x\n5,e,x\n6,f,x\n7,g,x\n8,h,x\n")
	for _, shard := range []string{"1/2", "2/2"} {
		g.run(t, shard)
	}
	if did, sum := g.merge(t); !did.Added || sum.Completed != 8 || g.billed() != billed+2 {
		t.Errorf("%d rows of 8 completed, %d billed for two new ones", sum.Completed, g.billed()-billed)
	}
}

// TestMergeOfJournalsFromElsewhere merges journals that were brought from other folders, and then deletes them.
func TestMergeOfJournalsFromElsewhere(t *testing.T) {
	t.Parallel()
	text := "id,text,city\n1,a,x\n2,b,x\n3,c,x\n4,d,x\n5,e,x\n6,f,x\n"
	g := newRig(t, text, kinds["one column"], sandbox.Options{})
	var names []string
	for _, shard := range []string{"2/2", "1/2"} {
		other := *g
		other.input = filepath.Join(t.TempDir(), "q.csv")
		jobstest.WriteFile(t, other.input, text)
		path := filepath.Join(t.TempDir(), "journal.gigabatch")
		other.run(t, shard, func(j *jobs.Job) { j.Journal = path })
		names = append(names, path)
	}
	named := func(m *Job) { m.Journals = names }
	if _, sum := g.merge(t, named); sum.Completed != 6 {
		t.Errorf("%d rows completed, want 6", sum.Completed)
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if did, sum := g.merge(t); did.Added || sum.Completed != 6 {
		t.Errorf("after the journals were deleted: %+v, %d completed", did, sum.Completed)
	}
	if sum := g.run(t, "2/2"); sum.Requests > 0 {
		t.Errorf("a shard without its journal asked %d requests", sum.Requests)
	}
	g.merge(t) // another file than the one that was merged
	if sum := g.run(t, ""); sum.Requests > 0 || g.billed() != 6 {
		t.Errorf("%d requests, %d billed in all", sum.Requests, g.billed())
	}
}

// TestMergeKeepsEdits has an edit of a row of a shard in the merged journal, once.
func TestMergeKeepsEdits(t *testing.T) {
	t.Parallel()
	g := newRig(t, "id,text,city\n1,a,x\n2,b,x\n3,c,x\n", kinds["one column"], sandbox.Options{})
	g.run(t, "1/1")
	path := spec.JournalFor(g.input, "1/1")
	keys := slices.Collect(maps.Keys(g.keys(t, "1/1")))
	if err := journal.AppendEdit(path, journal.Edit{Key: keys[0], Text: "by hand", Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, sum := g.merge(t); sum.Edited != 1 || strings.Count(g.output(t), "by hand") != 1 {
			t.Errorf("%d edited, output\n%s", sum.Edited, g.output(t))
		}
	}
	if n := strings.Count(jobstest.ReadFile(t, spec.JournalPath(g.input)+".edits"), "\n"); n != 1 {
		t.Errorf("%d edits, want 1", n)
	}
}

// TestMergeWaitsForShards refuses to merge while a shard or a run of the input is running.
func TestMergeWaitsForShards(t *testing.T) {
	t.Parallel()
	g := newRig(t, "id,text,city\n1,a,x\n2,b,x\n3,c,x\n", kinds["one column"], sandbox.Options{})
	g.run(t, "1/1")
	for _, path := range []string{spec.JournalFor(g.input, "1/1"), spec.JournalPath(g.input)} {
		j, err := journal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = (&Job{Input: g.input, Journal: spec.JournalPath(g.input)}).Do(t.Context())
		if !errors.As(err, new(*journal.LockedError)) {
			t.Errorf("%s is held: the error is %v", filepath.Base(path), err)
		}
		j.Close()
	}
	g.merge(t)
}

// TestShardsThroughBatches asks the shards through batches.
func TestShardsThroughBatches(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("id,text,city\n")
	for i := range 30 {
		fmt.Fprintf(&text, "%d,t%d,x\n", i, i%20)
	}
	g := newRig(t, text.String(), kinds["one column"], sandbox.Options{})
	for i := range 3 {
		g.run(t, fmt.Sprintf("%d/3", i+1), func(j *jobs.Job) { j.Limits.Via, j.Limits.Lines = task.ViaBatch, 4 })
	}
	if _, sum := g.merge(t); sum.Completed != 30 || g.billed() != 20 {
		t.Errorf("%d of 30 rows completed, %d billed, want 20", sum.Completed, g.billed())
	}
}
