package jobs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/spec"
)

// wantUsage fails unless err is a *UsageError whose text and hint hold these words.
func wantUsage(t *testing.T, err error, words ...string) {
	t.Helper()
	var usage *spec.UsageError
	if !errors.As(err, &usage) {
		t.Errorf("error %v, want a *UsageError", err)
		return
	}
	for _, w := range words {
		if !strings.Contains(usage.Msg+" "+usage.Hint, w) {
			t.Errorf("error %q with hint %q lacks %q", usage.Msg, usage.Hint, w)
		}
	}
}

func TestColumnThatThisJournalDidNotMakeIsRefused(t *testing.T) {
	t.Parallel()
	for column, hint := range map[string]string{"completion": "--completion-column", "error": "--columns"} {
		for _, change := range []func(*Run){func(*Run) {}, inPlace} {
			g := newRig(t, "q.csv", "prompt,"+column+"\na,mine\n")
			before := folderFiles(t, g.dir)
			_, err := g.try(t, change)
			wantUsage(t, err, column, hint)
			wantFiles(t, g.dir, before)
			if g.connects != 0 {
				t.Errorf("%s: connected", column)
			}
		}
	}
}

func TestColumnThatAppearsDuringTheRunIsNotRefilled(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*Run){func(*Run) {}, inPlace} {
		g := newRig(t, "q.csv", "prompt\na\n")
		const mine = "prompt,completion\na,mine\n"
		g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			writeFile(t, g.input, mine)
			return nil, nil
		}
		_, err := g.try(t, change)
		wantUsage(t, err, "completion")
		if got := readFile(t, g.input); got != mine || exists(spec.OutputPath(g.input, false)) {
			t.Errorf("input %q, output written: %t", got, exists(spec.OutputPath(g.input, false)))
		}
	}
}

func TestOwnColumnsAreRefilledAndNeverInput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "whatever\na\n")
	asText := func(r *Run) { r.Settings.CompletionColumn = "text" } // a name that prompts go by
	g.run(t, inPlace, asText)
	g.write(t, readFile(t, g.input)+"b,,,\n")
	g.run(t, inPlace, asText)
	if asked := strings.Join(g.takeAsked(), " "); asked != "a b" {
		t.Errorf("asked %q, want the input column only", asked)
	}
	if got, want := readFile(t, g.input), "whatever,text,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\n"; got != want {
		t.Errorf("input\n%s\nwant\n%s", got, want)
	}
	_, err := g.try(t, inPlace, asText, prompt("{{text}}"))
	wantUsage(t, err, "text")
}

func TestOutputOfSomebodyElseIsRefusedAndOverwrittenOnDemand(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	out := spec.OutputPath(g.input, false)
	writeFile(t, out, "mine")
	before := folderFiles(t, g.dir)
	_, err := g.try(t)
	wantUsage(t, err, out, "-o", "--overwrite")
	wantFiles(t, g.dir, before)
	g.run(t, overwrite)
	if !strings.Contains(readFile(t, out), "answer to a") {
		t.Errorf("--overwrite left %q", readFile(t, out))
	}
	g.run(t) // it is ours now
	writeFile(t, out, readFile(t, out)+"mine\n")
	_, err = g.try(t)
	wantUsage(t, err, out)
}

func TestOutputIsKnownByItsHashNotItsNameOrTime(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	out := spec.OutputPath(g.input, false)
	content := readFile(t, out)
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	writeFile(t, out, content) // as a sync program would
	g.run(t)
}

func TestOutputEditedDuringTheRunIsKept(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t)
	out := spec.OutputPath(g.input, false)
	g.write(t, "prompt\na\nb\n")
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		writeFile(t, out, "edited")
		return nil, nil
	}
	sum := g.run(t)
	want := filepath.Join(g.dir, "q.answers-2.csv")
	if got := readFile(t, out); got != "edited" || sum.Output != want || !strings.Contains(sum.Note, want) {
		t.Errorf("the output is %q, the answers in %s, note %q; want them in %s", got, sum.Output, sum.Note, want)
	}
	if !strings.Contains(readFile(t, want), "answer to b") {
		t.Errorf("%s holds\n%s", want, readFile(t, want))
	}
}

func TestOutputIsNotTheInputUnlessInPlace(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	link := filepath.Join(g.dir, "link.csv")
	if err := os.Symlink("q.csv", link); err != nil {
		t.Fatal(err)
	}
	before := folderFiles(t, g.dir)
	for _, out := range []string{g.input, filepath.Join(g.dir, ".", "q.csv"), link} {
		_, err := g.try(t, overwrite, func(r *Run) { r.Settings.Output = out })
		wantUsage(t, err, "--in-place")
	}
	wantFiles(t, g.dir, before)
}

func TestJournalIsNeitherInputNorOutput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	before := folderFiles(t, g.dir)
	for name, change := range map[string]func(*Run){
		"journal = input":  func(r *Run) { r.Journal = r.Input },
		"output = journal": func(r *Run) { r.Settings.Output = spec.JournalPath(r.Input) },
		"output = lock":    func(r *Run) { r.Settings.Output = spec.JournalPath(r.Input) + ".lock" },
	} {
		_, err := g.try(t, overwrite, change, func(r *Run) { r.Settings.Format = "csv" })
		t.Log(name)
		wantUsage(t, err, "--journal")
		wantFiles(t, g.dir, before)
	}
}

func TestOutputTakesTheModeOfTheInput(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*Run){func(*Run) {}, inPlace} {
		for _, mode := range []os.FileMode{0o600, 0o664, 0o640} {
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
