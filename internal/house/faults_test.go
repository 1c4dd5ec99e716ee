package house

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Each rule is broken here once, and kept by a package at the limit.
func TestRules(t *testing.T) {
	t.Parallel()
	const (
		fields15 = "struct{ a, b, c, d, e, f, g, h, i, j, k, l, m, n int; T }"
		fields16 = "struct{ a, b, c, d, e, f, g, h, i, j, k, l, m, n, o int; T }"
	)
	for _, test := range []struct {
		name, path string
		files      string // one file per line: its name, and what follows the package clause
		want       string
	}{
		{"an import up", "jobs/form", `form.go import "gigabatch/internal/web"`, "jobs/form must not import web (form.go)"},
		{"an import up for another system", "jobs/form", `form_windows.go import "gigabatch/internal/web"`,
			"jobs/form must not import web (form_windows.go)"},
		{"an import down", "web", `web.go import "gigabatch/internal/gigachat"`, ""},
		{"an import of a command", "web", `web.go import "gigabatch/cmd/gigabatch"`, "web must not import cmd/gigabatch (web.go)"},
		{"the leaf", "jobs/form", `form.go import "gigabatch/internal/messages"`, ""},
		{"the leaf in a wordless room", "gigachat/sandbox", `a.go import "gigabatch/internal/messages"`, "gigachat/sandbox must not import messages (a.go)"},
		{"a package without a layer", "io/new", "new.go", "io/new has no line in layers"},
		{"a library beside its door", "web", `web.go import "golang.org/x/text/cases"`, "web must not import golang.org/x/text (web.go)"},
		{"a library by its door", "io/charset", `charset.go import "golang.org/x/text/cases"`, ""},
		{"a library whose name is longer", "web", `web.go import "golang.org/x/textual"`, ""},

		{"what belongs to the process", "web", `web.go import "os"; func f() { os.Exit(1) }`, "web must not use os.Exit (web.go)"},
		{"the same in a command", "cmd/gigabatch", `main.go import "os"; func f() { os.Exit(1) }`, ""},
		{"a variable called os", "web", "web.go var os struct{ Exit int }; var n = os.Exit", ""},
		{"a server", "io/table", `a.go import "net/http"; func f(http.ResponseWriter) {}`, "io/table must not use http.ResponseWriter (a.go)"},
		{"a server in web", "web/chats", `a.go import "net/http"; func f(http.ResponseWriter) {}`, ""},
		{"a status", "io/table", `a.go import "net/http"; var n = http.StatusOK`, ""},

		{"26 files", "web", letters(26), "web has more than 25 files"},
		{"25 files", "web", letters(25), ""},

		{"16 fields", "web", "a.go type T " + fields16, "web.T has a struct of more than 15 fields"},
		{"15 fields", "web", "a.go type T " + fields15, ""},
		{"16 fields within a type", "web", "a.go type T []" + fields16, "web.T has a struct of more than 15 fields"},
		{"16 fields within a function", "web", "a.go func f() { var _ " + fields16 + " }", "web.f has a struct of more than 15 fields"},
		{"16 fields of a variable", "web", "a.go var v " + fields16, "web.v has a struct of more than 15 fields"},

		{"methods in four files", "web", "a.go func (T[K]) a() {}\nb.go func (*T[K]) b() {}\nc.go func (T[K]) c() {}\nd.go func (T[K]) d() {}",
			"web.T has methods in more than 3 files"},
		{"methods in three files, one of them for two systems", "web",
			"a.go func (T) a() {}\nb.go func (T) b() {}\nc_unix.go func (T) c() {}\nc_windows.go func (T) c() {}", ""},

		{"three files of a family", "web", "sheet.go type sheetRow int\nsheetrow.go\nsheet_cells.go func readCells() {}",
			`web has 3 files or more that begin with "sheet"`},
		{"two files of a family", "web", "sheet.go type sheetRow int\nsheetrow.go", ""},
		{"three systems", "web", "lock_unix.go func lock() {}\nlock_windows.go func lock() {}\nlock_other.go func lock() {}", ""},
		{"a prefix that is no word", "web", "former.go type former int\nformula.go type formula int\nformat.go type format int", ""},
		{"rests that are no words", "web", "row.go type row int\nrowing.go\nrowdy.go", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := room{path: test.path}
			for line := range strings.SplitSeq(test.files, "\n") {
				name, text, _ := strings.Cut(line, " ")
				r.add(t, name, "package p;"+text)
			}
			if got := strings.Join(judge([]room{r}, nil, nil), "; "); got != test.want {
				t.Errorf("%s: got %q, want %q", test.files, got, test.want)
			}
		})
	}
}

// letters returns the names of n empty files.
func letters(n int) string {
	var files []string
	for i := range n {
		files = append(files, fmt.Sprintf("%c.go", 'a'+i))
	}
	return strings.Join(files, "\n")
}

func TestLines(t *testing.T) {
	t.Parallel()
	r := room{path: "web"}
	r.add(t, "a.go", "package web"+strings.Repeat("\n", 3000))
	r.add(t, "b.go", "package web"+strings.Repeat("\n", 1000))
	if got := r.sizes(); got != nil {
		t.Errorf("4,000 lines: got %q", got)
	}
	r.add(t, "c.go", "package web\n")
	if got, want := r.sizes(), []string{"web has more than 4000 lines"}; !slices.Equal(got, want) {
		t.Errorf("4,001 lines: got %q, want %q", got, want)
	}
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	large := room{path: "web"}
	large.add(t, "a.go", "package web"+strings.Repeat("\n", 4001))
	const fault = "web has more than 4000 lines"
	accepted := []exception{{fault, "it is a test"}}
	for _, test := range []struct {
		name       string
		room       room
		exceptions []exception
		rebuilt    []string
		want       string
	}{
		{"a fault", large, nil, nil, fault},
		{"a fault that is accepted", large, accepted, nil, ""},
		{"an exception without a reason", large, []exception{{fault, ""}}, nil, `the exception "web has more than 4000 lines" has no reason`},
		{"an exception without a fault", room{path: "web"}, accepted, nil, `the exception "web has more than 4000 lines" is no longer needed`},
		{"a package being rebuilt", large, nil, []string{"web"}, ""},
		{"a package that was rebuilt", room{path: "web"}, nil, []string{"web"}, "web has no faults and is no longer an exception"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(judge([]room{test.room}, test.exceptions, test.rebuilt), "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
