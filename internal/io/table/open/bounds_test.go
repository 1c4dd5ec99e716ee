//go:build unix && !race

package open_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
)

// A file without line ends, or with a quote that never closes, is refused or read within bounds, however large it is. Each file is read in
// another process, which measures its time on a processor and its peak memory.
func TestLargeRecordsAreBounded(t *testing.T) {
	t.Parallel()
	if name := os.Getenv("BOUNDS_FILE"); name != "" {
		readBounded(name)
		os.Exit(0)
	}
	dir := t.TempDir()
	line := strings.Repeat("some text of the row, ", 500) + "\n"
	tests := []struct {
		base, begin string
		size        int64 // of a hole that follows
		lines       int   // that follow
		want        string
	}{
		{"line.jsonl", `{"a":"`, 1 << 30, 0, "line.jsonl:1: a line longer than 16 MiB begins here"},
		{"second.jsonl", "{\"a\":1}\n{\"a\":\"", 1 << 30, 0, "second.jsonl:2: a line longer than 16 MiB begins here"},
		{"object.json", "[{\"a\":1},\n {\"a\":\"", 1 << 30, 0, "object.json:2: an object longer than 16 MiB begins here"},
		{"torn.jsonl", "{\"a\":1}\n{\"a\":\"" + strings.Repeat("x", 15<<20), 0, 0, "1 row"},
		{"record.csv", "a,b\n1,x", 1 << 30, 0, "record.csv:2: a record longer than 16 MiB begins here"},
		{"record.tsv", "я\tb\n1\tx", 1 << 30, 0, "record.tsv:2: a record longer than 16 MiB begins here"},
		{"one.csv", "a", 1 << 30, 0, "one.csv:1: a record longer than 16 MiB begins here"},
		{"last.csv", "a,b\n" + strings.Repeat("1,2\n", 100_000) + "1,x", 1 << 30, 0, "last.csv:100002: a record longer than 16 MiB begins here"},
		{"quoted.csv", "a,b\n1,\"x", 1 << 30, 0, "quoted.csv:2: a record longer than 16 MiB begins here"},
		{"quote.csv", "a,b\n1,\"never closed\n", 0, 60 << 20 / len(line), fmt.Sprint(60<<20/len(line)+1, " rows")},
		{"doubled.csv", "a,b\n1,\"never closed\"\"\n", 0, 60 << 20 / len(line), fmt.Sprint(60<<20/len(line)+1, " rows")},
	}
	for _, tt := range tests {
		name := filepath.Join(dir, tt.base)
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		w.WriteString(tt.begin)
		for i := range tt.lines {
			fmt.Fprintf(w, "%d,%s", i, line)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if tt.size > 0 {
			if err := f.Truncate(tt.size); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestLargeRecordsAreBounded$")
		cmd.Env = append(os.Environ(), "BOUNDS_FILE="+name)
		out, err := cmd.Output()
		if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), tt.want) {
			t.Errorf("%s: got %q, error %v, want %q", tt.base, out, err, tt.want)
		}
		busy := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
		t.Logf("%s: %v, %d MB", tt.base, busy, peak)
		if busy > 2*time.Second || peak > 300 {
			t.Errorf("%s: got %v and %d MB, want at most 2s and 300 MB", tt.base, busy, peak)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// readBounded prints the number of rows, or the error.
func readBounded(name string) {
	src, err := open.Open(name, table.Options{})
	n := 0
	if err == nil {
		for _, err = range src.Rows() {
			if err != nil {
				break
			}
			n++
		}
	}
	switch {
	case err != nil:
		fmt.Println(err)
	case n == 1:
		fmt.Println("1 row")
	default:
		fmt.Println(n, "rows")
	}
}
