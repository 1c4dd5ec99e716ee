package control

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gigabatch/internal/io/usersocket"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short returns a folder whose path is short enough for a socket, whatever the test is called.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// fake is a run that notes what it is asked.
type fake struct {
	mu  sync.Mutex // guards got
	got []Request
}

func (f *fake) do(r Request) (*Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, r)
	if r.Do == Budget && r.Budget > cost.Ruble {
		return nil, &Refusal{messages.Sprintf("the table has no rows"), messages.Sprintf("use one of them")}
	}
	st := Observe(task.Snapshot{Load: task.Load{Paused: r.Do == Pause, Elapsed: 90 * time.Second}}, false)
	st.Input = "q.csv"
	return st, nil
}

// serve serves a run of a journal in a folder below dir.
func serve(t *testing.T, journal string, do Handler, folders ...string) *Server {
	t.Helper()
	s, err := Serve(journal, folders, do)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestAsk(t *testing.T) {
	t.Parallel()
	dir := short(t)
	run := &fake{}
	journal, folder := filepath.Join(dir, "q.csv.gigabatch"), filepath.Join(dir, "run")
	if _, err := Ask(journal, []string{folder}, Request{Do: Show}, patience); !errors.Is(err, ErrNobody) {
		t.Errorf("before the run: got %v", err)
	}
	s := serve(t, journal, run.do, folder)
	if info, err := os.Lstat(s.path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, error %v", info.Mode(), err)
	}
	if info, err := os.Stat(folder); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, error %v", info.Mode(), err)
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			st, err := Ask(journal, []string{filepath.Join(dir, "none"), folder}, Request{Do: Pause, N: 7}, patience)
			if err != nil || st.State != task.RunPaused || st.Elapsed != 90*time.Second || st.Input != "q.csv" {
				t.Errorf("got %+v, error %v", st, err)
			}
		})
	}
	group.Wait()
	if len(run.got) != 20 || run.got[0] != (Request{Version: Version, Do: Pause, N: 7}) {
		t.Errorf("the run got %d requests, %+v", len(run.got), run.got[0])
	}
	_, err := Ask(journal, []string{folder}, Request{Do: Budget, Budget: 5 * cost.Ruble}, patience)
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok || refusal.Error() != "the table has no rows" || refusal.Hint.String() != "use one of them" ||
		(messages.Printer{Language: messages.Russian}).Text(refusal.Message()) == refusal.Error() {
		t.Errorf("got %v, want the refusal in both languages", err)
	}
	if _, err := Ask(filepath.Join(dir, "other.gigabatch"), []string{folder}, Request{Do: Show}, patience); !errors.Is(err, ErrNobody) {
		t.Errorf("another journal: got %v", err)
	}
	s.Close()
	if _, err := os.Lstat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the run has left %s, error %v", folder, err)
	}
	if _, err := Ask(journal, []string{folder}, Request{Do: Show}, patience); !errors.Is(err, ErrNobody) {
		t.Errorf("after the run: got %v", err)
	}
}

// Every path to a journal leads to its run.
func TestPathsToAJournal(t *testing.T) {
	t.Parallel()
	dir := short(t)
	folder := filepath.Join(dir, "run")
	for _, name := range []string{"data", "elsewhere"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("data", filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	serve(t, filepath.Join(dir, "data", "j"), (&fake{}).do, folder)
	for _, path := range []string{"data/j", "link/j", "link/../data/./j"} {
		if _, err := Ask(dir+"/"+path, []string{folder}, Request{Do: Show}, patience); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "j"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../data/j", filepath.Join(dir, "elsewhere", "k")); err != nil {
		t.Fatal(err)
	}
	if _, err := Ask(filepath.Join(dir, "elsewhere", "k"), []string{folder}, Request{Do: Show}, patience); err != nil {
		t.Errorf("a link to the journal: %v", err)
	}
}

// A socket on which nobody listens is replaced, and those of other killed runs are removed. One that answers is never replaced.
func TestStaleSockets(t *testing.T) {
	t.Parallel()
	dir := short(t)
	journal, folder := filepath.Join(dir, "j"), filepath.Join(dir, "run")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	name, err := nameOf(journal)
	if err != nil {
		t.Fatal(err)
	}
	for _, socket := range []string{name, strings.Repeat("0", len(name))} { // as a killed process leaves them
		l, err := usersocket.Listen(filepath.Join(folder, socket), true)
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
	first := &fake{}
	serve(t, journal, first.do, folder)
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 || left[0].Name() != name {
		t.Errorf("the folder has %v, error %v", left, err)
	}
	if second, err := Serve(journal, []string{folder, filepath.Join(dir, "other")}, (&fake{}).do); !errors.Is(err, errLive) {
		t.Errorf("a second run of the journal: got %v, error %v", second, err)
	}
	if _, err := Ask(journal, []string{folder}, Request{Do: Show}, patience); err != nil || len(first.got) != 1 {
		t.Errorf("the first run got %d requests, error %v", len(first.got), err)
	}
}

// A folder that others can open, a link, a file and a path that is too long are not used, by the run and by who asks.
func TestFolders(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("folders have no modes")
	}
	dir := short(t)
	journal := filepath.Join(dir, "j")
	for name, mode := range map[string]os.FileMode{"open": 0o755, "group": 0o770, "real": 0o700} {
		if err := os.Mkdir(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	bad := []string{
		filepath.Join(dir, "open"), filepath.Join(dir, "group"), filepath.Join(dir, "link"), filepath.Join(dir, "file"),
		filepath.Join(dir, "absent", "run"), filepath.Join(dir, strings.Repeat("long", 30)),
	}
	if s, err := Serve(journal, bad, (&fake{}).do); err == nil {
		t.Errorf("the socket is %s", s.path)
		s.Close()
	}
	for _, folder := range bad {
		if _, err := usersocket.Path(folder, "x", true); err == nil {
			t.Errorf("%s is used", folder)
		}
	}
	good := filepath.Join(dir, "good")
	s := serve(t, journal, (&fake{}).do, append(bad, good)...)
	if filepath.Dir(s.path) != good {
		t.Errorf("the socket is %s", s.path)
	}
	if _, err := Ask(journal, append(bad, good), Request{Do: Show}, patience); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(good, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := Ask(journal, []string{good}, Request{Do: Show}, patience); !errors.Is(err, ErrNobody) {
		t.Errorf("a folder that was opened to others: got %v", err)
	}
}

// When a user logs out, the runtime folder is removed, and the socket moves to the next folder.
func TestFolderDisappears(t *testing.T) {
	t.Parallel()
	dir := short(t)
	journal, session, home := filepath.Join(dir, "j"), filepath.Join(dir, "session"), filepath.Join(dir, "home")
	if err := os.Mkdir(session, 0o700); err != nil {
		t.Fatal(err)
	}
	folders := []string{filepath.Join(session, "run"), home}
	s := serve(t, journal, (&fake{}).do, folders...)
	if err := os.RemoveAll(session); err != nil {
		t.Fatal(err)
	}
	if _, err := Ask(journal, folders, Request{Do: Show}, patience); !errors.Is(err, ErrNobody) {
		t.Fatalf("got %v", err)
	}
	s.look()
	if _, err := Ask(journal, folders, Request{Do: Show}, patience); err != nil || filepath.Dir(s.path) != home {
		t.Errorf("the socket is %s, error %v", s.path, err)
	}
}

// What is no request is refused or ignored, and neither it nor a silent client keeps the run from answering others and from ending.
func TestOddClients(t *testing.T) {
	t.Parallel()
	dir := short(t)
	journal, folder := filepath.Join(dir, "j"), filepath.Join(dir, "run")
	run := &fake{}
	s := serve(t, journal, run.do, folder)
	dial := func() net.Conn {
		t.Helper()
		c, err := usersocket.Dial(s.path, patience)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	silent := dial()
	for text, want := range map[string]string{
		"hello\n":                                 "the request is not readable",
		"{\"do\":\"pause\"}\n":                    "another version of the protocol (1, not 0)",
		"{\"version\":2,\"do\":\"pause\"}\n":      "another version of the protocol (1, not 2)",
		strings.Repeat("x", maxRequest+1) + "\n":  "the line is too long",
		strings.Repeat(" ", maxRequest-1) + "\n{": "the request is not readable",
	} {
		c := dial()
		go func() { _, _ = c.Write([]byte(text)) }() // the run may close the connection before it has read everything
		var a answer
		line, err := bufio.NewReader(c).ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &a)
		}
		if err != nil || !strings.Contains(a.Error.String(), want) {
			t.Errorf("%.40q: got %q, error %v; want %s", text, a.Error, err, want)
		}
	}
	dial().Close()
	if _, err := Ask(journal, []string{folder}, Request{Do: Show}, patience); err != nil || len(run.got) != 1 {
		t.Errorf("the run got %d requests, error %v", len(run.got), err)
	}
	began := time.Now()
	s.Close()
	if took := time.Since(began); took > patience/2 {
		t.Errorf("a silent client kept the run for %v", took)
	}
	if _, err := silent.Read(make([]byte, 1)); err != nil {
		t.Logf("the silent client: %v", err)
	}
}

// A run that does not answer, as one that is stopped with SIGSTOP, does not keep who asks.
func TestRunThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	dir := short(t)
	goOn := make(chan struct{})
	serve(t, filepath.Join(dir, "j"), func(Request) (*Status, error) {
		<-goOn
		return &Status{}, nil
	}, filepath.Join(dir, "run"))
	_, err := Ask(filepath.Join(dir, "j"), []string{filepath.Join(dir, "run")}, Request{Do: Show}, 50*time.Millisecond)
	close(goOn)
	if err == nil || errors.Is(err, ErrNobody) || !strings.Contains(err.Error(), "the run did not answer within 50ms") {
		t.Errorf("got %v", err)
	}
}
