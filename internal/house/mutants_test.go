package house

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mutated are the rooms where money is kept: their tests must notice a change of the code.
var mutated = []string{"internal/jobs/pool", "internal/jobs/journal", "internal/jobs/output"}

// slow are the tests of jobs that take the longest.
const slow = "TestEstimate|TestBlast|TestDeadlines|TestBatches|EveryMoment|TestRunGoesOnFromAJournal|TestRandomEditsSaved|TestFilesAre"

// judges are the tests that a mutant must survive, each only if it has survived those before: those of its room, those of whole jobs and of
// what shows the journal, and those of the whole program. A test that takes longer than it should has noticed.
var judges = [][]string{
	{"-short", "-timeout", "2m", "./ROOM/..."},
	{"-short", "-timeout", "5m", "-skip", slow, "./internal/jobs"},
	{"-short", "-timeout", "5m", "./internal/jobs/report", "./internal/jobs/rows", "./internal/web/board"},
	{"-short", "-timeout", "9m", "-run", slow, "./internal/jobs"},
	{"-timeout", "5m", "-run", "TestKillAtCalls|TestCutJournal", "./cmd/gigabatch/internal/oracle"},
}

// equivalent are mutants that change nothing that is promised, each by file, change and line, with the reason.
var equivalent = map[[3]string]string{
	{"internal/jobs/output/folder.go", "false for true", "f.synced[filepath.Dir(file)] = true"}: "only the keys of the map of folders are read",
	{"internal/jobs/pool/land.go", "9 for 8", "return wait + rand.N(wait/8+1)"}:                 "how much a pause varies is not promised",
	{"internal/jobs/journal/lock.go", "21 for 20", "const signTime = 20 * time.Millisecond"}:    "how long a process may take to sign is not promised",
	{"internal/jobs/output/keeper.go", "true for false", "return false, err"}:                   "after an error, nobody reads the answer",
	{"internal/jobs/output/filled.go", "true for false", "return false, false, err"}:            "after an error, nobody reads the answer",
}

// A mutant is a file with one change.
type mutant struct {
	room, file string // from the root of the module
	at         token.Position
	what, line string // the change, and the line as it was
	text       []byte
}

// key does not change with lines elsewhere in the file.
func (m mutant) key() [3]string { return [3]string{m.file, m.what, m.line} }

func (m mutant) String() string { return fmt.Sprintf("%s:%d: %s", m.file, m.at.Line, m.what) }

// TestMutants changes the code of the rooms at random, 50 times, and runs their tests on each change that compiles. At least nine in ten must
// be noticed. GIGABATCH_LONG=1 runs it, for about an hour, and GIGABATCH_MUTANTS=SEED takes other changes.
func TestMutants(t *testing.T) {
	if os.Getenv("GIGABATCH_LONG") == "" {
		t.Skip("takes an hour: GIGABATCH_LONG=1")
	}
	const number = 50
	seed, _ := strconv.ParseUint(cmp.Or(os.Getenv("GIGABATCH_MUTANTS"), "18"), 10, 64)
	random := rand.New(rand.NewPCG(18, seed))
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var rooms [][]mutant
	possible := map[[3]string]bool{}
	for _, room := range mutated {
		all := mutantsOf(t, root, room)
		for _, m := range all {
			possible[m.key()] = true
		}
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		t.Logf("%s: %d changes are possible", room, len(all))
		rooms = append(rooms, all)
	}
	for key := range equivalent {
		if !possible[key] {
			t.Errorf("%q is no longer possible", key)
		}
	}
	var alive []mutant
	for level, judge := range judges {
		for _, room := range mutated {
			if _, by := (mutant{room: room}).judge(t, root, judge); by != "" {
				t.Fatalf("%s fails without a change", by)
			}
			if level > 0 {
				break
			}
		}
		if level > 0 {
			alive = slices.DeleteFunc(alive, func(m mutant) bool { return m.caught(t, root, judge) })
			continue
		}
		for i, counted := 0, 0; counted < number; i++ {
			n := i % len(rooms)
			if len(rooms[n]) == 0 {
				t.Fatalf("%s has too few changes that compile", mutated[n])
			}
			m := rooms[n][0]
			rooms[n] = rooms[n][1:]
			switch compiled, by := m.judge(t, root, judge); {
			case !compiled:
				continue
			case by != "":
				t.Logf("%s notices %s", by, m)
			default:
				t.Logf("alive: %s", m)
				alive = append(alive, m)
			}
			counted++
		}
	}
	alive = slices.DeleteFunc(alive, func(m mutant) bool {
		reason := equivalent[m.key()]
		if reason == "" {
			t.Logf("SURVIVED: %s", m)
		} else {
			t.Logf("equivalent: %s: %s", m, reason)
		}
		return reason != ""
	})
	t.Logf("%d of %d changes were noticed", number-len(alive), number)
	if len(alive)*10 > number {
		t.Error("too many were not noticed")
	}
}

// caught reports whether further tests notice a mutant.
func (m mutant) caught(t *testing.T, root string, judge []string) bool {
	t.Helper()
	_, by := m.judge(t, root, judge)
	if by != "" {
		t.Logf("%s notices %s", by, m)
	}
	return by != ""
}

// judge runs tests on a mutant. It returns whether the mutant compiles, and the test that noticed it, "" if none did. Without text, it is the
// code as it is.
func (m mutant) judge(t *testing.T, root string, judge []string) (compiled bool, by string) {
	t.Helper()
	dir := t.TempDir()
	replaced, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	files := map[string]string{}
	if m.text != nil {
		files[filepath.Join(root, m.file)] = replaced
	}
	index, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{replaced: m.text, overlay: index} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Not from the cache, which does not know what the tests of the oracle build.
	args := append([]string{"test", "-vet=off", "-failfast", "-count=1"}, judge...)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "ROOM", m.room)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir, c.WaitDelay = root, 10*time.Second
	c.Env = append(os.Environ(), "GIGABATCH_LONG=", "GOFLAGS=-overlay="+overlay) // the tests build the program with it, too
	out, err := c.CombinedOutput()
	if bytes.Contains(out, []byte("[build failed]")) {
		return false, ""
	}
	if err == nil {
		return true, ""
	}
	by = args[len(args)-1]
	for line := range strings.Lines(string(out)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); found {
			by, _, _ = strings.Cut(name, " ")
			break
		}
	}
	if m.text == nil {
		t.Logf("%s", out)
	}
	return true, by
}

// mutantsOf returns all changes of the files of a room, except of texts for people and of what other systems compile.
func mutantsOf(t *testing.T, root, room string) (all []mutant) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, room, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		base := filepath.Base(name)
		if strings.HasSuffix(base, "_test.go") || strings.HasSuffix(base, "_windows.go") || strings.HasSuffix(base, "_other.go") {
			continue
		}
		fset := token.NewFileSet()
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(source), "\n")
		file, err := parser.ParseFile(fset, name, source, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && (f.Name.Name == "Message" || f.Name.Name == "Error") {
				continue
			}
			change(decl, func(n ast.Node, what string) {
				var text bytes.Buffer
				if err := format.Node(&text, fset, file); err != nil {
					t.Fatal(err)
				}
				at := fset.Position(n.Pos())
				all = append(all, mutant{room, room + "/" + base, at, what, strings.TrimSpace(lines[at.Line-1]), text.Bytes()})
			})
		}
	}
	return all
}

// swapped are the operators that take each other's place.
var swapped = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.LAND: token.LOR, token.LOR: token.LAND, token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN, token.INC: token.DEC, token.DEC: token.INC,
}

// change makes each change of a node, one at a time, and calls changed while it is made.
func change(node ast.Node, changed func(at ast.Node, what string)) {
	negate := func(at ast.Node, cond *ast.Expr, keyword string) {
		old := *cond
		if old == nil {
			return
		}
		*cond = &ast.UnaryExpr{Op: token.NOT, X: &ast.ParenExpr{X: old}}
		changed(at, "negate "+keyword+" "+types.ExprString(old))
		*cond = old
	}
	swap := func(at ast.Node, op *token.Token, what string) {
		old := *op
		if to, ok := swapped[old]; ok {
			*op = to
			changed(at, fmt.Sprintf("%s for %s in %s", to, old, what))
			*op = old
		}
	}
	drop := func(list []ast.Stmt) {
		for i, s := range list {
			what := ""
			switch s := s.(type) {
			case *ast.ExprStmt:
				what = types.ExprString(s.X)
			case *ast.DeferStmt:
				what = "defer " + types.ExprString(s.Call)
			case *ast.IncDecStmt:
				what = types.ExprString(s.X) + s.Tok.String()
			case *ast.AssignStmt:
				if s.Tok == token.DEFINE {
					continue
				}
				what = types.ExprString(s.Lhs[0]) + " " + s.Tok.String() + " " + types.ExprString(s.Rhs[0])
			case *ast.BranchStmt:
				what = s.Tok.String()
			case *ast.IfStmt:
				what = "if " + types.ExprString(s.Cond)
			default:
				continue
			}
			list[i] = &ast.EmptyStmt{Semicolon: s.Pos()}
			changed(s, "drop "+what)
			list[i] = s
		}
	}
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			negate(n, &n.Cond, "if")
		case *ast.ForStmt:
			negate(n, &n.Cond, "for")
		case *ast.BinaryExpr:
			swap(n, &n.Op, types.ExprString(n))
		case *ast.IncDecStmt:
			swap(n, &n.Tok, types.ExprString(n.X))
		case *ast.AssignStmt:
			swap(n, &n.Tok, types.ExprString(n.Lhs[0]))
		case *ast.BlockStmt:
			drop(n.List)
		case *ast.CaseClause:
			drop(n.Body)
		case *ast.CommClause:
			drop(n.Body)
		case *ast.BasicLit:
			if v, err := strconv.Atoi(n.Value); n.Kind == token.INT && err == nil {
				old := n.Value
				n.Value = strconv.Itoa(v + 1)
				changed(n, n.Value+" for "+old)
				n.Value = old
			}
		case *ast.Ident:
			if to := map[string]string{"true": "false", "false": "true"}[n.Name]; to != "" {
				old := n.Name
				n.Name = to
				changed(n, to+" for "+old)
				n.Name = old
			}
		}
		return true
	})
}

// TestChange makes each kind of change.
func TestChange(t *testing.T) {
	t.Parallel()
	const text = "package p\n\nfunc f(a int) bool {\n\tif a == 1 {\n\t\ta++\n\t\tg()\n\t}\n\treturn true\n}\n"
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	write := func() string {
		var b strings.Builder
		if err := format.Node(&b, fset, file); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	change(file, func(_ ast.Node, what string) {
		if write() == text {
			t.Errorf("%s changes nothing", what)
		}
		got = append(got, what)
	})
	slices.Sort(got)
	want := "!= for == in a == 1, -- for ++ in a, 2 for 1, drop a++, drop g(), drop if a == 1, false for true, negate if a == 1"
	if s := strings.Join(got, ", "); s != want || write() != text {
		t.Errorf("got %s, want %s; left %s", s, want, write())
	}
}
