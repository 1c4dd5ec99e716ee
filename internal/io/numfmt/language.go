package numfmt

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// language is a language in which this package can show dates.
type language uint8

const (
	englishLanguage language = iota // also if the code specifies none
	russianLanguage
	otherLanguage
)

// languageOf returns the language of a locale code: a number, of which the lower ten bits count, or a tag.
func languageOf(place string) language {
	tag, _, _ := strings.Cut(place, ",")
	n, err := strconv.ParseUint(tag, 16, 64)
	switch {
	case err != nil && strings.HasPrefix(tag, "ru"), err == nil && n&0x3ff == 0x19:
		return russianLanguage
	case tag == "", strings.HasPrefix(tag, "x-sys"), strings.HasPrefix(tag, "en"):
		return englishLanguage
	case err == nil && (n&0x3ff == 0x09 || n&0x3ff == 0 || n&0x3ff == 0x7f):
		return englishLanguage
	}
	return otherLanguage
}

// inGenitive reports whether month names are in the genitive, as after the number of a day. Programs request this with the number FC19
// or a tag, not with 419.
func inGenitive(ps pieces, place string) bool {
	for _, p := range ps {
		if p.kind == datePiece && p.text[0] == 'd' && len(p.text) < 3 {
			return strings.HasSuffix(place, "fc19") || strings.HasPrefix(place, "ru")
		}
	}
	return false
}

// plainPlace returns the code with the number of its language that other programs know.
func plainPlace(code, place string) string {
	n, err := strconv.ParseUint(place, 16, 64)
	if err != nil || n&0xf000 != 0xf000 {
		return code
	}
	i := strings.Index(code, "-")
	end := closing(code, i, ']')
	return code[:i+1] + strconv.FormatUint(n&0x3ff|0x400, 16) + code[end:]
}

// dateNames are the names of months and days.
type dateNames struct {
	months, genitives, shortMonths [12]string
	days, shortDays                [7]string
}

func namesOf(l language) *dateNames {
	if l == russianLanguage {
		return &russianNames
	}
	return &englishNames
}

func (n *dateNames) month(month, width int, genitive bool) string {
	switch {
	case width == 3:
		return n.shortMonths[month-1]
	case width == 5:
		_, size := utf8.DecodeRuneInString(n.months[month-1])
		return n.months[month-1][:size]
	case genitive:
		return n.genitives[month-1]
	}
	return n.months[month-1]
}

func (n *dateNames) weekday(day time.Weekday, width int) string {
	if width == 3 {
		return n.shortDays[day]
	}
	return n.days[day]
}

var (
	englishMonths = [12]string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	}
	englishNames = dateNames{englishMonths, englishMonths,
		[12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		[7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		[7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	}
	russianNames = dateNames{
		[12]string{"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"},
		[12]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
		[12]string{"янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"},
		[7]string{"воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"},
		[7]string{"Вс", "Пн", "Вт", "Ср", "Чт", "Пт", "Сб"},
	}
)
