package jobs

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// TestKilledFollowUps kills runs whose requests are followed by others after each record of the journal, and goes on. No request that has a
// result is sent again, every row gets its answer, and a run without the settings finds all of them.
func TestKilledFollowUps(t *testing.T) {
	t.Parallel()
	input := "id,prompt\n1,short\n2,long\n3,bad\n4,longer\n5,bad\n6,worse\n"
	for name, c := range map[string]struct {
		column spec.Column
		answer func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error)
		sent   int // requests that are answered
	}{
		"length": {
			column: spec.Column{Params: spec.Params{MaxTokens: new(10)}, FollowUp: spec.FollowUp{RaiseLength: true}},
			answer: func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				a := answer(fmt.Sprintf("%s within %d", prompt, *r.MaxTokens))
				if strings.HasPrefix(prompt, "longer") && *r.MaxTokens < 40 || strings.HasPrefix(prompt, "long") && *r.MaxTokens < 20 {
					a.FinishReason = "length"
				}
				return a, nil
			},
			sent: 5 + 1 + 2,
		},
		"blocked": {
			column: spec.Column{FollowUp: spec.FollowUp{BlockedModel: "GigaChat-2-Max"}},
			answer: func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				a := answer(prompt + " of " + r.Model)
				if strings.Contains(prompt, "bad") && r.Model == "GigaChat-2" {
					a.FinishReason = "blacklist"
				}
				return a, nil
			},
			sent: 5 + 1,
		},
		"package": {
			column: spec.Column{FollowUp: spec.FollowUp{FallbackModel: "GigaChat-2-Pro"}},
			answer: func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				if r.Model == "GigaChat-2" && prompt != "short" && !strings.Contains(prompt, "mood") {
					return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Status: 402}
				}
				return answer(prompt + " of " + r.Model), nil
			},
			sent: 5,
		},
	} {
		for _, several := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/several=%v", name, several), func(t *testing.T) {
				t.Parallel()
				column := c.column
				column.CompletionColumn, column.Model, column.Prompt = "completion", "GigaChat-2", "{{prompt}}"
				settings := func(follow bool) func(*Job) {
					return func(j *Job) {
						own := column
						if !follow {
							own.FollowUp = spec.FollowUp{}
						}
						j.Settings.Column = own
						j.Limits.Concurrency = 1
						if several {
							j.Settings.OutputColumns = spec.DefaultValueColumns
							reply := own
							reply.CompletionColumn, reply.Prompt = "reply", "{{completion}}"
							j.Settings.Columns = []spec.Column{own, reply}
						}
					}
				}
				var mu sync.Mutex
				sent := map[task.Key]int{}
				serve := func(g *rig) {
					g.AnswerFunc = func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
						a, err := c.answer(prompt, r)
						if err == nil {
							mu.Lock()
							defer mu.Unlock()
							sent[task.KeyOf(r.AppendJSON(nil))]++
						}
						return a, err
					}
				}
				whole := newRig(t, "q.csv", input)
				serve(whole)
				whole.run(t, settings(true))
				want := whole.output(t)
				if !several && len(sent) != c.sent {
					t.Errorf("sent %d requests, want %d", len(sent), c.sent)
				}
				if strings.Contains(want, "pending") || strings.Contains(want, "blocked") {
					t.Errorf("the output is\n%s", want)
				}
				records := bytes.SplitAfter([]byte(jobstest.ReadFile(t, whole.journal())), []byte("\n"))
				for n := range records {
					g := newRig(t, "q.csv", input)
					serve(g)
					if err := os.WriteFile(g.journal(), bytes.Join(records[:n], nil), 0o600); err != nil {
						t.Fatal(err)
					}
					clear(sent)
					before := map[task.Key]bool{}
					for _, line := range records[:n] {
						for _, state := range []string{"completed", "blocked"} {
							if bytes.Contains(line, []byte(`"state":"`+state+`"`)) {
								key, _ := task.ParseKey(string(line[8:40]))
								before[key] = true
							}
						}
					}
					g.run(t, settings(true))
					for key, times := range sent {
						if before[key] || times > 1 {
							t.Errorf("killed after record %d: %v was sent %d times more, in the journal %v", n, key, times, before[key])
						}
					}
					if got := g.output(t); got != want {
						t.Errorf("killed after record %d: the output is\n%s\nwant\n%s", n, got, want)
					}
					clear(sent)
					g.run(t, settings(false))
					if got := g.output(t); len(sent) > 0 || got != want {
						t.Errorf("killed after record %d, then without the settings: sent %d, the output is\n%s\nwant\n%s", n, len(sent), got, want)
					}
				}
			})
		}
	}
}

// TestFallbackAfterAFailure checks that the fallback is asked about a row that failed for a temporary cause before the package was used up.
func TestFallbackAfterAFailure(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n")
	g.AnswerFunc = failing(map[string]gigachat.Kind{"a": gigachat.KindServer})
	g.run(t)
	g.AnswerFunc = func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if r.Model == "GigaChat-2" {
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Status: 402}
		}
		return answer("fallback"), nil
	}
	g.takeAsked()
	sum := g.run(t, func(j *Job) { j.Settings.FallbackModel = "GigaChat-2-Pro" })
	if g.wantAsked(t, "a a"); sum.Completed != 2 {
		t.Errorf("got %+v", sum.Tally)
	}
}

// TestFollowUpThatFails checks that an answer which is cut off stays if a longer one is not to be had, and that a block stays a block.
func TestFollowUpThatFails(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,long\n2,bad\n")
	g.AnswerFunc = func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer(prompt)
		switch {
		case r.Model != "GigaChat-2", r.MaxTokens != nil && *r.MaxTokens > 10:
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindRejected, Status: 422, Message: "no luck"}
		case prompt == "long":
			a.FinishReason = "length"
		default:
			a.FinishReason = "blacklist"
		}
		return a, nil
	}
	follow := func(j *Job) {
		j.Settings.MaxTokens, j.Settings.FollowUp = new(10), spec.FollowUp{RaiseLength: true, BlockedModel: "GigaChat-2-Max"}
	}
	sum := g.run(t, follow)
	if sum.Completed != 1 || sum.Truncated != 1 || sum.Blocked != 1 {
		t.Errorf("got %+v", sum.Tally)
	}
	g.takeAsked()
	g.run(t, follow)
	g.wantAsked(t, "")
	g.run(t, follow, retryFailed)
	g.wantAsked(t, "bad long")
}

// byModel answers as each model is set: with a text, "blocked", "empty" (402), or a cut text if the answer is longer than max_tokens.
func byModel(models map[string]string) func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	return func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		a := answer(r.Model + ": " + models[r.Model])
		switch models[r.Model] {
		case "empty":
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindPayment, Status: 402}
		case "blocked":
			a.FinishReason = "blacklist"
		case "long":
			if r.MaxTokens != nil && *r.MaxTokens < 20 {
				a.FinishReason = "length"
			}
		}
		return a, nil
	}
}

// TestFollowUpsTogether combines follow-ups: one never leads back to a request that it followed, and each is found again.
func TestFollowUpsTogether(t *testing.T) {
	t.Parallel()
	const pro, max2 = "GigaChat-2-Pro", "GigaChat-2-Max"
	for name, c := range map[string]struct {
		follow    spec.FollowUp
		models    map[string]string
		maxTokens *int
		want      string // the row, without its id
		again     string // what is asked when the run is repeated
	}{
		"the fallback of the blocked model blocks, too": {spec.FollowUp{BlockedModel: max2, FallbackModel: pro},
			map[string]string{"GigaChat-2": "blocked", max2: "empty", pro: "blocked"}, nil, "a,,blacklist,blocked by moderation", "a"},
		"the fallback of the blocked model answers": {spec.FollowUp{BlockedModel: max2, FallbackModel: pro},
			map[string]string{"GigaChat-2": "blocked", max2: "empty", pro: "fine"}, nil, "a,GigaChat-2-Pro: fine,stop,", ""},
		"the fallback is what was blocked": {spec.FollowUp{BlockedModel: max2, FallbackModel: "GigaChat-2"},
			map[string]string{"GigaChat-2": "blocked", max2: "empty"}, nil, "a,,blacklist,blocked by moderation", "a"},
		"a cut answer of the fallback": {spec.FollowUp{FallbackModel: pro, RaiseLength: true},
			map[string]string{"GigaChat-2": "empty", pro: "long"}, new(10), "a,GigaChat-2-Pro: long,stop,", ""},
		"a block of the fallback": {spec.FollowUp{FallbackModel: pro},
			map[string]string{"GigaChat-2": "empty", pro: "blocked"}, nil, "a,,blacklist,blocked by moderation", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "id,prompt\n1,a\n")
			g.AnswerFunc = byModel(c.models)
			follow := func(j *Job) { j.Settings.FollowUp, j.Settings.MaxTokens = c.follow, c.maxTokens }
			g.run(t, follow)
			if got := g.output(t); !strings.Contains(got, "1,"+c.want) {
				t.Errorf("the output is\n%s\nwant %s", got, c.want)
			}
			g.takeAsked()
			g.run(t, follow)
			g.wantAsked(t, c.again) // the package of the blocked model may have been refilled
			if st, err := ReadStatus(g.input, g.journal()); err != nil || c.again == "" && st.Pending != 0 {
				t.Errorf("status %+v, error %v", st, err)
			}
		})
	}
}

// TestFreshAnswerTakesItsPlaceBack checks that an answer of --fresh counts, and not what followed an older one.
func TestFreshAnswerTakesItsPlaceBack(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n")
	g.AnswerFunc = byModel(map[string]string{"GigaChat-2": "blocked", "GigaChat-2-Pro": "old"})
	g.run(t, func(j *Job) { j.Settings.BlockedModel = "GigaChat-2-Pro" })
	g.AnswerFunc = byModel(map[string]string{"GigaChat-2": "new"})
	g.run(t, fresh)
	g.run(t)
	if got := g.output(t); !strings.Contains(got, "GigaChat-2: new") {
		t.Errorf("the output is\n%s", got)
	}
	g.AnswerFunc = byModel(map[string]string{"GigaChat-2": "blocked", "GigaChat-2-Pro": "newest"})
	g.run(t, fresh, func(j *Job) { j.Settings.BlockedModel = "GigaChat-2-Pro" })
	g.takeAsked()
	g.run(t)
	g.wantAsked(t, "")
	if got := g.output(t); !strings.Contains(got, "GigaChat-2-Pro: newest") {
		t.Errorf("the output is\n%s", got)
	}
}

// TestFallbackThatIsKnown checks that a row finds the answer which the fallback gave to another run.
func TestFallbackThatIsKnown(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n")
	g.AnswerFunc = byModel(map[string]string{"GigaChat-2": "empty", "GigaChat-2-Pro": "fine"})
	g.run(t, model("GigaChat-2-Pro"), limited(1))
	g.takeAsked()
	fall := func(j *Job) { j.Settings.FallbackModel, j.Limits.Concurrency = "GigaChat-2-Pro", 1 }
	sum := g.run(t, fall)
	if g.wantAsked(t, "a b"); sum.Completed != 2 { // the first request finds out that the package is used up
		t.Errorf("got %+v", sum.Tally)
	}
	st, err := ReadStatus(g.input, g.journal())
	if err != nil || st.Completed != 2 {
		t.Errorf("status %+v, error %v", st, err)
	}
	g.AnswerFunc = byModel(map[string]string{"GigaChat-2": "refilled"})
	g.run(t)
	g.wantAsked(t, "")
}
