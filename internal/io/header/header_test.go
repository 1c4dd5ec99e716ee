package header

import "testing"

// If the row that looks like the header lacks the wanted names, the row that has them is the header.
func TestOf(t *testing.T) {
	t.Parallel()
	title := [][]string{{"Отчёт за октябрь"}, {"Вопрос", "Город"}, {"Как?", "Омск"}, {"Где?", "Тверь"}}
	words := [][]string{{"word"}, {"text"}, {"content"}}
	tests := []struct {
		rows           [][]string
		wanted, likely []string
		want           int
	}{
		{title, nil, nil, 0},
		{title, nil, []string{"вопрос"}, 1},
		{title, []string{" вопрос "}, nil, 1},
		{title, []string{"нет"}, []string{"вопрос"}, 0},
		{words, nil, []string{"text"}, 0},
		{words, []string{"text"}, nil, 0},
		{cut("city|text\nOmsk|a\nUfa|b\nOmsk|c"), []string{"omsk"}, nil, 0},
		{cut("city|text\nOmsk|a\nUfa|b\nPerm|c"), []string{"Omsk", "a"}, nil, 0},
		{cut("city|text\nOmsk|a|more\nUfa|b\nPerm|c"), []string{"Omsk"}, nil, 0},
		{cut("Период: май\nотзыв\nТак себе\nХорошо"), []string{"отзыв"}, nil, 1},
		{cut("# made by a tool\ntext\nSo so\nGood"), nil, []string{"text"}, 1},
		{cut("город|отзыв\nОмск|text|more\nУфа|b\nПермь|c"), nil, []string{"text"}, 0},
		{cut("text\nOmsk\nUfa"), []string{"Omsk"}, nil, 0},
		{cut("Отзывы|\nОмск|a\nУфа|b\nОмск|c"), []string{"Омск"}, nil, 0},
		{cut("Отзывы|\nгород|текст\nУфа|b\nОмск|c"), []string{"город"}, nil, 1},
		{cut("Отдел|Продажи\nid|Имя|Город|Долг\nа|Ян|Омск|да\nб|Яна|Уфа|нет"), []string{"Имя"}, nil, 1},
		{[][]string{{"text", "id"}, {"вопрос", "1"}}, []string{"text"}, []string{"вопрос"}, 0},
		{[][]string{{"a"}, {"b", "Name\nof it"}, {"b", "name", "of"}}, []string{"name of it", "b"}, nil, 1},
	}
	for _, tt := range tests {
		if got := Of(tt.rows, tt.wanted, tt.likely); got != tt.want {
			t.Errorf("%q, wanted %q, likely %q: got row %d, want %d", tt.rows, tt.wanted, tt.likely, got, tt.want)
		}
	}
}
