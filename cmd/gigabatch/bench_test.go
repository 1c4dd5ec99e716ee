package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// The benchmarks run the real program in its own process against a sandbox in this process, and report what the program used:
//
//	go test -run '^$' -bench . -benchtime 1x ./cmd/gigabatch
//
// Some compare it with a bare loop (testdata/bare): both run in turn, and the ratio is reported.

// lab holds the programs and the folder of a benchmark.
type lab struct {
	b        *testing.B
	dir      string
	program  string
	bare     string
	box      *sandbox.Sandbox
	env      []string
	nextFile int
}

func newLab(b *testing.B, o sandbox.Options) *lab {
	b.Helper()
	l := &lab{b: b, dir: b.TempDir()}
	l.program, l.bare = l.build("."), l.build("./testdata/bare")
	l.box = sandbox.New(o)
	listener, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go l.box.Serve(context.Background(), listener)
	b.Cleanup(func() { l.box.Close() })
	at := listener.Addr()
	l.env = append(os.Environ(), "GIGABATCH_LANG=en", fmt.Sprintf("GIGACHAT_BASE_URL=http://%s/v1", at), fmt.Sprintf("GIGACHAT_AUTH_URL=http://%s/api/v2/oauth", at),
		"GIGACHAT_CREDENTIALS="+sandbox.Key, "GIGACHAT_SCOPE="+sandbox.ScopeCorporate)
	return l
}

func (l *lab) build(pkg string) string {
	l.b.Helper()
	name := filepath.Join(l.dir, filepath.Base(pkg)+"-program")
	if out, err := exec.Command("go", "build", "-o", name, pkg).CombinedOutput(); err != nil {
		l.b.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return name
}

// input makes a CSV file with distinct prompts.
func (l *lab) input(rows int) string {
	l.b.Helper()
	l.nextFile++
	name := filepath.Join(l.dir, fmt.Sprintf("input-%d.csv", l.nextFile))
	f, err := os.Create(name)
	if err != nil {
		l.b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "id,question")
	for i := range rows {
		fmt.Fprintf(w, "%d,\"Question %d of file %d: what is the capital of the country with this number, and why?\"\n", i, i, l.nextFile)
	}
	if err := w.Flush(); err != nil {
		l.b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		l.b.Fatal(err)
	}
	return name
}

// effort is what a process used.
type effort struct {
	wall, cpu time.Duration
	peakMB    float64
	stderr    string
}

// run runs a program and fails the benchmark unless it exits with 0.
func (l *lab) run(program string, args ...string) effort {
	l.b.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = l.env
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		l.b.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	c := effort{wall: time.Since(began), stderr: stderr.String()}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.peakMB = peakOf(cmd.ProcessState)
	return c
}

// check fails the benchmark unless every row of an output has the answer to its own prompt.
func (l *lab) check(output string, rows int) {
	l.b.Helper()
	f, err := os.Open(output)
	if err != nil {
		l.b.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		l.b.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			l.b.Fatal(err)
		}
		if want := l.box.Answer(row[1]); row[2] != want {
			l.b.Fatalf("row %d: got %q, want %q", n, row[2], want)
		}
	}
	if n != rows {
		l.b.Fatalf("%s: got %d rows, want %d", output, n, rows)
	}
}

func answers(input string) string { return strings.TrimSuffix(input, ".csv") + ".answers.csv" }

// BenchmarkWide asks 2,000 rows at 100 ms a completion, 50 at once. The ideal is 4.0 s.
func BenchmarkWide(b *testing.B) {
	l := newLab(b, sandbox.Options{Latency: 100 * time.Millisecond, Streams: -1})
	for b.Loop() {
		in := l.input(2000)
		c := l.run(l.program, "run", "-q", "-c", "50", in)
		l.check(answers(in), 2000)
		b.ReportMetric(c.wall.Seconds(), "s/run")
		b.ReportMetric(c.peakMB, "MB-peak")
		bare := l.run(l.bare, in, in+".bare", "50")
		b.ReportMetric(c.wall.Seconds()/bare.wall.Seconds(), "wall/bare")
	}
}

// BenchmarkRefused asks 2,000 rows at 100 ms a completion with --concurrency 50. The server allows 10 at once and refuses others with 429
// and Retry-After: 1. The ideal is 20 s.
func BenchmarkRefused(b *testing.B) {
	l := newLab(b, sandbox.Options{Latency: 100 * time.Millisecond, Streams: 10, RetryAfter: "1"})
	for b.Loop() {
		in := l.input(2000)
		before := l.box.Counts()
		c := l.run(l.program, "run", "-q", "-c", "50", in)
		l.check(answers(in), 2000)
		b.ReportMetric(c.wall.Seconds(), "s/run")
		b.ReportMetric(float64(l.box.Counts().Refused-before.Refused), "429s")
		b.ReportMetric(c.peakMB, "MB-peak")
	}
}

// BenchmarkNoLatency asks 20,000 rows that are answered immediately. The bare loop that it is compared with has no journal.
func BenchmarkNoLatency(b *testing.B) {
	l := newLab(b, sandbox.Options{Streams: -1})
	const rows = 20000
	for b.Loop() {
		in := l.input(rows)
		bare := l.run(l.bare, in, in+".bare", "64")
		c := l.run(l.program, "run", "-q", in)
		l.check(answers(in), rows)
		b.ReportMetric(rows/c.wall.Seconds(), "rows/s")
		b.ReportMetric(rows/bare.wall.Seconds(), "bare-rows/s")
		b.ReportMetric(bare.wall.Seconds()/c.wall.Seconds(), "of-bare")
		b.ReportMetric(c.peakMB, "MB-peak")
	}
}

// BenchmarkEmbed makes the vectors of 10,000 short texts, of 1,024 numbers each, that are answered immediately. The bare loop that it is
// compared with packs in the same way, and has no journal.
func BenchmarkEmbed(b *testing.B) {
	l := newLab(b, sandbox.Options{Streams: -1, Dimensions: 1024})
	const rows = 10_000
	for b.Loop() {
		in := l.input(rows)
		bare := l.run(l.bare, in, in+".bare", "64", "20")
		before := l.box.Counts().Requests
		c := l.run(l.program, "embed", "-q", "--column", "question", in, "-o", in+".vectors.csv")
		b.ReportMetric(float64(l.box.Counts().Requests-before), "requests")
		b.ReportMetric(c.wall.Seconds()/rows*1e6, "us/row")
		b.ReportMetric(bare.wall.Seconds()/c.wall.Seconds(), "of-bare")
		b.ReportMetric(c.cpu.Seconds()/bare.cpu.Seconds(), "cpu/bare")
		b.ReportMetric(c.peakMB, "MB-peak")
		if counts := l.box.Counts(); counts.Billed != 2*counts.BilledPrompts {
			b.Errorf("%d vectors of %d texts, want two of each", counts.Billed, counts.BilledPrompts)
		}
	}
}

// BenchmarkMillion runs a file whose answers, 1.6 kB each, are all in the journal. The run asks nothing and writes the output again; status
// only looks up every row.
func BenchmarkMillion(b *testing.B) {
	if testing.Short() {
		b.Skip("a million rows take minutes and 4 GB of disk")
	}
	for _, rows := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			l := newLab(b, sandbox.Options{Streams: -1, AnswerBytes: 1600})
			in := l.input(rows)
			first := l.run(l.program, "run", "-q", in)
			for b.Loop() {
				status := l.run(l.program, "status", in)
				again := l.run(l.program, "run", in)
				b.ReportMetric(first.wall.Seconds()/float64(rows)*1e6, "us/row-asked")
				b.ReportMetric(first.peakMB, "MB-peak-asked")
				b.ReportMetric(status.wall.Seconds(), "s-nothing-to-ask")
				b.ReportMetric(again.wall.Seconds(), "s-again")
				b.ReportMetric(float64(rows)/(again.wall-status.wall).Seconds(), "rows/s-output")
				b.ReportMetric(again.peakMB, "MB-peak-again")
			}
			l.check(answers(in), rows)
		})
	}
}
