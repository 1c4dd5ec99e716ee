package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// doors name the only packages that may import a library, and layers the packages of ours that each package may import.
var (
	doors = map[string][]string{
		"github.com/xuri/excelize":       {"gigabatch/internal/io/table/xlsx", "gigabatch/internal/io/table/tabletest"},
		"github.com/urfave/cli":          {"gigabatch/cmd/gigabatch"},
		"github.com/joho/godotenv":       {"gigabatch/cmd/gigabatch"},
		"github.com/schollz/progressbar": {"gigabatch/cmd/gigabatch"},
		"github.com/gofrs/flock":         {"gigabatch/internal/jobs", "gigabatch/cmd/gigabatch"},
		"github.com/klauspost/compress":  {"gigabatch/internal/io/ooxml"},
		"golang.org/x/text":              {"gigabatch/internal/io/charset", "gigabatch/internal/jobs/form"},
		"github.com/santhosh-tekuri":     {"gigabatch/internal/jobs/form"},
		"github.com/goccy/go-yaml":       {"gigabatch/internal/jobs/jobfile"},
		"github.com/bmatcuk/doublestar":  {"gigabatch/internal/io/table/documents"},
		"os/signal":                      {"gigabatch/cmd/gigabatch"},
	}
	layers = map[string][]string{
		"gigabatch/internal/io/atomicfile": {},
		"gigabatch/internal/io/charset":    {},
		"gigabatch/internal/io/header":     {},
		"gigabatch/internal/io/jsontext":   {},
		"gigabatch/internal/io/nearest":    {},
		"gigabatch/internal/io/numfmt":     {},
		"gigabatch/internal/io/stream":     {},
		"gigabatch/internal/io/csv":        {"gigabatch/internal/io/charset", "gigabatch/internal/io/header", "gigabatch/internal/io/stream"},
		"gigabatch/internal/io/ooxml":      {"gigabatch/internal/io/stream"},
		"gigabatch/internal/io/table": {"gigabatch/internal/io/atomicfile", "gigabatch/internal/io/charset", "gigabatch/internal/io/header",
			"gigabatch/internal/io/nearest", "gigabatch/internal/io/stream"},
		"gigabatch/internal/io/table/csv": {"gigabatch/internal/io/table", "gigabatch/internal/io/csv", "gigabatch/internal/io/charset", "gigabatch/internal/io/header"},
		"gigabatch/internal/io/table/documents": {"gigabatch/internal/io/table", "gigabatch/internal/io/charset", "gigabatch/internal/io/nearest",
			"gigabatch/internal/io/stream"},
		"gigabatch/internal/io/table/jsonl": {"gigabatch/internal/io/table", "gigabatch/internal/io/charset", "gigabatch/internal/io/jsontext",
			"gigabatch/internal/io/stream"},
		"gigabatch/internal/io/table/xlsx": {"gigabatch/internal/io/table", "gigabatch/internal/io/atomicfile", "gigabatch/internal/io/header",
			"gigabatch/internal/io/jsontext", "gigabatch/internal/io/nearest", "gigabatch/internal/io/numfmt", "gigabatch/internal/io/ooxml"},
		"gigabatch/internal/io/table/open": {"gigabatch/internal/io/table", "gigabatch/internal/io/table/csv", "gigabatch/internal/io/table/documents",
			"gigabatch/internal/io/table/jsonl", "gigabatch/internal/io/table/xlsx"},
		"gigabatch/internal/io/table/tabletest": {"gigabatch/internal/io/table", "gigabatch/internal/io/table/open", "gigabatch/internal/io/charset",
			"gigabatch/internal/io/csv", "gigabatch/internal/io/jsontext"}, // only tests import it
		"gigabatch/internal/gigachat":         {},
		"gigabatch/internal/gigachat/sandbox": {"gigabatch/internal/gigachat"},
		"gigabatch/internal/io/rooted":        {},
		"gigabatch/internal/jobs/form":        {},
		"gigabatch/internal/jobs/parts":       {},
		"gigabatch/internal/jobs/jobfile":     {},
		"gigabatch/internal/jobs": {"gigabatch/internal/gigachat", "gigabatch/internal/io/nearest", "gigabatch/internal/io/table", "gigabatch/internal/io/table/open", "gigabatch/internal/io/atomicfile",
			"gigabatch/internal/io/rooted", "gigabatch/internal/jobs/form", "gigabatch/internal/jobs/parts"},
		"gigabatch/internal/jobs/board": {"gigabatch/internal/jobs", "gigabatch/internal/io/table", "gigabatch/internal/io/atomicfile", "gigabatch/internal/io/rooted"},
		"gigabatch/internal/web/chats":  {"gigabatch/internal/gigachat", "gigabatch/internal/jobs", "gigabatch/internal/io/atomicfile"},
		"gigabatch/internal/web":        {"gigabatch/internal/gigachat", "gigabatch/internal/jobs", "gigabatch/internal/jobs/board", "gigabatch/internal/web/chats"},
		"gigabatch/cmd/gigabatch": {"gigabatch/internal/jobs", "gigabatch/internal/jobs/jobfile", "gigabatch/internal/gigachat", "gigabatch/internal/gigachat/sandbox",
			"gigabatch/internal/jobs/board", "gigabatch/internal/web", "gigabatch/internal/io/nearest", "gigabatch/internal/io/table", "gigabatch/internal/io/table/open",
			"gigabatch/internal/io/atomicfile", "gigabatch/internal/io/charset"},
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
