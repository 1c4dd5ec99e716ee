package jobs

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
)

func withRows(text string) func(*Job)       { return func(r *Job) { r.Settings.Rows = text } }
func where(conditions ...string) func(*Job) { return func(r *Job) { r.Settings.Where = conditions } }

const people = "id,prompt, city \n1,a,Omsk\n2,b,\n3,c, Omsk \n4,d,Perm\n5,e,  \n"

func TestSelectedRowsAreAskedAndTheOthersLeftAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*Job)
		asked  string
	}{
		{"a range", withRows("3-5"), "b c d"},
		{"a row", withRows("4"), "c"},
		{"several", withRows(" 2 - 3, 6"), "a b e"},
		{"open", withRows("5-"), "d e"},
		{"beyond the end", withRows("6-900"), "e"},
		{"with the header", withRows("1-2"), "a"},
		{"equal", where("city=Omsk"), "a c"},
		{"with white space", where(" city = Omsk "), "a c"},
		{"not equal", where("city!=Omsk"), "b d e"},
		{"empty", where("city="), "b e"},
		{"not empty", where("city!="), "a c d"},
		{"contains", where("city~M"), "a c d"},
		{"contains, with white space", where(" city ~ OMS "), "a c"},
		{"larger", where("id>3"), "d e"},
		{"at least and less", where("id>=2", "id<4"), "b c"},
		{"at most", where("id <= 1,0"), "a"},
		{"all of several", where("city!=", "city!=Perm", "id!=1"), "c"},
		{"case counts", where("city!=omsk"), "a b c d e"},
		{"a limit counts what is selected", func(r *Job) { r.Settings.Where, r.Settings.Limit = []string{"city!="}, 2 }, "a c"},
		{"all at once", func(r *Job) { r.Settings.Where, r.Settings.Rows, r.Settings.Limit = []string{"city!="}, "3-", 1 }, "c"},
	} {
		g := newRig(t, "q.csv", people)
		sum := g.run(t, tc.change)
		g.wantAsked(t, tc.asked)
		if t.Failed() {
			t.Fatalf("that was %s", tc.name)
		}
		n := len(strings.Fields(tc.asked))
		if sum.Rows != n || sum.Completed != n || sum.Pending != 0 || g.plan.Rows != n {
			t.Errorf("%s: plan %+v, summary %+v; want %d rows", tc.name, g.plan, sum, n)
		}
		want := answeredPeople(tc.asked)
		if got := g.output(t); got != want {
			t.Errorf("%s: output\n%s\nwant\n%s", tc.name, got, want)
		}
		st, err := ReadStatus(g.input, "")
		if err != nil || st.Rows != n || st.Completed != n || st.Pending != 0 {
			t.Errorf("%s: status %+v, error %v; want %d rows", tc.name, st, err, n)
		}
	}
}

// answeredPeople returns people with the answers to some prompts.
func answeredPeople(prompts string) string {
	lines := strings.Split(strings.TrimSuffix(people, "\n"), "\n")
	lines[0] += ",completion,finish_reason,error"
	for i := 1; i < len(lines); i++ {
		p := strings.Split(lines[i], ",")[1]
		if slices.Contains(strings.Fields(prompts), p) {
			lines[i] += ",answer to " + p + ",stop,"
		} else {
			lines[i] += ",,,"
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// Dates with slashes are read in one way in the whole column, also by the condition: with the month first if one of them has a day after 12.
func TestSlashDatesOfAColumn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ dates, condition, asked string }{
		{"5/6/2024 5/25/2024 6/1/2024", "date>=2024-05-20", "b c"},
		{"5/6/2024 25/5/2024 6/1/2024", "date>=2024-05-20", "a b"},
		{"5/6/2024 7/1/2024 6/12/2024", "date>=2024-05-20", "a c"},
		{"5/6/2024 5/25/2024 6/1/2024", "date<5/7/2024", "a"},
		{"5/6/24 5/25/24 6/1/24", "date<2024-05-07", "a"},
		{"5/6/2024 2024/05/25 6/1/2024", "date>=2024-05-20", "a b"},
		{"5/6/2024 25.05.2024 6/1/2024", "date<5/7/2024", "a b c"},
	} {
		dates := strings.Fields(tc.dates)
		table := fmt.Sprintf("date,prompt\n%s,a\n%s,b\n%s,c\n", dates[0], dates[1], dates[2])
		g := newRig(t, "q.csv", table)
		g.run(t, where(tc.condition))
		g.wantAsked(t, tc.asked)
		g = newRig(t, "q.csv", table)
		g.run(t, func(j *Job) { j.Settings.When = []string{tc.condition} })
		g.wantAsked(t, tc.asked)
		if t.Failed() {
			t.Fatalf("that was %s with %s", tc.dates, tc.condition)
		}
	}
}

func TestSelectionIsNoPartOfTheKey(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", people)
	g.run(t, withRows("3-4"))
	g.wantAsked(t, "b c")
	g.run(t, where("city=Omsk"))
	g.wantAsked(t, "a")
	if got, want := g.output(t), answeredPeople("a b c"); got != want {
		t.Errorf("a row that is not selected lost its answer:\n%s\nwant\n%s", got, want)
	}
	g.run(t)
	g.wantAsked(t, "d e")
	if got, want := g.output(t), answeredPeople("a b c d e"); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
}

func TestSelectionInPlaceLeavesTheOtherRows(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", people)
	g.run(t, inPlace, withRows("2-3"))
	g.run(t, inPlace, where("city=Perm"))
	g.wantAsked(t, "a b d")
	if got, want := jobstest.ReadFile(t, g.input), answeredPeople("a b d"); got != want {
		t.Errorf("input\n%s\nwant\n%s", got, want)
	}
	g.takeAsked()
	g.run(t, inPlace, withRows("2-4"))
	g.wantAsked(t, "c")
	if got, want := jobstest.ReadFile(t, g.input), answeredPeople("a b c d"); got != want {
		t.Errorf("input\n%s\nwant\n%s", got, want)
	}
}

func TestInterruptedSelectionGoesOn(t *testing.T) {
	t.Parallel()
	for _, in := range []func(*Job){func(*Job) {}, inPlace} {
		g := newRig(t, "q.csv", people)
		drain := make(chan struct{})
		g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			close(drain)
			return nil, nil
		}
		sum, err := g.new(withRows("3-5"), oneAtATime, in).Run(t.Context(), drain)
		if err != nil || sum.Pending != 2 || sum.Completed != 1 || sum.Rows != 3 {
			t.Fatalf("summary %+v, error %v; want one of three completed", sum, err)
		}
		g.AnswerFunc = nil
		sum = g.run(t, withRows("3-5"), in)
		g.wantAsked(t, "b c d")
		if sum.FromJournal != 1 || sum.Completed != 3 {
			t.Errorf("summary %+v; want three completed, one of them before", sum)
		}
		if got, want := jobstest.ReadFile(t, sum.Output), answeredPeople("b c d"); got != want {
			t.Errorf("output\n%s\nwant\n%s", got, want)
		}
	}
}

func TestFreshSelectionGoesOnOnlyWithTheSameOne(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", people)
	g.run(t)
	g.takeAsked()
	drain := make(chan struct{})
	g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		close(drain)
		return nil, nil
	}
	if _, err := g.new(fresh, withRows("2-4"), oneAtATime).Run(t.Context(), drain); err != nil {
		t.Fatal(err)
	}
	g.AnswerFunc = nil
	g.run(t, fresh, withRows("2-4"))
	g.wantAsked(t, "a b c")
}

func TestRewriteTakesTheSelectionOfTheLastRun(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", people)
	g.run(t, withRows("2-3"))
	sum, err := g.new().Rewrite(t.Context(), false, nil)
	if err != nil || sum.Rows != 2 || sum.Pending != 0 {
		t.Errorf("summary %+v, error %v; want two rows", sum, err)
	}
}

// Of rows with the same request, each keeps its own answer, whichever rows are asked first.
func TestSelectionWithoutDedupeKeepsEachRowsOwnAnswer(t *testing.T) {
	t.Parallel()
	for _, in := range []func(*Job){func(*Job) {}, inPlace} {
		g := newRig(t, "q.csv", "id,prompt\n1,a\n2,a\n3,a\n")
		n := 0
		g.AnswerFunc = func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
			n++
			return answer(strings.Repeat("!", n)), nil
		}
		g.run(t, noDedupe, oneAtATime, in, withRows("3"))
		sum := g.run(t, noDedupe, oneAtATime, in)
		want := "id,prompt,completion,finish_reason,error\n1,a,!!,stop,\n2,a,!,stop,\n3,a,!!!,stop,\n"
		if got := jobstest.ReadFile(t, sum.Output); got != want || n != 3 {
			t.Errorf("asked %d times, output\n%s\nwant\n%s", n, got, want)
		}
	}
}

func TestConditionOnAPathOfAnObject(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.jsonl", `{"prompt":"a","user":{"city":"Omsk"}}`+"\n"+`{"prompt":"b","user":{"city":null}}`+"\n"+`{"prompt":"c"}`+"\n")
	g.run(t, where("user.city=Omsk"))
	g.wantAsked(t, "a")
	g.run(t, where("user.city="))
	g.wantAsked(t, "b c")
}

func TestConditionOnAColumnWithAnEqualsSign(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt,a=b,wow!\nx,1=2,\ny,2,1\n")
	g.run(t, where("a=b=1=2"))
	g.wantAsked(t, "x")
	g.run(t, where("wow!=1"))
	g.wantAsked(t, "y")
}

func TestSelectionThatCannotBeMeantIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		change func(*Job)
		words  []string
	}{
		{withRows("x"), []string{`--rows x: "x" is not a range`, "2-500"}},
		{withRows("0"), []string{`"0" is not a range`}},
		{withRows("-5"), []string{`"-5" is not a range`}},
		{withRows("2,"), []string{`"" is not a range`}},
		{withRows("9-3"), []string{`"9-3" ends before it begins`}},
		{withRows("7-"), []string{"no row matches --rows 7-", "header"}},
		{withRows("1"), []string{"no row matches --rows 1"}},
		{where("city=Tver"), []string{"no row matches --where \"city=Tver\"", "whole cells"}},
		{where("sity=Omsk"), []string{`no column "sity"`, `did you mean "city"`}},
		{where("zzzzzzz!=Omsk"), []string{`no column "zzzzzzz"`, `"id", "prompt", "city"`}},
		{where("city"), []string{"has no operator", "column=value"}},
		{where("=Omsk"), []string{"has no operator"}},
		{where(`sity in ["Omsk"]`), []string{`no column "sity"`, `did you mean "city"`}},
		{where("*=Omsk"), []string{"* stands for any column only before ~", "write *~text"}},
		{where("id<many"), []string{`"many" is neither a number nor a date`, "2024-12-31"}},
		{where("id>="), []string{`"" is neither a number nor a date`}},
		{where("city~"), []string{"no text after ~"}},
		{where("town<1"), []string{`no column "town"`, `"city"`}},
	} {
		g := newRig(t, "q.csv", people)
		before := jobstest.Folder(t, g.dir)
		_, err := g.try(t, tc.change)
		jobstest.WantUsage(t, err, tc.words...)
		jobstest.WantFolder(t, g.dir, before)
		if g.connects != 0 {
			t.Errorf("%v: connected", tc.words)
		}
	}
	g := newRig(t, "q.csv", "prompt,city,city\na,1,2\n")
	_, err := g.try(t, where("city=1"))
	jobstest.WantUsage(t, err, `column "city" appears 2 times`)
}

func TestHiddenRowsAreLeftOutOnDemand(t *testing.T) {
	t.Parallel()
	s := &spec.Settings{Selection: spec.Selection{VisibleOnly: true, Limit: 2}}
	sel, err := s.Selector(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []bool
	for i, hidden := range []bool{false, true, false, false} {
		got = append(got, sel.Has(table.Row{Index: i, Line: i + 2, Hidden: hidden}))
	}
	if want := []bool{true, false, true, false}; !slices.Equal(got, want) {
		t.Errorf("selected %v, want %v", got, want)
	}
}

// Lines are numbered on each sheet separately, so a pass must not end after the last line of a range.
func TestRowsAreThoseOfEachSheet(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{false, true} {
		s := &spec.Settings{Selection: spec.Selection{Rows: "2-3"}, Options: table.Options{AllSheets: all}}
		sel, err := s.Selector(nil)
		if err != nil {
			t.Fatal(err)
		}
		row := table.Row{Line: 3}
		if !sel.Has(row) || sel.Over(row) == all || !sel.Has(table.Row{Index: 2, Line: 2}) {
			t.Errorf("all sheets %v: over is %v", all, sel.Over(row))
		}
	}
}

// An unreadable line is found before anything is asked, even if only rows before it are selected.
func TestWhatIsWrongBehindTheSelectionIsFoundBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*Job){limited(1), withRows("2")} {
		g := newRig(t, "q.csv", "prompt\na\nb\nbroken\n")
		passes := 0
		if _, err := g.try(t, change, strangeInput(&passes)); err == nil {
			t.Error("no error")
		}
		g.wantAsked(t, "")
	}
}

func TestManifestHasTheOptionsFlat(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", people)
	g.run(t, withRows("2"), where("city=Omsk"), func(r *Job) { r.Settings.FormulaGuardOff = true })
	want := `"settings":{"formula_guard_off":true,"rows":"2","where":["city=Omsk"],"completion_column":"completion","model":`
	if text := jobstest.ReadFile(t, g.journal()); !strings.Contains(text, want) {
		t.Errorf("the journal lacks %s:\n%s", want, text)
	}
}

func TestConditionThatHoldsNowhereTellsWhatTheColumnHolds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		where []string
		want  string
	}{
		{[]string{"sum=10.00"}, `; column "sum" contains "10.00\u00a0₽", "12.00\u00a0₽", "13" …`},
		{[]string{"city=omsk"}, `; column "city" contains "Omsk", "Perm"`},
		{[]string{"city=omsk", "sum=1"}, `; column "city" contains "Omsk", "Perm"; column "sum" contains "10.00\u00a0₽", "12.00\u00a0₽", "13" …`},
		{[]string{"city=Omsk", "sum=1"}, `; column "sum" contains "10.00\u00a0₽", "12.00\u00a0₽", "13" …`},
		{[]string{"city=Omsk", "sum=14"}, ""},
		{[]string{"long=x"}, `; column "long" contains "` + strings.Repeat("ы", 40) + `…"`},
		{[]string{"none=x"}, ""},
	} {
		g := newRig(t, "q.csv", "prompt,city,sum,long,none\na,Omsk,10.00\u00a0₽,"+strings.Repeat("ы", 50)+",\nb, Omsk ,12.00\u00a0₽,,\nc,,13,,\nd,Perm,14,,\n")
		_, err := g.try(t, func(r *Job) { r.Settings.Where = tc.where })
		var usage *spec.UsageError
		if !errors.As(err, &usage) || usage.Hint.String() != "= and != compare whole cells and are case-sensitive; ~ finds a part of a text in any case"+tc.want {
			t.Errorf("%q: error %v with hint %+v, want it to end %q", tc.where, err, usage, tc.want)
		}
	}
}

// A status counts the rows that the last run selected, and the whole table beside them.
func TestStatusOfASelection(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\nd\n")
	g.run(t, limited(3))
	g.run(t, func(r *Job) { r.Settings.Rows = "2" }, fresh)
	st, err := ReadStatus(g.input, "")
	if err != nil || st.Rows != 1 || st.Completed != 1 || st.Table == nil ||
		st.Table.Rows != 4 || st.Table.Completed != 3 || st.Table.Pending != 1 {
		t.Errorf("status %+v, table %+v, %v", st.Tally, st.Table, err)
	}
	g.run(t)
	if st, err = ReadStatus(g.input, ""); err != nil || st.Rows != 4 || st.Completed != 4 || st.Table != nil {
		t.Errorf("status %+v, table %+v, %v", st.Tally, st.Table, err)
	}
}

// Rows that are not selected keep the answers that they got from another model or prompt.
func TestOtherModelForSomeRowsLeavesTheOthers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\nc\n")
	g.AnswerFunc = func(p string, r *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		return answer(r.Model + " on " + p), nil
	}
	g.run(t)
	g.run(t, fresh, model("Max"), func(r *Job) { r.Settings.Rows = "3" })
	want := "prompt,completion,finish_reason,error\na,GigaChat-2 on a,stop,\nb,Max on b,stop,\nc,GigaChat-2 on c,stop,\n"
	if got := g.output(t); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
	g.run(t, withPrompt("{{prompt}}?"), model("Pro"), func(r *Job) { r.Settings.Rows = "4" })
	want = "prompt,completion,finish_reason,error\na,GigaChat-2 on a,stop,\nb,Max on b,stop,\nc,Pro on c?,stop,\n"
	if got := g.output(t); got != want {
		t.Errorf("then, output\n%s\nwant\n%s", got, want)
	}
	g.takeAsked()
	if sum, err := (&Job{Input: g.input}).Rewrite(t.Context(), false, nil); err != nil || g.output(t) != want {
		t.Errorf("written again: %+v, %v, output\n%s", sum, err, g.output(t))
	}
	g.wantAsked(t, "")
	if st, err := ReadStatus(g.input, ""); err != nil || st.Table == nil || st.Table.Completed != 1 || st.Table.Pending != 2 {
		t.Errorf("status: %+v, %v, want 1 row completed of what was asked last", st.Table, err)
	}

	other := filepath.Join(g.dir, "other.csv")
	for _, form := range []func(*Job){func(*Job) {}, choices("a", "b")} { // in another file, or in another form, the answers are not the same
		g.run(t, withPrompt("{{prompt}}!"), form, model("Pro"), func(r *Job) { r.Settings.Rows, r.Settings.Output = "2", other })
		if rows := strings.Split(jobstest.ReadFile(t, other), "\n"); !strings.HasPrefix(rows[2], "b,,") || !strings.HasPrefix(rows[3], "c,,") {
			t.Errorf("another file: %q", rows)
		}
	}
}

// A row that is not selected shares a request with one that is: if its other columns depend on the new answer, it keeps the old ones.
func TestFreshRowsWithSeveralColumnsLeaveNothingPending(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\na\n")
	columns := func(r *Job) {
		r.Settings.Columns = []spec.Column{
			{CompletionColumn: "one", Prompt: "{{prompt}}", Params: r.Settings.Params},
			{CompletionColumn: "two", Prompt: "about {{one}} of {{prompt}} {{n}}", Params: r.Settings.Params},
		}
		r.Settings.OutputColumns = spec.DefaultValueColumns
	}
	g.write(t, "prompt,n\na,1\nb,2\na,3\n")
	times := 0
	g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
		times++
		return answer(fmt.Sprintf("%s %d", p[:1], times)), nil
	}
	g.run(t, columns, oneAtATime)
	before := strings.Split(g.output(t), "\n")
	g.takeAsked()
	g.run(t, columns, fresh, oneAtATime, func(r *Job) { r.Settings.Rows = "2" })
	if n := len(g.takeAsked()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
	after := strings.Split(g.output(t), "\n")
	if after[1] == before[1] || after[2] != before[2] || after[3] != before[3] {
		t.Errorf("before\n%s\nafter\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	if sum, err := (&Job{Input: g.input}).Rewrite(t.Context(), false, nil); err != nil || g.output(t) != strings.Join(after, "\n") {
		t.Errorf("written again: %+v, %v, output\n%s", sum, err, g.output(t))
	}
}

// In place, a row that is skipped because a column is empty keeps what it has.
func TestSkippedRowsInPlaceKeepTheirAnswers(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt,note\n1,a,x\n2,b,\n")
	columns := func(r *Job) { r.Settings.OutputColumns = []string{"completion"} }
	g.run(t, inPlace, columns)
	before := jobstest.ReadFile(t, g.input)
	g.run(t, inPlace, columns, func(r *Job) { r.Settings.SkipEmpty = []string{"note"} })
	if got := jobstest.ReadFile(t, g.input); got != before || !strings.Contains(got, "answer to b") {
		t.Errorf("before\n%s\nafter\n%s", before, got)
	}
}

// With answers of their own, equal rows that are not selected and have no answer do not move the answer of the one that is.
func TestSelectedOneOfEqualRowsHasItsOwnAnswer(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,same\n2,same\n3,same\n")
	for _, n := range []string{"3", "4", "2"} {
		if sum := g.run(t, noDedupe, withRows(n)); sum.Completed != 1 || sum.Pending != 0 {
			t.Errorf("row %s: summary %+v", n, sum)
		}
		g.wantAsked(t, "same")
		for id, line := range strings.Split(strings.TrimSpace(g.output(t)), "\n") {
			answered := strings.Contains(map[string]string{"3": "3", "4": "34", "2": "234"}[n], fmt.Sprint(id+1))
			if strings.Contains(line, "answer to same") != answered {
				t.Errorf("after a run of row %s, row %d is %q; want an answer: %t", n, id+1, line, answered)
			}
		}
	}
}
