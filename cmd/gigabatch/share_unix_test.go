//go:build unix

package main

import (
	"strings"
	"testing"
	"time"
)

// shares starts a second run, of another input, beside the run of r, with the same key.
func (r *steered) shares(rows int, args ...string) *process {
	r.t.Helper()
	r.write("other.csv", strings.ReplaceAll(string(manyRows(rows)), "q", "other q"))
	second, err := startProcess(r.command(append([]string{"run", "other.csv"}, args...)...))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(second.kill)
	return second
}

// untilSays runs ctl until it says something about a run.
func (r *steered) untilSays(run *process, says string, args ...string) {
	r.t.Helper()
	for end := time.Now().Add(patience); ; {
		got := r.program.run(append([]string{"ctl"}, args...)...)
		if got.code == 0 && strings.Contains(got.out, says) {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("never says %q: exit code %d\n%s%s\nthe run says:\n%s", says, got.code, got.out, got.errors, run.err.String())
		}
	}
}

// Two runs with one key have no more requests in flight than one alone, take turns, and need one token.
func TestRunsShareTheKey(t *testing.T) {
	t.Parallel()
	r, second := startShared(t, 11, "hold=1", 30, 40)
	r.untilSays(second, "0 (limit auto, now ", "other.csv", "status")
	r.stand.release()
	r.ended(0, "written")
	if code, err := second.finish(); code != 0 || err != nil {
		t.Errorf("the second run: exit code %d, %v\n%s", code, err, second.err.String())
	}
	if c := r.stand.box.Counts(); c.Billed != 70 || c.Tokens != 1 {
		t.Errorf("%d billed, %d tokens", c.Billed, c.Tokens)
	}
}

// When one of two runs that share is killed, the other one gets what it had.
func TestKilledRunShares(t *testing.T) {
	t.Parallel()
	r, second := startShared(t, 10, "latency=1s", 300, 120)
	r.run.kill()
	if code, err := second.finish(); code != 0 || err != nil {
		t.Errorf("the second run: exit code %d, %v\n%s", code, err, second.err.String())
	}
	if c := r.stand.box.Counts(); c.BilledPrompts < 120 || c.BilledTwice > 0 || c.Tokens != 1 {
		t.Errorf("%d billed, %d tokens", c.Billed, c.Tokens)
	}
}

// startShared starts two runs of some rows that share the key of a stand, and returns when the first has been admitted so often and each knows of
// the other.
func startShared(t *testing.T, admitted int, option string, first, second int) (*steered, *process) {
	t.Helper()
	s := openStand(t, "streams=10", option)
	p := newProgram(t, append(s.env(), "XDG_RUNTIME_DIR="+t.TempDir(), "GIGACHAT_SCOPE=GIGACHAT_API_CORP")...)
	p.write("q.csv", string(manyRows(first)))
	r := &steered{program: p, stand: s}
	r.start(admitted, "run", "q.csv")
	other := r.shares(second)
	r.untilSays(other, "shared with  run q.csv (process ", "other.csv", "status")
	r.untilSays(r.run, "shared with  run other.csv (process ", "q.csv", "status")
	return r, other
}

// Without sharing, each run asks for its own token, and finds the quota by refusals alone.
func TestRunsShareNothing(t *testing.T) {
	t.Parallel()
	r := startSteered(t, 12, 6, openStand(t, "streams=10", "hold=1"), "--no-share")
	second := r.shares(5, "--no-share", "-c", "5")
	if err := r.stand.await(11); err != nil {
		t.Fatal(err)
	}
	r.ends(0, "written")
	if code, err := second.finish(); code != 0 || err != nil {
		t.Errorf("the second run: exit code %d, %v\n%s", code, err, second.err.String())
	}
	if c := r.stand.box.Counts(); c.Billed != 17 || c.Tokens != 2 {
		t.Errorf("%d billed, %d tokens", c.Billed, c.Tokens)
	}
}

// Two shards of an input name each other, and who asks for a run of the whole input learns which command is for which shard.
func TestCtlShards(t *testing.T) {
	t.Parallel()
	r := startSteered(t, 60, 5, openStand(t, "streams=10", "hold=5"), "--shard", "1/2")
	second, err := startProcess(r.command("run", "q.csv", "-c", "5", "--shard", "2/2"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.kill)
	r.untilSays(second, "shared with  run q.csv --shard 1/2 (process ", "q.csv", "status", "--journal", "q.csv.2-of-2.gigabatch")
	r.untilSays(r.run, "shared with  run q.csv --shard 2/2 (process ", "q.csv", "status", "--journal", "q.csv.1-of-2.gigabatch")
	r.ctl(1, "q.csv: no run of the whole input is in progress; runs of shards are: 1/2, 2/2", "q.csv", "status")
	r.ctl(1, "gigabatch ctl q.csv pause --journal q.csv.1-of-2.gigabatch; gigabatch ctl q.csv pause --journal q.csv.2-of-2.gigabatch", "q.csv", "pause")
	r.ends(0, "shard 1/2 is done")
	if code, err := second.finish(); code != 0 || err != nil {
		t.Errorf("the second shard: exit code %d, %v\n%s", code, err, second.err.String())
	}
}
