package report

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// document is a report in words, in the language of a reader. Each format writes it in its own way.
type document struct {
	Language string
	Title    string
	Numbers  string // opens a folded table
	Lead     []string
	Warnings []string
	Figures  []figure
	Sections []section
}

// figure is one of the numbers that matter most.
type figure struct{ Value, Name, Class string }

type section struct {
	Title string
	Notes []string
	Parts []part
}

// part is a table and the chart of its numbers. Either may be missing.
type part struct {
	Title  string
	Chart  *chart
	Folded bool // a page with the chart shows the table on request only
	Head   []string
	Words  int // the number of columns with words, at the left; the others have numbers
	Rows   [][]string
	Total  bool // the last row is the sum of the others
	More   string
}

// writer makes a document.
type writer struct {
	messages.Printer
	report   *Report
	maxRows  int // to list
	document *document
}

// newDocument describes a report. At most maxRows rows of each kind are listed.
func newDocument(p messages.Printer, r *Report, maxRows int) *document {
	w := &writer{Printer: p, report: r, maxRows: maxRows, document: &document{Language: p.Language.String()}}
	w.begin()
	w.rows()
	w.values()
	w.money()
	w.savings()
	w.service()
	w.runs()
	w.troubles()
	for _, lines := range [][]string{w.document.Lead, w.document.Warnings} {
		begin(lines)
	}
	for _, s := range w.document.Sections {
		begin(s.Notes)
	}
	return w.document
}

// begin makes the first letter of each line a capital.
func begin(lines []string) {
	for i, l := range lines {
		first, size := utf8.DecodeRuneInString(l)
		lines[i] = string(unicode.ToUpper(first)) + l[size:]
	}
}

func (w *writer) digits(n int) string { return w.Language.Digits(int64(n)) }

// section begins a section and returns it. It is valid until the next one.
func (w *writer) section(title string) *section {
	w.document.Sections = append(w.document.Sections, section{Title: title})
	return &w.document.Sections[len(w.document.Sections)-1]
}

// The title of a report and the line below it.
const (
	titleText = "Report on %s"
	leadText  = "as of %s; %d {run|runs}; journal %s"
)

// IsText reports whether a text begins as a report in the text or Markdown format does, in any language: with its title and the line that
// names the journal.
func IsText(text string) bool {
	title, rest, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
	lead, _, _ := strings.Cut(strings.TrimLeft(rest, "\r\n"), "\n")
	for _, l := range messages.Languages {
		p := messages.Printer{Language: l}
		known := p.Sprintf(leadText, "", 1, "")
		if strings.HasPrefix(title, p.Sprintf(titleText, "")) && strings.Contains(lead, known[strings.LastIndex(known, ";"):]) {
			return true
		}
	}
	return false
}

func (w *writer) begin() {
	r, d := w.report, w.document
	d.Title = w.Sprintf(titleText, filepath.Base(r.Input))
	d.Numbers = w.Sprintf("the numbers")
	d.Lead = append(d.Lead, w.Sprintf(leadText, r.Made.Local(), len(r.Runs), filepath.Base(r.Journal)))
	if r.Running {
		d.Warnings = append(d.Warnings, w.Sprintf("a run is under way; the numbers are those up to now"))
	}
	if r.Sandbox {
		d.Warnings = append(d.Warnings,
			w.Sprintf("the sandbox answered, which costs nothing; the amounts are what the service would have charged"))
	}
	if n := len(r.Damaged); n > 0 {
		d.Warnings = append(d.Warnings, w.Sprintf("the journal is damaged in %d {place|places}; the records there are not counted", n))
	}
	if r.LastEnd.Error != "" {
		d.Warnings = append(d.Warnings, w.Sprintf("the last run ended early: %s", messages.Foreign(r.LastEnd.Error)))
	}
	without := r.FailedRows() + r.Blocked
	d.Figures = []figure{
		{w.share(r.Completed, r.Rows-r.Skipped), w.Sprintf("rows with an answer"), "ok"},
		{w.digits(without), w.Sprintf("failed or blocked"), map[bool]string{true: "bad"}[without > 0]},
		{w.amount(r.Spend.Total), w.Sprintf("estimated cost"), ""},
		{w.Language.Digits(r.Spend.Total.Tokens()), w.Sprintf("tokens"), ""},
	}
}

// share returns a part of a whole as a percentage. It is 100 % only if nothing is missing.
func (w *writer) share(n, of int) string {
	if of == 0 {
		return "—"
	}
	percent := 100 * float64(n) / float64(of)
	if n < of {
		percent = min(percent, 99.9)
	}
	return strings.TrimSuffix(strings.TrimSuffix(w.Sprintf("%.1f", percent), ".0"), ",0") + "\u00a0%"
}

// amount returns what something cost, "—" if no price is known.
func (w *writer) amount(s Spend) string {
	switch {
	case s.Unpriced > 0 && s.Rubles == 0:
		return "—"
	case s.Unpriced > 0:
		return "> " + w.Text(s.Rubles.Text())
	}
	return w.Text(s.Rubles.Text())
}

func (w *writer) rows() {
	r := w.report
	s := w.section(w.Sprintf("Rows"))
	p := part{Head: []string{w.Sprintf("state"), w.Sprintf("rows"), w.Sprintf("share")}, Words: 1, Total: true}
	bar := stack{title: w.Sprintf("Rows by state")}
	add := func(name string, n int, class string) {
		if n == 0 {
			return
		}
		p.Rows = append(p.Rows, []string{name, w.digits(n), w.share(n, r.Rows)})
		bar.add(name, n, w.digits(n), class)
	}
	add(w.Text(task.Completed.Text()), r.Completed, "ok")
	for _, cause := range slices.Sorted(maps.Keys(r.Failed)) {
		add(w.Sprintf("failed: %s", cause.Text()), r.Failed[cause], "bad")
	}
	add(w.Text(task.Blocked.Text()), r.Blocked, "warn")
	add(w.Text(task.Skipped.Text()), r.Skipped, "neutral")
	add(w.Text(task.Pending.Text()), r.Pending, "pending")
	p.Rows = append(p.Rows, []string{w.Sprintf("all"), w.digits(r.Rows), w.share(r.Rows, r.Rows)})
	p.Chart = bar.chart()
	s.Parts = append(s.Parts, p)
	if t := r.Table; t != nil {
		s.Notes = append(s.Notes, w.Sprintf("the last run selected %d of %d {row|rows}", r.Rows, t.Rows))
	}
	if n := r.Tally.Truncated; n > 0 {
		s.Notes = append(s.Notes, w.Sprintf("%d {answer was|answers were} cut off at the token limit", n))
	}
	if r.Edited > 0 {
		s.Notes = append(s.Notes, w.Sprintf("%d {answer was|answers were} edited by hand", r.Edited))
	}
	if n := r.Outdated; n > 0 {
		s.Notes = append(s.Notes, w.Sprintf("%d pending {row has an answer|rows have answers} that {1:is|are} out of date: "+
			"{1:it uses|they use} one that was edited by hand, and the next run asks {1:it|them} again", n))
	}
	if r.Tally.Columns == nil {
		return
	}
	c := part{Title: w.Sprintf("By column"), Words: 1, Head: []string{
		w.Sprintf("column"), w.Text(task.Completed.Text()), w.Text(task.Failed.Text()), w.Text(task.Blocked.Text()), w.Text(task.Skipped.Text()),
		w.Text(task.Pending.Text()),
	}}
	for _, t := range r.Tally.Columns {
		c.Rows = append(c.Rows, []string{
			t.Name, w.digits(t.Completed), w.digits(t.Failed), w.digits(t.Blocked), w.digits(t.Skipped), w.digits(t.Pending),
		})
	}
	s.Parts = append(s.Parts, c)
}

// maxBars limits the bars of a chart of values.
const maxBars = 12

func (w *writer) values() {
	var parts []part
	for _, v := range w.report.Values {
		p := part{Title: v.Column, Words: 1, Head: []string{w.Sprintf("answer"), w.Sprintf("rows"), w.Sprintf("share")}}
		b := bars{title: w.Sprintf("Answers of the column %q", v.Column)}
		all := 0
		for _, c := range v.Counts {
			all += c.Rows
		}
		for i, c := range v.Counts {
			name := cmp.Or(c.Value, "—")
			if i < w.maxRows {
				p.Rows = append(p.Rows, []string{name, w.digits(c.Rows), w.share(c.Rows, all)})
			}
			if i < maxBars {
				b.add(name, float64(c.Rows), w.digits(c.Rows)+" · "+w.share(c.Rows, all), "accent")
			}
		}
		if p.Rows == nil {
			continue
		}
		if n := len(v.Counts) - w.maxRows; n > 0 {
			p.More = w.Sprintf("and %d more; --format json lists all", n)
		}
		p.Chart, p.Folded = b.chart(), true
		parts = append(parts, p)
	}
	if parts != nil {
		w.section(w.Sprintf("Answers")).Parts = parts
	}
}

// spendHead is the head of a table of what something cost.
func (w *writer) spendHead(name string) []string {
	return []string{
		name, w.Sprintf("answers"), w.Sprintf("prompt tokens"), w.Sprintf("of them cached"), w.Sprintf("completion tokens"), w.Sprintf("≈ rubles"),
	}
}

func (w *writer) spendRow(name string, s Spend) []string {
	return []string{
		name, w.Language.Digits(s.Answers), w.Language.Digits(s.PromptTokens), w.Language.Digits(s.CachedTokens),
		w.Language.Digits(s.CompletionTokens), w.amount(s),
	}
}

func (w *writer) money() {
	r := w.report
	s := w.section(w.Sprintf("Tokens and cost"))
	total := w.spendRow(w.Sprintf("all"), r.Spend.Total)
	models := part{Title: w.Sprintf("By model"), Head: w.spendHead(w.Sprintf("model")), Words: 1, Total: true}
	for _, m := range r.Spend.Models {
		models.Rows = append(models.Rows, w.spendRow(cmp.Or(m.Name, "—"), m.Spend))
	}
	models.Rows = append(models.Rows, total)
	columns := part{Title: w.Sprintf("By column"), Head: w.spendHead(w.Sprintf("column")), Words: 1, Total: true}
	b := bars{title: w.Sprintf("Tokens by column")}
	named := r.Spend.Columns
	if r.Spend.Other.Answers > 0 {
		named = append(slices.Clone(named), Named{w.Sprintf("of other versions and rows"), r.Spend.Other})
	}
	for _, c := range named {
		columns.Rows = append(columns.Rows, w.spendRow(c.Name, c.Spend))
		b.add(c.Name, float64(c.Tokens()), w.Language.Digits(c.Tokens())+" · "+w.amount(c.Spend), "accent")
	}
	columns.Rows = append(columns.Rows, total)
	if len(named) > 1 {
		columns.Chart = b.chart()
	}
	wasted := part{Title: w.Sprintf("Thrown away"), Head: w.spendHead(w.Sprintf("answers that")), Words: 1}
	for _, of := range []Named{
		{w.Sprintf("were empty or odd and were asked again"), r.Spend.Wasted.Spent},
		{w.Sprintf("came twice, from a batch and live"), r.Spend.Wasted.Twice}, {w.Sprintf("failed or were blocked"), r.Spend.Wasted.Failed},
	} {
		if of.Answers > 0 {
			wasted.Rows = append(wasted.Rows, w.spendRow(of.Name, of.Spend))
		}
	}
	s.Parts = append(s.Parts, models, columns)
	if wasted.Rows != nil {
		s.Parts = append(s.Parts, wasted)
	}
	if other := &r.Spend.Wasted.Replaced; other.Answers > 0 {
		kept := w.spendRow(w.Sprintf("are kept: with the same prompt, model and row, they come back without being paid for again"), *other)
		s.Parts = append(s.Parts, part{Title: w.Sprintf("Answers of other versions"), Head: w.spendHead(w.Sprintf("answers that")), Words: 1, Rows: [][]string{kept}})
	}
	if n := r.Spend.Wasted.Lost; n > 0 && !r.Running {
		s.Notes = append(s.Notes, w.Sprintf("up to %d {request|requests} may have been billed without an answer", n))
	}
	if b := &r.Saved.Batched; b.Answers > 0 {
		note := w.Sprintf("%d {answer|answers} came in %d {batch|batches}, at half the price: saved about %s", b.Answers, b.Batches, w.amount(b.Spend))
		switch {
		case b.Rubles == 0:
			note = w.Sprintf("%d {answer|answers} came in %d {batch|batches}", b.Answers, b.Batches)
		case slices.ContainsFunc(r.Prices, func(l cost.Line) bool { return l.Batch != 0.5 }):
			note = w.Sprintf("%d {answer|answers} came in %d {batch|batches}, at the price of batches: saved about %s",
				b.Answers, b.Batches, w.amount(b.Spend))
		}
		s.Notes = append(s.Notes, note)
		if n := r.Spend.Wasted.Twice.Answers; n > 0 {
			s.Notes = append(s.Notes, w.Sprintf("%d {answer|answers} came twice, from a batch and live, and {1:was|were} paid for twice", n))
		}
	}
	s.Notes = append(s.Notes, w.priceNotes()...)
}

// priceNotes say by which prices the amounts are estimated.
func (w *writer) priceNotes() (notes []string) {
	byDay := map[string][]string{}
	for _, l := range w.report.Prices {
		byDay[l.Day] = append(byDay[l.Day], l.Model)
	}
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		models := strings.Join(byDay[day], ", ")
		if date, err := time.Parse(time.DateOnly, day); err == nil {
			shown, _, _ := strings.Cut(w.Language.Time(date), " ")
			notes = append(notes, w.Sprintf("rubles are estimates at the prices of %s (%s)", shown, models))
		} else {
			notes = append(notes, w.Sprintf("rubles are estimates at prices without a date (%s)", models))
		}
	}
	if n := w.report.Spend.Total.Unpriced; n > 0 {
		notes = append(notes, w.Sprintf("%d {answer is|answers are} not in the rubles: the price of the model is unknown", n))
	}
	return notes
}

func (w *writer) savings() {
	r := w.report
	s := w.section(w.Sprintf("Saved"))
	p := part{Words: 1, Head: []string{w.Sprintf("by"), w.Sprintf("answers"), w.Sprintf("tokens"), w.Sprintf("≈ rubles")}}
	for _, of := range []Named{
		{w.Sprintf("cells that share an answer with another cell"), r.Saved.Shared},
		{w.Sprintf("answers of earlier runs, used by the last run"), r.Saved.Earlier},
	} {
		p.Rows = append(p.Rows, []string{of.Name, w.Language.Digits(of.Answers), w.Language.Digits(of.Tokens()), w.amount(of.Spend)})
	}
	p.Rows = append(p.Rows, []string{
		w.Sprintf("prompt tokens from the cache of the service"), "", w.Language.Digits(r.Saved.Cached.Tokens),
		w.Text(r.Saved.Cached.Rubles.Text()),
	})
	if b := &r.Saved.Batched; b.Answers > 0 {
		p.Rows = append(p.Rows, []string{
			w.Sprintf("batches, which cost less than requests"), w.Language.Digits(b.Answers), w.Language.Digits(b.Tokens()), w.amount(b.Spend),
		})
	}
	s.Parts = append(s.Parts, p)
	if r.FromJournal > 0 {
		s.Notes = append(s.Notes, w.Sprintf("%d {row has|rows have} answers of earlier runs only", r.FromJournal))
	}
}

func (w *writer) service() {
	t := &w.report.Traffic
	s := w.section(w.Sprintf("Service"))
	p := part{Words: 1, Head: []string{w.Sprintf("requests"), w.Sprintf("number")}, Rows: [][]string{
		{w.Sprintf("sent"), w.Language.Digits(t.Requests)}, {w.Sprintf("refused (429)"), w.Language.Digits(t.Refused)},
		{w.Sprintf("retries"), w.Language.Digits(t.Retries)},
	}}
	s.Parts = append(s.Parts, p)
	if d := time.Duration(t.OutagesMS) * time.Millisecond; d > 0 {
		s.Notes = append(s.Notes, w.Sprintf("the service was down for %v", max(d.Round(time.Second), time.Second)))
	}
	if l := &t.Latency; l.Answers > 0 {
		p := part{
			Title: w.Sprintf("Latency"), Words: 1, Head: []string{w.Sprintf("percentile"), w.Sprintf("time")},
			Chart: w.histogram(l),
		}
		for _, q := range []struct {
			name string
			ms   int64
		}{{"50\u00a0% (p50)", l.P50}, {"90\u00a0% (p90)", l.P90}, {"99\u00a0% (p99)", l.P99}, {"100\u00a0% (max)", l.Max}} {
			p.Rows = append(p.Rows, []string{q.name, w.seconds(q.ms)})
		}
		s.Parts = append(s.Parts, p)
	}
	if t.Rate != nil {
		s.Parts = append(s.Parts, w.rate(t.Rate))
		mean, most := t.Rate.of()
		s.Notes = append(s.Notes, w.Sprintf("mean rate of requests: %.1f a minute; the highest: %.1f", mean, most))
	}
}

// seconds writes milliseconds as seconds.
func (w *writer) seconds(ms int64) string {
	switch {
	case ms < 1000:
		return w.Sprintf("%v", time.Duration(ms)*time.Millisecond)
	case ms < 10_000:
		return w.Sprintf("%.2f s", float64(ms)/1000)
	case ms < 100_000:
		return w.Sprintf("%.1f s", float64(ms)/1000)
	}
	return w.time(float64(ms) / 1000)
}

// time writes seconds as a time.
func (w *writer) time(seconds float64) string {
	return w.Sprintf("%v", time.Duration(seconds*float64(time.Second)).Round(time.Second))
}

func (w *writer) rate(r *Rate) part {
	p := part{
		Title: w.Sprintf("Requests a minute"), Folded: true, Words: 1,
		Head:  []string{w.Sprintf("time since the start of the run"), w.Sprintf("requests a minute"), w.Sprintf("refused a minute")},
		Chart: w.rateChart(r),
	}
	for _, run := range r.Runs {
		for i := range run.Requests {
			at := w.time(float64(i) * r.Seconds)
			if len(r.Runs) > 1 {
				at = w.Sprintf("run %d, %s", run.Number, w.time(float64(i)*r.Seconds))
			}
			p.Rows = append(p.Rows, []string{at, w.Sprintf("%.1f", run.Requests[i]), w.Sprintf("%.1f", run.Refused[i])})
		}
	}
	return p
}

// runs lists the runs, with the budget of each if one had any.
func (w *writer) runs() {
	r := w.report
	p := part{Words: 3, Head: []string{
		w.Sprintf("run"), w.Sprintf("started"), w.Sprintf("state"), w.Sprintf("requests"), w.Sprintf("answers"), w.Sprintf("tokens"),
		w.Sprintf("≈ rubles"),
	}}
	budgets := slices.ContainsFunc(r.Runs, func(run Run) bool { return run.Limits.Budget != (cost.Budget{}) })
	if budgets {
		p.Head = append(p.Head, w.Sprintf("budget"))
	}
	from := max(0, len(r.Runs)-w.maxRows)
	for i := range r.Runs[from:] {
		run := &r.Runs[from+i]
		state := w.Text(run.State.Text())
		if run.Fresh {
			state += ", --fresh"
		}
		if run.Limits.Via != task.ViaLive {
			state += ", --via " + run.Limits.Via
		}
		p.Rows = append(p.Rows, []string{
			fmt.Sprint(run.Number), w.Language.Time(run.Started.Local()), state, w.Language.Digits(run.Requests), w.Language.Digits(run.Answers),
			w.Language.Digits(run.Tokens()), w.amount(run.Spend),
		})
		if budgets {
			last := &p.Rows[len(p.Rows)-1]
			*last = append(*last, w.budget(run))
		}
	}
	if from > 0 {
		p.More = w.Sprintf("%d earlier {run|runs}", from)
	}
	s := w.section(w.Sprintf("Runs"))
	s.Parts = append(s.Parts, p)
}

// budget returns the budget of a run and what share of it the run has spent.
func (w *writer) budget(run *Run) string {
	var all []string
	of := func(text string, spent, budget float64) {
		all = append(all, w.Sprintf("%s (%.0f %% used)", text, 100*spent/budget))
	}
	b := run.Limits.Budget
	if b.Tokens > 0 {
		of(w.Sprintf("%d {token|tokens}", b.Tokens), float64(run.Tokens()), float64(b.Tokens))
	}
	if b.Cost > 0 {
		of(w.Text(b.Cost.Text()), float64(run.Rubles+run.Perhaps), float64(b.Cost))
	}
	if b.Daily > 0 {
		of(w.Sprintf("%s a day", b.Daily.Text()), float64(run.Rubles+run.Perhaps), float64(b.Daily))
	}
	if run.Perhaps > 0 && all != nil {
		all = append(all, w.Sprintf("%s of that perhaps, for answers that were lost", run.Perhaps.Text()))
	}
	return strings.Join(all, ", ")
}

func (w *writer) troubles() {
	r := w.report
	of := func(state task.State) (all []jobs.RowStatus) {
		for _, t := range r.Troubles {
			if t.State == state {
				all = append(all, t)
			}
		}
		return all
	}
	var parts []part
	for _, kind := range []struct {
		title string
		rows  []jobs.RowStatus
	}{
		{w.Sprintf("Failed"), of(task.Failed)}, {w.Sprintf("Blocked by moderation"), of(task.Blocked)},
		{w.Sprintf("Cut off at the token limit"), r.Cut},
	} {
		if kind.rows == nil {
			continue
		}
		p := part{
			Title: kind.title + ": " + w.digits(len(kind.rows)), Words: 3,
			Head: []string{w.Sprintf("row"), w.Sprintf("column"), w.Sprintf("reason")},
		}
		for i, t := range kind.rows {
			if i == w.maxRows {
				p.More = w.Sprintf("and %d more; --format json lists all", len(kind.rows)-i)
				break
			}
			p.Rows = append(p.Rows, []string{w.place(t), t.Column, w.reason(t)})
		}
		p.dropEmpty()
		parts = append(parts, p)
	}
	if parts != nil {
		w.section(w.Sprintf("Rows to look at")).Parts = parts
	}
}

// dropEmpty removes the columns of a table of words that are empty in all rows.
func (p *part) dropEmpty() {
	for i := len(p.Head) - 1; i >= 0; i-- {
		if slices.ContainsFunc(p.Rows, func(row []string) bool { return row[i] != "" }) {
			continue
		}
		p.Words--
		p.Head = slices.Delete(p.Head, i, i+1)
		for n := range p.Rows {
			p.Rows[n] = slices.Delete(p.Rows[n], i, i+1)
		}
	}
}

// place names a row as spreadsheet programs do.
func (w *writer) place(t jobs.RowStatus) string {
	switch {
	case t.Path != "":
		return t.Path
	case t.Sheet != "":
		return t.Sheet + ":" + fmt.Sprint(t.Line)
	}
	return fmt.Sprint(t.Line)
}

func (w *writer) reason(t jobs.RowStatus) string {
	text := w.Text(messages.Foreign(t.Error))
	switch {
	case t.State == task.Failed && text == "":
		return w.Text(t.Cause.Text())
	case t.State == task.Failed:
		return w.Text(t.Cause.Text()) + ": " + text
	}
	return text
}
