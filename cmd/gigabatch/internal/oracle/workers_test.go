//go:build unix

package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/spec"
)

// A crew is the processes of a run on several machines.
type crew struct {
	*world
	store   string
	address string // of the server
	server  *exec.Cmd
	workers []*shell
}

// newCrew starts a server.
func newCrew(t *testing.T, o sandbox.Options, rows int) *crew {
	t.Helper()
	k := &crew{world: newWorld(t, newProgram, o, table(rows)), store: t.TempDir(), address: "127.0.0.1:0"}
	k.serve()
	t.Cleanup(func() { k.down() })
	return k
}

// serve starts the server, at the address that it had.
func (k *crew) serve() {
	k.t.Helper()
	for until := time.Now().Add(patience); ; {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "ORACLE_HUB="+k.store, "ORACLE_HUB_ADDRESS="+k.address)
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			k.t.Fatal(err)
		}
		var url string
		if _, err := fmt.Fscanln(out, &url); err == nil {
			k.server, k.address = c, strings.TrimPrefix(url, "nats://")
			return
		}
		c.Wait()
		if time.Now().After(until) {
			k.t.Fatal("the server does not start")
		}
	}
}

// down kills the server.
func (k *crew) down() {
	k.server.Process.Kill()
	k.server.Wait()
}

func (k *crew) work(more string) *shell {
	x := k.begin("worker nats://" + k.address + " " + more)
	k.workers = append(k.workers, x)
	return x
}

func (k *crew) kill(x *shell) {
	x.cmd.Process.Kill()
	<-x.ended
}

// run begins the run.
func (k *crew) start(more string) *shell {
	return k.begin("run q.csv --workers nats://" + k.address + " " + more)
}

// embed begins a run for vectors, of packs of some texts, so that those of a run that follows are others.
func (k *crew) embed(texts int) *shell {
	return k.begin(fmt.Sprintf("embed q.csv --column prompt --pack %d --workers nats://%s", texts, k.address))
}

// await waits until the service has been asked n times.
func (k *crew) await(n int64) {
	k.t.Helper()
	for until := time.Now().Add(patience); k.box.Counts().Chats < n; {
		if time.Now().After(until) {
			k.t.Fatalf("%d requests came, want %d", k.box.Counts().Chats, n)
		}
		time.Sleep(5 * time.Millisecond) // other processes work
	}
}

// end waits for a run, and checks that it has all answers and that the bill is what it says.
func (k *crew) end(where string, x *shell, rows int, exact bool) {
	k.t.Helper()
	select {
	case <-x.ended:
	case <-time.After(3 * patience):
		for _, w := range k.workers {
			k.t.Logf("worker: %s", w.said.String())
		}
		k.t.Fatalf("%s: the run does not end\n%s", where, x.said.String())
	}
	if code := x.cmd.ProcessState.ExitCode(); code != 0 {
		k.t.Errorf("%s: exit code %d\n%s", where, code, x.said.String())
	}
	if n := k.answered(k.t, "q.answers.csv"); n != rows {
		k.t.Errorf("%s: %d answers, want %d\n%s", where, n, rows, x.said.String())
	}
	c := k.box.Counts()
	twice := c.Billed - int64(rows)
	if said := paidTwice(x.said.String()); twice > said || exact && (twice != 0 || said != 0) {
		k.t.Errorf("%s: %d completions were paid twice, and the summary says %d\n%s", where, twice, said, x.said.String())
	}
	k.t.Logf("%s: %d billed for %d rows, said %d, %d refused, %d at once, %d tokens", where, c.Billed, rows, paidTwice(x.said.String()), c.Refused, c.MaxStreams, c.Tokens)
}

// TestWorkers has two workers send the requests of a run: each row once, over the quota of one process, with one token. On a busy machine, more
// requests are refused; so another key is asked the same by a run of its own, at the same time.
func TestWorkers(t *testing.T) {
	t.Parallel()
	o := sandbox.Options{Latency: 100 * time.Millisecond, Streams: 10}
	k, alone := newCrew(t, o, 400), newCrew(t, o, 400)
	k.work("")
	k.work("")
	x, one := k.start(""), alone.begin("run q.csv")
	k.end("two workers", x, 400, true)
	alone.end("one run", one, 400, true)
	c, limit := k.box.Counts(), 12+alone.box.Counts().Refused
	if c.Refused > limit || c.MaxStreams > 10 || c.Tokens != 1 {
		t.Errorf("%d requests were refused, %d answered at once, and %d tokens given; want at most %d, 10 and 1", c.Refused, c.MaxStreams, c.Tokens, limit)
	}
}

// disturb starts two workers and a run, and kills them and the server at random. Of five kinds, the last one also takes the store from the server.
// It returns the run that is left, and what was killed.
func (k *crew) disturb(random *rand.Rand, kinds int, start func() *shell) (x *shell, what string) {
	workers := []*shell{k.work(""), k.work("")}
	x = start()
	for range 3 + random.IntN(3) {
		time.Sleep(time.Duration(random.IntN(2500)) * time.Millisecond) // other processes work
		switch kind := random.IntN(kinds); kind {
		case 0, 1:
			i := random.IntN(len(workers))
			k.kill(workers[i])
			workers[i] = k.work("")
			what += " worker"
		case 2:
			k.kill(x)
			x = start()
			what += " coordinator"
		default:
			k.down()
			if kind == 4 {
				os.RemoveAll(k.store)
				what += " store"
			}
			time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
			k.serve()
			what += " server"
		}
	}
	return x, what
}

// TestWorkersKilled kills workers, the coordinator and the server at random, and takes the store from it. Nothing is lost, and what may have
// been paid twice is said.
func TestWorkersKilled(t *testing.T) {
	t.Parallel()
	for n := range column(3, 40) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(20, uint64(n)))
			const rows = 400
			k := newCrew(t, sandbox.Options{Latency: 150 * time.Millisecond, Jitter: 300 * time.Millisecond, Streams: 10}, rows)
			x, what := k.disturb(random, 5, func() *shell { return k.start("") })
			k.end(fmt.Sprintf("seed %d:%s", n, what), x, rows, false)
		})
	}
}

// TestCoordinatorKilled kills the coordinator while all streams are in use. The workers finish what they have, and the same command takes it,
// asks nothing again, and does not search for the quota anew.
func TestCoordinatorKilled(t *testing.T) {
	t.Parallel()
	const rows = 120
	k := newCrew(t, sandbox.Options{Latency: 500 * time.Millisecond, Streams: 10}, rows)
	k.work("")
	k.work("")
	x := k.start("")
	for i := range int64(3) {
		k.await(25 * (i + 1))
		k.kill(x)
		x = k.start("")
	}
	k.end("coordinator killed", x, rows, false)
	if c := k.box.Counts(); c.Billed != rows {
		t.Errorf("%d completions were billed for %d rows, want each once\n%s", c.Billed, rows, x.said.String())
	} else if c.Refused > 20 {
		t.Errorf("%d of %d requests were refused", c.Refused, c.Chats)
	}
}

// vectors checks that each row has a vector, and that the bill is what the run says.
func (k *crew) vectors(where string, x *shell, rows int) (twice int64) {
	k.t.Helper()
	select {
	case <-x.ended:
	case <-time.After(3 * patience):
		k.t.Fatalf("%s: the run does not end\n%s", where, x.said.String())
	}
	n := 0
	for line := range bytes.Lines(k.read("q.vectors.jsonl")) {
		var row struct {
			Prompt    string
			Embedding []float64
		}
		if err := json.Unmarshal(line, &row); err != nil {
			k.t.Fatalf("%s: %v", line, err)
		}
		var want []float64
		if err := json.Unmarshal(k.box.Vector(spec.DefaultVectorModel, row.Prompt), &want); err != nil {
			k.t.Fatal(err)
		}
		if n++; !slices.Equal(row.Embedding, want) {
			k.t.Errorf("%s: row %d has the vector of another text", where, n)
		}
	}
	c := k.box.Counts()
	if twice = c.Billed - int64(rows); n != rows || c.BilledPrompts != int64(rows) || twice > paidTwice(x.said.String()) {
		k.t.Errorf("%s: %d rows, %d vectors were billed for %d texts, and the summary says %d\n%s", where, n, c.Billed, c.BilledPrompts, paidTwice(x.said.String()), x.said.String())
	}
	k.t.Logf("%s: %d billed for %d rows, said %d", where, c.Billed, rows, paidTwice(x.said.String()))
	return twice
}

// TestVectorsByWorkers kills the coordinator while workers ask for vectors. The same command takes what the workers have got, although it would
// ask about other texts together, and asks nothing again.
func TestVectorsByWorkers(t *testing.T) {
	t.Parallel()
	const rows = 600
	k := newCrew(t, sandbox.Options{Latency: 700 * time.Millisecond, Streams: 4}, rows)
	k.work("")
	k.work("")
	x := k.embed(7)
	for i := range int64(3) {
		for until := time.Now().Add(patience); k.box.Counts().Billed < 100*(i+1); time.Sleep(5 * time.Millisecond) { // other processes work
			if time.Now().After(until) {
				t.Fatalf("only %d vectors were billed\n%s", k.box.Counts().Billed, x.said.String())
			}
		}
		k.kill(x)
		x = k.embed(5 + int(i))
	}
	if twice := k.vectors("coordinator killed", x, rows); twice != 0 {
		t.Errorf("%d vectors were billed twice", twice)
	}
}

// TestVectorsByWorkersKilled kills workers, the coordinator and the server at random while vectors are asked for.
func TestVectorsByWorkersKilled(t *testing.T) {
	t.Parallel()
	for n := range column(2, 20) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(21, uint64(n)))
			const rows = 1000
			k := newCrew(t, sandbox.Options{Latency: 150 * time.Millisecond, Jitter: 300 * time.Millisecond, Streams: 4}, rows)
			x, what := k.disturb(random, 4, func() *shell { return k.embed(5 + random.IntN(5)) })
			k.vectors(fmt.Sprintf("seed %d:%s", n, what), x, rows)
		})
	}
}
