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

	// cmd/gigabatch: cost.go
	"model\tinput\toutput\tcached\tdate\tsource": "модель\tвход\tвыход\tкэш\tдата\tоткуда",
	"rubles for a million tokens of prompts (input), of completions (output), and of prompts in the cache of the service (cached)": "рубли за миллион токенов: вход — промпты, " +
		"выход — ответы, кэш — промпты из кэша сервиса",
	"a file of prices is CSV with the header model,input,output,cached,date,source, in rubles for a million tokens; gigabatch prices shows what is known": "файл цен — это CSV " +
		"с заголовком model,input,output,cached,date,source и ценами в рублях за миллион токенов; известные цены показывает gigabatch prices",
	"a service of the OpenAI dialect has no balance":  "у сервиса с диалектом OpenAI баланса нет",
	"the console of the provider shows what was used": "расход показывает консоль поставщика",
	"--packages: %q names no number of tokens":        "--packages: в «%s» нет числа токенов",
	"for example --packages GigaChat-2=1000000":       "например, --packages GigaChat-2=1000000",
	"the service shows no balance to this account (403): it pays as it goes, so there is no package to use up": "сервис не показывает баланс этой учётной записи (403): " +
		"она оплачивает токены по факту, пакета у неё нет",
}
