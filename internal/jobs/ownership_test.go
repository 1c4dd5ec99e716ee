package jobs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

func TestColumnThatThisJournalDidNotMakeIsRefused(t *testing.T) {
	t.Parallel()
	for header, row := range map[string]string{"prompt,completion": "a,mine", "prompt,completion,error": "a,mine,E1"} {
		for _, change := range []func(*Job){func(*Job) {}, inPlace} {
			g := newRig(t, "q.csv", header+"\n"+row+"\n")
			before := jobstest.Folder(t, g.dir)
			_, err := g.try(t, change)
			jobstest.WantUsage(t, err, "completion", "--completion-column")
			jobstest.WantFolder(t, g.dir, before)
			if g.connects != 0 {
				t.Errorf("%s: connected", header)
			}
		}
	}
}

// A column of the user has a name of ours: ours gets a free one, which is the same in every later run and in what is made of the journal.
func TestColumnNamedLikeOursStays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input, header string
		change        func(*Job)
	}{
		"error":           {"prompt,error\na,E1\nb,\n", "prompt,error,completion,completion.error", func(*Job) {}},
		"both":            {"prompt,error,completion.error\na,E1,E2\nb,,\n", "prompt,error,completion.error,completion,completion.error.2", func(*Job) {}},
		"an empty column": {"prompt,error,completion.error\na,E1,\nb,,\n", "prompt,error,completion.error,completion,completion.error.2", func(*Job) {}},
		"another name":    {"prompt,error\na,E1\nb,\n", "prompt,error,answer,answer.error", func(j *Job) { j.Settings.CompletionColumn = "answer" }},
		"several": {"prompt,error,x.model\na,E1,M1\nb,,\n", "prompt,error,x.model,x,y,error.2,x.model.2,y.model", func(j *Job) {
			j.Settings.OutputColumns = []string{"values", "error", "model"}
			j.Settings.Columns = []spec.Column{{CompletionColumn: "x", Prompt: "{{prompt}}"}, {CompletionColumn: "y", Prompt: "{{prompt}}?"}}
		}},
	} {
		for _, place := range []func(*Job){func(*Job) {}, inPlace} {
			g := newRig(t, "q.csv", c.input)
			change := []func(*Job){withPrompt("{{prompt}}"), func(j *Job) { j.Settings.OutputColumns = []string{"completion", "error"} }, c.change, place}
			sum := g.run(t, change...)
			text := jobstest.ReadFile(t, sum.Output)
			header, _, _ := strings.Cut(text, "\n")
			if header != c.header || !strings.Contains(text, "E1") || len(g.plan.Renamed) == 0 {
				t.Errorf("%s: output\n%s\nwant the header %s; renamed %v", name, text, c.header, g.plan.Renamed)
			}
			again := g.run(t, change...)
			if now := jobstest.ReadFile(t, again.Output); now != text || again.Requests != 0 || !again.Unchanged {
				t.Errorf("%s: after another run\n%s\nwant\n%s", name, now, text)
			}
			resumed, err := Resume(g.journal())
			if err != nil {
				t.Fatal(err)
			}
			resumed.Connect = g.connect
			if sum, err := resumed.Run(t.Context(), nil); err != nil || jobstest.ReadFile(t, sum.Output) != text {
				t.Errorf("%s: resumed: %v, %+v", name, err, sum)
			}
			dst := filepath.Join(g.dir, "export.csv")
			if _, err := Export(t.Context(), g.journal(), dst, Copy{}); err != nil || jobstest.ReadFile(t, dst) != text {
				t.Errorf("%s: exported: %v", name, err)
			}
		}
	}
}

// A completion column of the user gets out of the way only if a journal shows that no run wrote it: a lost journal pays nothing again.
func TestCompletionColumnOfTheUserStays(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt,completion\na,mine\n")
	g.run(t, inPlace, func(j *Job) { j.Settings.CompletionColumn, j.Settings.OutputColumns = "first", []string{"completion"} })
	sum := g.run(t, inPlace, func(j *Job) { j.Settings.OutputColumns = []string{"completion", "error"} })
	const want = "prompt,completion,first,completion.2,error\na,mine,answer to a,answer to a,\n"
	if got := jobstest.ReadFile(t, g.input); got != want || sum.Requests != 0 {
		t.Errorf("input\n%s\nwant\n%s", got, want)
	}
	if g.run(t, inPlace, func(j *Job) { j.Settings.OutputColumns = []string{"completion", "error"} }); jobstest.ReadFile(t, g.input) != want {
		t.Errorf("then the input is\n%s", jobstest.ReadFile(t, g.input))
	}
	if err := os.Remove(g.journal()); err != nil {
		t.Fatal(err)
	}
	_, err := g.try(t, inPlace)
	jobstest.WantUsage(t, err, `already has a column "completion"`, "no journal")
}

// The answers of a lost journal are not taken for a column of the user because a later run wrote to another one.
func TestAnswersOfALostJournalStay(t *testing.T) {
	t.Parallel()
	for _, columns := range [][]string{spec.DefaultOutputColumns, spec.FormerOutputColumns} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		of := func(j *Job) { j.Settings.OutputColumns = columns }
		g.run(t, inPlace, of)
		if err := os.Remove(g.journal()); err != nil {
			t.Fatal(err)
		}
		g.run(t, inPlace, func(j *Job) { j.Settings.CompletionColumn, j.Settings.OutputColumns = "other", []string{"completion"} }, limited(1))
		before := jobstest.ReadFile(t, g.input)
		g.takeAsked()
		_, err := g.try(t, inPlace, of)
		jobstest.WantUsage(t, err, `already has a column "completion"`, "no run of this journal wrote it")
		g.wantAsked(t, "")
		if got := jobstest.ReadFile(t, g.input); got != before {
			t.Errorf("input\n%s\nwant\n%s", got, before)
		}
	}
}

// A column of the user that has the name of a column of an output may have its answers: only then is the file to be continued in place.
func TestAnswersInAnInputAreContinuedInPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		written string // the column of the output
		place   func(*Job)
		hinted  bool
	}{
		{"completion", func(*Job) {}, true},
		{"completion", inPlace, false}, // already is, and the column has no answer
		{"other", func(*Job) {}, false},
	} {
		g := newRig(t, "q.csv", "prompt\na\n")
		g.run(t, func(j *Job) { j.Settings.CompletionColumn = tt.written })
		g.takeAsked()
		g.write(t, "prompt,completion,finish_reason\na,mine,stop\n")
		before := jobstest.Folder(t, g.dir)
		_, err := g.try(t, tt.place)
		jobstest.WantUsage(t, err, `already has a column "completion"`, "no run of this journal wrote it", "--completion-column")
		var usage *spec.UsageError
		if errors.As(err, &usage) && strings.Contains(usage.Hint.String(), "--in-place") != tt.hinted {
			t.Errorf("%s was written: the hint is %q, want --in-place in it: %t", tt.written, usage.Hint, tt.hinted)
		}
		g.wantAsked(t, "")
		jobstest.WantFolder(t, g.dir, before)
	}
}

// If the user's column is gone, the column that took its place goes on.
func TestFreeNameOutlivesItsReason(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt,error\na,E1\n")
	columns := func(j *Job) { j.Settings.OutputColumns = []string{"completion", "error"} }
	g.run(t, inPlace, columns, withPrompt("{{prompt}}"))
	g.write(t, "prompt,completion,completion.error\na,answer to a,\nb,,\n")
	g.run(t, inPlace, columns, withPrompt("{{prompt}}"))
	if got, want := jobstest.ReadFile(t, g.input), "prompt,completion,completion.error\na,answer to a,\nb,answer to b,\n"; got != want {
		t.Errorf("input\n%s\nwant\n%s", got, want)
	}
}

func TestColumnThatAppearsDuringTheRunIsNotRefilled(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*Job){func(*Job) {}, inPlace} {
		g := newRig(t, "q.csv", "prompt\na\n")
		const mine = "prompt,completion\na,mine\n"
		g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			jobstest.WriteFile(t, g.input, mine)
			return nil, nil
		}
		_, err := g.try(t, change)
		jobstest.WantUsage(t, err, "completion")
		if got := jobstest.ReadFile(t, g.input); got != mine || exists(spec.OutputPath(g.input, false)) {
			t.Errorf("input %q, output written: %t", got, exists(spec.OutputPath(g.input, false)))
		}
	}
}

func TestOwnColumnsAreRefilledAndNeverInput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "whatever\na\n")
	asText := func(r *Job) { r.Settings.CompletionColumn = "text" } // a name that is also a likely prompt column
	g.run(t, inPlace, asText)
	g.write(t, jobstest.ReadFile(t, g.input)+"b,,,\n")
	g.run(t, inPlace, asText)
	if asked := strings.Join(g.takeAsked(), " "); asked != "a b" {
		t.Errorf("asked %q, want the input column only", asked)
	}
	if got, want := jobstest.ReadFile(t, g.input), "whatever,text,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\n"; got != want {
		t.Errorf("input\n%s\nwant\n%s", got, want)
	}
	_, err := g.try(t, inPlace, asText, withPrompt("{{text}}"))
	jobstest.WantUsage(t, err, "text")
}

func TestOutputOfSomebodyElseIsRefusedAndOverwrittenOnDemand(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	out := spec.OutputPath(g.input, false)
	jobstest.WriteFile(t, out, "mine")
	before := jobstest.Folder(t, g.dir)
	_, err := g.try(t)
	jobstest.WantUsage(t, err, out, "-o", "--overwrite")
	jobstest.WantFolder(t, g.dir, before)
	g.run(t, overwrite)
	if !strings.Contains(jobstest.ReadFile(t, out), "answer to a") {
		t.Errorf("--overwrite left %q", jobstest.ReadFile(t, out))
	}
	g.run(t) // the column is ours now
	jobstest.WriteFile(t, out, jobstest.ReadFile(t, out)+"mine\n")
	_, err = g.try(t)
	jobstest.WantUsage(t, err, out)
}

func TestOutputIsKnownByItsHashNotItsNameOrTime(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	out := spec.OutputPath(g.input, false)
	content := jobstest.ReadFile(t, out)
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	jobstest.WriteFile(t, out, content) // like a sync program
	g.run(t)
}

func TestOutputEditedDuringTheRunIsKept(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	out := spec.OutputPath(g.input, false)
	g.write(t, "prompt\na\nb\n")
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		jobstest.WriteFile(t, out, "edited")
		return nil, nil
	}
	sum := g.run(t)
	want := filepath.Join(g.dir, "q.answers-2.csv")
	if got := jobstest.ReadFile(t, out); got != "edited" || sum.Output != want || !strings.Contains(sum.Note.String(), want) {
		t.Errorf("the output is %q, the answers in %s, note %q; want them in %s", got, sum.Output, sum.Note, want)
	}
	if !strings.Contains(jobstest.ReadFile(t, want), "answer to b") {
		t.Errorf("%s holds\n%s", want, jobstest.ReadFile(t, want))
	}
}

func TestOutputIsNotTheInputUnlessInPlace(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	link := filepath.Join(g.dir, "link.csv")
	if err := os.Symlink("q.csv", link); err != nil {
		t.Fatal(err)
	}
	before := jobstest.Folder(t, g.dir)
	for _, out := range []string{g.input, filepath.Join(g.dir, ".", "q.csv"), link} {
		_, err := g.try(t, overwrite, func(r *Job) { r.Settings.Output = out })
		jobstest.WantUsage(t, err, "--in-place")
	}
	jobstest.WantFolder(t, g.dir, before)
}

func TestJournalIsNeitherInputNorOutput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	before := jobstest.Folder(t, g.dir)
	for name, change := range map[string]func(*Job){
		"journal = input":  func(r *Job) { r.Journal = r.Input },
		"output = journal": func(r *Job) { r.Settings.Output = spec.JournalPath(r.Input) },
		"output = lock":    func(r *Job) { r.Settings.Output = spec.JournalPath(r.Input) + ".lock" },
	} {
		_, err := g.try(t, overwrite, change, func(r *Job) { r.Settings.Format = "csv" })
		t.Log(name)
		jobstest.WantUsage(t, err, "--journal")
		jobstest.WantFolder(t, g.dir, before)
	}
}

func TestOutputTakesTheModeOfTheInput(t *testing.T) {
	t.Parallel()
	for i, change := range []func(*Job){func(*Job) {}, inPlace} {
		for _, mode := range []os.FileMode{0o600, 0o640, 0o666}[:2+i] { // the umask limits the mode of a new file, not that of the input
			g := newRig(t, "q.csv", "prompt\na\n")
			if err := os.Chmod(g.input, mode); err != nil {
				t.Fatal(err)
			}
			sum := g.run(t, change)
			if info, err := os.Stat(sum.Output); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: mode %v, %v, want %v", sum.Output, info.Mode(), err, mode)
			}
		}
	}
}
