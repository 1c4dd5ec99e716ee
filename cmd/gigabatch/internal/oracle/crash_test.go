package oracle

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// A plant is a run that the crash tests disturb.
type plant struct {
	name    string
	files   string
	steps   []string // make what a txtar archive cannot hold
	service sandbox.Options
	command string
	journal string
	batch   bool   // through batches, whose lines are billed without the run
	faults  string // while it is disturbed

	widths bool // the widths of columns in a workbook may be others, because a run has written pending rows

	base    *world            // before the run
	had     int64             // answers in the journal then
	want    map[string][]byte // the files of the undisturbed run, without those of the journal
	billed  int64             // by the undisturbed run, which sends nothing twice
	uploads int64             // of the undisturbed run
	size    int64             // of its journal
	took    time.Duration
}

// most is the number of requests that a plant has in flight.
const most = 10

// plants returns runs over a table, columns that use each other, a workbook edited in place, and documents.
func plants() []*plant {
	latency := sandbox.Options{Latency: 2 * time.Millisecond, Streams: most}
	var documents strings.Builder
	for i := range 16 {
		fmt.Fprintf(&documents, "-- docs/%d/doc%d.%s --\ndocument number %d\n", i%3, i, []string{"md", "txt", "pdf", "docx"}[i%4], i)
	}
	return []*plant{
		{name: "table", files: table(50), service: latency, command: "run q.csv -c 10", journal: "q.csv.gigabatch"},
		{name: "columns", files: table(12) + job, service: latency, command: "run job.yaml -c 10", journal: "q.csv.gigabatch"},
		{
			name: "workbook in place", steps: []string{"take testdata/questions.xlsx q.xlsx"}, service: latency,
			command: "run q.xlsx --in-place -c 10", journal: "q.xlsx.gigabatch",
		},
		{
			name: "documents", files: documents.String(), service: latency,
			command: "run docs -p 'Sum up {{name}}.' -o sums.csv --out-dir sums -c 10", journal: "sums.csv.gigabatch",
		},
	}
}

// grown is a run over a table of 50 rows, of which 40 have answers in an output.
func grown() *plant {
	rows := strings.TrimPrefix(table(50), "-- q.csv --\n")
	p := *plants()[0]
	p.name, p.files, p.steps = "grown table", table(40), []string{p.command, "write q.csv '" + rows + "'"}
	return &p
}

// table returns an input with different prompts in all rows.
func table(rows int) string {
	var b strings.Builder
	b.WriteString("-- q.csv --\nid,prompt\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,question number %d\n", i+1, i+1)
	}
	return b.String()
}

// prepare makes the undisturbed run.
func (p *plant) prepare(t *testing.T) {
	t.Helper()
	p.base = newWorld(t, newProgram, p.service, p.files)
	for _, step := range p.steps {
		p.base.do(step)
	}
	if journal, err := os.ReadFile(p.base.path(p.journal)); err == nil {
		p.had = int64(len(kept(journal)))
	}
	w := p.base.copy(t, newProgram, p.service)
	began := time.Now()
	if r := w.do(p.command); r.code != 0 {
		t.Fatalf("the undisturbed run: exit code %d\n%s", r.code, r.errors)
	}
	p.took = time.Since(began)
	c := w.box.Counts()
	if p.billed = c.Billed; c.BilledTwice != 0 {
		t.Fatalf("the undisturbed run sends %d requests twice", c.BilledTwice)
	}
	p.uploads, p.size = c.Uploads, w.size(p.journal)
	p.want = w.outputs(t, p.journal)
}

// world returns the files of the plant before the run, with a new service.
func (p *plant) world(t *testing.T) *world { return p.base.copy(t, newProgram, p.service) }

// outputs returns the files of a world, without those of the journal and without temporary files, which a kill leaves behind.
func (w *world) outputs(t *testing.T, journal string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.Walk(w.dir, func(path string, info os.FileInfo, err error) error {
		name := filepath.Base(path)
		if err != nil || info.IsDir() || strings.HasPrefix(name, journal) || tempName.MatchString(name) {
			return err
		}
		all[strings.TrimPrefix(path, w.dir)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// resume continues a disturbed run to its end. It checks that exactly the requests without a result in the journal are sent again, and that
// the result equals that of the undisturbed run. lost is the maximum number of requests in flight, over all disturbances.
func (p *plant) resume(t *testing.T, where string, w *world, lost int) {
	t.Helper()
	journal, err := os.ReadFile(w.path(p.journal))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	w.box.settle(t)
	before := w.box.Counts().Billed
	r := w.do(p.command)
	if r.code != 0 {
		t.Errorf("%s: resumed: exit code %d\n%s", where, r.code, r.errors)
		return
	}
	c, had := w.box.Counts(), int64(len(kept(journal)))-p.had
	if c.Billed-before != p.billed-had && !p.batch {
		t.Errorf("%s: resumed: billed %d; the journal had %d of %d answers\n%s", where, c.Billed-before, had, p.billed, r.errors)
	}
	if limit := p.billed + int64(lost); c.Billed > limit || c.BilledPrompts != p.billed {
		t.Errorf("%s: billed %d completions of %d requests, want at most %d of %d", where, c.Billed, c.BilledPrompts, limit, p.billed)
	}
	if twice := paidTwice(r.errors); twice < c.Billed-p.billed {
		t.Errorf("%s: the summary says that %d may have been paid twice, and %d were\n%s", where, twice, c.Billed-p.billed, r.errors)
	}
	p.check(t, where, w)
}

// check compares the files with those of the undisturbed run.
func (p *plant) check(t *testing.T, where string, w *world) {
	t.Helper()
	got := w.outputs(t, p.journal)
	filepath.WalkDir(w.dir, func(path string, _ os.DirEntry, _ error) error {
		if tempName.MatchString(path) {
			t.Errorf("%s: %s is left", where, path)
		}
		return nil
	})
	if left, err := os.ReadDir(w.tmp); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() != "trace" }) {
		t.Errorf("%s: left in the folder for temporary files: %v, error %v", where, left, err)
	}
	if a, b := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(p.want)); !slices.Equal(a, b) {
		t.Errorf("%s: the files are %v, want %v", where, a, b)
	}
	for name, want := range p.want {
		if bytes.Equal(got[name], want) || p.widths && content(t, name, got[name]) == content(t, name, want) {
			continue
		}
		if d := difference(string(want), string(got[name])); d != "" {
			t.Errorf("%s: %s differs from that of an undisturbed run (-):\n%s", where, name, d)
		}
	}
}

// paidTwice returns the number of completions that the summary reports as possibly paid twice.
func paidTwice(said string) int64 {
	m := regexp.MustCompile(`up to ([0-9,]+) completions? may have been paid twice`).FindStringSubmatch(said)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
	return n
}

// TestCutJournal resumes from a journal that is cut after any number of bytes.
func TestCutJournal(t *testing.T) {
	t.Parallel()
	p := &plant{name: "small", files: table(5), command: "run q.csv -c 1", journal: "q.csv.gigabatch"}
	p.prepare(t)
	whole := p.world(t)
	whole.do(p.command)
	journal := whole.read(p.journal)
	var offsets []int
	random := rand.New(rand.NewPCG(11, 26))
	for n, end := 0, 0; n <= len(journal); n++ {
		atEnd := n-1 <= end && end <= n+1 // of a record
		if n < len(journal) && journal[n] == '\n' {
			end = n + 1
		}
		if long || atEnd && n%3 == 0 || random.IntN(len(journal)) < 40 {
			offsets = append(offsets, n)
		}
	}
	const workers = 2
	for i := range workers {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for _, n := range every(offsets, i, workers) {
				w := p.world(t)
				w.write(p.journal, journal[:n])
				if err := os.Chmod(w.path(p.journal), 0o600); err != nil {
					t.Fatal(err)
				}
				before := len(kept(journal[:n]))
				r := w.do(p.command)
				where := fmt.Sprintf("cut after %d of %d bytes", n, len(journal))
				if c := w.box.Counts(); r.code != 0 || c.Billed != p.billed-int64(before) || strings.Contains(r.errors, "panic") {
					t.Errorf("%s: exit code %d, billed %d, want 0 and %d\n%s", where, r.code, c.Billed, p.billed-int64(before), r.errors)
					continue
				}
				p.check(t, where, w)
			}
		})
	}
}

// step returns the distance to the next limit to try.
func step(n int) int {
	if long {
		return 1
	}
	return 3*n + 1
}

// every returns each nth element of a list, from the ith.
func every[T any](list []T, i, n int) []T {
	var some []T
	for ; i < len(list); i += n {
		some = append(some, list[i])
	}
	return some
}

// clear reports whether a failure is a message and not a stack trace.
func clear(r ran) bool {
	if strings.Contains(r.errors, "goroutine ") || strings.Contains(r.errors, "panic:") || strings.Contains(r.errors, "fatal error:") {
		return false
	}
	return r.code == 0 || strings.Contains(r.errors, "gigabatch: error: ")
}

// TestFullDisk limits the size of files, so that a write of the journal or of the output fails midway. No recorded answer is lost.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	filler := strings.ReplaceAll(table(20), "question", strings.Repeat("filler ", 800)+"question")
	for _, p := range []*plant{
		{name: "journal", files: table(50), command: "run q.csv -c 10", journal: "q.csv.gigabatch"},
		{name: "output", files: filler, command: "run q.csv -c 10", journal: "q.csv.gigabatch"},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.prepare(t)
			failed := 0
			for blocks := 1; ; blocks += step(blocks) {
				w := p.world(t)
				r := w.finish(w.command([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d && exec "$0" "$@"`, blocks)}, words(p.command)...))
				where := fmt.Sprintf("files of at most %d blocks", blocks)
				if !clear(r) || r.code != 0 && r.code != 1 {
					t.Errorf("%s: exit code %d\n%s", where, r.code, r.errors)
				}
				if r.code == 0 {
					p.check(t, where, w)
					break
				}
				failed++
				p.resume(t, where, w, most)
			}
			if failed == 0 {
				t.Error("no run failed")
			}
		})
	}
}

// TestReadOnlyFolder runs in a folder that is mounted read-only. Nothing is asked and nothing changes, and the same command works once the
// folder can be written.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	const mount = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$PWD" && exec "$@"`
	if out, err := exec.Command("unshare", "-rm", "sh", "-c", mount, t.TempDir(), "true").CombinedOutput(); err != nil {
		t.Skipf("no mounts of a test's own here: %v %s", err, out)
	}
	for _, p := range append(plants(), grown()) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.prepare(t)
			w := p.world(t)
			before := w.outputs(t, "no journal is left out")
			r := w.finish(w.command([]string{"unshare", "-rm", "sh", "-c", mount, w.dir}, words(p.command)...))
			if r.code != 1 && r.code != 2 || !clear(r) || !strings.Contains(r.errors, "read-only") {
				t.Errorf("exit code %d\n%s", r.code, r.errors)
			}
			if c := w.box.Counts(); c.Chats != 0 {
				t.Errorf("%d requests were sent", c.Chats)
			}
			if after := w.outputs(t, "no journal is left out"); !maps.EqualFunc(before, after, bytes.Equal) {
				t.Errorf("the files changed from %v to %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
			}
			p.resume(t, "after a read-only folder", w, 0)
		})
	}
}
