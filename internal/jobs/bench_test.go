package jobs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

// answeredRig creates a CSV of n rows and a journal with an answer of 1.6 kB for each, and returns a rig without a service.
func answeredRig(b *testing.B, n int) *rig {
	b.Helper()
	if testing.Short() {
		b.Skip("makes gigabytes")
	}
	dir := b.TempDir()
	g := &rig{dir: dir, input: filepath.Join(dir, "q.csv")}
	if err := errors.Join(writeQuestions(g.input, n), writeAnswers(g.journal(), n)); err != nil {
		b.Fatal(err)
	}
	return g
}

func question(i int) string {
	return "Вопрос номер " + strconv.Itoa(i) + ": какая столица у страны?"
}

func writeQuestions(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "id,prompt")
	for i := range n {
		fmt.Fprintf(w, "%d,%s\n", i, question(i))
	}
	return errors.Join(w.Flush(), f.Close())
}

func writeAnswers(path string, n int) error {
	j, err := journal.OpenWith(path, func(*os.File) error { return nil })
	if err != nil {
		return err
	}
	r := task.Result{State: task.Completed, FinishReason: "stop", Model: "GigaChat-2:2.0", Attempts: 1, RequestID: "0a1b", Served: task.Served{Latency: time.Second}, At: time.Unix(1e9, 0)}
	r.Usage = gigachat.Usage{PromptTokens: 20, CompletionTokens: 300, TotalTokens: 320}
	tail := strings.Repeat("Столица — это главный город, \"в котором\" правительство.\n", 17)[:1560]
	tail = strings.ToValidUTF8(tail, "")
	var body []byte
	for i := range n {
		req := gigachat.ChatRequest{Model: "GigaChat-2", Messages: []gigachat.Message{{Role: "user", Content: question(i)}}}
		body = req.AppendJSON(body[:0])
		r.Key, r.Completion = task.KeyOf(body), strconv.Itoa(i)+tail
		if err := j.Record(r); err != nil {
			return err
		}
	}
	return j.Close()
}

var sizes = []int{10_000, 1_000_000}

func BenchmarkOpenJournal(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			g := answeredRig(b, n)
			info, err := os.Stat(g.journal())
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			for b.Loop() {
				j, err := journal.Read(g.journal())
				if err != nil {
					b.Fatal(err)
				}
				if typical, err := j.Typical(false); err != nil || typical.Answers == 0 {
					b.Fatalf("%+v, %v", typical, err)
				}
				j.Close()
			}
			perRow(b, n)
		})
	}
}

// BenchmarkNothingToAsk measures how long it takes to find that there is nothing to ask.
func BenchmarkNothingToAsk(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			g := answeredRig(b, n)
			for b.Loop() {
				r := g.new()
				r.Journal = g.journal()
				run, err := r.Open()
				if err != nil {
					b.Fatal(err)
				}
				if plan, err := run.Plan(b.Context()); err != nil || plan.Tasks != 0 || plan.FromJournal != n {
					b.Fatalf("plan %+v, %v", plan, err)
				}
				run.Close()
			}
			perRow(b, n)
		})
	}
}

// BenchmarkRerun measures a whole run with nothing to ask, which only writes the output.
func BenchmarkRerun(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			g := answeredRig(b, n)
			for b.Loop() {
				sum, err := g.new().Run(context.Background(), nil)
				if err != nil || sum.Completed != n {
					b.Fatalf("summary %+v, %v", sum, err)
				}
			}
			perRow(b, n)
			b.ReportMetric(peakMB(), "peak-MB")
		})
	}
}

func perRow(b *testing.B, n int) {
	each := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(n)
	b.ReportMetric(each, "ns/row")
	b.ReportMetric(1e9/each, "rows/s")
}

// peakMB returns the peak memory of this process as reported by Linux.
func peakMB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kB float64
	fmt.Sscan(string(rest), &kB)
	return kB / 1024
}

// BenchmarkRerunInPlace measures a run that asks nothing and writes into the input, once with our completions only and once with a text of
// the user in one cell, which is then searched for in the whole journal.
func BenchmarkRerunInPlace(b *testing.B) {
	const n = 200_000
	g := answeredRig(b, n)
	if _, err := g.new(inPlace).Run(context.Background(), nil); err != nil {
		b.Fatal(err)
	}
	rerun := func(b *testing.B, kept int, change func(*Job)) {
		for b.Loop() {
			sum, err := g.new(inPlace, change).Run(context.Background(), nil)
			if err != nil || sum.Completed != n || sum.Kept != kept {
				b.Fatalf("summary %+v, %v", sum, err)
			}
		}
		perRow(b, n)
	}
	b.Run("overwriting", func(b *testing.B) { rerun(b, 0, overwrite) })
	b.Run("ours", func(b *testing.B) { rerun(b, 0, func(*Job) {}) })
	text, err := os.ReadFile(g.input)
	if err == nil {
		err = os.WriteFile(g.input, bytes.Replace(text, []byte("Столица — это"), []byte("Москва — это"), 1), 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Run("one of the user's", func(b *testing.B) { rerun(b, 1, func(*Job) {}) })
}
