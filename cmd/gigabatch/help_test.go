package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/messages"
)

// helpApp returns the app with its help in a language, which it prints to out.
func helpApp(l messages.Language, out io.Writer) *cli.App {
	return newApp(stdio{out: out, err: &console.Console{Writer: io.Discard, Printer: messages.Printer{Language: l}}})
}

// helpTexts returns all texts of the help of an app.
func helpTexts(app *cli.App) []string {
	texts := append([]string{app.Usage, app.Description, helpOfHelp, exitCodes, flags.Language.Usage}, helpWords...)
	for _, codes := range commandCodes {
		texts = append(texts, codes...)
	}
	for _, c := range app.Commands {
		texts = append(texts, c.Usage, c.Description, c.ArgsUsage)
		for _, f := range c.Flags {
			doc, category := f.(cli.DocGenerationFlag), f.(cli.CategorizableFlag)
			texts = append(texts, doc.GetUsage(), category.GetCategory())
		}
	}
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}

// faultSyntax is the text that faultHelp inserts.
func faultSyntax(t *testing.T) string {
	m := regexp.MustCompile(`(?s)FAULTS are (.*?)\n\n`).FindStringSubmatch(faultHelp(messages.Printer{}))
	if m == nil {
		t.Fatal("the help of the sandbox has no syntax of faults")
	}
	return m[1]
}

// TestHelpIsTranslated compares the texts of the help with those that have Russian.
func TestHelpIsTranslated(t *testing.T) {
	t.Parallel()
	translated := messages.HelpTexts()
	russian := messages.Printer{Language: messages.Russian}
	used := map[string]bool{}
	for _, text := range append(helpTexts(helpApp(messages.English, io.Discard)), faultSyntax(t)) {
		used[text] = true
		if text == faultHelp(messages.Printer{}) {
			continue // a message of the catalogue
		}
		if !slices.Contains(translated, text) {
			t.Errorf("no Russian for %q", text)
			continue
		}
		in := russian.Text(messages.Help(text))
		if !strings.ContainsFunc(in, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			t.Errorf("%q: no Cyrillic letter: %q", text, in)
		}
		if strings.Count(in, "`") != strings.Count(text, "`") {
			t.Errorf("%q: other back quotes: %q", text, in)
		}
	}
	spec := flags.JobSpec()
	for _, key := range slices.Concat(spec.Keys, spec.ColumnKeys) {
		used[key.Doc] = true
		if in := russian.Text(messages.Help(key.Doc)); in == key.Doc {
			t.Errorf("no Russian for %q, the text of the key %s", key.Doc, key.Name)
		}
	}
	for _, text := range translated {
		if !used[text] {
			t.Errorf("no help uses %q", text)
		}
	}
}

// englishWords matches three English words in a row.
var englishWords = regexp.MustCompile(`\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b`)

// TestRussianHelp prints the help of every command. It has no English sentence, and the texts of a group of flags begin in one column.
func TestRussianHelp(t *testing.T) {
	t.Parallel()
	for _, c := range helpApp(messages.Russian, io.Discard).Commands {
		checkHelp(t, c.Name, "--help")
	}
	checkHelp(t, "--help")
}

func checkHelp(t *testing.T, args ...string) {
	t.Helper()
	var out bytes.Buffer
	if err := helpApp(messages.Russian, &out).Run(append([]string{"gigabatch"}, args...)); err != nil {
		t.Fatal(err)
	}
	indent := 0
	for line := range strings.Lines(out.String()) {
		line = strings.TrimRight(line, "\n")
		if words := englishWords.FindString(line); words != "" && !strings.HasSuffix(line, "show this help") {
			t.Errorf("%q: the English words %q: %s", args, words, line)
		}
		flag, text, ok := cutFlag(line)
		switch {
		case !ok:
			indent = 0
		case indent == 0:
			indent = utf8.RuneCountInString(line) - utf8.RuneCountInString(text)
		case indent != utf8.RuneCountInString(line)-utf8.RuneCountInString(text):
			t.Errorf("%q: the text of %s is not in the column of the others: %s", args, flag, line)
		}
	}
}

// cutFlag separates a flag in a help from its text.
func cutFlag(line string) (flag, text string, ok bool) {
	m := regexp.MustCompile(`^ {3}(--\S.*?) {2,}(\S.*)$`).FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// untried are exit codes that no script has: a disk must fail, or a signal must hit a moment.
var untried = map[string]string{
	"status 1": "a disk that fails", "output 1": "a disk that fails", "report 1": "a disk that fails", "diff 1": "a disk that fails", "init 1": "a disk that fails",
	"serve 1": "a network that fails", "sandbox 1": "a network that fails",
	"worker 130": "an answer must be awaited at the second signal",
	"logout 130": "too quick to hit", "output 130": "too quick to hit", "report 130": "too quick to hit", "diff 130": "too quick to hit", "merge 130": "too quick to hit",
}

// TestExitCodes checks that the scripts run every command to each of the exit codes that its help names, and to no other.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	names, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(err, len(names))
	}
	direct := regexp.MustCompile(`(?m)^code (\d+) gigabatch (\w+)(.*)`)
	start := regexp.MustCompile(`(?m)^(?:start|idle|clogged) (\w+) gigabatch (\w+)`)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range direct.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(m[3], "--help") {
				tried[m[2]+" "+m[1]] = true
			}
		}
		for _, m := range start.FindAllStringSubmatch(string(text), -1) {
			for _, end := range regexp.MustCompile(`(?m)^finish `+m[1]+` (\d+)`).FindAllStringSubmatch(string(text), -1) {
				tried[m[2]+" "+end[1]] = true
			}
		}
	}
	for command, lines := range commandCodes {
		var documented []string
		for _, l := range lines {
			code, _, _ := strings.Cut(l, " ")
			documented = append(documented, code)
			if at := command + " " + code; !tried[at] && untried[at] == "" {
				t.Errorf("no script has gigabatch %s with exit code %s", command, code)
			}
		}
		for at := range tried {
			if name, code, _ := strings.Cut(at, " "); name == command && !slices.Contains(documented, code) && code != "143" && code != "129" {
				t.Errorf("the help of gigabatch %s lacks the exit code %s, which a script has", command, code)
			}
		}
	}
	for at := range untried {
		if tried[at] {
			t.Errorf("a script has %s", at)
		}
	}
}
