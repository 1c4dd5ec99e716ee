package board

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/web/board/boardtest"
)

// service answers "re PROMPT". It refuses prompts that begin with "bad", and answers those that begin with "slow" only when goOn allows it.
type service struct {
	goOn chan struct{}

	mu       sync.Mutex // guards all below
	asked    int
	times    map[string]int // how often each prompt was asked
	inFlight int
	widest   int // most requests in flight
}

func (s *service) connect(context.Context, []string) (*jobs.Service, error) {
	return &jobs.Service{Ask: s.ask, Sandbox: true, Start: 4, Max: 10}, nil
}

func (s *service) ask(ctx context.Context, body []byte, _ time.Duration) (*gigachat.ChatResponse, error) {
	text, err := boardtest.Prompt(body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.asked++
	s.times[text]++
	s.inFlight++
	s.widest = max(s.widest, s.inFlight)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight--
	}()
	if strings.HasPrefix(text, "slow") {
		select {
		case <-s.goOn:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return boardtest.Answer(text)
}

func (s *service) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// open opens a board over a folder with files.
func open(t *testing.T, files map[string]string) (*Board, *service) {
	t.Helper()
	return openWith(t, files, func(*Options) {})
}

// openWith is open with other options.
func openWith(t *testing.T, files map[string]string, change func(*Options)) (*Board, *service) {
	t.Helper()
	dir := boardtest.Folder(t, files)
	s := &service{goOn: make(chan struct{}), times: map[string]int{}}
	o := Options{Dir: dir, Sandbox: true, Version: "test", Model: "GigaChat-2", Streams: func() int { return 10 }, Connect: s.connect}
	change(&o)
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b, s
}

func write(t *testing.T, name, content string) {
	t.Helper()
	boardtest.Write(t, name, content)
}

// start starts a run.
func start(t *testing.T, b *Board, s *Spec) string {
	t.Helper()
	id, err := b.Start(t.Context(), s)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return id
}

// Documents go into a folder of their own, whose name is as safe as theirs.
func TestReceiveDocuments(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\none\n"})
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(b.Dir, "link")); err != nil {
		t.Skip("no symbolic links here")
	}
	for _, c := range []struct{ folder, name, want string }{
		{"letters", "a.txt", "letters/a.txt"}, {"letters", "a.txt", "letters/a.txt"}, {"../up", "b.PDF", "up/b.PDF"}, {"a:b", "c.md", "a_b/c.md"},
		{"letters", "../../d.docx", "letters/d.docx"}, {".hidden", "e.txt", "hidden/e.txt"}, {"v1.2", "f.txt", "v1.2/f.txt"},
	} {
		up, err := b.Receive(c.folder, c.name, strings.NewReader("text of "+c.name), 100)
		if err != nil || up.Name != c.want {
			t.Errorf("%q in %q: %+v, %v", c.name, c.folder, up, err)
			continue
		}
		if got := read(t, filepath.Join(b.Dir, filepath.FromSlash(up.Name))); got != "text of "+c.name {
			t.Errorf("%s is %q", up.Name, got)
		}
	}
	for _, c := range []struct{ folder, name string }{{"letters", "t.csv"}, {"letters", "x.exe"}, {"link", "a.txt"}, {"q.csv", "a.txt"}, {"con", "a.txt"}, {"letters", "~$a.docx"}} {
		if up, err := b.Receive(c.folder, c.name, strings.NewReader("x"), 100); err == nil {
			t.Errorf("%q in %q: %+v", c.name, c.folder, up)
		}
	}
	if files, err := os.ReadDir(outside); err != nil || len(files) > 0 {
		t.Errorf("outside there are %v, %v", files, err)
	}
}

// asking returns a completion column with a prompt and the defaults.
func asking(prompt string) Columns { return Columns{{Prompt: prompt}} }

// until waits until a run has a state, as a page does: by the changes that the board reports.
func until(t *testing.T, b *Board, id string, want func(Info) bool) Info {
	t.Helper()
	return within(t, 20*time.Second, b, id, want)
}

// within is until with another patience.
func within(t *testing.T, patience time.Duration, b *Board, id string, want func(Info) bool) Info {
	t.Helper()
	w := b.Watch()
	defer w.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		i, err := b.Run(id)
		if err == nil && want(i) {
			return i
		}
		if _, _, err := w.Next(ctx); err != nil {
			t.Fatalf("the run is %+v", i)
		}
	}
}

func inState(state string) func(Info) bool { return func(i Info) bool { return i.State == state } }

func TestRunFromSpecToDownload(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"sub/q.csv": "id;question\n1;one\n2;two\n3;bad\n4;\n5;one\n"})
	spec := &Spec{Input: "sub/q.csv", Columns: asking("{{question}}")}
	id := start(t, b, spec)
	i := until(t, b, id, inState(Completed))
	if i.Name != "sub/q.csv" || i.Rows != 5 || i.Completed != 3 || i.Failed != 1 || i.Skipped != 1 || i.Pending != 0 || !i.Sandbox || i.Here || i.Live != nil {
		t.Errorf("info %+v", i)
	}
	if i.Output != "sub/q.sandbox.csv" || i.Failures[task.CauseRejected] != 1 || len(i.Columns) != 1 || i.Ended == nil {
		t.Errorf("info %+v", i)
	}
	if s.count() != 3 {
		t.Errorf("%d requests, want 3", s.count())
	}
	x, err := Answers{Board: b}.Export(t.Context(), id, Shown{}, "jsonl")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(x)
	if err != nil || !strings.Contains(string(text), `"completion":"re two"`) || x.Name != "q.sandbox.jsonl" {
		t.Errorf("export %s: %s, %v", x.Name, text, err)
	}
	x.Close()
	if _, err := os.Stat(x.File.Name()); err == nil {
		t.Error("the export was left behind")
	}
	row, err := rowOf(t.Context(), b, id, 1)
	if err != nil || row.Cells[0].Completion != "re two" || row.Inputs[1] != "question" {
		t.Errorf("row %+v, %v", row, err)
	}
	files, _ := b.Files()
	if len(files) != 1 || files[0].Name != "sub/q.csv" || files[0].Run != id {
		t.Errorf("files %+v", files)
	}
}

// A service may turn out to be a sandbox when the first run reaches it: that run says so at once, not only when it has ended.
func TestFirstRunOfASandboxSaysSo(t *testing.T) {
	t.Parallel()
	b, s := openWith(t, map[string]string{"q.csv": "prompt\nslow\n"}, func(o *Options) { o.Sandbox = false })
	id := start(t, b, &Spec{Input: "q.csv"})
	if i := until(t, b, id, func(i Info) bool { return i.State == Running && i.Live.InFlight == 1 }); !i.Sandbox {
		t.Errorf("the run says %+v", i)
	}
	close(s.goOn)
	until(t, b, id, inState(Completed))
}

func TestSteering(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 40)})
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, func(i Info) bool { return i.State == Running && i.Live.InFlight == 4 && i.Here })
	if err := b.Pause(id); err != nil {
		t.Fatal(err)
	}
	close(s.goOn)
	until(t, b, id, func(i Info) bool { return i.State == Paused && i.Live.InFlight == 0 })
	if n := s.count(); n > 10 {
		t.Errorf("%d requests by the pause", n)
	}
	if err := b.SetConcurrency(id, pool.MaxConcurrency+1); err == nil {
		t.Error("a concurrency beyond all bounds was taken")
	}
	if err := b.SetConcurrency(id, 20); err != nil {
		t.Error(err)
	}
	if _, err := b.Start(t.Context(), &Spec{Input: "q.csv"}); !errors.Is(err, ErrBusy) {
		t.Errorf("a second run: %v", err)
	}
	if err := b.Resume(id); err != nil {
		t.Error(err)
	}
	i := until(t, b, id, inState(Completed))
	if i.Completed != 40 || s.count() != 40 {
		t.Errorf("info %+v, %d requests", i, s.count())
	}
	if err := b.Stop(id); !errors.Is(err, ErrOver) {
		t.Errorf("Stop of a run that is over: %v", err)
	}
}

func lines(prefix string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s %d\n", prefix, i)
	}
	return b.String()
}

func TestStopAndContinue(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 30) + "bad\n"})
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, func(i Info) bool { return i.State == Running && i.Live.InFlight == 4 })
	if err := b.Stop(id); err != nil {
		t.Fatal(err)
	}
	until(t, b, id, inState(Stopping))
	close(s.goOn)
	i := until(t, b, id, inState(Interrupted))
	if i.Completed == 0 || i.Pending == 0 || i.Completed+i.Pending != 31 {
		t.Errorf("info %+v", i)
	}
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	i = until(t, b, id, inState(Completed))
	if i.Completed != 30 || i.Failed != 1 || s.count() != 31 {
		t.Errorf("info %+v, %d requests", i, s.count())
	}
	if err := b.Continue(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	until(t, b, id, func(i Info) bool { return i.State == Completed && s.count() == 32 })
}

// A run whose requests all fail alike stops; continuing it asks all rows. Another process knows what ended it.
func TestContinueAfterFailuresAlike(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("bad", 100)})
	id := start(t, b, &Spec{Input: "q.csv"})
	i := until(t, b, id, inState(Failed))
	if i.Failed < 20 || i.Failed+i.Pending != 100 || i.Error == nil || !strings.Contains(i.Error.Error.String(), "failed in the same way") {
		t.Errorf("info %+v", i)
	}
	if i, err := another(t, b).Run(id); err != nil || i.Error == nil || !strings.Contains(i.Error.Error.String(), "failed in the same way") {
		t.Errorf("elsewhere: %+v, %v", i, err)
	}
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	i = until(t, b, id, inState(Completed))
	if i.Failed != 100 || s.count() != 100 {
		t.Errorf("info %+v, %d requests", i, s.count())
	}
}

// A run of another process is watched and cannot be controlled; if the process dies, the run is reported as killed.
func TestRunOfAnotherProcess(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\none\nslow\n"})
	input := filepath.Join(b.Dir, "q.csv")
	drain, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		set := (&Spec{}).Settings(b, input)
		j := &jobs.Job{Input: input, Settings: set, Sandbox: true, Connect: s.connect}
		if _, err := j.Run(t.Context(), drain); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	id := IDOf("q.csv.gigabatch")
	until(t, b, id, func(i Info) bool { return i.State == Running && !i.Here })
	for _, err := range []error{b.Pause(id), b.Stop(id), b.SetConcurrency(id, 2)} {
		if !errors.Is(err, ErrElsewhere) {
			t.Errorf("steering it: %v", err)
		}
	}
	if w, err := rowsOf(b, id, 0, 10, rows.Query{}); err != nil {
		t.Errorf("Rows = %+v, %v", w, err)
	}
	close(s.goOn)
	<-ended
	i := until(t, b, id, inState(Completed))
	if i.Completed != 2 {
		t.Errorf("info %+v", i)
	}
}

// Looking at a run with a form while it is in progress does not change its final counts.
func TestCountsOfALookInTheMiddle(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 60)})
	id := start(t, b, &Spec{Input: "q.csv", Columns: Columns{{Shape: spec.Shape{Schema: []byte(`{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"string"}}}`)}}}})
	until(t, b, id, func(i Info) bool { return i.State == Running && i.Live.InFlight == 4 })
	for range 100 {
		if w, err := rowsOf(b, id, 0, 60, rows.Query{}); err == nil && len(w.Rows) == 60 {
			break
		}
		time.Sleep(10 * time.Millisecond) // reading in the background cannot be observed otherwise
	}
	close(s.goOn)
	i := until(t, b, id, inState(Completed))
	if i.Completed+i.Failed != 60 || i.Pending != 0 {
		t.Errorf("at its end %+v", i)
	}
	i = until(t, b, id, func(i Info) bool { return i.Version > 1 && i.Live == nil })
	if i.Completed+i.Failed != 60 || i.Pending != 0 {
		t.Errorf("after its end %+v", i)
	}
	d, err := b.Detail(id)
	if err != nil || !strings.Contains(string(d.Settings["schema"]), `"b":{"type":"string"},"a"`) {
		t.Errorf("the schema is no longer in its order: %s, %v", d.Settings["schema"], err)
	}
}

func TestDrainEndsRuns(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("slow", 30)})
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, func(i Info) bool { return i.State == Running && i.Live.InFlight == 4 })
	time.AfterFunc(50*time.Millisecond, func() { close(s.goOn) })
	if err := b.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(b.Dir, "q.sandbox.csv")); err != nil {
		t.Errorf("the output: %v", err)
	}
	if _, err := b.Start(t.Context(), &Spec{Input: "q.csv"}); !errors.Is(err, ErrEnding) {
		t.Errorf("a run after the drain: %v", err)
	}
}

func TestReceive(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\none\n"})
	for _, c := range []struct {
		name, content, want string
		existing            bool
	}{
		{"new.csv", "prompt\nx\n", "new.csv", false},
		{"q.csv", "prompt\none\n", "q.csv", true},
		{"q.csv", "prompt\nother\n", "q (2).csv", false},
		{"q.csv", "prompt\nother\n", "q (2).csv", true},
		{"../../etc/passwd.csv", "prompt\nx\n", "passwd.csv", false},
		{`C:\Users\me\отзывы.xlsx`, "PK\x03\x04", "отзывы.xlsx", false},
		{".hidden.csv", "prompt\nx\n", "hidden.csv", false},
		{"a\x00b\n?.csv", "prompt\nx\n", "a_b__.csv", false},
		{"end. .csv", "prompt\nx\n", "end.csv", false},
		{"end.csv . .", "prompt\ny\n", "end (2).csv", false},
		{"control.csv", "prompt\nx\n", "control.csv", false},
		{"com.csv", "prompt\nx\n", "com.csv", false},
		{"my con.csv", "prompt\nx\n", "my con.csv", false},
		{"gpj\u202evsc.csv", "prompt\nx\n", "gpj_vsc.csv", false},
		{strings.Repeat("x", 179) + " ..... .csv", "prompt\nx\n", strings.Repeat("x", 179) + ".csv", false},
		{`a<b>c:d"e|f?g*h.csv`, "prompt\nx\n", "a_b_c_d_e_f_g_h.csv", false},
	} {
		up, err := b.Receive("", c.name, strings.NewReader(c.content), 100)
		if err != nil || up.Name != c.want || up.Existing != c.existing {
			t.Errorf("Receive(%q) = %+v, %v", c.name, up, err)
		}
	}
	before, _ := os.ReadDir(b.Dir)
	for _, name := range []string{
		"", "x", "x.exe", "x.gigabatch", "..", "/", "a.csv/..", "con.csv", "CON .csv", "con. .csv", " Con.csv ", "aux.csv", "prn.tsv", "nul.tar.csv", "nul .x.csv", "com1.xlsx",
		"LPT9.jsonl", "conin$.csv", "CONOUT$.csv", "COM¹.csv", "lpt³.csv", ".con.csv", "folder/aux.csv", "con.csv...", "aux", "nul.txt", "~$q.csv", "dir/~$q.xlsx", ".~lock.q.csv#", ".~lock.q.csv",
	} {
		if up, err := b.Receive("", name, strings.NewReader("prompt\nx\n"), 100); err == nil {
			t.Errorf("Receive(%q) = %+v", name, up)
		}
	}
	if _, err := b.Receive("", "large.csv", strings.NewReader(strings.Repeat("x", 101)), 100); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large file: %v", err)
	}
	if _, err := b.Receive("", "broken.csv", io.MultiReader(strings.NewReader("prompt"), &brokenReader{}), 100); err == nil {
		t.Error("a file that broke off was taken")
	}
	if after, _ := os.ReadDir(b.Dir); len(after) != len(before) {
		t.Errorf("refused files left something: %v", after)
	}
}

// Two files with one name that arrive at the same time get two names, and the slower one does not block the other.
func TestReceiveTwoAtOnce(t *testing.T) {
	t.Parallel()
	b, _ := open(t, nil)
	slow, feed := io.Pipe()
	ended := make(chan *Upload)
	go func() {
		up, err := b.Receive("", "q.csv", slow, 100)
		if err != nil {
			t.Errorf("Receive: %v", err)
		}
		ended <- up
	}()
	io.WriteString(feed, "prompt\n") // the upload is in progress now
	if there, _ := os.ReadDir(b.Dir); runtime.GOOS == "linux" && len(there) != 0 {
		t.Errorf("an upload in progress shows %v, and leaves it if the server is killed", there)
	}
	up, err := b.Receive("", "q.csv", strings.NewReader("prompt\nfast\n"), 100)
	if err != nil || up.Name != "q.csv" {
		t.Errorf("the fast one: %+v, %v", up, err)
	}
	write(t, filepath.Join(b.Dir, "q (2).csv"), "prompt\nof another program\n")
	if err := os.Symlink("nothing.csv", filepath.Join(b.Dir, "q (3).csv")); err != nil {
		t.Skip("no symbolic links here")
	}
	io.WriteString(feed, "slow\n")
	feed.Close()
	if up := <-ended; up.Name != "q (4).csv" {
		t.Errorf("the slow one: %+v", up)
	}
	for name, want := range map[string]string{"q.csv": "fast", "q (2).csv": "of another program", "q (4).csv": "slow"} {
		if text, err := os.ReadFile(filepath.Join(b.Dir, name)); err != nil || string(text) != "prompt\n"+want+"\n" {
			t.Errorf("%s: got %q, error %v", name, text, err)
		}
	}
	if _, err := os.Stat(filepath.Join(b.Dir, "nothing.csv")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an upload followed a link: %v", err)
	}
}

// However many files have a name, another one gets a free name.
func TestReceiveManyOfOneName(t *testing.T) {
	t.Parallel()
	b, _ := open(t, nil)
	for i := range 1200 {
		write(t, filepath.Join(b.Dir, numbered("q.csv", i+1)), "x\n")
	}
	if up, err := b.Receive("", "q.csv", strings.NewReader("prompt\nx\n"), 100); err != nil || up.Name != "q (1201).csv" {
		t.Errorf("got %+v, error %v", up, err)
	}
}

type brokenReader struct{}

func (*brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestNamesOutsideOfTheFolder(t *testing.T) {
	t.Parallel()
	b, _ := open(t, map[string]string{"q.csv": "prompt\none\n"})
	outside := filepath.Join(t.TempDir(), "secret.csv")
	write(t, outside, "prompt\nsecret\n")
	if err := os.Symlink(outside, filepath.Join(b.Dir, "link.csv")); err != nil {
		t.Skip("no symbolic links here")
	}
	for _, name := range []string{outside, "../" + filepath.Base(filepath.Dir(outside)) + "/secret.csv", "link.csv", "/etc/passwd", "..", ".", "", "q.csv\x00", "nothing.csv"} {
		var wrong *spec.UsageError
		if _, err := b.Plan(t.Context(), &Spec{Input: name}); !errors.As(err, &wrong) {
			t.Errorf("Plan(%q): %v", name, err)
		}
		if _, err := b.Start(t.Context(), &Spec{Input: name}); !errors.As(err, &wrong) {
			t.Errorf("Start(%q): %v", name, err)
		}
	}
}

func TestPlanTry(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "id;вопрос;пусто\n1;one;\n2;;\n3;two;\n4;one;\n"})
	column := &Spec{Input: "q.csv", Columns: asking("say {{вопрос}} {{пусто}}")}
	plan, err := b.Plan(t.Context(), column)
	if err != nil || plan.Rows != 4 || plan.Tasks != 2 || plan.Skipped != 1 || plan.Duplicates != 1 || !plan.Guessed || plan.Output != "q.sandbox.csv" || plan.Seconds != assumedSeconds {
		t.Errorf("Plan = %+v, %v", plan, err)
	}
	if s.count() != 0 {
		t.Errorf("%d requests before anything was to be asked", s.count())
	}
	trial, err := b.Try(t.Context(), column, 1)
	if err != nil || trial.Rows != 1 || !slices.Equal(trial.Lines, []int{2}) || trial.Requests != 1 {
		t.Errorf("Try = %+v, %v", trial, err)
	}
	if i, err := b.Run(IDOf("q.csv.gigabatch")); err != nil || i.State != Tried {
		t.Errorf("after a try the run is %+v, %v", i, err)
	}
	plan, err = b.Plan(t.Context(), column)
	if err != nil || plan.Tasks != 1 || plan.Guessed || plan.Estimate.Completion.Likely != 2 || plan.Estimate.CompletionFrom != estimate.FromUsage {
		t.Errorf("Plan = %+v, %v", plan, err)
	}
	until(t, b, start(t, b, column), inState(Completed))
	if s.count() != 2 {
		t.Errorf("%d requests in all, want 2", s.count())
	}
	for _, bad := range []*Spec{
		{Input: "q.csv", Columns: Columns{{Params: spec.Params{Temperature: new(float64), TopP: new(float64)}}}}, {Input: "q.csv", Selected: Selected{Limit: -1}}, {Input: "q.csv", Columns: Columns{{Shape: spec.Shape{Choices: []string{}}}}}, {Input: "q.csv", Columns: Columns{{Shape: spec.Shape{Choices: []string{" "}}}}}, {Input: "q.csv", Columns: Columns{{Params: spec.Params{MaxTokens: new(int)}}}}, {Input: "q.csv", Asking: Asking{Concurrency: 1000}},
	} {
		var wrong *spec.UsageError
		if _, err := b.Plan(t.Context(), bad); !errors.As(err, &wrong) {
			t.Errorf("Plan(%+v): %v", bad, err)
		}
	}
}

// The reasons of failures are known while the run is in progress.
func TestFailuresOfALiveRun(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\nbad 1\nbad 2\n" + lines("slow", 10)})
	id := start(t, b, &Spec{Input: "q.csv"})
	i := until(t, b, id, func(i Info) bool { return i.State == Running && i.Failed == 2 })
	if i.Failures[task.CauseRejected] != 2 {
		t.Errorf("failures %v", i.Failures)
	}
	close(s.goOn)
	until(t, b, id, inState(Completed))
}

// Of the JSON files of a folder, those that begin as an array of objects are tables. A table with a long name is listed with its run.
func TestFilesThatAreTables(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("я", 125) + ".csv"
	b, _ := open(t, map[string]string{"a.json": "\uFEFF[\n {\"prompt\":\"one\"}\n]", "package.json": "{\"name\":1}", "list.json": "[1]", "empty.json": "", long: "prompt\none\n"})
	id := start(t, b, &Spec{Input: long})
	if i := until(t, b, id, inState(Completed)); i.Name != long {
		t.Errorf("info %+v", i)
	}
	files, _ := b.Files()
	slices.SortFunc(files, func(x, y File) int { return strings.Compare(x.Name, y.Name) })
	if len(files) != 2 || files[0].Name != "a.json" || files[1].Name != long || files[1].Run != id {
		t.Errorf("files %+v", files)
	}
}

// A run that ended because a proxy answered instead of the service is continued as it was: it must end again while the proxy answers, and its
// rows stay pending.
func TestContinueBehindAProxy(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "prompt\n" + lines("row", 200)})
	var asked atomic.Int64
	b.Connect = func(context.Context, []string) (*jobs.Service, error) {
		return &jobs.Service{Sandbox: true, Start: 10, Max: 10, Ask: func(context.Context, []byte, time.Duration) (*gigachat.ChatResponse, error) {
			asked.Add(1)
			return nil, &gigachat.Error{Op: "chat", Kind: gigachat.KindIntercepted, Status: 407, Message: "no"}
		}}, nil
	}
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, inState(Failed))
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if i := until(t, b, id, func(i Info) bool { return i.State == Failed && !i.Here }); i.Pending != 200 || i.Error == nil || asked.Load() > 100 {
		t.Errorf("%d requests, %+v", asked.Load(), i)
	}
	b.Connect = s.connect
	if err := b.Continue(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if i := until(t, b, id, inState(Completed)); i.Completed != 200 {
		t.Errorf("%+v", i)
	}
}
