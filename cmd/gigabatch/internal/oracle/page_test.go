package oracle

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// A page is a server of the page, in a process, with a browser that is signed in.
type page struct {
	t       *testing.T
	cmd     *exec.Cmd
	base    string
	browser *http.Client
	key     string // which the browser sends with each request
	ended   chan struct{}

	mu   sync.Mutex // guards said
	said bytes.Buffer
}

// serve starts a server over the folder of a world.
func (w *world) serve() *page {
	w.t.Helper()
	p := &page{t: w.t, cmd: w.command(nil, "serve", "--dir", w.dir, "--listen", "127.0.0.1:0"), ended: make(chan struct{})}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	lines, start := bufio.NewScanner(out), ""
	for start == "" && lines.Scan() {
		p.hear(lines.Text())
		if _, rest, ok := strings.Cut(lines.Text(), "open http"); ok {
			start = "http" + rest
		}
	}
	go func() {
		for lines.Scan() {
			p.hear(lines.Text())
		}
		p.cmd.Wait()
		close(p.ended)
	}()
	w.t.Cleanup(p.kill)
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	p.browser = &http.Client{Jar: jar, Timeout: patience}
	p.base, _, _ = strings.Cut(start, "/?")
	r, err := p.browser.Get(start)
	if err != nil {
		w.t.Fatalf("the server gives no page: %v\n%s", err, p.text())
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), `data-key="`)
	p.key, _, _ = strings.Cut(rest, `"`)
	return p
}

func (p *page) hear(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(&p.said, line)
}

// text returns what the server has printed.
func (p *page) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

func (p *page) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// get and post send a request of the page, decode the answer into to, and return the status. A status of 500 or more fails the test.
func (p *page) get(path string, to any) int { return p.send(http.MethodGet, path, nil, to) }

func (p *page) post(path string, body, to any) int { return p.send(http.MethodPost, path, body, to) }

func (p *page) send(method, path string, body, to any) int {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequest(method, p.base+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Gigabatch-Key", p.key)
	began := time.Now()
	answer, err := p.browser.Do(r)
	if err != nil {
		p.t.Fatalf("%s %s: %v\n%s", method, path, err, p.text())
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if took := time.Since(began); took > 20*time.Second {
		p.t.Errorf("%s %s took %v", method, path, took)
	}
	if err != nil || answer.StatusCode >= 500 {
		p.t.Errorf("%s %s: %s %v\n%s\n%s", method, path, answer.Status, err, data, p.text())
	}
	if to != nil && answer.StatusCode < 300 {
		if err := json.Unmarshal(data, to); err != nil {
			p.t.Errorf("%s %s: %v\n%s", method, path, err, data)
		}
	}
	return answer.StatusCode
}

// pageRun is the part of a run that the tests need.
type pageRun struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	State     string `json:"state"`
	Rows      int    `json:"rows"`
	Completed int    `json:"completed"`
	Blocked   int    `json:"blocked"`
	Skipped   int    `json:"skipped"`
	Pending   int    `json:"pending"`
	Edited    int    `json:"edited"`
	Failed    int    `json:"failed"`
}

// run returns the run of an input, nil if the page shows none.
func (p *page) run(name string) *pageRun {
	p.t.Helper()
	var list struct {
		Runs []pageRun `json:"runs"`
	}
	p.get("/api/runs", &list)
	for i := range list.Runs {
		if list.Runs[i].Name == name {
			return &list.Runs[i]
		}
	}
	return nil
}

// pageCell is the part of a cell that the tests need.
type pageCell struct {
	Key        string `json:"key"`
	Version    string `json:"version"`
	State      string `json:"state"`
	Completion string `json:"completion"`
	Prompt     string `json:"prompt"`
}

// cell returns the first cell of a row, nil if there is none.
func (p *page) cell(id string, index int) *pageCell {
	p.t.Helper()
	var row struct {
		Cells []pageCell `json:"cells"`
	}
	if p.post("/api/tables/"+id+"/row", map[string]any{"index": index}, &row) != http.StatusOK || len(row.Cells) == 0 {
		return nil
	}
	return &row.Cells[0]
}
