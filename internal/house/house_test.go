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

// layers lists the packages of the module that each package may import. The paths omit "gigabatch/" and "gigabatch/internal/".
var layers = map[string]string{
	"house":            "",
	"messages":         "messages/page messages/russian",
	"messages/page":    "",
	"messages/russian": "",

	"io/atomicfile":      "io/filelock",
	"io/charset":         "",
	"io/deflate":         "",
	"io/filelock":        "",
	"io/header":          "",
	"io/jsontext":        "",
	"io/nearest":         "",
	"io/numfmt":          "",
	"io/rooted":          "",
	"io/scratch":         "io/filelock",
	"io/stream":          "",
	"io/usersocket":      "",
	"io/csv":             "io/charset io/header io/stream",
	"io/ooxml":           "io/deflate io/scratch io/stream",
	"io/table":           "io/atomicfile io/charset io/header io/nearest io/stream",
	"io/table/csv":       "io/charset io/csv io/header io/table",
	"io/table/documents": "io/charset io/nearest io/stream io/table",
	"io/table/jsonl":     "io/charset io/jsontext io/stream io/table",
	"io/table/xlsx":      "io/atomicfile io/header io/jsontext io/nearest io/numfmt io/ooxml io/table",
	"io/table/open":      "io/table io/table/csv io/table/documents io/table/jsonl io/table/xlsx",
	"io/table/tabletest": "io/charset io/csv io/jsontext io/table io/table/open",

	"gigachat":                 "gigachat/authkey gigachat/secure",
	"gigachat/authkey":         "",
	"gigachat/secure":          "",
	"gigachat/sandbox":         "gigachat gigachat/sandbox/example gigachat/sandbox/h2 gigachat/sandbox/meter gigachat/sandbox/random",
	"gigachat/sandbox/example": "gigachat/sandbox/random",
	"gigachat/sandbox/h2":      "",
	"gigachat/sandbox/meter":   "",
	"gigachat/sandbox/random":  "",

	"jobs/task":          "gigachat jobs/cost",
	"jobs/cost":          "gigachat io/atomicfile",
	"jobs/control":       "io/usersocket jobs/cost jobs/task",
	"jobs/estimate":      "gigachat jobs/cost jobs/journal jobs/prompt jobs/resolve jobs/spec jobs/task",
	"jobs/blast":         "io/table jobs/cost jobs/estimate jobs/resolve jobs/spec jobs/task",
	"jobs/form":          "",
	"jobs/spec":          "io/atomicfile io/nearest io/table jobs/form",
	"jobs/spec/jobfile":  "",
	"jobs/journal/index": "jobs/task",
	"jobs/journal":       "jobs/journal/index gigachat jobs/cost io/atomicfile io/filelock io/table jobs/spec jobs/task",
	"jobs/journal/shelf": "jobs/journal",
	"jobs/prompt":        "gigachat io/nearest io/rooted io/table jobs/form jobs/spec jobs/task",
	"jobs/resolve":       "gigachat io/table jobs/form jobs/journal jobs/prompt jobs/spec jobs/task",
	"jobs/batch":         "gigachat jobs/cost jobs/task",
	"jobs/pool":          "gigachat jobs/cost jobs/pool/limit jobs/pool/share jobs/task",
	"jobs/pool/limit":    "gigachat jobs/task",
	"jobs/pool/share":    "gigachat io/filelock io/usersocket jobs/pool/limit jobs/task",
	"jobs/pack":          "gigachat jobs/pool jobs/task",
	"jobs/queue":         "gigachat jobs/pack jobs/pool jobs/pool/share jobs/task",
	"jobs/queue/hub":     "",
	"jobs/live":          "jobs/journal jobs/prompt jobs/resolve jobs/spec jobs/task",
	"jobs/uploads":       "gigachat jobs/journal jobs/task",
	"jobs/output":        "io/atomicfile io/rooted io/table jobs/form jobs/journal jobs/resolve jobs/spec jobs/task",
	"jobs": "gigachat io/atomicfile io/rooted io/table io/table/open jobs/batch jobs/blast jobs/control jobs/cost jobs/estimate jobs/form jobs/journal jobs/journal/shelf jobs/live jobs/output jobs/pack jobs/pool jobs/pool/share jobs/prompt jobs/queue jobs/remarks jobs/resolve" +
		" jobs/shards jobs/spec jobs/task jobs/uploads",
	"jobs/remarks":  "gigachat io/table jobs/prompt jobs/resolve jobs/task",
	"jobs/rows":     "gigachat io/scratch io/table jobs jobs/form jobs/journal jobs/journal/shelf jobs/prompt jobs/resolve jobs/spec jobs/task",
	"jobs/report":   "jobs jobs/cost jobs/journal jobs/resolve jobs/task",
	"jobs/diff":     "io/scratch io/table io/table/open jobs jobs/journals jobs/resolve jobs/spec jobs/task",
	"jobs/journals": "io/rooted jobs/journal jobs/spec",
	"jobs/shards":   "jobs/journal jobs/spec jobs/task",
	"jobs/merge":    "jobs jobs/journal jobs/resolve jobs/shards jobs/spec jobs/task",
	"jobs/jobstest": "jobs/spec",

	"web/chats":           "gigachat io/atomicfile jobs/prompt jobs/spec",
	"web/board":           "gigachat io/atomicfile io/rooted io/scratch io/table jobs jobs/blast jobs/control jobs/cost jobs/estimate jobs/journal jobs/pool jobs/report jobs/rows jobs/spec jobs/spec/jobfile jobs/task",
	"web/board/boardtest": "gigachat jobs",
	"web/workbench":       "io/table jobs jobs/cost jobs/journal jobs/rows jobs/spec jobs/task web/board",
	"web":                 "gigachat jobs jobs/journal jobs/rows jobs/spec jobs/task web/board web/chats web/workbench",

	"cmd/gigabatch/internal/address":   "cmd/gigabatch/internal/console cmd/gigabatch/internal/flags",
	"cmd/gigabatch/internal/advice":    "cmd/gigabatch/internal/connection cmd/gigabatch/internal/keyring gigachat gigachat/authkey gigachat/secure io/table jobs/journal jobs/pool jobs/spec jobs/task jobs/spec/jobfile web",
	"cmd/gigabatch/internal/collector": "io/table",
	"cmd/gigabatch/internal/console":   "jobs/pool jobs/task",
	"cmd/gigabatch/internal/connection": "cmd/gigabatch/internal/console cmd/gigabatch/internal/flags cmd/gigabatch/internal/keyring cmd/gigabatch/internal/stdin" +
		" cmd/gigabatch/internal/textfile gigachat gigachat/authkey gigachat/sandbox gigachat/secure io/atomicfile io/nearest io/rooted jobs jobs/cost jobs/pool jobs/pool/share jobs/spec",
	"cmd/gigabatch/internal/crew":    "cmd/gigabatch/internal/connection cmd/gigabatch/internal/console cmd/gigabatch/internal/flags gigachat jobs jobs/pack jobs/pool jobs/queue jobs/queue/hub",
	"cmd/gigabatch/internal/figures": "jobs/cost jobs/estimate jobs/task",
	"cmd/gigabatch/internal/flags":   "gigachat/sandbox io/nearest io/table jobs jobs/blast jobs/control jobs/cost jobs/estimate jobs/pack jobs/pool jobs/spec jobs/spec/jobfile jobs/task",
	"cmd/gigabatch/internal/doctor": "cmd/gigabatch/internal/advice cmd/gigabatch/internal/connection cmd/gigabatch/internal/console gigachat gigachat/authkey jobs/prompt" +
		" jobs/spec jobs/task",
	"cmd/gigabatch/internal/events":              "cmd/gigabatch/internal/outcome io/filelock jobs jobs/control jobs/cost jobs/estimate jobs/pool jobs/task",
	"cmd/gigabatch/internal/keyring":             "",
	"cmd/gigabatch/internal/locale":              "",
	"cmd/gigabatch/internal/oracle":              "",
	"cmd/gigabatch/internal/outcome":             "cmd/gigabatch/internal/flags io/nearest io/table jobs/cost jobs/journal jobs/spec jobs/spec/jobfile jobs/task",
	"cmd/gigabatch/internal/publish":             "cmd/gigabatch/internal/console cmd/gigabatch/internal/flags cmd/gigabatch/internal/outcome io/atomicfile jobs jobs/report jobs/task",
	"cmd/gigabatch/internal/desktop":             "",
	"cmd/gigabatch/internal/prelude":             "cmd/gigabatch/internal/stdin io/table jobs jobs/journal",
	"cmd/gigabatch/internal/recap":               "cmd/gigabatch/internal/console jobs jobs/spec jobs/task",
	"cmd/gigabatch/internal/release":             "",
	"cmd/gigabatch/internal/shell":               "cmd/gigabatch/internal/flags cmd/gigabatch/internal/release io/table jobs/control jobs/cost jobs/spec",
	"cmd/gigabatch/internal/keyring/keyringtest": "",
	"cmd/gigabatch/internal/settings": "cmd/gigabatch/internal/connection cmd/gigabatch/internal/console cmd/gigabatch/internal/flags" +
		" cmd/gigabatch/internal/stdin cmd/gigabatch/internal/textfile gigachat io/rooted io/table io/table/open jobs/cost jobs/spec jobs/spec/jobfile jobs/task",
	"cmd/gigabatch/internal/stdin":    "cmd/gigabatch/internal/console io/filelock io/table jobs/spec",
	"cmd/gigabatch/internal/textfile": "cmd/gigabatch/internal/console io/charset jobs/spec",
	"cmd/gigabatch": "cmd/gigabatch/internal/address cmd/gigabatch/internal/advice cmd/gigabatch/internal/collector cmd/gigabatch/internal/connection cmd/gigabatch/internal/console cmd/gigabatch/internal/crew cmd/gigabatch/internal/desktop cmd/gigabatch/internal/doctor cmd/gigabatch/internal/events cmd/gigabatch/internal/figures cmd/gigabatch/internal/flags" +
		" cmd/gigabatch/internal/locale cmd/gigabatch/internal/outcome cmd/gigabatch/internal/prelude cmd/gigabatch/internal/publish cmd/gigabatch/internal/recap cmd/gigabatch/internal/release cmd/gigabatch/internal/settings cmd/gigabatch/internal/shell cmd/gigabatch/internal/stdin cmd/gigabatch/internal/textfile gigachat gigachat/authkey gigachat/sandbox io/atomicfile" +
		" io/filelock io/nearest io/scratch io/table jobs jobs/blast jobs/control jobs/cost jobs/diff jobs/estimate jobs/journal jobs/journals jobs/merge jobs/pool jobs/prompt jobs/report jobs/shards jobs/spec jobs/spec/jobfile jobs/task web web/board web/workbench",
}

// leaf is the package that all may import but those of wordless: it knows no other, and messages belong everywhere.
const leaf = "messages"

// wordless are the packages, with those below them, that must not import leaf.
var wordless = []string{"gigachat", "house"}

// doors lists the packages that may import a library. A library not listed here may be imported anywhere.
var doors = map[string]string{
	"github.com/Microsoft/go-winio":  "io/usersocket",
	"github.com/bmatcuk/doublestar":  "io/table/documents",
	"github.com/godbus/dbus":         "cmd/gigabatch/internal/keyring cmd/gigabatch/internal/keyring/keyringtest",
	"github.com/gofrs/flock":         "jobs/cost jobs/journal",
	"github.com/joho/godotenv":       "cmd/gigabatch/internal/connection",
	"github.com/klauspost/compress":  "io/deflate io/ooxml",
	"github.com/nats-io":             "jobs/queue jobs/queue/hub",
	"github.com/prometheus":          "cmd/gigabatch/internal/publish",
	"github.com/santhosh-tekuri":     "jobs/form",
	"github.com/schollz/progressbar": "cmd/gigabatch/internal/console",
	"github.com/urfave/cli": "cmd/gigabatch cmd/gigabatch/internal/address cmd/gigabatch/internal/connection cmd/gigabatch/internal/crew cmd/gigabatch/internal/flags" +
		" cmd/gigabatch/internal/settings cmd/gigabatch/internal/shell",
	"github.com/xuri/excelize":      "io/table/xlsx io/table/tabletest",
	"github.com/zalando/go-keyring": "cmd/gigabatch/internal/keyring",
	"go.yaml.in/yaml":               "jobs/spec/jobfile",
	"golang.org/x/text":             "io/charset jobs/form messages",
	"os/signal":                     "cmd/gigabatch",
}

// uses are the names of a library that only packages at or below a path may use.
var uses = []struct{ library, names, below string }{
	{"os", "Args Environ Exit Getenv LookupEnv Stderr Stdin Stdout", "cmd io/table/tabletest jobs/jobstest"},
	{"net/http", "Handle HandleFunc Handler HandlerFunc ListenAndServe ResponseWriter Serve ServeMux Server", "cmd gigachat web"},
}

// exceptions are the known and accepted faults. An exception without a fault fails the test.
var exceptions = []exception{
	{"gigachat/sandbox.Options has a struct of more than 15 fields", "each field is a setting of its own, for tests that set one or two by name"},
}

type exception struct{ fault, reason string }

// rebuilt are the packages that are being taken apart: faults of their size are not reported. The list should become empty.
var rebuilt = []string{}

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

// judge returns the faults of rooms that are not accepted, and the exceptions that are not needed.
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

// load reads the non-test files of every package of the module, including those for other systems.
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
