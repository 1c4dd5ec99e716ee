package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// cmd is the package of the program, which has rooms below it.
const cmd = "gigabatch/cmd/gigabatch"

// doors name the only packages that may import a library, and layers the packages of ours that each package may import.
var (
	doors = map[string][]string{
		"github.com/xuri/excelize":       {"gigabatch/internal/io/table"},
		"github.com/urfave/cli":          {cmd, cmd + "/internal/flags", cmd + "/internal/settings", cmd + "/internal/connection"},
		"github.com/joho/godotenv":       {cmd + "/internal/connection"},
		"github.com/schollz/progressbar": {cmd + "/internal/console"},
		"golang.org/x/term":              {cmd + "/internal/console"},
		"github.com/gofrs/flock":         {"gigabatch/internal/jobs", cmd + "/internal/stdin"},
		"github.com/klauspost/compress":  {"gigabatch/internal/io/ooxml"},
		"golang.org/x/text":              {"gigabatch/internal/io/charset", "gigabatch/internal/jobs/form"},
		"github.com/santhosh-tekuri":     {"gigabatch/internal/jobs/form"},
		"go.yaml.in/yaml":                {"gigabatch/internal/jobs/spec/jobfile"},
		"github.com/bmatcuk/doublestar":  {"gigabatch/internal/io/table"},
		"os/signal":                      {cmd},
	}
	layers = map[string][]string{
		"gigabatch/internal/io/atomicfile": {},
		"gigabatch/internal/io/charset":    {},
		"gigabatch/internal/io/window":     {},
		"gigabatch/internal/io/ooxml":      {"gigabatch/internal/io/window"},
		"gigabatch/internal/io/table": {"gigabatch/internal/io/atomicfile", "gigabatch/internal/io/charset", "gigabatch/internal/io/ooxml",
			"gigabatch/internal/io/window"},
		"gigabatch/internal/gigachat":          {},
		"gigabatch/internal/gigachat/sandbox":  {"gigabatch/internal/gigachat"},
		"gigabatch/internal/io/rooted":         {},
		"gigabatch/internal/jobs/form":         {},
		"gigabatch/internal/jobs/parts":        {},
		"gigabatch/internal/jobs/spec/jobfile": {},
		"gigabatch/internal/jobs": {"gigabatch/internal/gigachat", "gigabatch/internal/io/table", "gigabatch/internal/io/atomicfile",
			"gigabatch/internal/io/rooted", "gigabatch/internal/jobs/form", "gigabatch/internal/jobs/parts"},
		"gigabatch/internal/jobs/board": {"gigabatch/internal/jobs", "gigabatch/internal/io/table", "gigabatch/internal/io/atomicfile", "gigabatch/internal/io/rooted"},
		"gigabatch/internal/web/chats":  {"gigabatch/internal/gigachat", "gigabatch/internal/jobs", "gigabatch/internal/io/atomicfile"},
		"gigabatch/internal/web":        {"gigabatch/internal/gigachat", "gigabatch/internal/jobs", "gigabatch/internal/jobs/board", "gigabatch/internal/web/chats"},
		cmd + "/internal/flags":         {"gigabatch/internal/jobs", "gigabatch/internal/jobs/spec/jobfile", "gigabatch/internal/gigachat/sandbox", "gigabatch/internal/io/table"},
		cmd + "/internal/console":       {"gigabatch/internal/jobs"},
		cmd + "/internal/stdin":         {cmd + "/internal/console", "gigabatch/internal/jobs", "gigabatch/internal/io/table"},
		cmd + "/internal/textfile":      {cmd + "/internal/console", "gigabatch/internal/jobs", "gigabatch/internal/io/charset"},
		cmd + "/internal/address":       {cmd + "/internal/console", cmd + "/internal/flags"},
		cmd + "/internal/connection": {cmd + "/internal/console", cmd + "/internal/flags", cmd + "/internal/stdin",
			"gigabatch/internal/gigachat", "gigabatch/internal/gigachat/sandbox", "gigabatch/internal/jobs"},
		cmd + "/internal/settings": {cmd + "/internal/connection", cmd + "/internal/console", cmd + "/internal/flags", cmd + "/internal/stdin", cmd + "/internal/textfile",
			"gigabatch/internal/gigachat", "gigabatch/internal/io/table", "gigabatch/internal/jobs", "gigabatch/internal/jobs/spec/jobfile"},
		cmd: {cmd + "/internal/connection", cmd + "/internal/console", cmd + "/internal/flags", cmd + "/internal/address", cmd + "/internal/settings",
			cmd + "/internal/stdin", cmd + "/internal/textfile",
			"gigabatch/internal/jobs", "gigabatch/internal/jobs/spec/jobfile", "gigabatch/internal/gigachat", "gigabatch/internal/gigachat/sandbox",
			"gigabatch/internal/jobs/board", "gigabatch/internal/web", "gigabatch/internal/io/table", "gigabatch/internal/io/atomicfile"},
	}
)

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{$p := .ImportPath}}{{range .Imports}}{{$p}} {{.}}{{"\n"}}{{end}}`, "gigabatch/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	edges := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(edges) < 50 {
		t.Fatalf("got %d imports, want all of them", len(edges))
	}
	for _, edge := range edges {
		from, to, _ := strings.Cut(edge, " ")
		if !allowed(from, to) {
			t.Errorf("%s must not import %s", from, to)
		}
	}
}

func allowed(from, to string) bool {
	if strings.HasPrefix(to, "gigabatch/") {
		return slices.Contains(layers[from], to)
	}
	for library, by := range doors {
		if strings.HasPrefix(to, library) {
			return slices.Contains(by, from)
		}
	}
	return true
}
