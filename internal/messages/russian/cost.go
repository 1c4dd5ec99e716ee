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
	"%d {file is|files are} attached, and {1:its|their} tokens are not known": "{1:приложен|приложены|приложено} %d {файл|файла|файлов}, {1:его|их|их} токены неизвестны",
	"%s of them, which need other answers first":                              "%s из них, сначала нужны другие ответы",
	"%s of them, for answers that do not fit":                                 "%s из них, для ответов не по форме",
	"dependent requests":                                             "зависимые запросы",
	"repairs":                                                        "исправления",
	"about %v at the pace of the last run":                           "около %v в темпе последнего запуска",
	"about %v at the quota found so far":                             "около %v при найденной до сих пор квоте",
	"as in %d {answer|answers} of the journal":                       "как у %d {ответа|ответов|ответов} из журнала",
	"as answers to other prompts in the journal":                     "как у ответов на другие промпты из журнала",
	"assumed, since no answer is known yet; run --preview gets some": "допущение: ответов ещё нет, их даст run --preview",
	"at most, by --max-tokens":                                       "не больше, по --max-tokens",
	"--%s is for an estimate, and this is a run":                     "--%s — для оценки, а это запуск",
	"add --estimate":                                                 "добавьте --estimate",
	"prompt tokens":                                                  "токены промптов",
	"completion tokens":                                              "токены ответов",
	"cost":                                                           "стоимость",
	"files":                                                          "файлы",
	"requests":                                                       "запросы",
	"time":                                                           "время",
	"counted in %d {request|requests}":                               "подсчитаны в %d {запросе|запросах|запросах}",
	"estimate: prompt tokens %s, completion tokens %s, %s":                      "оценка: токены промптов %s, токены ответов %s, %s",
	"estimate: prompt tokens %s, completion tokens %s; there is no price of %s": "оценка: токены промптов %s, токены ответов %s; цена %s неизвестна",
	"every amount is an estimate; where nothing is assumed, the true one is between the two in brackets in 95 of 100 cases": "все числа — оценки; если это не допущение, " +
		"настоящее число в 95 случаях из 100 лежит между двумя в скобках",
	"from the length of the texts":                                                              "по длине текстов",
	"from the length of the texts, as in the journal":                                           "по длине текстов, как у ответов из журнала",
	"note: this service does not count tokens; they are estimated from the length of the texts": "к сведению: этот сервис не считает токены; оценка сделана по длине текстов",
	"prices of %s":                                    "ценам от %s",
	"prices without a date":                           "ценам без даты",
	"requests: %s; tokens: %s":                        "запросы: %s; токены: %s",
	"requests: %s; tokens: %s; %s":                    "запросы: %s; токены: %s; %s",
	"the input changed while it was read":             "входной файл изменился, пока его читали",
	"unknown: no run has found the quota yet":         "неизвестно: квоту ещё не нашёл ни один запуск",
	"unknown: there is no price of %s (--price-file)": "неизвестна: нет цены %s (--price-file)",
	"warning: the service did not count the tokens, so they are estimated from the length of the texts: %v": "предупреждение: сервис не подсчитал токены, оценка сделана по длине текстов: %v",
	"≈ %s (%s – %s), by %s": "≈ %s (%s – %s) по %s",
	"warning: the run needs at least %d {token|tokens} of %s, by an estimate, and its package has %d{|} left; the run ends when " +
		"it is used up, and the same command continues later": "предупреждение: запуску нужно не меньше %d {токена|токенов|токенов} %s (оценка), а в пакете осталось %d{||}; " +
		"когда он кончится, запуск остановится, и та же команда продолжит его позже",
}
