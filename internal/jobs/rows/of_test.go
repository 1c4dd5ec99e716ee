package rows

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// manifest returns what a job of the rig would ask, without a run.
func (g *rig) manifest(change ...func(*jobs.Job)) *journal.Manifest {
	return &journal.Manifest{Input: filepath.Base(g.input), Settings: g.job(change...).Settings}
}

// viewOf opens a view and waits until all rows are read.
func (g *rig) viewOf(t *testing.T, of Of) *View {
	t.Helper()
	of.Journal = g.journal()
	v, err := OpenOf(of)
	if err != nil {
		t.Fatalf("OpenOf: %v", err)
	}
	t.Cleanup(v.Close)
	g.wholeRows(t, v, Query{})
	return v
}

// A table that was never asked is shown as a draft would ask it. The answers of the first run appear in the same view, for prompts that lead
// to further tasks as for others.
func TestViewOfATableThatWasNeverAsked(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*jobs.Job){"text": func(*jobs.Job) {}, "choices": choices("good", "bad")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "id,prompt\n1,one\n2,two\n")
			g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) { return answer("good"), nil }
			v := g.viewOf(t, Of{Manifest: g.manifest(form)})
			if got := told(g.wholeRows(t, v, Query{})); got != "0:pending one>|1:pending two>" {
				t.Errorf("rows %s", got)
			}
			if files, err := os.ReadDir(filepath.Dir(g.input)); err != nil || len(files) != 1 {
				t.Errorf("the view has made files: %v, %v", files, err)
			}
			before := v.Version()
			g.run(t, form)
			const want = "0:completed one>good|1:completed two>good"
			for deadline := time.Now().Add(10 * time.Second); told(g.wholeRows(t, v, Query{})) != want; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("rows %s", told(g.wholeRows(t, v, Query{})))
				}
			}
			if v.Version() <= before {
				t.Errorf("version %d after %d", v.Version(), before)
			}
			g.edit(t, v, 1, "", "bad", false)
			if got := told(g.wholeRows(t, v, Query{})); !strings.HasSuffix(got, ">bad") {
				t.Errorf("after an edit: %s", got)
			}
		})
	}
}

// A view of a version shows that version whatever is asked later, also if a fresh run of another version begins.
func TestViewOfAVersion(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*jobs.Job){"text": func(*jobs.Job) {}, "choices": choices("old", "new")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "text\na\nb\n")
			g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				word, _, _ := strings.Cut(p, " ")
				return answer(word), nil
			}
			g.run(t, form, withPrompt("old {{text}}"))
			if _, _, err := g.job(form, withPrompt("new {{text}}")).Preview(t.Context(), nil, 1); err != nil {
				t.Fatal(err)
			}
			g.run(t, form, withPrompt("new {{text}}"), func(j *jobs.Job) { j.Fresh = true })
			var all []*journal.Manifest
			if err := journal.Manifests(g.journal(), func(m *journal.Manifest) { all = append(all, m) }); err != nil || len(all) != 3 || !all[1].Preview {
				t.Fatalf("manifests %+v, %v", all, err)
			}
			for i, want := range []string{"0:completed old a>old|1:completed old b>old", "", "0:completed new a>new|1:completed new b>new"} {
				if i == 1 {
					want = "0:completed new a>new|1:completed new b>new"
					all[i].Settings.Selection = spec.Selection{}
				}
				v := g.viewOf(t, Of{Manifest: all[i]})
				if got := told(g.wholeRows(t, v, Query{})); got != want {
					t.Errorf("manifest %d: rows %s, want %s", i, got, want)
				}
				g.run(t, form, withPrompt("other {{text}}"), func(j *jobs.Job) { j.Fresh = true })
				if got := told(g.wholeRows(t, v, Query{})); got != want {
					t.Errorf("manifest %d after another run: rows %s, want %s", i, got, want)
				}
			}
		})
	}
}

// A bare view has the input alone, as the options read it.
func TestBareView(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "about;this\nid;text\n1;one\n2;two\n")
	m := g.manifest(func(j *jobs.Job) { j.Settings.Options = table.Options{HeaderRow: 2} })
	v := g.viewOf(t, Of{Manifest: m, Bare: true})
	w := g.wholeRows(t, v, Query{})
	text, err := json.Marshal(w.Rows)
	const want = `[{"index":0,"line":3,"values":["1","one"],"cells":null},{"index":1,"line":4,"values":["2","two"],"cells":null}]`
	if err != nil || string(text) != want || strings.Join(v.Columns(), " ") != "id text" || v.Answers() != nil {
		t.Errorf("rows %s of %v, %v, %v", text, v.Columns(), v.Answers(), err)
	}
	if n, ended, err := v.Known(); n != 2 || !ended || err != nil {
		t.Errorf("Known() = %d, %t, %v", n, ended, err)
	}
	if c, err := v.Counts(); err != nil || c.Rows != 2 || !c.Complete {
		t.Errorf("Counts() = %+v, %v", c, err)
	}
	if err := v.Edit(t.Context(), 0, Change{Text: "x"}); err == nil {
		t.Error("a row without answers was edited")
	}
}

// A view says what its completion columns are.
func TestAnswers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n")
	v := g.viewOf(t, Of{Manifest: g.manifest(fourColumns)})
	var got []string
	for _, a := range v.Answers() {
		got = append(got, a.Name+" "+a.Kind+" "+strings.Join(a.Fields, "+"))
	}
	if got := strings.Join(got, ","); got != "reply text ,mood choices ,facts fields city,short text " {
		t.Errorf("Answers() = %q", got)
	}
}

// A view of a manifest reads nothing outside its folder.
func TestManifestOutsideTheFolder(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\none\n")
	v, err := OpenOf(Of{Journal: g.journal(), Dir: t.TempDir(), Manifest: g.manifest()})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Rows(0, 1, Query{}); err == nil || !strings.Contains(err.Error(), "outside the folder") {
		t.Errorf("Rows: %v", err)
	}
}
