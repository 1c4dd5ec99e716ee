package web

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/web/board"
)

// pageText is a text of the page in one language: one form, or a form for each kind of number.
type pageText struct {
	forms map[string]string // the key "" is the only form of a text without a number
}

// pageTexts are the texts of static/js/text: by key, in English and Russian.
type pageTexts map[string][2]pageText

// formatNames are the formats of tables on the page.
var formatNames = []string{"xlsx", "csv", "jsonl", "documents"}

// states are those of a run.
var states = []string{board.Planning, board.Connecting, board.Running, board.Paused, board.Stopping, board.Writing, board.Completed, board.Waiting, board.Limited, board.Interrupted, board.Killed, board.Tried, board.Failed, board.Unreadable}

// dynamic are the keys that the page makes of a prefix and a value of the server, with all values.
var dynamic = map[string][]string{
	"runs.state.":    states,
	"runs.why.":      {board.Planning, board.Connecting, board.Stopping, board.Waiting, board.Limited, board.Interrupted, board.Killed},
	"tables.kind.":   formatNames,
	"tables.format.": formatNames,
	"runs.batch.":    {"created", "in_progress", "completed", "expired", "failed", "cancelled"},
	"runs.row.":      {"completed", "failed", "blocked", "skipped", "pending", "batched", "edited", "outdated"},
	"runs.reason.":   {"stop", "length", "blacklist", "error", "function_call"},
	"runs.cause.":    causes(),
	"table.as.":      {"xlsx", "csv", "jsonl"},
	"table.kind.":    {"text", "choices", "vector"},
	"table.op.":      {"contains", "equals", "one_of", "empty", "greater", "less", "changed"},
}

func causes() (all []string) {
	for _, c := range task.Causes {
		if c != "" {
			all = append(all, string(c))
		}
	}
	return all
}

// TestTexts compares the texts of the page with their uses and with each other.
func TestTexts(t *testing.T) {
	t.Parallel()
	texts, source := pageTexts{}, ""
	for path, a := range newAssets() {
		switch {
		case strings.HasPrefix(path, "/static/js/text/"):
			if err := texts.read(string(a.body)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		case strings.HasSuffix(path, ".js"):
			source += string(a.body)
		}
	}
	if len(texts) < 200 {
		t.Fatalf("got %d texts, want all of the page", len(texts))
	}
	for _, fault := range texts.faults(source + shellText) {
		t.Error(fault)
	}
}

// PageTextKeys returns the keys of all texts of the page, for the tests that look at them.
func PageTextKeys() ([]string, error) {
	texts := pageTexts{}
	for path, a := range newAssets() {
		if strings.HasPrefix(path, "/static/js/text/") {
			if err := texts.read(string(a.body)); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return slices.Sorted(maps.Keys(texts)), nil
}

// TestTextsFaults shows that each fault of a text is found.
func TestTextsFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ texts, source, fault string }{
		{`a: ['one', 'один'],`, `t('chat.a')`, ""},
		{`'a.b': ['it\'s "{x}"', '«{x}»'],`, `t('chat.a.b', { x })`, ""},
		{`a: [{ one: '{n} a', other: '{n} as' }, { one: '{n} а', few: '{n} а', many: '{n} а' }],`, `n('chat.a', 1)`, ""},
		{`a: [{ one: '{n} a', other: '{n} as' }, { one: '{n} а', few: '{n} а', many: '{n} а' }],`, `n(x() ? 'chat.a' : 'chat.a', 1)`, ""},
		{`a: ['one'],`, `t('chat.a')`, "lacks a language"},
		{`a: ['one', ''],`, `t('chat.a')`, "lacks a language"},
		{`a: ['one', 'один'],`, ``, "not used"},
		{`a: ['one', 'один'],`, `t('chat.a') + t('chat.b')`, `"chat.b" is used and missing`},
		{`a: ['one', 'один'],`, `<p data-t="chat.b">t('chat.a')`, `"chat.b" is used and missing`},
		{`a: [{ one: '{n} a', other: '{n} as' }, { one: '{n} а', many: '{n} а' }],`, `n('chat.a', 1)`, "the forms few, many, one"},
		{`a: ['{n} as', '{n} а'],`, `n('chat.a', 1)`, "the forms one, other"},
		{`a: [{ one: 'a', other: 'as' }, { one: 'а', few: 'а', many: 'а' }],`, `t('chat.a')`, "not counted"},
		{`a: ['{x}', '{y}'],`, `t('chat.a')`, "variables"},
		{`a: ['one', 'один'], a: ['two', 'два'],`, `t('chat.a')`, "twice"},
		{`a: [1, 2],`, ``, "is not a text"},
	} {
		texts := pageTexts{}
		faults := []string{}
		if err := texts.read("register('chat', {" + tt.texts + "});"); err != nil {
			faults = append(faults, err.Error())
		}
		faults = append(faults, texts.faults(tt.source)...)
		all := strings.Join(faults, "\n")
		if (tt.fault == "") != (all == "") || !strings.Contains(all, tt.fault) {
			t.Errorf("%s, %s: got faults %q, want %q", tt.texts, tt.source, all, tt.fault)
		}
	}
}

var (
	keyUse   = regexp.MustCompile(`['"\x60]((?:common|runs|chat|table|tables|key)\.[\w. ]*)['"\x60]`)
	countUse = regexp.MustCompile(`\bn\(((?:[^()]|\([^()]*\))*?'[^()]*),`)
	variable = regexp.MustCompile(`\{\w+\}`)
)

// faults returns the faults of the texts, given the source that uses them.
func (p pageTexts) faults(source string) (faults []string) {
	used, counted := map[string]bool{}, map[string]bool{}
	for _, m := range keyUse.FindAllStringSubmatch(source, -1) {
		if values, ok := dynamic[m[1]]; ok {
			for _, v := range values {
				used[m[1]+v] = true
			}
		} else {
			used[m[1]] = true
		}
	}
	for _, call := range countUse.FindAllStringSubmatch(source, -1) {
		for _, m := range keyUse.FindAllStringSubmatch(call[1], -1) {
			counted[m[1]] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		if _, ok := p[key]; !ok {
			faults = append(faults, fmt.Sprintf("the text %q is used and missing", key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p)) {
		if !used[key] {
			faults = append(faults, fmt.Sprintf("the text %q is not used", key))
		}
		faults = append(faults, faultsOf(key, p[key], counted[key])...)
	}
	return faults
}

// faultsOf returns the faults of a text.
func faultsOf(key string, text [2]pageText, counted bool) (faults []string) {
	forms := [2][]string{{"one", "other"}, {"few", "many", "one"}}
	var variables []string
	for l, of := range text {
		names := slices.Sorted(maps.Keys(of.forms))
		switch {
		case slices.Contains(slices.Collect(maps.Values(of.forms)), "") || len(names) == 0:
			faults = append(faults, fmt.Sprintf("the text %q lacks a language or a form", key))
		case counted && !slices.Equal(names, forms[l]):
			faults = append(faults, fmt.Sprintf("the text %q needs the forms %s in language %d", key, strings.Join(forms[l], ", "), l))
		case !counted && !slices.Equal(names, []string{""}):
			faults = append(faults, fmt.Sprintf("the text %q has forms and is not counted", key))
		}
		for _, form := range of.forms {
			found := variable.FindAllString(form, -1)
			slices.Sort(found)
			variables = append(variables, strings.Join(slices.Compact(found), " "))
		}
	}
	if slices.Sort(variables); len(slices.Compact(variables)) > 1 {
		faults = append(faults, fmt.Sprintf("the variables of the text %q differ", key))
	}
	return faults
}

const literal = `'((?:[^'\\]|\\.)*)'`

var (
	partName  = regexp.MustCompile(`register\('(\w+)', \{`)
	textEntry = regexp.MustCompile(`(?:(\w+)|'([\w. ]+)'): \[((?:` + literal + `|[^'\]])*)\],`)
	plainText = regexp.MustCompile(`^` + literal)
	formsText = regexp.MustCompile(`^\{ ((?:\w+: ` + literal + `(?:, )?)+) \}`)
	formEntry = regexp.MustCompile(`(\w+): ` + literal)
)

// read takes in the texts of a file.
func (p pageTexts) read(source string) error {
	part := partName.FindStringSubmatch(source)
	if part == nil {
		return fmt.Errorf("the file registers no texts")
	}
	for _, m := range textEntry.FindAllStringSubmatch(source, -1) {
		key := part[1] + "." + m[1] + m[2]
		if _, ok := p[key]; ok {
			return fmt.Errorf("the text %q is there twice", key)
		}
		text, rest := [2]pageText{}, m[3]
		for l := range text {
			if rest == "" {
				break
			}
			forms := map[string]string{}
			if found := plainText.FindStringSubmatch(rest); found != nil {
				forms[""] = found[1]
				rest = rest[len(found[0]):]
			} else if found := formsText.FindStringSubmatch(rest); found != nil {
				for _, f := range formEntry.FindAllStringSubmatch(found[1], -1) {
					forms[f[1]] = f[2]
				}
				rest = rest[len(found[0]):]
			} else {
				return fmt.Errorf("%q: %s is not a text", key, rest)
			}
			text[l].forms = forms
			rest = strings.TrimPrefix(rest, ", ")
		}
		p[key] = text
	}
	if entries, lines := len(p.of(part[1])), strings.Count(source, "],\n"); entries < lines {
		return fmt.Errorf("%d of %d entries are read", entries, lines)
	}
	return nil
}

// of returns the keys of a part.
func (p pageTexts) of(part string) (keys []string) {
	for key := range p {
		if strings.HasPrefix(key, part+".") {
			keys = append(keys, key)
		}
	}
	return keys
}
