package header

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// guessTests have one row per line, with "|" between the cells.
var guessTests = []struct {
	name string
	want int
	rows string
}{
	{"usual", 0, "id|text|note\n1|a|b\n2|c|d"},
	{"one row", 0, "id|text"},
	{"one row of numbers", 0, "1|2.5|x"},
	{"one row of dates", 0, "1/1/00|01/01/00|01/Jan|January 1, 2000|01/01/00 00:00"},
	{"all text", 0, "Foo|Bar\nBiff|Baff\nQux|Doge"},
	{"years are names", 0, "Показатель|2019|2020|2021\nУголь|410|439|439\nТорф|0.9|1.3|1.4"},
	{"a year alone", 0, "2019\n410\n439"},
	{"columns are counted", 0, "id|1|2|3\nx|4|5|6\ny|5|4|6"},
	{"columns are counted from 0", 0, "0|1\n17|ab\n18|cd"},
	{"doses", 0, "Пациент|10|20|30\nА|5|6|7\nБ|8|9|7"},
	{"a name above numbers beside a number", 0, "id|text|42\n1|a|7\n2|b|8"},
	{"dates are names above numbers", 0, "Город|01.01.2024|01.02.2024\nОмск|5|6\nТомск|7|8"},
	{"short header, numbers below", 0, "a\n1|2|3\n4|5|6"},
	{"names are missing", 0, "id|text|||\n1|a|b|c|d\n2|e|f|g|h"},
	{"prose cut in two", 0, "prompt\nHello| you\nOne| two"},
	{"ragged", 0, "a|b|c\n1\n1|2|3|4"},
	{"a question names the column", 0, "Что вам понравилось?\nВсё было хорошо.\nОтлично, спасибо.\nНичего."},
	{"one column of words", 0, "город\nМосква\nОмск"},
	{"one column of sentences", 0, "text\nIt rains.\nIt snows again.\nWhy is that?"},
	{"a sentence names the column beside another", 0, "Ваш отзыв о нашей работе.|Имя\nВсё было очень хорошо.|Анна\nМне ничего не понравилось.|Иван"},
	{"a request names the column", 0, "Опишите, пожалуйста, вашу проблему.|Имя\nНе работает вход в кабинет.|Анна\nНе пришло письмо.|Иван"},
	{"questions name the columns", 0, "Что вам понравилось?|Что не понравилось?\nА что тут хорошего?|Где мой заказ?\nКто это сделал?|Зачем это всё?"},
	{"a statement above questions", 0, "Задайте нам ваш вопрос.\nПочему небо голубое?\nСколько сейчас времени?"},
	{"a question above statements and questions", 0, "Что вы думаете?\nА что вы хотели услышать?\nВсё было хорошо.\nВсё плохо.\nЯ не знаю."},
	{"sentences of all kinds", 0, "It rains again.\nWhy is that?\nPerhaps\nWe do not know!"},
	{"questions and answers", 0, "Почему небо голубое?|Рассеяние.\nСколько времени?|Пять.\nКто там?|Я."},
	{"numbers name columns of numbers", 0, "Товар|1|2|5\nМосква|1|2|3\nОмск|4|5|6"},
	{"a number names a column of numbers", 0, "prompt|1\nСкажи|0\nОтветь|4"},
	{"questions with a name", 0, "Вопрос\nПочему небо голубое?\nСколько времени?"},

	{"csvlint", 1, "This is a title row||\nFoo|Bsr|Baz\nBiff|Baff|Boff\nQux|Teaspoon|Doge"},
	{"a title and a header only", 1, "Отчёт\nid|text|note"},
	{"a title over two columns", 1, "Отчёт за май\nid|вопрос\n1|Почему?\n2|Когда?"},
	{"a sentence as title", 1, "Опрос сотрудников, 2024 г.\nВопрос|Ответ|Оценка\nКак дела идут?|Хорошо.|5\nЧто нового?|Ничего.|3"},
	{"spark", 1, "СПАРК - Список \nФИО|Дата регистрации|Регион|Важная информация\nАббасов Илал|27.05.2004|Урал\nАбдыев Ниязи|12.03.2004|Урал"},
	{"deaths", 4, "Lots of people\nsimply cannot resist writing|||||some notes\nat|the|top||of|their spreadsheets\nor|merging||||cells\n" +
		"Name|Profession|Age|Has kids|Date of birth|Date of death\nDavid Bowie|musician|69|TRUE|01-08-47|01-10-16\nCarrie Fisher|actor|60|TRUE|10-21-56|12-27-16"},
	{"rosstat", 3, "К содержанию\nСведения о движении облигаций1)\n|||млн рублей\n|2003|2005|20232)\nКоличество, всего\nна начало года|5,086.5|250.4|336.5\nна конец года|3,103.7|302.7|486.2"},
	{"header of two rows", 2, "EXAMPLE 1\nGROSS|PRSI Liability||Levy Liability||Gain\nINCOME|Existing|Proposed|Existing|Proposed|Income\n||||(Per Year)|(a)\n17,500|436|0|0|0|2.6\n25,000|734|734|0|1|3"},
	{"title of two cells", 2, "Период:|2024\nОтдел:|Продажи\nid|Имя|Дата|Сумма|Долг\n1|Ян|01.02.2024|5|6\n2|Яна|02.02.2024|7|8"},
	{"a title above trailing delimiters", 1, "T||||\nA|B|C||\nx|y|z||\nu|v|w||"},
	{"a title above a header with trailing delimiters only", 1, "T\nA|B|C|"},
	{"a title with commas", 1, "Отчёт за январь| февраль и март\nid|text|score\n0|a0|0\n1|a1|1\n2|a2|4"},
	{"a title with empty cells after it", 1, "Отзывы клиентов|\nимя|отзыв\nИван|Всё хорошо\nАнна|Всё очень плохо\nЯн|Не знаю"},
	{"a name with an empty one after it", 0, "Отзывы клиентов|\nхорошо|Иван\nплохо|Анна\nникак|Ян"},
	{"names with spaces before them", 0, "id| text\n1| a| 5\n2| b| 6"},
	{"a comment with a comma", 1, "# tool| version 2\nid|text\n1|a\n2|b"},
	{"a comment above words", 1, "# tool| version 2\nимя|отзыв\nИван|Всё хорошо\nАнна|Очень плохо"},
	{"a comment of one cell", 1, "# made by a tool\nимя|отзыв\nИван|хорошо\nАнна|плохо"},
	{"several comments", 3, "# tool| version 2\n# made on| 2024-01-02\n#\nимя|отзыв\nИван|хорошо\nАнна|плохо"},
	{"a comment and a title", 2, "# tool 2\nПериод:|май\nимя|отзыв\nИван|хорошо\nАнна|плохо"},
	{"a number sign names a column", 0, "#|имя|отзыв\n1|Иван|хорошо\n2|Анна|плохо"},
	{"a number sign names a column above words", 0, "#|имя|отзыв\nА|Иван|хорошо\nБ|Анна|плохо"},
	{"a number sign begins a name", 0, "#name|text\nИван|хорошо\nАнна|плохо"},
	{"a name with a number sign", 0, "# заказа|отзыв\nА-17|очень хорошо\nА-18|плохо"},
	{"a sign before a column of words", 0, "# города\nОмск\nУфа"},
	{"a label with its value in a cell", 1, "Период: январь 2024\nимя|отзыв\nИван|хорошо\nАнна|плохо"},
	{"a label and its value", 1, "Период:|январь 2024\nимя|отзыв\nИван|хорошо\nАнна|плохо"},
	{"a label and two dates", 1, "Период:|01.01.2024|31.01.2024\nномер|имя|отзыв\n1|Иван|хорошо\n2|Анна|плохо"},
	{"two labels", 2, "Период:|январь 2024\nОтдел:|Продажи\nимя|отзыв\nИван|хорошо\nАнна|плохо"},
	{"a label with a gap before the table", 1, "Период: январь 2024|\nимя|отзыв\nИван|хорошо\nАнна|плохо"},
	{"names with colons", 0, "Имя:|Отзыв:\nИван|хорошо\nАнна|плохо"},
	{"a name with a colon", 0, "Имя:|Отзыв\nИван|хорошо\nАнна|плохо\nЯн|сойдёт"},
	{"a question with a colon names the column", 0, "Вопрос: как дела?|Имя\nхорошо|Иван\nплохо|Анна"},
	{"contents", 0, "Содержание:\n2.|Сведения о движении\n|2.1.|Число обществ\n|2.2.|Сведения об акциях"},

	{"numbers", -1, "1|Почему\n2|Когда\n3|Где"},
	{"two rows", -1, "17|Почему\n2|Когда"},
	{"dates", -1, "2024-01-02|дождь\n2024-01-03|снег\n2024-01-05|ветер"},
	{"amounts", -1, "чай|12,50\nкофе|1 300,00\nсок|-5 %"},
	{"numbers with a few gaps", -1, "5|a\n7|b\n|c\n8|d\n9|e"},
	{"questions", -1, "Почему небо голубое?\nСколько времени на Луне?\nКто там живёт?"},
	{"sentences", -1, "It rains again.\nIt snows.\nPerhaps\nWe do not know."},
	{"a word that comes again", -1, "Омск|5\nТомск|7\nОмск|8"},
}

func cut(text string) [][]string {
	var rows [][]string
	for line := range strings.SplitSeq(text, "\n") {
		rows = append(rows, strings.Split(line, "|"))
	}
	return rows
}

func TestGuessHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range guessTests {
		if got := guessHeader(cut(tt.rows)); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	if got := guessHeader(nil); got != 0 {
		t.Errorf("no rows: got %d, want 0", got)
	}
}

// The result does not change when a sink appends columns, even if some answers are missing, or when rows are added below.
func TestGuessHeaderIsStable(t *testing.T) {
	t.Parallel()
	answers := [][]string{{"Да.", "12", "", "completed"}, {"", "", "", "pending"}, {}, {"=1", "0", "", "completed"}, {"42", "3", "no answer", "failed"}}
	for _, tt := range guessTests {
		for columns := 1; columns <= 4 && !sentencesAlone(tt.want, tt.rows); columns++ {
			for shift := range answers {
				rows := appendAnswers(cut(tt.rows), tt.want, columns, answers, shift)
				if got := guessHeader(rows); got != tt.want {
					t.Errorf("%s with %d columns: got %d, want %d: %q", tt.name, columns, got, tt.want, rows)
				}
			}
		}
		rows := cut(tt.rows)
		for len(rows) > 2 && len(rows) < 50 {
			rows = append(rows, rows[len(rows)-1])
			if got := guessHeader(rows); got != tt.want {
				t.Errorf("%s with %d rows: got %d, want %d", tt.name, len(rows), got, tt.want)
			}
		}
	}
}

// sentencesAlone reports whether only sentences show that the file has no header. With answers next to them they no longer do.
func sentencesAlone(want int, rows string) bool {
	return want < 0 && !strings.ContainsAny(rows, "|0123456789")
}

// appendAnswers appends columns as a sink does.
func appendAnswers(rows [][]string, header, columns int, answers [][]string, shift int) [][]string {
	width := 0
	for i, row := range rows {
		if header < 0 || i == header {
			width = max(width, len(row))
		}
	}
	for i := max(header, 0); i < len(rows); i++ {
		cells := slices.Clone(answers[(i+shift)%len(answers)])
		if i == header {
			cells = []string{"completion", "tokens", "error", "state"}
		}
		cells = cells[:min(columns, len(cells))]
		at := min(width, len(rows[i]))
		if len(cells) > 0 {
			rows[i] = append(rows[i], make([]string, max(0, width-len(rows[i])))...)
			at = width
		}
		rows[i] = slices.Insert(rows[i], at, cells...)
	}
	return rows
}

func TestPlainNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"5": true, "-5": true, "+7.5": true, "-3,14": true, "-5 %": true, "-5%": true, "12 345,67": true, "1\u00A0300": true, "12,345.67": true,
		"1e-5": true, "1.234.567,8": true, "": false, "-": false, "--5": false, "-5+3": false, "=5": false, "+7 (495) 123": false, "5 шт": false,
		"1-2": false, "-5%%": false, "- 5": false, "1.2.3": false, "٣": false, fmt.Sprint("-", strings.Repeat("9", 100)): false,
	} {
		if got := PlainNumber(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
