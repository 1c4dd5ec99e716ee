package russian

// costs are the formats of what tokens cost: internal/jobs/cost and what uses it.
var costs = map[string]string{
	// cost: amount.go, prices.go
	"%d {₽|₽}": "%d {₽|₽|₽}",
	"<0.01 ₽":  "<0,01 ₽",
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
	"the daily budget of %s is used up: today, the runs in this folder set %s of it aside, and the next request may cost %s (an estimate by prices of %s; " +
		"the day ends at midnight, %s)": "дневной бюджет %s исчерпан: сегодня запуски в этой папке отложили из него %s, а следующий запрос может стоить %s " +
		"(оценка по ценам на %s; день кончается в полночь, %s)",
	"%s: the daily budget cannot be kept: %v":                                    "%s: не удаётся вести дневной бюджет: %v",
	"it has a line of another program; delete the file if nothing else needs it": "в файле есть строка другой программы; удалите файл, если он больше не нужен",
	"the time of the run is over (%v)":                                           "время запуска истекло (%v)",
	// jobs: budget.go
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
	// jobs/blast: radius.go
	"the prompt":             "промпт",
	"the system prompt":      "системный промпт",
	"the model":              "модель",
	"a parameter":            "параметр",
	"the form of the answer": "вид ответа",
	"the examples":           "примеры",
	"the files":              "файлы",
	"the way of long texts":  "способ для длинных текстов",
	"%s changed: %d {cell|cells} that {2:has|have} an answer {2:is|are} asked again": "изменилось: %s; снова {2:спрашивается|спрашиваются|спрашиваются} " +
		"%d {ячейка|ячейки|ячеек} с ответом",
	"%s of the column %q changed: %d {cell|cells} that {3:has|have} an answer {3:is|are} asked again": "в столбце «%[2]s» изменилось: %[1]s; снова " +
		"{3:спрашивается|спрашиваются|спрашиваются} %[3]d {ячейка|ячейки|ячеек} с ответом",
	"%d {cell|cells} that {1:has|have} an answer {1:is|are} asked again": "снова {1:спрашивается|спрашиваются|спрашиваются} %d {ячейка|ячейки|ячеек} с ответом",
	"the column %q follows: %d {cell|cells}":                             "за ним идёт столбец «%s»: %d {ячейка|ячейки|ячеек}",
	"%d {row|rows} changed in the table since {1:it was|they were} answered, and {1:is|are} asked again": "%d {строка|строки|строк} с ответом " +
		"{1:изменилась|изменились|изменились} в таблице и {1:спрашивается|спрашиваются|спрашиваются} снова",
	"%d {cell is|cells are} read differently than by the program that asked {1:it|them} before": "%d {ячейка читается|ячейки читаются|ячеек читаются} " +
		"иначе, чем программой, которая спрашивала {1:её|их|их} раньше",
	"at most %d {request|requests}":                                         "не больше %d {запроса|запросов|запросов}",
	"at most %d {request|requests}, about %s (an estimate by prices of %s)": "не больше %d {запроса|запросов|запросов}, около %s (оценка по ценам на %s)",
	"--%s %s: unknown":                       "--%s %s: неизвестное значение",
	"use one of: %s":                         "возможные значения: %s",
	"--on-blocked retry-model needs a model": "для --on-blocked retry-model нужна модель",
	"name it with --blocked-model":           "укажите её через --blocked-model",
	// jobs: preview.go; cmd: run.go
	"%d of %d {row|rows} of the canary failed or {1:was|were} blocked (%s), more than %v %%; the others were not asked": "в пробе " +
		"с ошибкой или блокировкой %d из %d {строки|строк|строк} (%s) — больше %v %%; остальные не спрошены",
	"canary: %d random {row|rows} asked, %d {failed or was blocked|failed or were blocked}": "проба: {1:спрошена|спрошены|спрошено} %d {случайная строка|" +
		"случайные строки|случайных строк}, с ошибкой или блокировкой — %d",
	"--%s %s: must be from 0%% to 100%%": "--%s %s: нужно от 0%% до 100%%",
	"for example: --%s 5%%":              "например: --%s 5%%",
	// cmd: cost.go, run.go
	"%s: %d {token|tokens}":                      "%s: %d {токен|токена|токенов}",
	"left of the packages: %s":                   "осталось в пакетах: %s",
	"ask anyway? [y/N]":                          "всё равно спросить? [д/Н]",
	"nothing was sent: the package is too small": "ничего не отправлено: пакета не хватит",
	"buy more tokens, choose another --model, or ask fewer rows with --limit": "купите ещё токенов, выберите другую модель (--model) или " +
		"спросите меньше строк (--limit)",
	// cmd: confirm.go
	"--confirm-above %s: must be a number of requests, an amount such as 500rub, or both": "--confirm-above %s: нужно число запросов, сумма вида 500rub " +
		"или и то и другое",
	"for example: --confirm-above 1000,500rub": "например: --confirm-above 1000,500rub",
	"nothing was sent: what has an answer would be asked again with up to %d {request|requests}, about %s": "ничего не отправлено: на то, что уже имеет " +
		"ответ, ушло бы до %d {запроса|запросов|запросов}, около %s",
	"send up to %d {request|requests} for what has an answer, about %s? [y/N]": "отправить до %d {запроса|запросов|запросов} о том, на что уже есть " +
		"ответ, около %s? [д/Н]",
	"an answer that is cut off again needs more requests (--on-length raise)": "если ответ снова обрежется, запросов понадобится больше (--on-length raise)",
	"the budget is too small for a single request, which may need %d {token|tokens}, about %s; raise it, or lower --max-tokens": "бюджета не хватит и на один " +
		"запрос: ему может понадобиться %d {токен|токена|токенов}, около %s; увеличьте бюджет или уменьшите --max-tokens",
	"stopped: %s": "остановлено: %s",
	"warning: the package of %s is used up; %s is asked instead, at its price": "внимание: пакет %s исчерпан; вместо неё спрашивается %s — по своей цене",
	"repeat the command with --yes to pay for it, or take the change back":     "повторите команду с --yes, чтобы заплатить за это, или верните всё как было",
	"take the change back, and the answers are found again":                    "верните всё как было, и ответы найдутся снова",

	// cmd/gigabatch: cost.go
	"model\tinput\toutput\tcached\tbatch\tdate\tsource": "модель\tвход\tвыход\tкэш\tпакет\tдата\tоткуда",
	"rubles for a million tokens of prompts (input), of completions (output), of prompts in the cache of the service (cached), and of " +
		"prompts and completions in a batch (batch)": "рубли за миллион токенов: вход — промпты, выход — ответы, кэш — промпты из кэша сервиса, " +
		"пакет — промпты и ответы в пакетном режиме",
	"a file of prices is CSV with the header model,input,output,cached,batch,date,source, in rubles for a million tokens; gigabatch prices shows what is known": "файл цен — это CSV " +
		"с заголовком model,input,output,cached,batch,date,source и ценами в рублях за миллион токенов; известные цены показывает gigabatch prices",
	"a service of the OpenAI dialect has no balance":  "у сервиса с диалектом OpenAI баланса нет",
	"the console of the provider shows what was used": "расход показывает консоль поставщика",
	"--packages: %q names no number of tokens":        "--packages: в «%s» нет числа токенов",
	"for example --packages GigaChat-2=1000000":       "например, --packages GigaChat-2=1000000",
	"the service shows no balance to this account (403): it pays as it goes, so there is no package to use up": "сервис не показывает баланс этой учётной записи (403): " +
		"она оплачивает токены по факту, пакета у неё нет",
	"%d {file is|files are} attached, and {1:its|their} tokens are not known": "{1:приложен|приложены|приложено} %d {файл|файла|файлов}, {1:его|их|их} токены неизвестны",
	"about %v at the pace of the last run":                                    "около %v в темпе последнего запуска",
	"about %v at the quota found so far":                                      "около %v при найденной до сих пор квоте",
	"as in %d {answer|answers} of the journal":                                "как у %d {ответа|ответов|ответов} из журнала",
	"as answers to other prompts in the journal":                              "как у ответов на другие промпты из журнала",
	"assumed, since no answer is known yet; run --preview gets some":          "допущение: ответов ещё нет, их даст run --preview",
	"at most, by --max-tokens":                                                "не больше, по --max-tokens",
	"cost":                                                                    "стоимость",
	"files":                                                                   "файлы",
	"counted in %d {request|requests}":                                        "подсчитаны в %d {запросе|запросах|запросах}",
	"%s of them, which need other answers first":                              "%s из них, сначала нужны другие ответы",
	"%s of them, for answers that do not fit":                                 "%s из них, для ответов не того вида",
	"dependent requests":                                                      "зависимые запросы",
	"repairs":                                                                 "исправления",
	"--%s is for an estimate, and this is a run":                              "--%s — для оценки, а это запуск",
	"add --estimate":                                                          "добавьте --estimate",
	"estimate: prompt tokens %s, completion tokens %s, %s":                    "оценка: токены промптов %s, токены ответов %s, %s",
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
	// blast.go, words.go; web/board: spend.go
	"at most %d {request|requests}, about %s (an estimate)": "не больше %d {запроса|запросов|запросов}, около %s (оценка)",
	"stopped at a limit":                                                         "остановлен на пределе",
	"leave it empty for no budget":                                               "оставьте поле пустым, если бюджет не нужен",
	"the budget must be a number of rubles above 0":                              "бюджет должен быть числом рублей больше 0",
	"the budget must be a number of tokens above 0":                              "бюджет должен быть числом токенов больше 0",
	"nothing was sent, because what has an answer would be asked again: %s":      "ничего не отправлено: то, на что уже есть ответ, было бы спрошено снова: %s",
	"nothing was sent, because more would be asked again than was confirmed: %s": "ничего не отправлено: снова было бы спрошено больше, чем подтверждено: %s",
	"confirm these figures, or take the change back":                             "подтвердите эти числа или верните всё как было",
	"the answers that arrived are kept; enter a larger budget":                   "полученные ответы сохранены; введите бюджет побольше",
	// cost: open.go, prices.go; jobs: budget.go
	"batch: %q is not a share of the price like 0.5 or 50%%": "batch: «%s» — не доля цены вида 0,5 или 50%%",
	"the budget of %d {token|tokens} is used up: %d {was|were} spent, open batches may need %d, and the next request may need %d": "бюджет " +
		"в %d {токен|токена|токенов} исчерпан: израсходовано %d, отправленным пакетам заданий может понадобиться %d, а следующему запросу — %d",
	"the budget of %s is used up: about %s was spent, open batches may cost %s, and the next request may cost %s (an estimate by prices of %s)": "бюджет " +
		"%s исчерпан: израсходовано около %s, отправленные пакеты заданий могут стоить %s, а следующий запрос — %s (оценка по ценам на %s)",
	"a budget in rubles cannot be kept, because it is unknown what batches with the model %q cost": "бюджет в рублях нельзя соблюсти: неизвестно, " +
		"сколько стоят пакеты заданий с моделью «%s»",
	"limit the tokens with --max-tokens-total, or name the share of the price in the column batch of a file with --price-file": "ограничьте токены через " +
		"--max-tokens-total или укажите долю цены в столбце batch файла с --price-file",
	// cmd: figures
	"unknown: there is no price of batches with %s (--price-file); live, it would cost ≈ %s": "неизвестна: нет цены пакетов заданий с %s (--price-file); " +
		"отдельными запросами вышло бы ≈ %s",
	"≈ %s (%s – %s) in batches, by %s": "≈ %s (%s – %s) в пакетах заданий, по %s",
	"in batches":                       "в пакетах заданий",
	"batches":                          "пакеты заданий",
	"saved":                            "экономия",
	"≈ %s, which is ≈ %s less, with --via batch; for companies that pay as they go": "≈ %s с --via batch, то есть на ≈ %s меньше; для компаний " +
		"с оплатой по факту",
	"%s of at most %d {request|requests}; rounds: %s":          "%s, в каждом не больше %d {запроса|запросов|запросов}; заходов: %s",
	"%s, since some requests need answers of an earlier round": "%s, потому что части запросов нужны ответы предыдущего захода",
	"≈ %s; live, it would cost ≈ %s":                           "≈ %s; отдельными запросами вышло бы ≈ %s",
	"up to ≈ %s, as far as batches bring the answers; live, it would cost ≈ %s": "до ≈ %s, если ответы придут из пакетов заданий; отдельными запросами " +
		"вышло бы ≈ %s",
	"until the deadline at most; the service does not say how long batches take": "самое большее до срока; сколько обрабатываются пакеты заданий, сервис не сообщает",
	"unknown: the service does not say how long batches take":                    "неизвестно: сколько обрабатываются пакеты заданий, сервис не сообщает",
	// cmd: summary.go
	"%s saved by batches":            "пакеты заданий сэкономили %s",
	"up to %s more for open batches": "ещё до %s за отправленные пакеты заданий",
}
