package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fuzzed are the fuzz targets of what is read from outside, and of what is kept.
var fuzzed = []struct{ what, room, target string }{
	{"CSV", "internal/io/table/csv", "FuzzCSV"},
	{"CSV, written again", "internal/io/table/csv", "FuzzCSVIsStable"},
	{"JSONL", "internal/io/table/jsonl", "FuzzJSONL"},
	{"XLSX patch", "internal/io/table/xlsx", "FuzzPatch"},
	{"template", "internal/jobs/spec", "FuzzTemplate"},
	{"job file", "internal/jobs/spec/jobfile", "FuzzRead"},
	{"journal", "internal/jobs/journal", "FuzzJournalLoads"},
	{"results in it", "internal/jobs/journal", "FuzzDecodeAnything"},
	{"edits", "internal/jobs/journal", "FuzzEdits"},
	{"manifest", "internal/jobs", "FuzzManifest"},
}

// TestFuzz runs each fuzz target for two minutes with GIGABATCH_LONG=1. None panics, and none needs more memory than maxFuzzMB. Without it,
// go test runs the seeds.
func TestFuzz(t *testing.T) {
	if os.Getenv("GIGABATCH_LONG") == "" {
		t.Skip("takes half an hour: GIGABATCH_LONG=1")
	}
	const maxFuzzMB = 1024 // of a worker, which keeps the inputs and the coverage of the fuzzer, too
	for _, f := range fuzzed {
		t.Run(f.what, func(t *testing.T) {
			dir := t.TempDir()
			binary := filepath.Join(dir, "fuzz.test")
			build := exec.Command("go", "test", "-c", "-vet=off", "-fuzz="+f.target, "-o", binary, "gigabatch/"+f.room)
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			run := exec.Command(binary, "-test.run=^$", "-test.fuzz=^"+f.target+"$", "-test.fuzztime=2m", "-test.parallel=1",
				"-test.fuzzminimizetime=10x", "-test.fuzzcachedir="+dir)
			run.Dir = filepath.Join("..", "..", f.room)
			out, err := run.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			usage, ok := run.ProcessState.SysUsage().(*syscall.Rusage)
			if !ok {
				t.Fatal("the system does not tell the memory of a process")
			}
			mb := usage.Maxrss >> 10
			if mb > maxFuzzMB {
				t.Errorf("needed %d MB, want at most %d", mb, maxFuzzMB)
			}
			progress := strings.Split(string(out), "fuzz: elapsed: ")
			last, _, _ := strings.Cut(progress[len(progress)-1], "\n")
			t.Logf("%s: at most %d MB, %s", f.target, mb, last)
		})
	}
}
