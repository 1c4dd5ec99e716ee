package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat/sandbox"
)

// A server that is killed repeatedly during a run loses no answer that has arrived, and knows how many may have been paid for twice.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	const n, kills, streams = 500, 4, 10
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(n)})
	env := stand(t, "--latency", "0.3", "--streams", fmt.Sprint(streams))
	id, before := "", 0
	for range kills {
		s := serveAt(t, dir, env)
		client := signedIn(t, s)
		if id == "" {
			id = startRun(t, client, s, `{"input":"q.csv"}`)
		} else {
			if state := runOf(t, client, s, id).State; state != "killed" {
				t.Errorf("after the server was killed the run is %q", state)
			}
			do(t, client, s, "/api/runs/"+id+"/continue")
		}
		waitFor(t, client, s, id, func(r runInfo) bool { return r.Completed >= before+20 })
		s.cmd.Process.Kill()
		<-s.done
		came := strings.Count(read(t, filepath.Join(dir, "q.csv.gigabatch")), `"state":"completed"`)
		if came < before+20 {
			t.Errorf("the journal has %d answers, but at least %d were shown", came, before+20)
		}
		before = came
	}
	s := serveAt(t, dir, env)
	client := signedIn(t, s)
	do(t, client, s, "/api/runs/"+id+"/continue")
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	if got := strings.Count(read(t, filepath.Join(dir, "q.csv.gigabatch")), `"state":"completed"`); got != n {
		t.Errorf("%d answers for %d rows", got, n)
	}
	if got := strings.Count(read(t, filepath.Join(dir, "q.answers.csv")), "The prompt was “"); got != n {
		t.Errorf("%d of %d rows have an answer in the output", got, n)
	}
	c := gigabatch(t, "status", "--json", filepath.Join(dir, "q.csv"))
	out, err := c.Output()
	var st struct {
		Twice int `json:"may_have_been_paid_twice"`
	}
	most := mostInFlight(t, read(t, filepath.Join(dir, "q.csv.gigabatch")))
	if jsonErr := json.Unmarshal(out, &st); err != nil || jsonErr != nil || st.Twice < 1 || st.Twice > most {
		t.Errorf("may have been paid twice: %d of at most %d, %v, %v", st.Twice, most, err, jsonErr)
	}
}

// A server that is killed during a trial of several columns loses no answer that has arrived: the run asks the others.
func TestKilledDuringATrial(t *testing.T) {
	t.Parallel()
	const n, streams = 30, 4
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(n)})
	env := stand(t, "--latency", "0.2", "--streams", fmt.Sprint(streams))
	spec := `{"input":"q.csv","columns":[{"completion_column":"a","prompt":"{{prompt}}"},{"completion_column":"b","prompt":"after {{a}}"}]}`
	journal := filepath.Join(dir, "q.csv.gigabatch")
	came := func() int {
		text, err := os.ReadFile(journal)
		if err != nil {
			return 0
		}
		return strings.Count(string(text), `"state":"completed"`)
	}
	before := 0
	for range 2 {
		s := serveAt(t, dir, env)
		client := signedIn(t, s)
		var tried errgroup.Group
		tried.Go(func() error {
			r, err := client.Post(s.base()+"/api/try", "application/json", strings.NewReader(`{"try":`+fmt.Sprint(n)+`,`+spec[1:]))
			if err == nil {
				r.Body.Close()
			}
			return nil // the server is killed
		})
		for before += 15; came() < before; {
			time.Sleep(10 * time.Millisecond) // the server is another process
		}
		s.cmd.Process.Kill()
		<-s.done
		tried.Wait()
		before = came()
	}
	s := serveAt(t, dir, env)
	client := signedIn(t, s)
	id := startRun(t, client, s, spec)
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	if got := came(); got != 2*n {
		t.Errorf("%d answers for two columns of %d rows", got, n)
	}
	if got := strings.Count(read(t, filepath.Join(dir, "q.answers.csv")), "The prompt was “after "); got != n {
		t.Errorf("%d of %d rows have the answer of both columns in the output", got, n)
	}
}

// A server that is killed while a run waits for batches, and started again, goes on with these batches and posts none twice.
func TestPageServerKilledWithOpenBatches(t *testing.T) {
	t.Parallel()
	dir := folder(t, nil, map[string]string{"q.csv": "id,prompt\n" + rows(40)})
	env := stand(t, "--batch-delay", "6s")
	id := ""
	for range 3 {
		s := serveAt(t, dir, env)
		client := signedIn(t, s)
		if id == "" {
			id = startRun(t, client, s, `{"input":"q.csv","via":"batch"}`)
		} else {
			waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "killed" && len(r.Batches) == 1 && r.InBatches == 40 })
			do(t, client, s, "/api/runs/"+id+"/continue")
		}
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "running" && len(r.Batches) == 1 && r.Batches[0].ID != "" })
		s.cmd.Process.Kill()
		<-s.done
	}
	s := serveAt(t, dir, env)
	client := signedIn(t, s)
	do(t, client, s, "/api/runs/"+id+"/continue")
	waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
	if got := answers(t, dir, "q.answers.csv"); got != 40 {
		t.Errorf("%d of 40 rows have an answer in the output", got)
	}
	_, address, _ := strings.Cut(env[0], "=")
	r, err := http.Get(strings.TrimSuffix(address, "/v1") + "/sandbox/counts")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var counts sandbox.Counts
	if err := json.NewDecoder(r.Body).Decode(&counts); err != nil || counts.Batches != 1 || counts.Billed != 40 || counts.BilledTwice != 0 {
		t.Errorf("the service has counted %+v, %v", counts, err)
	}
}

// mostInFlight adds up how many requests each run of a journal may have had in flight, and those whose answers were lost.
func mostInFlight(t *testing.T, journal string) (sum int) {
	t.Helper()
	most := 0
	for line := range strings.Lines(journal) {
		var r struct {
			State string
			N     int
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch r.State {
		case "manifest":
			sum, most = sum+most, 0
		case "flight":
			most = max(most, r.N)
		case "lost":
			sum++
		}
	}
	return sum + most
}

// runInfo is the part of the state of a run that the tests need.
type runInfo struct {
	State     string `json:"state"`
	Completed int    `json:"completed"`
	InBatches int    `json:"in_batches"`
	Batches   []struct {
		ID string `json:"id"`
	} `json:"batches"`
}

func runOf(t *testing.T, c *http.Client, s *served, id string) (r runInfo) {
	t.Helper()
	answer, err := c.Get(s.base() + "/api/runs/" + id)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&r); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", answer.Status, err)
	}
	return r
}

func waitFor(t *testing.T, c *http.Client, s *served, id string, want func(runInfo) bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !want(runOf(t, c, s, id)); time.Sleep(50 * time.Millisecond) { // the server is another process
		if time.Now().After(deadline) {
			t.Fatalf("the run is %+v", runOf(t, c, s, id))
		}
	}
}

func do(t *testing.T, c *http.Client, s *served, path string) {
	t.Helper()
	r, err := c.Post(s.base()+path, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s: %s %s", path, r.Status, body(t, r))
	}
}

// upload sends a file to the page. It returns the name that the server gave it.
func upload(t *testing.T, c *http.Client, s *served, name string, content io.Reader) (string, error) {
	t.Helper()
	r, err := c.Post(s.base()+"/api/files?name="+name, "application/octet-stream", content)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	var up struct{ Name string }
	if err := json.NewDecoder(r.Body).Decode(&up); err != nil || r.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("%s: %w", r.Status, err)
	}
	return up.Name, nil
}

// begun is the beginning of an upload that is larger than what systems buffer between two processes.
var begun = "prompt\n" + strings.Repeat("a row that has arrived\n", 1<<20)

// Two servers over one folder and another program use one name: nothing is replaced, and each file is whole.
func TestTwoServersReceiveOneName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	slow, fast := serve(t, dir, "--sandbox"), serve(t, dir, "--sandbox")
	client, other := signedIn(t, slow), signedIn(t, fast)
	content, feed := io.Pipe()
	var uploading errgroup.Group
	uploading.Go(func() error {
		name, err := upload(t, client, slow, "q.csv", content)
		if name != "q (3).csv" {
			t.Errorf("the slow upload is %q", name)
		}
		return err
	})
	io.WriteString(feed, begun)
	if name, err := upload(t, other, fast, "q.csv", strings.NewReader("prompt\nfast\n")); err != nil || name != "q.csv" {
		t.Errorf("the fast upload is %q, error %v", name, err)
	}
	write(t, filepath.Join(dir, "q (2).csv"), "prompt\nof another program\n")
	io.WriteString(feed, "the end\n")
	feed.Close()
	if err := uploading.Wait(); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"q.csv": "prompt\nfast\n", "q (2).csv": "prompt\nof another program\n", "q (3).csv": begun + "the end\n"} {
		if got := read(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s has %d bytes, want %d", name, len(got), len(want))
		}
	}
}

// A server that is killed in the middle of an upload leaves nothing of it.
func TestKilledDuringAnUpload(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has files without a name")
	}
	dir := t.TempDir()
	s := serve(t, dir, "--sandbox")
	client := signedIn(t, s)
	content, feed := io.Pipe()
	var uploading errgroup.Group
	uploading.Go(func() error {
		if name, err := upload(t, client, s, "q.csv", content); err == nil {
			return fmt.Errorf("the upload became %s", name)
		}
		return nil
	})
	io.WriteString(feed, begun)
	s.cmd.Process.Kill()
	<-s.done
	feed.Close()
	if err := uploading.Wait(); err != nil {
		t.Error(err)
	}
	there, err := os.ReadDir(dir)
	if err != nil || len(there) != 0 {
		t.Errorf("after the kill there is %v, error %v", there, err)
	}
}

// An upload, its journal and its answers are readable by those whom the umask allows.
func TestUmask(t *testing.T) {
	t.Parallel()
	for umask, want := range map[string]os.FileMode{"077": 0o600, "027": 0o640, "002": 0o664} {
		dir := t.TempDir()
		c := gigabatch(t, "serve", "--sandbox", "--dir", dir, "--listen", "127.0.0.1:0")
		c.Args = append([]string{"sh", "-c", "umask " + umask + `; exec "$0" "$@"`, c.Path}, c.Args[1:]...)
		c.Path = "/bin/sh"
		s := serveBy(t, dir, c)
		client := signedIn(t, s)
		if _, err := upload(t, client, s, "q.csv", strings.NewReader("prompt\nx\n")); err != nil {
			t.Fatal(err)
		}
		id := startRun(t, client, s, `{"input":"q.csv"}`)
		waitFor(t, client, s, id, func(r runInfo) bool { return r.State == "completed" })
		for name, want := range map[string]os.FileMode{"q.csv": want, "q.sandbox.csv": want, "q.csv.gigabatch": 0o600} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
			} else if info.Mode() != want {
				t.Errorf("umask %s: %s has the mode %v, want %v", umask, name, info.Mode(), want)
			}
		}
	}
}
