package oracle

import (
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/gigachat/sandbox"
)

// A scenario is a case of the differential test. The old program runs the steps of before in one world. Then each chain runs twice: with
// the old program in one copy of that world, with the new program in another. Everything is compared after each step.
type scenario struct {
	name    string
	long    bool // only with GIGABATCH_LONG
	files   string
	service sandbox.Options
	before  []string   // steps, see world.do
	at      string     // the argument of status and output; "" means the input of the last run of before
	chains  [][]string // nil means all ways to continue the last run of before
}

// ways returns the chains that continue a run. at is the argument of status and output.
func ways(command, at string) [][]string {
	if !long {
		return [][]string{{"status " + at + " --json", command + " --dry-run", command, "output " + at + " -o other.jsonl"}}
	}
	return [][]string{
		{"status " + at, "status " + at + " --json", command + " --dry-run --json", command, "output " + at, "status " + at + " --json",
			command + " --json", command + " --retry-failed", "output " + at + " -o other.xlsx"},
		{"output " + at, "output " + at + " -o other.jsonl", command + " --dry-run", command + " --preview=2", "status " + at, command},
		{command + " --preview=3 --json", command + " --fresh -q", "status " + at},
		{"interrupt 1 " + command + " --fresh", "status " + at, "output " + at, command + " --preview=2", command + " --fresh --json",
			command},
		{"kill 1 " + command + " --fresh", "status " + at + " --json", command, command + " --fresh"},
	}
}

// TestDifferential compares the old program with the new one.
func TestDifferential(t *testing.T) {
	t.Parallel()
	old := oldProgram(t)
	for _, sc := range slices.Concat(scenarios, dataScenarios(t)) {
		if sc.long && !long {
			continue
		}
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			sc.run(t, old)
		})
	}
}

func (sc *scenario) run(t *testing.T, old string) {
	w := newWorld(t, old, sc.service, sc.files)
	command := ""
	for _, step := range sc.before {
		if r := w.do(step); strings.HasPrefix(r.errors, undisturbed) {
			t.Fatalf("%s: %s", step, r.errors)
		}
		if i := strings.Index(step, "run "); i >= 0 {
			command, _, _ = strings.Cut(step[i:], " -c ")
		}
	}
	chains, last := sc.chains, []string(nil) // last are the steps that the old program runs in both worlds
	if chains == nil {
		at := cmp.Or(sc.at, words(command)[1])
		chains = ways(command, at)
		if long {
			last = []string{"status " + at + " --json", "output " + at}
		}
	}
	for i, chain := range chains {
		a, b := w.copy(t, old, sc.service), w.copy(t, newProgram, sc.service)
		chain = slices.Concat(chain, last)
		for n, step := range chain {
			if n == len(chain)-len(last) { // the old program reads what the new one has written
				b.program = old
			}
			if !compare(t, fmt.Sprintf("%s/%d.%d %s", sc.name, i+1, n+1, step), a.look(a.do(step)), b.look(b.do(step))) {
				break // later differences have the same cause
			}
		}
	}
}

// Chains for a data file, which they call FILE.
var (
	shortLook = [][]string{{"probe FILE --limit 7", "output FILE -o other.csv"}}
	longLook  = [][]string{
		{"run FILE", "probe FILE", "status FILE", "output FILE -o other.csv", "output FILE -o other.xlsx", "output FILE -o other.jsonl",
			"probe FILE --json"},
		{"probe FILE --in-place --limit 9", "probe FILE --in-place", "status FILE --json", "output FILE"},
		{"probe FILE --dry-run", "probe FILE --preview", "probe FILE -o out.jsonl --rows 3-9"},
	}
	workbookLook = [][]string{
		{"probe FILE --all-sheets", "status FILE", "probe FILE --in-place --all-sheets"},
		{"probe FILE --raw-values -o raw.csv", "probe FILE --visible-only -o visible.csv"},
	}
)

// naming returns the scenario with FILE replaced by a name.
func (sc scenario) naming(file string) scenario {
	var chains [][]string
	for _, chain := range sc.chains {
		var steps []string
		for _, step := range chain {
			steps = append(steps, strings.ReplaceAll(step, "FILE", file))
		}
		chains = append(chains, steps)
	}
	sc.chains = chains
	return sc
}

// dataScenarios returns a scenario for each file of testdata and of the data folders beside the module, if they exist.
func dataScenarios(t *testing.T) []scenario {
	t.Helper()
	var all []scenario
	for _, dir := range []string{"testdata", "../shared/found", "../shared/data"} {
		n := 0
		err := filepath.WalkDir(filepath.Join(root(t), dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(root(t), path)
			if err != nil {
				return err
			}
			rel = filepath.ToSlash(rel)
			ext := filepath.Ext(rel)
			if !slices.Contains([]string{".csv", ".tsv", ".jsonl", ".xlsx", ".xlsm"}, ext) {
				return nil
			}
			sc := scenario{name: rel, before: []string{"take " + rel + " F" + ext}, chains: shortLook}
			if long {
				sc.chains = longLook
				if strings.HasPrefix(ext, ".xls") {
					sc.chains = slices.Concat(longLook, workbookLook)
				}
			}
			if n++; n > 3 {
				sc.long = n%3 > 0 || strings.HasPrefix(dir, "../") && n%9 > 0
			}
			all = append(all, sc.naming("F"+ext))
			return nil
		})
		if err != nil && !strings.HasPrefix(dir, "../") {
			t.Fatal(err)
		}
	}
	return all
}
