package cost

import (
	_ "embed" // prices.csv
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gigabatch/internal/messages"
)

// Prices is a table of prices, with the date of each and where it is from.
type Prices struct {
	lines map[string]Line
}

// Line is a line of a table of prices.
type Line struct {
	Model  string    `json:"model"`
	Price  Price     `json:"-"`
	Batch  float64   `json:"batch_share,omitempty"` // what a line of a batch costs, as a share of the price; 0 if that is unknown
	Input  float64   `json:"input_rub_per_million"` // rubles for a million tokens
	Output float64   `json:"output_rub_per_million"`
	Cached float64   `json:"cached_rub_per_million"`
	Date   time.Time `json:"-"` // since when it holds, or when it was seen
	Day    string    `json:"date"`
	Source string    `json:"source,omitempty"`
}

//go:embed prices.csv
var known string

// Known returns the prices that are publicly known: those of Sber's legal tariffs for companies that pay as they go, in force since
// 1 February 2026, which halve them for batches, and those of Cloud.ru, which discounts no cached tokens and has no batches.
func Known() *Prices {
	p, err := Parse("prices.csv", known)
	if err != nil {
		panic(err) // a test reads the same file
	}
	return p
}

// columns are those of a table of prices. The last three may be missing.
var columns = []string{"model", "input", "output", "cached", "batch", "date", "source"}

// A LineError is a mistake in a table of prices.
type LineError struct {
	File string
	Line int
	Msg  messages.Text
}

func (e *LineError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *LineError) Message() messages.Text {
	return messages.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// Parse reads a table of prices: CSV with a header, in which commas, semicolons or tabs divide the cells. A price is in rubles for a million
// tokens, with a decimal point or comma. A line of a batch costs half of it in a table without the column batch; an empty cell of that column
// leaves it unknown. An error is a *LineError that names file.
func Parse(file, text string) (*Prices, error) {
	p := &Prices{lines: map[string]Line{}}
	header, _, _ := strings.Cut(text, "\n")
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace, r.FieldsPerRecord = true, -1
	for _, mark := range []rune{';', '\t'} {
		if strings.ContainsRune(header, mark) {
			r.Comma = mark
		}
	}
	var places map[string]int
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			if places == nil {
				return nil, &LineError{file, 1, messages.Sprintf("the table of prices is empty; its header is %s", strings.Join(columns, ","))}
			}
			return p, nil
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, &LineError{file, broken.Line, messages.Sprintf("%v", broken.Err)}
		}
		if err != nil {
			return nil, err
		}
		at, _ := r.FieldPos(0)
		if places == nil {
			places = map[string]int{}
			for i, c := range cells {
				places[strings.ToLower(strings.TrimSpace(c))] = i
			}
			for _, c := range columns[:4] {
				if _, ok := places[c]; !ok {
					return nil, &LineError{file, at, messages.Sprintf("the header has no column %q; it is %s", c, strings.Join(columns, ","))}
				}
			}
			continue
		}
		line, msg := parseLine(func(column string) string {
			i, ok := places[column]
			switch {
			case ok && i < len(cells):
				return strings.TrimSpace(cells[i])
			case !ok && column == "batch":
				return "0.5"
			}
			return ""
		})
		if !msg.IsZero() {
			return nil, &LineError{file, at, msg}
		}
		if _, twice := p.lines[line.Model]; twice {
			return nil, &LineError{file, at, messages.Sprintf("the model %q has two lines", line.Model)}
		}
		p.lines[line.Model] = line
	}
}

// maxPrice is the highest price of a million tokens that is no mistake.
const maxPrice = 1e6

// parseLine reads one line. msg says what is wrong with it.
func parseLine(cell func(column string) string) (l Line, msg messages.Text) {
	l.Model, l.Source = cell("model"), cell("source")
	if l.Model == "" {
		return l, messages.Sprintf("the line names no model")
	}
	for column, to := range map[string]*float64{"input": &l.Input, "output": &l.Output, "cached": &l.Cached} {
		text := cell(column)
		rubles, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil || !(rubles >= 0 && rubles <= maxPrice) {
			return l, messages.Sprintf("%s: %q is not a price in rubles for a million tokens", column, text)
		}
		*to = rubles
	}
	if l.Day = cell("date"); l.Day != "" {
		var err error
		if l.Date, err = time.Parse(time.DateOnly, l.Day); err != nil {
			return l, messages.Sprintf("date: %q is not a date like 2026-02-01", l.Day)
		}
	}
	if text := cell("batch"); text != "" {
		number, percent := strings.CutSuffix(text, "%")
		share, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(number), ",", ".", 1), 64)
		if percent {
			share /= 100
		}
		if err != nil || !(share > 0 && share <= 1) {
			return l, messages.Sprintf("batch: %q is not a share of the price like 0.5 or 50%%", text)
		}
		l.Batch = share
	}
	l.Price = l.price(1)
	return l, msg
}

// price returns a share of the price.
func (l Line) price(share float64) Price {
	token := func(rubles float64) Amount { return OfRubles(rubles * share / 1e6) }
	return Price{Input: token(l.Input), Output: token(l.Output), Cached: token(l.Cached)}
}

// In returns the price of a request, in a batch or not. ok is false if it is unknown what batches cost.
func (l Line) In(batch bool) (price Price, ok bool) {
	if !batch {
		return l.Price, true
	}
	return l.price(l.Batch), l.Batch > 0
}

// With returns the table with the lines of another one, which come first.
func (p *Prices) With(own *Prices) *Prices {
	all := maps.Clone(p.lines)
	maps.Copy(all, own.lines)
	return &Prices{all}
}

// Of returns the line of a model; ok is false if its price is unknown. The name may have a version, as in "GigaChat-2:2.0.28.2".
func (p *Prices) Of(model string) (l Line, ok bool) {
	if l, ok = p.lines[model]; ok {
		return l, true
	}
	family, _, _ := strings.Cut(model, ":")
	l, ok = p.lines[family]
	return l, ok
}

// Lines returns all lines in the order of their models.
func (p *Prices) Lines() []Line {
	return slices.SortedFunc(maps.Values(p.lines), func(a, b Line) int { return strings.Compare(a.Model, b.Model) })
}
