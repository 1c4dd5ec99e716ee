package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/queue"
)

// exampleFile returns the text of an example.
func exampleFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(documents, "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// needProgram skips a test that needs a program, except in CI.
func needProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil && os.Getenv("CI") == "" {
		t.Skipf("there is no %s", name)
	}
}

// scheduled is the command line of an example, as a shell gets it, with what its scheduler puts into the environment.
type scheduled struct {
	line string
	env  []string
}

// TestExamples runs the commands of the examples twice over a table that has grown in between.
func TestExamples(t *testing.T) {
	t.Parallel()
	needProgram(t, "sh")
	for name, read := range map[string]func(t *testing.T, dir, key string) scheduled{
		"systemd": ofSystemd, "cron": ofCron, "kubernetes": ofKubernetes, "airflow": ofAirflow,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStand(t)
			p := newProgram(t, s.env()[:2]...)
			got := read(t, p.dir, s.key)
			run := func() ran {
				c := exec.Command("sh", "-c", got.line)
				c.Dir, c.Env = p.dir, slices.Concat(p.env, got.env)
				out, err := c.CombinedOutput()
				if c.ProcessState == nil {
					t.Fatal(err)
				}
				return ran{code: c.ProcessState.ExitCode(), out: string(out)}
			}
			p.write("tickets.csv", "id,prompt\n1,one\n2,two\n")
			run().want(t, "first night", 0, "^$")
			p.write("tickets.csv", "id,prompt\n1,one\n2,two\n3,three\n")
			run().want(t, "second night", 0, "^$")
			if n := s.box.Counts().Billed; n != 3 {
				t.Errorf("%d requests were paid for, want one for each row", n)
			}
			text, err := os.ReadFile(filepath.Join(p.dir, "tickets.answers.csv"))
			if err != nil || strings.Count(string(text), "This is the") != 3 {
				t.Errorf("the output is %s, %v", text, err)
			}
		})
	}
}

// ofSystemd reads the service, as systemd splits its command.
func ofSystemd(t *testing.T, dir, key string) scheduled {
	line := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/(gigabatch .*)$`).FindStringSubmatch(exampleFile(t, "systemd/gigabatch.service"))
	if line == nil || strings.ContainsAny(line[1], `'"\;|&<>`) { // it would not mean the same to a shell
		t.Fatalf("the command is %q", line)
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return scheduled{line[1], []string{"CREDENTIALS_DIRECTORY=" + dir}}
}

// ofCron reads the crontab: five fields, and a command in which an escaped percent sign is one, and another one ends the command.
func ofCron(t *testing.T, dir, key string) scheduled {
	var found []string
	for line := range strings.Lines(exampleFile(t, "cron/crontab")) {
		line = strings.TrimSuffix(line, "\n")
		if m := regexp.MustCompile(`^(?:[0-9*/,-]+ ){5} ?(.*)$`).FindStringSubmatch(line); m != nil {
			found = append(found, m[1])
		} else if !strings.HasPrefix(line, "#") && !regexp.MustCompile(`^[A-Z_]+=`).MatchString(line) {
			t.Errorf("cron does not understand %q", line)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the commands are %q", found)
	}
	command := strings.ReplaceAll(found[0], `\%`, "\x00")
	if strings.Contains(command, "%") {
		t.Errorf("cron cuts off the command at a percent sign: %s", command)
	}
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("GIGACHAT_CREDENTIALS="+key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return scheduled{strings.NewReplacer("\x00", "%", "cd /data", "cd "+dir, "/usr/local/bin/", "").Replace(command), nil}
}

// ofKubernetes reads the CronJob.
func ofKubernetes(t *testing.T, _, key string) scheduled {
	type container struct {
		Args       []string
		WorkingDir string `yaml:"workingDir"`
		Env        []struct{ Name string }
		Mounts     []struct {
			Path string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
	var job struct {
		Spec struct {
			Policy      string `yaml:"concurrencyPolicy"`
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct{ Containers []container }
					}
				}
			} `yaml:"jobTemplate"`
		}
	}
	_, text, _ := strings.Cut(exampleFile(t, "kubernetes/cronjob.yaml"), "\n---\n")
	if err := yaml.Unmarshal([]byte(text), &job); err != nil {
		t.Fatal(err)
	}
	c := job.Spec.JobTemplate.Spec.Template.Spec.Containers[0]
	if job.Spec.Policy != "Forbid" || c.WorkingDir != c.Mounts[0].Path {
		t.Errorf("the journal is not on the volume, or runs overlap: %+v", job)
	}
	return scheduled{"exec gigabatch '" + strings.Join(c.Args, "' '") + "'", []string{c.Env[0].Name + "=" + key}}
}

// airflowStub stands for Airflow: it prints what the operator is given.
const airflowStub = `import json, sys
class DAG:
    def __init__(self, **kw): self.kw = kw
    def __enter__(self): return self
    def __exit__(self, *_): pass
class BashOperator:
    def __init__(self, **kw): kw.pop("execution_timeout"); json.dump(kw, sys.stdout)
`

// ofAirflow reads the task that the DAG makes.
func ofAirflow(t *testing.T, _, key string) scheduled {
	out := airflowPrints(t, "gigabatch_dag.py", airflowStub)
	var task struct {
		Command string            `json:"bash_command"`
		Env     map[string]string `json:"env"`
		Append  bool              `json:"append_env"`
		Skip    int               `json:"skip_on_exit_code"`
	}
	if err := json.Unmarshal(out, &task); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if task.Skip != 5 || !task.Append || !maps.Equal(task.Env, map[string]string{"GIGACHAT_CREDENTIALS": "{{ conn.gigachat.password }}"}) {
		t.Errorf("the task is %s", out)
	}
	return scheduled{task.Command, []string{"GIGACHAT_CREDENTIALS=" + key}}
}

// sharded are the command lines of an example that asks a table in shards.
type sharded struct {
	ask   []string
	merge string
}

// TestShardedExamples runs the commands of the examples with shards, all at once, twice over a table that has grown in between.
func TestShardedExamples(t *testing.T) {
	t.Parallel()
	needProgram(t, "sh")
	for name, read := range map[string]func(t *testing.T) sharded{"kubernetes": shardsOfKubernetes, "argo": shardsOfArgo, "airflow": shardsOfAirflow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStand(t)
			p := newProgram(t, s.env()...)
			got := read(t)
			start := func(line string) *process {
				c := exec.Command("sh", "-c", line)
				c.Dir, c.Env = p.dir, p.env
				run, err := startProcess(c)
				if err != nil {
					t.Fatal(err)
				}
				return run
			}
			table := "id,prompt\n"
			for night, rows := range []int{20, 23} {
				for i := strings.Count(table, "\n"); i <= rows; i++ {
					table += fmt.Sprintf("%d,question %d\n", i, i)
				}
				p.write("tickets.csv", table)
				var all []*process
				for _, line := range got.ask {
					all = append(all, start(line))
				}
				for _, run := range all {
					if code, err := run.finish(); code != 0 || err != nil {
						t.Errorf("night %d: exit code %d, %v: %s", night, code, err, run.err.String())
					}
				}
				run := start(got.merge)
				if code, err := run.finish(); code != 0 || err != nil {
					t.Errorf("night %d: merge: exit code %d, %v: %s", night, code, err, run.err.String())
				}
				if n := s.box.Counts().Billed; int(n) != rows || len(got.ask) != 8 {
					t.Errorf("night %d: %d requests of %d shards were paid for, want one for each of %d rows", night, n, len(got.ask), rows)
				}
				text, err := os.ReadFile(filepath.Join(p.dir, "tickets.answers.csv"))
				if err != nil || strings.Count(string(text), "This is the") != rows {
					t.Errorf("night %d: the output is %s, %v", night, text, err)
				}
			}
		})
	}
}

// quoted makes a line for a shell.
func quoted(args []string) string { return "exec gigabatch '" + strings.Join(args, "' '") + "'" }

// shardsOfKubernetes reads the Indexed Job and the Job that merges.
func shardsOfKubernetes(t *testing.T) (s sharded) {
	type job struct {
		Spec struct {
			Completions int
			Mode        string `yaml:"completionMode"`
			Template    struct {
				Spec struct {
					Containers []struct{ Args []string }
				}
			}
		}
	}
	var ask, merge job
	_, text, _ := strings.Cut(exampleFile(t, "kubernetes/shards.yaml"), "\n---\n")
	if err := errors.Join(yaml.Unmarshal([]byte(text), &ask), yaml.Unmarshal([]byte(exampleFile(t, "kubernetes/merge.yaml")), &merge)); err != nil {
		t.Fatal(err)
	}
	if ask.Spec.Mode != "Indexed" {
		t.Errorf("the pods are not numbered: %+v", ask)
	}
	for i := range ask.Spec.Completions {
		line := quoted(ask.Spec.Template.Spec.Containers[0].Args)
		s.ask = append(s.ask, strings.ReplaceAll(line, "$(JOB_COMPLETION_INDEX)", strconv.Itoa(i)))
	}
	s.merge = quoted(merge.Spec.Template.Spec.Containers[0].Args)
	return s
}

// shardsOfArgo reads the workflow: its steps, and the sequence of one of them. Fields that this test does not know are refused.
func shardsOfArgo(t *testing.T) (s sharded) {
	type parameter struct{ Name, Value string }
	type parameters struct{ Parameters []parameter }
	type step struct {
		Name, Template string
		Arguments      parameters
		Sequence       struct{ Start, End string } `yaml:"withSequence"`
	}
	type container struct {
		Image         string
		Command, Args []string
		Env           []any
		Mounts        []struct {
			Name string
			Path string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
	var w struct {
		Version  string `yaml:"apiVersion"`
		Kind     string
		Metadata struct {
			Name string `yaml:"generateName"`
		}
		Spec struct {
			Entrypoint string
			Arguments  parameters
			Volumes    []any
			Templates  []struct {
				Name      string
				Steps     [][]step
				Inputs    parameters
				Retry     struct{ Limit, Expression string } `yaml:"retryStrategy"`
				Container struct {
					container  `yaml:",inline"`
					WorkingDir string `yaml:"workingDir"`
				}
			}
		}
	}
	d := yaml.NewDecoder(strings.NewReader(exampleFile(t, "argo/shards.yaml")))
	d.KnownFields(true)
	if err := d.Decode(&w); err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	var steps [][]step
	for _, tpl := range w.Spec.Templates {
		if lines[tpl.Name] = quoted(tpl.Container.Args); tpl.Name == w.Spec.Entrypoint {
			steps = tpl.Steps
		}
	}
	if len(steps) != 2 || len(steps[0]) != 1 || steps[1][0].Template != "merge" {
		t.Fatalf("the steps are %+v", steps)
	}
	shards := w.Spec.Arguments.Parameters[0].Value
	all := func(line string) string { return strings.ReplaceAll(line, "{{workflow.parameters.shards}}", shards) }
	from, err := strconv.Atoi(all(steps[0][0].Sequence.Start))
	to, wrong := strconv.Atoi(all(steps[0][0].Sequence.End))
	if err != nil || wrong != nil {
		t.Fatal(err, wrong)
	}
	for i := from; i <= to; i++ {
		value := strings.ReplaceAll(steps[0][0].Arguments.Parameters[0].Value, "{{item}}", strconv.Itoa(i))
		s.ask = append(s.ask, strings.ReplaceAll(all(lines[steps[0][0].Template]), "{{inputs.parameters.shard}}", value))
	}
	s.merge = lines["merge"]
	return s
}

// shardsStub stands for Airflow: it prints the commands of the operators, and checks that they are in order.
const shardsStub = `import json, sys
class DAG:
    def __init__(self, **kw): self.kw = kw
    def __enter__(self): return self
    def __exit__(self, *_): pass
class BashOperator:
    def __init__(self, **kw): self.kw = kw
    @classmethod
    def partial(cls, **kw):
        assert kw["append_env"] and kw["env"] == {"GIGACHAT_CREDENTIALS": "{{ conn.gigachat.password }}"}
        return cls(**kw)
    def expand(self, **kw):
        self.kw.update(kw)
        return self
    def __rshift__(self, other): json.dump({"ask": self.kw["bash_command"], "merge": other.kw["bash_command"]}, sys.stdout)
`

// shardsOfAirflow reads the tasks that the DAG makes.
func shardsOfAirflow(t *testing.T) sharded {
	var all struct {
		Ask   []string
		Merge string
	}
	if err := json.Unmarshal(airflowPrints(t, "gigabatch_shards_dag.py", shardsStub), &all); err != nil {
		t.Fatal(err)
	}
	return sharded{all.Ask, all.Merge}
}

// airflowPrints runs a DAG with a stub in the place of Airflow, and returns what that prints.
func airflowPrints(t *testing.T, name, text string) []byte {
	t.Helper()
	needProgram(t, "python3")
	stub := checkout(t, map[string]string{
		"airflow/__init__.py": text, "airflow/operators/__init__.py": "", "airflow/operators/bash.py": "from airflow import BashOperator\n",
	})
	path, err := filepath.Abs(filepath.Join(documents, "examples/airflow", name))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("python3", "-B", path)
	c.Env = append(os.Environ(), "PYTHONPATH="+stub)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

// gitlabJob is the template for GitLab.
type gitlabJob struct {
	Variables map[string]string
	Cache     struct {
		Key      string
		Fallback []string `yaml:"fallback_keys"`
		Paths    []string
		When     string
	}
	Script    []string
	Artifacts struct {
		When    string
		Reports map[string]string
	}
}

// TestGitLab runs the script of the template as a runner does, with a cache that it keeps.
func TestGitLab(t *testing.T) {
	t.Parallel()
	needProgram(t, "sh")
	var template struct {
		Job gitlabJob `yaml:".gigabatch"`
	}
	var use struct {
		Job gitlabJob `yaml:"summarize-docs"`
	}
	read := func(name string, job any) {
		if err := yaml.Unmarshal([]byte(exampleFile(t, name)), job); err != nil {
			t.Fatal(err)
		}
	}
	read("gitlab/gigabatch.yml", &template)
	read("gitlab/.gitlab-ci.yml", &use)
	job := template.Job
	if job.Cache.When != "always" || job.Artifacts.When != "always" {
		t.Errorf("what a failed job has paid for is lost: %+v", job)
	}
	caches := map[string]string{}
	s := openStand(t)
	build := func(branch, key string, files map[string]string, source string) (code int, outputs map[string]string, said string) {
		t.Helper()
		dir := checkout(t, files)
		vars := map[string]string{"CI_COMMIT_REF_SLUG": branch, "CI_DEFAULT_BRANCH": "main", "CI_JOB_NAME_SLUG": "summarize-docs", "CI_PROJECT_ID": "7",
			"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source, "GITLAB_CI": "true", "CI": "true", "CI_PROJECT_DIR": dir, "GIGACHAT_CREDENTIALS": key}
		maps.Copy(vars, job.Variables)
		maps.Copy(vars, use.Job.Variables)
		vars["GIGABATCH_BINARY"] = "gigabatch"
		value := func(name string) string { return vars[name] }
		expand := func(text string) string { return os.Expand(os.Expand(text, value), value) } // variables may name others
		for _, key := range append([]string{job.Cache.Key}, job.Cache.Fallback...) {
			if kept, ok := caches[expand(key)]; ok {
				if err := os.CopyFS(filepath.Join(dir, job.Cache.Paths[0]), os.DirFS(kept)); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		c := exec.Command("sh", "-e", "-c", strings.Join(job.Script, "\n"))
		p := newProgram(t, s.env()[:2]...)
		c.Dir, c.Env = dir, p.env
		for name := range vars {
			c.Env = append(c.Env, name+"="+expand(vars[name]))
		}
		out, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Fatal(err)
		}
		kept := filepath.Join(t.TempDir(), "kept")
		if err := os.CopyFS(kept, os.DirFS(filepath.Join(dir, job.Cache.Paths[0]))); err != nil {
			t.Fatal(err)
		}
		caches[expand(job.Cache.Key)] = kept
		text, _ := os.ReadFile(filepath.Join(dir, job.Artifacts.Reports["dotenv"]))
		outputs = outputsIn(string(text))
		for what, name := range job.Artifacts.Reports {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil && (what != "codequality" || outputs["GIGABATCH_REQUESTS"] != "") { // that one needs rows
				t.Errorf("the report %s: %v\n%s", what, err, out)
			}
		}
		return c.ProcessState.ExitCode(), outputs, string(out)
	}
	for _, tt := range []struct {
		what, branch, key, source string
		files                     map[string]string
		code                      int
		requests, skipped         string
	}{
		{"first", "main", s.key, "", pages, 0, "3", "false"},
		{"unchanged", "main", s.key, "", pages, 0, "0", "false"},
		{"another branch", "feature", s.key, "", with(pages, "docs/new.md", "# New\n"), 0, "1", "false"},
		{"the branch again", "feature", s.key, "", with(pages, "docs/new.md", "# New\n"), 0, "0", "false"},
		{"a fork, nothing new", "fork", "", "8", pages, 0, "0", "false"},
		{"a fork, something new", "fork", "", "8", with(pages, "docs/theirs.md", "# Theirs\n"), 0, "", "true"},
		{"no key", "main", "", "", with(pages, "docs/ours.md", "# Ours\n"), 1, "", "false"},
	} {
		code, outputs, said := build(tt.branch, tt.key, tt.files, tt.source)
		if code != tt.code || outputs["GIGABATCH_REQUESTS"] != tt.requests || outputs["GIGABATCH_SKIPPED"] != tt.skipped {
			t.Errorf("%s: exit code %d, outputs %q\n%s", tt.what, code, outputs, said)
		}
	}
}

// TestExampleOfKEDA scales the workers of the other example by the backlog that a run keeps.
func TestExampleOfKEDA(t *testing.T) {
	t.Parallel()
	var keda struct {
		Spec struct {
			Target   struct{ Name string } `yaml:"scaleTargetRef"`
			Triggers []struct {
				Type     string
				Metadata map[string]string
			}
		}
	}
	var workers struct{ Metadata struct{ Name string } }
	_, text, _ := strings.Cut(exampleFile(t, "kubernetes/workers.yaml"), "\n---\n")
	if err := errors.Join(yaml.Unmarshal([]byte(exampleFile(t, "kubernetes/keda.yaml")), &keda), yaml.Unmarshal([]byte(text), &workers)); err != nil {
		t.Fatal(err)
	}
	trigger := keda.Spec.Triggers[0]
	if keda.Spec.Target.Name != workers.Metadata.Name || trigger.Type != "nats-jetstream" || trigger.Metadata["stream"] != queue.Backlog ||
		trigger.Metadata["consumer"] != queue.BacklogConsumer || trigger.Metadata["lagThreshold"] != strconv.Itoa(pool.DefaultConcurrency) {
		t.Errorf("%+v does not scale %s", keda, workers.Metadata.Name)
	}
}
