package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A wantedDifference is an intended difference between the programs. Text that matches what, at a place that matches where, is replaced on
// both sides before they are compared. Nothing else may differ.
type wantedDifference struct {
	where  *regexp.Regexp // the scenario, the step and the aspect: "kept answers/2 run q.csv/stderr"
	what   *regexp.Regexp // nil means the whole text
	with   string
	reason string
}

var wanted = []wantedDifference{
	{
		where: regexp.MustCompile(`status \S+ --json.*/stdout$`), what: regexp.MustCompile(`,\n  "(from_journal|invalid|waiting)": \d+`),
		reason: "a status has the whole tally",
	},
	{
		where: regexp.MustCompile(`/files$`), what: regexp.MustCompile(`(?m)^.*\.gigabatch\.rows .*\n`),
		reason: "the .rows file is no longer written, and an old one is removed",
	},
	{
		where: regexp.MustCompile(`/stderr$|/\d+\.\d+ (in \S+ )?(.*--help|status( [^- ]\S*| --journal \S+)*)/stdout$`), reason: "messages and help are worded differently",
	},
	{
		where: regexp.MustCompile(`^from standard input/1\.4 output .*/files$`), what: regexp.MustCompile(`out\.jsonl -rw-(r--r--|------)\n`),
		reason: "an output with the same content is left as it is, with its mode",
	},
	{
		where: regexp.MustCompile(`^helps/.*/file \S+\.(yaml|csv)$`), reason: "the example is worded differently",
	},
	{
		where: regexp.MustCompile(`(/journal .*|/stdout)$`), what: regexp.MustCompile(`"refusal":"[^"]*",|(?m)^  "refusal": .*\n|"note":"[^"]*",|,"unchanged":true|,\n  "unchanged": true`),
		reason: "a summary names the refusal; its note is worded differently",
	},
	{
		where: regexp.MustCompile(`^times/.*/(file .*|journal .*)`), what: regexp.MustCompile(stamps.String() + `|"sha256":"[0-9a-f]+"`),
		reason: "the output contains the time of each answer",
	},
	{
		where:  regexp.MustCompile(`^long, killed before the join/.*/journal `),
		what:   regexp.MustCompile(`\{.*"state":"manifest".*\n((?:\{.*"output":.*"state":"commit".*\n)*)\{.*"state":"end".*"requests":0\b.*\n`),
		with:   "${1}",
		reason: "a run that sends nothing records its rows if they differ from the last end record, as after a preview",
	},
	{
		where:  regexp.MustCompile(`^an answer lost/.*/(file .*|journal .*)`),
		what:   regexp.MustCompile(`127\.0\.0\.1:\d+(->|-\\u003e)127\.0\.0\.1:\d+|` + uuids.String() + `|"sha256":"[0-9a-f]+"`),
		reason: "the output contains the ports of a connection that was reset, and the client's id of the request",
	},
}

// ignored matches files that must exist on both sides, but whose content is not compared.
var ignored = regexp.MustCompile(`\.gigabatch\.rows$|\.lock$`)

// sight is everything visible after a step, by aspect: exit code, stdout, stderr, what the service billed and received, the names and modes
// of the files, and the content of each file.
type sight map[string]string

// look returns the sight of a step.
func (w *world) look(r ran) sight {
	w.t.Helper()
	w.box.settle(w.t)
	s := sight{
		"exit": fmt.Sprintln(r.code), "stdout": w.plain(sortedJSON(r.out)), "stderr": w.plain(r.errors), "bill": w.box.bill(),
		"requests": strings.Join(w.box.requests(), "\n"),
	}
	var names strings.Builder
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == w.dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(w.dir, path)
		fmt.Fprintf(&names, "%s %s\n", filepath.ToSlash(name), info.Mode())
		if err != nil || d.IsDir() || ignored.MatchString(name) {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.HasPrefix(data, []byte(`{"key":"`)) {
			s["journal "+name] = temporaries.ReplaceAllString(strings.ReplaceAll(journalText(data), w.tmp, "TMP"), "gigabatch-N")
		} else {
			s["file "+name] = string(data)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	left, err := os.ReadDir(w.tmp)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range left {
		fmt.Fprintf(&names, "in TMPDIR: %s\n", temporaries.ReplaceAllString(d.Name(), "gigabatch-N"))
	}
	s["files"] = names.String()
	return s
}

// stamps matches the times of answers in an output.
var stamps = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// temporaries matches the names of folders in TMPDIR.
var temporaries = regexp.MustCompile(`\bgigabatch-(scratch-)?\d+`)

// stdin matches the names of copies of standard input.
var stdin = regexp.MustCompile(`-stdin-\d+`)

// volatile matches texts that differ from run to run.
var volatile = []struct {
	what *regexp.Regexp
	with string
}{
	{uuids, "ID"},
	{stdin, "-stdin-N"},
	{stamps, "TIME"},
	{regexp.MustCompile(`\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d`), "TIME"},
	{regexp.MustCompile(`, in (\d+h)?(\d+m)?[0-9.]+m?s\b`), ", in TIME"},
	{regexp.MustCompile(`("?(?:elapsed|latency)_ms"?: ?)\d+`), "${1}0"},
	{regexp.MustCompile(`process \d+`), "process N"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+(->|-\\u003e)`), "HERE->"},
	{regexp.MustCompile(`(?m)^gigabatch: waiting for the service…\n`), ""},
	{regexp.MustCompile(`(?m)^gigabatch: [0-9,]+/[0-9,]+, .* tokens?\n`), ""}, // progress
}

// plain returns a text of the program without the parts that differ from run to run.
func (w *world) plain(text string) string {
	for _, p := range [][2]string{{w.dir, "DIR"}, {w.tmp, "TMP"}, {w.box.host, "HOST"}} {
		text = strings.ReplaceAll(text, p[0], p[1])
	}
	for _, v := range volatile {
		text = v.what.ReplaceAllString(text, v.with)
	}
	return text
}

// sortedJSON sorts the names of a JSON object, whose order has no meaning. It returns any other text unchanged.
func sortedJSON(text string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil {
		return text
	}
	sorted, err := json.MarshalIndent(object, "", "  ")
	if err != nil {
		return text
	}
	return string(sorted) + "\n"
}

// journalText returns a journal without the parts that differ from run to run: one record a line, with sorted fields.
func journalText(data []byte) string {
	var b strings.Builder
	for _, r := range records(data) {
		switch {
		case r.fields == nil:
			b.WriteString(uuids.ReplaceAllString(stamps.ReplaceAllString(strings.TrimSuffix(r.line, "\n"), "TIME"), "ID") + " (damaged)\n")
			continue
		case r.state() == "progress": // only in runs longer than a second
			continue
		}
		for _, name := range []string{"crc", "at", "started", "ended", "latency_ms", "request_id", "id"} {
			delete(r.fields, name)
		}
		if at, ok := r.fields["epoch"].(float64); ok { // an offset, which depends on the length of times
			r.fields["epoch"] = fmt.Sprintf("after line %d", bytes.Count(data[:min(int(at), len(data))], []byte("\n")))
		}
		if s, ok := r.fields["summary"].(map[string]any); ok {
			delete(s, "elapsed_ms")
		}
		line, err := json.Marshal(r.fields)
		if err != nil {
			panic(err)
		}
		b.Write(append(line, '\n'))
	}
	return stdin.ReplaceAllString(b.String(), "-stdin-N")
}

// withoutMore removes from the manifests and end records of a journal the keys that the old journal lacks. It also returns these keys.
func withoutMore(old, now string) (string, []string) {
	oldLines, nowLines := strings.SplitAfter(old, "\n"), strings.SplitAfter(now, "\n")
	more := map[string]bool{}
	for i := range min(len(oldLines), len(nowLines)) {
		var a, b map[string]any
		if json.Unmarshal([]byte(oldLines[i]), &a) != nil || json.Unmarshal([]byte(nowLines[i]), &b) != nil || a["state"] != b["state"] ||
			a["state"] != "manifest" && a["state"] != "end" {
			continue
		}
		for name := range b {
			if _, found := a[name]; !found {
				more[name] = true
				delete(b, name)
			}
		}
		line, err := json.Marshal(b)
		if err != nil {
			panic(err)
		}
		nowLines[i] = string(line) + "\n"
	}
	return strings.Join(nowLines, ""), slices.Sorted(maps.Keys(more))
}

// compare reports unwanted differences between two sights, and returns whether there were none.
func compare(t *testing.T, where string, old, now sight) (same bool) {
	t.Helper()
	same = true
	aspects := maps.Clone(old)
	maps.Copy(aspects, now)
	for _, aspect := range slices.Sorted(maps.Keys(aspects)) {
		a, b := old[aspect], now[aspect]
		if strings.HasPrefix(aspect, "journal ") {
			var more []string
			if b, more = withoutMore(a, b); len(more) > 0 {
				t.Logf("%s/%s: additional keys: %s", where, aspect, strings.Join(more, ", "))
			}
		}
		for _, d := range wanted {
			switch {
			case !d.where.MatchString(where + "/" + aspect):
			case d.what == nil:
				a, b = d.with, d.with
			default:
				a, b = d.what.ReplaceAllString(a, d.with), d.what.ReplaceAllString(b, d.with)
			}
		}
		if d := difference(a, b); d != "" {
			same = false
			t.Errorf("%s: %s differs, old (-) and new (+):\n%s", where, aspect, d)
		}
	}
	return same
}

// mostShown is the maximum number of lines shown of a difference.
const mostShown = 12

// difference returns the lines that only one of two texts has, "" for equal texts.
func difference(a, b string) string {
	if a == b {
		return ""
	}
	as, bs := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	for len(as) > 0 && len(bs) > 0 && as[0] == bs[0] {
		as, bs = as[1:], bs[1:]
	}
	for len(as) > 0 && len(bs) > 0 && as[len(as)-1] == bs[len(bs)-1] {
		as, bs = as[:len(as)-1], bs[:len(bs)-1]
	}
	var said strings.Builder
	for _, side := range []struct {
		mark  string
		lines []string
	}{{"-", as}, {"+", bs}} {
		for i, line := range side.lines {
			if i == mostShown {
				fmt.Fprintf(&said, "%s … and %d more lines\n", side.mark, len(side.lines)-i)
				break
			}
			if len(line) > 600 {
				line = shortened(line, as, bs)
			}
			fmt.Fprintf(&said, "%s %q\n", side.mark, line)
		}
	}
	return said.String()
}

// shortened returns the part of a long line around the first difference of the two sides.
func shortened(line string, as, bs []string) string {
	from := 0
	if len(as) > 0 && len(bs) > 0 {
		for from < min(len(as[0]), len(bs[0])) && as[0][from] == bs[0][from] {
			from++
		}
	}
	from = max(0, min(from-80, len(line)-400))
	return "…" + line[from:min(len(line), from+400)] + "…"
}
