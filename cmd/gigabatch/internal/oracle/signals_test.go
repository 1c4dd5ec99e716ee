package oracle

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// TestSignals sends signals to runs at random moments. After the first one, a run ends within --grace and keeps every answer that was
// billed; a second one ends it at once. The exit code is that of the signal, and the same command completes the table.
func TestSignals(t *testing.T) {
	t.Parallel()
	const grace = 2 * time.Second
	service := sandbox.Options{Latency: 40 * time.Millisecond, Jitter: 20 * time.Millisecond, Streams: most}
	all := []*plant{
		{name: "table", files: table(200), service: service, command: "run q.csv -c 10 --grace 2s", journal: "q.csv.gigabatch"},
		{name: "in place", files: table(200), service: service, command: "run q.csv --in-place -c 10 --grace 2s", journal: "q.csv.gigabatch"},
		{name: "columns", files: table(50) + jobOfFour, service: service, command: "run job.yaml -c 10 --grace 2s", journal: "q.csv.gigabatch"},
		{
			name: "slow answers", files: table(200), service: service, command: "run q.csv -c 10 --grace 2s", journal: "q.csv.gigabatch",
			faults: "hang=0.05&once",
		},
	}
	for i, p := range all {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.prepare(t)
			codes, longest := map[string]int{}, time.Duration(0)
			for n := i; n < column(len(all), 100); n += len(all) {
				w := p.world(t)
				w.inject(p.faults)
				random := rand.New(rand.NewPCG(18, uint64(n)))
				signals := []os.Signal{[]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}[random.IntN(3)]}
				if n/len(all)%4 == 3 {
					signals = append(signals, syscall.SIGTERM)
				}
				where := fmt.Sprintf("seed %d: %v", n, signals)
				r, took := w.signalled(p, int64(random.IntN(int(p.billed))), signals)
				longest = max(longest, took)
				codes[fmt.Sprint(r.code)]++
				w.box.settle(t)
				c, had := w.box.Counts(), int64(len(kept(w.read(p.journal))))
				lost := c.Billed - had
				want := []int{128 + int(signals[0].(syscall.Signal))}
				if had == p.billed {
					want = append(want, 0) // the signal came when all was asked
				}
				if !slices.Contains(want, r.code) {
					t.Errorf("%s: exit code %d, want one of %d\n%s", where, r.code, want, r.errors)
				}
				if most := grace + 3*time.Second; took > most { // the machine may be busy
					t.Errorf("%s: it took %v to end, want at most %v\n%s", where, took, most, r.errors)
				}
				if lost > 0 && len(signals) == 1 && p.faults == "" {
					t.Errorf("%s: %d answers were billed and not kept\n%s", where, lost, r.errors)
				}
				w.inject("")
				p.resume(t, where, w, int(lost))
			}
			t.Logf("exit codes %v, the end took at most %v", codes, longest)
		})
	}
}

// signalled starts a run and sends it signals once that many completions are billed. It returns how long the run took to end after the last
// one.
func (w *world) signalled(p *plant, billed int64, signals []os.Signal) (r ran, took time.Duration) {
	w.t.Helper()
	c := w.command(nil, words(p.command)...)
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	kill := time.AfterFunc(patience, func() { c.Process.Kill() })
	defer kill.Stop()
	for asks := true; asks && w.box.Counts().Billed <= billed; {
		select {
		case <-time.After(time.Millisecond): // the run is another process
		case <-ended:
			asks = false
		}
	}
	c.Process.Signal(signals[0])
	sent := time.Now()
	if len(signals) > 1 {
		select {
		case <-time.After(30 * time.Millisecond):
		case <-ended:
		}
		c.Process.Signal(signals[1])
	}
	<-ended
	return ran{c.ProcessState.ExitCode(), "", said.String()}, time.Since(sent)
}
