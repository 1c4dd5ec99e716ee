package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gigabatch/internal/jobs/control"
)

// steered is a run in progress that a test steers.
type steered struct {
	*program
	stand *stand
	run   *process
}

// startSteered starts a run of n rows with 5 requests at once, and returns when the sandbox has admitted that many completions.
func startSteered(t *testing.T, n, admitted int, s *stand, args ...string) *steered {
	t.Helper()
	p := newProgram(t, append(s.env(), "XDG_RUNTIME_DIR="+t.TempDir())...)
	p.write("q.csv", string(manyRows(n)))
	r := &steered{program: p, stand: s}
	r.start(admitted, append([]string{"run", "q.csv", "-c", "5"}, args...)...)
	return r
}

func (r *steered) start(admitted int, args ...string) {
	r.t.Helper()
	var err error
	if r.run, err = startProcess(r.command(args...)); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.run.kill)
	if err := r.stand.await(admitted); err != nil {
		r.t.Fatalf("%v\n%s", err, r.run.err.String())
	}
}

// ctl steers the run of an input and checks the exit code and what it says.
func (r *steered) ctl(code int, says string, args ...string) {
	r.t.Helper()
	got := r.program.run(append([]string{"ctl"}, args...)...)
	if got.code != code || !strings.Contains(got.out+got.errors, says) {
		r.t.Errorf("%s: exit code %d, want %d and %q\n%s%s", args, got.code, code, says, got.out, got.errors)
	}
}

// until asks for the state of the run until it is as wanted.
func (r *steered) until(what string, want func(*control.Status) bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); ; {
		got := r.program.run("ctl", "q.csv", "status", "--json")
		var st control.Status
		err := json.Unmarshal([]byte(got.out), &st)
		if err == nil && got.code == 0 && want(&st) {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("never %s: exit code %d, error %v\n%s%s", what, got.code, err, got.out, got.errors)
		}
	}
}

// ends releases the completions that are held back, and checks the end of the run.
func (r *steered) ends(code int, says string) {
	r.t.Helper()
	r.stand.release()
	r.ended(code, says)
}

// ended waits for the end of the run without the answers that are held back.
func (r *steered) ended(code int, says string) {
	r.t.Helper()
	if got, err := r.run.finish(); err != nil || got != code || !strings.Contains(r.run.err.String(), says) {
		r.t.Errorf("exit code %d (%v), want %d and %q\n%s", got, err, code, says, r.run.err.String())
	}
}

func (r *steered) billed(want int64) {
	r.t.Helper()
	if got := r.stand.box.Counts().Billed; got != want {
		r.t.Errorf("%d completions, want %d", got, want)
	}
}

// A paused run sends nothing until it is resumed, and then as many requests at once as it was told.
func TestCtlPause(t *testing.T) {
	t.Parallel()
	r := startSteered(t, 60, 25, openStand(t, "streams=10", "hold=20"))
	r.ctl(0, "20 of 60 requests", "q.csv", "status")
	r.ctl(0, "5 (limit 5, now 5)", "q.csv", "status")
	r.ctl(0, "paused", "q.csv", "pause")
	r.ctl(0, "is paused (process ", "q.csv", "status")
	r.stand.release()
	r.until("paused with nothing under way", func(s *control.Status) bool { return s.Done == 25 && s.InFlight == 0 })
	r.ctl(0, "at most 2 requests at once", "q.csv", "concurrency", "2")
	r.until("limited to 2", func(s *control.Status) bool { return s.Max == 2 && s.Done == 25 && s.State == "paused" })
	r.billed(25)
	r.ctl(0, "resumed", "q.csv", "resume")
	r.ends(0, "note: another process paused the run")
	r.billed(60)
	r.ctl(1, "q.csv: no run is in progress", "q.csv", "status")
}

// More requests at once start as soon as they are allowed.
func TestCtlConcurrency(t *testing.T) {
	t.Parallel()
	r := startSteered(t, 60, 25, openStand(t, "streams=30", "hold=20"))
	r.ctl(0, "at most 9 requests at once", "q.csv", "concurrency", "9")
	if err := r.stand.await(29); err != nil {
		t.Fatal(err)
	}
	r.ctl(0, "found automatically", "q.csv", "concurrency", "auto")
	r.until("automatic", func(s *control.Status) bool { return s.Max == 0 && s.Concurrency == 1 }) // as a personal key has it
	r.ends(0, "")
	r.billed(60)
}

// A drain ends the run like Ctrl-C: requests under way are awaited, and the output is written. A second one, or a Ctrl-C of a user who does
// not know of it, does not make it worse than that.
func TestCtlDrain(t *testing.T) {
	t.Parallel()
	for _, second := range []string{"drain", "Ctrl-C"} {
		t.Run(second, func(t *testing.T) {
			t.Parallel()
			r := startSteered(t, 60, 25, openStand(t, "streams=10", "hold=20"))
			r.ctl(0, "the run stops", "q.csv", "drain")
			if err := r.run.saw(regexp.MustCompile("stopping: waiting for answers under way")); err != nil {
				t.Fatal(err)
			}
			r.until("stopping", func(s *control.Status) bool { return s.State == control.Stopping })
			if second == "drain" {
				r.ctl(0, "the run stops", "q.csv", "drain")
				r.ends(130, "25 rows completed, 35 pending")
				r.billed(25)
				return
			}
			if err := r.run.cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			r.ended(130, "stopped at once")
			r.stand.release()
			if got := r.program.run("run", "q.csv"); got.code != 0 {
				t.Errorf("exit code %d\n%s", got.code, got.errors)
			}
		})
	}
}

// A budget that is lower than what was spent ends the run at the next request; what is under way is received.
func TestCtlLowerBudget(t *testing.T) {
	t.Parallel()
	r := startSteered(t, 60, 25, openStand(t, "streams=10", "hold=20"), "--max-tokens", "300")
	r.ctl(0, "the budget of the run is 0.01 ₽", "q.csv", "budget", "0,01")
	r.until("a budget", func(s *control.Status) bool { return s.Budget.Cost.Rubles() == 0.01 && s.Spent.Budget == s.Budget.Cost })
	r.ends(4, "the budget of 0.01 ₽ is used up")
	r.billed(25)
	if got := r.program.run("run", "q.csv", "--max-tokens", "300"); got.code != 0 {
		t.Errorf("exit code %d\n%s", got.code, got.errors)
	}
	r.billed(60)
}

// A higher budget lets requests start that wait for one.
func TestCtlHigherBudget(t *testing.T) {
	t.Parallel()
	s := openStand(t, "streams=10", "hold=20")
	r := startSteered(t, 60, 21, s, "--max-tokens", "300", "--max-cost", "0.1")
	r.until("waiting for the budget", func(s *control.Status) bool { return s.Done == 20 && s.InFlight < 5 })
	r.ctl(0, "the budget of the run is 10.00 ₽", "q.csv", "budget", "10")
	if err := s.await(25); err != nil {
		t.Fatal(err)
	}
	r.ends(0, "another process set the budget to 10.00 ₽")
	r.billed(60)
}

// A budget is refused where it could not be kept, and the run goes on.
func TestCtlBudgetThatCannotBeKept(t *testing.T) {
	t.Parallel()
	r := startSteered(t, 40, 25, openStand(t, "streams=10", "hold=20"))
	r.ctl(1, "nothing limits the length of a completion", "q.csv", "budget", "100")
	r.ends(0, "")
	r.billed(40)
}

// Each journal has a run of its own to steer.
func TestCtlTwoRuns(t *testing.T) {
	t.Parallel()
	r := startSteered(t, 60, 25, openStand(t, "streams=30", "hold=20"))
	r.write("other.csv", string(manyRows(30)))
	if err := os.MkdirAll(r.dir+"/kept", 0o700); err != nil {
		t.Fatal(err)
	}
	one := r.run
	r.start(30, "run", "other.csv", "--journal", "kept/o.gigabatch", "-c", "5")
	other := r.run
	r.ctl(0, "paused", "q.csv", "pause")
	r.ctl(0, "is running", "other.csv", "status", "--journal", "kept/o.gigabatch")
	r.ctl(1, "other.csv: no run is in progress", "other.csv", "status")
	r.run = other
	r.ends(0, "30 rows completed")
	r.ctl(0, "is paused", "q.csv", "status")
	r.ctl(0, "resumed", "q.csv", "resume")
	r.run = one
	r.ends(0, "60 rows completed")
}

// A killed run leaves its socket; the next run of the journal answers there.
func TestCtlAfterKill(t *testing.T) {
	t.Parallel()
	s := openStand(t, "streams=10", "hold=20")
	r := startSteered(t, 60, 25, s)
	r.run.kill()
	r.ctl(1, "q.csv: no run is in progress", "q.csv", "status")
	r.start(26, "run", "q.csv", "-c", "5")
	r.until("in progress", func(s *control.Status) bool { return s.PID == r.run.cmd.Process.Pid })
	r.ends(0, "60 rows completed")
	if strings.Contains(r.run.err.String(), "cannot steer") {
		t.Error(r.run.err.String())
	}
}

// A run goes on where no socket can be made, and says so.
func TestCtlWithoutSocket(t *testing.T) {
	t.Parallel()
	s := openStand(t, "streams=10", "hold=20")
	p := newProgram(t, append(s.env(), "TMPDIR="+t.TempDir()+strings.Repeat("/a", 60))...)
	if err := os.MkdirAll(strings.TrimPrefix(p.env[len(p.env)-1], "TMPDIR="), 0o700); err != nil {
		t.Fatal(err)
	}
	p.write("q.csv", string(manyRows(40)))
	r := &steered{program: p, stand: s}
	r.start(25, "run", "q.csv", "-c", "5")
	r.ctl(1, "a run is in progress, but it does not answer", "q.csv", "status")
	r.ends(0, "note: other processes cannot steer this run")
}

// Commands that make no sense are refused before anything is asked.
func TestCtlUsage(t *testing.T) {
	p := newProgram(t)
	for line, want := range map[string]string{
		"":                          "the input of a run and a command are needed",
		"q.csv":                     "the input of a run and a command are needed",
		"pause q.csv":               "the input comes before the command",
		"q.csv stop":                `unknown command "stop"`,
		"q.csv puase":               "did you mean pause?",
		"q.csv concurrency":         "concurrency needs a value",
		"q.csv concurrency 0":       "must be a number from 1 to 256, or auto",
		"q.csv concurrency 257":     "must be a number from 1 to 256, or auto",
		"q.csv budget":              "budget needs a value",
		"q.csv budget 0":            "must be a number of rubles above 0",
		"q.csv budget much":         "must be a number of rubles above 0",
		"q.csv budget NaN":          "must be a number of rubles above 0",
		"q.csv budget 1e300":        "must be a number of rubles above 0",
		"q.csv status now":          `unexpected argument "now"`,
		"q.csv concurrency 3 pause": `unexpected argument "pause"`,
		"- status":                  "standard input was not kept",
	} {
		got := p.runHere(append([]string{"ctl"}, strings.Fields(line)...)...)
		if got.code != 2 || !strings.Contains(got.errors, want) {
			t.Errorf("ctl %s: exit code %d, want 2 and %q\n%s", line, got.code, want, got.errors)
		}
	}
	if got := p.runHere("ctl", "absent.csv", "status"); got.code != 1 || !strings.Contains(got.errors, "absent.csv: no run is in progress") {
		t.Errorf("exit code %d\n%s", got.code, got.errors)
	}
}

// A run that waits for batches lists them, posts none while it is paused, and leaves them to the next run when it is drained.
func TestCtlBatches(t *testing.T) {
	t.Parallel()
	r := startSteered(t, 60, 0, openStand(t, "batch-delay=1h"), "--via", "batch", "--batch-lines", "25", "--max-tokens", "300")
	r.until("waiting for batches", func(s *control.Status) bool {
		return len(s.Batches) == 3 && s.Batches[2].Status == "created" && s.Batches[2].Lines == 10 && s.State == "running"
	})
	r.ctl(0, "created, 0 of 25 lines, posted ", "q.csv", "status")
	if got := r.program.run("ctl", "q.csv", "status"); strings.Contains(got.out, "at once") || strings.Count(got.out, "\nbatch ") != 3 {
		t.Errorf("status says\n%s", got.out)
	}
	r.ctl(0, "пакет", "q.csv", "status", "--lang", "ru")
	r.ctl(0, "paused", "q.csv", "pause")
	r.until("paused with open batches", func(s *control.Status) bool { return s.State == "paused" && len(s.Batches) == 3 })
	r.ctl(0, "the budget of the run is 900 ₽", "q.csv", "budget", "900")
	r.ctl(0, "the run stops", "q.csv", "drain")
	r.ends(130, "3 batches with 60 requests are at the service")
	if n := r.stand.box.Counts(); n.Billed != 0 || n.Batches != 3 {
		t.Errorf("%d completions in %d batches", n.Billed, n.Batches)
	}
}
