package csv_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	codec "gigabatch/internal/io/csv"
	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/csv"
	"gigabatch/internal/io/table/tabletest"
)

var (
	stableNames = []string{"id", "имя", "prompt", "Отзыв клиента", "Цена, руб", "Дата", "Масса, кг", "text", "Что вам понравилось?", "Ваш отзыв о нашей работе.", "1", "2024", "", "note \"x\"", "a|b"}
	stableCells = []string{"", "5", "12,50", "1300", "-5 %", "01.02.2024", "Москва", "да", "нет", "Всё хорошо", "Всё очень понравилось, спасибо!", "Почему небо голубое?", "Где мой заказ; и когда?",
		`Скажи "да" два раза`, `"Фирма" ООО, кто это?`, `"да"`, "две\nстроки", "it's", `back\slash`, "a, b, c", "5\" pipe", "'x'", "таб\tтаб", "a|b", " пробел", "0"}
	stableAnswers = []string{"", "Да.", "да, нет; может", "две\nстроки", `он сказал "да"`, "42", "7,5", `"да" — ответ`, "a|b\tc", "'да'", `\"да\"`, "completed", "Почему?"}
)

// stableName returns any name, but below a title one that is clearly a name.
func stableName(r *rand.Rand, titled bool) string {
	if titled {
		return stableNames[r.IntN(8)]
	}
	return stableNames[r.IntN(len(stableNames))]
}

// stableColumn returns typical cells for a column.
func stableColumn(r *rand.Rand) []string {
	switch r.IntN(4) {
	case 0:
		return stableCells[1:6]
	case 1:
		return stableCells[6:10]
	case 2:
		return stableCells[10:16]
	}
	return stableCells
}

// stableTable returns a small table as a program or a person might have written it.
func stableTable(r *rand.Rand) string {
	y := codec.Syntax{Delim: ",;\t|"[r.IntN(4)], Quote: "\"\"\"\"'"[r.IntN(5)]}
	y.Escape = y.Quote == '"' && r.IntN(5) == 0
	loose, lineEnd := r.IntN(4) == 0, []string{"\n", "\r\n"}[r.IntN(2)]
	rows, titled := 2+r.IntN(14), r.IntN(6) == 0
	if y.Quote != '"' {
		rows, titled = rows+16, false // a few rows do not show that the quotes are single quotes
	}
	var columns [][]string
	for range 1 + r.IntN(5) {
		columns = append(columns, stableColumn(r))
	}
	var b []byte
	if titled {
		b = append(b, []string{"Отчёт за май", "Отчёт за январь, февраль и март", "Отзывы клиентов" + string(y.Delim)}[r.IntN(3)]+lineEnd...)
	}
	for i := range rows {
		for j, cells := range columns {
			if j > 0 {
				b = append(b, y.Delim)
			}
			cell := cells[r.IntN(len(cells))]
			if i == 0 {
				cell = stableName(r, titled)
			}
			if loose && !strings.ContainsAny(cell, "\n"+string(y.Delim)) {
				b = append(b, cell...)
			} else {
				b, _ = y.AppendCell(b, cell)
			}
		}
		b = append(b, lineEnd...)
	}
	return string(b)
}

// stableAgain writes three columns into a table, and returns what is read differently from before, or "". If known is set, the second
// opening knows what the first has found, as in a second run.
func stableAgain(t *testing.T, name, text string, r *rand.Rand, known bool) string {
	t.Helper()
	src, err := tabletest.FuzzOpen(t, name, []byte(text), table.Hints{})
	if err != nil {
		return ""
	}
	columns, before := []string{"completion", "tokens", "state"}, tabletest.Rows(t, src)
	if csv.Nameless(src) {
		return ""
	}
	var answers [][]any
	once, err := csv.MemAnswers(src, columns, func(table.Row) []any {
		answers = append(answers, []any{stableAnswers[r.IntN(len(stableAnswers))], stableAnswers[5+r.IntN(2)], "completed"})
		return answers[len(answers)-1]
	})
	if errors.Is(err, table.ErrEncoding) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	h := table.Hints{Own: columns}
	if known {
		h.Found = src.Found()
	}
	again, err := tabletest.FuzzOpen(t, name, once, h)
	if err != nil {
		return err.Error()
	}
	got := tabletest.Rows(t, again)
	differ := func(what string, got, want any) string {
		return fmt.Sprintf("%s: got %q, want %q; %s; %s\n%s\n%s", what, got, want, src.Dialect().String(), again.Dialect().String(), text, once)
	}
	if len(got) != len(before) {
		return differ("rows", fmt.Sprint(len(got)), fmt.Sprint(len(before)))
	}
	for i, want := range before {
		want = slices.Clone(want)
		if i == 0 {
			want = append(want, columns...)
		} else {
			for _, cell := range answers[i-1] {
				want = append(want, cell.(string))
			}
		}
		if !slices.Equal(got[i], want) {
			return differ(fmt.Sprint("row ", i), got[i], want)
		}
	}
	return ""
}

// Whatever the table, it is read as before after our columns are added. One or two tables in 10,000 are exceptions: mostly those with
// single quotes, in which our cells are the first to show which quotes the file has.
func TestCSVIsStable(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "in.csv")
	for seed := range uint64(stableSeeds) {
		r := rand.New(rand.NewPCG(seed, 0))
		if got := stableAgain(t, name, stableTable(r), r, false); got != "" {
			t.Errorf("seed %d: %s", seed, got)
		}
	}
}

const stableSeeds = 1000

func FuzzCSVIsStable(f *testing.F) {
	name := filepath.Join(f.TempDir(), "in.csv")
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		if got := stableAgain(t, name, stableTable(r), r, true); got != "" {
			t.Fatal(got)
		}
	})
}
