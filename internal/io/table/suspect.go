package table

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gigabatch/internal/io/header"
)

// units are the names and abbreviations of units of measurement, without a full stop.
var units = []string{
	"%", "‰", "°c", "°с", "₽", "$", "€", "руб", "рублей", "р", "коп", "тыс руб", "тыс рублей", "млн руб", "млн рублей", "млрд руб",
	"млрд рублей", "тыс", "млн", "млрд", "rub", "usd", "eur", "шт", "штук", "тыс шт", "ед", "единиц", "ед изм", "экз", "пар", "уп", "упак",
	"кор", "чел", "человек", "тыс чел", "кг", "г", "гр", "мг", "т", "тонн", "тыс т", "ц", "л", "литров", "мл", "м", "см", "мм", "км", "м2",
	"м²", "кв м", "м3", "м³", "куб м", "га", "сек", "с", "мс", "мин", "минут", "ч", "час", "часов", "дн", "дней", "сут", "мес", "месяцев",
	"лет", "год", "вт", "квт", "квт*ч", "квт·ч", "балл", "баллов", "kg", "g", "mg", "t", "lb", "lbs", "oz", "l", "ml", "m", "cm", "mm", "km",
	"ft", "in", "m2", "m3", "pcs", "pc", "units", "unit", "people", "points", "ms", "sec", "s", "min", "h", "hours", "days", "months",
	"years", "kw", "kwh", "thousand", "million", "billion", "thousands", "millions", "percent",
}

// isUnits reports whether every cell with content is a unit of measurement, and a column has none.
func (s *shape) isUnits(values []string) bool {
	if filled := s.filled(values); filled == 0 || filled == s.width {
		return false
	}
	for i, cell := range values {
		if cell = strings.TrimSpace(cell); s.mine[i] || cell == "" {
			continue
		}
		cell = strings.ToLower(strings.Trim(cell, "()[]"))
		cell = strings.Join(strings.FieldsFunc(cell, func(r rune) bool { return r == '.' || unicode.IsSpace(r) }), " ")
		if !slices.Contains(units, cell) {
			return false
		}
	}
	return true
}

// sums are the labels of totals, sumBegins those that a few words may follow, and sumStems the beginnings of all of them.
var (
	sums = []string{
		"итого", "всего", "итог", "общий итог", "итого всего", "всего итого", "сумма итого", "промежуточный итог", "total", "totals",
		"grand total", "sub total", "subtotal", "sum", "sum total",
	}
	sumStems  = []string{"итог", "всего", "общий", "сумма", "промежуточный", "total", "grand", "sub", "sum"}
	sumBegins = []string{"итого по ", "итого за ", "всего по ", "всего за ", "total for ", "total of ", "subtotal for "}
)

// sumStarts are the letters that sumStems begin with, in both cases, by initial. Most cells begin with another one, which is seen at once.
var sumStarts = func() (starts [256]bool) {
	for _, stem := range sumStems {
		starts[initial(stem)], starts[initial(strings.ToUpper(stem))] = true, true
	}
	return starts
}()

// initial returns a number for the first letter of a text, the same for few others: its byte, or its second one if it has two bytes.
func initial(text string) byte {
	if text[0] < utf8.RuneSelf || len(text) == 1 {
		return text[0]
	}
	return text[1] | text[0]<<6
}

// The longest label of a total.
const (
	maxSumWords = 5
	maxSumBytes = 100
)

// isSum reports whether the row is a total: its first cell with content is a label such as "Total", and the others are numbers. A text
// that only begins so is none.
func (s *shape) isSum(values []string) bool {
	label := ""
	for i, cell := range values {
		if cell = strings.TrimSpace(cell); s.mine[i] || cell == "" {
			continue
		}
		if label == "" {
			stems := func(stem string) bool { return len(cell) >= len(stem) && strings.EqualFold(cell[:len(stem)], stem) }
			if len(cell) > maxSumBytes || !sumStarts[initial(cell)] || !slices.ContainsFunc(sumStems, stems) {
				return false
			}
			label = strings.ToLower(strings.TrimRight(cell, " :"))
			words := strings.Fields(label)
			begins := func(with string) bool {
				return strings.HasPrefix(label, with) && len(words) <= maxSumWords && !strings.ContainsAny(label, ".,;!?")
			}
			if !slices.Contains(sums, strings.Join(words, " ")) && !slices.ContainsFunc(sumBegins, begins) {
				return false
			}
		} else if !header.IsValue(cell) {
			return false
		}
	}
	return label != ""
}

const (
	maxName   = 60 // characters in a name of another table's column
	minValued = 2  // rows with a value that show the kind of a column
)

// isOtherHeader reports whether the row is the header of another table: short names only, also in all columns of numbers and dates.
func (s *Sieve) isOtherHeader(values []string) bool {
	if s.filled(values) < 2 {
		return false
	}
	valued := 0
	for i, cell := range values {
		cell = strings.TrimSpace(cell)
		switch {
		case s.mine[i]:
			continue
		case header.IsValue(cell), utf8.RuneCountInString(cell) > maxName:
			return false
		case s.value[i] >= minValued && s.value[i]*10 >= s.count[i]*8:
			if cell != "" {
				valued++
			}
		}
	}
	return valued > 0
}
