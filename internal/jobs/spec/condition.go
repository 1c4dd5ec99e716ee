package spec

import (
	"encoding/json"
	"iter"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/io/table"
	"gigabatch/internal/messages"
)

// Condition is what a cell must be.
type Condition struct {
	Column string
	Op     string // one of operators, or OneOf
	Value  string
	Values []string // of OneOf
	at     int      // index of the column, -1 if Column is a path
	to     quantity
	order  []string // of days and months in dates: dateLayouts or monthFirst
}

// OneOf is the operator of a condition such as `column in ["a","b"]`: the cell is one of the texts of a JSON array.
const OneOf = "in"

// AnyColumn takes the place of the name of a column, which no column of the input may have: some cell of the row contains a text, as in `*~text`.
const AnyColumn = "*"

// operators are those of a condition. An operator comes before those that it begins with.
var operators = []string{"!=", "<=", ">=", "=", "<", ">", "~"}

// ordered reports whether the condition compares numbers or dates.
func (c Condition) ordered() bool { return c.Op[0] == '<' || c.Op[0] == '>' }

func (c Condition) holds(row table.Row) bool {
	if c.Anywhere() {
		return slices.ContainsFunc(row.Values, c.Holds)
	}
	return c.Holds(c.cell(row))
}

// anywhere is Condition.at of a condition on AnyColumn.
const anywhere = -2

// Anywhere reports whether the condition is one on AnyColumn.
func (c Condition) Anywhere() bool { return c.at == anywhere }

// Holds reports whether a text of the column fulfills the condition. Leading and trailing white space is ignored, and so is case with ~. A
// text that is neither a number nor a date is neither smaller nor larger than one.
func (c Condition) Holds(text string) bool {
	text = strings.TrimSpace(text)
	switch {
	case c.Op == "=":
		return text == c.Value
	case c.Op == "!=":
		return text != c.Value
	case c.Op == OneOf:
		return slices.Contains(c.Values, text)
	case c.Op == "~":
		return strings.Contains(strings.ToLower(text), strings.ToLower(c.Value))
	}
	than, ok := c.to.compare(quantityOf(text, c.order))
	switch {
	case !ok:
		return false
	case than == 0:
		return len(c.Op) > 1
	}
	return (than < 0) == (c.Op[0] == '<')
}

// cell returns the cell of the condition's column without leading and trailing white space.
func (c Condition) cell(row table.Row) string {
	if c.at >= 0 && c.at < len(row.Values) && row.Values[c.at] != "" {
		return strings.TrimSpace(row.Values[c.at])
	}
	v, _ := row.Value(c.Column)
	return strings.TrimSpace(v)
}

// Fault returns why no text can fulfill the condition, or the empty Text, and a hint.
func (c Condition) Fault() (why, hint messages.Text) {
	switch {
	case c.Anywhere() && c.Op != "~":
		return messages.Sprintf("* stands for any column only before ~"), messages.Sprintf("write *~text, or the name of a column")
	case c.ordered() && c.to.kind == noQuantity:
		return messages.Sprintf("%q is neither a number nor a date", c.Value), valueHint
	case c.Op == "~" && c.Value == "":
		return messages.Sprintf("no text after ~"), valueHint
	}
	return messages.Text{}, messages.Text{}
}

// Compare returns the condition that a text compares with a value in that way, whatever its column.
func Compare(op, value string) Condition {
	value = strings.TrimSpace(value)
	return Condition{Op: op, Value: value, to: quantityOf(value, dateLayouts), order: dateLayouts}
}

// CutCondition parses a condition such as `column=value`. The column ends at the first operator that leaves a known name before it,
// because a name may contain operators. If no name is known, the first operator counts: AnyColumn may stand before it. Else ok is false, and
// c has the name before that operator, or "" if there is none.
func CutCondition(text string, known func(name string) bool) (c Condition, ok bool) {
	for i := range len(text) {
		if list, is := strings.CutPrefix(text[i:], " "+OneOf+" ["); is {
			found := Condition{Column: ColumnName(text[:i]), Op: OneOf}
			if json.Unmarshal([]byte("["+list), &found.Values) == nil && len(found.Values) > 0 {
				for i, v := range found.Values {
					found.Values[i] = strings.TrimSpace(v)
				}
				if known(found.Column) {
					return found, true
				}
				if c.Op == "" {
					c = found
				}
			}
		}
		for _, op := range operators {
			if !strings.HasPrefix(text[i:], op) {
				continue
			}
			found := Compare(op, text[i+len(op):])
			found.Column = ColumnName(text[:i])
			if known(found.Column) {
				return found, true
			}
			if c.Op == "" {
				c = found
			}
		}
	}
	if c.Column == AnyColumn {
		c.at = anywhere
	}
	return c, c.Anywhere()
}

// SayOneOf returns the text of a condition that a column has one of some values, as CutCondition parses it.
func SayOneOf(column string, values []string) string {
	var list strings.Builder
	e := json.NewEncoder(&list)
	e.SetEscapeHTML(false)
	_ = e.Encode(values) // texts only
	return column + " " + OneOf + " " + strings.TrimSuffix(list.String(), "\n")
}

// parseCondition parses a condition on the columns of a source.
func parseCondition(text string, src table.Source) (Condition, error) {
	names := NamesOf(src)
	c, ok := CutCondition(text, func(name string) bool { return name != "" && (count(src, name) > 0 || src.Has(name)) })
	switch {
	case !ok && c.Column == "":
		return c, &UsageError{
			Msg:  messages.Sprintf("--where %q has no operator", text),
			Hint: messages.Sprintf(`write --where "column=value"; the operators are =, !=, ~ (contains), <, >, <=, >= and in ["a","b"]`),
		}
	case !ok:
		hint := messages.Sprintf("columns: %s", messages.Quoted(names))
		if near := nearest.Name(c.Column, names); near != "" {
			hint = messages.Sprintf("did you mean %q? Columns: %s", near, messages.Quoted(names))
		}
		return c, &UsageError{Msg: messages.Sprintf("%s: --where: no column %q", src.Name(), c.Column), Hint: hint}
	}
	if fault, hint := c.Fault(); !fault.IsZero() {
		return c, &UsageError{Msg: messages.Sprintf("--where %q: %s", text, fault), Hint: hint}
	}
	if c.Anywhere() {
		return c, nil
	}
	n := 0
	if c.at, n = Find(src, c.Column); n > 1 {
		return c, &UsageError{
			Msg:  messages.Sprintf("%s: --where: column %q appears %d {time|times} in the header", src.Name(), c.Column, n),
			Hint: UniqueHint(src, c.Column),
		}
	}
	c.Learn(src, c.cell)
	return c, nil
}

// maxLearned is the number of texts among which a date with a day after 12 is looked for.
const maxLearned = 10_000

// Learn finds out whether the dates with slashes in the cells of src begin with the month, as MonthFirst does.
func (c *Condition) Learn(src table.Source, cell func(table.Row) string) {
	c.LearnFrom(func(yield func(string) bool) {
		for row, err := range src.Rows() {
			if err != nil || !yield(cell(row)) {
				return
			}
		}
	})
}

// LearnFrom is Learn with the texts of the cells, which are read only if the condition compares dates.
func (c *Condition) LearnFrom(texts iter.Seq[string]) {
	if c.ordered() && c.to.kind >= day && MonthFirst(texts) {
		c.to, c.order = quantityOf(c.Value, monthFirst), monthFirst
	}
}

// MonthFirst reports whether the dates with slashes in a column begin with the month. The first date with a day after 12 decides;
// without one, they begin with the day.
func MonthFirst(texts iter.Seq[string]) bool {
	n := 0
	for text := range texts {
		if n++; n > maxLearned {
			return false
		}
		text = strings.TrimSpace(text)
		first, _, slashes := strings.Cut(text, "/")
		if at, err := strconv.Atoi(first); slashes && err == nil && len(first) <= 2 && quantityOf(text, dateLayouts).t.Day() > 12 {
			return at <= 12
		}
	}
	return false
}

func count(src table.Source, name string) int {
	_, n := Find(src, name)
	return n
}

// valueHint is the hint for a condition that compares with a wrong value.
var valueHint = messages.Sprintf("compare with a number or a date, such as 1500.5, 2024-12-31 or 31.12.2024; find a part of a text with ~")

// quantity is a number or a date.
type quantity struct {
	kind quantityKind
	n    float64
	t    time.Time
}

type quantityKind byte

const (
	noQuantity quantityKind = iota
	number
	day
	moment // a date with a time
)

// Scale is what texts are that have an order of their own.
type Scale int

// The scales.
const (
	Words Scale = iota // neither a number nor a date
	Numbers
	Dates
)

// Measure returns the place of a text on its scale, as conditions read numbers and dates. monthFirst is what MonthFirst said of the column.
func Measure(text string, months bool) (Scale, float64) {
	layouts := dateLayouts
	if months {
		layouts = monthFirst
	}
	switch q := quantityOf(text, layouts); q.kind {
	case noQuantity:
		return Words, 0
	case number:
		return Numbers, q.n
	default:
		return Dates, float64(q.t.Unix())
	}
}

// compare returns how another quantity compares with q, and false if it is of another kind. The time of the other one does not count if
// q is a day.
func (q quantity) compare(other quantity) (int, bool) {
	switch {
	case q.kind == number && other.kind == number:
		switch {
		case other.n < q.n:
			return -1, true
		case other.n > q.n:
			return 1, true
		}
		return 0, true
	case q.kind < day || other.kind < day:
		return 0, false
	case q.kind == day:
		return other.t.Truncate(24 * time.Hour).Compare(q.t), true
	}
	return other.t.Compare(q.t), true
}

var (
	numberPattern = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}( \d{3})+)([.,]\d+)?([eE][+-]?\d+)?$`)
	groupsPattern = regexp.MustCompile(`^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$`)
	euroPattern   = regexp.MustCompile(`^[+-]?\d{1,3}(\.\d{3})+,\d+$`)
	plainSpaces   = strings.NewReplacer("\u00A0", " ", "\u202F", " ", "\u2009", " ", "\u2212", "-")
	currencies    = []string{"%", "₽", "руб.", "руб", "р.", "$", "€", "£"}
	beginnings    = "0123456789+-\u2212%₽р$€£" // of a quantity
	maxQuantity   = 60                         // bytes
	dateLayouts   = []string{"2006-1-2", "2.1.2006", "2.1.06", "2/1/2006", "1/2/2006", "2/1/06", "1/2/06", "2-1-2006", "2006/1/2", "2006.1.2"}
	monthFirst    = []string{"2006-1-2", "2.1.2006", "2.1.06", "1/2/2006", "2/1/2006", "1/2/06", "2/1/06", "2-1-2006", "2006/1/2", "2006.1.2"}
	timeLayouts   = []string{"15:04", "15:04:05", "15:04:05Z07:00", "15:04Z07:00"}
)

// quantityOf reads a number as people write it (1500.5, 1 500,50, 1,500.50, 15 %, 100 ₽) or a date (2024-12-31, 31.12.2024, 31/12/2024),
// with or without a time, in the first of the layouts that fits. A comma before exactly three digits separates thousands, as in the
// numbers of a workbook, unless the number begins with 0.
func quantityOf(text string, layouts []string) quantity {
	text = strings.TrimSpace(text)
	first, _ := utf8.DecodeRuneInString(text)
	if len(text) > 3*maxQuantity || !strings.ContainsRune(beginnings, first) || strings.IndexFunc(text, isDigit) < 0 { // a space has at most 3 bytes
		return quantity{}
	}
	if len(text) <= maxQuantity && strings.IndexFunc(text, func(r rune) bool { return !isDigit(r) }) < 0 { // most numbers
		n, _ := strconv.ParseFloat(text, 64) // at most 1e60
		return quantity{kind: number, n: n}
	}
	text = strings.TrimSpace(plainSpaces.Replace(text))
	if len(text) > maxQuantity {
		return quantity{}
	}
	bare := text
	for _, c := range currencies {
		bare = strings.TrimSpace(strings.TrimPrefix(strings.TrimSuffix(bare, c), c))
	}
	if numberPattern.MatchString(bare) || groupsPattern.MatchString(bare) || euroPattern.MatchString(bare) {
		bare = strings.ReplaceAll(bare, " ", "")
		switch {
		case groupsPattern.MatchString(bare):
			bare = strings.ReplaceAll(bare, ",", "")
		case euroPattern.MatchString(bare):
			bare = strings.ReplaceAll(bare, ".", "")
		}
		n, err := strconv.ParseFloat(strings.Replace(bare, ",", ".", 1), 64)
		if err == nil && !math.IsInf(n, 0) {
			return quantity{kind: number, n: n}
		}
		return quantity{}
	}
	if !isDigit(rune(text[0])) { // every layout begins with a digit
		return quantity{}
	}
	date, clock, timed := strings.Cut(text, "T")
	if !timed {
		date, clock, timed = strings.Cut(text, " ")
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, date)
		if err != nil {
			continue
		}
		if !timed {
			return quantity{kind: day, t: t}
		}
		for _, layout := range timeLayouts {
			if at, err := time.Parse(layout, strings.TrimSpace(clock)); err == nil {
				since := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second
				return quantity{kind: moment, t: t.Add(since)}
			}
		}
		return quantity{}
	}
	return quantity{}
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
