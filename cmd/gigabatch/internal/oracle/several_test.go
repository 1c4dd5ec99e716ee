//go:build unix

package oracle

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// TestSeveralProcesses starts several runs of one table at once. One asks, and the others end with exit code 5 and name its process: also
// while it is stopped. When it is killed, the next one goes on at once, whatever is left of its lock.
func TestSeveralProcesses(t *testing.T) {
	t.Parallel()
	p := &plant{
		name: "table", files: table(60), service: sandbox.Options{Latency: 20 * time.Millisecond, Streams: most},
		command: "run q.csv -c 10", journal: "q.csv.gigabatch",
	}
	p.prepare(t)
	for n := range column(3, 50) {
		random := rand.New(rand.NewPCG(18, uint64(n)))
		w, where := p.world(t), fmt.Sprintf("seed %d", n)
		if n%3 == 2 {
			leaveLock(t, w, p.journal, []string{
				"", strings.Repeat("\x00", 60), "host, process 1, since 2026-11-29 10:00:00\n", "host, process 4194305, since 2026-11-29 10:00:00\n",
			}[random.IntN(4)])
		}
		w.box.hold(5 + random.IntN(20))
		var runs []*shell
		for range 2 + random.IntN(4) {
			runs = append(runs, w.begin(p.command))
		}
		asks := w.onlyOne(where, runs)
		pid := asks.cmd.Process.Pid
		asks.cmd.Process.Signal(syscall.SIGSTOP)
		w.wantLocked(where+", stopped", w.do(p.command), pid)
		if n%2 == 0 {
			asks.cmd.Process.Signal(syscall.SIGCONT)
			w.box.release()
			<-asks.ended
			if code := asks.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("%s: the run that was stopped ends with %d\n%s", where, code, asks.said.String())
			}
			p.check(t, where, w)
		} else {
			asks.cmd.Process.Kill()
			<-asks.ended
			w.box.release()
		}
		p.resume(t, where, w, most)
		if t.Failed() {
			return
		}
	}
}

// leaveLock leaves a lock file that nobody holds.
func leaveLock(t *testing.T, w *world, journal, content string) {
	t.Helper()
	if err := os.WriteFile(w.path(journal+".lock"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// begin starts a command.
func (w *world) begin(command string) *shell {
	w.t.Helper()
	return w.beginBelow(nil, command)
}

// beginBelow starts a command under the command above.
func (w *world) beginBelow(above []string, command string) *shell {
	w.t.Helper()
	x := &shell{cmd: w.command(above, words(command)...), ended: make(chan struct{})}
	x.cmd.Stderr = &x.said
	if err := x.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		x.cmd.Wait()
		close(x.ended)
	}()
	w.t.Cleanup(func() {
		x.cmd.Process.Kill()
		<-x.ended
	})
	return x
}

// onlyOne waits until all runs but one have ended, checks what they say, and returns that one once it waits for an answer.
func (w *world) onlyOne(where string, runs []*shell) (asks *shell) {
	w.t.Helper()
	timeout := time.After(patience)
	for {
		var left []*shell
		for _, x := range runs {
			select {
			case <-x.ended:
			default:
				left = append(left, x)
			}
		}
		if len(left) == 1 {
			asks = left[0]
			break
		}
		select {
		case <-time.After(5 * time.Millisecond): // the runs are other processes
		case <-timeout:
			w.t.Fatalf("%s: %d runs are in progress", where, len(left))
		}
		if len(left) == 0 {
			w.t.Fatalf("%s: no run asks: %s", where, runs[0].said.String())
		}
	}
	for _, x := range runs {
		if x != asks {
			w.wantLocked(where, ran{x.cmd.ProcessState.ExitCode(), "", x.said.String()}, asks.cmd.Process.Pid)
		}
	}
	return asks
}

var holder = regexp.MustCompile(`another run is using this journal \(.*process (\d+), since 20`)

// wantLocked checks that a run has ended because another process has the journal, and has named it.
func (w *world) wantLocked(where string, r ran, pid int) {
	w.t.Helper()
	m := holder.FindStringSubmatch(r.errors)
	if r.code != 5 || m == nil || m[1] != fmt.Sprint(pid) || !strings.Contains(r.errors, "hint: ") {
		w.t.Errorf("%s: exit code %d, want 5 and the process %d\n%s", where, r.code, pid, r.errors)
	}
}
