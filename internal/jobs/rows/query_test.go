package rows

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// randomCell returns a text as tables have them.
func randomCell(r *rand.Rand) string {
	words := []string{"", " ", "Чай", "чай с лимоном", "ЁЛКА", "ёлка", "tea", "TEA", "Tea time", "a\"b", "x;y", "İ", "ß", "-"}
	switch r.IntN(6) {
	case 0:
		return []string{"5", "10", " 7 ", "-3", "1 500,50", "1,500.50", "15 %", "100 ₽", "1e3", "0.5", "-0", "0"}[r.IntN(12)]
	case 1:
		return []string{"31.12.2024", "2024-12-31", "01.02.2023", "13/01/2024", "2024-01-05 10:30"}[r.IntN(5)]
	case 2:
		return strings.Repeat("one long beginning that all of these texts share ", 30) + words[r.IntN(len(words))]
	}
	return words[r.IntN(len(words))]
}

// randomTable returns a CSV of random cells with the columns id, text, score and note.
func randomTable(r *rand.Rand, rows int) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{"id", "text", "score", "note"})
	for i := range rows {
		w.Write([]string{fmt.Sprint(i), cmp.Or(strings.TrimSpace(randomCell(r)), "none"), randomCell(r), randomCell(r)})
	}
	w.Flush()
	return b.String()
}

func randomQuery(r *rand.Rand, answers []AnswerColumn) (q Query) {
	column := func() string {
		if r.IntN(2) == 0 && answers != nil {
			a := r.IntN(len(answers))
			if n := len(answers[a].Fields); n > 0 && r.IntN(2) == 0 {
				return fmt.Sprintf("a%d.%d", a, r.IntN(n))
			}
			return fmt.Sprintf("a%d", a)
		}
		return fmt.Sprintf("i%d", r.IntN(4))
	}
	for range r.IntN(3) {
		f := Filter{Column: column(), Op: []string{Contains, Equals, NotEquals, Empty, Filled, Greater, Less, OneOf, InState}[r.IntN(9)]}
		switch f.Op {
		case Contains:
			f.Values = []string{[]string{"Ч", "Tea", "ё", "5", "READY", "о"}[r.IntN(6)]}
		case Greater, Less:
			f.Values = []string{[]string{"5", "1 000", "2024-01-01", "0"}[r.IntN(4)]}
		case Equals, NotEquals:
			f.Values = []string{randomCell(r)}
		case OneOf:
			f.Values = []string{randomCell(r), "good", "Чай"}
		case InState:
			f.Column = []string{"", "a0"}[r.IntN(2)]
			f.Values = []string{task.StateNames[r.IntN(5)], Edited}[:1+r.IntN(2)]
			if answers == nil {
				f.Column = ""
			}
		}
		q.Filters = append(q.Filters, f)
	}
	for range r.IntN(3) {
		q.Sort = append(q.Sort, Order{Column: column(), Desc: r.IntN(2) == 0})
	}
	if r.IntN(4) == 0 {
		q.Text = []string{"tea", "Ч", "5", "ready", "d o"}[r.IntN(5)]
	}
	return q
}

// plainText returns the text of a column of a row.
func plainText(row *Row, column string) string {
	first, second, ofField := strings.Cut(column[1:], ".")
	n, _ := strconv.Atoi(first)
	field, _ := strconv.Atoi(second)
	switch {
	case column[0] == 'i':
		return strings.TrimSpace(row.Values[n])
	case row.Cells[n].State != task.Completed:
		return ""
	case ofField:
		return strings.TrimSpace(row.Cells[n].Fields[field])
	}
	return strings.TrimSpace(row.Cells[n].Completion)
}

// plainly answers a query from all rows, as simply as possible.
func plainly(all []Row, q Query) (found []Row) {
	known := map[string]bool{}
	months := func(column string) bool {
		if first, ok := known[column]; ok {
			return first
		}
		known[column] = spec.MonthFirst(func(yield func(string) bool) {
			for i := range all {
				if !yield(plainText(&all[i], column)) {
					return
				}
			}
		})
		return known[column]
	}
	contains := func(text, part string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(part)) }
	for i := range all {
		row, fits := &all[i], true
		for _, f := range q.Filters {
			ok := false
			switch f.Op {
			case InState:
				state, edited := row.State, slices.ContainsFunc(row.Cells, func(c Cell) bool { return !c.Edited.IsZero() })
				if f.Column == "a0" {
					state, edited = row.Cells[0].State, !row.Cells[0].Edited.IsZero()
				}
				lost := f.Column == "" && slices.ContainsFunc(row.Cells, func(c Cell) bool {
					return (c.State == task.Failed || c.State == task.Blocked) && slices.Contains(f.Values, c.State.String())
				})
				ok = lost || slices.Contains(f.Values, state.String()) || edited && slices.Contains(f.Values, Edited)
			case Empty, Filled:
				ok = (plainText(row, f.Column) == "") == (f.Op == Empty)
			case Contains:
				ok = contains(plainText(row, f.Column), strings.TrimSpace(f.Values[0]))
			case Greater, Less:
				scale, n := spec.Measure(plainText(row, f.Column), months(f.Column))
				to, than := spec.Measure(f.Values[0], false)
				if scale == spec.Dates {
					n = n - float64(int64(n)%86400) // the value is a day
				}
				ok = scale == to && (f.Op == Greater && n > than || f.Op == Less && n < than)
			default:
				ok = slices.ContainsFunc(f.Values, func(v string) bool { return strings.TrimSpace(v) == plainText(row, f.Column) }) != (f.Op == NotEquals)
			}
			fits = fits && ok
		}
		if q.Text != "" {
			fits = fits && (slices.ContainsFunc(row.Values, func(v string) bool { return contains(v, q.Text) }) ||
				slices.ContainsFunc(row.Cells, func(c Cell) bool { return contains(c.Prompt, q.Text) || contains(c.Completion, q.Text) }))
		}
		if fits {
			found = append(found, *row)
		}
	}
	slices.SortStableFunc(found, func(a, b Row) int {
		for _, o := range q.Sort {
			s, t := plainText(&a, o.Column), plainText(&b, o.Column)
			m := months(o.Column)
			scaleS, nS := spec.Measure(s, m)
			scaleT, nT := spec.Measure(t, m)
			rank := func(s spec.Scale) int { return (int(s) + 2) % 3 } // numbers, dates, words
			by := 0
			switch {
			case s == "" || t == "":
				if by = len(t) - len(s); by != 0 {
					return by // empty ones are the last in both directions
				}
			case scaleS != scaleT:
				by = cmp.Compare(rank(scaleS), rank(scaleT))
			case scaleS != spec.Words:
				by = cmp.Compare(nS, nT)
			default:
				by = strings.Compare(strings.ReplaceAll(strings.ToLower(s), "ё", "е"), strings.ReplaceAll(strings.ToLower(t), "ё", "е"))
			}
			if o.Desc {
				by = -by
			}
			if by != 0 {
				return by
			}
		}
		return 0
	})
	return found
}

func positions(rows []Row) (all []int) {
	for _, r := range rows {
		all = append(all, r.Index)
	}
	return all
}

// check compares a view's answer to a query with the plain one.
func checkQuery(t *testing.T, g *rig, v *View, all []Row, q Query) {
	t.Helper()
	w, want := g.wholeRows(t, v, q), plainly(all, q)
	if w.Total != len(want) || !slices.Equal(positions(w.Rows), positions(want[:min(len(want), len(w.Rows))])) {
		t.Fatalf("%s:\nrows %d %v\nwant %d %v", q.key(), w.Total, positions(w.Rows), len(want), positions(want))
	}
}

// Whatever is asked of a table, the rows are those that a plain reading of all rows finds, in that order: of a bare table, of one whose answers
// are looked up, and of one whose answers are stored; with edits and failures.
func TestQueries(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*jobs.Job){"bare": nil, "text": withPrompt("about {{text}}"), "four": fourColumns} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(3, uint64(len(name))))
			g := newRig(t, "q.csv", randomTable(r, 300))
			of := Of{}
			if form == nil {
				of = Of{Manifest: g.manifest(), Bare: true}
			} else {
				g.AnswerFunc = func(p string, q *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
					switch {
					case strings.Contains(p, "TEA"):
						return nil, &gigachat.Error{Kind: gigachat.KindRejected, Status: 400, Message: "no"}
					case name == "four":
						return answerFour(p, q)
					}
					return answer([]string{"Ready", "good", "12", "", "Чай " + p, "7"}[len(p)%6]), nil
				}
				g.run(t, form)
			}
			v := g.viewOf(t, of)
			if form != nil {
				for range 5 {
					i := r.IntN(300)
					if err := edit(t, v, i, v.Answers()[len(v.Answers())-1].Name, "Edited Чай", false); err != nil && name != "four" {
						t.Fatal(err)
					}
				}
			}
			all := g.wholeRows(t, v, Query{}).Rows
			if len(all) != 300 {
				t.Fatalf("%d rows", len(all))
			}
			for range jobstest.Rounds(40, 2000) {
				checkQuery(t, g, v, all, randomQuery(r, v.Answers()))
			}
			for _, column := range []string{"i1", "i2", "i3"} {
				checkDistinct(t, v, all, column, randomQuery(r, v.Answers()))
			}
			for a := range v.Answers() {
				checkDistinct(t, v, all, fmt.Sprintf("a%d", a), Query{})
			}
			q := Query{Filters: []Filter{{Column: "i2", Op: Filled}}, Sort: []Order{{Column: "i1"}}}
			lines, n, err := v.Lines(t.Context(), q)
			found := plainly(all, Query{Filters: q.Filters})
			if want := plainLines(found); err != nil || lines != want || n != len(found) {
				t.Errorf("Lines() = %s, %d, %v; want %s", lines, n, err, want)
			}
			if lines, n, err := v.LinesOf(t.Context(), []int{9, 2, 3, 2, 4, 1000, -1}); err != nil || n != 4 || lines != plainLines([]Row{all[2], all[3], all[4], all[9]}) {
				t.Errorf("LinesOf() = %s, %d, %v", lines, n, err)
			}
		})
	}
}

func plainLines(rows []Row) string {
	var parts []string
	for from := 0; from < len(rows); {
		to := from
		for to+1 < len(rows) && rows[to+1].Index == rows[to].Index+1 {
			to++
		}
		part := fmt.Sprint(rows[from].Line)
		if to > from {
			part += fmt.Sprintf("-%d", rows[to].Line)
		}
		parts, from = append(parts, part), to+1
	}
	return strings.Join(parts, ",")
}

// checkDistinct compares the values of a column with those that a plain reading finds, whether they are counted in memory or by sorting.
func checkDistinct(t *testing.T, v *View, all []Row, column string, q Query) {
	t.Helper()
	d, err := v.Distinct(t.Context(), column, q, 5)
	if err != nil {
		t.Fatal(err)
	}
	sorting := Query{Text: q.Text, Filters: slices.DeleteFunc(slices.Clone(q.Filters), func(f Filter) bool { return f.Column == column }), Sort: []Order{{Column: column}}}
	s, err := v.ended(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.release()
	p, look, _, err := v.prepare(s, &sorting)
	if err != nil {
		t.Fatal(err)
	}
	again, err := distinct(t.Context(), look, p, s.file.rows(), 5, 0)
	if again.Complete = true; err != nil || !reflect.DeepEqual(again, d) {
		t.Errorf("Distinct(%s, %s) by sorting = %.200v, %v, in memory %.200v", column, q.key(), again, err, d)
	}
	q.Filters, q.Sort = slices.DeleteFunc(slices.Clone(q.Filters), func(f Filter) bool { return f.Column == column }), nil
	counts := map[string]int{}
	for _, row := range plainly(all, q) {
		counts[plainText(&row, column)]++
	}
	empty := counts[""]
	delete(counts, "")
	var want []task.ValueCount
	for text, n := range counts {
		want = append(want, task.ValueCount{Value: text, Rows: n})
	}
	slices.SortFunc(want, func(a, b task.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
	})
	if !slices.Equal(d.Values, want[:min(5, len(want))]) || d.More != (len(want) > 5) || d.Empty != empty || !d.Complete {
		t.Errorf("Distinct(%s, %s) = %.200v\nwant %.200v, %d empty", column, q.key(), d, want, empty)
	}
}

// The bytes of keys compare as the texts do, whatever these are.
func FuzzKeys(f *testing.F) {
	f.Add([]byte("a"), []byte("A\x00"), false, false)
	f.Add([]byte("10"), []byte("9"), true, false)
	f.Add(bytes.Repeat([]byte("x"), 2*maxKeyText), bytes.Repeat([]byte("x"), maxKeyText), false, true)
	f.Add([]byte(""), []byte("31.12.2024"), true, true)
	f.Fuzz(func(t *testing.T, a, b []byte, desc, exact bool) {
		if exact && len(a) > 0 && len(b) > 0 {
			a, b = append([]byte("w"), a...), append([]byte("w"), b...)
		}
		o := &order{desc: desc, exact: exact}
		key := func(text []byte, whole bool) []byte {
			most := maxKeyText
			if whole {
				most = math.MaxInt
			}
			k, _ := o.appendKey(nil, text, 0, most)
			return k
		}
		whole, cut := bytes.Compare(key(a, true), key(b, true)), bytes.Compare(key(a, false), key(b, false))
		if cut != 0 && cut != whole {
			t.Errorf("cut keys of %.40q and %.40q compare as %d, whole ones as %d", a, b, cut, whole)
		}
		if exact && len(a) > 0 && len(b) > 0 {
			want := bytes.Compare(a, b)
			if desc {
				want = -want
			}
			if whole != want {
				t.Errorf("keys of %q and %q compare as %d, want %d", a, b, whole, want)
			}
		}
		if got, want := string(lower(nil, a)), strings.ToLower(string(a)); got != want {
			t.Errorf("lower(%q) = %q, want %q", a, got, want)
		}
	})
}

// A query that cannot be answered is a mistake of whoever asks.
func TestImpossibleQueries(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,text\n1,fine tea\n")
	v := g.viewOf(t, Of{Manifest: g.manifest(fourColumns)})
	for _, q := range []Query{
		{Filters: []Filter{{Column: "i2", Op: Empty}}},
		{Filters: []Filter{{Column: "i", Op: Empty}}},
		{Filters: []Filter{{Column: "i-1", Op: Empty}}},
		{Filters: []Filter{{Column: "a4", Op: Empty}}},
		{Filters: []Filter{{Column: "a0.0", Op: Empty}}},
		{Filters: []Filter{{Column: "a2.1", Op: Empty}}},
		{Filters: []Filter{{Column: "a2.-1", Op: Empty}}},
		{Filters: []Filter{{Column: "x0", Op: Empty}}},
		{Filters: []Filter{{Column: "", Op: Empty}}},
		{Filters: []Filter{{Column: "i0", Op: "like", Values: []string{"x"}}}},
		{Filters: []Filter{{Column: "i0", Op: Greater, Values: []string{"x"}}}},
		{Filters: []Filter{{Column: "i0", Op: Greater}}},
		{Filters: []Filter{{Column: "i0", Op: Equals, Values: []string{"x", "y"}}}},
		{Filters: []Filter{{Column: "i0", Op: Empty, Values: []string{"x"}}}},
		{Filters: []Filter{{Column: "i0", Op: InState, Values: []string{"failed"}}}},
		{Filters: []Filter{{Op: InState, Values: []string{"strange"}}}},
		{Filters: []Filter{{Op: ForCause, Values: []string{"strange"}}}},
		{Filters: []Filter{{Column: "a0", Op: Changed}}},
		{Sort: []Order{{}}},
		{Sort: []Order{{Column: "i9"}}},
	} {
		var usage *spec.UsageError
		if _, err := v.Rows(0, 1, q); !errors.As(err, &usage) || usage.Hint.String() == "" {
			t.Errorf("Rows(%s): %v, want a *UsageError with a hint", q.key(), err)
		}
	}
	if w := g.wholeRows(t, v, Query{Filters: []Filter{{Column: "a2.0", Op: Empty}, {Column: "i1", Op: Contains, Values: []string{"TEA"}}}}); w.Total != 1 {
		t.Errorf("rows %+v", w)
	}
}

// Changed finds the answers that another version has otherwise, in the rows that both have.
func TestChanged(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(*jobs.Job){"text": func(*jobs.Job) {}, "choices": choices("good", "bad")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, "q.csv", "id,text\n1,a\n2,b\n3,c\n4,d\n")
			g.AnswerFunc = func(p string, _ *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				if strings.HasPrefix(p, "new b") || strings.HasPrefix(p, "new d") {
					return answer("bad"), nil
				}
				return answer("good"), nil
			}
			g.run(t, form, withPrompt("old {{text}}"))
			g.run(t, form, withPrompt("new {{text}}"), limited(3))
			was := g.viewOf(t, Of{Manifest: g.manifest(form, withPrompt("old {{text}}"))})
			v := g.viewOf(t, Of{Manifest: g.manifest(form, withPrompt("new {{text}}"))})
			q := Query{Was: was, Filters: []Filter{{Column: "a0", Op: Changed}}}
			w := g.wholeRows(t, v, q)
			if len(w.Rows) != 1 || w.Rows[0].Index != 1 || w.Rows[0].Cells[0].Was == nil || w.Rows[0].Cells[0].Was.Completion != "good" {
				t.Errorf("changed rows %+v", w.Rows)
			}
			renamed := g.viewOf(t, Of{Manifest: g.manifest(form, withPrompt("new {{text}}"), func(j *jobs.Job) { j.Settings.CompletionColumn = "another name" })})
			if w := g.wholeRows(t, renamed, q); len(w.Rows) != 1 || w.Rows[0].Cells[0].Was == nil || w.Rows[0].Cells[0].Was.Completion != "good" {
				t.Errorf("changed rows of a column with another name %+v", w.Rows)
			}
			c, err := v.Compare(t.Context(), was, "completion", 10)
			if want := (&Comparison{Both: 3, Same: 2, Changed: 1, OnlyOld: 1, Moves: []Move{{"good", "good", 2}, {"good", "bad", 1}}, Complete: true}); err != nil || !reflect.DeepEqual(c, want) {
				t.Errorf("Compare() = %+v, %v; want %+v", c, err, want)
			}
			if c, err = was.Compare(t.Context(), v, "completion", 1); err != nil || c.OnlyNew != 1 || c.Both != 3 || len(c.Moves) != 1 {
				t.Errorf("the other way round: %+v, %v", c, err)
			}
			if _, err := v.Compare(t.Context(), was, "mood", 1); err == nil {
				t.Error("a column that does not exist was compared")
			}
			g.edit(t, was, 0, "", "bad", false)
			for deadline := time.Now().Add(10 * time.Second); len(g.wholeRows(t, v, q).Rows) != 2 && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond)
			}
			if w := g.wholeRows(t, v, q); len(w.Rows) != 2 {
				t.Errorf("changed rows after an edit of the other version: %+v", w.Rows)
			}
		})
	}
}

// Texts that have a long beginning in common are in the order of what follows it.
func TestLongBeginnings(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("id,text,score\n")
	r := rand.New(rand.NewPCG(9, 10))
	for i := range 200 {
		beginning := strings.Repeat("б", []int{100, maxKeyText / 2, maxKeyText/2 + 1, 3 * maxKeyText}[r.IntN(4)])
		fmt.Fprintf(&b, "%d,%s%s,%d\n", i, beginning, []string{"", "а", "б", "Я", "я5"}[r.IntN(5)], r.IntN(20))
	}
	g := newRig(t, "q.csv", b.String())
	v := g.viewOf(t, Of{Manifest: g.manifest(), Bare: true})
	all := g.wholeRows(t, v, Query{}).Rows
	for _, desc := range []bool{false, true} {
		checkQuery(t, g, v, all, Query{Sort: []Order{{Column: "i1", Desc: desc}}})
		checkQuery(t, g, v, all, Query{Sort: []Order{{Column: "i1", Desc: desc}, {Column: "i2"}}})
		checkQuery(t, g, v, all, Query{Sort: []Order{{Column: "i2", Desc: !desc}, {Column: "i1", Desc: desc}}})
	}
	checkDistinct(t, v, all, "i1", Query{})
}
