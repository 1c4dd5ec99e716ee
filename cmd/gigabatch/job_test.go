package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/web/board"
	"gigabatch/internal/web/workbench"
)

// asking is a board over a folder whose service notes what it is asked.
type asking struct {
	*workbench.Workbench
	mu    sync.Mutex // guards asked
	asked []string
}

func newAsking(t *testing.T, files map[string]string) *asking {
	t.Helper()
	a := &asking{}
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(_ context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.asked = append(a.asked, string(body))
		text := "yes"
		if strings.Contains(string(body), "weight") {
			text = `{"weight":1}`
		}
		usage := gigachat.Usage{PromptTokens: 3, CompletionTokens: 2, TotalTokens: 5}
		return &gigachat.ChatResponse{Completion: text, FinishReason: "stop", Model: "GigaChat-2", Usage: usage}, nil
	}
	b, err := board.Open(board.Options{
		Dir: dir, Version: "test", Model: gigachat.DefaultModel, Streams: func() int { return 2 }, ReadJob: readJob,
		Connect: func(context.Context, []string) (*jobs.Service, error) {
			return &jobs.Service{Ask: ask, Start: 2, Max: 4}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	a.Workbench = workbench.New(b)
	return a
}

func (a *asking) jobs() board.Jobs { return board.Jobs{Board: a.Board} }

// run runs a spec to its end.
func (a *asking) run(t *testing.T, s *board.Spec) (id string) {
	t.Helper()
	id, err := a.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for i := (board.Info{}); i.Ended == nil || i.Here; {
		if i, err = a.Run(id); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// A saved job is the run of the page: the command line has nothing to ask after it, and the page reads it as the spec that it was.
func TestSavedJobAsksTheSame(t *testing.T) {
	t.Setenv("GIGACHAT_MODEL", "")
	two, top, most, penalty := 0.2, 0.5, 50, 1.5
	schema := json.RawMessage(`{"type":"object","properties":{"weight":{"type":"integer","maximum":1e5},"имя":{"type":["string","null"]}},"required":["weight"]}`)
	prompt := "Отзыв: {{text}}\n\n  - раз: «да» # не заметка\nОтвет:"
	c := func(change func(*spec.Column)) board.Columns {
		col := spec.Column{CompletionColumn: spec.DefaultCompletionColumn, Prompt: prompt}
		change(&col)
		return board.Columns{col}
	}
	several := board.Columns{
		{CompletionColumn: "Тональность", Prompt: prompt, Shape: spec.Shape{Choices: []string{"yes", "no, never", "5"}, Repairs: 1}},
		{CompletionColumn: "why", Prompt: "why is {{text}} {{Тональность}}?", When: []string{"Тональность=yes"}, Params: spec.Params{Model: "GigaChat-2-Max", ModelForced: true}},
		{CompletionColumn: "sum", Prompt: "{{why}}", SkipEmpty: []string{"why"}, Shape: spec.Shape{Schema: schema, ValuePrefix: "p_", Repairs: spec.DefaultRepairs}},
	}
	for name, s := range map[string]*board.Spec{
		"plain":       {Columns: c(func(*spec.Column) {})},
		"no prompt":   {Columns: c(func(c *spec.Column) { c.Prompt = "" })},
		"name":        {Columns: c(func(c *spec.Column) { c.CompletionColumn = "Ответ: да" })},
		"system":      {Columns: c(func(c *spec.Column) { c.System = " be\tshort \n" })},
		"model":       {Columns: c(func(c *spec.Column) { c.Model, c.ModelForced = "GigaChat-2-Pro", true })},
		"temperature": {Columns: c(func(c *spec.Column) { c.Temperature, c.MaxTokens, c.RepetitionPenalty = &two, &most, &penalty })},
		"top_p":       {Columns: c(func(c *spec.Column) { c.TopP = &top })},
		"examples": {Columns: c(func(c *spec.Column) {
			c.FewShot = []spec.Example{{User: "a\n\"b\"", Assistant: "yes"}, {User: "c", Assistant: "d"}}
		})},
		"row params": {Columns: c(func(c *spec.Column) { c.RowParams = []string{"temperature"} })},
		"condition":  {Columns: c(func(c *spec.Column) { c.When = []string{"n>1"} })},
		"skip empty": {Columns: c(func(c *spec.Column) { c.SkipEmpty = []string{"n"} })},
		"choices": {Columns: c(func(c *spec.Column) {
			c.Choices, c.Repairs = []string{"yes", "no: it is not, never", "true"}, spec.DefaultRepairs
		})},
		"schema": {Columns: c(func(c *spec.Column) { c.Schema, c.ValuePrefix = schema, "p " })},
		"follow ups": {Columns: c(func(c *spec.Column) {
			c.FollowUp = spec.FollowUp{RaiseLength: true, BlockedModel: "A", FallbackModel: "B"}
		})},
		"blocked": {Columns: c(func(c *spec.Column) { c.BlockedFails = true })},
		"long": {Columns: c(func(c *spec.Column) {
			c.LongText = spec.LongText{Split: true, Context: 5000, JoinPrompt: "join {{parts}}\nwell"}
		})},
		"several":  {Columns: several},
		"rows":     {Columns: c(func(*spec.Column) {}), Selected: board.Selected{Conditions: []string{"text~o", "n>=1"}, Rows: "2-3", Limit: 2, SkipSuspect: true}},
		"reading":  {Columns: c(func(c *spec.Column) { c.Prompt = "{{A}}" }), Options: board.ReadOptions{NoHeader: true, Delimiter: ",", Encoding: "utf-8", KeepRows: "1"}},
		"in place": {Columns: c(func(*spec.Column) {}), InPlace: true},
		"limits":   {Columns: c(func(c *spec.Column) { c.MaxTokens = &most }), Asking: board.Asking{Concurrency: 3}, Budget: board.Budget{Cost: 12.5, Tokens: 90_000}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsking(t, map[string]string{"sub/q r.csv": "text,n,temperature\none,1,0.5\ntwo,2,\nthree o,,0.1\n"})
			s.Input = "sub/q r.csv"
			job, err := a.jobs().Save(s, false)
			if err != nil || job != "sub/q r.job.yaml" {
				t.Fatalf("%q, %v", job, err)
			}
			id := a.run(t, s)
			before, err := a.Table(id)
			if err != nil {
				t.Fatal(err)
			}
			if name, err := a.jobs().Save(s, false); err != nil || name != job { // it is newer than the run now
				t.Errorf("saved again: %q, %v", name, err)
			}
			path := filepath.Join(a.Dir, filepath.FromSlash(job))
			later := time.Now().Add(time.Minute)
			if err := os.Chtimes(path, later, later); err != nil {
				t.Fatal(err)
			}
			o, err := a.Table(id)
			if err != nil || o.Job == nil || !o.Job.Ours || o.Job.Problem != nil || o.Job.Name != job {
				t.Fatalf("%+v, %v", o.Job, err)
			}
			asked := *before.Spec // a job has the rows that it asks, unlike the spec that a run leaves
			if asked.Rows, asked.Limit = s.Rows, s.Limit; len(s.Conditions) > 0 {
				asked.Conditions = s.Conditions
			}
			got, _ := json.Marshal(o.Spec)
			want, _ := json.Marshal(&asked)
			if name != "in place" && string(got) != string(want) {
				t.Errorf("the job is read as\n%s, but the run was\n%s", got, want)
			}
			j, err := readJob(path)
			if err != nil {
				t.Fatal(err)
			}
			requests, plan, err := j.DryRun(t.Context(), 100)
			text, _ := os.ReadFile(path)
			if err != nil || len(requests) > 0 || plan.Tasks > 0 || len(a.asked) == 0 {
				t.Errorf("after %d requests the command line would send %s, %v\n%s", len(a.asked), requests, err, text)
			}
			if j.Limits.Concurrency != s.Concurrency || j.Limits.Tokens != s.Tokens || j.Settings.InPlace != s.InPlace {
				t.Errorf("the limits of the job are %+v", j.Limits)
			}
		})
	}
}

// A job file of somebody else is read, and not replaced; one that is broken says so; one outside the folder is not opened.
func TestJobFilesOfOthers(t *testing.T) {
	t.Setenv("GIGACHAT_MODEL", "")
	a := newAsking(t, map[string]string{
		"q.csv": "text\none\n", "q.job.yaml": "input: q.csv\nprompt_file: p.txt\nrpm: 50\noutput: mine.csv\n", "p.txt": "from a file: {{text}}\n",
		"r.csv": "text\none\n", "nightly.yml": "input: r.csv\ncolumns:\n- name: a\n  prompt: '{{text}}'\n- name: b\n  prompt: '{{a}}'\n",
		"bad.csv": "text\none\n", "bad.job.yaml": "input: bad.csv\npromt: x\n", "sub/out.csv": "text\none\n", "sub/out.job.yaml": "input: ../q.csv\nprompt: '{{text}}'\n",
		"q.xlsx.txt": "", "other.yaml": "a: [\n",
	})
	id := func(name string) string {
		all, _ := a.List()
		i := slices.IndexFunc(all, func(l workbench.Listed) bool { return l.Name == name })
		if i < 0 {
			t.Fatalf("%s is not listed", name)
		}
		return all[i].ID
	}
	o, err := a.Table(id("q.csv"))
	if err != nil || o.Spec == nil || o.Spec.Columns[0].Prompt != "from a file: {{text}}" || o.Job.Ours || o.Spec.Kept == nil || o.Spec.Kept.Limits.RPM != 50 || o.Writes.Output != "mine.csv" {
		t.Fatalf("%+v with the job %+v and the spec %+v, %v", o, o.Job, o.Spec, err)
	}
	if _, err := a.jobs().Save(o.Spec, false); !errors.Is(err, board.ErrJobExists) {
		t.Errorf("saved over the job of somebody else: %v", err)
	}
	text, _ := os.ReadFile(filepath.Join(a.Dir, "q.job.yaml"))
	if !strings.HasPrefix(string(text), "input: q.csv\nprompt_file") {
		t.Errorf("it is now %s", text)
	}
	if _, err := a.jobs().Save(o.Spec, true); err != nil {
		t.Error(err)
	}
	if j, err := readJob(filepath.Join(a.Dir, "q.job.yaml")); err != nil || j.Limits.RPM != 50 || filepath.Base(j.Settings.Output) != "mine.csv" {
		t.Errorf("%+v, %v", j, err)
	}
	r, err := a.Table(id("r.csv"))
	if err != nil || r.Spec == nil || len(r.Spec.Columns) != 2 || r.Job.Name != "nightly.yml" {
		t.Errorf("%+v, %v", r, err)
	}
	bad, err := a.Table(id("bad.csv"))
	if err != nil || bad.Spec != nil || bad.Job == nil || bad.Job.Problem == nil || !strings.Contains(bad.Job.Problem.Error.String(), "promt") {
		t.Errorf("%+v with the job %+v, %v", bad, bad.Job, err)
	}
	out, err := a.Table(id("sub/out.csv"))
	if err != nil || out.Spec != nil || out.Job == nil || out.Job.Problem == nil || !strings.Contains(out.Job.Problem.Error.String(), "outside") {
		t.Errorf("%+v with the job %+v, %v", out, out.Job, err)
	}
}

// Two tables that differ only in their extension have a job file each; a link is not written through.
func TestJobNames(t *testing.T) {
	t.Setenv("GIGACHAT_MODEL", "")
	a := newAsking(t, map[string]string{"q.csv": "text\none\n", "q.jsonl": `{"text":"one"}` + "\n", "docs/a.txt": "one"})
	var names []string
	for _, input := range []string{"q.csv", "q.jsonl", "q.csv", "q.jsonl", "docs"} {
		name, err := a.jobs().Save(&board.Spec{Input: input, Columns: board.Columns{{Prompt: "say {{" + map[bool]string{true: "content", false: "text"}[input == "docs"] + "}}"}}}, false)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		j, err := readJob(filepath.Join(a.Dir, name))
		if err != nil || input != "docs" && filepath.Base(j.Input) != input {
			t.Errorf("%s is of %+v, %v", name, j, err)
		}
	}
	if want := []string{"q.job.yaml", "q.jsonl.job.yaml", "q.job.yaml", "q.jsonl.job.yaml", "docs.job.yaml"}; !slices.Equal(names, want) {
		t.Errorf("the names are %q, want %q", names, want)
	}
	id := a.run(t, &board.Spec{Input: "docs", Columns: board.Columns{{Prompt: "say {{content}}"}}})
	j, err := readJob(filepath.Join(a.Dir, "docs.job.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if requests, _, err := j.DryRun(t.Context(), 10); err != nil || len(requests) > 0 {
		t.Errorf("the command line asks the documents again: %s, %v", requests, err)
	}
	if o, err := a.Table(id); err != nil || o.Job == nil || o.Spec == nil || o.Spec.Input != "docs" {
		t.Errorf("%+v, %v", o, err)
	}
	target := filepath.Join(t.TempDir(), "target.yaml")
	if err := errors.Join(os.WriteFile(target, nil, 0o644), os.Remove(filepath.Join(a.Dir, "q.job.yaml"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(a.Dir, "q.job.yaml")); err != nil {
		t.Skip(err)
	}
	if _, err := a.jobs().Save(&board.Spec{Input: "q.csv"}, true); err == nil {
		t.Error("a job was written through a link")
	}
}
