package messages

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"gigabatch/internal/messages/page"
	"gigabatch/internal/messages/russian"
)

// silent are the packages that say nothing to people, or only in English.
var silent = map[string]string{
	"cmd/gigabatch/internal/keyring/keyringtest": "it is for tests",
	"cmd/gigabatch/internal/oracle":              "it has tests only",
	"cmd/gigabatch/testdata":                     "it is for a benchmark",
	"internal/gigachat":                          "the client imports nothing of the project",
	"internal/house":                             "it has tests only",
	"internal/io/table/tabletest":                "it is for tests",
	"internal/jobs/jobstest":                     "it is for tests",
	"internal/messages":                          "it is the leaf",
}

// inside are texts that look like messages and are none, with the reason.
var inside = map[string]string{
	"flag provided but not defined: ":  "package flag says it",
	"the same output":                  "it ends a commit that changes nothing, and nobody reads it",
	"places of flags":                  "it is the key of a map",
	"escapes from parent":              "package os says it",
	"found a tab character where":      "the YAML library says it",
	"exceeded max depth":               "the YAML library says it",
	"did not find expected alphabetic": "the YAML library says it",
	"needs another column":             "it is a cause, which machines read",
	" changed during the run":          "it is the detail of an error of the service",
	"late":                             "Execute returns no error then",
	"ended":                            "Execute returns no error then",
	"foreign":                          "a file is only looked at",
	"drained":                          "the pool ends without an error then",
	"again":                            "the view reads the rows again then",
	"the grace time after the interruption is over": "the pool ends without an error then",
	"the YAML library panicked":                     "it is replaced by a message about the file",
	"unexpected form of a record":                   "it makes the slower decoder read the record",
	"not an object":                                 "it is replaced by a message about the schema",
	"the file is locked":                            "it is replaced by a message about the journal",
	"the occurrence of an edit is negative":         "only a mistake in the program leads to it",
	"the attachments of the request are incomplete": "only a mistake in the program leads to it",
	"GIGACHAT_BASE_URL=http://%s/v1\nGIGACHAT_AUTH_URL=http://%s/api/v2/oauth\nGIGACHAT_CREDENTIALS=%s\n": "it is a .env file",
	"GIGACHAT_BASE_URL=http://%s/v1\nGIGACHAT_API_KEY=%s\n":                                               "it is a .env file",
	"GIGACHAT_SCOPE=%s\n": "it is a line of a .env file",
	// internal/web/board
	"Saved by the page of gigabatch serve, which replaces this file when the columns are saved again.": "it begins a file, by which the page knows it again",
	// internal/web/chats
	"stopped": "it is the cause that ends a context, and nobody reads it",
	"wrong":   "callers compare with it; each error that it stands for has words of its own",
}

// TestCatalogue extracts the formats of the program and compares them with the Russian ones.
func TestCatalogue(t *testing.T) {
	source := read(t, "../..")
	if len(source.formats) < 100 {
		t.Fatalf("got %d formats, want those of the whole program", len(source.formats))
	}
	for _, fault := range source.faults {
		t.Error(fault)
	}
	for _, fault := range judge(source.formats, russian.Parts, onPage()) {
		t.Error(fault)
	}
	for text := range inside {
		if !source.excused[text] {
			t.Errorf("inside has a line for %q, which is not in the source", text)
		}
	}
	t.Logf("%d messages, %d of them worded otherwise on the page", len(source.formats), len(onPage()))
}

// judge compares the formats of the source, each with its place, with the catalogue.
func judge(formats map[string]string, parts []map[string]string, wordings map[string]page.Wording) (faults []string) {
	seen := map[string]bool{}
	for _, part := range parts {
		for _, english := range slices.Sorted(maps.Keys(part)) {
			if seen[english] {
				faults = append(faults, fmt.Sprintf("%q is in the catalogue twice", english))
			}
			seen[english] = true
			if _, used := formats[english]; !used && !leafs[english] {
				faults = append(faults, fmt.Sprintf("%q is in the catalogue and not in the source", english))
			}
			for _, fault := range wrongRussian(english, part[english]) {
				faults = append(faults, fmt.Sprintf("%q: %s: %q", english, fault, part[english]))
			}
		}
	}
	for _, english := range slices.Sorted(maps.Keys(formats)) {
		place := formats[english]
		if hasWords(english) && !seen[english] {
			faults = append(faults, fmt.Sprintf("%s: no Russian for %q", place, english))
		}
		for _, fault := range wrongEnglish(english) {
			faults = append(faults, fmt.Sprintf("%s: %s: %q", place, fault, english))
		}
		if w, ok := wordings[english]; !strings.HasPrefix(place, "cmd") && namesControl(english) != "" && !ok {
			faults = append(faults, fmt.Sprintf("%s: the page needs another wording for %q, which names %s", place, english, namesControl(english)))
		} else if ok {
			faults = append(faults, wrongOnPage(english, w)...)
		}
	}
	for _, english := range slices.Sorted(maps.Keys(wordings)) {
		if _, used := formats[english]; !used {
			faults = append(faults, fmt.Sprintf("onPage has %q, which is not in the source", english))
		}
	}
	return faults
}

// leafs are the formats of this package.
var leafs = map[string]bool{"%q": true, "%s and %d more": true}

// wrongOnPage returns the faults of a wording on the page.
func wrongOnPage(english string, w page.Wording) (faults []string) {
	for _, text := range []string{w.English, w.Russian} {
		if c := namesControl(text); c != "" {
			faults = append(faults, fmt.Sprintf("onPage: %q names %s", text, c))
		}
		for _, v := range verbsOf(text) {
			if v.arg >= len(arguments(english)) && v.verb != '%' {
				faults = append(faults, fmt.Sprintf("onPage: %q has an argument that %q has not", text, english))
			}
		}
	}
	faults = append(faults, wrongEnglish(w.English)...)
	for _, v := range verbsOf(w.Russian) {
		if v.forms != nil && len(v.forms) != 3 {
			faults = append(faults, fmt.Sprintf("onPage: %q has words without three forms", w.Russian))
		}
	}
	if hasWords(w.English) && !hasCyrillic(w.Russian) {
		faults = append(faults, fmt.Sprintf("onPage: %q has no Russian", english))
	}
	return faults
}

var controls = regexp.MustCompile(`(?:^|[\s("'«“,;:])(--?[a-z][a-z-]*)|Ctrl-C|\bgigabatch [a-z]+\b|\bthe (?:same )?command\b|job file`)

// namesControl returns what a text names that the page has not.
func namesControl(text string) string { return controls.FindString(text) }

// wrongEnglish returns the faults of an English format.
func wrongEnglish(format string) (faults []string) {
	for _, v := range verbsOf(format) {
		if v.forms != nil && len(v.forms) != 2 {
			faults = append(faults, "words that depend on a number have two forms in English")
		}
	}
	if m := uncounted.FindStringSubmatch(format); m != nil && !invariable[m[1]] {
		faults = append(faults, fmt.Sprintf("%q depends on the number before it", m[1]))
	}
	return faults
}

var (
	uncounted   = regexp.MustCompile(`%d ([a-z]+s)\b`)
	uncountedRu = regexp.MustCompile(`%(?:\[\d\])?d ([а-яё]{3,})`)

	// invariable are the words that may follow any number.
	invariable = map[string]bool{"is": true, "repairs": true, "has": true, "stands": true, "как": true, "шаблона": true, "или": true, "раз": true, "уже": true, "под": true, "над": true, "для": true, "при": true}
)

// wrongRussian returns the faults of a Russian format.
func wrongRussian(english, russian string) (faults []string) {
	if hasWords(english) && !hasCyrillic(russian) && !strings.Contains(russian, "₽") {
		faults = append(faults, "no Cyrillic letter")
	}
	want, got := arguments(english), arguments(russian)
	for n, verb := range want {
		switch {
		case got[n] == 0:
			faults = append(faults, fmt.Sprintf("argument %d is missing", n+1))
		case strings.ContainsRune("dfeg", verb) != strings.ContainsRune("dfeg", got[n]) && !(strings.ContainsRune("sv", verb) || strings.ContainsRune("sv", got[n])):
			faults = append(faults, fmt.Sprintf("argument %d is %%%c and not %%%c", n+1, got[n], verb))
		}
	}
	for n := range got {
		if want[n] == 0 {
			faults = append(faults, fmt.Sprintf("argument %d is none of the English", n+1))
		}
	}
	for _, v := range verbsOf(russian) {
		if v.forms != nil && len(v.forms) != 3 {
			faults = append(faults, "words that depend on a number have three forms in Russian")
		}
	}
	if m := uncountedRu.FindStringSubmatch(russian); m != nil && !invariable[m[1]] {
		faults = append(faults, fmt.Sprintf("%q depends on the number before it", m[1]))
	}
	if strings.HasSuffix(english, " ") != strings.HasSuffix(russian, " ") || strings.HasPrefix(english, " ") != strings.HasPrefix(russian, " ") {
		faults = append(faults, "another space at an end")
	}
	return faults
}

// arguments are the arguments that a format prints, by number, with their verbs.
func arguments(format string) map[int]rune {
	all := map[int]rune{}
	for _, v := range verbsOf(format) {
		if v.forms == nil && v.verb != '%' {
			verb := v.verb
			if verb == 'w' {
				verb = 'v'
			}
			all[v.arg] = verb
		}
	}
	return all
}

// hasWords reports whether a format has words of its own.
func hasWords(format string) bool {
	at, rest := 0, ""
	for _, v := range verbsOf(format) {
		rest += format[at:v.start]
		at = v.end
		if v.forms != nil {
			return true
		}
	}
	return letters.MatchString(rest + format[at:])
}

var letters = regexp.MustCompile(`\pL{2}`)

func hasCyrillic(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}

// program is what people read of the source: formats with the place of the first use.
type program struct {
	formats map[string]string
	faults  []string
	excused map[string]bool // of inside
}

// sourceFile is one file of the source.
type sourceFile struct {
	dir, name string
	fset      *token.FileSet
	tree      *ast.File
}

// read extracts the formats of the program below a folder.
func read(t *testing.T, root string) *program {
	var files []sourceFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if _, skip := silent[rel]; skip || strings.HasPrefix(d.Name(), ".git") || (rel != "." && !strings.HasPrefix(rel, "cmd") && !strings.HasPrefix(rel, "internal")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		f := sourceFile{dir: filepath.ToSlash(filepath.Dir(rel)), name: rel, fset: token.NewFileSet()}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f.tree, err = parser.ParseFile(f.fset, rel, text, parser.SkipObjectResolution)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return extract(files)
}

// extract finds the formats that reach people: those of the functions of this package and of the functions that hand a format on to them,
// known by a parameter "format string".
func extract(files []sourceFile) *program {
	p := &program{formats: map[string]string{}, excused: map[string]bool{}}
	takers := map[string]int{"Sprintf": 0, "Errorf": 0} // by name if exported, else by folder and name
	constants := map[string]string{}                    // by folder and name
	for _, f := range files {
		for _, decl := range f.tree.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if n := formatParameter(d); n >= 0 {
					takers[takerName(f.dir, d.Name.Name)] = n
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.CONST {
						for i, name := range v.Names {
							if i < len(v.Values) {
								if text, ok := literal(v.Values[i], nil); ok {
									constants[f.dir+" "+name.Name] = text
								}
							}
						}
					}
				}
			}
		}
	}
	for _, f := range files {
		for _, decl := range f.tree.Decls {
			fn, _ := decl.(*ast.FuncDecl)
			ast.Inspect(decl, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					p.call(f, fn, call, takers, constants)
				}
				return true
			})
		}
		p.sentences(f, takers)
	}
	return p
}

// helpFields are the fields of flags, keys and commands whose texts are help. Another test checks that they have Russian.
var helpFields = map[string]bool{"Usage": true, "Description": true, "ArgsUsage": true, "Doc": true}

// helpFiles are files whose sentences are help.
var helpFiles = map[string]bool{"cmd/gigabatch/app.go": true, "cmd/gigabatch/internal/flags/run.go": true}

// forPrograms are files with sentences that programs keep beside the numbers.
var forPrograms = map[string]bool{"cmd/gigabatch/internal/publish/metrics.go": true}

// requests are files with sentences that are sent to the model: a changed byte would bill everybody again.
var requests = map[string]bool{"internal/jobs/form/check.go": true, "internal/jobs/form/request.go": true, "internal/jobs/prompt/long.go": true}

// sentence matches three words in a row.
var sentence = regexp.MustCompile(`\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b`)

// sentences finds sentences that are neither messages nor help.
func (p *program) sentences(f sourceFile, takers map[string]int) {
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.CallExpr:
			_, name := callee(n)
			_, takes := takers[takerName(f.dir, name)]
			return !takes && name != "Help" && name != "MustCompile"
		case *ast.KeyValueExpr:
			id, ok := n.Key.(*ast.Ident)
			return !ok || !helpFields[id.Name]
		case *ast.BasicLit:
			text, _ := literal(n, nil)
			if n.Kind != token.STRING || !sentence.MatchString(text) || requests[f.name] || helpFiles[f.name] || forPrograms[f.name] {
				return true
			}
			if _, ok := inside[text]; ok {
				p.excused[text] = true
			} else {
				p.faults = append(p.faults, fmt.Sprintf("%s: the sentence %q is no message", f.fset.Position(n.Pos()), text))
			}
		}
		return true
	})
}

// takerName is what takers has a function under.
func takerName(dir, name string) string {
	if ast.IsExported(name) {
		return name
	}
	return dir + " " + name
}

// formatParameter returns the place of the parameter format of a function whose last two are "format string, args ...any", -1 if they are
// not.
func formatParameter(d *ast.FuncDecl) int {
	n, at := 0, -1
	for _, field := range d.Type.Params.List {
		for _, name := range field.Names {
			if _, variadic := field.Type.(*ast.Ellipsis); variadic && at == n-1 {
				return at
			}
			if id, ok := field.Type.(*ast.Ident); ok && id.Name == "string" && name.Name == "format" {
				at = n
			}
			n++
		}
	}
	return -1
}

// call looks at one call.
func (p *program) call(f sourceFile, in *ast.FuncDecl, call *ast.CallExpr, takers map[string]int, constants map[string]string) {
	pkg, name := callee(call)
	place := f.fset.Position(call.Pos()).String()
	known := func(n int) (string, bool) {
		if n >= len(call.Args) {
			return "", false
		}
		return literal(call.Args[n], func(id string) (string, bool) { text, ok := constants[f.dir+" "+id]; return text, ok })
	}
	if pkg == "fmt" || pkg == "errors" || pkg == "log" {
		n, goesRound := map[string]int{"fmt Errorf": 0, "errors New": 0, "fmt Fprintf": 1, "fmt Fprintln": 1, "fmt Fprint": 1, "fmt Printf": 0, "fmt Println": 0, "fmt Print": 0}[pkg+" "+name]
		text, ok := known(n)
		if !goesRound || !ok || !hasWords(text) {
			return
		}
		if strings.HasPrefix(name, "Fprint") && builder(call.Args[0]) {
			return
		}
		if _, ok := inside[text]; ok {
			p.excused[text] = true
			return
		}
		p.faults = append(p.faults, fmt.Sprintf("%s: %q goes round package messages", place, text))
		return
	}
	n, takes := takers[takerName(f.dir, name)]
	if !takes || n >= len(call.Args) {
		return
	}
	text, ok := known(n)
	if !ok {
		if id, is := call.Args[n].(*ast.Ident); !is || id.Name != "format" || in == nil || formatParameter(in) < 0 {
			p.faults = append(p.faults, place+": the format is not a literal")
		}
		return
	}
	if _, seen := p.formats[text]; !seen {
		p.formats[text] = place
	}
	for _, arg := range call.Args[n+1:] {
		if words, ok := literal(arg, nil); ok && strings.Contains(words, " ") && hasWords(words) {
			p.faults = append(p.faults, fmt.Sprintf("%s: the words %q are an argument of a message, and none themselves", place, words))
		}
	}
}

// builder reports whether a writer is a buffer in memory, by its form: &b or b.
func builder(w ast.Expr) bool {
	u, ok := w.(*ast.UnaryExpr)
	return ok && u.Op == token.AND
}

func callee(call *ast.CallExpr) (pkg, name string) {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return "", fn.Name
	case *ast.SelectorExpr:
		if id, ok := fn.X.(*ast.Ident); ok {
			return id.Name, fn.Sel.Name
		}
		return "", fn.Sel.Name
	}
	return "", ""
}

// literal returns the text of an expression that is a literal, a constant, or a sum of them.
func literal(e ast.Expr, constant func(string) (string, bool)) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		a, ok := literal(e.X, constant)
		b, too := literal(e.Y, constant)
		return a + b, ok && too && e.Op == token.ADD
	case *ast.ParenExpr:
		return literal(e.X, constant)
	case *ast.Ident:
		if constant != nil {
			return constant(e.Name)
		}
	}
	return "", false
}

// TestJudge shows that each fault of a catalogue is found.
func TestJudge(t *testing.T) {
	t.Parallel()
	const place = "internal/x.go:1"
	tests := []struct {
		english, russian, fault string
	}{
		{"%d {row|rows} of %s", "%d {строка|строки|строк} из %s", ""},
		{"no row", "", "no Russian"},
		{"no row", "no row", "no Cyrillic"},
		{"%d {row|rows}", "%d {строка|строк}", "three forms"},
		{"%d {row|rows}", "%d строк", "depends on the number"},
		{"%d rows", "строк: %d", "depends on the number"},
		{"a {row}|rows}", "строка", ""},
		{"%d {a|b|c}", "%d {а|б|в}", "two forms"},
		{"%s of %s", "%s", "argument 2 is missing"},
		{"the %s", "%s и %s слова", "argument 2 is none"},
		{"%d is it", "%q это", "argument 1 is %q"},
		{"name: ", "имя:", "another space"},
		{"name --limit", "укажите --limit", "the page needs"},
		{"the same command goes on", "та же команда продолжит", "the page needs"},
	}
	for _, tt := range tests {
		part := map[string]string{tt.english: tt.russian}
		if tt.russian == "" {
			part = nil
		}
		faults := strings.Join(judge(map[string]string{tt.english: place}, []map[string]string{part}, nil), "\n")
		if (tt.fault == "") != (faults == "") || !strings.Contains(faults, tt.fault) {
			t.Errorf("%q, %q: got faults %q, want %q", tt.english, tt.russian, faults, tt.fault)
		}
	}
	wordings := map[string]page.Wording{"use --limit": {English: "use “Rows”", Russian: "укажите --limit"}, "gone": {English: "a b", Russian: "а б"}}
	faults := judge(map[string]string{"use --limit": place}, []map[string]string{{"use --limit": "укажите --limit"}, {"use --limit": "укажите", "old": "старое"}}, wordings)
	for _, want := range []string{"twice", `"old" is in the catalogue and not in the source`, "names", "onPage has \"gone\""} {
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("got %q, want one with %q", faults, want)
		}
	}
}

// TestExtract shows what is taken for a message, and what goes round the package.
func TestExtract(t *testing.T) {
	t.Parallel()
	const text = `package x
const hint = "a hint"
func say(w int, format string, args ...any) { messages.Sprintf(format, args...) }
func f(w io.Writer, s string) {
	say(1, "%d said", 2)
	messages.Errorf("an " + "error: %w", err)
	messages.Sprintf(hint)
	messages.Sprintf(s)
	messages.Sprintf("%s", "words of their own")
	fmt.Errorf("round it")
	errors.New("round it too")
	fmt.Fprintf(w, "printed %d", 1)
	fmt.Fprintf(&b, "built %d", 1)
	fmt.Fprintf(w, "%s\n", s)
	return "a sentence of words"
}
var usage = T{Usage: "a sentence of help"}`
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "x.go", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	p := extract([]sourceFile{{"x", "x.go", fset, tree}})
	if got, want := slices.Sorted(maps.Keys(p.formats)), []string{"%d said", "%s", "a hint", "an error: %w"}; !slices.Equal(got, want) {
		t.Errorf("got formats %q, want %q", got, want)
	}
	want := []string{"x.go:8", "x.go:9", "x.go:10", "x.go:11", "x.go:12", "x.go:11", "x.go:15"}
	for i, w := range want {
		if i >= len(p.faults) || !strings.HasPrefix(p.faults[i], w+":") {
			t.Fatalf("got faults %q, want them at %q", p.faults, want)
		}
	}
	if len(p.faults) != len(want) {
		t.Errorf("got faults %q", p.faults)
	}
}
