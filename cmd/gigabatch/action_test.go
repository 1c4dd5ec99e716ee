package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// action is what action.yml says.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct{ Steps []actionStep }
}

type actionStep struct {
	ID, Name, If, Uses, Shell, Run string
	Env, With                      map[string]string
}

// readYAML reads a file of the project.
func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(documents, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// cacheEntry is what the cache of GitHub keeps under a key. It belongs to its path: restoring it to another one finds nothing.
type cacheEntry struct{ key, path, kept string }

// runner does what a runner of GitHub does with the action, as far as the action can tell.
type runner struct {
	t       *testing.T
	action  action
	temp    string // RUNNER_TEMP, which is empty when a build begins
	caches  []cacheEntry
	uploads map[string][]string // the files of each artifact
	during  func(c *exec.Cmd)   // called once the step "run" has been started; may be nil
}

func newRunner(t *testing.T) *runner {
	for _, name := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(name); err != nil && os.Getenv("CI") == "" {
			t.Skipf("there is no %s", name)
		}
	}
	r := &runner{t: t, temp: filepath.Join(t.TempDir(), "_temp"), uploads: map[string][]string{}}
	readYAML(t, "action.yml", &r.action)
	return r
}

// checkout returns a new folder with these files.
func checkout(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// build is a build of a workflow.
type build struct {
	id       string // github.run_id
	checkout string
	inputs   map[string]string
	env      []string
	github   map[string]string // further values of the context
	restored []cacheEntry      // if not nil, the cache as it was when the build began
}

// built is how a build ended.
type built struct {
	failed  string // the step that failed, "" if none did
	outputs map[string]string
	log     string
	summary string
}

// run does the steps of the action.
func (r *runner) run(b build) built {
	r.t.Helper()
	if err := os.RemoveAll(r.temp); err != nil {
		r.t.Fatal(err)
	}
	if err := os.MkdirAll(r.temp, 0o777); err != nil {
		r.t.Fatal(err)
	}
	e := &evaluation{t: r.t, values: map[string]string{
		"runner.os": "Linux", "github.run_id": b.id, "github.run_attempt": "1", "github.actor": "someone", "github.action_repository": "", "github.action_ref": "",
		"github.event.pull_request.head.repo.fork": "",
	}}
	maps.Copy(e.values, b.github)
	for name, input := range r.action.Inputs {
		e.values["inputs."+name] = input.Default
	}
	for name, value := range b.inputs {
		if _, ok := r.action.Inputs[name]; !ok {
			r.t.Fatalf("the action has no input %s", name)
		}
		e.values["inputs."+name] = value
	}
	end := built{outputs: map[string]string{}}
	for _, step := range r.action.Runs.Steps {
		e.failed = end.failed != ""
		if !e.truth(cmp.Or(step.If, "success()")) {
			continue
		}
		outputs, err := r.step(b, e, step, &end)
		for name, value := range outputs {
			e.values["steps."+step.ID+".outputs."+name] = value
		}
		if err != nil {
			end.log += fmt.Sprintf("%s: %v\n", step.Name, err)
			end.failed = cmp.Or(end.failed, cmp.Or(step.ID, step.Name))
		}
	}
	for name, output := range r.action.Outputs {
		end.outputs[name] = e.expand(output.Value)
	}
	return end
}

// step does one step and returns its outputs.
func (r *runner) step(b build, e *evaluation, step actionStep, end *built) (map[string]string, error) {
	with := map[string]string{}
	for name, value := range step.With {
		with[name] = strings.TrimSpace(e.expand(value))
	}
	switch step.Uses {
	case "":
		return r.script(b, e, step, end)
	case "actions/cache/restore@v4":
		have := r.caches
		if b.restored != nil {
			have = b.restored
		}
		r.restore(have, with)
	case "actions/cache/save@v4":
		r.save(with, end)
	case "actions/upload-artifact@v4":
		files, err := filepath.Glob(filepath.Join(with["path"], "*"))
		if err != nil {
			r.t.Fatal(err)
		}
		r.uploads[with["name"]] = nil
		for _, file := range files {
			r.uploads[with["name"]] = append(r.uploads[with["name"]], filepath.Base(file))
		}
	default:
		r.t.Fatalf("the runner of this test has no %s", step.Uses)
	}
	return nil, nil
}

// restore restores the entry of the key, else the newest whose key has one of the prefixes.
func (r *runner) restore(have []cacheEntry, with map[string]string) {
	for i, prefix := range append([]string{with["key"]}, strings.Split(with["restore-keys"], "\n")...) {
		for _, entry := range slices.Backward(have) {
			if entry.path == with["path"] && (entry.key == prefix || i > 0 && prefix != "" && strings.HasPrefix(entry.key, prefix)) {
				if err := os.CopyFS(entry.path, os.DirFS(entry.kept)); err != nil {
					r.t.Fatal(err)
				}
				return
			}
		}
	}
}

// save keeps a folder. A key cannot be used twice, which is no error.
func (r *runner) save(with map[string]string, end *built) {
	if slices.ContainsFunc(r.caches, func(c cacheEntry) bool { return c.key == with["key"] }) {
		end.log += "another job may be creating this cache\n"
		return
	}
	kept := filepath.Join(r.t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(with["path"])); err != nil {
		r.t.Fatal(err)
	}
	r.caches = append(r.caches, cacheEntry{with["key"], with["path"], kept})
}

// script runs the script of a step as a runner does.
func (r *runner) script(b build, e *evaluation, step actionStep, end *built) (map[string]string, error) {
	if step.Shell != "bash" {
		r.t.Fatalf("step %s: the shell is %q", step.Name, step.Shell)
	}
	if strings.Contains(step.Run, "${{") { // an input would be part of the script
		r.t.Fatalf("step %s: the script has an expression", step.Name)
	}
	dir := r.t.TempDir()
	file := func(name, text string) string {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			r.t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	c := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", file("script.sh", step.Run))
	c.Dir = b.checkout
	output, summary := file("output", ""), file("summary", "")
	c.Env = slices.Concat([]string{
		"CI=true", "GITHUB_ACTIONS=true", "GITHUB_OUTPUT=" + output, "GITHUB_STEP_SUMMARY=" + summary, "GITHUB_WORKSPACE=" + b.checkout, "GITHUB_RUN_ID=" + b.id,
		"GITHUB_WORKFLOW=docs", "GITHUB_JOB=summarize", "GITHUB_REPOSITORY=owner/repo", "GITHUB_SERVER_URL=http://127.0.0.1:1", "RUNNER_TEMP=" + r.temp,
		"PATH=" + os.Getenv("PATH"), "HOME=/no-home", "GIGABATCH_KEYRING=off", "GORACE=atexit_sleep_ms=0",
	}, b.env)
	for name, value := range step.Env {
		c.Env = append(c.Env, name+"="+e.expand(value))
	}
	p, err := startProcess(c)
	if err != nil {
		r.t.Fatal(err)
	}
	if step.ID == "run" && r.during != nil {
		r.during(c)
	}
	code, err := p.finish()
	if err != nil {
		r.t.Fatal(err)
	}
	end.log += p.out.String() + p.err.String()
	text, err := os.ReadFile(summary)
	if err != nil {
		r.t.Fatal(err)
	}
	end.summary += string(text)
	if text, err = os.ReadFile(output); err != nil {
		r.t.Fatal(err)
	}
	if code != 0 {
		err = fmt.Errorf("exit code %d", code)
	}
	return outputsIn(string(text)), err
}

// outputsIn reads the file in GITHUB_OUTPUT.
func outputsIn(text string) map[string]string {
	all := map[string]string{}
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		name, value, plain := strings.Cut(line, "=")
		if n, mark, ok := strings.Cut(line, "<<"); ok && (!plain || len(n) < len(name)) {
			value, text, _ = strings.Cut(text, "\n"+mark+"\n")
			name = n
		}
		if name != "" {
			all[name] = value
		}
	}
	return all
}

// evaluation evaluates the expressions that the action has. A name that does not exist, which GitHub takes for an empty text, fails the test.
type evaluation struct {
	t      *testing.T
	values map[string]string
	failed bool
}

var expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)

func (e *evaluation) expand(text string) string {
	return expression.ReplaceAllStringFunc(text, func(s string) string { return e.value(expression.FindStringSubmatch(s)[1]) })
}

// truth evaluates a condition: comparisons and functions joined by &&.
func (e *evaluation) truth(text string) bool {
	for part := range strings.SplitSeq(text, "&&") {
		part = strings.TrimSpace(part)
		left, right, compares := strings.Cut(part, " != ")
		switch {
		case part == "always()":
		case part == "success()":
			if e.failed {
				return false
			}
		case compares:
			if e.value(left) == e.value(right) {
				return false
			}
		default:
			e.t.Fatalf("the condition %q", text)
		}
	}
	return true
}

func (e *evaluation) value(text string) string {
	if strings.HasPrefix(text, "'") {
		return strings.Trim(text, "'")
	}
	value, ok := e.values[text]
	if !ok && !strings.HasPrefix(text, "steps.") { // a step that was left out has no outputs
		e.t.Fatalf("the expression %q", text)
	}
	return value
}
