package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// pages are the documents of a repository.
var pages = map[string]string{
	"docs/one.md": "# One\n\nThe first page.\n", "docs/two.md": "# Two\n\nThe second page.\n", "docs/deep/three.md": "# Three\n\nThe third page.\n",
	"summarize.txt": "Summarize: {{content}}",
}

// summarize is how they are summarized.
func summarize(s *stand, b build) build {
	inputs := map[string]string{"input": "docs/**/*.md", "prompt-file": "summarize.txt", "output": "summaries.csv", "key": s.key, "binary": "gigabatch"}
	maps.Copy(inputs, b.inputs)
	b.inputs = inputs
	b.env = slices.Concat(s.env()[:2], b.env)
	return b
}

// want checks a build.
func (e built) want(t *testing.T, what, failed string, outputs map[string]string) {
	t.Helper()
	if e.failed != failed {
		t.Errorf("%s: the failed step is %q, want %q:\n%s", what, e.failed, failed, e.log)
	}
	for name, want := range outputs {
		if got := e.outputs[name]; got != want {
			t.Errorf("%s: the output %s is %q, want %q:\n%s", what, name, got, want, e.log)
		}
	}
}

// with returns the files with another one.
func with(files map[string]string, name, text string) map[string]string {
	files = maps.Clone(files)
	files[name] = text
	return files
}

// TestActionAsksOnlyWhatIsNew builds a repository several times, each time in a new checkout.
func TestActionAsksOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	s, r := openStand(t), newRunner(t)
	r.run(summarize(s, build{id: "1", checkout: checkout(t, pages)})).want(t, "first", "",
		map[string]string{"exit-code": "0", "rows": "3", "completed": "3", "requests": "3", "skipped": "false"})
	if got := r.uploads[slices.Collect(maps.Keys(r.uploads))[0]]; !slices.Equal(got, []string{"junit.xml", "report.md"}) {
		t.Errorf("the artifact has %q", got)
	}
	before := s.box.Counts().Requests
	again := checkout(t, pages)
	end := r.run(summarize(s, build{id: "2", checkout: again}))
	end.want(t, "unchanged", "", map[string]string{"exit-code": "0", "rows": "3", "completed": "3", "requests": "0"})
	if n := s.box.Counts().Requests - before; n != 0 {
		t.Errorf("the build of an unchanged repository sent %d requests", n)
	}
	if text, err := os.ReadFile(filepath.Join(again, "summaries.csv")); err != nil || strings.Count(string(text), "This is the") != 3 {
		t.Errorf("its output is %s, %v", text, err)
	}
	if !strings.Contains(end.summary, "summaries.csv") || strings.Contains(end.summary+end.log, "first page") {
		t.Errorf("the summary is %s, the log is %s", end.summary, end.log)
	}
	changed := with(with(pages, "docs/two.md", "# Two, changed\n"), "docs/new.md", "# New\n")
	r.run(summarize(s, build{id: "3", checkout: checkout(t, changed)})).want(t, "changed", "", map[string]string{"rows": "4", "completed": "4", "requests": "2"})

	// Another name is another journal.
	r.run(summarize(s, build{id: "4", checkout: checkout(t, pages), inputs: map[string]string{"name": "a/b", "artifact": "none"}})).want(t, "another name", "",
		map[string]string{"requests": "3"})
	if _, ok := r.uploads["none"]; ok || len(r.uploads) != 1 {
		t.Errorf("the artifacts are %v", r.uploads)
	}
}

// TestActionSavesWhatFailed tests that the answers of a build that ends badly are not paid for again.
func TestActionSavesWhatFailed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault  string
		end    syscall.Signal // of the process of the step, which is gigabatch itself; 0 is none
		failed map[string]string
		left   string // requests of the next build
	}{
		"killed":    {"", syscall.SIGKILL, nil, "1"},
		"cancelled": {"", syscall.SIGINT, map[string]string{"exit-code": "130"}, "1"},
		"rejected":  {"422=~third&once", 0, map[string]string{"exit-code": "3", "failed": "1"}, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := []string{"hold=2", "fault=" + tt.fault}
			if tt.end == 0 {
				options = options[1:]
			}
			s, r := openStand(t, options...), newRunner(t)
			if tt.end != 0 {
				r.during = func(c *exec.Cmd) {
					if err := s.await(3); err != nil {
						t.Error(err)
					}
					c.Process.Signal(tt.end)
				}
			}
			first := r.run(summarize(s, build{id: "1", checkout: checkout(t, pages), inputs: map[string]string{"args": "--concurrency 1\n--grace 1s"}}))
			first.want(t, "first", "run", tt.failed)
			r.during = nil
			s.release()
			args := map[string]string{"args": "--retry-failed"}
			next := r.run(summarize(s, build{id: "2", checkout: checkout(t, pages), inputs: args}))
			next.want(t, "next", "", map[string]string{"completed": "3", "requests": tt.left})
			if n := s.box.Counts(); n.Billed > 4 || n.BilledTwice > 1 {
				t.Errorf("%d billed, %d of them twice", n.Billed, n.BilledTwice)
			}
		})
	}
}

// TestActionWithoutAKey tests builds that get no secrets.
func TestActionWithoutAKey(t *testing.T) {
	t.Parallel()
	s, r := openStand(t), newRunner(t)
	fork := map[string]string{"github.event.pull_request.head.repo.fork": "true"}
	none := map[string]string{"key": ""}
	end := r.run(summarize(s, build{id: "1", checkout: checkout(t, pages), inputs: none, github: fork}))
	end.want(t, "a fork", "", map[string]string{"exit-code": "0", "skipped": "true"})
	if !strings.Contains(end.summary, "there is no key, as in a build from a fork") {
		t.Errorf("the summary is %s", end.summary)
	}
	r.run(summarize(s, build{id: "2", checkout: checkout(t, pages), inputs: none})).want(t, "no fork", "run", map[string]string{"exit-code": "1"})
	bot := map[string]string{"github.actor": "dependabot[bot]"}
	r.run(summarize(s, build{id: "3", checkout: checkout(t, pages), inputs: none, github: bot})).want(t, "Dependabot", "", map[string]string{"skipped": "true"})
	strict := map[string]string{"key": "", "no-key": "fail"}
	r.run(summarize(s, build{id: "4", checkout: checkout(t, pages), inputs: strict, github: fork})).want(t, "no-key: fail", "run", nil)

	// The key may be in the environment of the job.
	r.run(summarize(s, build{id: "5", checkout: checkout(t, pages), inputs: none, env: []string{"GIGACHAT_CREDENTIALS=" + s.key}})).want(t, "the job has the key", "",
		map[string]string{"completed": "3", "requests": "3"})
	r.run(summarize(s, build{id: "6", checkout: checkout(t, pages), inputs: none, github: fork})).want(t, "nothing new", "",
		map[string]string{"exit-code": "0", "skipped": "false", "completed": "3"})
}

// TestActionTwoBuildsAtOnce tests builds that have restored the same journal.
func TestActionTwoBuildsAtOnce(t *testing.T) {
	t.Parallel()
	s, r := openStand(t), newRunner(t)
	r.run(summarize(s, build{id: "1", checkout: checkout(t, pages)})).want(t, "first", "", nil)
	restored := slices.Clone(r.caches)
	a, b := with(pages, "docs/a.md", "# A\n"), with(pages, "docs/b.md", "# B\n")
	r.run(summarize(s, build{id: "2", checkout: checkout(t, a), restored: restored})).want(t, "one", "", map[string]string{"requests": "1"})
	r.run(summarize(s, build{id: "3", checkout: checkout(t, b), restored: restored})).want(t, "other", "", map[string]string{"requests": "1"})
	both := with(a, "docs/b.md", "# B\n")
	r.run(summarize(s, build{id: "4", checkout: checkout(t, both)})).want(t, "both", "", map[string]string{"completed": "5", "requests": "1"})
	r.run(summarize(s, build{id: "5", checkout: checkout(t, both)})).want(t, "both again", "", map[string]string{"completed": "5", "requests": "0"})

	// Two jobs of one build have one key: the second is not saved, and does not fail.
	r.run(summarize(s, build{id: "5", checkout: checkout(t, with(both, "docs/c.md", "# C\n"))})).want(t, "the same key", "", map[string]string{"requests": "1"})
	if len(r.caches) != 5 {
		t.Errorf("%d caches", len(r.caches))
	}
}

// TestActionArguments tests that inputs get to the program as they are.
func TestActionArguments(t *testing.T) {
	t.Parallel()
	s, r := openStand(t), newRunner(t)
	dir := checkout(t, map[string]string{"a.csv": "city,text\nNew York,one\nOmsk,two\n"})
	prompt := "It's \"one\": $(touch pwned) `touch pwned` ; touch pwned\n{{text}}"
	b := summarize(s, build{id: "1", checkout: dir, inputs: map[string]string{
		"input": "a.csv\n", "prompt": prompt, "prompt-file": "", "output": "out; touch pwned.csv",
		"args": "--where city=New York\r\n\n  --completion-column My  answer\n--max-tokens=300\n",
	}})
	r.run(b).want(t, "arguments", "", map[string]string{"requests": "1", "output": "out; touch pwned.csv"})
	text, err := os.ReadFile(filepath.Join(dir, "out; touch pwned.csv"))
	if err != nil || !strings.HasPrefix(string(text), "city,text,My  answer,error\n") {
		t.Errorf("the output is %s, %v", text, err)
	}
	if n := s.box.Billed(strings.Replace(prompt, "{{text}}", "one", 1)); n != 1 {
		t.Errorf("the prompt was asked %d times", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("an input was run")
	}
}

// TestActionInstalls installs releases from a server that has them as GitHub does.
func TestActionInstalls(t *testing.T) {
	t.Parallel()
	machine := map[string]string{"amd64": "amd64", "arm64": "arm64"}[runtime.GOARCH]
	if runtime.GOOS != "linux" || machine == "" {
		t.Skip("the release of this test is for Linux")
	}
	program, err := exec.LookPath("gigabatch")
	if err != nil {
		t.Fatal(err)
	}
	archive := archived(t, "#!/bin/sh\nexec "+program+" \"$@\"\n")
	name, sums := "gigabatch_1.2.3_linux_"+machine+".tar.gz", fmt.Sprintf("%x  gigabatch_1.2.3_linux_%s.tar.gz\n%064d  other.zip\n", sha256.Sum256(archive), machine, 0)
	for what, tt := range map[string]struct {
		version, ref string
		archive      []byte
		failed       string
	}{
		"a version":          {"v1.2.3", "main", archive, ""},
		"that of the action": {"", "v1.2.3", archive, ""},
		"the latest":         {"", "main", archive, ""},
		"another archive":    {"v1.2.3", "", append(slices.Clone(archive), 0), "install"},
		"no such version":    {"v9.9.9", "", archive, "install"},
		"no version":         {"main", "", archive, "install"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			mux.HandleFunc("GET /them/gigabatch/releases/latest", func(w http.ResponseWriter, q *http.Request) {
				http.Redirect(w, q, "/them/gigabatch/releases/tag/v1.2.3", http.StatusFound)
			})
			mux.HandleFunc("GET /them/gigabatch/releases/tag/v1.2.3", func(http.ResponseWriter, *http.Request) {})
			mux.HandleFunc("GET /them/gigabatch/releases/download/v1.2.3/"+name, func(w http.ResponseWriter, _ *http.Request) { w.Write(tt.archive) })
			mux.HandleFunc("GET /them/gigabatch/releases/download/v1.2.3/gigabatch_1.2.3_checksums.txt", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(sums)) })
			releases := httptest.NewServer(mux)
			defer releases.Close()
			s, r := openStand(t), newRunner(t)
			end := r.run(summarize(s, build{id: "1", checkout: checkout(t, pages), env: []string{"GITHUB_SERVER_URL=" + releases.URL, "NO_PROXY=127.0.0.1"},
				inputs: map[string]string{"binary": "", "version": tt.version},
				github: map[string]string{"github.action_repository": "them/gigabatch", "github.action_ref": tt.ref}}))
			want := map[string]string{"requests": "3"}
			if tt.failed != "" {
				want["requests"] = ""
			}
			end.want(t, what, tt.failed, want)
		})
	}
}

// archived returns an archive with a program.
func archived(t *testing.T, program string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "gigabatch", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(program)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []interface{ Close() error }{w, z} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
