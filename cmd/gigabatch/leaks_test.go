package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gigabatch/cmd/gigabatch/internal/advice"
	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/messages"
)

// holdings are what a process must give back.
type holdings struct{ goroutines, descriptors, files int }

// held returns what this process holds once that no longer changes, with the files below folders: connections end in the background, and the
// kernel keeps the descriptors, so the time cannot be simulated.
func held(t *testing.T, folders ...string) holdings {
	t.Helper()
	h, since := count(t, folders...), time.Now()
	for deadline := since.Add(patience); time.Since(since) < time.Second/2 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if now := count(t, folders...); now != h {
			h, since = now, time.Now()
		}
	}
	return h
}

// count counts the goroutines and descriptors of this process, and the files below folders.
func count(t *testing.T, folders ...string) (h holdings) {
	t.Helper()
	h.goroutines = runtime.NumGoroutine()
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.descriptors = len(open)
	}
	for _, dir := range folders {
		err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				h.files++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// wantHeld fails unless this process holds no more and no less than before.
func wantHeld(t *testing.T, before holdings, folders ...string) {
	t.Helper()
	now := held(t, folders...)
	if now == before {
		return
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("before the runs %+v, after them %+v\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
	open, _ := filepath.Glob("/proc/self/fd/*")
	for _, name := range open {
		target, _ := os.Readlink(name)
		t.Log(target)
	}
}

// manyTimes returns how many runs are made to look for leaks.
func manyTimes() int {
	switch {
	case os.Getenv("GIGABATCH_LONG") != "":
		return 1000
	case testing.Short():
		return 10
	}
	return 50
}

// TestLeaksOfRuns makes runs of all kinds in one process. Each gives back its goroutines, descriptors and temporary files.
func TestLeaksOfRuns(t *testing.T) { // not parallel: it counts what the process has
	s := openStand(t, "streams=10", "batch-delay=10ms", `fault=500=~"often fails",422=~"number 7"`)
	p := newProgram(t, s.env()...)
	p.set()
	work, tmp := filepath.Join(p.dir, "work"), tempOf(p)
	commands := [][]string{
		{"run", "q.csv"}, {"run", "q.csv", "--in-place"}, {"run", "q.csv", "-o", "q.xlsx"}, {"run", "q.csv", "--choices", "good, bad"}, {"run", "job.yaml"},
		{"run", "docs", "-p", "Sum up {{name}}", "-o", "sums.csv", "--out-dir", "sums"}, {"run", "q.csv", "--preview=3"}, {"run", "missing.csv"},
		{"embed", "q.csv", "--column", "prompt"}, {"run", "q.csv", "--via", "batch"}, {"estimate", "q.csv"}, {"run", "hard.csv", "--max-outage", "20ms"},
	}
	if os.Getenv("GIGABATCH_LONG") == "" { // these wait for a second or more
		commands = commands[:9]
	}
	began, codes := time.Now(), map[int]int{}
	run := func(n int) {
		for name, text := range map[string]string{
			"q.csv": string(manyRows(12)), "job.yaml": twoColumns, "docs/a.txt": fmt.Sprint("text ", n), "docs/b.md": "text", "hard.csv": "prompt\noften fails\n",
		} {
			p.write(filepath.Join("work", name), text)
		}
		err := os.Chdir(work) // t.Chdir would keep a descriptor
		codes[p.execute(commands[n%len(commands)]...).code]++
		if err := errors.Join(err, os.Chdir(p.dir), os.RemoveAll(work)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range commands {
		run(n)
	}
	before := held(t, tmp)
	for n := range manyTimes() {
		run(n)
	}
	wantHeld(t, before, tmp)
	t.Logf("%d runs with exit codes %v, %+v, %.1f s", manyTimes(), codes, before, time.Since(began).Seconds())
}

const twoColumns = `input: q.csv
output: out.csv
columns:
  - {name: mood, prompt: "mood {{prompt}}", choices: [good, bad]}
  - {name: reply, prompt: "reply {{mood}} {{prompt}}"}
`

// tempOf returns the folder for temporary files of a program.
func tempOf(p *program) string {
	for _, v := range p.env {
		if dir, ok := strings.CutPrefix(v, "TMPDIR="); ok {
			return dir
		}
	}
	return os.TempDir()
}

// TestLeaksOfThePage makes runs in one server of the page. Each gives back what it took, and the server the rest when it ends.
func TestLeaksOfThePage(t *testing.T) { // not parallel: it counts what the process has
	s := openStand(t, "streams=10")
	p := newProgram(t, s.env()...)
	p.set()
	p.write("q.csv", string(manyRows(12)))
	empty := held(t, tempOf(p))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	errs, ended := &said{}, make(chan int, 1)
	go func() {
		ended <- execute(ctx, stdio{in: strings.NewReader(""), out: &said{}, err: &console.Console{Writer: errs, Printer: messages.Printer{Explain: advice.Explain}}},
			[]string{"gigabatch", "serve", "--listen", "127.0.0.1:0"})
	}()
	for timeout := time.After(patience); !startURL.MatchString(errs.String()); {
		select {
		case <-errs.changed():
		case <-time.After(50 * time.Millisecond): // it may have been written between the two looks
		case <-timeout:
			t.Fatalf("it says\n%s", errs.String())
		}
	}
	at := startURL.FindStringSubmatch(errs.String())[1]
	base, _, _ := strings.Cut(at, "/?")
	transport := &http.Transport{}
	g := &page{t: t, base: base, browser: &http.Client{Jar: newJar(t), Timeout: patience, Transport: transport}}
	g.enter(g.get(strings.TrimPrefix(at, base)))
	run := func() {
		for _, name := range []string{"q.csv.gigabatch", "q.answers.csv"} {
			if err := os.Remove(filepath.Join(p.dir, name)); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		_, id, _ := strings.Cut(g.post("/api/runs", `{"input":"q.csv"}`), `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		var r struct{ State string }
		for deadline := time.Now().Add(patience); r.State != "completed"; time.Sleep(5 * time.Millisecond) { // the run has a pace of its own
			if err := json.Unmarshal([]byte(g.get("/api/runs/"+id)), &r); err != nil || time.Now().After(deadline) {
				t.Fatalf("the run is %+v, %v", r, err)
			}
		}
		g.post("/api/tables/"+id+"/look", "{}") // as the workbench does
		for _, what := range []string{"rows", "counts"} {
			deadline := time.Now().Add(patience)
			for !strings.Contains(g.post("/api/tables/"+id+"/"+what, `{"n":5}`), `"complete":true`) {
				if time.Now().After(deadline) {
					t.Fatalf("%s are never complete", what)
				}
				time.Sleep(5 * time.Millisecond) // rows are read in the background
			}
		}
		g.get("/api/runs/" + id + "/output?format=csv")
		transport.CloseIdleConnections()
	}
	for range 5 {
		run()
	}
	before := held(t, tempOf(p), p.dir)
	began := time.Now()
	for range manyTimes() {
		run()
	}
	wantHeld(t, before, tempOf(p), p.dir)
	cancel()
	<-ended
	wantHeld(t, empty, tempOf(p))
	t.Logf("%d runs, %+v, %.1f s", manyTimes(), before, time.Since(began).Seconds())
}
