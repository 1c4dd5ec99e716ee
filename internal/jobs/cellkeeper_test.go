package jobs

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// gridRig is a rig whose input is read and written as a grid of cells in any format.
type gridRig struct{ *rig }

// inFormats runs a test for an input of each format with the column prompt.
func inFormats(t *testing.T, test func(t *testing.T, g gridRig), prompts ...string) {
	t.Helper()
	for _, name := range []string{"q.csv", "q.xlsx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gridRig{newRig(t, name, "")}
			rows := [][]string{{"prompt"}}
			for _, p := range prompts {
				rows = append(rows, []string{p})
			}
			g.set(t, rows)
			test(t, g)
		})
	}
}

// set rewrites the input. The first row is the header.
func (g gridRig) set(t *testing.T, rows [][]string) {
	t.Helper()
	var text strings.Builder
	w := csv.NewWriter(&text)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(g.input) == ".csv" {
		g.write(t, text.String())
		return
	}
	from := filepath.Join(t.TempDir(), "q.csv")
	jobstest.WriteFile(t, from, text.String())
	convert(t, from, g.input)
}

// convert writes a table in another format.
func convert(t *testing.T, from, to string) {
	t.Helper()
	src, err := open.Open(from, table.Options{HeaderRow: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	sink, err := src.Sink(to)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	for row, err := range src.Rows() {
		if err == nil {
			err = sink.Write(row)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Commit(nil); err != nil {
		t.Fatal(err)
	}
}

// get returns the cells of a file. The first row is the header.
func get(t *testing.T, name string) [][]string {
	t.Helper()
	src, err := open.Open(name, table.Options{HeaderRow: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	rows := [][]string{append([]string{}, src.Columns()...)}
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, append([]string{}, row.Values...))
	}
	return rows
}

// edit changes the rows of the input without its header.
func (g gridRig) edit(t *testing.T, change func(rows [][]string) [][]string) {
	t.Helper()
	rows := get(t, g.input)
	g.set(t, append(rows[:1:1], change(rows[1:])...))
}

// wantCells fails unless the nonempty rows of a file are these, each written as its cells separated by |.
func wantCells(t *testing.T, name string, want ...string) {
	t.Helper()
	var got []string
	for _, row := range get(t, name)[1:] {
		if text := strings.Join(row, "|"); strings.Trim(text, "|") != "" {
			got = append(got, text)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s holds\n\t%q\nwant\n\t%q", filepath.Base(name), got, want)
	}
}

func wantKeptCells(t *testing.T, s *task.Summary, n, line int) {
	t.Helper()
	if s.Kept != n || s.KeptLine != line {
		t.Errorf("%d cells kept, the first in row %d; want %d and %d", s.Kept, s.KeptLine, n, line)
	}
}

func TestTextsOfTheUserInTheCompletionColumnAreKept(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string {
			rows[0][1] = "answer to a, edited" // by hand
			rows[1][0] = "x"                   // another prompt
			rows[2][0], rows[2][1] = "", "note"
			rows[3][0] = "" // a removed prompt
			rows = append(rows, []string{"new", "draft", "", ""})
			return append(rows[4:], rows[:4]...) // sorted
		})
		g.takeAsked()
		sum := g.run(t, inPlace)
		g.wantAsked(t, "new x")
		want := []string{"e|answer to e|stop|", "new|draft|stop|", "a|answer to a, edited|stop|", "x|answer to x|stop|", "|note||"}
		wantCells(t, g.input, want...)
		wantKeptCells(t, sum, 3, 3)
		sum = g.run(t, inPlace)
		wantKeptCells(t, sum, 3, 3)
		wantCells(t, g.input, want...)
		sum = g.run(t, inPlace, overwrite)
		wantKeptCells(t, sum, 0, 0)
		wantCells(t, g.input, "e|answer to e|stop|", "new|answer to new|stop|", "a|answer to a|stop|", "x|answer to x|stop|")
	}, "a", "b", "c", "d", "e")
}

func TestTextsOfTheUserAreKeptWhereARowIsPending(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string {
			return append(rows, []string{"c", "draft", "", ""}, []string{"d", "answer to a", "", ""}, []string{"e", "", "", ""})
		})
		g.AnswerFunc = stopping("c", gigachat.KindPayment)
		sum, err := g.try(t, inPlace, oneAtATime)
		if err == nil || sum.Pending != 3 {
			t.Fatalf("summary %+v, error %v; want three rows pending", sum, err)
		}
		wantKeptCells(t, sum, 1, 4)
		wantCells(t, g.input, "a|answer to a|stop|", "b|answer to b|stop|", "c|draft||pending", "d|||pending", "e|||pending")
		g.AnswerFunc = nil
		wantKeptCells(t, g.run(t, inPlace), 1, 4)
		wantCells(t, g.input, "a|answer to a|stop|", "b|answer to b|stop|", "c|draft|stop|", "d|answer to d|stop|", "e|answer to e|stop|")
	}, "a", "b")
}

// A run continues after a crash at any moment, and never loses a text of the user.
func TestTextsOfTheUserAreKeptAfterACrash(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string {
			rows[0][1] = "mine"
			return append(rows, []string{"c", "draft", "", ""})
		})
		input := jobstest.ReadFile(t, g.input)
		var journals []string
		r := g.new(inPlace)
		r.tests.sync = syncOnceStarted(r, func(f *os.File) error {
			b, err := os.ReadFile(f.Name())
			journals = append(journals, string(b[:len(b)-3]), string(b))
			return err
		})
		if _, err := r.Run(t.Context(), nil); err != nil || len(journals) < 4 {
			t.Fatalf("%d moments, %v", len(journals), err)
		}
		for _, journal := range journals {
			g.write(t, input)
			jobstest.WriteFile(t, g.journal(), journal)
			wantKeptCells(t, g.run(t, inPlace), 2, 2)
			wantCells(t, g.input, "a|mine|stop|", "b|answer to b|stop|", "c|draft|stop|")
		}
	}, "a", "b")
}

func TestEveryCompletionThatTheJournalBroughtIsOurs(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.Sandbox = true
		g.run(t, inPlace, func(r *Job) { r.Sandbox = true })
		g.Sandbox = false
		wantKeptCells(t, g.run(t, inPlace), 0, 0)
		g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			return answer("new " + p), nil
		}
		wantKeptCells(t, g.run(t, inPlace, fresh), 0, 0)
		wantCells(t, g.input, "a|new a|stop|", "b|new b|stop|")
		g.edit(t, func(rows [][]string) [][]string {
			rows[0][1] = "answer to b" // from the earlier run
			return rows
		})
		wantKeptCells(t, g.run(t, inPlace), 0, 0)
		wantCells(t, g.input, "a|new a|stop|", "b|new b|stop|")
	}, "a", "b")
}

func TestCompletionsThatAFileAlteredAreOurs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 8000)
	given := map[string]string{"formula": "=1+1", "lines": "one\r\ntwo\nthree", "round": "  round \n", "smile": "a 😀 smile", "long": long, "quote": "'tis"}
	for name, alter := range map[string]func(prompt, text string) string{
		"as it is": func(_, text string) string { return text },
		"guarded": func(p, text string) string {
			if p == "formula" {
				return "'=1+1"
			}
			return text
		},
		"CRLF": func(_, text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
		},
		"CR": func(_, text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r")
		},
		"trimmed": func(_, text string) string { return strings.TrimSpace(text) },
		"poorer":  func(_, text string) string { return strings.ReplaceAll(text, "😀", "\ufffd") },
		"cut": func(p, text string) string {
			if p == "long" {
				return long[:32_000] + "…"
			}
			return text
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inFormats(t, func(t *testing.T, g gridRig) {
				g.AnswerFunc = saying(given)
				g.run(t, inPlace)
				for i, other := range []string{"", "?"} { // next to its own prompt, and next to another one
					g.edit(t, func(rows [][]string) [][]string {
						for _, row := range rows {
							row[1] = alter(row[0], row[1])
							row[0] += other
						}
						return rows
					})
					wantKeptCells(t, g.run(t, inPlace), 0, 0)
					if i == 1 {
						wantCells(t, g.input, "formula?|answer to formula?|stop|", "lines?|answer to lines?|stop|", "round?|answer to round?|stop|",
							"smile?|answer to smile?|stop|", "long?|answer to long?|stop|", "quote?|answer to quote?|stop|")
					}
				}
			}, "formula", "lines", "round", "smile", "long", "quote")
		})
	}
}

func TestTextsAlmostLikeCompletionsAreTheUsers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"answer to a.", "Answer to a", "answer to …", "'answer to a", "answer  to a", "-"} {
		inFormats(t, func(t *testing.T, g gridRig) {
			g.run(t, inPlace)
			g.edit(t, func(rows [][]string) [][]string { rows[0][1] = text; return rows })
			wantKeptCells(t, g.run(t, inPlace), 1, 2)
			wantCells(t, g.input, "a|"+text+"|stop|", "b|answer to b|stop|")
		}, "a", "b")
	}
}

// A run never writes the text of a blocked answer.
func TestTextOfABlockedAnswerIsTheUsers(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			if p == "a" {
				return nil, nil
			}
			r := answer("an apology")
			r.FinishReason = "blacklist"
			return r, nil
		}
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string { rows[1][1] = "an apology"; return rows })
		wantKeptCells(t, g.run(t, inPlace), 1, 3)
		wantCells(t, g.input, "a|answer to a|stop|", "b|an apology|blacklist|blocked by moderation (finish_reason: blacklist)")
	}, "a", "b")
}

// An output in another file gets the answers from the journal: what the user wrote stays in the input.
func TestOutputElsewhereKeepsNothing(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string { rows[0][1] = "mine"; return rows })
		sum := g.run(t)
		wantKeptCells(t, sum, 0, 0)
		wantCells(t, sum.Output, "a|answer to a|stop|", "b|answer to b|stop|")
		wantCells(t, g.input, "a|mine|stop|", "b|answer to b|stop|")
	}, "a", "b")
}

func TestRewriteKeepsTheTextsOfTheUser(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string { rows[0][1] = "mine"; return rows })
		sum, err := (&Job{Input: g.input}).Rewrite(t.Context(), false, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantKeptCells(t, sum, 1, 2)
		wantCells(t, g.input, "a|mine|stop|", "b|answer to b|stop|")
	}, "a", "b")
}

func TestOverwriteInPlaceReplacesNoOtherFile(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	jobstest.WriteFile(t, spec.OutputPath(g.input, false), "mine")
	_, touch := touching("read", 99, func(i int) { g.write(t, fmt.Sprintf("prompt\na\nnew %d\n", i)) })
	sum := g.run(t, inPlace, overwrite, touch)
	if got := g.output(t); got != "mine" || !sum.Aside {
		t.Errorf("the file of somebody else holds %q, the answers are in %s", got, sum.Output)
	}
}

func TestSandboxDoesNotOverwriteRealAnswersInTheInput(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n")
	g.run(t, inPlace)
	g.Sandbox = true
	_, err := g.try(t, inPlace, overwrite, func(r *Job) { r.Sandbox = true })
	jobstest.WantUsage(t, err, "answers from the real service")
}

// A completion column of which the user has edited every cell is kept, and --overwrite replaces it.
func TestCompletionColumnThatWasEditedWhole(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*Job){"text": func(*Job) {}, "choices": choices("good", "bad", "fair")} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		g.AnswerFunc = answering(func(string, int) string { return "good" })
		g.run(t, inPlace, form)
		g.takeAsked()
		g.write(t, "prompt,completion,finish_reason,error\na,bad,stop,\nb,fair,stop,\n")
		wantKeptCells(t, g.run(t, inPlace, form), 2, 2)
		wantCells(t, g.input, "a|bad|stop|", "b|fair|stop|")
		g.wantAsked(t, "")
		wantKeptCells(t, g.run(t, inPlace, form, withPrompt("Now {{prompt}}")), 2, 2)
		wantCells(t, g.input, "a|bad|stop|", "b|fair|stop|")
		g.run(t, inPlace, form, overwrite)
		if wantCells(t, g.input, "a|good|stop|", "b|good|stop|"); t.Failed() {
			t.Fatal(name)
		}
	}
}

// A category that the user has corrected stays when the prompt changes, and the answers to the other prompt are replaced, there and back.
func TestCorrectedCategoriesWhenThePromptChanges(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		form, other := choices("good", "bad", "ugly"), withPrompt("Other: {{prompt}}")
		g.AnswerFunc = answering(func(p string, _ int) string {
			switch p, other := strings.CutPrefix(p, "Other: "); {
			case other && strings.HasPrefix(p, "c"):
				return "ugly"
			case other:
				return "bad"
			}
			return "good"
		})
		g.run(t, inPlace, form)
		g.edit(t, func(rows [][]string) [][]string { rows[1][1] = "ugly"; return [][]string{rows[2], rows[1], rows[0]} }) // row b
		wantKeptCells(t, g.run(t, inPlace, form, other), 1, 3)
		wantCells(t, g.input, "c|ugly|stop|", "b|ugly|stop|", "a|bad|stop|")
		g.takeAsked()
		wantKeptCells(t, g.run(t, inPlace, form), 1, 3)
		wantCells(t, g.input, "c|good|stop|", "b|ugly|stop|", "a|good|stop|")
		wantKeptCells(t, g.run(t, inPlace, form, other), 1, 3)
		wantCells(t, g.input, "c|ugly|stop|", "b|ugly|stop|", "a|bad|stop|")
		g.wantAsked(t, "")
	}, "a", "b", "c")
}

// The same for values of a schema, also as a workbook shows them, and after an edit on the page of one of them.
func TestCorrectedValuesWhenThePromptChanges(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		form := schema(`{"type":"object","properties":{"paid":{"type":"boolean"},"day":{"type":"string","format":"date"},"kind":{"enum":["new","old","odd"]}},"required":["paid","day","kind"]}`)
		other := withPrompt("Other: {{prompt}}")
		g.AnswerFunc = answering(func(p string, _ int) string {
			if strings.HasPrefix(p, "Other: c") {
				return `{"paid":true,"day":"2025-12-31","kind":"odd"}`
			}
			if strings.HasPrefix(p, "Other") {
				return `{"paid":true,"day":"2025-12-31","kind":"old"}`
			}
			return `{"paid":false,"day":"2026-01-02","kind":"new"}`
		})
		show := strings.NewReplacer()
		if strings.HasSuffix(g.input, ".xlsx") {
			show = strings.NewReplacer("true", "TRUE", "false", "FALSE")
		}
		want := func(cells ...string) {
			t.Helper()
			for i := range cells {
				cells[i] = show.Replace(cells[i])
			}
			wantCells(t, g.input, cells...)
		}
		g.run(t, inPlace, form)
		wantKeptCells(t, g.run(t, inPlace, form), 0, 0)
		g.byHand(t, 0, 0, `{"paid":true,"day":"2026-01-02","kind":"new"}`, inPlace, form)
		wantKeptCells(t, g.run(t, inPlace, form), 0, 0)
		g.edit(t, func(rows [][]string) [][]string { rows[1][3] = "odd"; return rows }) // by the user
		wantKeptCells(t, g.run(t, inPlace, form, other), 1, 3)
		want("a|true|2025-12-31|old|", "b|true|2025-12-31|odd|", "c|true|2025-12-31|odd|")
		wantKeptCells(t, g.run(t, inPlace, form), 1, 3)
		want("a|true|2026-01-02|new|", "b|false|2026-01-02|odd|", "c|false|2026-01-02|new|")
	}, "a", "b", "c")
}

// A text that the user copies from another row stays. A text that is left from another prompt of the row does not, although that is not the
// row's own either.
func TestTextCopiedFromAnotherRowIsKept(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string {
			rows[0][1] = "answer to b" // by hand
			rows[2][0] = "d"           // another prompt, which was asked before
			return rows
		})
		g.takeAsked()
		want := []string{"a|answer to b|stop|", "b|answer to b|stop|", "d|answer to d|stop|", "d|answer to d|stop|"}
		for range 2 {
			sum := g.run(t, inPlace)
			wantKeptCells(t, sum, 1, 2)
			wantCells(t, g.input, want...)
		}
		g.wantAsked(t, "")
		wantKeptCells(t, g.run(t, inPlace, withPrompt("{{prompt}}!")), 1, 2)
		wantCells(t, g.input, "a|answer to b|stop|", "b|answer to b!|stop|", "d|answer to d!|stop|", "d|answer to d!|stop|")
	}, "a", "b", "c", "d")
}

// Prompts that changed places leave the answers of other rows behind, which are not texts of the user.
func TestAnswersOfSwappedPromptsAreNotKept(t *testing.T) {
	t.Parallel()
	inFormats(t, func(t *testing.T, g gridRig) {
		g.run(t, inPlace)
		g.edit(t, func(rows [][]string) [][]string {
			rows[0][0], rows[1][0] = rows[1][0], rows[0][0]
			return rows
		})
		g.takeAsked()
		sum := g.run(t, inPlace)
		wantKeptCells(t, sum, 0, 0)
		wantCells(t, g.input, "b|answer to b|stop|", "a|answer to a|stop|", "c|answer to c|stop|")
		g.wantAsked(t, "")
	}, "a", "b", "c")
}
