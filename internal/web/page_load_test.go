package web_test

import (
	"bufio"
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

	"golang.org/x/sync/errgroup"
)

const (
	manyTabs    = 20
	manyClients = 50
	mostMemory  = 150 << 20
)

// 20 tabs of one browser and 50 other clients watch a run: each of them learns of its end, and the server stays small.
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
		tab.until(state + ` === 'completed'`)
		tab.until(progress + ` === '2,000 of 2,000'`)
		tab.until(cell(2, "") + `.startsWith('This is the sandbox')`)
	}
	if n := memory(t, s.cmd.Process.Pid); n > mostMemory {
		t.Errorf("the server took %d MB", n>>20)
	} else if n > 0 {
		t.Logf("the server took %d MB at most", n>>20)
	}
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
