package shell

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/messages"
)

func TestComplete(t *testing.T) {
	t.Parallel()
	c := completer{app: &cli.App{Commands: []*cli.Command{{Name: "run"}, {Name: "report", Usage: "show what it cost; and more"}, {Name: "__complete", Hidden: true}}}}
	for _, tt := range []struct {
		before, word string // "|" is at the end of each word before
		kind         kind
		want         string // the choices; "…" stands for more
	}{
		{"", "", words, "run report help"},
		{"", "re", words, "report"},
		{"", "--v", words, "--version"},
		{"--lang|", "", words, "en ru"},
		{"--lang|ru|", "r", words, "run report"},
		{"help|", "ru", words, "run"},
		{"run|", "", files, ""},
		{"run|in.csv|", "--vi", words, "--visible-only --via"},
		{"run|", "--VI", words, "--visible-only --via"},
		{"run|--via|batch|", "--vi", words, "--visible-only"}, // it is given already
		{"run|--where|a=b|", "--whe", words, "--where"},       // it may be repeated
		{"run|--via|", "", words, "live batch auto hybrid"},
		{"run|--via|", "h", words, "hybrid"},
		{"run|", "--via=", words, "--via=live --via=batch --via=auto --via=hybrid"},
		{"run|", "--via=h", words, "--via=hybrid"},
		{"run|--long|", "", words, "ask split"}, // the text of the flag has its values
		{"run|--formula-guard|", "", words, "on off"},
		{"run|--format|", "", words, "csv xlsx jsonl documents"},
		{"run|-m|", "GigaChat-2-M", words, "GigaChat-2-Max"},
		{"run|--columns|", "completion,mo", list, "completion,model"},
		{"run|", "--columns=error,comp", list, "--columns=error,completion --columns=error,completion_tokens --columns=error,completed_at"},
		{"run|--columns|", "model,mo", list, ""}, // it is in the list already
		{"run|-o|", "", files, ""},
		{"run|", "--output=x", files, ""},
		{"run|--schema|", "", files, ""},
		{"run|--out-dir|", "", folders, ""},
		{"serve|--dir|", "", folders, ""},
		{"run|-p|", "", words, ""},
		{"run|-p|--via|", "h", files, ""}, // --via is the value of -p
		{"run|--preview|", "", files, ""}, // its value is optional
		{"run|--|", "--vi", files, ""},
		{"run|--nonsense|", "", files, ""},
		{"run|", "--nonsense=", words, ""},
		{"ctl|", "", files, ""},
		{"ctl|in.csv|", "p", words, "pause"},
		{"ctl|in.csv|concurrency|", "", words, "auto"},
		{"ctl|in.csv|pause|", "", words, ""},
		{"completion|", "", words, "bash zsh fish powershell"},
		{"version|", "", words, ""},
		{"version|", "--j", words, "--json"},
		{"nonsense|", "", words, ""},
	} {
		before := strings.Split(tt.before, "|")
		kind, all := c.complete(before[:len(before)-1], tt.word)
		var got []string
		for _, one := range all {
			got = append(got, one.word)
		}
		if text := strings.Join(got, " "); kind != tt.kind || text != tt.want {
			t.Errorf("%q %q: got %s %q, want %s %q", tt.before, tt.word, kind, text, tt.kind, tt.want)
		}
	}
}

// Every flag that has a set of values is completed to them, and the name of the value of every other one leads to files, folders or nothing.
func TestEachValue(t *testing.T) {
	t.Parallel()
	c := completer{app: &cli.App{}}
	for command, all := range flags.Tables {
		for _, f := range all {
			kind, got := c.complete([]string{command, "--" + f.Name}, "")
			meta := metaOf(f.Usage)
			switch {
			case f.Kind == flags.Switch || f.Kind == flags.Optional:
			case len(f.OneOf) > 0 && len(got) != len(f.OneOf), strings.Contains(meta, "|") && got == nil:
				t.Errorf("%s --%s: got %v, want its values", command, f.Name, got)
			case (meta == "FILE") != (kind == files), (meta == "DIR" || meta == "FOLDER") != (kind == folders):
				t.Errorf("%s --%s %s: got the kind %s", command, f.Name, meta, kind)
			}
		}
	}
}

func TestBrief(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("слово ", 30)
	for text, want := range map[string]string{
		"print the list": "print the list", "`FILE` with the answers (default: it)": "FILE with the answers", "one; two": "one", "one\ntwo": "one",
		long: strings.Repeat("слово ", 10) + "слово…",
	} {
		if got := brief(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestRoff(t *testing.T) {
	t.Parallel()
	w := &page{Printer: messages.Printer{}}
	w.text(".first 'line' of \\ a -p \"{{a}}\"\nsecond\n  kept 1\n  kept 2\nthird\n\nlast")
	const want = `\&.first \(aqline\(aq of \e a \-p \(dq{{a}}\(dq
.br
second
.nf
  kept 1
  kept 2
.fi
third
.PP
last
`
	if got := w.b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
