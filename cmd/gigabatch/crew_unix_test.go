//go:build unix

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// crewed is a run whose requests a worker sends, with the server in the process of the run.
type crewed struct {
	*steered
	worker *process
}

// startCrew starts a run with five requests at once and a worker, and returns when the sandbox has admitted that many requests.
func startCrew(t *testing.T, s *stand, admitted int, args ...string) *crewed {
	t.Helper()
	p := newProgram(t, append(s.env(), "XDG_RUNTIME_DIR="+t.TempDir())...)
	p.write("q.csv", string(manyRows(20)))
	k := &crewed{steered: &steered{program: p, stand: s}}
	var err error
	if k.run, err = startProcess(p.command(append(args, "-c", "5", "--hub", "127.0.0.1:0")...)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.run.kill)
	at := regexp.MustCompile(`gigabatch worker (nats://\S+)`)
	if err := k.run.saw(at); err != nil {
		t.Fatal(err)
	}
	if k.worker, err = startProcess(p.command("worker", at.FindStringSubmatch(k.run.err.String())[1])); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.worker.kill)
	if err := s.await(admitted); err != nil {
		t.Fatalf("%v\n%s\nthe worker: %s", err, k.run.err.String(), k.worker.err.String())
	}
	return k
}

// eventually waits until a file matches a pattern.
func (p *program) eventually(name, pattern string) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) { // another process writes it
		text, _ := os.ReadFile(p.dir + "/" + name)
		if regexp.MustCompile(pattern).Match(text) {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s never matches %s:\n%s", name, pattern, text)
		}
	}
}

// TestWorkersSeen shows the workers of a run in ctl, status and the metrics, which have them no longer after the run.
func TestWorkersSeen(t *testing.T) {
	t.Parallel()
	k := startCrew(t, openStand(t, "streams=10", "hold=3"), 8, "run", "q.csv", "--metrics-file", "m.prom")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	worker := regexp.MustCompile(`workers +worker \S+ \(process \d+ on ` + regexp.QuoteMeta(host) + `\): 5 at once, \d+ a minute`)
	k.untilSays(k.run, "5 at once, ", "q.csv", "status")
	if got := k.program.run("ctl", "q.csv", "status"); !worker.MatchString(got.out) {
		t.Errorf("ctl does not show the worker:\n%s", got.out)
	}
	got := k.program.run("ctl", "q.csv", "status", "--json")
	if !regexp.MustCompile(`"what": "worker",\s+"version": "[^"]+",\s+"in_flight": 5,\s+("rate": \d+,\s+)?"seen": "20`).MatchString(got.out) {
		t.Errorf("the JSON of ctl does not have the worker:\n%s", got.out)
	}
	k.eventually("m.prom", `gigabatch_worker_in_flight\{host="`+regexp.QuoteMeta(host)+`",input="q.csv",sandbox="false",worker="`+regexp.QuoteMeta(host)+`/\d+"\} 5\n`)
	k.eventually("q.csv.gigabatch", `"in_flight":5,("rate":\d+,)?"seen"`)
	if got := k.program.run("status", "q.csv"); !worker.MatchString(got.out) {
		t.Errorf("status does not show the worker:\n%s", got.out)
	}
	k.ends(0, "20 rows")
	made, err := os.ReadFile(k.dir + "/m.prom")
	if err != nil || !strings.Contains(string(made), "gigabatch_last_run_exit_code") || strings.Contains(string(made), "gigabatch_worker_") {
		t.Errorf("after the run, %v, the metrics are\n%s", err, made)
	}
	if got := k.program.run("status", "q.csv"); strings.Contains(got.out, "worker") {
		t.Errorf("after the run, status shows a worker:\n%s", got.out)
	}
}
