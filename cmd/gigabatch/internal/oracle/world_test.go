package oracle

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"gigabatch/internal/gigachat/sandbox"
)

// newProgram is the path of the program under test. TestMain builds it.
var newProgram string

// long reports whether to run all cases.
var long = os.Getenv("GIGABATCH_LONG") != ""

// tracer runs a command and disturbs one of its calls for files. It is nil on systems for which it is not written. The test binary runs it if
// ORACLE_TRACE names a log, with the arguments FAULT AT PROGRAM ARGUMENTS.
var tracer func(log, fault, at string, args []string) (code int, err error)

func TestMain(m *testing.M) {
	if log := os.Getenv("ORACLE_TRACE"); log != "" {
		code, err := tracer(log, os.Args[1], os.Args[2], os.Args[3:])
		if err != nil {
			panic(err)
		}
		os.Exit(code)
	}
	if store := os.Getenv("ORACLE_HUB"); store != "" {
		if err := serveHub(store, os.Getenv("ORACLE_HUB_ADDRESS")); err != nil {
			os.Exit(1)
		}
	}
	if config := os.Getenv("ORACLE_NATS"); config != "" {
		if err := serveNATS(config); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	dir, err := os.MkdirTemp("", "oracle")
	if err != nil {
		panic(err)
	}
	newProgram = filepath.Join(dir, "gigabatch")
	if out, err := exec.Command("go", "build", "-o", newProgram, "gigabatch/cmd/gigabatch").CombinedOutput(); err != nil {
		fmt.Printf("go build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// tracked makes go test run the tests again if a source of the program has changed, or the column: it notices only what tests themselves
// look at, and not what TestMain does.
var tracked = sync.OnceFunc(func() {
	os.Getenv("GIGABATCH_LONG")
	for _, dir := range []string{"../../../../cmd", "../../../../internal"} {
		filepath.WalkDir(dir, func(string, fs.DirEntry, error) error { return nil })
	}
})

// A world is a folder in which a program runs, with its own service.
type world struct {
	t       *testing.T
	program string
	dir     string
	tmp     string
	runtime string // XDG_RUNTIME_DIR
	box     *box
	faults  string    // in force
	out     io.Writer // of killed; nil discards it
	env     []string  // variables that come after the others
}

// newWorld returns a world with the files of a txtar archive.
func newWorld(t *testing.T, program string, o sandbox.Options, files string) *world {
	t.Helper()
	tracked()
	w := &world{t: t, program: program, dir: t.TempDir(), tmp: t.TempDir(), runtime: t.TempDir(), box: newBox(t, o)}
	for _, f := range txtar.Parse([]byte(files)).Files {
		w.write(f.Name, f.Data)
	}
	return w
}

// copy returns a world with the same files, another program and another service.
func (w *world) copy(t *testing.T, program string, o sandbox.Options) *world {
	t.Helper()
	c := &world{t: t, program: program, dir: t.TempDir(), tmp: t.TempDir(), runtime: t.TempDir(), box: newBox(t, o)}
	if err := copyTree(c.dir, w.dir); err != nil {
		t.Fatal(err)
	}
	c.inject(w.faults)
	return c
}

// copyTree copies files with their modes and times.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		dst := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(dst, 0o777)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(dst, data, 0o600); err != nil {
			return err
		}
		return errors.Join(os.Chmod(dst, info.Mode()), os.Chtimes(dst, info.ModTime(), info.ModTime()))
	})
}

func (w *world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) read(name string) []byte {
	w.t.Helper()
	data, err := os.ReadFile(w.path(name))
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

// rows returns the cells of a CSV file by the names of their columns.
func (w *world) rows(name string) (all []map[string]string) {
	w.t.Helper()
	table, err := csv.NewReader(bytes.NewReader(w.read(name))).ReadAll()
	if err != nil || len(table) == 0 {
		w.t.Fatalf("%s: %v", name, err)
	}
	for _, cells := range table[1:] {
		row := map[string]string{}
		for i, c := range cells {
			row[table[0][i]] = c
		}
		all = append(all, row)
	}
	return all
}

func (w *world) write(name string, data []byte) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o777); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), data, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) inject(faults string) {
	w.t.Helper()
	list, err := sandbox.ParseFaults(faults)
	if err != nil {
		w.t.Fatal(err)
	}
	w.faults = faults
	w.box.SetFaults(list)
}

// longest is how long a process may run. After it the process prints what its goroutines do, and the test that awaits it can say so.
func longest() time.Duration {
	if long {
		return 3 * time.Hour
	}
	return 10 * time.Minute
}

// command returns a command that runs the program, under the command above if it is given.
func (w *world) command(above []string, args ...string) *exec.Cmd {
	line := append(append([]string{}, above...), w.program)
	line = append(line, args...)
	ctx, cancel := context.WithTimeout(context.Background(), longest())
	w.t.Cleanup(cancel)
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGQUIT) }
	c.WaitDelay = 10 * time.Second // what it has started may keep its output open
	c.Dir = w.dir
	c.Env = append([]string{"TERM=dumb", "HOME=/no-home", "TZ=UTC", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + w.tmp, "XDG_RUNTIME_DIR=" + w.runtime}, w.box.env()...)
	c.Env = append(c.Env, w.env...)
	return c
}

// ran is the outcome of a process. The code -1 means that a signal ended it.
type ran struct {
	code        int
	out, errors string
}

// run runs the program to its end.
func (w *world) run(args ...string) ran {
	w.t.Helper()
	return w.finish(w.command(nil, args...))
}

func (w *world) finish(c *exec.Cmd) ran {
	w.t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		w.t.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, errs.String())
	}
	return ran{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// undisturbed is the prefix of the error output of a run that ended before it could be disturbed.
const undisturbed = "undisturbed: "

// during runs the program and calls do while the program waits for the answer after the nth. Then it releases that answer.
func (w *world) during(n int, do func(*os.Process, *listener), args ...string) ran {
	w.t.Helper()
	c := w.command(nil, args...)
	var out bytes.Buffer
	errs := &listener{word: "stopping: ", heard: make(chan struct{}), ended: make(chan struct{})}
	c.Stdout, c.Stderr = &out, errs
	w.box.hold(n)
	defer w.box.release()
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		c.Wait()
		close(errs.ended)
	}()
	kill := time.AfterFunc(patience, func() { c.Process.Kill() })
	err := w.box.await(n+1, errs.ended)
	if err == nil {
		do(c.Process, errs)
	}
	w.box.release()
	<-errs.ended
	if !kill.Stop() {
		w.t.Fatalf("%s: the program did not end\n%s", strings.Join(args, " "), errs.text.String())
	}
	r := ran{c.ProcessState.ExitCode(), out.String(), errs.text.String()}
	if err != nil {
		r.errors = fmt.Sprintf("%s%v\n%s", undisturbed, err, r.errors)
	}
	return r
}

// stop sends signals to a run that waits for the answer after the nth.
func (w *world) stop(n int, args []string, signals ...os.Signal) ran {
	w.t.Helper()
	return w.during(n, func(p *os.Process, errs *listener) {
		for i, sig := range signals {
			p.Signal(sig)
			if sig == os.Kill || i > 0 {
				<-errs.ended
				return
			}
			select {
			case <-errs.heard:
			case <-errs.ended:
			}
		}
	}, args...)
}

// A listener records the output of a process and signals when it contains a word. Only one goroutine writes to it.
type listener struct {
	word  string
	text  bytes.Buffer
	heard chan struct{} // closed when the output contains the word
	ended chan struct{} // closed when the process has ended
	once  sync.Once
}

func (l *listener) Write(p []byte) (int, error) {
	n, err := l.text.Write(p)
	if bytes.Contains(l.text.Bytes(), []byte(l.word)) {
		l.once.Do(func() { close(l.heard) })
	}
	return n, err
}

// do runs one step of a scenario: a command of the program, or one of these:
//
//	faults TEXT                   set the faults of the service; none without TEXT
//	interrupt N COMMAND           run COMMAND, with SIGINT after N answers
//	terminate N COMMAND           the same with SIGTERM
//	cancel N COMMAND              the same with SIGINT twice
//	kill N COMMAND                the same with SIGKILL
//	meanwhile N STEP COMMAND      run COMMAND, with STEP (quoted) after N answers
//	cut FILE N                    cut FILE after N bytes, -N bytes before its end, or at N% of its size
//	replace FILE OLD NEW          replace each OLD in FILE by NEW
//	append FILE TEXT              append a line to FILE
//	drop FILE TEXT                remove the lines with TEXT from FILE
//	copy FROM TO, remove FILE, write FILE TEXT
//	take PATH FILE                copy a file or folder of the module, or of the data beside it
//	probe FILE FLAGS              run FILE FLAGS; if that needs --prompt, use the one from the hint
//	feed FILE COMMAND             run COMMAND with FILE as standard input
//	in DIR COMMAND                run COMMAND in a folder
//	edit JOURNAL TEXT N NEW       edit occurrence N of the cell whose answer contains TEXT
func (w *world) do(line string) ran {
	w.t.Helper()
	args := words(line)
	switch verb := args[0]; verb {
	case "faults":
		w.inject(strings.Join(args[1:], ","))
	case "interrupt", "terminate", "cancel", "kill":
		signals := map[string][]os.Signal{
			"interrupt": {os.Interrupt}, "terminate": {syscall.SIGTERM}, "cancel": {os.Interrupt, os.Interrupt}, "kill": {os.Kill},
		}
		return w.stop(w.number(args[1]), oneAtOnce(args[2:]), signals[verb]...)
	case "meanwhile":
		var inner ran
		outer := w.during(w.number(args[1]), func(*os.Process, *listener) { inner = w.do(args[2]) }, oneAtOnce(args[3:])...)
		return ran{outer.code + 1000*inner.code, inner.out + outer.out, inner.errors + outer.errors}
	case "cut":
		data := w.read(args[1])
		n := w.number(strings.TrimSuffix(args[2], "%"))
		if strings.HasSuffix(args[2], "%") {
			n = len(data) * n / 100
		} else if n < 0 {
			n += len(data)
		}
		w.alter(args[1], data[:n])
	case "replace":
		w.alter(args[1], bytes.ReplaceAll(w.read(args[1]), []byte(args[2]), []byte(args[3])))
	case "append":
		w.alter(args[1], append(w.read(args[1]), args[2]+"\n"...))
	case "drop":
		var kept []byte
		for l := range bytes.Lines(w.read(args[1])) {
			if !bytes.Contains(l, []byte(args[2])) {
				kept = append(kept, l...)
			}
		}
		w.alter(args[1], kept)
	case "copy":
		w.write(args[2], w.read(args[1]))
	case "remove":
		if err := os.Remove(w.path(args[1])); err != nil {
			w.t.Fatal(err)
		}
	case "write":
		w.write(args[1], []byte(args[2]))
	case "take":
		if err := copyTree(w.path(args[2]), filepath.Join(root(w.t), args[1])); err != nil {
			w.t.Fatal(err)
		}
	case "probe":
		r := w.run(oneAtOnce(append([]string{"run"}, args[1:]...))...)
		if m := proposed.FindStringSubmatch(r.errors); m != nil && r.code == 2 {
			return w.run(oneAtOnce(append([]string{"run", "--prompt", m[1]}, args[1:]...))...)
		}
		return r
	case "feed":
		c := w.command(nil, oneAtOnce(args[2:])...)
		c.Stdin = bytes.NewReader(w.read(args[1]))
		return w.finish(c)
	case "in":
		c := w.command(nil, oneAtOnce(args[2:])...)
		c.Dir = w.path(args[1])
		return w.finish(c)
	case "edit":
		w.edit(args[1], args[2], w.number(args[3]), args[4])
	default:
		return w.run(oneAtOnce(args)...)
	}
	return ran{}
}

// proposed matches the prompt in a hint.
var proposed = regexp.MustCompile(`(?:try|for example) --prompt ['"](.*)['"]`)

// alter changes an existing file. It fails if the content stays the same.
func (w *world) alter(name string, data []byte) {
	w.t.Helper()
	if bytes.Equal(w.read(name), data) {
		w.t.Fatalf("%s does not change", name)
	}
	if err := os.WriteFile(w.path(name), data, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) number(text string) int {
	w.t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// edit appends an edit to the journal, as the page does.
func (w *world) edit(journal, text string, occurrence int, completion string) {
	w.t.Helper()
	for _, r := range records(w.read(journal)) {
		if strings.Contains(fmt.Sprint(r.fields["completion"]), text) {
			line := sealed(fmt.Sprintf(`{"key":%q,"state":"edit","occurrence":%d,"completion":%s,"at":"2026-11-29T00:00:00Z"`,
				r.fields["key"], occurrence, strconv.Quote(completion)))
			f, err := os.OpenFile(w.path(journal+".edits"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
			if err != nil {
				w.t.Fatal(err)
			}
			_, err = f.WriteString(line)
			if err := errors.Join(err, f.Close()); err != nil {
				w.t.Fatal(err)
			}
			return
		}
	}
	w.t.Fatalf("%s has no answer with %q", journal, text)
}

// oneAtOnce adds -c 1 to a run without -c, so that everything happens in a fixed order.
func oneAtOnce(args []string) []string {
	asks := len(args) > 0 && args[0] == "run"
	for _, a := range args {
		asks = asks && a != "-c"
	}
	if asks {
		args = append(args[:len(args):len(args)], "-c", "1")
	}
	return args
}

// words splits a line at spaces. Single quotes group a word; two single quotes inside them stand for one.
func words(line string) []string {
	var all []string
	var word strings.Builder
	begun, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'' && quoted && i+1 < len(line) && line[i+1] == '\'':
			word.WriteByte(c)
			i++
		case c == '\'':
			begun, quoted = true, !quoted
		case c == ' ' && !quoted:
			if begun {
				all = append(all, word.String())
			}
			begun = false
			word.Reset()
		default:
			begun = true
			word.WriteByte(c)
		}
	}
	if begun {
		all = append(all, word.String())
	}
	return all
}

// oldProgram returns the path of the old program, from GIGABATCH_OLD. Without it the test is skipped.
func oldProgram(t *testing.T) string {
	t.Helper()
	name := os.Getenv("GIGABATCH_OLD")
	if name == "" {
		t.Skip("GIGABATCH_OLD names no program to compare with")
	}
	name, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath(name); err != nil {
		t.Fatal(err)
	}
	return name
}

// root returns the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
