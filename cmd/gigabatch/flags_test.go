package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
)

// flagCase describes how a flag is tested.
type flagCase struct {
	value string   // has a visible effect; "" for a switch
	more  []string // other flags that the effect needs
	fails bool     // the value is refused, which proves that it is read
	again bool     // the input was run before
	same  bool     // it has no visible effect; the test only checks that it is accepted
}

// flagCases has a case for every flag.
var flagCases = map[string]flagCase{
	"output": {value: "other.jsonl"}, "journal": {value: "nowhere/j.gigabatch", fails: true}, "format": {value: "jsonl", fails: true}, "sheet": {value: "1", fails: true},
	"completion-column": {value: "answer"}, "columns": {value: "completion,total_tokens"}, "limit": {value: "1"}, "keep-rows": {value: "x", fails: true}, "skip-suspect": {same: true},
	"all-sheets": {fails: true}, "raw-values": {fails: true}, "visible-only": {fails: true}, "header-row": {value: "0", fails: true}, "no-header": {fails: true},
	"delimiter": {value: ";;", fails: true}, "encoding": {value: "no-such", fails: true}, "rows": {value: "2"}, "where": {value: "id!=1"}, "skip-empty": {value: "none", fails: true},
	"csv-dialect": {value: "excel-xx", fails: true}, "formula-guard": {value: "maybe", fails: true},
	"overwrite": {more: []string{"--output", "taken.csv"}}, "in-place": {}, "json": {}, "quiet": {}, "stream": {same: true}, "run": {value: "99", fails: true},

	"prompt": {value: "Tell: {{prompt}}"}, "prompt-file": {value: "template.txt"}, "system": {value: "Be terse."}, "system-file": {value: "system.txt"},
	"choices": {value: "yes, no"}, "schema": {value: "schema.json"}, "repairs": {value: "-1", more: []string{"--choices", "yes, no"}, fails: true},
	"value-prefix": {value: "v_", more: []string{"--schema", "schema.json"}}, "few-shot": {value: "shots.jsonl"}, "row-params": {value: "model", fails: true},
	"long": {value: "cut", fails: true}, "context": {value: "1", fails: true}, "join-prompt": {value: "{{all}}", fails: true}, "join-prompt-file": {value: "template.txt", fails: true},
	"attach": {value: "file", fails: true}, "attach-root": {value: "nowhere", more: []string{"--attach", "id"}, fails: true},
	"out-dir": {value: "answers"}, "out-name": {value: "{{no}}", more: []string{"--out-dir", "answers"}, fails: true},
	"preview": {value: "1"}, "dry-run": {},
	"model": {value: "GigaChat-3", fails: true}, "temperature": {value: "-1", fails: true}, "top-p": {value: "-1", fails: true},
	"max-tokens": {value: "0", fails: true}, "repetition-penalty": {value: "0", fails: true},

	"concurrency": {value: "0", fails: true}, "rpm": {value: "0", fails: true}, "tpm": {value: "0", fails: true},
	"max-attempts": {value: "0", fails: true}, "grace": {value: "x", fails: true}, "max-outage": {value: "x", fails: true}, "max-tokens-total": {value: "0", fails: true}, "max-cost": {value: "0", fails: true}, "daily-budget": {value: "0", fails: true}, "max-time": {value: "x", fails: true}, "confirm-above": {value: "x", fails: true}, "canary": {value: "0", fails: true}, "canary-max-failures": {value: "x", fails: true}, "on-length": {value: "x", fails: true}, "on-blocked": {value: "x", fails: true}, "blocked-model": {value: "GigaChat-2-Max", same: true}, "fallback-model": {value: "GigaChat-2-Max", same: true}, "yes": {same: true}, "keep-going": {same: true},
	"max-rounds": {value: "0", fails: true}, "no-share": {same: true},
	"retry-failed": {again: true}, "fresh": {again: true}, "no-dedupe": {},

	"timeout": {value: "x", fails: true}, "key-file": {value: "id.key", fails: true}, "key-stdin": {fails: true}, "key-command": {value: "exit 1", fails: true}, "sandbox": {},
	"scope": {value: "GIGACHAT_API_NONE", fails: true}, "base-url": {value: "http://example.com", fails: true},
	"trust-host": {value: "example.com", same: true}, "allow-outside": {same: true},
	"auth-url": {value: "http://example.com", fails: true}, "ca-file": {value: "missing.pem", fails: true},
	"client-cert": {value: "missing.pem", fails: true}, "client-key": {value: "missing.pem", fails: true},

	"listen": {value: "0.0.0.0:0", fails: true, same: true}, "fault": {value: "nonsense", fails: true}, "streams": {value: "x", fails: true},
	"starts-per-second": {value: "x", fails: true}, "starts-per-minute": {value: "x", fails: true}, "retry-after": {value: "x", fails: true, same: true},
	"latency": {value: "x", fails: true}, "jitter": {value: "x", fails: true}, "token-life": {value: "x", fails: true}, "answer-bytes": {value: "x", fails: true}, "seed": {value: "x", fails: true},
	"no-format": {value: "GigaChat-1", fails: true}, "no-functions": {value: "GigaChat-1", fails: true},
	"dialect": {value: "x", fails: true}, "models": {value: "x", fails: true, same: true},
	"dimensions": {value: "x", fails: true}, "batch-delay": {value: "x", fails: true}, "batch-late": {value: "x", fails: true},
	"batch-expire": {value: "x", fails: true}, "batch-end": {value: "x", fails: true, same: true}, "batch-lines": {value: "x", fails: true},
	"batch-models": {value: "GigaChat-1", fails: true}, "batch-order": {value: "x", fails: true}, "batch-shape": {value: "x", fails: true},
	"batch-times": {value: "x", fails: true}, "batch-files": {value: "x", fails: true}, "batch-odd": {value: "x", fails: true},

	"estimate": {}, "sample": {value: "0", fails: true}, "offline": {fails: true}, "price-file": {value: "missing.csv", fails: true},
	"packages": {value: "x", fails: true},

	"fail-if": {value: "blocked>0"}, "fail-fast": {same: true}, "if-locked": {value: "x", fails: true}, "no-key": {value: "x", fails: true},
	"report": {value: "r.pdf", fails: true}, "metrics-file": {value: "nowhere/m.prom", fails: true}, "events": {value: "nowhere/e.jsonl", fails: true},
	"log-format": {value: "x", fails: true}, "log-content": {same: true},

	"own-key": {}, "workers": {value: "nats://u:p@127.0.0.1:1", fails: true}, "hub": {value: "0.0.0.0:4222", fails: true}, "hub-monitor": {value: "127.0.0.1:0", fails: true},
	"shard": {value: "1/2"}, "partial": {same: true},

	"column": {value: "id"}, "pack": {value: "1"},

	"via": {value: "x", fails: true}, "deadline": {value: "x", more: []string{"--via", "hybrid"}, fails: true}, "detach": {fails: true},
	"batch-stragglers": {value: "x", fails: true}, "repost": {same: true},

	"input": {value: "nowhere.csv", fails: true}, "dir": {value: "nowhere", fails: true}, "open": {same: true}, "password-file": {value: "missing.txt", fails: true},
	"tls-cert": {value: "missing.pem", fails: true}, "tls-key": {value: "missing.pem", fails: true}, "host": {value: "https://example.com", fails: true},
}

// TestFlagsBeforeAndAfter puts every flag of every command before and after the argument, in each form. The outcomes must be the same, and
// differ from the outcome without the flag.
func TestFlagsBeforeAndAfter(t *testing.T) {
	if raced {
		t.Skip("hundreds of runs one after another; .ci/run has them without the race detector")
	}
	tried := map[string]bool{}
	for _, cmd := range newApp(stdio{out: io.Discard, err: &console.Console{Writer: io.Discard}}).Commands {
		for _, f := range cmd.Flags {
			for _, name := range f.Names() {
				c, ok := flagCases[f.Names()[0]]
				if !ok {
					t.Errorf("gigabatch %s --%s: no case", cmd.Name, name)
					continue
				}
				tried[f.Names()[0]] = true
				t.Run(cmd.Name+" "+flags.Dashed(name), func(t *testing.T) {
					tryFlag(t, cmd, f, name, c)
				})
			}
		}
	}
	for name := range flagCases {
		if !tried[name] {
			t.Errorf("--%s: no command has it", name)
		}
	}
}

func tryFlag(t *testing.T, cmd *cli.Command, f cli.Flag, name string, c flagCase) {
	flag := []string{flags.Dashed(name)}
	if _, isBool := f.(*cli.BoolFlag); !isBool {
		flag = append(flag, c.value)
	}
	l := &trial{t: t, command: cmd.Name, again: c.again || slices.Contains([]string{"output", "status", "report", "diff"}, cmd.Name)}
	argument := map[string][]string{
		"run": {"q.csv"}, "embed": {"q.csv"}, "estimate": {"q.csv"}, "output": {"q.csv"}, "merge": {"q.csv"}, "status": {"q.csv"}, "ctl": {"q.csv", "status"}, "report": {"q.csv"}, "diff": {"q.csv@1", "q.csv.gigabatch"}, "ask": {"hello"}, "worker": {"nats://u:p@127.0.0.1:1"},
	}[cmd.Name]
	more := c.more
	if cmd.Name == "token" && name == "base-url" {
		c.fails, c.same = false, true // it uses only the other host
	}
	if cmd.Name == "estimate" && (!c.fails || name == "journal" || name == "offline") { // it takes the command line of a run, and writes nothing
		c.fails, c.same = false, true
	}
	if cmd.Name == "embed" && (name == "max-cost" || name == "context" || name == "prompt") {
		c.fails = name == "max-cost"
	}
	if cmd.Name == "status" && name != "journal" && name != "json" && name != "timeout" { // the others matter only if there are batches
		c.fails, c.same = false, true
	}
	if cmd.Name == "ctl" {
		c.fails, c.same = true, true // no run is in progress
	}
	if cmd.Name == "worker" {
		c.fails, c.same = true, true // its server is refused
	}
	if cmd.Name == "login" {
		c.fails, c.same = true, true // there is no keyring
	}
	if cmd.Name == "diff" && name == "columns" {
		c.fails = true // total_tokens has no answers
	}
	if cmd.Name == "sandbox" || cmd.Name == "serve" {
		more = []string{"--listen", "0.0.0.0:0"} // refused, so the program ends
	}
	if cmd.Name == "serve" {
		c.fails, c.same = true, c.same || slices.Contains([]string{"sandbox", "scope", "base-url", "auth-url"}, name) // sends nothing before that
	}
	after, code := l.outcome(argument, more, flag)
	if before, _ := l.outcome(more, flag, argument); before != after {
		t.Errorf("before the argument:\n%s\nafter it:\n%s", before, after)
	}
	if len(flag) > 1 && cmd.Name != "sandbox" {
		if joined, _ := l.outcome(argument, more, []string{flag[0] + "=" + flag[1]}); joined != after {
			t.Errorf("%s=%s:\n%s\nwith a space:\n%s", flag[0], flag[1], joined, after)
		}
	}
	if strings.Contains(after, "unknown flag") || strings.Contains(after, "unexpected argument") {
		t.Errorf("it is not understood:\n%s", after)
	}
	if (code != 0 && code != 3) != c.fails {
		t.Errorf("it fails is not %v:\n%s", c.fails, after)
	}
	if !c.same && l.bare(argument, more) == after {
		t.Errorf("it has no effect:\n%s", after)
	}
}

// varies matches what differs between equal runs.
var varies = regexp.MustCompile(`(?m)in \d[0-9.a-zµ]*$|"elapsed_ms": \d+|127\.0\.0\.1:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|expires .*$|20\d\d-\d\d-\d\d.\d\d:\d\d(?::\d\d[0-9.Z]*)?|eyJ[A-Za-z0-9_.-]+`)

// latencies matches the part of a report that is missing if no answer took a millisecond.
var latencies = regexp.MustCompile(`(?s)\n  Latency\n.*?\n\n`)

// trial compares several command lines of a command.
type trial struct {
	t       *testing.T
	command string
	again   bool
}

// bares caches the outcomes of command lines without the flag under test.
var bares = map[string]string{}

func (l *trial) bare(args ...[]string) string {
	line := fmt.Sprint(l.command, l.again, args)
	if _, ok := bares[line]; !ok {
		bares[line], _ = l.outcome(args...)
	}
	return bares[line]
}

// outcome runs the command in a new folder. It describes the exit code, both output streams, the files and the requests.
func (l *trial) outcome(args ...[]string) (text string, code int) {
	l.t.Helper()
	s, err := newStand([]string{"fault=422=~bad&once,embeddings-422=~bad&once"})
	if err != nil {
		l.t.Fatal(err)
	}
	defer s.close()
	p := newProgram(l.t, s.env()...)
	for name, text := range map[string]string{
		"q.csv": "id,prompt\n1,one\n2,one\n3,bad\n", "template.txt": "Say: {{prompt}}\n", "system.txt": "Be brief.\n",
		"id.key": "5a9db0c5-0000-4000-8000-000000000001\n", "taken.csv": "mine\n",
		"schema.json": `{"type":"object","properties":{"mood":{"enum":["good","bad"]}},"required":["mood"]}`, "shots.jsonl": `{"user":"a","assistant":"b"}`,
	} {
		p.write(name, text)
	}
	if l.command == "merge" {
		p.runHere("run", "q.csv", "-q", "--shard", "1/1")
	}
	if l.again {
		first := "run"
		if l.command == "embed" {
			first = "embed"
		}
		p.runHere(first, "q.csv", "-q")
	}
	got := p.runHere(append([]string{l.command}, slices.Concat(args...)...)...)
	n := countsOf(s.box)
	text = fmt.Sprintf("exit code %d\n%s%s%sbilled %v tokens %v requests %v\n", got.code, got.out, got.errors, describe(l.t, p.dir),
		n["billed"], n["billed_tokens"], n["requests"])
	return varies.ReplaceAllString(latencies.ReplaceAllString(text, "\n"), "…"), got.code
}

// describe lists the files of a folder. It shows the content of all but the files of the journal.
func describe(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		fmt.Fprintf(&b, "-- %s --\n", strings.TrimPrefix(path, dir))
		if !strings.Contains(e.Name(), "gigabatch") {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b.Write(text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFlagsNotGivenAreNil checks that settings are the same as read from a journal. Otherwise, an interrupted --fresh would start again.
func TestFlagsNotGivenAreNil(t *testing.T) {
	t.Parallel()
	app := newApp(stdio{out: io.Discard, err: &console.Console{Writer: io.Discard}})
	app.Command("run").Action = func(c *cli.Context) error {
		if got := flags.Texts(c, "where"); got != nil {
			t.Errorf("--where that was not given is %#v, want nil", got)
		}
		return nil
	}
	if err := app.Run([]string{"gigabatch", "run", "q.csv"}); err != nil {
		t.Fatal(err)
	}
}
