package house

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layers name the packages of the module that each package may import. Of paths, "gigabatch/" and "gigabatch/internal/" are left out.
var layers = map[string]string{
	"house":                    "",
	"io/atomicfile":            "",
	"io/charset":               "",
	"io/rooted":                "",
	"io/window":                "",
	"io/ooxml":                 "io/window",
	"io/table":                 "io/atomicfile io/charset io/ooxml io/window",
	"gigachat":                 "",
	"gigachat/sandbox":         "gigachat gigachat/sandbox/example gigachat/sandbox/random",
	"gigachat/sandbox/example": "gigachat/sandbox/random",
	"gigachat/sandbox/random":  "",
	"jobs/form":                "",
	"jobs/parts":               "",
	"jobs/jobfile":             "",
	"jobs":                     "gigachat io/atomicfile io/rooted io/table jobs/form jobs/parts",
	"jobs/board":               "io/atomicfile io/rooted io/table jobs",
	"web/chats":                "gigachat io/atomicfile jobs",
	"web":                      "gigachat jobs jobs/board web/chats",
	"cmd/gigabatch":            "gigachat gigachat/sandbox io/atomicfile io/charset io/table jobs jobs/board jobs/jobfile web",
}

// doors name the packages that may import a library. A library not named here may be imported anywhere.
var doors = map[string]string{
	"github.com/bmatcuk/doublestar":  "io/table",
	"github.com/goccy/go-yaml":       "jobs/jobfile",
	"github.com/gofrs/flock":         "jobs cmd/gigabatch",
	"github.com/joho/godotenv":       "cmd/gigabatch",
	"github.com/klauspost/compress":  "io/ooxml",
	"github.com/santhosh-tekuri":     "jobs/form",
	"github.com/schollz/progressbar": "cmd/gigabatch",
	"github.com/urfave/cli":          "cmd/gigabatch",
	"github.com/xuri/excelize":       "io/table",
	"golang.org/x/text":              "io/charset jobs/form",
	"os/signal":                      "cmd/gigabatch",
}

// uses are the names of a library that only packages below a path may use.
var uses = []struct{ library, names, below string }{
	{"os", "Args Environ Exit Getenv LookupEnv Stderr Stdin Stdout", "cmd"},
	{"net/http", "Handle HandleFunc Handler HandlerFunc ListenAndServe ResponseWriter Serve ServeMux Server", "cmd gigachat web"},
}

// exceptions are the faults that are known and accepted. An exception without a fault fails the test.
var exceptions = []exception{
	{"gigachat/sandbox.Options has a struct of more than 15 fields", "each field is a setting of its own, for tests that set one or two by name"},
}

type exception struct{ fault, reason string }

// rebuilt are packages that are being taken apart: the faults of their size are not reported. The list is to become empty.
var rebuilt = []string{
	"cmd/gigabatch",
	"io/ooxml",
	"io/table",
	"jobs",
	"jobs/board",
	"jobs/jobfile",
}

func TestHouse(t *testing.T) {
	t.Parallel()
	rooms := load(t)
	if len(rooms) < 15 {
		t.Fatalf("got %d packages, want all of them", len(rooms))
	}
	for _, fault := range judge(rooms, exceptions, rebuilt) {
		t.Error(fault)
	}
	for path := range layers {
		if !slices.ContainsFunc(rooms, func(r room) bool { return r.path == path }) {
			t.Errorf("layers has a line for %s, which is no package", path)
		}
	}
}

// judge returns the faults of rooms that are not accepted, and what is accepted without need.
func judge(rooms []room, exceptions []exception, rebuilt []string) (faults []string) {
	open := map[string]bool{}
	for _, e := range exceptions {
		if e.reason == "" {
			faults = append(faults, fmt.Sprintf("the exception %q has no reason", e.fault))
		}
		open[e.fault] = true
	}
	for _, r := range rooms {
		faults = append(faults, r.imports()...)
		faults = append(faults, r.usesOf()...)
		sizes := r.sizes()
		if slices.Contains(rebuilt, r.path) {
			if len(sizes) == 0 {
				faults = append(faults, r.path+" has no faults and is no longer an exception")
			}
			continue
		}
		for _, fault := range sizes {
			if _, accepted := open[fault]; !accepted {
				faults = append(faults, fault)
			}
			delete(open, fault)
		}
	}
	for _, fault := range slices.Sorted(maps.Keys(open)) {
		faults = append(faults, fmt.Sprintf("the exception %q is no longer needed", fault))
	}
	return faults
}

// load reads the non-test files of every package of the module, those for other systems too.
func load(t *testing.T) []room {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}\t{{.Dir}}", "gigabatch/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var rooms []room
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		r := room{path: short(path)}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			r.add(t, filepath.Base(name), string(text))
		}
		rooms = append(rooms, r)
	}
	return rooms
}

func (r *room) add(t *testing.T, name, text string) {
	tree, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	r.files = append(r.files, file{name: name, lines: strings.Count(text, "\n"), tree: tree})
}
