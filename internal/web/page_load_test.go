package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"golang.org/x/sync/errgroup"
)

const (
	manyTabs    = 20
	manyClients = 50
	mostMemory  = 150 << 20
)

// 20 tabs of one browser and 50 other clients watch a table while it is asked. When the run has ended, one tab edits an answer and another one
// tries a different prompt: all tabs show the same counts and answers, learn them over one connection, and the server stays small.
func TestPageUnderManyEyes(t *testing.T) {
	t.Parallel()
	b := browse(t)
	dir := folder(t, nil, map[string]string{"many.csv": "id,prompt\n" + rows(2000)})
	env := stand(t, "--latency", "0.1", "--streams", "20")
	s := serveAt(t, dir, env)
	b.open(s.url)
	client := signedIn(t, s)
	id := startRun(t, client, s, `{"input":"many.csv"}`)
	var watch errgroup.Group
	for range manyClients {
		watch.Go(func() error { return untilEnd(client, s, id) })
	}
	tabs := []*tab{b}
	for len(tabs) < manyTabs {
		tabs = append(tabs, b.another())
	}
	for _, tab := range tabs {
		tab.open(s.base() + "/tables/" + id)
	}
	if err := watch.Wait(); err != nil {
		t.Error(err)
	}
	for _, tab := range tabs {
		tab.until(state + ` === 'completed' && ` + progress + ` === '2,000 of 2,000'`)
		tab.until(cell(3, "") + `.startsWith('This is the sandbox')`)
	}

	editor, trier := tabs[3], tabs[7]
	editor.openRow(3)
	editor.click("Edit the answer")
	editor.fill(".row-editor textarea", "my own words")
	editor.clickIn(".row-editor", "Save")
	editor.says("Edited by hand")
	for _, tab := range tabs {
		tab.until(cell(3, "") + `.includes('my own words')`)
		tab.until(`document.querySelector('.run-unwritten').checkVisibility()`)
	}
	trier.fill("#tb-prompt", "Say it twice: {{prompt}}")
	trier.until(settled + ` && !document.querySelector('.tb-try').disabled`) // a run would ask rows again, and asks first
	trier.clickIn(".tb-foot", "Try on")
	trier.until(`document.querySelectorAll('.tb-vers > li').length === 2`)
	trier.until(settled)
	line := `document.querySelector('.tb-run-line .badge').dataset.state + ' ' + ` + progress
	want := eval[string](trier, line)
	for _, tab := range tabs {
		tab.until(line + ` === ` + quote(want))
	}
	if n := b.events(s); n != 1 {
		t.Errorf("%d connections bring events to %d tabs, want 1", n, len(tabs))
	}
	if n := memory(t, s.cmd.Process.Pid); n > mostMemory {
		t.Errorf("the server took %d MB", n>>20)
	} else if n > 0 {
		t.Logf("the server took %d MB at most", n>>20)
	}
}

// events returns how many connections bring events to the tabs of a browser: one for each worker, and one for each tab without a worker.
func (b *tab) events(s *served) int {
	b.t.Helper()
	n := 0
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		all, err := chromedp.CallBrowser(ctx, target.GetTargets, target.GetTargetsParams{})
		for _, one := range all.TargetInfos {
			if one.Type == "shared_worker" && strings.HasPrefix(one.URL, s.base()) {
				n++
			}
		}
		return err
	}))
	return n + eval[int](b, `performance.getEntriesByType('resource').filter((e) => e.name.includes('/api/events')).length`)
}

func rows(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,question number %d\n", i, i)
	}
	return b.String()
}

// keyed sends requests as the page does, with the key that the start address has given it.
type keyed struct{ key string }

func (k *keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Gigabatch-Key", k.key)
	return http.DefaultTransport.RoundTrip(r)
}

// signedIn returns an HTTP client that has opened the start address.
func signedIn(t *testing.T, s *served) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &keyed{}
	c := &http.Client{Jar: jar, Transport: k}
	r, err := c.Get(s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	_, rest, _ := strings.Cut(body(t, r), `data-key="`)
	k.key, _, _ = strings.Cut(rest, `"`)
	return c
}

// startRun starts a run and returns its id.
func startRun(t *testing.T, c *http.Client, s *served, spec string) string {
	t.Helper()
	r, err := c.Post(s.base()+"/api/runs", "application/json", strings.NewReader(spec))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	line, err := bufio.NewReader(r.Body).ReadString('\n')
	_, id, ok := strings.Cut(line, `"id":"`)
	if err != nil || !ok {
		t.Fatalf("the run was not started: %s %s, %v", r.Status, line, err)
	}
	return id[:strings.IndexByte(id, '"')]
}

// untilEnd follows the events until the run is completed.
func untilEnd(c *http.Client, s *served, id string) error {
	r, err := c.Get(s.base() + "/api/events")
	if err != nil {
		return err
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"id":"`+id) && strings.Contains(lines.Text(), `"state":"completed"`) {
			return nil
		}
	}
	return fmt.Errorf("the events ended before the run did: %w", lines.Err())
}

// memory returns the peak memory of a process in bytes, 0 if it is not known.
func memory(t *testing.T, pid int) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "VmHWM:")
	kB, err := strconv.Atoi(strings.Fields(rest)[0])
	if !ok || err != nil {
		t.Fatalf("no VmHWM in %s", text)
	}
	return kB << 10
}

// mostAssets is the largest total size of the files of the page as they are sent, in bytes.
const mostAssets = 200_000

// The first screen appears quickly, and the files of the page are small.
func TestPageIsSmallAndFast(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := serve(t, t.TempDir(), "--sandbox")
	b.open(s.url)
	b.says("No tables here yet")
	var took []float64
	for range 7 {
		b.open(s.base() + "/tables")
		b.says("No tables here yet")
		took = append(took, eval[float64](b, `performance.getEntriesByName('first-screen')[0].startTime`))
	}
	t.Logf("the first screen appeared after %.0f ms", took) // for people: machines differ
	for _, path := range []string{"/chat", "/tables", "/tables/x"} {
		b.open(s.base() + path)
		b.until(`document.querySelector('h1')`)
	}
	client := signedIn(t, s)
	raw, sent := 0, 0
	err := filepath.WalkDir("static", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		r, err := http.NewRequest(http.MethodGet, s.base()+"/"+filepath.ToSlash(path), nil)
		if err != nil {
			return err
		}
		r.Header.Set("Accept-Encoding", "gzip") // set here, so that net/http does not unpack the answer
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Status)
		}
		info, err := d.Info()
		raw += int(info.Size())
		sent += len(body(t, answer))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("all files: %d bytes, %d as they are sent", raw, sent)
	if sent > mostAssets || sent < 10_000 {
		t.Errorf("all files together are sent in %d bytes", sent)
	}
}

// body returns the body of an answer.
func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
