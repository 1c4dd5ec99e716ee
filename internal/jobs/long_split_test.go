package jobs

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

func split(context int) func(*Job) {
	return func(r *Job) {
		n := context / 10
		r.Settings.Split, r.Settings.Context, r.Settings.MaxTokens = true, context, &n
		r.Settings.Prompt = "Sum up: {{text}}"
	}
}

// longRow returns a row of n numbered sentences.
func longRow(sentences int) string {
	var b strings.Builder
	for i := range sentences {
		fmt.Fprintf(&b, "This is the sentence with the number %d. ", i)
	}
	return b.String()
}

func TestLongTextIsAskedInParts(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\nshort\n"+longRow(300)+"\n")
	var joined string
	parts := 0
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if n := gigachat.EstimateTokens(len([]rune(p))); n > 1000 {
			t.Errorf("a request has about %d tokens", n)
		}
		switch {
		case strings.HasPrefix(p, "The text was too long"):
			joined = p
			return answer("the whole"), nil
		case strings.HasPrefix(p, "Sum up: This") || strings.HasPrefix(p, "Sum up: with"):
			parts++
		}
		return answer("part about " + p[len("Sum up: "):min(len(p), 48)]), nil
	}
	change := func(r *Job) { split(1000)(r); r.Limits.Concurrency = 1 }
	sum := g.run(t, change)
	if sum.Completed != 2 || parts < 4 || int(sum.Requests) != parts+2 || g.plan.Parts != 1 {
		t.Errorf("completed %d, %d parts in %d requests; planned %d cells in parts", sum.Completed, parts, sum.Requests, g.plan.Parts)
	}
	if !strings.Contains(joined, "Sum up: …") || strings.Count(joined, "part about") != parts {
		t.Errorf("the last prompt is\n%s", joined)
	}
	if got := g.output(t); !strings.Contains(got, ",the whole,stop,") {
		t.Errorf("output\n%s", got)
	}
	if again := g.run(t, change); again.Requests != 0 {
		t.Errorf("again: %d requests", again.Requests)
	}
}

// Answers too long for one request are first joined in groups.
func TestAnswersToPartsAreJoinedInGroups(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\n"+longRow(600)+"\n")
	joins := 0
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if strings.HasPrefix(p, "The text was too long") {
			joins++
			return answer(strings.Repeat("j", 300)), nil
		}
		return answer(strings.Repeat("p", 500)), nil
	}
	sum := g.run(t, split(1000), func(r *Job) { r.Limits.Concurrency = 1 })
	if sum.Completed != 1 || joins < 3 {
		t.Errorf("completed %d after %d joins, failed %v", sum.Completed, joins, sum.Failed)
	}
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer(strings.Repeat("x", 2600)), nil
	}
	sum = g.run(t, split(1000), fresh)
	if sum.Failed[task.CauseTooLong] != 1 {
		t.Errorf("answers that cannot be joined: failed %v, completed %d", sum.Failed, sum.Completed)
	}
}

func TestPartThatFailsFailsTheRow(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\n"+longRow(300)+"\n")
	broken := true
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if broken && strings.Contains(p, "number 200.") {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Status: 500, Message: "oops"}
		}
		return answer("short"), nil
	}
	sum := g.run(t, split(1000))
	if sum.Failed[task.CauseServer] != 1 || sum.Completed != 0 {
		t.Errorf("failed %v", sum.Failed)
	}
	broken = false
	if sum := g.run(t, split(1000)); sum.Completed != 1 || sum.Requests != 2 {
		t.Errorf("then: completed %d in %d requests, want the part and the join", sum.Completed, sum.Requests)
	}
}

func TestLongTextIsNamed(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\nshort\n"+longRow(300)+"\n")
	g.run(t, func(r *Job) { r.Settings.Context = 1000; r.Settings.Prompt = "{{text}}" })
	if g.plan.TooLong != 1 || len(g.plan.TooLongs) != 1 || !strings.Contains(g.plan.TooLongs[0].Where.Error(), "q.csv:3: the prompt has about 3") {
		t.Errorf("planned %+v", g.plan.TooLongs)
	}
	if got := len(g.takeAsked()); got != 2 {
		t.Errorf("asked %d, want both: the service has the last word", got)
	}
}

func TestJoinPromptIsChecked(t *testing.T) {
	t.Parallel()
	for prompt, word := range map[string]string{"all of {{text}}": "{{text}}", "all": "does not use {{parts}}", "{{parts": "{{ at character"} {
		g := newRig(t, "q.csv", "text\na\n")
		_, err := g.try(t, split(1000), func(r *Job) { r.Settings.JoinPrompt = prompt })
		jobstest.WantUsage(t, err, word)
	}
}

// A part shared by two rows is asked even if another part of the first row was refused.
func TestSharedPartIsAskedForEveryRow(t *testing.T) {
	t.Parallel()
	whole := longRow(60)
	g := newRig(t, "q.csv", "text\n"+whole+strings.Repeat("bad words. ", 100)+"\n"+whole+strings.Repeat("good words. ", 100)+"\n")
	broken := true
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		switch {
		case broken && strings.Contains(p, "number 1."):
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindServer, Status: 500, Message: "oops"}
		case strings.Contains(p, "bad words"):
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "bad words"}
		}
		return answer("short"), nil
	}
	g.run(t, split(1000))
	broken = false
	if sum := g.run(t, split(1000)); sum.Completed != 1 || sum.Failed[task.CauseRejected] != 1 {
		t.Errorf("completed %d, failed %v", sum.Completed, sum.Failed)
	}
}

// A text that the service refuses because of its size is asked in parts, and these in smaller ones, whatever the estimate says. No request about
// it is as large as one that was refused, and no part is paid for twice, also if the run is stopped in between.
func TestPartsAreSmallerThanWhatWasRefused(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*Job){"free": func(*Job) {}, "choices": choices("yes", "no")} {
		text := longRow(300)
		g := newRig(t, "q.csv", "text\nshort\n"+text+"\n")
		const (
			room     = 2500 // characters that the service takes
			sentence = 50   // characters by which parts of one cut differ
		)
		var mu sync.Mutex
		refused, billed := math.MaxInt32, map[string]int{}
		stop := 3
		g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			mu.Lock()
			defer mu.Unlock()
			n := len([]rune(p))
			switch {
			case n >= refused+sentence && strings.HasPrefix(p, "Sum up: ") && !strings.Contains(p, "Answer with exactly"):
				t.Errorf("%s: a request of %d characters after one of %d was refused", name, n, refused)
			case n > room:
				refused = min(refused, n)
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 413, Message: "Payload too large"}
			}
			if len(billed) == stop {
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Message: "no more"}
			}
			billed[p]++
			return answer("yes"), nil
		}
		change := []func(*Job){form, withPrompt("Sum up: {{text}}"), func(j *Job) { j.Limits.Concurrency = 1 }}
		if sum := g.run(t, change...); sum.Completed != 1 || sum.Failed[task.CauseTooLong] != 1 {
			t.Fatalf("%s: completed %d, failed %v", name, sum.Completed, sum.Failed)
		}
		refused = len([]rune("Sum up: " + text))
		change = append(change, func(j *Job) { j.Settings.Split = true })
		if sum, err := g.try(t, change...); err == nil || sum.Completed != 1 {
			t.Fatalf("%s: the run was not stopped: %+v", name, sum)
		}
		stop = -1
		if sum := g.run(t, append(change, retryFailed)...); sum.Completed != 2 {
			t.Errorf("%s: completed %d, failed %v", name, sum.Completed, sum.Failed)
		}
		for p, n := range billed {
			if n > 1 {
				t.Errorf("%s: paid %d times for %.40q", name, n, p)
			}
		}
		if again := g.run(t, change...); again.Requests != 0 || again.Completed != 2 {
			t.Errorf("%s: again: %d requests, completed %d", name, again.Requests, again.Completed)
		}
	}
}

func TestPartThatIsBlockedIsNamed(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "text\n"+longRow(300)+"\n")
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer("short")
		if strings.Contains(p, "number 200.") {
			a.FinishReason = "blacklist"
		}
		return a, nil
	}
	sum := g.run(t, split(1000))
	if got := g.output(t); sum.Blocked != 1 || !regexp.MustCompile(`part 4 of 5, “This is the sentence with the number 1\d\d[^”]*…”: blocked by moderation`).MatchString(got) {
		t.Errorf("blocked %d\n%s", sum.Blocked, got)
	}
}
