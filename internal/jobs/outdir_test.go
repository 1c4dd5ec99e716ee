package jobs

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

func outDirOf(g *rig) func(*Job) {
	return func(r *Job) { r.Settings.OutDir, r.Settings.Output = filepath.Join(g.dir, "out"), "" }
}

func outFiles(t *testing.T, g *rig) map[string]string {
	t.Helper()
	all := map[string]string{}
	top := filepath.Join(g.dir, "out")
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[filepath.ToSlash(strings.TrimPrefix(path, top+string(filepath.Separator)))] = jobstest.ReadFile(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestOutDirHasAFileForEachRow(t *testing.T) {
	t.Parallel()
	g, s := newDocuments(t, map[string]string{"a.md": "A", "sub/a.md": "B", "c.pdf": "C", "empty.txt": ""})
	g.AnswerFunc = describing(s)
	sum := g.run(t, g.documents("?"), outDirOf(g))
	want := map[string]string{"a.md": "?\n\nA\n", "sub/a.md": "?\n\nB\n", "c.md": "?+C\n"}
	if got := outFiles(t, g); !maps.Equal(got, want) || sum.FilesWritten != 3 {
		t.Errorf("the folder has %q, %d written", got, sum.FilesWritten)
	}
	if again := g.run(t, g.documents("?"), outDirOf(g)); again.FilesWritten != 0 || again.Requests != 0 {
		t.Errorf("again: %d files written, %d requests", again.FilesWritten, again.Requests)
	}
	jobstest.WriteFile(t, filepath.Join(g.dir, "docs/a.md"), "A2")
	if err := os.Truncate(filepath.Join(g.dir, "docs/sub/a.md"), 0); err != nil {
		t.Fatal(err)
	}
	g.run(t, g.documents("?"), outDirOf(g))
	if got := outFiles(t, g); got["a.md"] != "?\n\nA2\n" || got["sub/a.md"] != "" {
		t.Errorf("after a change the folder has %q", got)
	}
}

func TestOutDirReplacesNothingOfTheUsers(t *testing.T) {
	t.Parallel()
	g, s := newDocuments(t, map[string]string{"a.md": "A", "b.md": "B"})
	g.AnswerFunc = describing(s)
	mine := filepath.Join(g.dir, "out", "b.md")
	if err := os.MkdirAll(filepath.Dir(mine), 0o755); err != nil {
		t.Fatal(err)
	}
	jobstest.WriteFile(t, mine, "mine")
	_, err := g.try(t, g.documents("?"), outDirOf(g))
	if err == nil || !strings.Contains(err.Error(), "already exists, and its content is not what this journal last wrote") || g.connects != 0 {
		t.Errorf("error %v after %d connects", err, g.connects)
	}
	g.run(t, g.documents("?"), outDirOf(g), overwrite)
	if got := jobstest.ReadFile(t, mine); got != "?\n\nB\n" {
		t.Errorf("with --overwrite: %q", got)
	}
	jobstest.WriteFile(t, mine, "mine again")
	if _, err := g.try(t, g.documents("?"), outDirOf(g)); err == nil {
		t.Error("a file that was edited since was replaced")
	}
	here := func(r *Job) { r.Settings.OutDir, r.Settings.Output = filepath.Join(g.dir, "docs"), "" }
	if _, err := g.try(t, g.documents("?"), here); err == nil || !strings.Contains(err.Error(), "the document is inside the output folder") {
		t.Errorf("writing over the documents: %v", err)
	}
	among := func(r *Job) { r.Settings.OutDir, r.Settings.Output = filepath.Join(g.dir, "docs", "answers"), "" }
	g.takeAsked()
	if _, err := g.try(t, g.documents("?"), among); err == nil || !strings.Contains(err.Error(), "is inside the folder of the documents") {
		t.Errorf("writing among the documents: %v", err)
	}
	g.wantAsked(t, "")
}

func TestOutNames(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n7,a\n../x,b\na/b:c?,c\n,d\n")
	g.run(t, outDirOf(g), func(r *Job) { r.Settings.OutName, r.Settings.Prompt = "{{id}}", "{{prompt}}" })
	if got := slices.Sorted(maps.Keys(outFiles(t, g))); !slices.Equal(got, []string{"7.md", "a/b_c_.md", "row-5.md", "x.md"}) {
		t.Errorf("names %q", got)
	}
	twice := newRig(t, "q.csv", "id,prompt\nA,x\na,y\n")
	_, err := twice.try(t, outDirOf(twice), func(r *Job) { r.Settings.OutName, r.Settings.Prompt = "{{id}}", "{{prompt}}" })
	if err == nil || !strings.Contains(err.Error(), "q.csv:3: the file a.md already belongs to row 2") || twice.connects != 0 {
		t.Errorf("two rows with one name: %v", err)
	}
}

// The folder is made, and what its names need is known, before anything is sent.
func TestOutDirIsMadeBeforeAnythingIsPaid(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n7,a\n8,b\n")
	names := func(j *Job) { j.Settings.OutName, j.Settings.Prompt = "{{id}}", "{{prompt}}" }
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if info, err := os.Stat(filepath.Join(g.dir, "out")); err != nil || !info.IsDir() {
			t.Errorf("the folder was not made before the first request: %v", err)
		}
		return nil, nil
	}
	g.run(t, outDirOf(g), names)
	for _, input := range []string{"id,prompt\nx,a\nx.md/y,b\n", "id,prompt\nX.md/y/z,a\nx,b\n"} {
		clash := newRig(t, "q.csv", input)
		_, err := clash.try(t, outDirOf(clash), names)
		if err == nil || !strings.Contains(err.Error(), "would be a file and a folder at once, because of row 2") || clash.connects != 0 {
			t.Errorf("%q: %v", input, err)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	nowhere := newRig(t, "q.csv", "prompt\na\n")
	before := jobstest.Folder(t, nowhere.dir)
	_, err := nowhere.try(t, func(j *Job) { j.Settings.OutDir, j.Settings.Output = "/proc/gigabatch-out", "" })
	jobstest.WantUsage(t, err, "--out-dir /proc/gigabatch-out cannot be used")
	nowhere.wantAsked(t, "")
	jobstest.WantFolder(t, nowhere.dir, before)
}

// If no table is written, columns of the input never conflict with output columns.
func TestOutDirAloneMindsNoColumns(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt,completion\n1,a,old\n")
	sum := g.run(t, outDirOf(g), withPrompt("{{prompt}}"))
	if got := outFiles(t, g); sum.Completed != 1 || got["row-2.md"] != "answer to a\n" {
		t.Errorf("completed %d, the folder has %q", sum.Completed, got)
	}
}

// A file of an output folder has its answer whole, whatever its length.
func TestOutDirHasLongAnswersWhole(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a long answer ", 5000)
	g := newRig(t, "q.csv", "prompt\na\n")
	g.AnswerFunc = answering(func(string, int) string { return long })
	g.run(t, outDirOf(g))
	if got := outFiles(t, g)["row-2.md"]; got != long+"\n" {
		t.Errorf("the file has %d bytes, want %d", len(got), len(long)+1)
	}
}

// The answers of several columns are sections of one file, without those of cells that ask nothing.
func TestOutDirHasSectionsOfSeveralColumns(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	columns := asks(spec.Column{CompletionColumn: "one", Prompt: "1 {{prompt}}", When: []string{"prompt!=b"}},
		spec.Column{CompletionColumn: "two", Prompt: "2 {{prompt}}"})
	g.run(t, columns, outDirOf(g))
	want := map[string]string{"row-2.md": "## one\n\nanswer to 1 a\n\n## two\n\nanswer to 2 a\n", "row-3.md": "## two\n\nanswer to 2 b\n"}
	if got := outFiles(t, g); !maps.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}
