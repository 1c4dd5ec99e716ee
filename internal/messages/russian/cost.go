package russian

// costs are the formats of what tokens cost: internal/jobs/cost and what uses it.
var costs = map[string]string{
	// cost: amount.go, prices.go
	"%d {₽|₽}":         "%d {₽|₽|₽}",
	"less than 0.01 ₽": "меньше 0,01 ₽",
	"the table of prices is empty; its header is %s":       "таблица цен пуста; её заголовок: %s",
	"the header has no column %q; it is %s":                "в заголовке нет столбца «%s»; заголовок: %s",
	"the model %q has two lines":                           "модель «%s» указана дважды",
	"the line names no model":                              "в строке не указана модель",
	"%s: %q is not a price in rubles for a million tokens": "%s: «%s» — не цена в рублях за миллион токенов",
	"date: %q is not a date like 2026-02-01":               "date: «%s» — не дата вида 2026-02-01",
}
