package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// asks sets several completion columns with plain settings.
func asks(list ...spec.Column) func(*Job) {
	return func(r *Job) {
		r.Settings.OutputColumns = spec.DefaultValueColumns
		for _, a := range list {
			a.Model = cmp.Or(a.Model, "GigaChat-2")
			r.Settings.Columns = append(r.Settings.Columns, a)
		}
	}
}

var fourColumns = []spec.Column{
	{CompletionColumn: "reply", Prompt: "reply {{mood}} {{facts.city}}: {{text}}", When: []string{"mood!=good"}},
	{CompletionColumn: "mood", Prompt: "mood {{text}}", Shape: spec.Shape{Choices: []string{"good", "bad"}, Repairs: 1}},
	{CompletionColumn: "facts", Prompt: "facts {{text}}", Shape: spec.Shape{Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)}},
	{CompletionColumn: "short", Prompt: "short {{reply}}"},
}

// answerFour answers the four columns: texts with "fine" have a good mood.
func answerFour(p string, _ int) string {
	switch kind, rest, _ := strings.Cut(p, " "); kind {
	case "mood":
		if strings.Contains(rest, "fine") {
			return "Good."
		}
		return "bad"
	case "facts":
		return `{"city":"Omsk"}`
	default:
		return kind + " of " + rest
	}
}

func TestColumnsThatUseEachOther(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,old tea\n3,\n")
	g.AnswerFunc = answering(answerFour)
	sum := g.run(t, asks(fourColumns...))
	want := "id,text,reply,mood,city,short,error\n1,fine tea,,good,Omsk,,\n" +
		"2,old tea,reply of bad Omsk: old tea,bad,Omsk,short of reply of bad Omsk: old tea,\n3,,,,,,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	if sum.Completed != 2 || sum.Skipped != 1 || sum.Requests != 6 {
		t.Errorf("completed %d, skipped %d, %d requests", sum.Completed, sum.Skipped, sum.Requests)
	}
	if got := sum.Columns[0]; got != (task.ColumnTally{Name: "reply", Completed: 1, Skipped: 2}) {
		t.Errorf("reply: %+v", got)
	}
	if again := g.run(t, asks(fourColumns...)); again.Requests != 0 || again.FromJournal != 2 {
		t.Errorf("again: %d requests, %d from the journal", again.Requests, again.FromJournal)
	}
	st, err := ReadStatus(g.input, "")
	if err != nil || st.Completed != 2 || st.Skipped != 1 || len(st.Columns) != 4 {
		t.Errorf("status %+v, %v", st, err)
	}
}

// Changing a column asks its cells again, and cells of other columns only if an answer that they use has changed.
func TestEditedColumnIsAskedAlone(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,old tea\n3,stale tea\n")
	var mu sync.Mutex // guards prompts
	var prompts []string
	g.AnswerFunc = answering(func(p string, n int) string {
		mu.Lock()
		defer mu.Unlock()
		prompts = append(prompts, p)
		return answerFour(strings.Replace(p, "mood:", "mood", 1), n)
	})
	took := func() []string {
		list := prompts
		prompts = nil
		slices.Sort(list)
		return list
	}
	g.run(t, asks(fourColumns...))
	took()
	leaf := slices.Clone(fourColumns)
	leaf[3].Prompt = "brief {{reply}}"
	g.run(t, asks(leaf...))
	if got := took(); len(got) != 2 || !strings.HasPrefix(got[0], "brief ") || !strings.HasPrefix(got[1], "brief ") {
		t.Errorf("an edited last column asked %q, want its 2 cells", got)
	}
	same := slices.Clone(leaf)
	same[1].Prompt = "mood: {{text}}"
	if sum := g.run(t, asks(same...)); sum.Requests != 3 {
		t.Errorf("an edited first column with the same answers asked %d requests, want its 3 cells", sum.Requests)
	}
}

func TestCellsWaitForAColumnThatFailed(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n2,bad tea\n")
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		p := firstPrompt(r)
		if p == "facts bad tea" {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Status: 500, Message: "oops"}
		}
		return answer(answerFour(p, 0)), nil
	}
	sum := g.run(t, asks(fourColumns...))
	if sum.Completed != 1 || sum.FailedRows() != 1 {
		t.Errorf("completed %d, failed %v", sum.Completed, sum.Failed)
	}
	if got := g.output(t); !strings.Contains(got, `needs the column ""facts"", which is failed`) {
		t.Errorf("the output does not say what is missing:\n%s", got)
	}
	g.AnswerFunc = answering(answerFour)
	if again := g.run(t, asks(fourColumns...)); again.Requests != 3 || again.Completed != 2 {
		t.Errorf("then: %d requests, %d completed, want facts, reply and short of one row", again.Requests, again.Completed)
	}
}

// A run stopped between two passes continues with the second.
func TestColumnsGoOnAfterAStop(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,old tea\n2,stale tea\n")
	var asked atomic.Int64
	stop := true
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		p := firstPrompt(r)
		if stop && strings.HasPrefix(p, "reply") {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Message: "no more"}
		}
		asked.Add(1)
		return answer(answerFour(p, 0)), nil
	}
	sum, err := g.try(t, asks(fourColumns...))
	if err == nil || sum.Pending != 2 || asked.Load() != 4 {
		t.Fatalf("got %+v, %v after %d answers", sum, err, asked.Load())
	}
	if got := g.output(t); !strings.Contains(got, "1,old tea,,bad,Omsk,,pending") {
		t.Errorf("the output lacks what was answered:\n%s", got)
	}
	stop = false
	if sum := g.run(t, asks(fourColumns...)); sum.Completed != 2 || asked.Load() != 8 {
		t.Errorf("then: completed %d after %d answers in all, want 8", sum.Completed, asked.Load())
	}
}

func TestColumnsThatCannotBeArrangedAreRefused(t *testing.T) {
	t.Parallel()
	ask := func(name, prompt string) spec.Column { return spec.Column{CompletionColumn: name, Prompt: prompt} }
	mood, facts := ask("mood", "{{text}}"), ask("facts", "{{id}}")
	mood.Choices, facts.Schema = []string{"good", "bad"}, json.RawMessage(orderSchema)
	for name, tc := range map[string]struct {
		asks   []spec.Column
		more   func(*Job)
		column string
		field  string
		words  []string
	}{
		"itself":           {[]spec.Column{ask("a", "{{text}} {{a}}")}, nil, "a", "prompt", []string{"uses its own answer"}},
		"circle":           {[]spec.Column{ask("a", "{{c}}"), ask("b", "{{a}}"), ask("c", "{{b}}")}, nil, "a", "prompt", []string{`"a" → "c" → "b" → "a"`}},
		"unknown":          {[]spec.Column{ask("mood", "{{text}}"), ask("b", "{{mod}}")}, nil, "b", "prompt", []string{`no column "mod"`, "{{mood}}"}},
		"same name":        {[]spec.Column{ask("a", "{{text}}"), ask("a", "{{id}}")}, nil, "a", "name", []string{`two columns are named "a"`}},
		"when unknown":     {[]spec.Column{{CompletionColumn: "a", Prompt: "{{text}}", When: []string{"mod=1"}}}, nil, "a", "when", []string{`no column "mod"`}},
		"when nothing":     {[]spec.Column{{CompletionColumn: "a", Prompt: "{{text}}", When: []string{"text"}}}, nil, "a", "when", []string{"has no operator"}},
		"when in unknown":  {[]spec.Column{{CompletionColumn: "a", Prompt: "{{text}}", When: []string{`ix in ["1"]`}}}, nil, "a", "when", []string{`no column "ix"`, "id"}},
		"when anywhere is": {[]spec.Column{{CompletionColumn: "a", Prompt: "{{text}}", When: []string{"*=1"}}}, nil, "a", "when", []string{"* stands for any column only before ~"}},
		"when no choice": {[]spec.Column{mood, {CompletionColumn: "a", Prompt: "{{text}}", When: []string{"mood=Bad"}}}, nil, "a", "when",
			[]string{`no value of column "mood" fulfils the condition "mood=Bad"`, `did you mean "bad"?`}},
		"when two choices": {[]spec.Column{mood, {CompletionColumn: "a", Prompt: "{{text}}", When: []string{"mood=bad", "id=1", "mood=good"}}}, nil, "a", "when",
			[]string{`no value of column "mood" fulfils the condition "mood=good"`, `"good", "bad"`}},
		"when not enough": {[]spec.Column{mood, {CompletionColumn: "a", Prompt: "{{text}}", When: []string{"mood!=bad", "mood!=good"}}}, nil, "a", "when",
			[]string{`fulfils the condition "mood!=good"`}},
		"when no enum": {[]spec.Column{facts, {CompletionColumn: "a", Prompt: "{{text}}", When: []string{"facts.kind=x"}}}, nil, "a", "when",
			[]string{`no value of column "facts.kind"`, `"new", "old"`}},
		"when no boolean": {[]spec.Column{facts, {CompletionColumn: "a", Prompt: "{{text}}", When: []string{"facts.paid=yes"}}}, nil, "a", "when",
			[]string{`no value of column "facts.paid"`}},
		"no dedupe":  {[]spec.Column{ask("a", "{{text}}"), ask("b", "{{a}}")}, noDedupe, "b", "prompt", []string{"--no-dedupe"}},
		"row params": {[]spec.Column{{CompletionColumn: "a", Prompt: "{{text}}", RowParams: []string{"model"}}}, nil, "a", "row_params", []string{`no column "model"`}},
	} {
		g := newRig(t, "q.csv", "id,text\n1,tea\n")
		before := jobstest.Folder(t, g.dir)
		more := tc.more
		if more == nil {
			more = func(*Job) {}
		}
		_, err := g.try(t, asks(tc.asks...), more)
		jobstest.WantUsage(t, err, tc.words...)
		var wrong *spec.UsageError
		if errors.As(err, &wrong) && (wrong.Column != tc.column || wrong.Field != tc.field) {
			t.Errorf("%s: the error is about %q of %q, want %q of %q", name, wrong.Field, wrong.Column, tc.field, tc.column)
		}
		jobstest.WantFolder(t, g.dir, before)
	}
}

// A false condition skips a cell even if a column that it needs has failed. A row has the state of the failed cell, not of those that need
// it.
func TestConditionsComeBeforeWhatIsNeeded(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,bad tea\n2,bad milk\n3,fine\n")
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("x")
		if strings.HasPrefix(firstPrompt(r), "sum bad") {
			a.FinishReason = "blacklist"
		}
		return a, nil
	}
	sum := g.run(t, asks(spec.Column{CompletionColumn: "reply", Prompt: "reply {{sum}}", When: []string{"id=2"}}, spec.Column{CompletionColumn: "sum", Prompt: "sum {{text}}"}))
	if sum.Blocked != 2 || sum.Completed != 1 || sum.FailedRows() != 0 {
		t.Errorf("blocked %d, completed %d, failed %v", sum.Blocked, sum.Completed, sum.Failed)
	}
	if got := sum.Columns[0]; got != (task.ColumnTally{Name: "reply", Failed: 1, Skipped: 2}) {
		t.Errorf("reply: %+v", got)
	}
}

// The model that a row names is checked before anything is sent, also if the cell waits for another column.
func TestModelsOfRowsAreKnownBeforeTheFirstRequest(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text,model\n1,tea,\n2,milk,GigaChat-2-Max\n3,water,no-such\n")
	refused := errors.New("no such model")
	_, err := g.try(t, asks(spec.Column{CompletionColumn: "a", Prompt: "{{text}}"}, spec.Column{CompletionColumn: "b", Prompt: "{{a}}", RowParams: []string{"model"}}), func(j *Job) {
		j.Connect = func(ctx context.Context, models []string) (*Service, error) {
			svc, err := g.connect(ctx, models)
			if slices.Contains(models, "no-such") {
				err = refused
			}
			return svc, err
		}
	})
	if !errors.Is(err, refused) || strings.Join(g.models, " ") != "GigaChat-2 GigaChat-2-Max no-such" {
		t.Errorf("got %v, with the models %q", err, g.models)
	}
	g.wantAsked(t, "")
}

// A condition of a column compares numbers and finds parts of texts, in cells of the input and in completions.
func TestConditionsCompare(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,tea\n2,milk\n3,TEA again\n")
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer(map[string]string{"mark tea": "5", "mark milk": "12,5", "mark TEA again": "7"}[firstPrompt(r)]), nil
	}
	sum := g.run(t, asks(
		spec.Column{CompletionColumn: "mark", Prompt: "mark {{text}}"},
		spec.Column{CompletionColumn: "reply", Prompt: "reply {{id}}", When: []string{"mark>=7", "text~tea"}},
	))
	if got := sum.Columns[1]; got.Skipped != 2 {
		t.Errorf("reply: %+v, want 2 skipped cells", got)
	}
	g.wantAsked(t, "mark TEA again mark milk mark tea reply 3")
	for condition, word := range map[string]string{"mark>high": "neither a number nor a date", "text~": "no text after ~"} {
		_, err := g.try(t, asks(spec.Column{CompletionColumn: "mark", Prompt: "mark {{text}}"},
			spec.Column{CompletionColumn: "reply", Prompt: "reply {{id}}", When: []string{condition}}))
		jobstest.WantUsage(t, err, word)
	}
}

// A text in any column is looked for in the input alone: the answers that are in it after the first run make no other rows be asked.
func TestConditionOnAnyColumn(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text,city\n1,tea,Omsk\n2,milk,Tver\n3,late,Omsk\n")
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer("Omsk, says " + p), nil
	}
	columns := asks(spec.Column{CompletionColumn: "reply", Prompt: "reply {{id}}", When: []string{"*~omsk"}}, spec.Column{CompletionColumn: "note", Prompt: "note {{id}}"})
	g.run(t, columns, inPlace)
	g.wantAsked(t, "note 1 note 2 note 3 reply 1 reply 3")
	g.takeAsked()
	g.run(t, columns, inPlace)
	g.wantAsked(t, "")
}
