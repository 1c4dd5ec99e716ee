package rows

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// bigTable writes a table with reviews, of about 100 bytes in a row.
func bigTable(tb testing.TB, name string, rows int) {
	tb.Helper()
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	cities := []string{"Москва", "Омск", "Казань", "Тверь", "Пермь", "Уфа", "Самара", "Томск"}
	words := strings.Fields("чай кофе вода хлеб доставка вовремя опоздала курьер вежливый коробка мятая цена высокая вкус отличный Плохо Хорошо снова закажу")
	fmt.Fprint(w, "id,date,city,score,review,price\n")
	for i := range rows {
		review := words[r.IntN(len(words))]
		for range 3 {
			review += " " + words[r.IntN(len(words))]
		}
		fmt.Fprintf(w, "%d,2024-%02d-%02d,%s,%d,%s № %d,\"%d,%02d\"\n", i+1, 1+r.IntN(12), 1+r.IntN(28), cities[r.IntN(len(cities))], 1+r.IntN(5), review,
			r.IntN(rows), r.IntN(9000), r.IntN(100))
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
}

// bigQueries are queries that read every row of bigTable.
func bigQueries() []Query {
	by := func(column string, desc bool) Query { return Query{Sort: []Order{{Column: column, Desc: desc}}} }
	filter := func(column, op, value string) Query { return Query{Filters: []Filter{{column, op, []string{value}}}} }
	return []Query{
		by("i0", true), by("i1", false), by("i2", false), by("i4", true), by("i5", false),
		filter("i4", Contains, "курьер"), filter("i5", Greater, "5000"), filter("i2", Equals, "Омск"), {Text: "вежливый курьер"},
	}
}

// bigAnswer is the answer to a row of bigTable.
func bigAnswer(i int) string {
	return []string{"Хорошо", "плохо", fmt.Sprintf("так себе, %d", i%1000)}[i%3]
}

// answerAll writes a journal with an answer to every row of bigTable, as a run with the settings of a manifest does.
func answerAll(tb testing.TB, g *rig, m *journal.Manifest) {
	tb.Helper()
	v, err := OpenOf(Of{Journal: g.journal(), Manifest: m})
	if err != nil {
		tb.Fatal(err)
	}
	defer v.Close()
	s, err := v.ended(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer s.release()
	j, err := journal.OpenWith(g.journal(), func(*os.File) error { return nil })
	if err != nil {
		tb.Fatal(err)
	}
	defer j.Close()
	run := *m
	if err := j.Start(&run); err != nil {
		tb.Fatal(err)
	}
	var group errgroup.Group
	group.SetLimit(100)
	err = s.file.each(0, func(i int, e *entry) bool {
		r := task.Result{Key: e.cells[0].key, State: task.Completed, Completion: bigAnswer(i), FinishReason: "stop", Model: "GigaChat-2:2.0", Attempts: 1, At: time.Now()}
		group.Go(func() error { return j.Record(r) })
		return true
	})
	if err := errors.Join(err, group.Wait(), j.End(&journal.End{Ended: time.Now()})); err != nil {
		tb.Fatal(err)
	}
}

// residence samples the resident memory of the process. stop returns the most of it in MB, 0 where it is not known.
func residence(tb testing.TB) (stop func() int) {
	runtime.GC()
	debug.FreeOSMemory()
	var most atomic.Int64
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			text, _ := os.ReadFile("/proc/self/statm")
			if fields := strings.Fields(string(text)); len(fields) > 1 {
				pages, _ := strconv.ParseInt(fields[1], 10, 64)
				most.Store(max(most.Load(), pages*int64(os.Getpagesize())>>20))
			}
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() int {
		close(end)
		<-done
		return int(most.Load())
	}
}

// A table of many rows is shown, sorted and filtered in bounded memory, and each order and each count is right: as the table is, as a draft would
// ask it, and with the answers.
func TestManyRows(t *testing.T) {
	n := jobstest.Rounds(10_000, 1_000_000)
	g := &rig{input: filepath.Join(t.TempDir(), "q.csv")}
	bigTable(t, g.input, n)
	of := Of{Journal: g.journal(), Manifest: g.manifest(withPrompt("{{id}} {{review}}"))}
	for _, what := range []string{"bare", "draft", "asked"} {
		queries := bigQueries()
		if what == "asked" {
			answerAll(t, g, of.Manifest)
			queries = append(queries, Query{Sort: []Order{{Column: "a0"}}}, Query{Filters: []Filter{{"a0", Contains, []string{"Себе"}}}})
		}
		of.Bare = what == "bare"
		stop := residence(t)
		v, err := OpenOf(of)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string][]int{}
		for _, q := range queries {
			w, err := v.Rows(n/4, 100, q)
			for err == nil && !w.Complete {
				time.Sleep(time.Millisecond) // the scan has no other sign of its end
				w, err = v.Rows(n/4, 100, q)
			}
			if err != nil {
				t.Fatal(err)
			}
			all[q.key()] = append([]int{w.Total}, positions(w.Rows)...)
		}
		mb := stop()
		t.Logf("%s: %d MB of memory", what, mb)
		if mb > 200 {
			t.Errorf("%s: %d MB of memory", what, mb)
		}
		v.Close()
		for _, q := range queries {
			if got, want := all[q.key()], plainPositions(t, g.input, q, n/4, 100); !slices.Equal(got, want) {
				t.Errorf("%s, %s: got %v, want %v", what, q.key(), got, want)
			}
		}
	}
}

// plainPositions returns the number of the rows of a table that a query of bigQueries wants, and the positions of n of them.
func plainPositions(t *testing.T, name string, q Query, from, n int) []int {
	t.Helper()
	type keyed struct {
		row   int
		scale spec.Scale
		n     float64
		text  string
	}
	var all []keyed
	src, err := open.Open(name, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := func(column string) int {
		if column == "a0" {
			return len(src.Columns())
		}
		return int(column[1] - '0')
	}
	err = tabletest.Each(src, func(row table.Row) {
		row.Values = append(slices.Clone(row.Values), bigAnswer(row.Index))
		fits := q.Text == "" || strings.Contains(strings.ToLower(strings.Join(row.Values, "\n")), q.Text)
		for _, f := range q.Filters {
			text := row.Values[at(f.Column)]
			switch f.Op {
			case Contains:
				fits = strings.Contains(strings.ToLower(text), strings.ToLower(f.Values[0]))
			case Equals:
				fits = text == f.Values[0]
			case Greater:
				fits = spec.Compare(">", f.Values[0]).Holds(text)
			}
		}
		k := keyed{row: row.Index}
		for _, o := range q.Sort {
			k.text = strings.ToLower(row.Values[at(o.Column)])
			k.scale, k.n = spec.Measure(k.text, false)
		}
		if fits {
			all = append(all, k)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(all, func(a, b keyed) int {
		by := 0
		switch {
		case q.Sort == nil:
		case a.scale == spec.Words:
			by = strings.Compare(a.text, b.text)
		case a.n != b.n:
			by = map[bool]int{true: -1, false: 1}[a.n < b.n]
		}
		if q.Sort != nil && q.Sort[0].Desc {
			by = -by
		}
		return by
	})
	found := []int{len(all)}
	for i := from; i < min(from+n, len(all)); i++ {
		found = append(found, all[i].row)
	}
	return found
}

// BenchmarkQueries compares queries of a table with reading that table.
func BenchmarkQueries(b *testing.B) {
	const rows = 1_000_000
	g := &rig{input: filepath.Join(b.TempDir(), "q.csv")}
	bigTable(b, g.input, rows)
	began := time.Now()
	src, err := open.Open(g.input, table.Options{})
	if err != nil {
		b.Fatal(err)
	}
	tabletest.Drain(b, src, rows)
	bare := time.Since(began)
	report := func(b *testing.B) {
		each := b.Elapsed() / time.Duration(b.N)
		b.ReportMetric(each.Seconds()/bare.Seconds(), "of-reading")
	}
	of := Of{Journal: g.journal(), Manifest: g.manifest(withPrompt("{{id}} {{review}}")), Bare: true}
	opened := func(b *testing.B, rows int) *View {
		v, err := OpenOf(of)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := v.Row(b.Context(), rows-1); err != nil {
			b.Fatal(err)
		}
		return v
	}
	for name, rows := range map[string]int{"first": 100, "all": rows} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				opened(b, rows).Close()
			}
			report(b)
		})
	}
	answerAll(b, g, of.Manifest)
	of.Bare = false
	v := opened(b, rows)
	defer v.Close()
	for _, q := range append(bigQueries(), Query{Sort: []Order{{Column: "a0"}}}, Query{Filters: []Filter{{"a0", Contains, []string{"себе"}}}}) {
		b.Run(strings.NewReplacer(`"`, "", " ", "_").Replace(q.key()), func(b *testing.B) {
			for b.Loop() {
				v.mu.Lock()
				v.matches.forget()
				v.mu.Unlock()
				for {
					w, err := v.Rows(0, 100, q)
					if err != nil {
						b.Fatal(err)
					}
					if w.Complete {
						break
					}
				}
			}
			report(b)
		})
	}
}
