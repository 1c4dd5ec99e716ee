package table

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Each table has one row per line, with "|" between the cells; the first row is the header. An empty line is one in the file. The kinds
// are those of the rows below, without the empty lines.
func TestSieve(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, rows, keep string
		want             []Kind
	}{
		{"data", "id|text\n1|a\n2|b", "", []Kind{Data, Data}},
		{"the header again", "id|text\n1|a\nid|text\n2|b", "", []Kind{Data, Heading, Data}},
		{"the header of one column", "text\na\ntext\nb", "", []Kind{Data, Data, Data}},
		{"the header beside our columns", "text|completion|error\na|x|\ntext||\nb||", "", []Kind{Data, Data, Data}},
		{"the header with our names", "text|completion|error\na|x|\ntext|completion|error", "", []Kind{Data, Heading}},
		{"the header that was asked", "text|completion|error\na|x|\ntext|y|", "", []Kind{Data, Data}},
		{"the header without its last columns", "id|text|note\n1|a|b\nid|text|", "", []Kind{Data, Heading}},
		{"a part of the header", "id|text|note\n1|a|b\nid||\n|text|note\nid|text|b", "", []Kind{Data, Data, Data, Data}},
		{"a text that is a name", "text|note\ntext|\nnote|text", "", []Kind{Data, Data}},
		{"the header in other case", "Id|Text\n1|a\nid|text", "", []Kind{Data, Data}},
		{"the header is kept", "id|text\n1|a\nid|text\nid|text", "3", []Kind{Data, Data, Heading}},
		{"numbers of the columns", "a|b|c|d\n1|2|3|4\nx|y|z|5", "", []Kind{Numbers, Data}},
		{"numbers of the columns beside ours", "a|b|c|d|completion\n1|2|3|4|\nx|y|z|5|e", "", []Kind{Numbers, Data}},
		{"numbers of the columns are kept", "a|b|c|d\n1|2|3|4\nx|y|z|5", "2", []Kind{Data, Data}},
		{"numbers in a table of numbers", "a|b|c|d\n1|2|3|4\n5|6|7|8", "", []Kind{Data, Data}},
		{"numbers of three columns", "a|b|c\n1|2|3\nx|y|z", "", []Kind{Data, Data}},
		{"numbers further down", "a|b|c|d\nx|y|z|5\n1|2|3|4", "", []Kind{Data, Data}},
		{"other numbers", "a|b|c|d\n1|2|3|5\nx|y|z|5", "", []Kind{Data, Data}},
		{"some numbers", "a|b|c|d\n1|2|3|\nx|y|z|5", "", []Kind{Data, Data}},
		{"numbers alone", "a|b|c|d\n1|2|3|4", "", []Kind{Data}},
		{"units", "товар|цена|вес\n|руб.|(кг)\nчай|5|1", "", []Kind{Units, Data}},
		{"units further down", "товар|цена|вес\nчай|5|1\n|руб.|кг", "", []Kind{Data, Data}},
		{"words below the header", "товар|цена|вес\n|дорого|кг\nчай|5|1", "", []Kind{Data, Data}},
		{"a total", "товар|отзыв|сумма\nчай|хорош|5\nИтого||5\nВсего по складу:|2|5", "", []Kind{Data, Sum, Sum}},
		{"a total beside ours", "товар|сумма|completion\nчай|5|хорош\nИтого|5|Это итог.", "", []Kind{Data, Sum}},
		{"reviews that begin like a total", "отзыв|балл\nчай хорош|5\nИтого: чай плох|1\nИтого, не советую|2\nВсего доброго|5\nTotal waste of money|1", "",
			[]Kind{Data, Data, Data, Data, Data}},
		{"a total in a table of reviews", "отзыв|город\nчай хорош|Омск\nИтого|Уфа", "", []Kind{Data, Data}},
		{"a note", "товар|сумма\nчай|5\nсок|6\n\n* без НДС|\nи без скидок|", "", []Kind{Data, Data, Note, Note}},
		{"a note without a gap", "товар|сумма\nчай|5\nсок|6\n* без НДС|", "", []Kind{Data, Data, Data}},
		{"texts apart", "id|text\n|a\n|b\n\n|c\n1|d", "", []Kind{Data, Data, Data, Data}},
		{"a gap", "товар|сумма\nчай|5\nсок|6\n\nкофе|7", "", []Kind{Data, Data, Data}},
		{"another table", "товар|сумма\nчай|5\nсок|6\n\nгород|жителей\nОмск|7\nУфа|8", "", []Kind{Data, Data, Second, Second, Second}},
		{"another table with a title", "товар|сумма\nчай|5\nсок|6\n\nГорода|\nгород|жителей\nОмск|7", "", []Kind{Data, Data, Note, Second, Second}},
		{"one column", "text\na\n\nИтого\n\nруб.", "", []Kind{Data, Data, Data}},
	} {
		lines := strings.Split(tc.rows, "\n")
		header := strings.Split(lines[0], "|")
		o := Options{KeepRows: tc.keep, Hints: Hints{Own: []string{"completion", "error"}}}
		rows := func(yield func(Row, error) bool) {
			for i, line := range lines[1:] {
				if cells := strings.Split(line, "|"); line != "" && !yield(Row{Line: i + 2, Values: cells}, nil) {
					return
				}
			}
		}
		s := o.NewSieve(header, "")
		s.Numbered = o.IsNumbered(header, rows)
		var got []Kind
		for row := range rows {
			got = append(got, s.Kind(&row, lines[row.Line-2] == ""))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestKeptRows(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, sheet, kept string }{
		{"", "", ""}, {"7", "S", "7"}, {"S:7", "S", "7"}, {"s!7", "S", "7"}, {"S:7", "T", ""}, {"S:7,T:8-9,10", "T", "8 9 10"}, {"S:7,8", "S", "7 8"},
		{"Sales, May: 7 , S:8", "Sales, May", "7"}, {"1-2:7", "1-2", "7"}, {"Wow!:7", "Wow!", "7"}, {"A, 2024:7", "A, 2024", "7"},
	} {
		s := (&Options{KeepRows: tc.text}).NewSieve([]string{"a", "b"}, tc.sheet)
		var kept []string
		for line := range 12 {
			if s.Keeps(line) {
				kept = append(kept, strconv.Itoa(line))
			}
		}
		if got := strings.Join(kept, " "); got != tc.kept {
			t.Errorf("%q on sheet %q keeps %q, want %q", tc.text, tc.sheet, got, tc.kept)
		}
	}
	for _, text := range []string{"x", "S:", "S:x", "S:7,", "7,S", "0", "S:9-7"} {
		if err := (&Options{KeepRows: text}).Check("in.xlsx"); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestAside(t *testing.T) {
	t.Parallel()
	var a Aside
	a.Add("", 2, Numbers, false)
	a.Add("", 7, Heading, false)
	a.Add("", 9, Second, false)
	a.Add("", 10, Second, true)
	a.Add("", 11, Second, true)
	if got, want := a.Message().String(), "row 2 (numbers of the columns), row 7 (the header again), rows 9-11 (another table)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := a.Lines(), "2,7,9-11"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for i := range 40 {
		a.Add("S", 20+2*i, Sum, false)
	}
	if got, want := a.Message().String(), `row 20 of sheet "S" (a total)`; !strings.Contains(got, want) || !strings.HasSuffix(got, "and 33 more rows") {
		t.Errorf("got %q, want %q, and the number of the others", got, want)
	}
}
