package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	if got := strings.Count(read(t, filepath.Join(dir, "q.answers.csv")), ",stop,"); got != n {
		t.Errorf("%d of %d rows have an answer in the output", got, n)
	}
	c := gigabatch(t, "status", "--json", filepath.Join(dir, "q.csv"))
	out, err := c.Output()
	var st struct {
		Twice int `json:"may_have_been_paid_twice"`
	}
	const most = kills * 2 * streams // while the quota is not known, twice as many requests may be in flight
	if jsonErr := json.Unmarshal(out, &st); err != nil || jsonErr != nil || st.Twice < 1 || st.Twice > most {
		t.Errorf("may have been paid twice: %d of at most %d, %v, %v", st.Twice, most, err, jsonErr)
	}
}

// runInfo is the part of the state of a run that the tests need.
type runInfo struct {
	State     string `json:"state"`
	Completed int    `json:"completed"`
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
