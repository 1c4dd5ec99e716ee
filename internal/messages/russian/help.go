package russian

// Help has the Russian of the texts of the help.
var Help = map[string]string{
	"only rows where `COLUMN` is not empty; can be given several times": "только строки, где `СТОЛБЕЦ` не пуст; можно указать несколько раз",

	"only rows where COLUMN=VALUE; also !=, ~ (contains; *~TEXT in any column of the input), in [\"A\",\"B\"], and <, >, <= and >= for numbers and dates; if there are several, all must hold": "только строки, где СТОЛБЕЦ=ЗНАЧЕНИЕ; также !=, ~ (содержит; *~ТЕКСТ — в любом столбце исходной таблицы), in [\"А\",\"Б\"], а для чисел и дат <, >, <= и >=; если условий несколько, должны выполняться все",
	"input file: CSV, XLSX or JSONL; - for standard input":            "исходный файл: CSV, XLSX или JSONL; - — стандартный ввод",
	"name of the column; prompts of other columns use it as {{name}}": "название столбца; промпты других столбцов пишут его как {{название}}",

	"`HOST` that may get the key, although only .env or a job file names it; can be repeated": "`УЗЕЛ`, которому можно передать ключ, хотя его называет только .env или файл задания; параметр можно повторять",
	"let a job file name files outside its folder":                                            "разрешить файлу задания называть файлы вне его папки",

	// the program and its commands
	"ask GigaChat about every row of a file and write the answers next to the rows": "отправляет в GigaChat каждую строку файла и записывает ответы рядом со строками",
	"Try it without an account:  gigabatch run --sandbox questions.xlsx\n\n" +
		"Read more: README.md": "Попробуйте без учётной записи:  gigabatch run --sandbox questions.xlsx\n\n" +
		"Подробнее: README.ru.md",
	"show this list, or the help of a command":                             "показать этот список или справку по команде",
	"ask about every row of a file and write the answers next to the rows": "отправить в модель каждую строку файла и записать ответы рядом со строками",
	"INPUT …": "ФАЙЛ …",
	"INPUT is a CSV, XLSX or JSONL file, or - for standard input. The output is NAME.answers.EXT in the same folder.\n" +
		"Several files, a folder, or a pattern in quotes such as \"docs/**/*.md\" are documents; each document is a row.\n" +
		"A job file such as job.yaml names the input and the settings; gigabatch init creates an example.\n" +
		"The answers are kept in a journal, INPUT.gigabatch. The same command run again asks only about rows without an answer.\n\n" +
		"Read more: docs/workbooks.md, docs/csv.md, docs/forms.md, docs/documents.md, docs/batches.md": "ФАЙЛ — таблица CSV, XLSX или JSONL либо - для стандартного ввода. Ответы записываются рядом: ИМЯ.answers.РАСШИРЕНИЕ.\n" +
		"Несколько файлов, папка или шаблон в кавычках, например \"docs/**/*.md\", — это документы: каждый документ — одна строка.\n" +
		"Файл задания, например job.yaml, сам называет исходный файл и настройки; его пример создаёт команда gigabatch init.\n" +
		"Ответы хранятся в журнале ФАЙЛ.gigabatch. Если повторить ту же команду, отправятся только строки, на которые ещё нет ответа.\n\n" +
		"Подробнее: docs/workbooks.ru.md, docs/csv.ru.md, docs/forms.ru.md, docs/documents.ru.md, docs/batches.ru.md",
	"write the output again from the journal; nothing is sent": "заново записать результат по журналу, ничего не отправляя",
	"INPUT": "ФАЙЛ",
	"The settings are those of the last run, or of the one that --run names. Rows without an answer are written as pending.\n\n" +
		"Read more: docs/reference.md": "Настройки берутся из последнего запуска или из указанного в --run. Строки без ответа получают состояние pending.\n\n" +
		"Подробнее (на английском): docs/reference.md",
	"show how many rows have an answer, and which rows failed and why": "показать, сколько строк получили ответ, какие завершились ошибкой и почему",
	"The numbers come from the journal of the last run. If batches are at the service, their answers are collected first.\n\n" +
		"Read more: docs/troubleshooting.md": "Данные берутся из журнала последнего запуска. Если у сервиса есть пакеты заданий, их ответы сначала забираются.\n\n" +
		"Подробнее (на английском): docs/troubleshooting.md",
	"send one prompt and print the completion": "отправить один промпт и вывести ответ",
	`"TEXT"`: `"ТЕКСТ"`,
	"If TEXT is -, the prompt is read from standard input.\n\n" +
		"Read more: docs/reference.md": "Если ТЕКСТ — это -, промпт читается из стандартного ввода.\n\n" +
		"Подробнее (на английском): docs/reference.md",
	"print a new access token and when it expires":               "вывести новый токен доступа и срок его действия",
	"Read more: docs/troubleshooting.md":                         "Подробнее (на английском): docs/troubleshooting.md",
	"list the models that the key may use":                       "вывести список моделей, доступных с этим ключом",
	"Read more: docs/reference.md":                               "Подробнее (на английском): docs/reference.md",
	"check the key, the connection and the account step by step": "проверить по шагам ключ, соединение и учётную запись",
	"The steps: key format, TLS chain, OAuth, scope, clock, model, free stream. A failed step prints what to do; steps that\n" +
		"depend on it are skipped. The last step asks for a completion of a few tokens.\n\n" +
		"Read more: docs/troubleshooting.md": "Шаги: формат ключа, цепочка TLS, OAuth, scope, часы, модель, свободный поток. Если шаг не удался, выводится, что делать,\n" +
		"а зависящие от него шаги пропускаются. На последнем шаге запрашивается ответ в несколько токенов.\n\n" +
		"Подробнее (на английском): docs/troubleshooting.md",
	"serve a local page to chat, try prompts on a file, watch runs and download results": "открыть локальную страницу: чат, проба промпта на файле, наблюдение за запусками, скачивание результатов",
	"The page works with the tables of one folder. Open it at the address that the terminal shows; only this computer can do so.\n\n" +
		"An address that other computers can reach requires a password of at least 12 characters, in GIGABATCH_PASSWORD or --password-file.\n" +
		"With --tls-cert and --tls-key, nobody on the network can read along.\n\n" +
		"Read more: docs/page.md": "Страница работает с таблицами одной папки. Она открывается по адресу, который показан в терминале, и только на этом компьютере.\n\n" +
		"Чтобы страница была доступна другим компьютерам, нужен пароль не короче 12 символов: в GIGABATCH_PASSWORD или --password-file.\n" +
		"С --tls-cert и --tls-key никто в сети не прочитает, что вы передаёте.\n\n" +
		"Подробнее: docs/page.ru.md",
	"serve an emulator of the API on a loopback port, for trials and tests": "запустить эмулятор API на локальном порту для проб и тестов",
	"KIND[:ARG][=WHEN[&WHEN…]], separated by commas. KIND is one of those below, with the prefix oauth-, models-, tokens-,\n" +
		"balance-, files-, embeddings-, batch-create-, batch-poll- or batch-list- for an endpoint other than the completions. The lines of a batch are\n" +
		"completions or embeddings. ARG is the Retry-After of 429, or the time of slow and hang. WHEN is a share (0.2), the first requests (#3) or a\n" +
		"range of them (#4-6, #4-), a time since the start (10s..20s), a text in the prompt (~war), a model (@GigaChat-2), or the first attempt for\n" +
		"a request (once) or the first n (x3); without WHEN the fault always happens. Text in double quotes may contain the characters , & and =.": "ВИД[:ARG][=КОГДА[&КОГДА…]], через запятую. ВИД — один из перечисленных ниже; приставка oauth-, models-, tokens-, balance-, files-,\n" +
		"embeddings-, batch-create-, batch-poll- или batch-list- относит его не к ответам модели, а к другим адресам. Строки пакета запросов — обычные\n" +
		"ответы модели или эмбеддинги. ARG — значение Retry-After для 429 или время для slow и hang. КОГДА — доля (0.2), первые запросы (#3) или их\n" +
		"диапазон (#4-6, #4-), время от начала (10s..20s), текст в промпте (~война), модель (@GigaChat-2), первая попытка запроса (once) или первые n\n" +
		"попыток (x3); без КОГДА сбой происходит всегда. Текст в двойных кавычках может содержать знаки , & и =.",
	"create an example of a job file and its input": "создать пример файла задания и исходный файл к нему",
	"[FILE]": "[ФАЙЛ]",
	"FILE is job.yaml by default; - prints the job file and writes nothing. Existing files are not replaced.\n" +
		"Then try it without an account:  gigabatch run --sandbox job.yaml\n\n" +
		"Read more: docs/forms.md": "По умолчанию ФАЙЛ — job.yaml; если указать -, файл задания будет выведен на экран, но не записан. Существующие файлы не заменяются.\n" +
		"Затем попробуйте без учётной записи:  gigabatch run --sandbox job.yaml\n\n" +
		"Подробнее: docs/forms.ru.md",
	"print the version": "вывести версию",

	// the words of the templates, and the exit codes
	"NAME:":                     "НАЗВАНИЕ:",
	"USAGE:":                    "ИСПОЛЬЗОВАНИЕ:",
	"VERSION:":                  "ВЕРСИЯ:",
	"DESCRIPTION:":              "ОПИСАНИЕ:",
	"CATEGORY:":                 "РАЗДЕЛ:",
	"GLOBAL OPTIONS:":           "ОБЩИЕ ПАРАМЕТРЫ:",
	"OPTIONS:":                  "ПАРАМЕТРЫ:",
	"COMMANDS:":                 "КОМАНДЫ:",
	"[global options]":          "[общие параметры]",
	"command [command options]": "команда [параметры команды]",
	"[command options]":         "[параметры]",
	"[arguments...]":            "[аргументы…]",
	"Exit codes:":               "Коды завершения:",
	"0    every row has a completion, or was skipped because it is empty; also without rows, after --detach, and if --if-locked or --no-key left the run out": "0    у каждой строки есть ответ, или она пропущена как пустая; также если строк нет, после --detach и если запуск пропущен по --if-locked или --no-key",
	"1    the run failed or could not finish (credentials, quota, journal, service down for too long)":                                                        "1    запуск не удался или не дошёл до конца (ключ, квота, журнал, долгий сбой сервиса)",
	"2    wrong usage or bad input; nothing was sent or changed":                                                                                              "2    ошибка в команде или в исходном файле; ничего не отправлено и не изменено",
	"3    finished, but some rows failed or were blocked, or a condition of --fail-if holds; the output is written":                                           "3    запуск завершён, но часть строк с ошибкой или заблокирована модерацией, или выполнено условие --fail-if; результат записан",
	"4    stopped at a limit that you set (budget, time); the output is written, and the same command goes on":                                                "4    остановлено на заданном ограничении (бюджет, время); результат записан, та же команда продолжит",
	"stop in order before the run spends more than `N` tokens, prompts and completions together (needs --max-tokens)": "остановиться, прежде чем запуск " +
		"израсходует больше `N` токенов на промпты и ответы вместе (нужен --max-tokens)",
	"stop in order before the run spends more than `RUB` rubles, estimated by the table of prices (needs --max-tokens)": "остановиться, прежде чем запуск " +
		"израсходует больше `RUB` рублей; оценка по таблице цен (нужен --max-tokens)",
	"stop in order before all runs in this folder spend more than `RUB` rubles on a day (needs --max-tokens)": "остановиться, прежде чем все запуски " +
		"в этой папке израсходуют за день больше `RUB` рублей (нужен --max-tokens)",
	"if more than so many requests, or rubles, ask again what has an answer, confirm it first: `LIMIT`, such as 5000,2000rub": "если на уже отвеченное " +
		"уйдёт больше стольких запросов или рублей, сначала спросить: `LIMIT`, например 5000,2000rub",
	"ask `N` random rows first, once for each definition of the columns, and go on only if they went well": "сначала спросить `N` случайных строк (один раз " +
		"для каждого определения столбцов) и продолжить, только если всё в порядке",
	"how many rows of the canary may fail or be blocked, `PERCENT`": "сколько строк пробы может закончиться ошибкой или блокировкой, `PERCENT`",
	"Batches": "Пакеты заданий",
	"`live|batch|auto|hybrid`: ask each row by a request, or all through asynchronous batches at half the price; auto asks live if the key has no " +
		"right to batches, hybrid asks live what is open shortly before --deadline": "`live|batch|auto|hybrid`: спрашивать каждую строку своим запросом или все через " +
		"пакеты заданий за полцены; auto — обычными запросами, если ключу пакеты недоступны, hybrid — обычными запросами то, на что нет ответа незадолго до --deadline",
	"`TIME` by which the rows of --via hybrid are to be answered: 18:00 (the next time it is so late), or 2026-12-24 18:00": "`TIME` — срок, к которому нужны " +
		"ответы с --via hybrid: 18:00 (ближайшие) или 2026-12-24 18:00",
	"end once all batches are posted; a later gigabatch run or gigabatch status collects the answers": "завершиться, как только все пакеты отправлены; ответы потом " +
		"заберёт gigabatch run или gigabatch status",
	"at most `N` requests in a batch": "не больше `N` запросов в пакете",
	"`batch|live`: ask a row that a batch did not answer in the next batch, or live": "`batch|live`: спросить строку, на которую пакет не ответил, в следующем пакете или " +
		"обычным запросом",
	"post batches again of which it cannot be found out whether the service has them; their rows may be paid for twice": "отправить снова пакеты, о которых нельзя узнать, " +
		"есть ли они у сервиса; их строки могут быть оплачены дважды",
	"have batches posted again of which it cannot be found out whether the service has them; their rows may be paid for twice": "разрешить отправить снова пакеты, " +
		"о которых нельзя узнать, есть ли они у сервиса; их строки могут быть оплачены дважды",
	"do not ask the service for the answers of batches": "не забирать у сервиса ответы пакетов",
	"Following up": "Вслед за ответом",
	"`keep|raise`: keep an answer that was cut off at the token limit, or ask again with twice the limit until it fits the context": "`keep|raise`: " +
		"оставить ответ, обрезанный по лимиту токенов, или спросить снова с вдвое большим лимитом, пока он умещается в контекст",
	"`keep|retry-model|fail`: keep a row blocked by moderation, ask another model, or count the row as failed, so that --retry-failed asks it": "`keep|retry-model|fail`: " +
		"оставить строку, заблокированную модерацией, спросить другую модель или считать строку ошибкой, чтобы её спросил --retry-failed",
	"`MODEL` to ask about rows that moderation blocked":                                    "`MODEL` — модель для строк, заблокированных модерацией",
	"`MODEL` to ask once the package of the model is used up (402)":                        "`MODEL` — модель на случай, если пакет основной исчерпан (402)",
	"do not ask for confirmation (see --confirm-above)":                                    "не спрашивать подтверждения (см. --confirm-above)",
	"stop in order after `TIME`":                                                           "остановиться через `TIME`, дождавшись начатых ответов",
	"5    another run is using this job":                                                   "5    с этим заданием работает другой запуск",
	"130  interrupted (143: terminated, 129: terminal closed); the same command continues": "130  прервано (143 — завершено системой, 129 — закрыт терминал); та же команда продолжит работу",
	"130  interrupted (143: terminated, 129: terminal closed)":                             "130  прервано (143 — завершено системой, 129 — закрыт терминал)",
	"0    done": "0    готово",
	"0    the output is written, even if rows are pending or failed": "0    результат записан, даже если часть строк ещё ждёт ответа или с ошибкой",
	"0    the state is shown, whatever it is":                        "0    состояние показано, каким бы оно ни было",
	"0    the model has answered":                                    "0    модель ответила",
	"0    every check has passed":                                    "0    все проверки пройдены",
	"1    it failed (credentials, service, journal, disk)":           "1    не удалось (ключ, сервис, журнал, диск)",
	"1    a check has failed":                                        "1    какая-то проверка не пройдена",
	"3    the answer is empty, broken or blocked":                    "3    ответ пустой, испорчен или заблокирован модерацией",

	// the groups of flags
	"Prompt and model":        "Промпт и модель",
	"Form of the answer":      "Вид ответа",
	"Long texts":              "Длинные тексты",
	"Asking again":            "Повторные запросы",
	"Output and journal":      "Результат и журнал",
	"Input":                   "Исходный файл",
	"Row selection":           "Выбор строк",
	"Limits and retries":      "Ограничения и повторы",
	"Service and credentials": "Сервис и ключ",
	"Page":                    "Страница",
	"Display":                 "Вывод на экран",

	// the flags of run
	"write the output to `FILE`; the extension sets the format, - is standard output (default: NAME.answers.EXT)":                                                                     "`ФАЙЛ` для ответов; формат — по расширению, знак - означает стандартный вывод (по умолчанию: ИМЯ.answers.РАСШИРЕНИЕ)",
	"replace a file that gigabatch did not write; with --in-place, replace your own texts in the completion column":                                                                   "заменить файл, который создан не gigabatch; вместе с --in-place — заменить собственные тексты в столбце ответов",
	"write the completion of each row to a file NAME.md in `DIR`":                                                                                                                     "`ПАПКА`, где ответ на каждую строку сохраняется отдельным файлом ИМЯ.md",
	"`TEMPLATE` for the names of these files, for example \"{{id}}\" (default: name of the document, or row-N)":                                                                       "`ШАБЛОН` имён этих файлов, например \"{{id}}\" (по умолчанию: имя документа или row-N)",
	"write the answers into the input file itself":                                                                                                                                    "записать ответы в сам исходный файл",
	"keep the answers in `FILE` (default: INPUT.gigabatch)":                                                                                                                           "`ФАЙЛ` журнала с ответами (по умолчанию: имя исходного файла и .gigabatch)",
	"`NAME` of the column for the completions":                                                                                                                                        "`НАЗВАНИЕ` столбца для ответов",
	"`TEXT` to put before the names of the columns for the values of a schema":                                                                                                        "`ТЕКСТ` перед названиями столбцов для значений по схеме",
	"`DIALECT` of a CSV output; a Russian Excel opens excel-ru (default: that of the input)":                                                                                          "`ВИД` файла CSV: excel-ru открывается в русском Excel (по умолчанию: как в исходном файле)",
	"`on|off`: in a CSV file, put an apostrophe before answers that a spreadsheet would run as a formula":                                                                             "`on|off`: ставить в CSV апостроф перед ответами, которые Excel примет за формулу",
	"`FORMAT` of the input: csv, xlsx, jsonl, or documents to read tables as documents (default: by extension)":                                                                       "`ФОРМАТ` исходного файла: csv, xlsx, jsonl или documents, чтобы читать таблицы как документы (по умолчанию: по расширению)",
	"`SHEET` of a workbook, by name or number (default: the first visible sheet)":                                                                                                     "`ЛИСТ` книги Excel: название или номер (по умолчанию: первый видимый лист)",
	"read all visible sheets of a workbook":                                                                                                                                           "читать все видимые листы книги Excel",
	"use the stored values of workbook cells instead of the displayed ones":                                                                                                           "брать из ячеек Excel хранимые значения, а не показанные на экране",
	"the header is in row (or line) `N` (default: detected)":                                                                                                                          "заголовок в строке `N` (по умолчанию: определяется автоматически)",
	"the table has no header; the columns are named A, B, C …":                                                                                                                        "в таблице нет заголовка, столбцы называются A, B, C …",
	"`CHARACTER` between the cells of a CSV file, or tab (default: detected)":                                                                                                         "`СИМВОЛ` между ячейками CSV или tab (по умолчанию: определяется автоматически)",
	"`NAME` of the encoding of a CSV file, for example windows-1251 (default: detected)":                                                                                              "`КОДИРОВКА` файла CSV, например windows-1251 (по умолчанию: определяется автоматически)",
	"only these `ROWS` of the sheet or lines of the file: 2-500, 7, 2-10,20-30 or 500-":                                                                                               "только эти `СТРОКИ` листа или файла: 2-500, 7, 2-10,20-30 или 500-",
	"only rows where `COLUMN=VALUE`; also !=, ~ (contains; *~TEXT in any column), in [\"A\",\"B\"], and <, >, <= and >= for numbers and dates; if given several times, all must hold": "только строки, где `СТОЛБЕЦ=ЗНАЧЕНИЕ`; также !=, ~ (содержит; *~ТЕКСТ — в любом столбце), in [\"А\",\"Б\"], а для чисел и дат <, >, <= и >=; если условий несколько, выполняться должны все",
	"also these `ROWS`, which are left out as no data: a repeated header, the totals of a table, the numbers of the columns":                                                          "также эти `СТРОКИ`, которые пропускаются, потому что в них нет данных: повтор заголовка, итоги таблицы, номера столбцов",
	"skip rows that look like no data: totals, units, notes and another table below a gap":                                                                                            "пропустить строки, не похожие на данные: итоги, единицы измерения, примечания и другую таблицу после пустой строки",
	"skip the hidden rows of a workbook":                                                                                                                                              "пропустить скрытые строки книги Excel",
	"only the first `N` of the selected rows":                                                                                                                                         "только первые `N` из выбранных строк",
	"prompt `TEMPLATE`, for example \"Summarize: {{text}}\" (default: the column prompt, question, text or content, вопрос, запрос, промпт or текст)":                                 "`ШАБЛОН` промпта, например \"Кратко перескажи: {{текст}}\" (по умолчанию: столбец вопрос, запрос, промпт, текст, prompt, question, text или content)",
	"read the prompt template from `FILE`":                                                                                                                                            "`ФАЙЛ` с шаблоном промпта",
	"`FILE` with examples, one per line: {\"user\": \"…\", \"assistant\": \"…\"}":                                                                                                     "`ФАЙЛ` с примерами, по одному в строке: {\"user\": \"…\", \"assistant\": \"…\"}",
	"`LIST` of columns that set a parameter for their row: model, temperature, top_p, max_tokens, repetition_penalty":                                                                 "`СПИСОК` столбцов, которые задают настройки для своей строки: model, temperature, top_p, max_tokens, repetition_penalty",
	"`ask|split`: send a text that is too long for the model as it is, or in parts and join the answers":                                                                              "`ask|split`: слишком длинный для модели текст отправить как есть или по частям, объединив ответы",
	"size of the model's context, `N` tokens (default: the known size)":                                                                                                               "размер контекста модели: `N` токенов (по умолчанию: известный размер)",
	"`TEMPLATE` of the prompt that joins the answers to the parts; it must contain {{parts}} and may contain {{task}}":                                                                "`ШАБЛОН` промпта, который объединяет ответы на части; в нём должно быть {{parts}} и может быть {{task}}",
	"read that template from `FILE`":                                                                                                                                                  "`ФАЙЛ` с этим шаблоном",
	"the answer must be exactly one of `LIST`, for example \"complaint, question, praise\"":                                                                                           "`СПИСОК` вариантов, например \"жалоба, вопрос, похвала\": ответом будет ровно один из них",
	"the answer must be an object that matches the JSON Schema in `FILE`; each property gets a column":                                                                                "`ФАЙЛ` со схемой JSON Schema: ответом будет объект по этой схеме, каждое его свойство получит свой столбец",
	"ask up to `N` times for a better answer if one does not match":                                                                                                                   "запросить исправленный ответ до `N` раз, если ответ не подходит",
	"`COLUMN` with the paths of files to attach to the prompt, separated by ; or line breaks":                                                                                         "`СТОЛБЕЦ` с путями к файлам-вложениям; несколько путей разделяются ; или переводом строки",
	"`DIR` that contains the attached files; no other file is opened (default: the folder of the input)":                                                                              "`ПАПКА` с вложениями; файлы вне её не открываются (по умолчанию: папка исходного файла)",
	"`MODEL` to use (default: GIGACHAT_MODEL, else GigaChat-2)":                                                                                                                       "`МОДЕЛЬ`, которая отвечает (по умолчанию: GIGACHAT_MODEL или GigaChat-2)",
	"system prompt `TEXT`, the same for every row":                                                                                                                                    "`ТЕКСТ` системного промпта, общий для всех строк",
	"read the system prompt from `FILE`":                                                                                                                                              "`ФАЙЛ` с системным промптом",
	"randomness `T`; above 2 is very random; 0 is sent as top_p 0":                                                                                                                    "случайность `T`: больше 2 — очень высокая, 0 передаётся как top_p 0",
	"nucleus sampling `P`, from 0 to 1":                                                                                                                                               "значение `P` для top_p (ядерная выборка), от 0 до 1",
	"at most `N` tokens in a completion":                                                                                                                                              "не больше `N` токенов в ответе",
	"penalty `R` for repetition, above 0; 1 means none":                                                                                                                               "штраф за повторы `R`, больше 0; 1 — без штрафа",
	"at most `N` requests at once; auto finds the limit of the key":                                                                                                                   "не больше `N` одновременных запросов; auto — подобрать по квоте ключа",
	"at most `N` requests a minute, evenly spaced":                                                                                                                                    "не больше `N` запросов в минуту, через равные промежутки",
	"at most `N` tokens a minute":                                                                                                                                                     "не больше `N` токенов в минуту",
	"at most `N` attempts for a row; a 429 does not count":                                                                                                                            "не больше `N` попыток на строку; ответ 429 попыткой не считается",
	"after Ctrl-C, wait at most `TIME` for answers in progress (default: 30s)":                                                                                                        "наибольшее `ВРЕМЯ` ожидания начатых ответов после Ctrl-C (по умолчанию: 30s)",
	"`LIST` of columns to write: completion, values, finish_reason, error, model, prompt_tokens, completion_tokens, total_tokens, cached_tokens, attempts, latency_ms, completed_at": "`СПИСОК` столбцов результата: completion, values, finish_reason, error, model, prompt_tokens, completion_tokens, total_tokens, cached_tokens, attempts, latency_ms, completed_at",
	"if the input changes during the run, ask about new and changed rows in at most `N` rounds": "если входной файл меняется во время запуска, " +
		"обработать новые и изменённые строки не более чем за `N` проходов",
	"go on if the first 20 requests, or 50 in a row later, fail for good in the same way":                                  "продолжать, даже если первые 20 запросов или позже 50 подряд закончились одной и той же ошибкой",
	"stop after `TIME` without a successful request (default: 15m)":                                                        "остановиться, если за `ВРЕМЯ` не удался ни один запрос (по умолчанию: 15m)",
	"ask again about the rows that the service rejected":                                                                   "повторить строки, которые отклонил сервис",
	"ask about every row again, and pay again":                                                                             "отправить все строки заново, с новой оплатой",
	"send identical requests separately, so that each row gets its own answer":                                             "отправлять одинаковые запросы отдельно: у каждой строки будет свой ответ",
	"ask about `[N]` rows (5 by default) from all over the input and show their prompts and answers; no output is written": "отправить `[N]` строк (по умолчанию 5) из разных мест файла и показать промпты и ответы; результат не записывается",
	"show the first requests and their number; nothing is sent or written":                                                 "показать первые запросы и их число; ничего не отправляется и не записывается",
	"show only errors and warnings, no progress and no summary":                                                            "показывать только ошибки и предупреждения, без хода работы и итога",
	"print the summary as JSON on standard output":                                                                         "вывести итог в JSON в стандартный вывод",

	// the flags for the service
	"`FILE` with the authorization key (default: GIGACHAT_CREDENTIALS, also from .env, else the keyring)":                            "`ФАЙЛ` с ключом авторизации (по умолчанию: GIGACHAT_CREDENTIALS, в том числе из .env, иначе хранилище ключей)",
	"read the authorization key from standard input":                                                                                 "прочитать ключ авторизации из стандартного ввода",
	"`SCOPE` of the key: GIGACHAT_API_PERS, GIGACHAT_API_B2B or GIGACHAT_API_CORP (default: GIGACHAT_SCOPE, else GIGACHAT_API_PERS)": "`SCOPE` ключа: GIGACHAT_API_PERS, GIGACHAT_API_B2B или GIGACHAT_API_CORP (по умолчанию: GIGACHAT_SCOPE или GIGACHAT_API_PERS)",
	"`URL` of the API (default: GIGACHAT_BASE_URL, else https://api.giga.chat/v1, or Cloud.ru with GIGACHAT_API_KEY)":                "`URL` API (по умолчанию: GIGACHAT_BASE_URL или https://api.giga.chat/v1, а с GIGACHAT_API_KEY — Cloud.ru)",
	"`URL` of the token endpoint (default: GIGACHAT_AUTH_URL, else that of Sber)":                                                    "`URL` для получения токена (по умолчанию: GIGACHAT_AUTH_URL или адрес Сбера)",
	"PEM or DER `FILE` with additional trusted root certificates (default: GIGACHAT_CA_BUNDLE_FILE)":                                 "`ФАЙЛ` PEM или DER с дополнительными корневыми сертификатами (по умолчанию: GIGACHAT_CA_BUNDLE_FILE)",
	"PEM `FILE` with a client certificate (default: GIGACHAT_CERT_FILE)":                                                             "`ФАЙЛ` PEM с клиентским сертификатом (по умолчанию: GIGACHAT_CERT_FILE)",
	"PEM `FILE` with the key of the client certificate (default: GIGACHAT_KEY_FILE)":                                                 "`ФАЙЛ` PEM с ключом клиентского сертификата (по умолчанию: GIGACHAT_KEY_FILE)",
	"wait at most `TIME` for an answer (default: GIGACHAT_TIMEOUT, else 120s)":                                                       "наибольшее `ВРЕМЯ` ожидания ответа (по умолчанию: GIGACHAT_TIMEOUT или 120s)",
	"use the embedded sandbox: no account, no network, no cost":                                                                      "работать со встроенной песочницей: без учётной записи, без сети и бесплатно",

	// the flags of other commands
	"`LANGUAGE` of messages and help: en or ru (default: GIGABATCH_LANG, else the system language)": "`ЯЗЫК` сообщений и справки: en или ru (по умолчанию: GIGABATCH_LANG или язык системы)",
	"write the output to `FILE` instead of that of the last run; - is standard output":              "`ФАЙЛ` для ответов вместо файла последнего запуска; знак - означает стандартный вывод",
	"replace a file that gigabatch did not write":                                                   "заменить файл, который создан не gigabatch",
	"`FILE` with the answers (default: INPUT.gigabatch)":                                            "`ФАЙЛ` журнала с ответами (по умолчанию: имя исходного файла и .gigabatch)",
	"write the answers of run `N`, as the report numbers them, instead of the last one":             "записать ответы запуска `N` (номер как в отчёте), а не последнего",
	"`LIST` of columns to write instead of those of the last run":                                   "`СПИСОК` столбцов вместо столбцов последнего запуска",
	"show no summary": "не показывать итог",
	"print the status as JSON, with every failed row":                                              "вывести состояние в JSON, включая все строки с ошибкой",
	"print the completion as it arrives":                                                           "выводить ответ по мере поступления",
	"print only the completion":                                                                    "вывести только ответ",
	"print only the token":                                                                         "вывести только токен",
	"print the list as JSON":                                                                       "вывести список в JSON",
	"`FOLDER` with the tables; files dropped on the page are saved there":                          "`ПАПКА` с таблицами; сюда же сохраняются файлы, перетащенные на страницу",
	"`ADDRESS` to listen on (default: 127.0.0.1:8765, or the next free port)":                      "`АДРЕС` страницы (по умолчанию: 127.0.0.1:8765 или следующий свободный порт)",
	"open the page in the browser":                                                                 "открыть страницу в браузере",
	"`FILE` with the password of the page (default: GIGABATCH_PASSWORD)":                           "`ФАЙЛ` с паролем страницы (по умолчанию: GIGABATCH_PASSWORD)",
	"PEM `FILE` with the certificate of the page, which is then served over HTTPS":                 "PEM-`ФАЙЛ` с сертификатом страницы; она открывается по HTTPS",
	"PEM `FILE` with the private key of the certificate, without a passphrase":                     "PEM-`ФАЙЛ` с закрытым ключом сертификата, без пароля",
	"`NAME` that a reverse proxy or DNS gives the page; may be given several times":                "`ИМЯ`, под которым страница доступна через обратный прокси или DNS; можно указать несколько раз",
	"loopback `ADDRESS` to listen on; port 0 is any free port":                                     "локальный `АДРЕС`; порт 0 — любой свободный",
	"`FAULTS` to inject, for example 500=0.2,429:1=0.05":                                           "`СБОИ`, которые нужно имитировать, например 500=0.2,429:1=0.05",
	"`SCOPE` of the key (default: any)":                                                            "`SCOPE` ключа (по умолчанию: любой)",
	"at most `N` completions at once, -1 for no limit (default: 1 for GIGACHAT_API_PERS, else 10)": "не больше `N` одновременных ответов, -1 — без ограничения (по умолчанию: 1 для GIGACHAT_API_PERS, иначе 10)",
	"at most `N` completions started in a second":                                                  "не больше `N` новых ответов в секунду",
	"at most `N` completions started in a minute":                                                  "не больше `N` новых ответов в минуту",
	"`VALUE` of the Retry-After header of a 429 (default: no header)":                              "`ЗНАЧЕНИЕ` заголовка Retry-After в ответе 429 (по умолчанию: без заголовка)",
	"`TIME` that a completion takes":                                                               "`ВРЕМЯ`, за которое готов ответ",
	"random additional time, up to `TIME`":                                                         "наибольшее `ВРЕМЯ` случайной добавки к нему",
	"lifetime of a token, `TIME` (default: 30m)":                                                   "`ВРЕМЯ` жизни токена (по умолчанию: 30m)",
	"pad completions to `N` bytes":                                                                 "дополнять ответы до `N` байт",
	"`MODELS` that reject response_format, separated by commas":                                    "`МОДЕЛИ`, которые не принимают response_format, через запятую",
	"`MODELS` that reject functions, separated by commas":                                          "`МОДЕЛИ`, которые не принимают functions, через запятую",
	"`DIALECT` of the API: gigachat, or openai as at Cloud.ru (default: gigachat)":                 "`ДИАЛЕКТ` API: gigachat или openai, как у Cloud.ru (по умолчанию: gigachat)",
	"`MODELS` that exist, separated by commas (default: those of the service)":                     "имеющиеся `МОДЕЛИ`, через запятую (по умолчанию: как у сервиса)",
	"vectors of `N` numbers (default: 8)":                                                          "векторы из `N` чисел (по умолчанию: 8)",
	"`TIME` from the creation of a batch to its completion (default: none)":                        "`ВРЕМЯ`, за которое выполняется пакет запросов (по умолчанию: сразу)",
	"`TIME` in which polls and lists do not know a new batch (default: none)":                      "`ВРЕМЯ`, в течение которого нового пакета запросов ещё нет в ответах сервиса (по умолчанию: есть сразу)",
	"`TIME` after which a batch ends with the answers that it has (default: never)":                "`ВРЕМЯ`, после которого невыполненный пакет запросов закрывается с теми ответами, что есть (по умолчанию: никогда)",
	"`STATUS` of such a batch (default: expired)":                                                  "`СТАТУС` такого пакета (по умолчанию: expired)",
	"at most `N` requests in a batch (default: 500)":                                               "не больше `N` запросов в пакете (по умолчанию: 500)",
	"`MODELS` that batches reject, separated by commas":                                            "`МОДЕЛИ`, которых нет в пакетной обработке, через запятую",
	"`ORDER` of the results: shuffled or kept (default: shuffled)":                                 "`ПОРЯДОК` результатов: shuffled (вперемешку) или kept (как в запросах) (по умолчанию: shuffled)",
	"`SHAPE` of a list of batches: array, batches, data or single (default: array)":                "`ФОРМА` списка пакетов: array, batches, data или single (по умолчанию: array)",
	"`UNIT` of the times of a batch: seconds or milliseconds (default: seconds)":                   "`ЕДИНИЦА` времени в описании пакета: seconds или milliseconds (по умолчанию: seconds)",
	"`FORM` of the results: output, error (errors in another file) or result (other names, and the input is kept) (default: output)": "`ВИД` результатов: output, error (ошибки в другом файле) или result " +
		"(другие названия, и хранится исходный файл) (по умолчанию: output)",
	"`FAULTS` of the results, separated by commas: doubled, missing, unknown": "`СБОИ` результатов через запятую: doubled (строка дважды), missing (строки нет), unknown (чужая строка)",
	"seed `N` of everything random":                                           "начальное значение `N` для случайных чисел",

	// cost.go
	"Cost": "Стоимость",
	"CSV `FILE` with your own prices, which come before the known ones (default: GIGABATCH_PRICE_FILE)": "CSV-`ФАЙЛ` с вашими ценами, которые важнее известных (по умолчанию: GIGABATCH_PRICE_FILE)",
	"print the table of prices with which costs are estimated":                                          "показать таблицу цен, по которой оценивается стоимость",
	"The prices are in rubles for a million tokens. Sber and its resellers change them, so each has a date, and your contract may\n" +
		"have others: put them into a CSV file with the header model,input,output,cached,batch,date,source. The column batch is the share\n" +
		"of the price that a request in a batch costs, such as 0.5; without the column, it is half.\n\nRead more: docs/cost.md": "Цены — в рублях за миллион токенов. Сбер и его партнёры их меняют, поэтому у каждой есть дата, а в вашем договоре могут\n" +
		"быть другие: запишите их в файл CSV с заголовком model,input,output,cached,batch,date,source. В столбце batch — доля цены,\n" +
		"которую стоит запрос в пакете заданий, например 0.5; без столбца — половина.\n\nПодробнее: docs/cost.md",
	"print how many tokens are left of the prepaid packages": "показать, сколько токенов осталось в предоплаченных пакетах",
	"Only prepaid packages have a balance. An account that pays as it goes has none, and Cloud.ru has none.\n\nRead more: docs/cost.md": "Баланс есть только у " +
		"предоплаченных пакетов. При оплате по факту и у Cloud.ru его нет.\n\nПодробнее: docs/cost.md",
	"0    the packages are listed, or the account pays as it goes": "0    пакеты показаны, или токены оплачиваются по факту",
	"prepaid `PACKAGES`, for example GigaChat-2=1000000,GigaChat-2-Max=5000 (default: the account pays as it goes); completions do not use them up": "предоплаченные `ПАКЕТЫ`, например " +
		"GigaChat-2=1000000,GigaChat-2-Max=5000 (по умолчанию: оплата по факту); ответы их не расходуют",
	"0    the cost is estimated": "0    стоимость оценена",
	"estimate what the run will cost, like gigabatch estimate; nothing is asked or written": "оценить, во что обойдётся запуск, как gigabatch estimate; модель не спрашивается, ничего не записывается",
	"for an estimate, let the service count the tokens of `N` requests":                     "для оценки сервис считает токены `N` запросов",
	"estimate from the length of the texts; nothing is sent":                                "оценить по длине текстов, ничего не отправляя",
	"estimate the tokens, rubles and time of a run before it asks anything":                 "оценить токены, рубли и время запуска до первого запроса",
	"INPUT and the flags are those of run. The service counts the tokens of a sample of the requests; with --offline, nothing is sent.\n" +
		"Answers in the journal, as of run --preview, make the estimate better. Nothing is asked or written.\n\nRead more: docs/cost.md": "Файл и флаги — те же, что у run. " +
		"Сервис считает токены выборки запросов; с --offline ничего не отправляется.\n" +
		"С ответами в журнале, например после run --preview, оценка точнее. Модель не спрашивается, ничего не записывается.\n\nПодробнее: docs/cost.md",
	// report
	"show what all runs of a file brought, cost and saved": "показать, что дали, сколько стоили и сколько сэкономили все запуски файла",
	"The numbers come from the journal; nothing is sent. Amounts are estimates.\n" +
		"A report in HTML is one file with charts:  gigabatch report reviews.xlsx -o report.html\n\n" +
		"Read more: docs/report.md": "Данные берутся из журнала, ничего не отправляется. Суммы — оценка.\n" +
		"Отчёт в HTML — один файл с графиками:  gigabatch report отзывы.xlsx -o отчёт.html\n\n" +
		"Подробнее: docs/report.ru.md",
	"write the report to `FILE`":    "записать отчёт в `ФАЙЛ`",
	"replace the file if it exists": "заменить файл, если он существует",

	// diff
	"compare the answers of two runs row by row": "сравнить ответы двух запусков построчно",
	"RUN-A RUN-B": "ЗАПУСК-A ЗАПУСК-B",
	"RUN-A and RUN-B are tables with answers, journals (NAME.gigabatch) or numbered runs, as in gigabatch diff reviews.xlsx@1 reviews.xlsx@2.\n" +
		"Rows are matched by their input cells, wherever they are. Nothing is sent.\n\n" +
		"Read more: docs/report.md": "Каждый ЗАПУСК — таблица с ответами, журнал (ИМЯ.gigabatch) или запуск с номером, например: gigabatch diff отзывы.xlsx@1 отзывы.xlsx@2.\n" +
		"Строки сопоставляются по исходным ячейкам, где бы они ни стояли. Ничего не отправляется.\n\n" +
		"Подробнее: docs/report.ru.md",
	"`LIST` of columns with answers (default: those of the runs)":                     "`СПИСОК` столбцов с ответами (по умолчанию — столбцы запусков)",
	"`FILE` that is the input of the journals, if it is not where they name it":       "`ФАЙЛ` — исходный файл журналов, если он не там, где они указывают",
	"print the comparison as JSON, with up to 1,000 changed rows":                     "вывести сравнение в JSON, до 1000 изменившихся строк",
	"write all rows with both answers side by side to `FILE` (.csv, .xlsx or .jsonl)": "записать все строки с обоими ответами рядом в `ФАЙЛ` (.csv, .xlsx или .jsonl)",
	"0    the runs are compared, whether they differ or not":                          "0    запуски сравнены, есть различия или нет",

	// gigabatch ctl
	"INPUT COMMAND": "ФАЙЛ КОМАНДА",
	"steer a run in progress: pause, resume, change its concurrency or budget, drain": "управлять идущим запуском: пауза, продолжение, число одновременных запросов, бюджет, остановка",
	"INPUT is that of the run; the run may be in another terminal, under cron, or on the page. The commands:\n" +
		"  status               show the progress, open batches, the quota, what was spent, and the budget\n" +
		"  pause                send no more requests, and post no more batches; answers are still received\n" +
		"  resume               go on after a pause\n" +
		"  concurrency N|auto   at most N requests at once; batches have no such limit\n" +
		"  budget RUB           end the run before it has spent more than this, with what it has spent so far\n" +
		"  drain                end the run in order, like the first Ctrl-C; open batches are collected by the next run\n\n" +
		"Read more: docs/unattended.md": "ФАЙЛ — исходный файл запуска; сам запуск может идти в другом терминале, под cron или на странице. Команды:\n" +
		"  status               показать, сколько сделано, пакеты заданий у сервиса, квоту, расход и бюджет\n" +
		"  pause                больше не отправлять ни запросы, ни пакеты заданий; ответы на отправленное принимаются\n" +
		"  resume               продолжить после паузы\n" +
		"  concurrency N|auto   не больше N запросов одновременно; на пакеты заданий это не действует\n" +
		"  budget РУБ           остановить запуск прежде, чем он израсходует больше; уже потраченное считается\n" +
		"  drain                остановить запуск, дождавшись ответов, как по первому Ctrl-C; ответы из пакетов получит следующий запуск\n\n" +
		"Подробнее: docs/unattended.md",
	"print the state of the run as JSON":                                           "вывести состояние запуска в формате JSON",
	"0    the run has done it":                                                     "0    запуск выполнил команду",
	"1    no run of the input answers, or it failed":                               "1    ни один запуск этого файла не отвечает, или команда не удалась",
	"make the vector of a text of every row, for search, clusters and classifiers": "построить вектор текста каждой строки: для поиска, кластеров и классификаторов",
	"INPUT is that of run. The output is NAME.vectors.jsonl, with each vector as a JSON array; -o vectors.csv has it as a text.\n" +
		"Several texts are sent in one request (--pack). The vectors are kept in a journal, INPUT.gigabatch: the same command run again\n" +
		"asks only about rows without a vector.\n\nRead more: docs/embeddings.md": "INPUT — тот же файл, что и для run. Результат — ИМЯ.vectors.jsonl, каждый вектор в нём — массив JSON; в -o vectors.csv он записан текстом.\n" +
		"В одном запросе отправляется несколько текстов (--pack). Векторы хранятся в журнале INPUT.gigabatch: та же команда, запущенная\n" +
		"снова, спрашивает только о строках без вектора.\n\nПодробнее: docs/embeddings.ru.md",
	"`COLUMN` with the texts (default: the column prompt, question, text or content, вопрос, запрос, промпт or текст)": "`СТОЛБЕЦ` с текстами (по умолчанию столбец prompt, question, text, content, вопрос, запрос, промпт или текст)",
	"write the output to `FILE`; the extension sets the format, - is standard output (default: NAME.vectors.jsonl)":    "записать результат в `ФАЙЛ`; формат определяется расширением, - — стандартный вывод (по умолчанию ИМЯ.vectors.jsonl)",
	"`NAME` of the column for the vectors":                                                                                     "`ИМЯ` столбца для векторов",
	"`TEMPLATE` of the text, for example \"{{title}}: {{text}}\"":                                                              "`ШАБЛОН` текста, например \"{{title}}: {{text}}\"",
	"read the template of the text from `FILE`":                                                                                "взять шаблон текста из `ФАЙЛА`",
	"most tokens of a text and of a request, `N` (default: the known size of the model)":                                       "не больше `N` токенов в тексте и в запросе (по умолчанию известный размер модели)",
	"`MODEL` that makes the vectors":                                                                                           "`МОДЕЛЬ`, которая строит векторы",
	"stop in order before the run spends more than `N` tokens":                                                                 "корректно остановиться прежде, чем запуск израсходует больше `N` токенов",
	"stop in order before the run spends more than `RUB` rubles, estimated by the table of prices":                             "корректно остановиться прежде, чем запуск израсходует больше `РУБ` рублей по таблице цен",
	"stop in order before all runs in this folder spend more than `RUB` rubles on a day":                                       "корректно остановиться прежде, чем все запуски в этой папке израсходуют за день больше `РУБ` рублей",
	"at most `N` texts in a request, never more tokens than the model takes":                                                   "не больше `N` текстов в запросе и не больше токенов, чем принимает модель",
	"run `COMMAND`, such as that of a password manager, and read the key from its first line (default: GIGABATCH_KEY_COMMAND)": "выполнить `КОМАНДУ`, например менеджера паролей, и прочитать ключ из первой строки её вывода (по умолчанию: GIGABATCH_KEY_COMMAND)",
	"keep the key without asking the service whether it knows it":                                                              "сохранить ключ, не спрашивая сервис, известен ли он ему",
	"keep the key in the keyring of the system, for all folders":                                                               "сохранить ключ в хранилище ключей системы — для всех папок",
	"delete the key from the keyring":                                                                                          "удалить ключ из хранилища ключей",
	"It asks for the key on the terminal, or reads it from standard input, and asks the service whether it knows the key. A key in the\n" +
		"environment or in .env comes before the one in the keyring.\n\nRead more: docs/reference.md": "Команда спрашивает ключ в терминале или читает его из стандартного ввода и проверяет, известен ли он сервису. Ключ из\n" +
		"окружения или из .env действует раньше ключа из хранилища.\n\nПодробнее: docs/reference.md",
	"1    it failed (no keyring, a wrong key, service); nothing was kept": "1    не удалось (нет хранилища, неверный ключ, сервис); ничего не сохранено",
	"0    stopped by Ctrl-C or another signal":                            "0    остановлена по Ctrl-C или другому сигналу",
	"Unattended runs": "Запуски без присмотра",
	"exit code 3 only if `CONDITION` holds, such as \"failed>5%\" or \"cost>300\", instead of for any row that failed or was blocked; if given several times, one is enough": "код выхода 3, только если выполнено `УСЛОВИЕ`, например \"failed>5%\" или \"cost>300\", а не при любой ошибке или блокировке; если условий несколько, хватит одного",
	"stop as soon as it is certain that the exit code will be 3":                                                                                                     "остановиться, как только станет ясно, что код выхода будет 3",
	"`fail|wait|skip`: what to do while another run is using this job; skip ends with exit code 0":                                                                   "`fail|wait|skip`: что делать, пока эту работу выполняет другой запуск: сообщить об ошибке, ждать или пропустить с кодом выхода 0",
	"`fail|skip`: what to do if rows are to be asked and there is no key, as in the build of a fork; skip ends with exit code 0":                                     "`fail|skip`: что делать, если спросить нужно, а ключа нет, как при сборке форка: сообщить об ошибке или пропустить с кодом выхода 0",
	"write a report of all runs to `FILE` at the end: .html, .md, .txt, .json, .xml (JUnit), or *quality*.json (Code Quality of GitLab); can be given several times": "в конце записать отчёт обо всех запусках в `ФАЙЛ`: .html, .md, .txt, .json, .xml (JUnit) или *quality*.json (Code Quality для GitLab); можно указать несколько раз",
	"write metrics to `FILE` at the end, for the textfile collector of Prometheus":                                                                                   "в конце записать метрики в `ФАЙЛ` для textfile collector в Prometheus",
	"write what happens during the run to `FILE` as JSON lines; - is standard output":                                                                                "записывать ход запуска в `ФАЙЛ` строками JSON; - — стандартный вывод",
	"`text|json`: format of the messages on standard error":                                                                                                          "`text|json`: формат сообщений в стандартном потоке ошибок",
	"let prompts and completions into --events, JSON messages and CI logs":                                                                                           "разрешить запросы и ответы в --events, сообщениях JSON и журналах CI",
	"print how the run ended as one JSON object on standard output, whatever happens":                                                                                "вывести итог запуска одним объектом JSON в стандартный вывод, чем бы запуск ни кончился",
	"`FORMAT` of the report: text, json, markdown, html, junit or codequality (of GitLab); by default, the extension of -o decides":                                  "`ФОРМАТ` отчёта: text, json, markdown, html, junit или codequality (для GitLab); по умолчанию решает расширение файла в -o",

	// shells and builds
	"print a script that completes commands, flags and their values in a shell": "вывести скрипт, который дополняет в оболочке команды, параметры и их значения",
	"SHELL": "ОБОЛОЧКА",
	"SHELL is bash, zsh, fish or powershell. To try it:\n" +
		"  bash, zsh   source <(gigabatch completion SHELL)\n" +
		"  fish        gigabatch completion SHELL | source\n" +
		"  PowerShell  gigabatch completion SHELL | Out-String | Invoke-Expression\n\n" +
		"Read more: docs/install.md": "ОБОЛОЧКА — bash, zsh, fish или powershell. Чтобы попробовать:\n" +
		"  bash, zsh   source <(gigabatch completion ОБОЛОЧКА)\n" +
		"  fish        gigabatch completion ОБОЛОЧКА | source\n" +
		"  PowerShell  gigabatch completion ОБОЛОЧКА | Out-String | Invoke-Expression\n\n" +
		"Подробнее: docs/install.ru.md",
	"print the manual page": "вывести страницу руководства man",
	"To read it:  gigabatch man > gigabatch.1 && man ./gigabatch.1\n\nRead more: docs/install.md": "Чтобы прочитать её:  gigabatch man > gigabatch.1 && man ./gigabatch.1\n\nПодробнее: docs/install.ru.md",
	"Read more: docs/install.md": "Подробнее: docs/install.ru.md",
	"print the build as JSON":    "вывести сведения о сборке в виде JSON",
	"Several machines":           "Несколько машин",
	"have the requests sent by the workers at the NATS server `URL` (gigabatch worker URL); the quota is that of one run":                         "отправлять запросы через воркеры на сервере NATS `URL` (gigabatch worker URL); квота — как у одного запуска",
	"the same with a server in this process that listens on `ADDRESS`, such as 127.0.0.1:4222; any other than loopback needs TLS and credentials": "то же с сервером внутри этого процесса на адресе `ADDRESS`, например 127.0.0.1:4222; вне loopback нужны TLS и логин с паролем",
	"serve the monitoring of that server, with the backlog for KEDA, at `ADDRESS`, such as 127.0.0.1:8222; the rule is that of --hub":             "мониторинг этого сервера, с очередью для KEDA, на адресе `ADDRESS`, например 127.0.0.1:8222; правило — как у --hub",
	"use the key of this machine, with a quota of its own, instead of an access token of the run":                                                 "работать с ключом этой машины и его квотой вместо токена доступа запуска",
	"at most `N` requests in flight of this worker; the run decides how many of them there are":                                                   "не больше `N` одновременных запросов у этого воркера; сколько их будет, решает запуск",
	"send the requests of runs on other machines (run --workers or --hub)":                                                                        "отправлять запросы запусков с других машин (run --workers или --hub)",
	"URL": "АДРЕС",
	"0    stopped by Ctrl-C or another signal; what it had is finished": "0    остановлен по Ctrl-C или другому сигналу; начатое закончено",
	"URL is that of the server of NATS, such as nats://host:4222 or tls://host:4222. The worker waits for runs until it is stopped; the first\nCtrl-C lets it finish what it has. Credentials and certificates of the server are those of NATS's own tools: NATS_USER and NATS_PASSWORD,\nNATS_TOKEN, NATS_CREDS, NATS_NKEY, NATS_CA, NATS_CERT and NATS_KEY, or a context that NATS_CONTEXT names.\n\nRead more: docs/several-machines.md": "URL — адрес сервера NATS, например nats://host:4222 или tls://host:4222. Воркер ждёт запусков, пока его не остановят; первый Ctrl-C\nдаёт закончить начатое. Учётные данные и сертификаты сервера — как у инструментов NATS: NATS_USER и NATS_PASSWORD, NATS_TOKEN,\nNATS_CREDS, NATS_NKEY, NATS_CA, NATS_CERT и NATS_KEY или контекст из NATS_CONTEXT.\n\nПодробнее: docs/several-machines.ru.md",

	"share neither the quota nor the access token of the key with other gigabatch processes of this user":                                     "не делить квоту и токен доступа ключа с другими процессами gigabatch этого пользователя",
	"only the `SHARD` 2/8 of the selected rows, with a journal of its own, INPUT.2-of-8.gigabatch; gigabatch merge writes the output":         "только часть `N/M` выбранных строк, например 2/8, со своим журналом ФАЙЛ.2-of-8.gigabatch; результат записывает gigabatch merge",
	"make one journal of those of all shards, and write the output; nothing is sent":                                                          "объединить журналы всех частей в один и записать результат; ничего не отправляется",
	"merge the shards that are there, although others are missing or unfinished or the input has changed; rows without an answer are pending": "объединить имеющиеся части, хотя других нет, они не закончены или файл изменился; строки без ответа остаются в ожидании",
	"INPUT [JOURNAL …]": "ФАЙЛ [ЖУРНАЛ …]",
	"The journals are those beside the input, INPUT.1-of-8.gigabatch and so on, unless they are named. They are kept as they are.\nAll answers are in INPUT.gigabatch then, as if one run had asked them: gigabatch run INPUT goes on with it.\n\nRead more: docs/several-machines.md": "Журналы — те, что лежат рядом с файлом, ФАЙЛ.1-of-8.gigabatch и так далее, если не указаны другие. Они не меняются.\nПосле этого все ответы — в журнале ФАЙЛ.gigabatch, как после одного запуска: gigabatch run ФАЙЛ продолжит его.\n\nПодробнее: docs/several-machines.ru.md",
	"0    the output is written, and every row has a completion, or was skipped because it is empty":          "0    результат записан, у каждой строки есть ответ, или она пустая и пропущена",
	"2    wrong usage or bad input, or shards are missing, unfinished or of another job; nothing was changed": "2    ошибка в команде или во входных данных, или частей не хватает, они не закончены или от другого задания; ничего не изменено",
	"3    the output is written, but some rows failed, were blocked or are pending":                           "3    результат записан, но есть строки с ошибкой, заблокированные или без ответа",
	"5    a shard, or another run of the input, is still running":                                             "5    часть или другой запуск с этим файлом ещё идёт",
}
