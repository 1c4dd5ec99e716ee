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
	// cost: spending.go, ledger.go
	"the budget of %d {token|tokens} is used up: %d {was|were} spent, and the next request may need %d": "бюджет в %d {токен|токена|токенов} исчерпан: " +
		"израсходовано %d, а следующему запросу может понадобиться %d",
	"the budget of %s is used up: about %s was spent, and the next request may cost %s (an estimate by prices of %s)": "бюджет %s исчерпан: " +
		"израсходовано около %s, а следующий запрос может стоить %s (оценка по ценам на %s)",
	"the daily budget of %s is used up: today, the runs in this folder took %s of it, and the next request may cost %s (an estimate by prices of %s; " +
		"the day ends at midnight, %s)": "дневной бюджет %s исчерпан: сегодня запуски в этой папке взяли из него %s, а следующий запрос может стоить %s " +
		"(оценка по ценам на %s; день кончается в полночь, %s)",
	"%s: the daily budget cannot be kept: %v":                                    "%s: не удаётся вести дневной бюджет: %v",
	"it has a line of another program; delete the file if nothing else needs it": "в файле есть строка другой программы; удалите файл, если он больше не нужен",
	// pool: pool.go; jobs: budget.go
	"the time of the run is over (%v)":                                           "время запуска истекло (%v)",
	"a budget cannot be kept, because nothing limits the length of a completion": "бюджет нельзя соблюсти: длина ответа ничем не ограничена",
	"set a limit with --max-tokens; it is part of the request, so rows that were asked without it are asked again": "задайте предел через --max-tokens; " +
		"он входит в запрос, поэтому строки, спрошенные без него, будут спрошены снова",
	"a budget in rubles cannot be kept, because the price of the model %q is unknown": "бюджет в рублях нельзя соблюсти: цена модели «%s» неизвестна",
	"limit the tokens with --max-tokens-total, or name the price in a file with --price-file": "ограничьте токены через --max-tokens-total или укажите " +
		"цену в файле через --price-file",
	// cmd: run.go, exit.go
	"--%s %v: must be a number of rubles above 0": "--%s %v: нужно число рублей больше 0",
	"about %s":                                       "около %s",
	"about %s (an estimate by prices of %s)":         "около %s (оценка по ценам на %s)",
	"about %s at real prices (of %s)":                "около %s по настоящим ценам (на %s)",
	"%s of that perhaps, for answers that were lost": "из них %s под вопросом, за потерянные ответы",
	"cost unknown: there is no price of %s":          "стоимость неизвестна: нет цены %s",
	"for example: --%s 500":                          "например: --%s 500",
	"stopped: %s; the same command goes on":          "остановлено: %s; та же команда продолжит",
}
