package oracle

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// tempName matches the names of temporary files.
var tempName = regexp.MustCompile(`\.\d+\.tmp$`)

// fileCall is a system call for one file of a world, or for any temporary file, because their names are random.
type fileCall struct{ call, file string }

func (c fileCall) compare(d fileCall) int {
	return cmp.Or(cmp.Compare(c.call, d.call), cmp.Compare(c.file, d.file))
}

const temporary = "a temporary file"

// needTracer skips a test on systems for which no tracer is written.
func needTracer(t *testing.T) {
	t.Helper()
	if tracer == nil {
		t.Skip("no tracer is written for this system")
	}
}

// disturbed runs the command of the plant and disturbs a file call, as the tracer does. It returns all file calls, and whether one was
// disturbed: hit is the first of these.
func (p *plant) disturbed(t *testing.T, w *world, fault, at string) (r ran, calls []fileCall, hit fileCall, met bool) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(w.tmp, "trace")
	c := w.command([]string{self, fault, at}, words(p.command)...)
	c.Env = append(c.Env, "ORACLE_TRACE="+log)
	r = w.finish(c)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatalf("%s at %s: exit code %d, error %v\n%s", fault, at, r.code, err, r.errors)
	}
	for line := range strings.Lines(string(text)) {
		line, marked := strings.CutSuffix(strings.TrimSpace(line), "*")
		call, file, _ := strings.Cut(line, " ")
		calls = append(calls, fileCall{call, file})
		if marked && !met {
			hit, met = calls[len(calls)-1], true
		}
	}
	return r, calls, hit, met
}

// disturb calls try for the first file call of each kind, and for every 20th call or, in the long form, for each one, until runs make no
// more of them. try reports whether the run got that far. An undisturbed run makes so many calls of each kind.
func (p *plant) disturb(t *testing.T, kinds map[fileCall]int, try func(t *testing.T, at string) bool) {
	distance, calls := 20, 0
	if long {
		distance = 1
	}
	for _, n := range kinds {
		calls += n
	}
	t.Run("calls", func(t *testing.T) {
		t.Run("first of a kind", func(t *testing.T) {
			t.Parallel()
			for c := range kinds {
				if !try(t, c.call+" "+c.file) {
					t.Errorf("no run was disturbed at %s of %s", c.call, c.file)
				}
			}
		})
		t.Run("by number", func(t *testing.T) {
			t.Parallel()
			n := distance
			for ; try(t, fmt.Sprint(n)); n += distance {
			}
			if n < calls/2 { // runs differ in how many results share a write
				t.Errorf("a run ended before call %d, but another had %d", n, calls)
			}
		})
	})
}

// kinds returns the file calls of an undisturbed run.
func (p *plant) kinds(t *testing.T) map[fileCall]int {
	t.Helper()
	r, calls, _, _ := p.disturbed(t, p.world(t), "none", "never")
	kinds := map[fileCall]int{}
	for _, c := range calls {
		kinds[c]++
	}
	if r.code != 0 || len(kinds) < 12 {
		t.Fatalf("exit code %d, and the run makes the calls %v, want more", r.code, kinds)
	}
	return kinds
}

// TestKillAtCalls kills a run of 50 rows or, in the long form, each plant at its file calls, before they take effect.
func TestKillAtCalls(t *testing.T) {
	t.Parallel()
	needTracer(t)
	all := plants()
	if !long {
		all = all[:1]
	}
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.prepare(t)
			kinds := p.kinds(t)
			var mu sync.Mutex // guards met and kills
			met := map[fileCall]int{}
			kills := 0
			p.disturb(t, kinds, func(t *testing.T, at string) bool {
				w := p.world(t)
				r, _, hit, killed := p.disturbed(t, w, "kill", at)
				if !killed {
					return false
				}
				if r.code != -1 {
					t.Errorf("killed at %s: exit code %d", at, r.code)
				}
				mu.Lock()
				kills++
				met[hit]++
				mu.Unlock()
				p.resume(t, fmt.Sprintf("killed at call %s, %s of %s", at, hit.call, hit.file), w, most)
				return true
			})
			for _, c := range slices.SortedFunc(maps.Keys(kinds), fileCall.compare) {
				t.Logf("%3d calls, killed %3d times: %s of %s", kinds[c], met[c], c.call, c.file)
			}
			t.Logf("%d kills", kills)
		})
	}
}

// faultsOf returns how a file call fails on a disk that is broken, full, or not to be written.
func faultsOf(call string) []string {
	switch call {
	case "write":
		return []string{"EIO", "ENOSPC", "short"}
	case "openat", "mkdirat", "renameat", "unlinkat", "fchmod", "ftruncate":
		return []string{"EIO", "ENOSPC", "EROFS"}
	}
	return []string{"EIO", "ENOSPC"}
}

// TestFailingCalls makes file calls fail, as on a full, broken or read-only disk, while the output of an earlier run is there. The program
// reports the error and stops asking, the earlier output is whole, no answer is lost, and the same command continues when the disk works
// again.
func TestFailingCalls(t *testing.T) {
	t.Parallel()
	needTracer(t)
	all := []*plant{grown()}
	if long {
		inPlace := plants()[2]
		inPlace.widths = true
		all = append(all, inPlace)
	}
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.prepare(t)
			var mu sync.Mutex // guards codes
			codes := map[string]int{}
			try := func(t *testing.T, at, fault string) bool {
				w := p.world(t)
				r, _, hit, met := p.disturbed(t, w, fault, at)
				if !met {
					return false
				}
				where := fmt.Sprintf("%s at call %s, %s of %s", fault, at, hit.call, hit.file)
				mu.Lock()
				codes[fmt.Sprint(fault, " ", r.code)]++
				mu.Unlock()
				if !clear(r) || r.code < 0 || r.code > 2 {
					t.Errorf("%s: exit code %d\n%s", where, r.code, r.errors)
				}
				if r.code == 0 {
					p.check(t, where, w)
				}
				p.wantWhole(t, where, w)
				p.resume(t, where, w, most)
				return true
			}
			p.disturb(t, p.kinds(t), func(t *testing.T, at string) bool {
				reached := false
				call, _, _ := strings.Cut(at, " ")
				faults := faultsOf(call)
				if call == at { // a number
					faults = faultsOf("write")
				}
				for i, fault := range faults {
					if long || i == len(at)%2 || fault == "short" && call != at {
						reached = try(t, at, fault) || reached
					}
				}
				return reached
			})
			t.Logf("runs by fault and exit code: %v", codes)
		})
	}
}

// wantWhole checks that each file is as before the run or as after it, except that rows may be pending.
func (p *plant) wantWhole(t *testing.T, where string, w *world) {
	t.Helper()
	before := p.base.outputs(t, p.journal)
	for name, now := range w.outputs(t, p.journal) {
		if bytes.Equal(now, before[name]) || bytes.Equal(now, p.want[name]) {
			continue
		}
		got, want := rowsOf(t, name, now), rowsOf(t, name, p.want[name])
		if got != want || want == 0 || !strings.Contains(content(t, name, now), "pending") {
			t.Errorf("%s: %s is neither as before nor whole: %d rows, want %d", where, name, got, want)
		}
	}
}

// rowsOf counts the rows of a table; a damaged one has none.
func rowsOf(t *testing.T, name string, data []byte) int {
	if filepath.Ext(name) == ".xlsx" {
		return strings.Count(content(t, name, data), "<row ")
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return 0
	}
	return len(rows)
}

// content returns the bytes of a file. Of a workbook, it returns the parts without the widths of columns, which the first run decides.
func content(t *testing.T, name string, data []byte) string {
	t.Helper()
	if filepath.Ext(name) != ".xlsx" {
		return string(data)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return ""
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			fmt.Fprintf(&all, "\n%s\n", f.Name)
			_, err = io.Copy(&all, r)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	return widths.ReplaceAllString(all.String(), "")
}

var widths = regexp.MustCompile(` width="[^"]*"`)

// TestOutputFolderIsSyncedOnce counts the syncs of the folders of a run that writes 16 files into three of them.
func TestOutputFolderIsSyncedOnce(t *testing.T) {
	t.Parallel()
	needTracer(t)
	i := slices.IndexFunc(plants(), func(p *plant) bool { return p.name == "documents" })
	p := plants()[i]
	p.prepare(t)
	kinds := p.kinds(t)
	if n := kinds[fileCall{"fsync", temporary}]; n != 17 {
		t.Errorf("%d temporary files were synced, want 16 and that of the table", n)
	}
	for _, dir := range []string{"sums/0", "sums/1", "sums/2"} {
		if n := kinds[fileCall{"fsync", dir}]; n != 1 {
			t.Errorf("%s was synced %d times", dir, n)
		}
	}
}
