package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// moods are the services that chaos has.
var moods = map[string]string{
	"flaky": "500=0.03,502-html=0.02,503-in-200=0.01,reset-before=0.03,reset-in=0.02,slow:300ms=0.05,429=0.05,oauth-500=0.2,models-500=#1",
	"storm": "503=1s..3s,429=0.3&1s..8s,429:1=0.05,oauth-429=0.3,oauth-503=2s..3s,revoked=0.002,reset-before=4s..5s,504=0.02",
	"nasty": "truncated=0.03,not-json=0.02,reset-after=0.02,reset-in=0.02,empty-choices=0.02,empty-content=0.02,empty-object=0.01,reasoned=0.01," +
		"no-finish=0.01,blacklist=0.02,422=0.02,413=0.005,length=0.02,not-utf8=0.02,hang=0.005,goaway=0.01,refused-stream=0.01,login-page=0.01," +
		"oauth-truncated=0.1,oauth-not-json=0.1",
}

// TestChaos runs tables over services in several bad moods. As many rows come out as went in, each with an answer or the reason why not, the
// summary counts the same, the journal has all that was paid for, and something happens at least every 10 seconds.
func TestChaos(t *testing.T) {
	t.Parallel()
	for mood, faults := range moods {
		t.Run(mood, func(t *testing.T) {
			t.Parallel()
			for seed := range column(1, 10) {
				weather(t, column(500, 2000), sandbox.Options{Seed: uint64(seed + 1), Latency: 10 * time.Millisecond, Jitter: 20 * time.Millisecond, Streams: most}, faults)
			}
		})
	}
}

func weather(t *testing.T, rows int, o sandbox.Options, faults string) {
	t.Helper()
	p := &plant{command: "run q.csv -c 10 --columns completion,error --timeout 2s --json", journal: "q.csv.gigabatch", took: time.Minute}
	w := newWorld(t, newProgram, o, table(rows))
	w.inject(faults)
	began, since, before, silence := time.Now(), time.Now(), int64(0), time.Duration(0)
	out := &strings.Builder{}
	w.out = out
	c, killed := w.killed(p, func() bool {
		if now := w.size(p.journal); now != before {
			before, since = now, time.Now()
		}
		silence = max(silence, time.Since(since))
		return silence > time.Minute
	})
	said, code := c.Stderr.(fmt.Stringer).String(), c.ProcessState.ExitCode()
	where := fmt.Sprintf("seed %d", o.Seed)
	if killed || silence > 10*time.Second {
		t.Errorf("%s: nothing happened for %v\n%s", where, silence, said)
	}
	var sum struct {
		Rows, Completed, Blocked, Skipped, Pending int
		Failed                                     map[string]int
		Twice                                      int64 `json:"may_have_been_paid_twice"`
	}
	if err := json.Unmarshal([]byte(out.String()), &sum); err != nil {
		t.Fatalf("%s: exit code %d, %v\n%s", where, code, err, said)
	}
	failed := 0
	for _, n := range sum.Failed {
		failed += n
	}
	table := w.rows("q.answers.csv")
	states := map[string]int{}
	for i, row := range table {
		if row["prompt"] != fmt.Sprintf("question number %d", i+1) {
			t.Fatalf("%s: row %d is %v", where, i+1, row)
		}
		switch {
		case row["error"] == "pending":
			states["pending"]++
		case row["completion"] == "" && row["error"] == "":
			t.Errorf("%s: row %d has no state", where, i+1)
		case strings.HasPrefix(row["error"], "blocked"):
			states["blocked"]++
		case row["completion"] == "":
			states["failed"]++
		default:
			states["completed"]++
		}
	}
	if len(table) != rows || sum.Rows != rows || sum.Completed != states["completed"] || sum.Blocked != states["blocked"] || failed != states["failed"] ||
		sum.Pending != states["pending"] || sum.Pending > 0 {
		t.Errorf("%s: %d rows of the output have %v; the summary is %+v, of %d", where, len(table), states, sum, rows)
	}
	if want := map[bool]int{true: 3, false: 0}[failed+sum.Blocked > 0]; code != want {
		t.Errorf("%s: exit code %d, want %d\n%s", where, code, want, said)
	}
	w.box.settle(t)
	counts, noted := w.box.Counts(), int64(0)
	for _, r := range records(w.read(p.journal)) {
		if slices.Contains([]string{"completed", "failed", "blocked", "spent", "lost"}, r.state()) {
			noted++
		}
	}
	if counts.Billed > noted {
		t.Errorf("%s: billed %d, and the journal has %d results and lost answers", where, counts.Billed, noted)
	}
	t.Logf("%s: exit code %d, %v, silent for %v at most, %d billed of %d, %d may have been paid twice, in %.1f s", where, code, states,
		silence.Round(time.Millisecond), counts.Billed, counts.BilledPrompts, sum.Twice, time.Since(began).Seconds())
}
