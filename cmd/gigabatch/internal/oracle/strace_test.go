package oracle

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fileCalls are the system calls by which the program changes files or looks for them.
var fileCalls = []string{"openat", "flock", "fchmod", "write", "fdatasync", "fsync", "ftruncate", "renameat", "unlinkat", "mkdirat"}

// probeTracer finds out once whether strace works here.
var probeTracer = sync.OnceValue(func() error {
	out, err := exec.Command("strace", "-f", "-o", "/dev/null", "-e", "inject=openat:signal=SIGKILL:when=1000", "true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w %s", err, out)
	}
	return nil
})

// needTracer skips a test where strace cannot work. Where a test run must be complete a missing strace is a failure; a kernel that forbids
// it is none.
func needTracer(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if err := probeTracer(); err != nil {
		t.Skipf("strace cannot trace here: %v", err)
	}
}

// traced runs the plant's command with an injection of strace's, on the calls about some files only if there are any. It returns the lines
// of the trace as well.
func (p *plant) traced(t *testing.T, w *world, calls, inject string, files ...string) (ran, []string) {
	t.Helper()
	log := filepath.Join(w.tmp, "trace")
	above := []string{"strace", "-f", "-y", "-s", "40", "-o", log, "-e", "trace=" + calls, "-e", "signal=none"}
	if inject != "" {
		above = append(above, "-e", "inject="+calls+":"+inject)
	}
	for _, f := range files { // as the program may name it
		above = append(above, "-P", w.path(f), "-P", f, "-P", "./"+f)
	}
	c := w.command(above, words(p.command)...)
	r := w.finish(c)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return r, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

var (
	byDescriptor = regexp.MustCompile(`^\d+ +(write|fdatasync|fsync|ftruncate|fchmod|flock)\(\d+<(/[^>]*)>`)
	byName       = regexp.MustCompile(`^\d+ +(openat|unlinkat|mkdirat|renameat)\((?:AT_FDCWD<[^>]*>, "[^"]*", )?AT_FDCWD<[^>]*>, "([^"]*)"`)
	tempName     = regexp.MustCompile(`\.\d+\.tmp$`)
)

// callOf is the call that a line of a trace tells of, if it is about a file of the world. Of a renaming it has the new name.
func (w *world) callOf(line string) (c fileCall, ok bool) {
	m := byDescriptor.FindStringSubmatch(line)
	if m == nil {
		m = byName.FindStringSubmatch(line)
	}
	if m == nil || filepath.IsAbs(m[2]) && !strings.HasPrefix(m[2], w.dir) {
		return c, false
	}
	name := filepath.Clean("./" + strings.TrimPrefix(m[2], w.dir))
	if tempName.MatchString(name) {
		name = temporary
	}
	return fileCall{m[1], name}, true
}

// fileCall is a kind of call about one file of a world, or about any temporary file, whose names are random.
type fileCall struct{ call, file string }

const temporary = "a temporary file"

// calls returns the kinds of calls about files that a run makes.
func (p *plant) calls(t *testing.T) []fileCall {
	t.Helper()
	w := p.world(t)
	_, lines := p.traced(t, w, strings.Join(fileCalls, ","), "")
	kinds := map[fileCall]bool{}
	for _, l := range lines {
		if k, ok := w.callOf(l); ok {
			kinds[k] = true
		}
	}
	if len(kinds) < 12 {
		t.Fatalf("the run's calls are %v, want more", kinds)
	}
	return slices.SortedFunc(maps.Keys(kinds), func(a, b fileCall) int {
		return cmp.Or(cmp.Compare(a.call, b.call), cmp.Compare(a.file, b.file))
	})
}

// disturb calls try for the first, second and further call of each kind, until runs have made no more of them. strace counts the calls of
// each thread by themselves, and those about temporary files together with all others. try reports whether the run got that far.
func (p *plant) disturb(t *testing.T, calls []fileCall, try func(t *testing.T, c fileCall, n int, files ...string) bool) {
	t.Run("calls", func(t *testing.T) {
		for _, c := range calls {
			t.Run(c.call+" "+c.file, func(t *testing.T) {
				t.Parallel()
				files, enough := []string{c.file}, 2
				if c.file == temporary {
					files, enough = nil, 5
				}
				for n, missed := 1, 0; missed < enough && (long || n < 60); n += step(n) {
					if try(t, c, n, files...) {
						missed = 0
					} else {
						missed++
					}
					if n > 200 {
						t.Fatal("the calls do not end")
					}
				}
			})
		}
	})
}

// step is how far the next call lies that is disturbed.
func step(n int) int {
	if long {
		return 1
	}
	return 3*n + 1
}

// TestKillAtCalls kills a run of 50 rows at its calls about files, before they take effect.
func TestKillAtCalls(t *testing.T) {
	t.Parallel()
	needTracer(t)
	p := plants()[0]
	p.prepare(t)
	calls := p.calls(t)
	var mu sync.Mutex // guards met and kills
	met := map[fileCall]int{}
	kills := 0
	p.disturb(t, calls, func(t *testing.T, c fileCall, n int, files ...string) bool {
		w := p.world(t)
		r, lines := p.traced(t, w, c.call, fmt.Sprintf("signal=SIGKILL:when=%d", n), files...)
		if r.code != -1 {
			return false
		}
		mu.Lock()
		kills++
		for _, l := range lines {
			if k, ok := w.callOf(l); ok && strings.HasSuffix(l, "= ?") { // it was not made
				met[k]++
			}
		}
		mu.Unlock()
		p.resume(t, fmt.Sprintf("killed at %s of %s, number %d", c.call, c.file, n), w, most)
		return true
	})
	for _, c := range calls {
		if met[c] == 0 && c.file != temporary {
			t.Errorf("no run was killed at %s of %s", c.call, c.file)
		}
		t.Logf("%3d runs were killed at %s of %s", met[c], c.call, c.file)
	}
	t.Logf("%d in all", kills)
}

// TestFailingCalls lets calls about files fail, as a disk does that is full or broken. What was answered is not lost, the program says
// what is wrong, and once the disk is well again the same command goes on.
func TestFailingCalls(t *testing.T) {
	t.Parallel()
	needTracer(t)
	p := plants()[0]
	p.prepare(t)
	var mu sync.Mutex // guards codes
	codes := map[int]int{}
	p.disturb(t, p.calls(t), func(t *testing.T, c fileCall, n int, files ...string) bool {
		if files == nil && (c.call == "write" || c.call == "openat") {
			return false // others than those of the program's files would fail, too
		}
		reached := false
		for _, broken := range []string{"EIO", "ENOSPC"} {
			if !long && broken == []string{"EIO", "ENOSPC"}[n%2] {
				continue
			}
			w := p.world(t)
			r, lines := p.traced(t, w, c.call, fmt.Sprintf("error=%s:when=%d", broken, n), files...)
			if !strings.Contains(strings.Join(lines, "\n"), "(INJECTED)") {
				continue
			}
			reached = true
			where := fmt.Sprintf("%s at %s of %s, number %d", broken, c.call, c.file, n)
			mu.Lock()
			codes[r.code]++
			mu.Unlock()
			if !clear(r) || r.code < 0 || r.code > 2 {
				t.Errorf("%s: exit code %d\n%s", where, r.code, r.errors)
			}
			if r.code == 0 {
				p.check(t, where, w)
			}
			p.resume(t, where, w, most)
		}
		return reached
	})
	t.Logf("runs by exit code: %v", codes)
}
