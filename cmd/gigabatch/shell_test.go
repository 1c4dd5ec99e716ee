package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/messages"
)

// installed returns the path of a program. A test that lacks it is skipped, except where everything must be there.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip(err)
	}
	return path
}

// shellScripts make each shell print what it would offer after the arguments. fish is asked itself; the others get a function instead of the
// line editor that runs ours.
var shellScripts = map[string]string{
	"bash": `source <(gigabatch completion bash)
compopt() { echo "compopt $*"; }
COMP_WORDS=(gigabatch "$@"); COMP_CWORD=$#
_gigabatch gigabatch "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
`,
	"zsh": `compdef() { print -r -- "compdef $*" }
compset() { :; }
_files() { print -r -- "files $*" }
_path_files() { print -r -- "files $*" }
_describe() { print -rl -- "describe $3 $4" "${(@P)2}" }
source <(gigabatch completion zsh)
words=(gigabatch "$@"); CURRENT=$#words; PREFIX=$words[CURRENT]
_gigabatch
`,
	"fish": `gigabatch completion fish | source
complete -C "$(string join ' ' -- gigabatch $argv)"
`,
}

// TestCompletionScripts runs the completion of each shell.
func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		shell string
		args  []string
		want  string // the lines that are offered
	}{
		{"bash", []string{"rep"}, "compopt +o default|report"},
		{"bash", []string{"run", "--vi"}, "compopt +o default|--visible-only|--via"},
		{"bash", []string{"run", "--via", "h"}, "compopt +o default|hybrid"},
		{"bash", []string{"run", "--via", "=", "h"}, "compopt +o default|hybrid"}, // as bash splits --via=h
		{"bash", []string{"run", "--via", "="}, "compopt +o default|live|batch|auto|hybrid"},
		{"bash", []string{"run", "--via", "=", "batch", "--vi"}, "compopt +o default|--visible-only"},
		{"bash", []string{"run", "--columns", "error,mo"}, "compopt +o default -o nospace|error,model"},
		{"bash", []string{"run", "--out-dir", ""}, "compopt +o default -o dirnames|"},
		{"bash", []string{"run", "-o", ""}, ""},
		{"bash", []string{"run", "-p", "two words", "--via", "hy"}, "compopt +o default|hybrid"},
		{"zsh", []string{"rep"}, "compdef _gigabatch gigabatch|describe  |report:show what all runs of a file brought, cost and saved"},
		{"zsh", []string{"run", "--via=h"}, "compdef _gigabatch gigabatch|describe  |--via=hybrid"},
		{"zsh", []string{"run", "--columns", "error,mo"}, "compdef _gigabatch gigabatch|describe -S |error,model"},
		{"zsh", []string{"run", "-m", ""}, "compdef _gigabatch gigabatch|describe  |" + strings.Join(modelNames(), "|")},
		{"zsh", []string{"run", "--out-dir", ""}, "compdef _gigabatch gigabatch|files -/"},
		{"zsh", []string{"run", ""}, "compdef _gigabatch gigabatch|files "},
		{"fish", []string{"rep"}, "report\tshow what all runs of a file brought, cost and saved"},
		{"fish", []string{"run", "--via", "h"}, "hybrid"},
		{"fish", []string{"run", "--via=h"}, "--via=hybrid"},
		{"fish", []string{"run", "--columns", "error,mo"}, "error,model"},
		{"fish", []string{"run", "--out-dir", "sub"}, "subfolder/"},
		{"fish", []string{"run", "--output=subf"}, "--output=subfolder/"},
		{"fish", []string{"run", "tab"}, "table.csv"},
	} {
		t.Run(tt.shell+" "+strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			program := installed(t, tt.shell)
			p := newProgram(t)
			for _, err := range []error{
				os.WriteFile(filepath.Join(p.dir, "ask"), []byte(shellScripts[tt.shell]), 0o600), os.Mkdir(filepath.Join(p.dir, "subfolder"), 0o700),
				os.WriteFile(filepath.Join(p.dir, "table.csv"), nil, 0o600),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			c := exec.Command(program, append([]string{"ask"}, tt.args...)...)
			c.Dir, c.Env = p.dir, append(p.env, "HOME="+p.dir)
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			got := strings.Join(strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), "|")
			if tt.shell == "fish" {
				got = strings.TrimSuffix(strings.ReplaceAll(got, "\tDirectory", ""), "\t")
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// modelNames are the models of the table of prices, as zsh lists them.
func modelNames() (all []string) {
	for _, l := range cost.Known().Lines() {
		all = append(all, l.Model)
	}
	return all
}

// TestTables compares the flags of each command with its table: from that, completion and manual are made.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, c := range helpApp(messages.English, os.Stderr).Commands {
		var got, want []string
		for _, f := range c.Flags {
			got = append(got, f.Names()[0])
		}
		for _, f := range flags.Tables[c.Name] {
			want = append(want, f.Name)
		}
		got = slices.DeleteFunc(got, func(name string) bool { return name == "help" })
		if !slices.Equal(got, want) {
			t.Errorf("%s has the flags %v, its table %v", c.Name, got, want)
		}
	}
}

// TestManual has the manual page checked by mandoc and formatted by groff, in both languages. It names every command and flag.
func TestManual(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "ru"} {
		p := newProgram(t)
		page := p.run("--lang", language, "man")
		if page.code != outcome.OK || page.errors != "" {
			t.Fatalf("got exit code %d: %s", page.code, page.errors)
		}
		for command, table := range flags.Tables {
			if !strings.Contains(page.out, ".SS \"gigabatch "+command) {
				t.Errorf("%s: the page has no command %s", language, command)
			}
			for _, f := range table {
				if name := strings.ReplaceAll("--"+f.Name, "-", `\-`); !strings.Contains(page.out, `\fB`+name+`\fR`) {
					t.Errorf("%s: the page has no flag %s", language, f.Name)
				}
			}
		}
		for _, checker := range [][]string{{"mandoc", "-Tlint", "-Wwarning"}, {"groff", "-k", "-ww", "-man", "-Tutf8", "-z"}} {
			c := exec.Command(installed(t, checker[0]), checker[1:]...)
			c.Stdin = strings.NewReader(page.out)
			out, err := c.CombinedOutput()
			for line := range strings.Lines(string(out)) {
				if !strings.Contains(line, "missing date") { // a test program does not know its commit
					t.Errorf("%s: %s: %v: %s", language, checker[0], err, line)
				}
			}
		}
	}
}
