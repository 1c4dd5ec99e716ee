package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

const orderSchema = `{"type":"object","properties":{"total":{"type":"number"},"paid":{"type":"boolean"},"day":{"type":"string","format":"date"},` +
	`"kind":{"enum":["new","old"]},"lines":{"type":"array","items":{"type":"string"}}},"required":["total","paid","day","kind"]}`

func schema(text string) func(*Job) {
	return func(r *Job) {
		r.Settings.Schema, r.Settings.Repairs, r.Settings.OutputColumns = json.RawMessage(text), spec.DefaultRepairs, spec.DefaultValueColumns
	}
}

func choices(texts ...string) func(*Job) {
	return func(r *Job) { r.Settings.Choices, r.Settings.Repairs = texts, spec.DefaultRepairs }
}

func outputTo(name string) func(*Job) {
	return func(r *Job) { r.Settings.Output = strings.TrimSuffix(r.Input, "q.csv") + name }
}

// firstPrompt returns the prompt of a request without repairs and instructions.
func firstPrompt(r *gigachat.ChatRequest) string {
	for _, m := range r.Messages {
		if m.Role == "user" {
			text, _, _ := strings.Cut(m.Content, "\n\n")
			return text
		}
	}
	return ""
}

// repairsOf returns the number of repairs in a request.
func repairsOf(r *gigachat.ChatRequest) int {
	n := 0
	for _, m := range r.Messages {
		if m.Role == "assistant" {
			n++
		}
	}
	return n
}

// wayOf returns the way in which a request asks for the form.
func wayOf(r *gigachat.ChatRequest) task.Way {
	switch {
	case r.Fields["response_format"] != nil:
		return task.ByFormat
	case r.Fields["functions"] != nil:
		return task.ByFunction
	}
	return task.ByWords
}

// answering returns a service that answers by the first prompt and the number of repairs.
func answering(f func(prompt string, repairs int) string) func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	return func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer(f(firstPrompt(r), repairsOf(r))), nil
	}
}

func TestSchemaFillsTypedColumns(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = answering(func(p string, _ int) string {
		if p == "a" {
			return "Here it is:\n```json\n" + `{"total":1234.5,"paid":true,"day":"2026-03-01","kind":"new","lines":["x","y"]}` + "\n```"
		}
		return `{"kind":"old","total":7,"paid":false,"day":"2025-12-31"}`
	})
	sum := g.run(t, schema(orderSchema), outputTo("o.jsonl"))
	want := `{"prompt":"a","total":1234.5,"paid":true,"day":"2026-03-01","kind":"new","lines":"[\"x\",\"y\"]","error":null}` + "\n" +
		`{"prompt":"b","total":7,"paid":false,"day":"2025-12-31","kind":"old","lines":null,"error":null}` + "\n"
	if got := jobstest.ReadFile(t, sum.Output); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	counts := fmt.Sprint(sum.Values)
	if counts != "[{paid [{false 1} {true 1}]} {kind [{new 1} {old 1}]}]" {
		t.Errorf("values %s", counts)
	}
	g.takeAsked()
	g.run(t, schema(orderSchema), outputTo("o.jsonl"))
	g.wantAsked(t, "")
}

// The properties of a schema keep their order: models write them in that order.
func TestSchemaIsSentInItsOrder(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	text := `{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}},"required":["z"]}`
	var body atomic.Value
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		body.Store(string(r.Fields["response_format"]))
		return answer(`{"z":"1"}`), nil
	}
	g.run(t, schema(text))
	if got, want := body.Load(), `{"type":"json_schema","schema":`+text+`,"strict":true}`; got != want {
		t.Errorf("response_format %v, want %s", got, want)
	}
}

func TestAnswerThatDoesNotFitIsRepaired(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.AnswerFunc = answering(func(p string, repairs int) string {
		switch {
		case p == "a" && repairs == 0, p == "b" && repairs < 2, p == "c":
			return `{"kind":"new"}`
		}
		return `{"total":1,"paid":true,"day":"2026-03-01","kind":"new"}`
	})
	sum := g.run(t, schema(orderSchema), func(r *Job) { r.Settings.OutputColumns = []string{"values", "error", "attempts", "total_tokens"} })
	if sum.Completed != 2 || sum.Failed[task.CauseInvalid] != 1 || sum.Invalid != 1 || sum.Waiting != 0 {
		t.Errorf("completed %d, failed %v, invalid %d, waiting %d", sum.Completed, sum.Failed, sum.Invalid, sum.Waiting)
	}
	if sum.Requests != 8 {
		t.Errorf("%d requests, want 2 + 3 + 3", sum.Requests)
	}
	want := "prompt,total,paid,day,kind,lines,error,attempts,total_tokens\n" +
		"a,1,true,2026-03-01,new,,,2,10\nb,1,true,2026-03-01,new,,,3,15\n" +
		"c,,,,,,\"the answer does not fit, also after 2 repairs: missing: day, paid, total\",3,15\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	if n := strings.Count(jobstest.ReadFile(t, g.journal()), `"completion":"{\"kind\":\"new\"}"`); n != 6 {
		t.Errorf("the journal has %d of the answers that did not fit, want 6", n)
	}
	again := g.run(t, schema(orderSchema), retryFailed)
	if again.Requests != 0 || again.Failed[task.CauseInvalid] != 1 {
		t.Errorf("asked %d requests again, failed %v", again.Requests, again.Failed)
	}
	more := g.run(t, schema(orderSchema), func(r *Job) { r.Settings.Repairs = 4 })
	if more.Requests != 2 {
		t.Errorf("two more repairs asked %d requests", more.Requests)
	}
}

// A run killed between an answer and its repair does not pay for either again.
func TestRepairGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	stop := true
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch {
		case repairsOf(r) == 0:
			return answer("no JSON"), nil
		case stop:
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Message: "no more"}
		}
		return answer(`{"total":1,"paid":true,"day":"2026-03-01","kind":"new"}`), nil
	}
	if sum, err := g.try(t, schema(orderSchema)); err == nil || sum.Pending != 2 {
		t.Fatalf("got %+v, %v, want a stop with 2 pending rows", sum, err)
	}
	stop = false
	if sum := g.run(t, schema(orderSchema)); sum.Requests != 2 || sum.Completed != 2 {
		t.Errorf("the second run asked %d requests for %d rows, want a repair each", sum.Requests, sum.Completed)
	}
}

func TestAnswerCutOffIsNotRepaired(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer(`{"total":1,`)
		a.FinishReason = "length"
		return a, nil
	}
	if sum := g.run(t, schema(orderSchema)); sum.Requests != 1 || sum.Invalid != 1 || !strings.Contains(g.output(t), "cut off at the limit of tokens") {
		t.Errorf("%d requests, %d invalid\n%s", sum.Requests, sum.Invalid, g.output(t))
	}
}

func TestWaysThatAModelRefusesAreNotTriedForEveryRow(t *testing.T) {
	t.Parallel()
	const rows = 60
	for _, tc := range []struct {
		accepts task.Way
		answer  string
	}{
		{task.ByFunction, `{"name":"answer","arguments":{"total":1,"paid":true,"day":"2026-03-01","kind":"new"}}`},
		{task.ByWords, `{"total":1,"paid":true,"day":"2026-03-01","kind":"new"}`},
	} {
		var input strings.Builder
		input.WriteString("prompt\n")
		for i := range rows {
			fmt.Fprintf(&input, "row %d\n", i)
		}
		g := newRig(t, "q.csv", input.String())
		var refused, billed atomic.Int64
		g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if wayOf(r) < tc.accepts {
				refused.Add(1)
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "not supported"}
			}
			billed.Add(1)
			return answer(tc.answer), nil
		}
		sum := g.run(t, schema(orderSchema))
		if sum.Completed != rows || billed.Load() != rows {
			t.Errorf("way %d: %d of %d rows completed for %d billed", tc.accepts, sum.Completed, rows, billed.Load())
		}
		if n := refused.Load(); n > 40 {
			t.Errorf("way %d: %d requests were refused, want those of the first moment only", tc.accepts, n)
		}
		if again := g.run(t, schema(orderSchema)); again.Requests != 0 {
			t.Errorf("way %d: the second run asked %d requests", tc.accepts, again.Requests)
		}
	}
}

// The arguments of a call are the answer, whatever text comes with it, also after the journal was read again.
func TestCallCountsMoreThanTheTextBesideIt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Let me see.", `{"total":5,"paid":false,"day":"2025-01-01","kind":"old"}`} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if wayOf(r) != task.ByFunction {
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "response_format is not supported"}
			}
			a := answer(text)
			a.Call = `{"name":"answer","arguments":{"total":1,"paid":true,"day":"2026-03-01","kind":"new"}}`
			return a, nil
		}
		g.run(t, schema(orderSchema))
		want := "prompt,total,paid,day,kind,lines,error\na,1,true,2026-03-01,new,,\n"
		if got := g.output(t); got != want {
			t.Errorf("output\n%s\nwant\n%s", got, want)
		}
		if again := g.run(t, schema(orderSchema)); again.Requests != 0 || g.output(t) != want {
			t.Errorf("the second run asked %d requests and wrote\n%s", again.Requests, g.output(t))
		}
	}
}

// A function gets no null, no numbers in an enum and no references, but its arguments are read by the schema. Answers to the request as it was
// before schemas were flattened count.
func TestSchemaOfAFunctionIsFlattened(t *testing.T) {
	t.Parallel()
	const (
		nested = `{"type":"object","properties":{"n":{"enum":[1,2,null]},"s":{"type":["string","null"]},"k":{"$ref":"#/$defs/k"},` +
			`"q":{"anyOf":[{"type":"integer"},{"type":"null"}]},"v":{"const":3}},"required":["n","s","k","q","v"],"$defs":{"k":{"enum":[10,20,true]}}}`
		flat = `{"type":"object","properties":{"n":{"enum":["1","2"],"type":"string"},"s":{"type":"string"},"k":{"enum":["10","20","true"],"type":"string"},` +
			`"q":{"type":"integer"},"v":{"enum":["3"],"type":"string"}},"required":["k","v"]}`
	)
	arguments := map[string]string{
		"a": `{"n":"2","k":"true","q":7,"v":"3"}`, "b": `{"n":null,"s":"x","k":10,"q":null,"v":3}`,
	}
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	var sent sync.Map
	g.AnswerFunc = func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if wayOf(r) != task.ByFunction {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "response_format is not supported"}
		}
		return answer(`{"name":"answer","arguments":` + arguments[prompt] + `}`), nil
	}
	capture := func(j *Job) {
		j.Connect = func(ctx context.Context, models []string) (*Service, error) {
			svc, err := g.connect(ctx, models)
			ask := svc.Ask
			svc.Ask = func(ctx context.Context, body []byte, timeout time.Duration) (*gigachat.ChatResponse, error) {
				if bytes.Contains(body, []byte("functions")) {
					sent.Store(string(body), true)
				}
				return ask(ctx, body, timeout)
			}
			return svc, err
		}
	}
	const want = "prompt,n,s,k,q,v,error\na,2,,true,7,3,\nb,,x,10,,3,\n"
	if sum := g.run(t, schema(nested), capture); sum.Completed != 2 || g.output(t) != want {
		t.Errorf("%d completed, output\n%s\nwant\n%s", sum.Completed, g.output(t), want)
	}
	former := newRig(t, "q.csv", "prompt\na\nb\n")
	j := openJournal(t, former.journal())
	for body := range sent.Range {
		text := strings.Replace(body.(string), flat, nested, 1)
		if text == body {
			t.Fatalf("sent %s, want %s in it", body, flat)
		}
		prompt := "a"
		if strings.Contains(text, `"content":"b"`) {
			prompt = "b"
		}
		err := j.Record(task.Result{Key: task.KeyOf([]byte(text)), State: task.Completed, At: time.Now(), FinishReason: "function_call",
			Completion: `{"name":"answer","arguments":` + strings.NewReplacer(`"2"`, `2,"s":null`, `"true"`, `true`, `"3"`, `3`).Replace(arguments[prompt]) + `}`})
		if err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	if sum := former.run(t, schema(nested)); sum.Requests != 0 || former.output(t) != want {
		t.Errorf("%d requests for what was answered under the former key, output\n%s\nwant\n%s", sum.Requests, former.output(t), want)
	}
}

// An answer with several objects costs no repair, and its cell of "error" says what was taken.
func TestLastObjectThatFitsIsTheAnswer(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.AnswerFunc = answering(func(string, int) string {
		return `{"total":1,"paid":true,"day":"2026-03-01","kind":"new"}` + "\nBetter:\n" + `{"total":2,"paid":true,"day":"2026-03-01","kind":"new"}`
	})
	sum := g.run(t, schema(orderSchema))
	want := "prompt,total,paid,day,kind,lines,error\na,2,true,2026-03-01,new,,the answer has 2 different objects; the last one that fits is used\n"
	if got := g.output(t); sum.Requests != 1 || sum.Completed != 1 || got != want {
		t.Errorf("%d requests, %d completed, output\n%s\nwant\n%s", sum.Requests, sum.Completed, got, want)
	}
}

func TestRowThatIsRefusedInEveryWayFails(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nbad\nc\n")
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if firstPrompt(r) == "bad" {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "bad words"}
		}
		return answer(`{"total":1,"paid":true,"day":"2026-03-01","kind":"new"}`), nil
	}
	sum := g.run(t, schema(orderSchema))
	if sum.Completed != 2 || sum.Failed[task.CauseRejected] != 1 || sum.Waiting != 1 || sum.Requests != 5 {
		t.Errorf("completed %d, failed %v, waiting %d, %d requests", sum.Completed, sum.Failed, sum.Waiting, sum.Requests)
	}
	if again := g.run(t, schema(orderSchema)); again.Requests != 0 {
		t.Errorf("the second run asked %d requests", again.Requests)
	}
	if again := g.run(t, schema(orderSchema), retryFailed); again.Requests != 3 {
		t.Errorf("--retry-failed asked %d requests, want one in each way", again.Requests)
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\nd\n")
	g.AnswerFunc = answering(func(p string, repairs int) string {
		switch {
		case p == "a":
			return `{"answer":"жалоба"}`
		case p == "b":
			return "**Вопрос.**"
		case p == "c" && repairs == 0:
			return "Это скорее жалоба, чем вопрос"
		case p == "c":
			return "жалоба"
		}
		return "не знаю"
	})
	sum := g.run(t, choices("жалоба", "вопрос"))
	want := "prompt,completion,finish_reason,error\na,жалоба,stop,\nb,вопрос,stop,\nc,жалоба,stop,\n" +
		"d,,stop,\"the answer does not fit, also after 2 repairs: “не знаю” is none of: жалоба, вопрос\"\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	if got := fmt.Sprint(sum.Values); got != "[{completion [{жалоба 2} {вопрос 1}]}]" {
		t.Errorf("values %s", got)
	}
}

// Values in the input are recognized as ours, and a value that the user wrote stays.
func TestSchemaInPlace(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = answering(func(string, int) string { return `{"total":1234.5,"paid":true,"day":"2026-03-01","kind":"new"}` })
	g.run(t, schema(orderSchema), inPlace)
	text := jobstest.ReadFile(t, g.input)
	g.write(t, strings.Replace(text, "b,1234.5,true", "b,99,true", 1)+"c,,,,,,\n")
	sum := g.run(t, schema(orderSchema), inPlace)
	if sum.Requests != 1 || sum.Kept != 1 || sum.KeptLine != 3 {
		t.Errorf("%d requests, %d kept, the first in line %d", sum.Requests, sum.Kept, sum.KeptLine)
	}
	want := "prompt,total,paid,day,kind,lines,error\na,1234.5,true,2026-03-01,new,,\nb,99,true,2026-03-01,new,,\nc,1234.5,true,2026-03-01,new,,\n"
	if got := jobstest.ReadFile(t, g.input); got != want {
		t.Errorf("the input is\n%s\nwant\n%s", got, want)
	}
}

func TestFormsThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*Job)
		words  []string
	}{
		"no object":    {schema(`{"type":"array"}`), []string{`must have type "object"`}},
		"no property":  {schema(`{"type":"object"}`), []string{"has no properties"}},
		"empty enum":   {schema(`{"type":"object","properties":{"a":{"enum":[]}}}`), []string{`the enum of "a" is empty`}},
		"no schema":    {schema(`{"type":"objekt"}`), []string{"not a JSON Schema"}},
		"outside":      {schema(`{"type":"object","properties":{"a":{"$ref":"https://example.com/x.json"}}}`), []string{"refer only to itself"}},
		"a file":       {schema(`{"type":"object","properties":{"a":{"$ref":"file:///etc/passwd"}}}`), []string{"refer only to itself"}},
		"circle":       {schema(`{"$ref":"#"}`), []string{"cycle"}},
		"one choice":   {choices("a"), []string{"two choices"}},
		"same choices": {choices("Да", "да."), []string{"are too similar"}},
		"taken name":   {schema(`{"type":"object","properties":{"error":{"type":"string"}}}`), []string{`"error"`, "--value-prefix"}},
		"input column": {schema(`{"type":"object","properties":{"prompt":{"type":"string"}}}`), []string{`already has a column "prompt"`}},
	} {
		g := newRig(t, "q.csv", "prompt\na\n")
		before := jobstest.Folder(t, g.dir)
		_, err := g.try(t, tc.change)
		jobstest.WantUsage(t, err, tc.words...)
		if g.connects != 0 {
			t.Errorf("%s: connected", name)
		}
		jobstest.WantFolder(t, g.dir, before)
	}
}

// A drain in the first pass leaves the second pass to the next run.
func TestDrainLeavesLaterPasses(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	drain := make(chan struct{})
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if repairsOf(r) == 0 {
			close(drain)
		}
		return answer("no JSON"), nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	sum, err := g.new(schema(orderSchema)).Run(ctx, drain)
	if err != nil || sum.Requests != 1 || sum.Pending != 1 || !sum.Interrupted {
		t.Errorf("got %+v, %v", sum, err)
	}
}

// A row blocked in the way in which it was asked stays blocked, whatever way later rows start with.
func TestBlockedRowIsNotAskedInAnotherWay(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\nwar\na\nb\n")
	g.AnswerFunc = func(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch {
		case wayOf(r) == task.ByFormat:
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "response_format is not supported"}
		case firstPrompt(r) == "war":
			a := answer("an apology")
			a.FinishReason = "blacklist"
			return a, nil
		}
		return answer(`{"name":"answer","arguments":{"total":1,"paid":true,"day":"2026-03-01","kind":"new"}}`), nil
	}
	if sum := g.run(t, schema(orderSchema)); sum.Blocked != 1 || sum.Completed != 2 {
		t.Fatalf("blocked %d, completed %d", sum.Blocked, sum.Completed)
	}
	if again := g.run(t, schema(orderSchema)); again.Requests != 0 || again.Blocked != 1 {
		t.Errorf("again: %d requests, blocked %d", again.Requests, again.Blocked)
	}
	if st, err := ReadStatus(g.input, ""); err != nil || st.Blocked != 1 || st.Pending != 0 {
		t.Errorf("status %+v, %v", st, err)
	}
}

// A preview with another prompt does not change what output and status report.
func TestPreviewLeavesTheLastRunAlone(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	if _, _, err := g.new(withPrompt("again {{prompt}}")).Preview(t.Context(), nil, 1); err != nil {
		t.Fatal(err)
	}
	if st, err := ReadStatus(g.input, ""); err != nil || st.Completed != 2 {
		t.Errorf("status %+v, %v, want the 2 rows of the run", st, err)
	}
}

// A correction by hand stays even if another row has the same answer.
func TestCorrectedChoicesStay(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = answering(func(p string, _ int) string { return map[string]string{"a": "good", "b": "bad", "c": "bad"}[p] })
	g.run(t, choices("good", "bad"), inPlace)
	g.write(t, "prompt,completion,finish_reason,error\na,bad,stop,\nb,good,stop,\n")
	sum := g.run(t, choices("good", "bad"), inPlace)
	if want := "prompt,completion,finish_reason,error\na,bad,stop,\nb,good,stop,\n"; jobstest.ReadFile(t, g.input) != want || sum.Kept != 2 {
		t.Errorf("%d kept, the input is\n%s", sum.Kept, jobstest.ReadFile(t, g.input))
	}
	g.write(t, "prompt,completion,finish_reason,error\nc,good,stop,\nb,good,stop,\n")
	if sum := g.run(t, choices("good", "bad"), inPlace); sum.Requests != 1 || !strings.Contains(jobstest.ReadFile(t, g.input), "c,bad,stop,") {
		t.Errorf("an edited prompt: %d requests, the input is\n%s", sum.Requests, jobstest.ReadFile(t, g.input))
	}
}

func TestCorrectedValuesStay(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = answering(func(p string, _ int) string {
		return map[string]string{"a": `{"n":30,"ok":true}`, "b": `{"n":40,"ok":false}`}[p]
	})
	form := schema(`{"type":"object","properties":{"n":{"type":"number"},"ok":{"type":"boolean"}},"required":["n","ok"]}`)
	g.run(t, form, inPlace)
	edited := strings.Replace(strings.Replace(jobstest.ReadFile(t, g.input), "a,30,true", "a,40,false", 1), "b,40,false", "b,30,true", 1)
	g.write(t, edited)
	if sum := g.run(t, form, inPlace); jobstest.ReadFile(t, g.input) != edited || sum.Kept != 2 {
		t.Errorf("%d kept, the input is\n%s", sum.Kept, jobstest.ReadFile(t, g.input))
	}
}
