package oracle

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/io/table/tabletest"
)

// TestActors lets two servers of the page, a terminal, a spreadsheet program and whoever fills the table work on one folder in random
// order, while the network fails and processes are killed. After each step no answer is lost and no process has failed in a way that it
// does not explain. When all is quiet, the pages, the status and the file say the same, and in the end each row has its answer, which was
// paid for once, or as many times more as the program says.
func TestActors(t *testing.T) {
	t.Parallel()
	seeds, workers := 20, 4
	if long {
		seeds = 200
	}
	for i := range workers {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for seed := i; seed < seeds; seed += workers {
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { newStage(t, seed).play(25) })
			}
		})
	}
}

// A stage is a folder with everybody who works on it.
type stage struct {
	*world
	random *rand.Rand
	scene
	rows     []string // the prompts, in order
	pages    [2]*page // nil if a server is not running
	terminal *shell   // nil if no run of the terminal is in progress

	answers map[string]bool   // keys of the results that were in the journal at any time
	edits   map[string]string // what a user has put in place of the answer to a prompt
	unpaid  map[string]bool   // prompts that were answered by the user before anybody asked them
	office  *tabletest.Office // has yet to save the output; nil otherwise
	kills   int
	trace   []string
}

// A scene is what is done with the table.
type scene struct {
	input   string
	terms   []string // of the run of the terminal
	output  string
	job     string // a job file, whose runs the page can only continue
	columns []string
}

// scenes are a table of text, a workbook, both completed in place, and a workbook with columns that depend on each other.
var scenes = []scene{
	{input: "q.csv", terms: []string{"run", "q.csv"}, output: "q.answers.csv", columns: []string{"completion"}},
	{input: "q.xlsx", terms: []string{"run", "q.xlsx"}, output: "q.answers.xlsx", columns: []string{"completion"}},
	{input: "q.csv", terms: []string{"run", "q.csv", "--in-place"}, output: "q.csv", columns: []string{"completion"}},
	{input: "q.xlsx", terms: []string{"run", "q.xlsx", "--in-place"}, output: "q.xlsx", columns: []string{"completion"}},
	{input: "q.xlsx", terms: []string{"run", "job.yaml"}, output: "q.answers.xlsx", columns: []string{"mood", "reply"}, job: `input: q.xlsx
columns:
  - {name: mood, prompt: "mood of {{prompt}}", choices: [good, bad]}
  - {name: reply, prompt: "reply to {{mood}}: {{prompt}}"}
`},
}

// A shell is a run of the terminal.
type shell struct {
	cmd     *exec.Cmd
	said    bytes.Buffer
	ended   chan struct{}
	stopped bool // a page has stopped the run
}

// streams is the number of requests that the service answers at a time.
const streams = 4

func newStage(t *testing.T, seed int) *stage {
	t.Helper()
	s := &stage{
		random: rand.New(rand.NewPCG(13, uint64(seed))), scene: scenes[seed/4%len(scenes)],
		answers: map[string]bool{}, edits: map[string]string{}, unpaid: map[string]bool{},
	}
	s.world = newWorld(t, newProgram, sandbox.Options{Latency: 15 * time.Millisecond, Streams: streams}, "")
	for i := range 40 {
		s.rows = append(s.rows, fmt.Sprintf("question number %d", i+1))
	}
	s.save()
	if s.job != "" {
		s.write("job.yaml", []byte(s.job))
	}
	if strings.HasSuffix(s.output, ".xlsx") && !testing.Short() && (long || seed%len(scenes) == 0) {
		office := tabletest.NewOffice(t)
		s.office = &office
	}
	return s
}

// save writes the input, as a program that replaces the file does.
func (s *stage) save() {
	s.t.Helper()
	next := filepath.Join(s.tmp, s.input)
	if strings.HasSuffix(s.input, ".csv") {
		text := "id,prompt\n"
		for i, p := range s.rows {
			text += fmt.Sprintf("%d,%s\n", i+1, p)
		}
		if err := os.WriteFile(next, []byte(text), 0o644); err != nil {
			s.t.Fatal(err)
		}
	} else {
		f := excelize.NewFile()
		f.SetSheetRow("Sheet1", "A1", &[]any{"id", "prompt"})
		for i, p := range s.rows {
			f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &[]any{i + 1, p})
		}
		if err := f.SaveAs(next); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := os.Rename(next, s.path(s.input)); err != nil {
		s.t.Fatal(err)
	}
}

// play lets things happen, and then ends everything and checks what is left.
func (s *stage) play(steps int) {
	t := s.t
	defer func() {
		if t.Failed() || testing.Verbose() {
			t.Logf("it happened:\n%s", strings.Join(s.trace, "\n"))
		}
	}()
	began := time.Now()
	type act struct {
		weight int
		do     func() string // returns what happened, "" if there was nothing to do
	}
	acts := []act{
		{4, s.startTerminal}, {2, s.interrupt}, {2, s.killTerminal},
		{3, s.startServer}, {1, s.stopServer}, {2, s.killServer},
		{4, s.startRun}, {3, s.continueRun}, {2, s.stopRun}, {2, s.editRow}, {1, s.undoEdit},
		{2, s.cutNetwork}, {3, s.mendNetwork}, {1, s.appendRow}, {1, s.changeRow}, {2, s.resave}, {1, s.openSheet}, {1, s.closeSheet},
		{3, s.wait}, {1, s.compare},
	}
	total := 0
	for _, a := range acts {
		total += a.weight
	}
	for len(s.trace) < steps {
		n := s.random.IntN(total)
		i := slices.IndexFunc(acts, func(a act) bool { n -= a.weight; return n < 0 })
		if said := acts[i].do(); said != "" {
			s.trace = append(s.trace, fmt.Sprintf("%6.2f s  %s", time.Since(began).Seconds(), said))
		}
		s.look()
		if t.Failed() {
			return
		}
		if len(s.trace) > steps/2 {
			s.saveInOffice()
		}
	}
	s.end()
}

func (s *stage) journal() string { return s.input + ".gigabatch" }

// look checks what must hold at any moment.
func (s *stage) look() {
	s.t.Helper()
	data, err := os.ReadFile(s.path(s.journal()))
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	now := kept(data)
	for key := range s.answers {
		if !now[key] {
			s.t.Errorf("the answer %s is no longer in the journal", key)
		}
	}
	for key := range now {
		s.answers[key] = true
	}
	for _, p := range s.pages {
		if p != nil {
			select {
			case <-p.ended:
				s.t.Fatalf("a server ended\n%s", p.text())
			default:
			}
		}
	}
	if s.terminal != nil {
		select {
		case <-s.terminal.ended:
			s.reap(0, 1, 2, 3, 5)
		default:
		}
	}
}

// reap checks how a run of the terminal ended.
func (s *stage) reap(codes ...int) {
	s.t.Helper()
	<-s.terminal.ended
	r := ran{code: s.terminal.cmd.ProcessState.ExitCode(), errors: s.terminal.said.String()}
	if s.terminal.stopped {
		codes = append(codes, 130)
	}
	s.terminal = nil
	s.trace = append(s.trace, fmt.Sprintf("  the terminal ends with %d: %s", r.code, lastLines(r.errors, 3)))
	if r.code != 130 && r.code != -1 && !clear(r) && r.code != 3 || !slices.Contains(codes, r.code) {
		s.t.Errorf("the terminal ended with %d\n%s", r.code, r.errors)
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " / ")
}

// asks returns the arguments of a run of the terminal.
func (s *stage) asks(more ...string) []string {
	return append(append(slices.Clone(s.terms), "-c", fmt.Sprint(streams)), more...)
}

func (s *stage) startTerminal() string {
	if s.terminal != nil {
		return ""
	}
	x := &shell{cmd: s.command(nil, s.asks()...), ended: make(chan struct{})}
	x.cmd.Stderr = &x.said
	if err := x.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		x.cmd.Wait()
		close(x.ended)
	}()
	s.t.Cleanup(func() {
		x.cmd.Process.Kill()
		<-x.ended
	})
	s.terminal = x
	return "terminal: " + strings.Join(s.terms, " ")
}

func (s *stage) interrupt() string {
	if s.terminal == nil {
		return ""
	}
	s.terminal.cmd.Process.Signal(syscall.SIGINT)
	s.reap(0, 1, 2, 3, 5, 130, -1)
	return "terminal: interrupted"
}

func (s *stage) killTerminal() string {
	if s.terminal == nil {
		return ""
	}
	s.terminal.cmd.Process.Kill()
	s.reap(0, 1, 2, 3, 5, -1)
	s.kills++
	return "terminal: killed"
}

// server returns one of the servers, which may not be running.
func (s *stage) server() (i int, p *page) {
	i = s.random.IntN(len(s.pages))
	return i, s.pages[i]
}

func (s *stage) startServer() string {
	i, p := s.server()
	if p != nil {
		return ""
	}
	s.pages[i] = s.serve()
	return fmt.Sprintf("page %d: started", i)
}

func (s *stage) stopServer() string {
	i, p := s.server()
	if p == nil {
		return ""
	}
	s.quit(i)
	return fmt.Sprintf("page %d: stopped", i)
}

// quit ends a server as Ctrl-C does.
func (s *stage) quit(i int) {
	p := s.pages[i]
	if p == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.ended:
	case <-time.After(patience):
		s.t.Errorf("the server does not end\n%s", p.text())
		p.kill()
	}
	s.pages[i] = nil
}

func (s *stage) killServer() string {
	i, p := s.server()
	if p == nil {
		return ""
	}
	p.kill()
	s.pages[i] = nil
	s.kills++
	return fmt.Sprintf("page %d: killed", i)
}

// onPage does something to the run on a page that shows it.
func (s *stage) onPage(what string, act func(*page, *pageRun) string) string {
	i, p := s.server()
	if p == nil {
		return ""
	}
	run := p.run(s.input)
	if run == nil {
		return ""
	}
	said := act(p, run)
	if said == "" {
		return ""
	}
	return fmt.Sprintf("page %d: %s: %s", i, what, said)
}

func (s *stage) startRun() string {
	i, p := s.server()
	if p == nil || s.job != "" || s.output == s.input {
		return ""
	}
	return fmt.Sprintf("page %d: starts a run: %d", i, p.post("/api/runs", map[string]any{"input": s.input}, nil))
}

func (s *stage) continueRun() string {
	what := []string{"continue", "retry"}[s.random.IntN(2)]
	return s.onPage(what, func(p *page, r *pageRun) string {
		return fmt.Sprint(p.post("/api/runs/"+r.ID+"/"+what, struct{}{}, nil))
	})
}

func (s *stage) stopRun() string {
	return s.onPage("stop", func(p *page, r *pageRun) string {
		status := p.post("/api/runs/"+r.ID+"/stop", struct{}{}, nil)
		if s.terminal != nil && status == http.StatusOK {
			s.terminal.stopped = true // unless the run was one of a page
		}
		return fmt.Sprint(status)
	})
}

func (s *stage) editRow() string {
	return s.onPage("edit", func(p *page, r *pageRun) string {
		quiet := s.quiet()
		i := s.random.IntN(len(s.rows))
		c, prompt := p.cell(r.ID, i), s.rows[i]
		if c == nil || !strings.HasSuffix(c.Prompt, prompt) {
			return ""
		}
		text := fmt.Sprintf("edit %d", len(s.trace))
		if s.job != "" {
			text = []string{"good", "bad"}[s.random.IntN(2)]
		}
		unpaid := quiet && s.box.Billed(c.Prompt) == 0
		code := s.edit(p, r, i, c, text, false)
		if code == http.StatusOK {
			s.edits[prompt], s.unpaid[c.Prompt] = text, unpaid
		}
		return fmt.Sprintf("%q: %d", c.Prompt, code)
	})
}

// edit edits the first cell of a row, or undoes that, and returns the status.
func (s *stage) edit(p *page, r *pageRun, index int, c *pageCell, text string, undo bool) int {
	return p.post("/api/tables/"+r.ID+"/edit", map[string]any{"index": index, "key": c.Key, "of": c.Version, "text": text, "undo": undo}, nil)
}

func (s *stage) undoEdit() string {
	return s.onPage("undo", func(p *page, r *pageRun) string {
		for i, prompt := range s.rows {
			if _, edited := s.edits[prompt]; !edited {
				continue
			}
			c := p.cell(r.ID, i)
			if c == nil || !strings.HasSuffix(c.Prompt, prompt) {
				continue
			}
			code := s.edit(p, r, i, c, "", true)
			if code == http.StatusOK {
				delete(s.edits, prompt)
				delete(s.unpaid, c.Prompt)
			}
			return fmt.Sprintf("%q: %d", prompt, code)
		}
		return ""
	})
}

func (s *stage) cutNetwork() string {
	how := []network{refused, silent}[s.random.IntN(2)]
	s.box.connect(how)
	return fmt.Sprintf("network: %v", how)
}

func (s *stage) mendNetwork() string {
	if s.box.link == alive { // nobody else changes it
		return ""
	}
	s.box.connect(alive)
	return fmt.Sprintf("network: %v", alive)
}

func (s *stage) appendRow() string {
	s.rows = append(s.rows, fmt.Sprintf("question number %d", len(s.rows)+1))
	s.save()
	return "table: a row more"
}

func (s *stage) changeRow() string {
	i := s.random.IntN(len(s.rows))
	s.rows[i] = fmt.Sprintf("question number %d changed in step %d", i+1, len(s.trace))
	s.save()
	return "table: " + s.rows[i]
}

// resave opens the output in a spreadsheet program and saves it.
func (s *stage) resave() string {
	name := s.path(s.output)
	if _, err := os.Stat(name); err != nil {
		return ""
	}
	if strings.HasSuffix(name, ".xlsx") {
		f, err := excelize.OpenFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		f.SetCellStr("Sheet1", "A1", fmt.Sprintf("id %d", len(s.trace)))
		if err := f.Save(); err != nil {
			s.t.Fatal(err)
		}
		f.Close()
	} else {
		table, err := csv.NewReader(bytes.NewReader(s.read(s.output))).ReadAll()
		if err != nil {
			s.t.Fatal(err)
		}
		var text strings.Builder
		for _, row := range table {
			for i, cell := range row {
				row[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			text.WriteString(strings.Join(row, ",") + "\n")
		}
		s.write(s.output, []byte(text.String()))
	}
	return "spreadsheet: saved the output"
}

// saveInOffice lets LibreOffice save the output, once. It takes seconds.
func (s *stage) saveInOffice() {
	name := s.path(s.output)
	if _, err := os.Stat(name); err != nil || s.office == nil {
		return
	}
	dir, _ := s.office.Convert(s.t, "xlsx", name)
	if err := os.Rename(filepath.Join(dir, s.output), name); err != nil {
		s.t.Fatal(err)
	}
	s.office = nil
	s.trace = append(s.trace, "LibreOffice: saved the output")
}

func (s *stage) lockFile() string { return s.path(".~lock." + s.output + "#") }

func (s *stage) openSheet() string {
	if err := os.WriteFile(s.lockFile(), []byte(",user,host,29.11.2026 10:00,file:///home/user;"), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return "spreadsheet: opened the output"
}

func (s *stage) closeSheet() string {
	if os.Remove(s.lockFile()) != nil {
		return ""
	}
	return "spreadsheet: closed the output"
}

// wait lets the others work: until some more completions are billed, or the runs have ended.
func (s *stage) wait() string {
	want := s.box.Counts().Billed + int64(1+s.random.IntN(20))
	for range 50 {
		if s.box.Counts().Billed >= want || s.quiet() {
			break
		}
		time.Sleep(5 * time.Millisecond) // the others are processes
	}
	return fmt.Sprintf("wait: %d billed", s.box.Counts().Billed)
}

// compare compares what everybody says when nobody works.
func (s *stage) compare() string {
	if _, err := os.Stat(s.path(s.journal())); err != nil || !s.quiet() {
		return ""
	}
	s.agree()
	return "all say the same"
}

// quiet reports whether no run is in progress.
func (s *stage) quiet() bool {
	if s.terminal != nil {
		select {
		case <-s.terminal.ended:
		default:
			return false
		}
	}
	for _, p := range s.pages {
		if p == nil {
			continue
		}
		if r := p.run(s.input); r != nil && r.alive() {
			return false
		}
	}
	return true
}

func (r *pageRun) alive() bool {
	return slices.Contains([]string{"planning", "connecting", "running", "paused", "stopping", "writing"}, r.State)
}

// end mends the network, waits for the runs, completes the table as a user would, and checks the result.
func (s *stage) end() {
	t := s.t
	s.box.connect(alive)
	s.closeSheet()
	began := time.Now()
	for deadline := time.Now().Add(patience); !s.quiet(); time.Sleep(20 * time.Millisecond) { // the others are processes
		if time.Now().After(deadline) {
			t.Fatalf("runs are still in progress: %+v", s.states())
		}
	}
	s.trace = append(s.trace, fmt.Sprint("quiet after ", time.Since(began), s.states()))
	s.look()
	s.saveInOffice()
	r := s.run(s.asks()...)
	s.trace = append(s.trace, fmt.Sprintf("at the end: %d: %s", r.code, lastLines(r.errors, 3)))
	if r.code == 2 && strings.Contains(r.errors, "--overwrite") { // the spreadsheet program has saved the output
		r = s.run(s.asks("--overwrite")...)
		s.trace = append(s.trace, fmt.Sprintf("at the end, with --overwrite: %d: %s", r.code, lastLines(r.errors, 3)))
	}
	if r.code != 0 {
		t.Fatalf("the last run: %d\n%s", r.code, r.errors)
	}
	s.look()
	s.same()
	for i := range s.pages {
		s.quit(i)
	}
	s.box.settle(t)
	s.bill()
}

func (s *stage) states() (all []string) {
	for i, p := range s.pages {
		if p != nil {
			all = append(all, fmt.Sprintf("page %d: %+v", i, p.run(s.input)))
		}
	}
	return append(all, fmt.Sprintf("terminal: %v", s.terminal != nil))
}

// bill checks what was paid for.
func (s *stage) bill() {
	s.t.Helper()
	c := s.box.Counts()
	st := s.status()
	if twice := c.Billed - c.BilledPrompts; twice > int64(st.PaidTwice) {
		s.t.Errorf("%d completions were billed for %d requests, and the status says that %d may have been paid twice", c.Billed, c.BilledPrompts, st.PaidTwice)
	}
	for prompt, unpaid := range s.unpaid {
		if n := s.box.Billed(prompt); unpaid && n > 0 {
			s.t.Errorf("%q was billed %d times, although the user had answered it before", prompt, n)
		}
	}
}

type statusJSON struct {
	Rows      int            `json:"rows"`
	Completed int            `json:"completed"`
	Failed    map[string]int `json:"failed"`
	Blocked   int            `json:"blocked"`
	Skipped   int            `json:"skipped"`
	Pending   int            `json:"pending"`
	PaidTwice int            `json:"may_have_been_paid_twice"`
	Edited    int            `json:"edited"`
	Output    string         `json:"output"`
}

func (s *stage) status() (st statusJSON) {
	s.t.Helper()
	r := s.run("status", "--json", s.input)
	if err := json.Unmarshal([]byte(r.out), &st); err != nil {
		s.t.Fatalf("status: %d %v\n%s%s", r.code, err, r.out, r.errors)
	}
	return st
}

// same checks that the pages, the status and the file say the same of the completed table.
func (s *stage) same() {
	t := s.t
	t.Helper()
	st := s.status()
	edited := 0
	for _, prompt := range s.rows {
		if _, ok := s.edits[prompt]; ok {
			edited++
		}
	}
	if st.Rows != len(s.rows) || st.Completed != len(s.rows) || st.Edited != edited {
		t.Errorf("status: %+v, want %d rows completed, %d edited", st, len(s.rows), edited)
	}
	s.agree()
	got := s.completions(st.Output)
	if len(got) != len(s.rows) {
		t.Fatalf("the output has %d rows, want %d", len(got), len(s.rows))
	}
	for i, prompt := range s.rows {
		text, edited := s.edits[prompt]
		want := []string{sandbox.Answer(prompt)}
		if edited {
			want[0] = text
		}
		if s.job != "" {
			mood := got[i][0]
			if edited {
				mood = text
			}
			want = []string{mood, sandbox.Answer("reply to " + mood + ": " + prompt)}
			if mood != "good" && mood != "bad" {
				t.Errorf("row %d: the mood is %q", i+1, mood)
			}
		}
		if !slices.Equal(got[i], want) {
			t.Errorf("row %d of the output has %q, want %q", i+1, got[i], want)
			return
		}
	}
}

// agree checks that the pages, which look at the folder every few seconds, count the rows as the status does. No run is in progress.
func (s *stage) agree() {
	s.t.Helper()
	st := s.status()
	failed := 0
	for _, n := range st.Failed {
		failed += n
	}
	want := []int{st.Rows, st.Completed, failed, st.Blocked, st.Skipped, st.Pending, st.Edited}
	for i, p := range s.pages {
		if p == nil {
			continue
		}
		var r *pageRun
		var got []int
		for deadline := time.Now().Add(patience / 4); r == nil || r.alive() || !slices.Equal(got, want); time.Sleep(20 * time.Millisecond) { // the server is another process
			if time.Now().After(deadline) {
				s.t.Errorf("page %d counts %v, and the status %v (rows, completed, failed, blocked, skipped, pending, edited): %+v", i, got, want, r)
				return
			}
			if r = p.run(s.input); r == nil {
				continue
			}
			p.get("/api/tables/"+r.ID, nil) // as the page of the table does, which counts the rows of today
			got = []int{r.Rows, r.Completed, r.Failed, r.Blocked, r.Skipped, r.Pending, r.Edited}
		}
		if end := []string{"completed", "interrupted", "killed"}; !slices.Contains(end, r.State) || st.Pending == 0 && r.State == "interrupted" {
			s.t.Errorf("page %d says that the run is %s; the status %+v", i, r.State, st)
		}
	}
}

// completions returns the cells of the completion columns in an output, row by row.
func (s *stage) completions(name string) (all [][]string) {
	s.t.Helper()
	var table [][]string
	if !filepath.IsAbs(name) {
		name = s.path(name)
	}
	data, err := os.ReadFile(name)
	if err == nil && strings.HasSuffix(name, ".csv") {
		table, err = csv.NewReader(bytes.NewReader(data)).ReadAll()
	} else if err == nil {
		var f *excelize.File
		if f, err = excelize.OpenReader(bytes.NewReader(data)); err == nil {
			table, err = f.GetRows("Sheet1")
		}
	}
	if err != nil || len(table) == 0 {
		s.t.Fatalf("%s: %v", name, err)
	}
	for _, row := range table[1:] {
		var cells []string
		for _, name := range s.columns {
			c := slices.Index(table[0], name)
			if c < 0 || c >= len(row) {
				s.t.Fatalf("%s has no %s in %q", name, name, row)
			}
			cells = append(cells, row[c])
		}
		all = append(all, cells)
	}
	return all
}
