package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/spec/jobfile"
	"gigabatch/internal/messages"
)

// commentedKey matches a key of the example that is commented out.
var commentedKey = regexp.MustCompile(`(?m)^( *)# ([a-z_]+: .* # .*)$`)

// exampleColumns are the completion columns of the example by language.
var exampleColumns = map[messages.Language][]string{
	messages.English: {"sentiment", "facts", "reply"},
	messages.Russian: {"тональность", "суть", "ответ"},
}

// TestExampleJob reads the example in each language, as it is and with all its keys.
func TestExampleJob(t *testing.T) {
	t.Parallel()
	keys := map[messages.Language][]string{}
	for l, columns := range exampleColumns {
		text := exampleIn(l, "job.yaml").job
		f, err := jobfile.Read("job.yaml", []byte(text), flags.JobSpec())
		if err != nil {
			t.Fatalf("%v: %v", l, err)
		}
		if len(f.Columns) != len(columns) || f.Entry("input").Value() != exampleInputName {
			t.Fatalf("%v: got %d columns and the input %q, want %d and %s", l, len(f.Columns), f.Entry("input").Value(), len(columns), exampleInputName)
		}
		for i, key := range []string{"choices", "schema", "when"} {
			if f.Columns[i].Entry(key) == nil {
				t.Errorf("%v: column %d has no %s", l, i+1, key)
			}
			if got := f.Columns[i].Entry("name").Value(); got != columns[i] {
				t.Errorf("%v: column %d is %q, want %q", l, i+1, got, columns[i])
			}
		}
		last := f.Columns[2].Entry("prompt").Value()
		if !strings.Contains(last, "{{"+columns[0]+"}}") || !strings.Contains(last, "{{"+columns[1]+"}}") {
			t.Errorf("%v: the last prompt does not use the columns above: %q", l, last)
		}
		for _, m := range commentedKey.FindAllStringSubmatch(text, -1) {
			key, _, _ := strings.Cut(m[2], ":")
			keys[l] = append(keys[l], key)
		}
		whole := commentedKey.ReplaceAllString(text, "$1$2")
		if n := len(keys[l]); n < 10 || strings.Count(whole, "\n#") > 10 {
			t.Errorf("%v: %d keys are commented out", l, n)
		}
		if _, err := jobfile.Read("job.yaml", []byte(whole), flags.JobSpec()); err != nil {
			t.Errorf("%v: with all its keys: %v", l, err)
		}
	}
	if en, ru := keys[messages.English], keys[messages.Russian]; !slices.Equal(en, ru) {
		t.Errorf("the English example has the keys %q, the Russian one %q", en, ru)
	}
}

// TestExampleRuns writes the example in each language and runs it with --sandbox.
func TestExampleRuns(t *testing.T) {
	t.Parallel()
	for l, columns := range exampleColumns {
		p := newProgram(t, "GIGABATCH_LANG="+l.String())
		for _, args := range [][]string{{"init"}, {"run", "--sandbox", "job.yaml"}} {
			if got := p.run(args...); got.code != 0 {
				t.Fatalf("%v: gigabatch %q: exit code %d\n%s", l, args, got.code, got.errors)
			}
		}
		out, err := filepath.Glob(p.dir + "/reviews.*.csv")
		if err != nil || len(out) != 1 {
			t.Fatalf("%v: outputs %q, %v; want one", l, out, err)
		}
		src, err := open.Open(out[0], table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		for row, err := range src.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			if value, _ := row.Value(columns[0]); value == "" {
				t.Errorf("%v: row %d has no %s", l, row.Line, columns[0])
			}
		}
		if !slices.Contains(src.Columns(), columns[2]) {
			t.Errorf("%v: the output has the columns %q, want %q among them", l, src.Columns(), columns[2])
		}
		printed := p.run("init", "-")
		if text, err := os.ReadFile(p.dir + "/job.yaml"); err != nil || printed.out != string(text) {
			t.Errorf("%v: init - prints another example: %v", l, err)
		}
	}
}
