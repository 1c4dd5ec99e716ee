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

// fileCalls lists the system calls with which the program opens, changes or removes files.
var fileCalls = []string{"openat", "flock", "fchmod", "write", "fdatasync", "fsync", "ftruncate", "renameat", "unlinkat", "mkdirat"}

// probeTracer returns an error if strace does not work here.
var probeTracer = sync.OnceValue(func() error {
	out, err := exec.Command("strace", "-f", "-o", "/dev/null", "-e", "inject=openat:signal=SIGKILL:when=1000", "true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w %s", err, out)
	}
	return nil
})

// needTracer skips a test if strace does not work. If strace is not installed, the test fails when CI is set.
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

// traced runs the command of the plant under strace with an injection, limited to calls for the given files if there are any. It also
// returns the lines of the trace.
func (p *plant) traced(t *testing.T, w *world, calls, inject string, files ...string) (ran, []string) {
	t.Helper()
	log := filepath.Join(w.tmp, "trace")
	above := []string{"strace", "-f", "-y", "-s", "40", "-o", log, "-e", "trace=" + calls, "-e", "signal=none"}
	if inject != "" {
		above = append(above, "-e", "inject="+calls+":"+inject)
	}
	for _, f := range files { // all names that the program may use
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

// callOf returns the call in a line of a trace, if it is for a file of the world. For a rename, the file is the new name.
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

// fileCall is a system call for one file of a world, or for any temporary file, because their names are random.
type fileCall struct{ call, file string }

func (c fileCall) compare(d fileCall) int {
	return cmp.Or(cmp.Compare(c.call, d.call), cmp.Compare(c.file, d.file))
}

const temporary = "a temporary file"

// calls returns the kinds of file calls that a run makes.
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
		t.Fatalf("the run makes the calls %v, want more", kinds)
	}
	return slices.SortedFunc(maps.Keys(kinds), fileCall.compare)
}

// disturb calls try for the first, second and later calls of each kind, until runs make no more of them. strace counts the calls of each
// thread separately, and those for temporary files together with all others. try reports whether the run got that far.
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

// step returns the distance to the next call to disturb.
func step(n int) int {
	if long {
		return 1
	}
	return 3*n + 1
}

// killAt runs the command of the plant and kills it before a file call takes effect, as the tracer does. It returns all file calls, and
// whether the last one was fatal.
func (p *plant) killAt(t *testing.T, w *world, at string) (calls []fileCall, killed bool) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(w.tmp, "trace")
	c := w.command([]string{self, at}, words(p.command)...)
	c.Env = append(c.Env, "ORACLE_TRACE="+log)
	r := w.finish(c)
	text, err := os.ReadFile(log)
	if err != nil || r.code > 0 {
		t.Fatalf("killed at %s: exit code %d, error %v\n%s", at, r.code, err, r.errors)
	}
	for line := range strings.Lines(string(text)) {
		call, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		calls = append(calls, fileCall{call, file})
	}
	return calls, r.code < 0
}

// TestKillAtCalls kills a run of 50 rows at its file calls, before they take effect: at the first of each kind, and at every 20th. The long
// form kills at each call of all plants.
func TestKillAtCalls(t *testing.T) {
	t.Parallel()
	if tracer == nil {
		t.Skip("no tracer is written for this system")
	}
	all := plants()
	if !long {
		all = all[:1]
	}
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.killAtCalls(t)
		})
	}
}

func (p *plant) killAtCalls(t *testing.T) {
	p.prepare(t)
	whole, _ := p.killAt(t, p.world(t), "never")
	distance := 20
	if long {
		distance = 1
	}
	var mu sync.Mutex // guards met and kills
	met := map[fileCall]int{}
	kills := 0
	kill := func(t *testing.T, at string) bool {
		w := p.world(t)
		calls, killed := p.killAt(t, w, at)
		if !killed {
			return false
		}
		last := calls[len(calls)-1]
		mu.Lock()
		kills++
		met[last]++
		mu.Unlock()
		p.resume(t, fmt.Sprintf("killed at call %s, %s of %s", at, last.call, last.file), w, most)
		return true
	}
	kinds := map[fileCall]int{}
	for _, c := range whole {
		kinds[c]++
	}
	t.Run("calls", func(t *testing.T) {
		t.Run("first of a kind", func(t *testing.T) {
			t.Parallel()
			for c := range kinds {
				if !kill(t, c.call+" "+c.file) {
					t.Errorf("no run was killed at %s of %s", c.call, c.file)
				}
			}
		})
		t.Run("by number", func(t *testing.T) {
			t.Parallel()
			n := distance
			for ; kill(t, fmt.Sprint(n)); n += distance {
			}
			if n < len(whole)/2 { // runs differ in how many results share a write
				t.Errorf("a run ended before call %d, but another had %d", n, len(whole))
			}
		})
	})
	for _, c := range slices.SortedFunc(maps.Keys(kinds), fileCall.compare) {
		t.Logf("%3d calls, killed %3d times: %s of %s", kinds[c], met[c], c.call, c.file)
	}
	t.Logf("%d calls, %d kills", len(whole), kills)
}

// TestFailingCalls makes file calls fail, as on a full or broken disk. No answer is lost, the program reports the error, and the same
// command continues when the disk works again.
func TestFailingCalls(t *testing.T) {
	t.Parallel()
	needTracer(t)
	p := plants()[0]
	p.prepare(t)
	var mu sync.Mutex // guards codes
	codes := map[int]int{}
	p.disturb(t, p.calls(t), func(t *testing.T, c fileCall, n int, files ...string) bool {
		if files == nil && (c.call == "write" || c.call == "openat") {
			return false // calls for files outside the program would fail, too
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

// TestOutputFolderIsSyncedOnce counts the syncs of the folders of a run that writes 16 files into three of them.
func TestOutputFolderIsSyncedOnce(t *testing.T) {
	t.Parallel()
	needTracer(t)
	i := slices.IndexFunc(plants(), func(p *plant) bool { return p.name == "documents" })
	p := plants()[i]
	p.prepare(t)
	w := p.world(t)
	r, lines := p.traced(t, w, "fsync", "")
	if r.code != 0 {
		t.Fatalf("exit code %d", r.code)
	}
	syncs, files := map[string]int{}, 0
	for _, l := range lines {
		m := byDescriptor.FindStringSubmatch(l)
		switch {
		case m == nil || !strings.HasPrefix(m[2], w.path("sums/")):
		case tempName.MatchString(m[2]):
			files++
		default:
			syncs[m[2]]++
		}
	}
	if files != 16 || len(syncs) != 3 {
		t.Errorf("%d files and the folders %v were synced", files, syncs)
	}
	for dir, n := range syncs {
		if n != 1 {
			t.Errorf("%s was synced %d times", dir, n)
		}
	}
}
