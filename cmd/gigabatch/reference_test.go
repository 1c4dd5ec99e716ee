package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
)

var update = flag.Bool("update", false, "write the generated parts of docs/reference.md again")

const documents = "../.."

// TestReference keeps the tables of docs/reference.md between <!-- NAME --> and <!-- end --> as the program is: its commands, the flags of
// each and the exit codes. -update writes them.
func TestReference(t *testing.T) {
	t.Setenv("GIGABATCH_LANG", "en")
	parts := map[string]string{
		"commands": commandTable(), "exit codes": exitCodeTable(t), "column keys": columnKeyTable(),
	}
	for name, table := range flags.Tables {
		if name != "estimate" && name != "version" { // the page has no tables for them
			parts["flags: "+name] = flagTables(table, name == "run")
		}
	}
	name := filepath.Join(documents, "docs", "reference.md")
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(?s)<!-- ([^\n]*?) -->\n.*?<!-- end -->`).ReplaceAllFunc(got, func(part []byte) []byte {
		title, _, _ := strings.Cut(strings.TrimPrefix(string(part), "<!-- "), " -->")
		text, ok := parts[title]
		if !ok {
			t.Errorf("%s: nothing generates %q", name, title)
			return part
		}
		delete(parts, title)
		return []byte("<!-- " + title + " -->\n" + text + "<!-- end -->")
	})
	for title := range parts {
		t.Errorf("%s has no place for %q", name, title)
	}
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: go test -run TestReference ./cmd/gigabatch -update", name)
	}
}

// tableCell is a text in a cell of a Markdown table.
func tableCell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}

func commandTable() string {
	var b strings.Builder
	b.WriteString("| command | |\n|---|---|\n")
	for _, c := range newApp(stdio{err: &console.Console{}}).Commands {
		if c.Hidden {
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.TrimSpace(c.Name+" "+c.ArgsUsage), tableCell(c.Usage))
	}
	return b.String()
}

// exitCodeTable reads the codes at the end of the help text.
func exitCodeTable(t *testing.T) string {
	t.Helper()
	var help bytes.Buffer
	execute(t.Context(), stdio{out: &help, err: &console.Console{Writer: &help}}, []string{"gigabatch", "--help"})
	var b strings.Builder
	b.WriteString("| code | meaning |\n|---|---|\n")
	lines := regexp.MustCompile(`(?m)^ +(\d+) +(.*)$`).FindAllStringSubmatch(help.String(), -1)
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s | %s |\n", l[1], tableCell(l[2]))
	}
	if len(lines) < 5 {
		t.Errorf("the help text has %d exit codes:\n%s", len(lines), help.String())
	}
	return b.String()
}

// flagTables are the flags of a command, a table for each group; with keys, also what a job file calls them.
func flagTables(table flags.Table, keys bool) string {
	var groups []string
	byGroup := map[string][]flags.Flag{}
	for _, f := range table {
		byGroup[f.Group] = append(byGroup[f.Group], f)
	}
	for g := range byGroup {
		groups = append(groups, g)
	}
	slices.Sort(groups)
	var b strings.Builder
	for i, g := range groups {
		if i > 0 {
			b.WriteString("\n")
		}
		if g != "" {
			fmt.Fprintf(&b, "**%s**\n\n", g)
		}
		if keys {
			b.WriteString("| flag | | key |\n|---|---|---|\n")
		} else {
			b.WriteString("| flag | |\n|---|---|\n")
		}
		for _, f := range byGroup[g] {
			fmt.Fprintf(&b, "| %s | %s |", flagName(f), tableCell(flagText(f)))
			if keys {
				key := "–" // only the command line sets it
				if !f.NoKey {
					key = "`" + flags.Key(f.Name) + "`"
				}
				fmt.Fprintf(&b, " %s |", key)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// flagName is a flag with its value and its letter.
func flagName(f flags.Flag) string {
	value := ""
	if m := regexp.MustCompile("`([^`]*)`").FindStringSubmatch(fmt.Sprint(f.Usage)); m != nil {
		value = " " + tableCell(m[1])
	}
	name := "`--" + f.Name + value + "`"
	if f.Alias != "" {
		name = "`-" + f.Alias + value + "`, " + name
	}
	return name
}

// flagText is what a flag is for, with its default.
func flagText(f flags.Flag) string {
	text := strings.ReplaceAll(fmt.Sprint(f.Usage), "`", "")
	if d := f.DefaultText(); d != "" {
		text += " (default: " + d + ")"
	}
	return text
}

// columnKeyTable are the keys that a column of a job file has.
func columnKeyTable() string {
	var b strings.Builder
	b.WriteString("| key | |\n|---|---|\n")
	for _, k := range flags.JobSpec().ColumnKeys {
		fmt.Fprintf(&b, "| `%s` | %s |\n", k.Name, tableCell(fmt.Sprint(k.Doc)))
	}
	return b.String()
}

var (
	codeBlock = regexp.MustCompile("(?ms)^```.*?^```")
	codeSpan  = regexp.MustCompile("`[^`\n]*`")
	link      = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading   = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	named     = regexp.MustCompile(`<a id="([^"]+)"></a>`)
)

// TestLinks follows the links of the documents to files, and to headings in them.
func TestLinks(t *testing.T) {
	t.Parallel()
	var names []string
	for _, pattern := range []string{"README*.md", "docs/*.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"} {
		found, err := filepath.Glob(filepath.Join(documents, pattern))
		if err != nil || found == nil {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		names = append(names, found...)
	}
	for _, name := range names {
		text := codeBlock.ReplaceAllString(readDocument(t, name), "")
		for _, m := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(text, "code"), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			path, anchor, _ := strings.Cut(m[1], "#")
			to := name
			if path != "" {
				to = filepath.Join(filepath.Dir(name), filepath.FromSlash(path))
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: a link leads to %s: %v", name, m[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(readDocument(t, to)), anchor) {
				t.Errorf("%s: a link leads to %s, and %s has no such heading", name, m[1], to)
			}
		}
	}
}

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// anchors are the names that headings have in links, and those that are given by <a id>.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}
