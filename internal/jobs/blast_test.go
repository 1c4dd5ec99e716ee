package jobs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/blast"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// answerToAll gives every request an answer of its own.
func answerToAll(_ string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	return answer("answer to " + task.KeyOf(r.AppendJSON(nil)).String()), nil
}

// TestBlastIsWhatIsSent makes 100 random edits of jobs, one after the other: of prompts, models, parameters, forms, examples, columns, rows
// and answers. Each time, the Blast of the plan must be the number of requests that the run then sends, without those about rows and columns
// that are new.
func TestBlastIsWhatIsSent(t *testing.T) {
	t.Parallel()
	edits := 0
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 16))
		rows := []string{}
		next := 0
		fresh := func() string {
			next++
			return fmt.Sprintf("text %d", next)
		}
		for range 20 + r.IntN(20) {
			rows = append(rows, fresh())
		}
		columns := []spec.Column{
			{CompletionColumn: "mood", Prompt: "mood of {{text}}"},
			{CompletionColumn: "reply", Prompt: "reply to {{mood}}: {{text}}"},
			{CompletionColumn: "topic", Prompt: "topic of {{text}}"},
		}
		extra := "x"
		g := newRig(t, "q.csv", "")
		g.AnswerFunc = answerToAll
		write := func() {
			var b strings.Builder
			b.WriteString("id,text,note\n")
			for i, text := range rows {
				fmt.Fprintf(&b, "%d,%s,%s\n", i, text, extra)
			}
			g.write(t, b.String())
		}
		write()
		g.run(t, asks(columns...))
		for n := range 10 {
			added, name := 0, "" // requests that are no repetition
			columns = slices.Clone(columns)
			i := r.IntN(len(columns))
			c := &columns[i]
			switch r.IntN(11) {
			case 0:
				name = "prompt of " + c.CompletionColumn
				c.Prompt = fmt.Sprintf("%s (%d)", c.Prompt, n)
			case 1:
				name = "model of " + c.CompletionColumn
				c.Model = []string{"GigaChat-2-Pro", "GigaChat-2-Max"}[n%2]
			case 2:
				name = "parameter of " + c.CompletionColumn
				m := 100 + n
				c.MaxTokens = &m
			case 3:
				name = "examples of " + c.CompletionColumn
				c.FewShot = append(slices.Clone(c.FewShot), spec.Example{User: "a", Assistant: fmt.Sprint(n)})
			case 4:
				name = "system prompt of " + c.CompletionColumn
				c.System = fmt.Sprintf("be brief %d", n)
			case 5:
				name = "a column that no prompt has"
				extra = fmt.Sprintf("y%d", n)
			case 6:
				name, rows[r.IntN(len(rows))] = "a row", fresh()
			case 7:
				name, rows, added = "new rows", append(rows, fresh(), fresh()), 6
			case 8:
				name, rows = "a row less", slices.Delete(rows, 3, 4)
			case 9:
				name = "the order of the rows"
				r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			case 10:
				name, rows = "a row twice", append(rows, rows[0])
			}
			write()
			var said blast.Radius
			g.takeAsked()
			g.run(t, asks(columns...), func(j *Job) {
				j.Confirm = func(p *Plan) error { said = p.Blast; return nil }
			})
			edits++
			if sent := len(g.takeAsked()) - added; sent != said.Requests {
				t.Errorf("seed %d, edit %d (%s): said %d, sent %d: %s", seed, n, name, said.Requests, sent, said.Message())
			}
		}
	}
	if edits != 100 {
		t.Errorf("%d edits", edits)
	}
}

var errDeclined = errors.New("declined")

// TestBlastIsConfirmedFirst checks that nothing is sent and nothing on disk changes when the user declines.
func TestBlastIsConfirmedFirst(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n3,b\n")
	g.run(t)
	g.takeAsked()
	was := jobstest.ReadFile(t, g.journal())
	_, err := g.try(t, model("GigaChat-2-Max"), func(j *Job) {
		j.Confirm = func(p *Plan) error {
			want := "the model changed: 3 cells that have an answer are asked again; at most 2 requests, about 0"
			if got := p.Blast.Message().String(); !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			return errDeclined
		}
	})
	if sent := g.takeAsked(); !errors.Is(err, errDeclined) || sent != nil {
		t.Errorf("error %v after asking %q", err, sent)
	}
	if got := jobstest.ReadFile(t, g.journal()); got != was {
		t.Errorf("the journal was changed")
	}
}

// TestBlastOfAnEditedAnswer checks that a column which uses an answer that was edited by hand counts.
func TestBlastOfAnEditedAnswer(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,a\n2,b\n")
	g.AnswerFunc = answerToAll
	columns := asks(spec.Column{CompletionColumn: "mood", Prompt: "mood of {{text}}"}, spec.Column{CompletionColumn: "reply", Prompt: "reply to {{mood}}"})
	g.run(t, columns)
	key := task.KeyOf([]byte(`{"messages":[{"content":"mood of a","role":"user"}],"model":"GigaChat-2"}`))
	mustEdit(t, g.journal(), journal.Edit{Key: key, Text: "good"})
	var said blast.Radius
	g.takeAsked()
	g.run(t, columns, func(j *Job) { j.Confirm = func(p *Plan) error { said = p.Blast; return nil } })
	if sent := len(g.takeAsked()); sent != 1 || said.Requests != 1 {
		t.Errorf("said %d, sent %d: %s; want 1", said.Requests, sent, said.Message())
	}
}

// TestNoBlast checks runs that ask nothing again: the continuation of a changed job that was stopped, another output, and --fresh, which the
// user typed.
func TestNoBlast(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n3,c\n")
	confirm := func(j *Job) {
		j.Confirm = func(p *Plan) error { t.Errorf("asked to confirm: %s", p.Blast.Message()); return nil }
	}
	g.run(t, confirm)
	g.run(t, model("GigaChat-2-Max"), limited(1))
	g.run(t, model("GigaChat-2-Max"), limited(1), confirm)
	g.run(t, fresh, confirm, model("GigaChat-2-Pro"))
	g.run(t, withPrompt("another: {{prompt}}"), confirm, func(j *Job) {
		j.Settings.Output = strings.TrimSuffix(j.Settings.Output, ".csv") + "2.csv"
	})
}

// TestBlastAfterATrial checks that a change which was tried on some rows, or stopped early, hides nothing of what the other rows cost.
func TestBlastAfterATrial(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,b\n3,c\n4,d\n")
	g.run(t)
	better := withPrompt("better: {{prompt}}")
	g.run(t, better, limited(1))
	var said blast.Radius
	g.takeAsked()
	g.run(t, better, func(j *Job) { j.Confirm = func(p *Plan) error { said = p.Blast; return nil } })
	if sent := len(g.takeAsked()); sent != 3 || said.Requests != 3 || said.Columns[0].Changed[0].String() != "the prompt" {
		t.Errorf("said %d, sent %d: %s; want 3", said.Requests, sent, said.Message())
	}
}
