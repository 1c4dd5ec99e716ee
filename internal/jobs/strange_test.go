package jobs

import (
	"crypto/sha256"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// strangeSource is a file with damaged and broken rows in an encoding without "☃". Its sink holds at most 20 bytes in a cell.
type strangeSource struct {
	table.Source
	options table.Options
	passes  *int
}

// strangeInput replaces the input of a run by a strangeSource. passes counts how often it is read.
func strangeInput(passes *int) func(*Job) {
	return func(r *Job) {
		r.tests.wrap = func(src table.Source, o table.Options) table.Source { return &strangeSource{src, o, passes} }
	}
}

func (s *strangeSource) Dialect() messages.Text { return messages.Verbatim("strange") }

func (s *strangeSource) Rows() iter.Seq2[table.Row, error] {
	return func(yield func(table.Row, error) bool) {
		*s.passes++
		for row, err := range s.Source.Rows() {
			if p, _ := row.Value("prompt"); strings.HasPrefix(p, "damaged") {
				row.Fault = &table.Error{Name: s.Name(), Line: row.Line, Msg: messages.Verbatim("a damaged byte")}
			}
			if p, _ := row.Value("prompt"); p == "broken" {
				yield(table.Row{}, &table.Error{Name: s.Name(), Line: row.Line, Msg: messages.Verbatim("the row is broken")})
				return
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func (s *strangeSource) Sink(dst string, columns ...string) (table.Sink, error) {
	sink, err := s.Source.Sink(dst, columns...)
	return &strangeSink{Sink: sink, utf8: s.options.UTF8, side: strings.TrimSuffix(dst, filepath.Ext(dst)) + ".long.jsonl"}, err
}

type strangeSink struct {
	table.Sink
	utf8 bool
	side string
	long string
	cut  int
}

func (s *strangeSink) Write(row table.Row, cells ...any) error {
	text, _ := cells[0].(string)
	if strings.Contains(text, "☃") && !s.utf8 {
		return &table.Error{Name: "q.csv", Line: row.Line, Msg: messages.Verbatim("the text cannot be written"),
			Err: &table.EncodingError{Why: messages.Verbatim(`"☃" is not in windows-1251`)}}
	}
	if len(text) > 20 {
		s.cut++
		s.long += text + "\n"
		cells[0] = text[:20]
	}
	return s.Sink.Write(row, cells...)
}

func (s *strangeSink) Altered() table.Altered {
	if s.cut == 0 {
		return table.Altered{Guarded: 2}
	}
	return table.Altered{Cut: s.cut, Long: s.side, LongSum: sha256.Sum256([]byte(s.long))}
}

func (s *strangeSink) Commit(before func([32]byte) error) error {
	return s.Sink.Commit(func(sum [32]byte) error {
		err := before(sum)
		if err == nil && s.cut > 0 {
			err = os.WriteFile(s.side, []byte(s.long), 0o600)
		}
		return err
	})
}

// saying answers each prompt in texts with its value.
func saying(texts map[string]string) func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
	return func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		if text, ok := texts[p]; ok {
			return answer(text), nil
		}
		return nil, nil
	}
}

const longText = "a text of more than twenty bytes"

func TestFaultsOfSelectedRowsArePlanned(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\n"+strings.Repeat("damaged\n", 6))
	passes := 0
	g.run(t, strangeInput(&passes), withRows("2-6"))
	p := g.plan
	if p.Faults != 4 || len(p.Faulty) != 3 || p.Faulty[2].Line != 5 || p.Dialect.String() != "strange" {
		t.Errorf("plan %+v; want four faults, the first three kept, and a dialect", p)
	}
}

func TestTextThatTheEncodingLacksMakesTheOutputUTF8(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = saying(map[string]string{"b": "☃"})
	passes := 0
	for i := range 2 {
		sum := g.run(t, strangeInput(&passes))
		if want := `row 3: "☃" is not in windows-1251, so the output is UTF-8 with BOM`; sum.Note.String() != want {
			t.Errorf("note %q, want %q", sum.Note, want)
		}
		if want := "\ufeffprompt,completion,finish_reason,error\na,answer to a,stop,\nb,☃,stop,\n"; g.output(t) != want || sum.Completed != 2 {
			t.Errorf("output\n%s\nwant\n%s", g.output(t), want)
		}
		g.wantAsked(t, []string{"a b", ""}[i])
	}
}

func TestTextThatTheEncodingLacksLeavesTheInputAlone(t *testing.T) {
	t.Parallel()
	const input = "prompt\na\nb\n"
	for _, encoding := range []string{"", "windows-1251", "UTF-8", "utf8"} {
		answered := "\ufeffprompt,completion,finish_reason,error\na,answer to a,stop,\nb,☃,stop,\n"
		if encoding == "windows-1251" { // whose usual delimiter is a semicolon
			answered = strings.ReplaceAll(answered, ",", ";")
		}
		g := newRig(t, "q.csv", input)
		g.AnswerFunc = saying(map[string]string{"b": "☃"})
		passes := 0
		for i := range 2 {
			sum := g.run(t, inPlace, strangeInput(&passes), func(r *Job) {
				r.Settings.Encoding = encoding
			})
			g.wantAsked(t, []string{"a b", ""}[i])
			recoded := strings.HasPrefix(strings.ToLower(encoding), "utf")
			if recoded {
				if got := jobstest.ReadFile(t, g.input); got != answered || sum.Output != g.input || !strings.Contains(sum.Note.String(), "the output is UTF-8") {
					t.Errorf("%q: input\n%s\nwant\n%s\nnote %q", encoding, got, answered, sum.Note)
				}
				continue
			}
			out := spec.OutputPath(g.input, false)
			if got := jobstest.ReadFile(t, g.input); got != input || g.output(t) != answered || sum.Output != out || !strings.Contains(sum.Note.String(), "answers are in "+out) {
				t.Errorf("%q: input %q, output\n%s\nwant\n%s\nnote %q", encoding, got, g.output(t), answered, sum.Note)
			}
		}
	}
}

func TestFileOfLongTextsIsOurs(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.AnswerFunc = saying(map[string]string{"b": longText})
	passes := 0
	long := strings.TrimSuffix(spec.OutputPath(g.input, false), ".csv") + ".long.jsonl"
	sum := g.run(t, strangeInput(&passes))
	if sum.Cut != 1 || sum.Long != long || jobstest.ReadFile(t, long) != longText+"\n" {
		t.Errorf("summary %+v, file %q; want one cut, whole in %s", sum, jobstest.ReadFile(t, long), long)
	}
	journal := jobstest.ReadFile(t, g.journal())
	g.run(t, strangeInput(&passes))
	if got := jobstest.ReadFile(t, g.journal()); got != journal {
		t.Errorf("the same output was journaled again:\n%s", got[len(journal):])
	}
	g.write(t, "prompt\nb\nc\n")
	g.run(t, strangeInput(&passes)) // replaces both files
	g.write(t, "prompt\na\n")
	sum = g.run(t, strangeInput(&passes))
	if exists(long) || sum.Cut != 0 || sum.Long != "" || sum.Guarded != 2 {
		t.Errorf("summary %+v, file there: %v; want neither", sum, exists(long))
	}
}

func TestFileOfLongTextsOfSomebodyElseStays(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*Job){func(*Job) {}, inPlace} {
		g := newRig(t, "q.csv", "prompt\nb\n")
		g.AnswerFunc = saying(map[string]string{"b": longText})
		passes := 0
		r := g.new(change)
		mine := strings.TrimSuffix(r.Settings.Output, ".csv") + ".long.jsonl"
		jobstest.WriteFile(t, mine, "mine")
		if !r.Settings.InPlace {
			jobstest.WriteFile(t, filepath.Join(g.dir, "q.answers-2.long.jsonl"), "mine too")
		}
		sum := g.run(t, strangeInput(&passes), change)
		if jobstest.ReadFile(t, mine) != "mine" || !strings.Contains(sum.Note.String(), filepath.Base(mine)) || sum.Output == r.Settings.Output {
			t.Errorf("side file %q, note %q, output %s", jobstest.ReadFile(t, mine), sum.Note, sum.Output)
		}
		if got := jobstest.ReadFile(t, sum.Long); got != longText+"\n" || !strings.HasPrefix(sum.Long, strings.TrimSuffix(sum.Output, ".csv")) {
			t.Errorf("%s holds %q", sum.Long, got)
		}
		if got := jobstest.ReadFile(t, filepath.Join(g.dir, "q.csv")); got != "prompt\nb\n" {
			t.Errorf("the input became %q", got)
		}
	}
}

// A file for long texts that was edited is not removed when it is no longer needed.
func TestEditedFileOfLongTextsStays(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\nb\n")
	g.AnswerFunc = saying(map[string]string{"b": longText})
	passes := 0
	sum := g.run(t, strangeInput(&passes))
	jobstest.WriteFile(t, sum.Long, "mine")
	g.write(t, "prompt\na\n")
	g.run(t, strangeInput(&passes))
	if got := jobstest.ReadFile(t, sum.Long); got != "mine" {
		t.Errorf("the file became %q", got)
	}
}

// An unchanged input is opened once and read three times: for planning, asking and writing.
func TestInputIsKeptOpen(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	opened, passes := 0, 0
	count := func(r *Job) {
		wrap := r.tests.wrap
		r.tests.wrap = func(src table.Source, o table.Options) table.Source {
			opened++
			return wrap(src, o)
		}
	}
	g.run(t, strangeInput(&passes), count)
	if opened != 1 || passes != 3 {
		t.Errorf("opened %d times, read %d times; want 1 and 3", opened, passes)
	}
	opened = 0
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		g.write(t, "prompt\na\nb\nc\nd\n")
		return nil, nil
	}
	g.write(t, "prompt\nc\n")
	g.run(t, strangeInput(&passes), count)
	if opened < 2 {
		t.Errorf("an input that changed was opened %d times", opened)
	}
}
