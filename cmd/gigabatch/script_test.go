package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gigabatch/cmd/gigabatch/internal/keyring/keyringtest"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
)

// commands are the commands of scripts:
//
//	code N PROGRAM ARGS…    run the program; the exit code must be N
//	start NAME PROGRAM …    start the program in the background
//	idle NAME PROGRAM …     the same with a standard input that never ends
//	clogged NAME PROGRAM …  the same with a standard output of which only the first byte is read
//	spooling NAME           wait until the program keeps its standard input in a file here
//	saw NAME PATTERN        wait until its stderr or stdout matches
//	signal NAME INT|TERM|KILL
//	finish NAME N           wait for its end with exit code N; stdout and stderr are then those of the program
//	sandbox OPTION=VALUE …  serve a sandbox and set the environment for it; the program takes it for the real service unless it is "named"
//	faults FAULTS           replace its faults
//	await N                 wait until the sandbox has admitted N completions
//	release                 release the completions that hold=N holds back
//	counts NAME=N …         check the counters of the sandbox (=, <= or >=)
//	answers FILE PROMPT COMPLETION [pending=N]   check that each row has the answer to its own prompt
//	made FILE …             check that the script has made exactly these files, also in the folder for temporary files; the folder keep
//	                        does not count
//	rows N FILE             make a CSV file with N different prompts
//	workbook FILE CSV       make a workbook
//	book FILE SHEET=TEXT …  make a workbook of sheets; a line of TEXT is a row with | between its cells, hidden if it begins with -
//	hex FILE DIGITS         make a file of bytes
//	[!] same FILE FILE      check that the files have the same bytes
//	undated JOURNAL FILE    write a journal without its times, request ids, checksums and paths to a file
//	mode FILE 0600          check the permissions
//	said NAME FILE          write what a program has printed to stdout so far to a file
//	[!] edit JOURNAL ANSWER N [TEXT]   replace an answer by TEXT, or undo that, in the Nth cell with that prompt
//	dotenv NAME=VALUE …     make .env
//	replace FILE OLD NEW    replace every OLD in a file; both are as in a Go string
//	fits FILE SCHEMA        check that a JSON file, or each line of a JSONL file, fits a schema of docs
//	keyring MOOD            start a Secret Service that is open, or dismissed: a person closes its window
//	helps FILE              check that a help text ends with the exit codes
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"fits": cmdFits, "code": cmdCode, "start": cmdStart, "idle": cmdIdle, "clogged": cmdClogged, "spooling": cmdSpooling, "saw": cmdSaw, "signal": cmdSignal, "finish": cmdFinish,
	"sandbox": cmdSandbox, "faults": cmdFaults, "await": cmdAwait, "release": cmdRelease, "counts": cmdCounts,
	"answers": cmdAnswers, "made": cmdMade, "rows": cmdRows, "workbook": cmdWorkbook, "book": cmdBook, "hex": cmdHex, "same": cmdSame, "undated": cmdUndated,
	"mode": cmdMode, "said": cmdSaid, "edit": cmdEdit, "dotenv": cmdDotenv, "replace": cmdReplace, "helps": cmdHelps,
	"keyring": cmdKeyring,
}

type worldKey struct{}

// world holds what a script has started.
type world struct {
	stand *stand
	procs map[string]*process
	given []string // the files at the start
}

func (w *world) close() {
	for _, p := range w.procs {
		p.kill()
	}
	if w.stand != nil {
		w.stand.close()
	}
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func standOf(ts *testscript.TestScript) *stand {
	s := worldOf(ts).stand
	if s == nil {
		ts.Fatalf("no sandbox was started")
	}
	return s
}

// need checks the number of arguments.
func need(ts *testscript.TestScript, neg bool, args []string, n int, usage string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}

func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "code N PROGRAM ARGS…")
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	got := 0
	if exit != nil {
		got = exit.ExitCode()
	}
	checkCode(ts, got, args[0])
}

func checkCode(ts *testscript.TestScript, got int, want string) {
	if strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
	if got := ts.ReadFile("stderr"); strings.Contains(got, "WARNING: DATA RACE") || strings.Contains(got, "goroutine ") {
		ts.Fatalf("the program crashed or raced")
	}
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "start NAME PROGRAM ARGS…")
	start(ts, args, nil, nil)
}

func cmdIdle(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "idle NAME PROGRAM ARGS…")
	r, w, err := os.Pipe()
	ts.Check(err)
	ts.Defer(func() { r.Close(); w.Close() })
	start(ts, args, r, nil)
}

func cmdClogged(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "clogged NAME PROGRAM ARGS…")
	r, w, err := os.Pipe()
	ts.Check(err)
	ts.Defer(func() { r.Close() })
	p := start(ts, args, nil, w)
	w.Close()
	go io.CopyN(&p.out, r, 1)
}

func start(ts *testscript.TestScript, args []string, stdin, stdout *os.File) *process {
	c := exec.Command(args[1], args[2:]...)
	c.Dir, c.Env = ts.MkAbs("."), environmentOf(ts)
	if stdin != nil {
		c.Stdin = stdin
	}
	if stdout != nil {
		c.Stdout = stdout
	}
	p, err := startProcess(c)
	ts.Check(err)
	worldOf(ts).procs[args[0]] = p
	return p
}

func cmdSpooling(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "spooling NAME")
	p := processOf(ts, args[0])
	timeout := time.After(patience)
	for {
		files, err := filepath.Glob(filepath.Join(ts.MkAbs("."), ".*-stdin-*"))
		ts.Check(err)
		if len(files) > 0 {
			return
		}
		select {
		case <-p.done:
			ts.Fatalf("it ended:\n%s", p.err.String())
		case <-timeout:
			ts.Fatalf("no such file was made")
		case <-time.After(time.Millisecond):
		}
	}
}

// environmentOf returns the variables of a script that the program reads.
func environmentOf(ts *testscript.TestScript) []string {
	var vars []string
	for _, name := range slices.Concat(variables(), localeVariables, []string{"PATH", "HOME", "TMPDIR", "GORACE", "TERM", "NO_COLOR", "GOCOVERDIR"}) {
		if v := ts.Getenv(name); v != "" {
			vars = append(vars, name+"="+v)
		}
	}
	return vars
}

// localeVariables choose the language.
var localeVariables = []string{"GIGABATCH_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}

// variables returns the variables that the program reads for its connection.
func variables() []string {
	return []string{
		"GIGACHAT_CREDENTIALS", "GIGACHAT_API_KEY", "GIGACHAT_SCOPE", "GIGACHAT_BASE_URL", "GIGACHAT_AUTH_URL", "GIGACHAT_MODEL", "GIGACHAT_ACCESS_TOKEN",
		"GIGACHAT_USER", "GIGACHAT_PASSWORD", "GIGACHAT_TIMEOUT", "GIGACHAT_CA_BUNDLE_FILE", "GIGACHAT_CERT_FILE", "GIGACHAT_KEY_FILE",
		"SBER_AUTH", "SBER_ID", "SBER_SECRET", "GIGABATCH_PASSWORD", "GIGABATCH_KEYRING", "GIGABATCH_KEY_COMMAND", "DBUS_SESSION_BUS_ADDRESS",
	}
}

func processOf(ts *testscript.TestScript, name string) *process {
	p := worldOf(ts).procs[name]
	if p == nil {
		ts.Fatalf("nothing was started under the name %s", name)
	}
	return p
}

func cmdSaw(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "saw NAME PATTERN")
	ts.Check(processOf(ts, args[0]).saw(regexp.MustCompile(args[1])))
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "signal NAME INT|TERM|KILL")
	sig := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[1]]
	ts.Check(processOf(ts, args[0]).cmd.Process.Signal(sig))
}

func cmdFinish(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "finish NAME N")
	p := processOf(ts, args[0])
	got, err := p.finish()
	ts.Check(err)
	dir := filepath.Join(ts.Getenv("WORK"), ".said")
	ts.Check(os.MkdirAll(dir, 0o777))
	out, errs := filepath.Join(dir, args[0]+".out"), filepath.Join(dir, args[0]+".err")
	ts.Check(errors.Join(os.WriteFile(out, []byte(p.out.String()), 0o666), os.WriteFile(errs, []byte(p.err.String()), 0o666)))
	ts.Check(ts.Exec("replay", out, errs))
	checkCode(ts, got, args[1])
}

func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if w.stand != nil {
		w.stand.close()
	}
	s, err := newStand(args)
	ts.Check(err)
	w.stand = s
	ts.Setenv("GIGACHAT_BASE_URL", s.url+"/v1")
	ts.Setenv("GIGACHAT_AUTH_URL", s.url+"/api/v2/oauth")
	ts.Setenv("GIGACHAT_CREDENTIALS", s.key)
	ts.Setenv("GIGACHAT_API_KEY", "")
	ts.Setenv("KEY", s.key)
	if s.key == sandbox.APIKey {
		ts.Setenv("GIGACHAT_CREDENTIALS", "")
		ts.Setenv("GIGACHAT_API_KEY", s.key)
		ts.Setenv("KEY", sandbox.Key)
	}
}

func cmdFaults(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "faults FAULTS")
	f, err := sandbox.ParseFaults(args[0])
	ts.Check(err)
	standOf(ts).box.SetFaults(f)
}

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "await N")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(standOf(ts).await(n))
}

func cmdRelease(ts *testscript.TestScript, neg bool, args []string) { standOf(ts).release() }

func cmdCounts(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "counts NAME=N …")
	have := countsOf(standOf(ts).box)
	for _, a := range args {
		m := regexp.MustCompile(`^([a-z_.0-9-]+?)(=|<=|>=)([0-9]+)$`).FindStringSubmatch(a)
		if m == nil {
			ts.Fatalf("counts: %q", a)
		}
		got, want := have[m[1]], number64(ts, m[3])
		if ok := map[string]bool{"=": got == want, "<=": got <= want, ">=": got >= want}[m[2]]; !ok {
			ts.Fatalf("the sandbox counted %s=%v, want %s; all of it: %v", m[1], got, a, have)
		}
	}
}

func number64(ts *testscript.TestScript, text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	ts.Check(err)
	return v
}

// countsOf returns the counters with flat names: "billed", "faults.500", "statuses.429".
func countsOf(box *sandbox.Sandbox) map[string]float64 {
	text, err := json.Marshal(box.Counts())
	if err != nil {
		panic(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	flat := map[string]float64{}
	for name, v := range tree {
		switch v := v.(type) {
		case float64:
			flat[name] = v
		case map[string]any:
			for sub, n := range v {
				flat[name+"."+sub] = n.(float64)
			}
		}
	}
	return flat
}

func cmdAnswers(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, "answers FILE PROMPT COMPLETION [pending=N]")
	want := 0
	if len(args) > 3 {
		n, err := strconv.Atoi(strings.TrimPrefix(args[3], "pending="))
		ts.Check(err)
		want = n
	}
	c, err := checkAnswers(ts.MkAbs(args[0]), args[1], args[2])
	ts.Check(err)
	if c.pending != want {
		ts.Fatalf("%d rows are pending, want %d", c.pending, want)
	}
}

// checked is the result of checkAnswers.
type checked struct{ rows, pending int }

// checkAnswers checks that each row of an output has the answer to its own prompt, or no answer and "pending".
func checkAnswers(file, prompt, completion string) (c checked, err error) {
	src, err := open.Open(file, table.Options{})
	if err != nil {
		return c, err
	}
	defer src.Close()
	for row, err := range src.Rows() {
		if err != nil {
			return c, err
		}
		c.rows++
		asked, _ := row.Value(prompt)
		got, ok := row.Value(completion)
		trouble, _ := row.Value("error")
		switch {
		case got == "" && trouble == "pending":
			c.pending++
		case !ok || got != sandbox.Answer(asked):
			return c, fmt.Errorf("%s:%d: asked %q, got %q, want %q", file, row.Line, asked, got, sandbox.Answer(asked))
		}
	}
	return c, nil
}

func cmdMade(ts *testscript.TestScript, neg bool, args []string) {
	have, err := filesIn(ts.Getenv("WORK"))
	ts.Check(err)
	w := worldOf(ts)
	have = slices.DeleteFunc(have, func(name string) bool { return slices.Contains(w.given, name) })
	want := slices.Clone(args)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		ts.Fatalf("the files made are\n\t%q\nwant\n\t%q", have, want)
	}
}

// filesIn lists the files of a script without its own ones.
func filesIn(work string) (files []string, err error) {
	err = filepath.WalkDir(work, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(work, path)
		switch {
		case err != nil:
			return err
		case name == ".said" || name == "keep":
			return fs.SkipDir
		case !d.IsDir():
			files = append(files, filepath.ToSlash(name))
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

func cmdRows(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "rows N FILE")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), manyRows(n), 0o666))
}

// manyRows returns a CSV file of n rows with distinct prompts.
func manyRows(n int) []byte {
	b := []byte("id,prompt\n")
	for i := range n {
		b = fmt.Appendf(b, "%d,question number %d\n", i+1, i+1)
	}
	return b
}

func cmdWorkbook(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "workbook FILE CSV")
	src, err := open.Open(ts.MkAbs(args[1]), table.Options{})
	ts.Check(err)
	defer src.Close()
	sink, err := src.Sink(ts.MkAbs(args[0]))
	ts.Check(err)
	defer sink.Close()
	for row, err := range src.Rows() {
		ts.Check(err)
		ts.Check(sink.Write(row))
	}
	ts.Check(sink.Commit(func([32]byte) error { return nil }))
}

func cmdBook(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "book FILE SHEET=TEXT …")
	var b book
	for _, a := range args[1:] {
		name, text, _ := strings.Cut(a, "=")
		b.add(name, ts.ReadFile(text))
	}
	data, err := b.zip()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
}

func cmdHex(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "hex FILE DIGITS")
	b, err := hex.DecodeString(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o666))
}

func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, false, args, 2, "[!] same FILE FILE")
	if same := ts.ReadFile(args[0]) == ts.ReadFile(args[1]); same == neg {
		ts.Fatalf("%s and %s: same is %v", args[0], args[1], same)
	}
}

// dated matches what differs between the journals of equal runs.
var dated = regexp.MustCompile(`"(at|started|ended|request_id|crc|output|journal)":"[^"]*",?|"(elapsed|latency)_ms":[0-9]+,?`)

func cmdUndated(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "undated JOURNAL FILE")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), dated.ReplaceAll([]byte(ts.ReadFile(args[0])), nil), 0o600))
}

func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "mode FILE 0600")
	fi, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", fi.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

func cmdSaid(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "said NAME FILE")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(processOf(ts, args[0]).out.String()), 0o600))
}

func cmdDotenv(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "dotenv NAME=VALUE …")
	ts.Check(os.WriteFile(ts.MkAbs(".env"), []byte(strings.Join(args, "\n")+"\n"), 0o600))
}

func cmdReplace(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, "replace FILE OLD NEW")
	before, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	after, err := strconv.Unquote(`"` + args[2] + `"`)
	ts.Check(err)
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, before) {
		ts.Fatalf("%s lacks %q", args[0], before)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, before, after)), 0o600))
}

func cmdHelps(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "helps FILE CODES")
	_, codes, _ := strings.Cut(ts.ReadFile(args[0]), "\nExit codes:\n")
	var got []string
	for line := range strings.Lines(codes) {
		got = append(got, strings.Fields(line)[0])
	}
	if !slices.Equal(got, strings.Fields(args[1])) {
		ts.Fatalf("the help ends with the exit codes %q, want %s", got, args[1])
	}
}

func cmdFits(ts *testscript.TestScript, neg bool, args []string) {
	compiler := jsonschema.NewCompiler()
	schema, err := compiler.Compile("../../docs/" + args[1])
	ts.Check(err)
	text := ts.ReadFile(args[0])
	documents := []string{text}
	if filepath.Ext(args[0]) == ".jsonl" {
		documents = strings.Split(strings.TrimSpace(text), "\n")
	}
	for _, d := range documents {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(d))
		ts.Check(err)
		if err := schema.Validate(v); err != nil {
			ts.Fatalf("%s: %v\n%s", args[0], err, d)
		}
	}
}

// scriptT makes a script a test for keyringtest.
type scriptT struct{ *testscript.TestScript }

func (scriptT) Helper()              {}
func (t scriptT) Skip(args ...any)   { t.Fatalf("%s", fmt.Sprint(args...)) }
func (t scriptT) Fatal(args ...any)  { t.Fatalf("%s", fmt.Sprint(args...)) }
func (t scriptT) Cleanup(end func()) { t.Defer(end) }

func cmdKeyring(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "keyring MOOD")
	mood, ok := map[string]keyringtest.Mood{"open": keyringtest.Open, "dismissed": keyringtest.Dismissed}[args[0]]
	if !ok {
		ts.Fatalf("keyring: %q", args[0])
	}
	ts.Setenv("GIGABATCH_KEYRING", "")
	ts.Setenv("DBUS_SESSION_BUS_ADDRESS", keyringtest.Start(scriptT{ts}, mood).Address)
}
