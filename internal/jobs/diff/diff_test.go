package diff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// tables writes two tables and compares them.
func tables(t *testing.T, a, b string, columns ...string) (*Diff, []string, error) {
	t.Helper()
	dir := t.TempDir()
	var sides [2]*Side
	for i, text := range []string{a, b} {
		name := filepath.Join(dir, fmt.Sprintf("%d.csv", i+1))
		jobstest.WriteFile(t, name, text)
		var err error
		if sides[i], err = OpenTable(name); err != nil {
			t.Fatal(err)
		}
		defer sides[i].Close()
	}
	var pairs []string
	d, err := Compare(t.Context(), sides[0], sides[1], columns, 100, nil, func(p *Pair) error {
		line := func(r *Row) int {
			if r == nil {
				return 0
			}
			return r.Line
		}
		pairs = append(pairs, fmt.Sprintf("%d-%d %s", line(p.A), line(p.B), p.Change))
		return nil
	})
	return d, pairs, err
}

func TestMatch(t *testing.T) {
	t.Parallel()
	const head = "id,text,completion,error\n"
	for name, tt := range map[string]struct {
		a, b string
		want string
	}{
		"same":               {"1,x,yes,\n", "1,x,yes,\n", "2-2 same"},
		"moved and inserted": {"1,x,yes,\n2,y,no,\n", "3,z,no,\n2,y,no,\n1,x,yes,\n", "0-2 only_in_b; 3-3 same; 2-4 same"},
		"deleted":            {"1,x,yes,\n2,y,no,\n3,z,no,\n", "1,x,yes,\n3,z,no,\n", "2-2 same; 4-3 same; 3-0 only_in_a"},
		"by occurrence":      {"1,x,yes,\n1,x,no,\n1,x,so,\n", "1,x,yes,\n1,x,so,\n", "2-2 same; 3-3 changed; 4-0 only_in_a"},
		"changed":            {"1,x,yes,\n", "1,x,no,\n", "2-2 changed"},
		"newly answered":     {"1,x,,pending\n2,y,,server error\n", "1,x,yes,\n2,y,no,\n", "2-2 newly_answered; 3-3 newly_answered"},
		"newly failed": {"1,x,yes,\n2,y,yes,\n3,z,,pending\n",
			"1,x,,timeout\n2,y,,blocked by moderation\n3,z,,refused\n",
			"2-2 newly_failed; 3-3 newly_failed; 4-4 newly_failed"},
		"failed again":    {"1,x,,timeout\n", "1,x,,refused\n", "2-2 same"},
		"pending again":   {"1,x,yes,\n2,y,yes,\n", "1,x,,pending\n2,y,,\n", "2-2 no_longer_answered; 3-3 no_longer_answered"},
		"in Russian":      {"1,x,yes,\n2,y,,не запрошено\n", "1,x,,не запрошено\n2,y,no,\n", "2-2 no_longer_answered; 3-3 newly_answered"},
		"cut off":         {"1,x,yes,\n", "1,x,yes,the answer was cut off at the limit of tokens (max_tokens)\n", "2-2 same"},
		"boolean":         {"1,x,TRUE,\n", "1,x,true,\n", "2-2 same"}, // as a workbook shows it
		"none":            {"", "", ""},
		"cells are apart": {"1x,y,yes,\n", "1,xy,yes,\n", "0-2 only_in_b; 2-0 only_in_a"},
	} {
		_, pairs, err := tables(t, head+tt.a, head+tt.b)
		if got := strings.Join(pairs, "; "); got != tt.want || err != nil {
			t.Errorf("%s: got %s, error %v, want %s", name, got, err, tt.want)
		}
	}
}

// The columns of one side only do not take part, and those of gigabatch do not identify a row.
func TestColumns(t *testing.T) {
	t.Parallel()
	d, pairs, err := tables(t, "id,text,mood,reply,error\n1,x,good,thanks,\n2,y,,,mood: timeout; pending\n",
		"text,mood,id,model,reply,note,error\nx,bad,1,M,thanks,new,\ny,good,2,M,,,reply: blocked by moderation\n", "mood", "reply")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(pairs, "; "); got != "2-2 changed; 3-3 newly_failed" || !reflect.DeepEqual(d.Matched, []string{"id", "text"}) {
		t.Errorf("got %s by %q", got, d.Matched)
	}
	if got := d.Pairs[1].Changes; !reflect.DeepEqual(got, []Change{Answered, Failed}) {
		t.Errorf("got %q", got)
	}
	for text, columns := range map[string][]string{"a\n1\n": nil, "completion\nx\n": nil, "a,completion\n1,x\n": {"mood"}} {
		_, _, err := tables(t, text, text, columns...)
		jobstest.WantUsage(t, err)
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	var a, b strings.Builder
	a.WriteString("id,completion,error\n")
	b.WriteString("id,completion,error\n")
	for i := range 30 {
		fmt.Fprintf(&a, "%d,%s,\n", i, []string{"good", "bad", "bad"}[i%3])
		fmt.Fprintf(&b, "%d,%s\n", i, []string{"good,", "good,", ",timeout"}[i%3])
	}
	d, _, err := tables(t, a.String(), b.String())
	if err != nil {
		t.Fatal(err)
	}
	good, bad := Cell{task.Completed, "good"}, Cell{task.Completed, "bad"}
	want := []Transition{{bad, Cell{State: task.Failed}, 10}, {bad, good, 10}, {good, good, 10}}
	if got := d.Columns[0].Transitions; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if want := (Counts{Same: 10, Changed: 10, Failed: 10}); !reflect.DeepEqual(d.Rows, want) {
		t.Errorf("got %v, want %v", d.Rows, want)
	}
	texts := "id,completion\n"
	for i := range 40 {
		texts += fmt.Sprintf("%d,text %d\n", i, i)
	}
	if d, _, err := tables(t, texts, texts); err != nil || d.Columns[0].Transitions != nil {
		t.Errorf("texts have transitions, error %v", err)
	}
}

// A run as it was when the next one began has the answers of the output that it wrote then, whatever came later.
func TestPast(t *testing.T) {
	t.Parallel()
	for seed := range uint64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := t.TempDir()
			input := filepath.Join(dir, "q.csv")
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 3))
				var mu sync.Mutex // guards rnd
				ask := func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
					r := &gigachat.ChatRequest{}
					if err := json.Unmarshal(body, r); err != nil {
						return nil, err
					}
					mu.Lock()
					defer mu.Unlock()
					a := &gigachat.ChatResponse{FinishReason: "stop", Model: r.Model, Usage: gigachat.Usage{PromptTokens: 1, CompletionTokens: 1}}
					switch rnd.IntN(8) {
					case 0:
						a.FinishReason = "blacklist"
					case 1:
						return nil, &gigachat.Error{Kind: gigachat.KindRejected, Status: 422}
					default:
						a.Completion = []string{"yes", "no", "neither"}[rnd.IntN(3)]
					}
					return a, nil
				}
				jobstest.WriteFile(t, input, "id,text\n1,a\n2,b\n3,\n4,a\n5,c\n6,d\n7,e\n")
				output := func(n int) string { return filepath.Join(dir, fmt.Sprintf("run%d.csv", n)) }
				runs := 3 + rnd.IntN(4)
				written := 0
				for range runs {
					yes := spec.Column{
						CompletionColumn: "yes", Prompt: []string{"Is it {{text}}?", "Is it really {{text}}?", "Is it not {{text}}?"}[rnd.IntN(3)],
						SkipEmpty: []string{"text"}, Params: spec.Params{Model: "GigaChat-2"},
					}
					yes.Choices = []string{"yes", "no"}
					why := spec.Column{CompletionColumn: "why", Prompt: "{{yes}} {{text}}?", SkipEmpty: []string{"text"}, Params: yes.Params}
					j := &jobs.Job{
						Input: input, Limits: task.Limits{MaxAttempts: 1, KeepGoing: true},
						Connect: func(context.Context, []string) (*jobs.Service, error) {
							return &jobs.Service{Ask: ask, Start: 3, Max: 3}, nil
						},
						Wishes: jobs.Wishes{Fresh: rnd.IntN(5) == 0, RetryFailed: rnd.IntN(2) == 0, Overwrite: true},
						Settings: spec.Settings{
							Columns: []spec.Column{yes, why}, OutputColumns: spec.DefaultOutputColumns, Output: filepath.Join(dir, "out.csv"),
						},
					}
					if rnd.IntN(2) == 0 {
						j.Settings.Limit = 1 + rnd.IntN(4)
					}
					if _, err := j.Run(t.Context(), nil); err != nil {
						t.Fatal(err)
					}
					n := 0
					for {
						if s, err := OpenRun("", spec.JournalPath(input), n+1, ""); err != nil {
							break
						} else {
							s.Close()
						}
						n++
					}
					written = n
					jobstest.WriteFile(t, output(n), jobstest.ReadFile(t, filepath.Join(dir, "out.csv")))
				}
				for n := 1; n <= written; n++ {
					a, err := OpenRun("a", spec.JournalPath(input), n, "")
					if err != nil {
						t.Fatal(err)
					}
					b, err := OpenTable(output(n))
					if err != nil {
						t.Fatal(err)
					}
					d, err := Compare(t.Context(), a, b, nil, 100, nil, nil)
					a.Close()
					b.Close()
					if err != nil {
						t.Fatal(err)
					}
					if len(d.Rows) != 1 || d.Rows[Same] != 7 || len(d.Columns) != 2 {
						text, _ := json.Marshal(d.Pairs)
						t.Errorf("run %d of %d: got %v: %s\n%s", n, written, d.Rows, text, jobstest.ReadFile(t, output(n)))
					}
				}
			})
		})
	}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var sides [2]*Side
	for i, text := range []string{"id,change,completion\n1,x,=1+2\n2,y,b\n3,z,c\n", "id,change,completion\n1,x,a\n3,z,c\n4,w,d\n"} {
		name := filepath.Join(dir, fmt.Sprintf("%d.csv", i+1))
		jobstest.WriteFile(t, name, text)
		var err error
		if sides[i], err = OpenTable(name); err != nil {
			t.Fatal(err)
		}
		defer sides[i].Close()
	}
	for _, ext := range []string{"csv", "xlsx", "jsonl"} {
		var out *Output
		dst := filepath.Join(dir, "out."+ext)
		_, err := Compare(t.Context(), sides[0], sides[1], nil, 0, func(d *Diff) (err error) {
			out, err = Create(dst, d)
			return err
		}, func(p *Pair) error { return out.Add(p) })
		if err == nil {
			err = errors.Join(out.Commit(nil), out.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		guard := map[bool]string{true: "'"}[ext == "csv"]
		tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, dst)), tabletest.Grid{
			{"change", "row A", "row B", "id", "change.2", "completion (A)", "completion (B)"},
			{"changed", "2", "2", "1", "x", guard + "=1+2", "a"},
			{"same", "4", "3", "3", "z", "c", "c"},
			{"only_in_b", "", "4", "4", "w", "", "d"},
			{"only_in_a", "3", "", "2", "y", "b", ""},
		})
	}
	if _, err := Create(filepath.Join(dir, "out.pdf"), &Diff{}); err == nil {
		t.Error("a table was begun in an unknown format")
	}
}

// A table that was written for a Russian user says in Russian that a row was blocked.
func TestBlockedInAnyLanguage(t *testing.T) {
	t.Parallel()
	s := &Side{answers: []answer{{name: "completion", of: "completion"}}}
	for why, want := range map[string]task.State{
		"blocked by moderation (finish_reason: blacklist)":    task.Blocked,
		"заблокировано модерацией (finish_reason: blacklist)": task.Blocked,
		"модель вернула пустой ответ":                         task.Failed,
		"pending": task.Pending,
	} {
		row := &table.Row{Columns: []string{"completion", "error"}, Values: []string{"", why}}
		if got := s.cellIn(row, "completion", false); got.State != want {
			t.Errorf("%q is %v, want %v", why, got.State, want)
		}
	}
}
