package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// newDocuments creates a rig with a folder of files. All files but .txt and .md are uploaded.
func newDocuments(t *testing.T, files map[string]string) (*rig, *fakeStore) {
	t.Helper()
	g := newRig(t, "summaries.csv", "")
	if err := os.Remove(g.input); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		name = filepath.Join(g.dir, "docs", name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		jobstest.WriteFile(t, name, text)
	}
	store := &fakeStore{}
	g.store = store
	return g, store
}

func (g *rig) documents(prompt string) func(*Job) {
	return func(r *Job) {
		r.Settings.Documents, r.Settings.Prompt, r.Settings.Output = []string{filepath.Join(g.dir, "docs")}, prompt, g.input
	}
}

// idsOf returns the ids of the files that a request attaches.
func idsOf(r *gigachat.ChatRequest) []string {
	var all []string
	for _, m := range r.Messages {
		var ids []string
		if raw := m.Fields["attachments"]; raw != nil && json.Unmarshal(raw, &ids) == nil {
			all = append(all, ids...)
		}
	}
	return all
}

// describing answers with the texts of the files that the request attaches.
func describing(s *fakeStore) func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	return func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		text := prompt
		for _, id := range idsOf(r) {
			if s.text(id) == "" {
				return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindNotFound, Status: 404, Message: "No such file"}
			}
			text += "+" + s.text(id)
		}
		return answer(text), nil
	}
}

func TestDocumentsAreRows(t *testing.T) {
	t.Parallel()
	g, s := newDocuments(t, map[string]string{"a.md": "text A", "b.pdf": "PDF B", "sub/c.docx": "PDF B", "sub/d.txt": "", "e.png": "PNG E"})
	g.AnswerFunc = describing(s)
	sum := g.run(t, g.documents("Sum up."))
	if text := jobstest.ReadFile(t, g.input); !strings.Contains(text, "Sum up.\n\ntext A") || !strings.Contains(text, "Sum up.+PDF B") || !strings.Contains(text, "Sum up.+PNG E") {
		t.Errorf("the output is\n%s", text)
	}
	if sum.Completed != 4 || sum.Skipped != 1 || g.plan.Files != 2 {
		t.Errorf("completed %d, skipped %d, %d files planned", sum.Completed, sum.Skipped, g.plan.Files)
	}
	if s.uploads != 2 || len(s.texts()) != 0 || sum.FilesLeft != 0 {
		t.Errorf("%d uploads, %q left at the service, %d reported", s.uploads, s.texts(), sum.FilesLeft)
	}
	if again := g.run(t, g.documents("Sum up.")); again.Requests != 0 || s.uploads != 2 || g.connects != 1 {
		t.Errorf("again: %d requests, %d uploads, %d connects", again.Requests, s.uploads, g.connects)
	}
	if err := os.Rename(filepath.Join(g.dir, "docs/b.pdf"), filepath.Join(g.dir, "docs/renamed.pdf")); err != nil {
		t.Fatal(err)
	}
	if moved := g.run(t, g.documents("Sum up.")); moved.Requests != 0 || !strings.Contains(jobstest.ReadFile(t, g.input), "renamed") {
		t.Errorf("a renamed file asked %d requests", moved.Requests)
	}
}

// Files that a killed run has stored at the service are used by the next run and then deleted.
func TestFilesOfAKilledRunAreUsedAndDeleted(t *testing.T) {
	t.Parallel()
	g, s := newDocuments(t, map[string]string{"a.pdf": "A", "b.pdf": "B"})
	ctx, kill := context.WithCancel(t.Context())
	g.AnswerFunc = func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if s.text(idsOf(r)[0]) == "B" {
			kill()
			<-ctx.Done()
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindCanceled}
		}
		return answer("of A"), nil
	}
	s.DeleteFunc = func(string) error { return &gigachat.Error{Op: "files", Kind: gigachat.KindNetwork} }
	if _, err := g.new(g.documents("?")).Run(ctx, nil); err == nil {
		t.Fatal("the run was not stopped")
	}
	s.DeleteFunc = nil
	if len(s.texts()) != 2 {
		t.Fatalf("the service has %q, want both files", s.texts())
	}
	g.AnswerFunc = describing(s)
	if sum := g.run(t, g.documents("?")); sum.Requests > 2 || sum.Completed != 2 {
		t.Errorf("%d requests, %d completed", sum.Requests, sum.Completed)
	}
	if s.uploads != 2 || len(s.texts()) != 0 {
		t.Errorf("%d uploads in all, %q left; want 2 and none", s.uploads, s.texts())
	}
}

// Files left at the service are deleted even if there is nothing to ask.
func TestFilesLeftAreDeletedByTheNextRun(t *testing.T) {
	t.Parallel()
	g, s := newDocuments(t, map[string]string{"a.pdf": "A"})
	g.AnswerFunc = describing(s)
	s.DeleteFunc = func(string) error { return &gigachat.Error{Op: "files", Kind: gigachat.KindNetwork} }
	if sum := g.run(t, g.documents("?")); sum.FilesLeft != 1 {
		t.Errorf("%d files reported as left, want 1", sum.FilesLeft)
	}
	s.DeleteFunc = nil
	if sum := g.run(t, g.documents("?")); sum.FilesLeft != 0 || len(s.texts()) != 0 || sum.Requests != 0 {
		t.Errorf("then %d left, %q there, %d requests", sum.FilesLeft, s.texts(), sum.Requests)
	}
	if g.run(t, g.documents("?")); g.connects != 2 {
		t.Errorf("%d connects, want none if nothing is left", g.connects)
	}
}

// A file that the service has lost is stored again.
func TestLostFileIsStoredAgain(t *testing.T) {
	t.Parallel()
	g, s := newDocuments(t, map[string]string{"a.pdf": "A"})
	var once sync.Once
	g.AnswerFunc = func(prompt string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		once.Do(func() { s.lose(idsOf(r)[0]) })
		return describing(s)(prompt, r)
	}
	sum := g.run(t, g.documents("?"), func(r *Job) { r.Limits.MaxAttempts = 3 })
	if sum.Completed != 1 || s.uploads != 2 || len(s.texts()) != 0 {
		t.Errorf("completed %d, %d uploads, %q left", sum.Completed, s.uploads, s.texts())
	}
}

func TestUploadThatIsRefusedFailsItsRowsOnly(t *testing.T) {
	t.Parallel()
	g, s := newDocuments(t, map[string]string{"a.pdf": "A", "b.pdf": "B", "c.pdf": "A"})
	g.AnswerFunc = describing(s)
	s.UploadFunc = func(u gigachat.Upload) error {
		if u.Size == 1 && u.Name != "b.pdf" {
			return &gigachat.Error{Op: "files", Kind: gigachat.KindRejected, Status: 422, Message: "not a PDF"}
		}
		return nil
	}
	sum := g.run(t, g.documents("?"))
	if sum.Completed != 1 || sum.Failed[task.CauseRejected] != 2 || len(s.texts()) != 0 {
		t.Errorf("completed %d, failed %v, %q left", sum.Completed, sum.Failed, s.texts())
	}
}

// The same content is stored once, however many rows need it at the same time.
func TestContentIsStoredOnce(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 40 {
		files[fmt.Sprintf("%d.pdf", i)] = "same"
	}
	g, s := newDocuments(t, files)
	g.AnswerFunc = describing(s)
	if sum := g.run(t, g.documents("{{name}}?")); sum.Completed != 40 || s.uploads != 1 {
		t.Errorf("completed %d, %d uploads", sum.Completed, s.uploads)
	}
}

func attachColumn(name string) func(*Job) {
	return func(r *Job) { r.Settings.Attach, r.Settings.Prompt = name, "{{id}} ?" }
}

func TestAttachColumn(t *testing.T) {
	t.Parallel()
	g, s := newDocuments(t, map[string]string{"a.pdf": "A", "b.png": "B", "c; d.pdf": "C"})
	g.input = filepath.Join(g.dir, "q.csv")
	g.write(t, "id,file\n1,docs/a.pdf\n2,docs/a.pdf;docs/b.png\n3,docs/c; d.pdf\n4,\n5,"+filepath.Join(g.dir, "docs/b.png")+"\n")
	g.AnswerFunc = describing(s)
	sum := g.run(t, attachColumn("file"))
	want := "id,file,completion,finish_reason,error\n1,docs/a.pdf,1 ?+A,stop,\n2,docs/a.pdf;docs/b.png,2 ?+A+B,stop,\n3,docs/c; d.pdf,3 ?+C,stop,\n4,,4 ?,stop,\n5," +
		filepath.Join(g.dir, "docs/b.png") + ",5 ?+B,stop,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	if s.uploads != 3 || len(s.texts()) != 0 || sum.Completed != 5 {
		t.Errorf("%d uploads, %q left, completed %d", s.uploads, s.texts(), sum.Completed)
	}
	jobstest.WriteFile(t, filepath.Join(g.dir, "docs/a.pdf"), "A2")
	if sum := g.run(t, attachColumn("file")); sum.Requests != 2 {
		t.Errorf("a changed file asked %d requests, want the 2 rows that have it", sum.Requests)
	}
}

func TestHostilePathsSendNothing(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"../secret.pdf", "docs/../../secret.pdf", "/etc/passwd", "/proc/self/environ", "docs/out.pdf", "docs/outdir/secret.pdf", "docs/a.pdf\x00.png",
		"docs", ".", "docs/none.pdf", "docs/a.pdf;../secret.pdf", "docs/a.exe", "docs/empty.pdf", "docs/a.pdf;docs/b.pdf", `["docs/a.pdf","../secret.pdf"]`,
	} {
		g, s := newDocuments(t, map[string]string{"a.pdf": "A", "b.pdf": "B", "a.exe": "MZ", "empty.pdf": ""})
		top := t.TempDir()
		jobstest.WriteFile(t, filepath.Join(top, "secret.pdf"), "secret")
		inner := filepath.Join(top, "in")
		if err := os.Rename(g.dir, inner); err != nil {
			t.Fatal(err)
		}
		g.dir, g.input = inner, filepath.Join(inner, "q.jsonl")
		for link, to := range map[string]string{"docs/out.pdf": "../../secret.pdf", "docs/outdir": "../.."} {
			if err := os.Symlink(to, filepath.Join(inner, link)); err != nil {
				t.Fatal(err)
			}
		}
		line, err := json.Marshal(map[string]string{"id": "2", "file": path})
		if err != nil {
			t.Fatal(err)
		}
		g.write(t, `{"id":"1","file":"docs/a.pdf"}`+"\n"+string(line)+"\n")
		_, err = g.try(t, attachColumn("file"))
		if err == nil || !strings.Contains(err.Error(), "q.jsonl:2: ") || g.connects != 0 || s.uploads != 0 {
			t.Errorf("%q: error %v, %d connects, %d uploads; want a refusal of line 2", path, err, g.connects, s.uploads)
		}
	}
}

// Many files are deleted side by side, each is reported, and a service that refuses because too much is under way gets time. Sequentially it would
// take longer than Clear waits.
func TestFilesAreDeletedSideBySide(t *testing.T) {
	t.Parallel()
	const n = 600
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("%d.pdf", i)] = fmt.Sprint("content ", i)
	}
	g, s := newDocuments(t, files)
	g.AnswerFunc = describing(s)
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most, refused, told := 0, 0, 0, 0
		s.DeleteFunc = func(string) error {
			mu.Lock()
			now++
			most = max(most, now)
			first := refused == 0
			refused++
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			now--
			if first {
				return &gigachat.Error{Op: "files", Kind: gigachat.KindRateLimited, Status: 429}
			}
			return nil
		}
		sum := g.run(t, g.documents("?"), func(j *Job) {
			j.Deleted = func(int, int) {
				mu.Lock()
				defer mu.Unlock()
				told++
			}
		})
		if sum.FilesLeft != 0 || len(s.texts()) != 0 || told != n || most < 2 || most > 8 {
			t.Errorf("%d files left, %d there, %d told, at most %d at once", sum.FilesLeft, len(s.texts()), told, most)
		}
	})
}
