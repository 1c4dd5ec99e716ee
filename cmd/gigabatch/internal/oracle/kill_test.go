package oracle

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// column selects the short or the long form of a number.
func column(short, atLength int) int {
	if long {
		return atLength
	}
	return short
}

// victims returns the runs that are killed at random, one in each mode, of 5,000 requests in the long form. The requests of columns and
// documents cost more, so there are fewer of these in the short form.
func victims() []*plant {
	service := sandbox.Options{Latency: 3 * time.Millisecond, Streams: most}
	batches := sandbox.Options{BatchDelay: 1200 * time.Millisecond, BatchLines: 100, Streams: most}
	return []*plant{
		{name: "plain", files: table(5000), service: service, command: "run q.csv -c 10", journal: "q.csv.gigabatch"},
		{
			name: "schema", files: table(column(1000, 5000)) + kind, service: service,
			command: "run q.csv --schema kind.json -c 10", journal: "q.csv.gigabatch",
		},
		{name: "job file", files: table(column(200, 1250)) + jobOfFour, service: service, command: "run job.yaml -c 10", journal: "q.csv.gigabatch"},
		{
			name: "uploads", files: documents(column(200, 5000)), service: service, journal: "sums.csv.gigabatch",
			command: "run docs/**/* -p 'Sum up {{name}}' -o sums.csv --out-dir sums -c 10",
		},
		{name: "in place", files: table(column(1000, 5000)), service: service, command: "run q.csv --in-place -c 10", journal: "q.csv.gigabatch"},
		{
			name: "batch", files: table(column(1000, 5000)), service: batches, batch: true, journal: "q.csv.gigabatch",
			command: "run q.csv --via batch --batch-lines 100",
		},
	}
}

const kind = `-- kind.json --
{"type": "object", "properties": {"kind": {"enum": ["good", "bad"]}, "city": {"type": "string"}}, "required": ["kind", "city"]}
`

const jobOfFour = `-- job.yaml --
input: q.csv
output: out.csv
concurrency: 10
columns:
  - {name: mood, prompt: "mood {{prompt}}", choices: [good, bad]}
  - {name: facts, prompt: "facts {{prompt}}", schema: {type: object, properties: {city: {type: string}}, required: [city]}}
  - {name: reply, prompt: "reply {{mood}} {{facts.city}} {{prompt}}"}
  - {name: short, prompt: "short {{reply}}"}
`

// documents returns n documents in several folders and formats.
func documents(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "-- docs/%d/doc%d.%s --\ndocument number %d\n", i%7, i, []string{"md", "txt", "pdf", "docx"}[i%4], i)
	}
	return b.String()
}

// TestKill kills runs of each mode at random moments and starts them again: while they plan, right after their first request, while they
// ask, and while they write the output. No row is lost, and only requests in flight are paid for twice, which the program says.
func TestKill(t *testing.T) {
	t.Parallel()
	for i, p := range victims() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.prepare(t)
			w, kills := p.world(t), column(5, 100)
			random := rand.New(rand.NewPCG(18, uint64(i)))
			began, met, peak := time.Now(), map[string]int{}, 0.0
			for n := range kills {
				moment := w.moment(p, random, n, kills)
				c, killed := w.killed(p, moment.reached)
				if peak = max(peak, c.peak); killed {
					met[moment.name]++
				}
			}
			c := w.box.Counts()
			p.resume(t, fmt.Sprint(met), w, kills*most)
			checkFiles(t, p, w.box.Counts(), kills)
			if n := met[whileAsking] + met[afterTheFirst]; n < kills/2 {
				t.Errorf("only %d of %d runs were killed while they asked: %v", n, kills, met)
			}
			t.Logf("%v, %d requests, %d billed before the last run and %d in all, %.0f MB, %.0f s", met, p.billed, c.Billed, w.box.Counts().Billed,
				peak, time.Since(began).Seconds())
		})
	}
}

// TestKillWhilePosting kills runs right after they have posted their first batches, before or after the service has answered. The next run
// finds out what the service has, and posts no line twice. If the service does not know a batch, it waits for ten minutes to be sure.
func TestKillWhilePosting(t *testing.T) {
	if !long {
		t.Skip("may wait for ten minutes: GIGABATCH_LONG=1; the tests of jobs simulate it")
	}
	t.Parallel()
	for seed := range 4 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := &plant{
				files: table(500), service: sandbox.Options{BatchDelay: 200 * time.Millisecond, BatchLines: 100, Streams: most}, batch: true,
				command: "run q.csv --via batch --batch-lines 100 --timeout 5s", journal: "q.csv.gigabatch",
			}
			p.prepare(t)
			w := p.world(t)
			if _, killed := w.killed(p, func() bool { return w.box.Counts().Batches > int64(seed) }); !killed {
				t.Fatal("the run was too fast")
			}
			began := time.Now()
			p.resume(t, fmt.Sprint("seed ", seed), w, 0)
			checkFiles(t, p, w.box.Counts(), 1)
			t.Logf("the next run took %.0f s", time.Since(began).Seconds())
		})
	}
}

// checkFiles checks what batches and uploads did at the service: no line is there twice, and no file is left that anybody has noted.
func checkFiles(t *testing.T, p *plant, c sandbox.Counts, kills int) {
	t.Helper()
	if p.batch && (c.BilledTwice > 0 || c.BatchLinesTwice > 0 || c.BatchBilled != p.billed) {
		t.Errorf("got %+v, want %d lines, each once", c.BatchCounts, p.billed)
	}
	if c.Uploads > p.uploads+int64(kills*most) || c.Uploads < p.uploads {
		t.Errorf("%d uploads, want %d and at most %d more", c.Uploads, p.uploads, kills*most)
	}
	if c.FilesStored > c.UploadedTwice {
		t.Errorf("%d files are left at the service, of which only %d were stored twice because nobody had noted them", c.FilesStored, c.UploadedTwice)
	}
}

// The moments at which a run is killed.
const (
	whilePlanning = "while it plans"
	afterTheFirst = "right after its first request"
	whileAsking   = "while it asks"
	atTheEnd      = "at the end"
)

// A moment is when to kill a run.
type moment struct {
	name    string
	reached func() bool
}

// moment chooses the moment of the nth kill. The kills while the run asks are spread over its requests.
func (w *world) moment(p *plant, random *rand.Rand, n, kills int) moment {
	began, before := time.Now(), w.box.Counts()
	after := func(d time.Duration) func() bool { return func() bool { return time.Since(began) > d } }
	switch {
	case p.batch: // for a kill while it posts, see TestKillWhilePosting
		size := int64(float64(n) / float64(kills) * float64(p.size))
		return moment{whileAsking, func() bool { return w.box.Counts().BatchLines == p.billed && w.size(p.journal) >= size }}
	case n%10 == 9:
		return moment{whilePlanning, after(time.Duration(random.Float64() * 0.1 * float64(p.took)))}
	case n >= kills*9/10:
		wait := after(time.Duration(random.Float64() * 0.2 * float64(p.took)))
		return moment{atTheEnd, func() bool { return w.box.Counts().BilledPrompts == p.billed && wait() }}
	case n%5 == 1:
		return moment{afterTheFirst, func() bool { return w.box.Counts().Chats > before.Chats }}
	}
	share := (float64(n) + random.Float64()) / (float64(kills) * 0.9)
	billed := min(max(before.Billed+1, int64(share*float64(p.billed))), p.billed-1)
	return moment{whileAsking, func() bool { return w.box.Counts().Billed >= billed }}
}

// size returns the size of a file, 0 if there is none.
func (w *world) size(name string) int64 {
	info, err := os.Stat(w.path(name))
	if err != nil {
		return 0
	}
	return info.Size()
}

// watched is a process whose memory was looked at while it ran.
type watched struct {
	*exec.Cmd
	peak float64 // MB
}

// killed starts a run and kills it as soon as reached returns true. It reports whether the run got that far.
func (w *world) killed(p *plant, reached func() bool) (c *watched, killed bool) {
	w.t.Helper()
	c = &watched{Cmd: w.command(nil, words(p.command)...)}
	said := &strings.Builder{}
	c.Stdout, c.Stderr = w.out, said
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	timeout := time.After(patience + 4*p.took)
	for !reached() {
		c.peak = max(c.peak, peakOf(c.Process.Pid))
		select {
		case <-time.After(time.Millisecond): // the run is another process
		case <-ended:
			if code := c.ProcessState.ExitCode(); code != 0 && code != 3 && w.env == nil {
				w.t.Errorf("a run ended with %v\n%s", c.ProcessState, said.String())
			}
			return c, false
		case <-timeout:
			c.Process.Signal(os.Interrupt)
			<-ended
			w.t.Fatalf("the run does not get on\n%s", said.String())
		}
	}
	c.peak = max(c.peak, peakOf(c.Process.Pid))
	c.Process.Kill()
	<-ended
	return c, c.ProcessState.ExitCode() == -1
}
