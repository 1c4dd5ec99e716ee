package russian

// jobs are the formats of internal/jobs itself, output, rows and pool.
var jobs = map[string]string{
	"%d {cell uses|cells use} an answer that was changed by hand and {1:is|are} asked with it": "с исправленными вручную ответами {1:отправится|отправятся|отправятся} %d {ячейка|ячейки|ячеек}, где они используются",
	"the name %s of its file would be a file and a folder at once, because of row %d":          "имя %s её файла было бы сразу и файлом, и папкой: из-за строки %d",
	"the files in %s were written, but the folder could not be synced: %w":                     "файлы в папке %s записаны, но саму папку не удалось синхронизировать: %w",
	"the output column %q is for documents":                                                    "столбец «%s» бывает только у документов",
	"the answer was cut off at the limit of tokens (max_tokens)":                               "ответ обрезан: достигнут предел токенов (max_tokens)",
	"the table has a column %q, so what is usually written there goes to the column %q":        "в таблице уже есть столбец «%s», поэтому наш столбец называется «%s»",
	"the column %q is empty, and the prompt is asked without it (in %d {row|rows})":            "столбец «%s» пуст, промпт отправится без него (%d {строка|строки|строк})",

	"%s already exists, but the journal %s, which would show who wrote it, does not": "файл %s уже есть, а журнала %s, из которого видно, кто его записал, нет",
	"if gigabatch wrote it, put the journal back: without it, everything is asked and paid for again; " +
		"otherwise choose another output file with -o, or replace this one with --overwrite": "если его записал gigabatch, верните журнал: без него всё придётся спрашивать и оплачивать заново; " +
		"иначе выберите другой файл параметром -o или замените этот с --overwrite",

	"%s is open in a spreadsheet program, which would overwrite the answers": "файл %s открыт в табличной программе, и она затёрла бы ответы",
	// resume.go
	"%s: cells are read differently than by the program that wrote the journal (reading version %d, now %d), so the " +
		"answers may not be found": "%s: ячейки читаются не так, как в программе, которая вела журнал (версия чтения %d, теперь %d), и ответы могут не найтись",
	// plan.go
	"%s may have answers for %d {row|rows} that this run does not select, and they would be lost: cells are read " +
		"differently than by the program that wrote it (reading version %d, now %d)": "в файле %s могут быть ответы по %d {строке, не выбранной|строкам, не выбранным|строкам, не выбранным} " +
		"для этого запуска, и они пропали бы: ячейки читаются не так, как в программе, которая его записала (версия чтения %d, теперь %d)",
	"name another file with -o, run all rows, or replace this one with --overwrite": "укажите другой файл параметром -o, запустите все строки или замените этот файл с --overwrite",

	"gigabatch run says how many rows it asks before it asks them":                 "команда gigabatch run заранее скажет, сколько строк отправит",
	"%s: the journal names the output %s, which is not in the folder of the input": "%s: в журнале указан файл с ответами %s не из папки исходного файла",
	"if this is right, name it again: -o %s":                                       "если всё верно, укажите его ещё раз: -o %s",
	"if this is right, write it with gigabatch run and --out-dir %s":               "если всё верно, запишите ответы командой gigabatch run с --out-dir %s",

	// internal/jobs/pool
	"no request succeeded for %v; last error: %v": "уже %v ни один запрос не проходит; последняя ошибка: %v",
	"the answer has an unknown shape":             "ответ непонятного вида",
	"%s; the journal keeps it":                    "%s; он сохранён в журнале",
	"the model answered with an empty completion": "модель вернула пустой ответ",

	// jobs: asked.go
	"the service switched between the sandbox and the real one during the run": "во время запуска сервис сменился: вместо песочницы " +
		"ответил настоящий сервис или наоборот",

	// jobs: plan.go
	"the prompt has about %d {token|tokens}, and the model takes at most %d{|}, including the answer": "в промпте около %d " +
		"{токена|токенов|токенов}, а модель принимает не больше %d{||} вместе с ответом",
	"the table has no rows": "в таблице нет строк",
	"the first line is taken as the header; if the table has no header, add --no-header": "первая строка считается заголовком; " +
		"если заголовка нет, добавьте --no-header",
	"every prompt is empty (%d {row|rows})":        "все промпты пусты (%d {строка|строки|строк})",
	`choose the column with --prompt "{{column}}"`: `укажите столбец: --prompt "{{столбец}}"`,
	"%s: the header has only one column, %q, but %d of %d {row|rows} {3:has|have} more cells": "%s: в заголовке только один столбец, «%s», " +
		"но в %d{||} из %d {строки|строк|строк} ячеек больше",
	`give the row of the header with --header-row N, or choose the column with --prompt "{{column}}"`: "укажите строку заголовка " +
		`(--header-row N) или столбец (--prompt "{{столбец}}")`,
	"the run is for the sandbox, but the service that answered is not a sandbox": "запуск рассчитан на песочницу, но ответил настоящий сервис",

	// jobs: resume.go
	"%s: no runs yet (journal %s)":    "%s: запусков ещё не было (журнал %s)",
	"start one with gigabatch run %s": "начните запуск: gigabatch run %s",

	// jobs: run.go
	"%s cannot be both the input and a file of the journal": "%s — файл журнала, он не может быть входным файлом",
	"the journal cannot be written: %s":                     "не удаётся записать журнал: %s",
	"choose another place for the journal with --journal":   "укажите другое место для журнала (--journal)",

	// output: claims.go
	"%s already has a column %q, and no journal %s shows that an earlier run wrote it": "в файле %s уже есть столбец «%s», но нет журнала %s, " +
		"который подтвердил бы, что его записал прежний запуск",
	"if an earlier run wrote it, put the journal of that run beside the file; otherwise, %s": "если столбец записал прежний запуск, " +
		"положите журнал этого запуска рядом с файлом; если нет, %s",
	"if these are answers of this journal, continue the file with --in-place; otherwise, %s": "если это ответы из этого журнала, продолжите " +
		"файл с параметром --in-place; если нет, %s",
	"%s already has a column %q, and no run of this journal wrote it": "в файле %s уже есть столбец «%s», " +
		"и запуски из этого журнала его не записывали",
	"%s already exists, and its content is not what this journal last wrote": "файл %s уже есть, но это не то, " +
		"что в последний раз записано по этому журналу",
	"choose another output file with -o, or replace this one with --overwrite": "укажите другой файл для ответов (-o) " +
		"или замените этот, добавив --overwrite",

	"%s was last completed in place, so it may have texts of yours": "файл %s в последний раз заполняли на месте, и в нём может быть ваш текст",
	"to keep what you changed in it, continue it: the same command with %s as the input, --in-place and --journal %s; " +
		"otherwise choose another output file with -o, or replace this one with --overwrite": "чтобы сохранить ваши правки, продолжите с ним: " +
		"та же команда, но вместо таблицы — %s, и параметры --in-place --journal %s; иначе укажите другой файл для ответов (-o) " +
		"или замените этот, добавив --overwrite",

	// output: filled.go
	"%s: nothing in column %q was written by a run of this journal": "%s: в столбце «%s» нет ничего, что записали запуски из этого журнала",
	"choose another name with --completion-column, remove the column from the file, or overwrite it with --overwrite": "укажите другое имя " +
		"столбца (--completion-column), удалите этот столбец из файла или перезапишите его, добавив --overwrite",
	"%s: column %q holds answers from the real service, which the sandbox would overwrite": "%s: в столбце «%s» — ответы настоящего сервиса, " +
		"песочница затёрла бы их",
	"omit --in-place, or choose another name with --completion-column": "уберите --in-place или укажите другое имя столбца " +
		"(--completion-column)",

	// output: folder.go
	"--out-dir %s is inside the folder of the documents, so the next run would take the answers for documents": "папка --out-dir %s лежит в папке " +
		"с документами, и следующий запуск примет ответы за документы",
	"the document is inside the output folder":                "документ лежит в папке для ответов",
	"choose an --out-dir outside the folder of the documents": "укажите папку для ответов (--out-dir) вне папки с документами",
	`name the files after a column that differs in every row, such as --out-name "{{id}}"`: "дайте файлам имена по столбцу, значения которого " +
		`не повторяются, например --out-name "{{id}}"`,
	`name the files after their paths with --out-name "{{path}}"`: `дайте файлам имена по их путям: --out-name "{{path}}"`,
	"the file %s already belongs to %s":                           "файл %s уже занят документом %s",
	"the file %s already belongs to row %d":                       "файл %s уже занят строкой %d",
	"the file %s cannot be written: %s":                           "не удаётся записать файл %s: %s",
	"choose another --out-dir or --out-name":                      "укажите другую папку (--out-dir) или другие имена файлов (--out-name)",
	"the file %s would overwrite the document itself":             "файл %s затёр бы сам документ",
	"choose another --out-dir":                                    "укажите другую папку для ответов (--out-dir)",
	"choose another --out-dir, or replace the file with --overwrite": "укажите другую папку для ответов (--out-dir) " +
		"или замените файл, добавив --overwrite",

	// output: output.go
	"no output file or folder is given":                                         "не указано, куда записать ответы",
	"name a file with -o or a folder with --out-dir":                            "укажите файл (-o) или папку (--out-dir)",
	"answers cannot be written into documents":                                  "записать ответы в сами документы нельзя",
	"omit --in-place, and name a file with -o or a folder with --out-dir":       "уберите --in-place и укажите файл (-o) или папку (--out-dir)",
	"--out-name works only with --out-dir":                                      "--out-name действует только вместе с --out-dir",
	"name the output folder with --out-dir":                                     "укажите папку для ответов (--out-dir)",
	"--out-dir %s is a file, not a folder":                                      "--out-dir %s — это файл, а не папка",
	"name a folder with --out-dir":                                              "укажите в --out-dir папку",
	"%s cannot be both the output and a file of the journal":                    "%s — файл журнала, в него нельзя записать ответы",
	"%s: the output cannot be the input file":                                   "%s: файл для ответов совпадает с входным",
	"add --in-place to write the answers into the input itself":                 "чтобы записать ответы в сам входной файл, добавьте --in-place",
	"the file %s is read-only":                                                  "файл %s доступен только для чтения",
	"the result is kept, but the run cannot go on":                              "ответ сохранён, но запуск не может продолжаться",
	"%s holds answers from the real service, which the sandbox would overwrite": "в файле %s — ответы настоящего сервиса, песочница затёрла бы их",
	"--out-dir %s cannot be used: %s":                                           "--out-dir %s: использовать нельзя: %s",
	"a link leads out of the output folder":                                     "ссылка ведёт за пределы папки для ответов",
	"name the file itself with -o, or remove the link":                          "укажите сам файл параметром -o или удалите ссылку",
	"the output cannot be written: %s":                                          "не удаётся записать ответы: %s",
	"choose another output file with -o":                                        "укажите другой файл для ответов (-o)",
	"%s holds the answers of another sheet, which this run would overwrite": "в файле %s — ответы по другому листу, " +
		"этот запуск затёр бы их",
	"name another file with -o, ask all sheets with --all-sheets, or replace this one with --overwrite": "укажите другой файл (-o), " +
		"возьмите все листы (--all-sheets) или замените этот файл, добавив --overwrite",
	"%s: a row of %d {cell|cells} does not fit on a sheet of a workbook, which has %d {column|columns}": "%s: строка из %d " +
		"{ячейки|ячеек|ячеек} не помещается на лист книги Excel, в нём %d {столбец|столбца|столбцов}",
	"%s: %d {row does|rows do} not fit on a sheet of a workbook, which has %d {row|rows} with the header": "%s: %d {строка не помещается|" +
		"строки не помещаются|строк не помещаются} на лист книги Excel, в нём %d {строка|строки|строк} вместе с заголовком",
	"name a .csv file with -o":                                  "укажите файл .csv (-o)",
	"--out-name: %s":                                            "параметр --out-name: %s",
	"--out-name: %s has no column %q":                           "параметр --out-name: в %s нет столбца «%s»",
	`write a column as {{column}}, such as --out-name "{{id}}"`: `столбец пишется так: {{столбец}}, например --out-name "{{id}}"`,
	"choose among these columns: %s":                            "есть такие столбцы: %s",

	"several journals have answers about these documents: %s":               "ответы об этих документах есть в нескольких журналах: %s",
	"name one of them with --journal, or a new one to ask everything again": "укажите один из них с --journal или новый, чтобы обработать всё заново",

	// output: write.go
	"%s, so the input was left unchanged and the answers are in %s, as UTF-8 with BOM": "%s, поэтому входной файл не изменён, " +
		"а ответы записаны в %s в кодировке UTF-8 с BOM",
	"%s, so the output is UTF-8 with BOM": "%s, поэтому ответы записаны в кодировке UTF-8 с BOM",
	"row %d: %s":                          "строка %d: %s",
	"the input kept changing while the output was being written": "входной файл всё время менялся, пока записывались ответы",
	"another program adds rows to %s":                            "другая программа добавляет строки в %s",
	"%s, so the answers are in %s":                               "%s, поэтому ответы записаны в %s",
	"%s was changed by another program during the run":           "файл %s изменила другая программа во время запуска",

	// rows: edit.go
	"somebody else has edited the answer meanwhile, so your text was not saved":                          "тем временем ответ изменил кто-то другой, поэтому ваш текст не сохранён",
	"the answer has arrived meanwhile or has changed, so your text was not saved":                        "тем временем ответ пришёл или изменился, поэтому ваш текст не сохранён",
	"the rows cannot be shown: together with other tables, they need more than %d GB of temporary space": "строки нельзя показать: вместе с другими таблицами им нужно больше %d ГБ временного места",
	"close the pages of other runs and try again in a minute; downloads work":                            "закройте страницы других запусков и повторите через минуту; скачать ответы можно и сейчас",
	"the rows cannot be shown: the disk with the folder for temporary files, %s, is full":                "строки нельзя показать: на диске с папкой временных файлов %s нет места",
	"free space there, or restart with the environment variable TMPDIR set to a folder on another disk":  "освободите место или перезапустите программу, указав в переменной TMPDIR папку на другом диске",
	"%d {answer|answers} edited by hand {1:is|are} not used: the prompt, the model, a parameter or the form has " +
		"changed since, so these rows are other requests now": "%d {правка|правки|правок} ответов не {1:используется|используются|используются}: " +
		"с тех пор изменились промпт, модель, параметр или вид ответа, и для этих строк это уже другой вопрос",
	"cells are read differently than by the program that wrote the journal (reading version %d, " +
		"now %d); %d {row is|rows are} asked, among them those whose prompt is now another one": "ячейки читаются не так, как в программе, " +
		"которая вела журнал (версия чтения %d, теперь %d): вопрос будет задан по %d {строке|строкам|строкам}, в том числе по тем, чей промпт из-за этого изменился",
	"column %q contains pictures (=DISPIMG) in %d {row|rows}; a prompt takes them for empty cells": "в столбце «%s» в %d {строке|строках|строках} картинки (=DISPIMG); " +
		"в промпте такая ячейка считается пустой",
	"%d {row has|rows have} formulas without a result, which are empty in the output; to have their " +
		"results, open the workbook in a spreadsheet program and save it first": "в %d {строке|строках|строках} есть формулы без результата, в файле с ответами эти ячейки будут пустыми; " +
		"чтобы результаты появились, сначала откройте книгу в табличном редакторе и сохраните её",
	"column %q contains pictures (=DISPIMG), not text":                                                "в столбце «%s» не текст, а картинки (=DISPIMG)",
	`choose another column with --prompt "{{column}}", or attach the pictures as files with --attach`: "укажите другой столбец в --prompt \"{{столбец}}\" или приложите картинки файлами с --attach",
	"the table has changed, and another row is in this place now":                                     "таблица изменилась, и на этом месте теперь другая строка",
	"this row does not exist":                                  "такой строки нет",
	"the table may have changed; reload the page":              "возможно, таблица изменилась; обновите страницу",
	"%q is not a completion column":                            "«%s» — не столбец ответов",
	"this row has no request, so it has no answer to edit":     "по этой строке нет запроса, поэтому нет и ответа, который можно изменить",
	"a column that its prompt uses may have no answer yet":     "возможно, ещё нет ответа в столбце, на который ссылается промпт",
	"this is not an answer of the form that was asked for: %s": "ответ не того вида: %s",
	"write the answer in that form":                            "впишите ответ нужного вида",

	// rows: match.go
	"%q is not a state of a row": "«%s» — не состояние строки",

	// rows: view.go
	"%s: the rows cannot be shown yet": "%s: строки пока недоступны",

	// cmd/gigabatch: summary.go
	"%d {row|rows} failed for a lasting cause (%s); fix it, then ask {1:the row|the rows} again with --retry-failed": "%d {строка|строки|строк} без ответа (%s); устраните причину и повторите с --retry-failed",

	// plan.go
	"%d {request attaches|requests attach} pictures, and the model %s cannot see; GigaChat-2-Pro and GigaChat-2-Max can": "%d {запрос|запроса|запросов} с картинками, " +
		"а модель %s их не видит; видят GigaChat-2-Pro и GigaChat-2-Max",
	"%d {request attaches|requests attach} sound, and the model %s cannot hear; GigaChat-2-Max can": "%d {запрос|запроса|запросов} со звуком, " +
		"а модель %s его не слышит; слышит GigaChat-2-Max",
	"%d {file|files} would be attached, and this service takes no files":         "нужно приложить %d {файл|файла|файлов}, а этот сервис файлы не принимает",
	"ask a service that takes files, or put the texts themselves into the table": "обратитесь к сервису, который принимает файлы, или поместите сами тексты в таблицу",
	// internal/jobs/task: belief.go
	"quota: %s":                               "квота: %s",
	"%d at once (found)":                      "одновременно %d (определено)",
	"%d {start|starts} a second (found)":      "%d {запрос|запроса|запросов} в секунду (определено)",
	"%d {start|starts} a minute (found)":      "%d {запрос|запроса|запросов} в минуту (определено)",
	"%d {start|starts} in %d s (found)":       "%d {запрос|запроса|запросов} за %d с (определено)",
	"%d %% of requests are refused by chance": "%d %% запросов отклоняются случайно",
	// pool: retry.go, sieve.go; limit: health.go
	"all tokens of the answer went into reasoning_content, and the completion is empty; raise --max-tokens": "все токены ответа ушли на рассуждения (reasoning_content), сам ответ пуст; увеличьте --max-tokens",
	"the limit of tokens was reached before the completion began; raise --max-tokens":                       "лимит токенов исчерпан раньше, чем начался ответ; увеличьте --max-tokens",
	"the answer has no finish_reason, so it may not be whole":                                               "в ответе нет finish_reason, он может быть неполным",
	"the first %d {request|requests} failed in the same way, so no more are sent: %v":                       "первые %d {запрос|запроса|запросов} закончились одной и той же ошибкой, новые не отправляются: %v",
	"%d {request|requests} in a row failed in the same way, so no more are sent: %v":                        "%d {запрос|запроса|запросов} подряд закончились одной и той же ошибкой, новые не отправляются: %v",
	"no request succeeded for %v; the service does not answer":                                              "уже %v ни один запрос не проходит: сервис не отвечает",
	"the answer has bytes that are not UTF-8, here as �; the journal keeps it as it came (raw_base64)":      "ответ содержит байты не в UTF-8, здесь они заменены на �; в журнале он сохранён без изменений (raw_base64)",
	"this service makes no vectors":                                           "этот сервис не строит векторы",
	"ask a service that does":                                                 "обратитесь к сервису, который их строит",
	"the answer has no vector for the text":                                   "в ответе нет вектора этого текста",
	"a vector is made of a text, and this row has a file that is no text":     "вектор строится по тексту, а в этой строке файл, который не является текстом",
	"put the text itself into the table, or leave out the file":               "поместите в таблицу сам текст или исключите этот файл",
	"the text has about %d {token|tokens}, and the model takes at most %d{|}": "в тексте около %d {токена|токенов|токенов}, а модель принимает не больше %d{||}",

	"%q is not a cause of a failure": "%q — не причина ошибки",
	"%q is not a comparison":         "%q — не сравнение",
	"a state or a cause is that of an answer or of the row; other comparisons need a column, and most need one value": "состояние и причина бывают у ответа или у строки; для других сравнений нужен столбец, а чаще всего и одно значение",
	"choose a column":        "выберите столбец",
	"choose among these: %s": "выберите из этих: %s",
	"choose the column of an answer and a version to compare with":                 "выберите столбец с ответом и версию для сравнения",
	"only an answer can have changed, and only in comparison with another version": "измениться может только ответ и только по сравнению с другой версией",
	"rows cannot be sorted by no column":                                           "чтобы отсортировать строки, нужен столбец",
	"rows of several sheets cannot be chosen by their numbers":                     "строки с разных листов нельзя выбрать по номерам",
	"show one sheet, or choose the rows by a condition on a column of the input":   "покажите один лист или выберите строки условием на столбец таблицы",
	"the comparison %q does not fit the column %q and its values":                  "сравнение %q не подходит к столбцу %q и его значениям",
	"the table has no column %q":                                                   "в таблице нет столбца «%s»",

	"%s (process %s)":                     "%s (процесс %s)",
	"%s (process %s on %s)":               "%s (процесс %s на %s)",
	"%s: %d at once":                      "%s: одновременно %d",
	"%s: says nothing; %d at once":        "%s: молчит; одновременно %d",
	"%s: says nothing for %v; %d at once": "%s: молчит уже %v; одновременно %d",
	"%s: %d at once, %d a minute":         "%s: одновременно %d, %d в минуту",
	"the socket belongs to another user":  "сокет принадлежит другому пользователю",
	"there is no folder for a socket":     "нет папки для сокета",
	// shards
	"this shard has %d of %d {row|rows}: rows that share the request of a column are asked by one shard":        "в этой части %d из %d {строки|строк|строк}: строки, у которых совпадает запрос какого-либо столбца, спрашивает одна часть",
	"%s: the journal is that of runs without --shard":                                                           "%s: это журнал запусков без --shard",
	"give each shard a journal of its own with --journal, or omit --journal: it is INPUT.2-of-8.gigabatch then": "укажите каждой части свой журнал в --journal или уберите --journal: тогда он называется ФАЙЛ.2-of-8.gigabatch",
	"%s: the journal is that of shard %d of %d":                                                                 "%s: это журнал части %d из %d",
	"add --shard %s to go on with it, or omit --journal and merge the shards first: gigabatch merge INPUT":      "чтобы продолжить её, добавьте --shard %s; или уберите --journal и сначала объедините части: gigabatch merge ФАЙЛ",
	"%s: the journal is that of shard %d of %d, and this run is for --shard %s":                                 "%s: это журнал части %d из %d, а запуск — для --shard %s",
	"give each shard a journal of its own, and the same number of shards in every run until they are merged":    "у каждой части должен быть свой журнал, а число частей — одинаковым во всех запусках, пока они не объединены",
	"%s has batches at the service, and a shard would pay for their rows again":                                 "пакеты из журнала %s ещё у сервиса, и за их строки часть заплатила бы ещё раз",
	"collect them first: gigabatch run without --shard":                                                         "сначала получите их ответы: gigabatch run без --shard",
	"%s has answers edited by hand, which a shard does not use":                                                 "в журнале %s есть ответы, исправленные вручную, а часть их не учитывает",
	"%s has answers from when cells were read differently, and a shard may not find them":                       "ответы в журнале %s получены, когда ячейки читались иначе, и часть может их не найти",
	"run without --shard": "запустите без --shard",
	"%s has %d {answer|answers} of shard %d of %d that this run would pay for again":                               "в журнале %s есть %d {ответ|ответа|ответов} части %d из %d, за {1:который|которые|которые} этот запуск заплатил бы ещё раз",
	"merge the shards first: gigabatch merge %s":                                                                   "сначала объедините части: gigabatch merge %s",
	"go on with --shard 1/%d and so on, or merge them first: gigabatch merge %s":                                   "продолжите с --shard 1/%d и так далее или сначала объедините части: gigabatch merge %s",
	"%s: the runs of its shards are not merged yet":                                                                "%s: его части ещё не объединены",
	"merge them with gigabatch merge %s, or name the journal of one: --journal %s":                                 "объедините их: gigabatch merge %s; или укажите журнал одной из них: --journal %s",
	"%s: a shard has no output of its own (--shard %s)":                                                            "%s: у части нет своего результата (--shard %s)",
	"write that of all shards with gigabatch merge":                                                                "результат всех частей записывает gigabatch merge",
	"%s and %s are both journals of shard %d of %d":                                                                "%s и %s — два журнала части %d из %d",
	"each shard has one journal; name the right one":                                                               "у каждой части один журнал; укажите нужный",
	"%s: there are journals of different numbers of shards beside it":                                              "%s: рядом лежат журналы с разным числом частей",
	"name those that belong together: gigabatch merge INPUT JOURNAL …":                                             "укажите те, что относятся друг к другу: gigabatch merge ФАЙЛ ЖУРНАЛ …",
	"%s: there are no journals of shards beside it":                                                                "%s: рядом нет журналов частей",
	"name them: gigabatch merge INPUT JOURNAL …; a shard is asked with gigabatch run INPUT --shard 1/8":            "укажите их: gigabatch merge ФАЙЛ ЖУРНАЛ …; часть запускают так: gigabatch run ФАЙЛ --shard 1/8",
	"%s: the journal is not that of a shard":                                                                       "%s: это не журнал части",
	"name the journals of runs with --shard":                                                                       "укажите журналы запусков с --shard",
	"all shards ask the same input with the same command, but for --shard":                                         "все части запускают одной командой для одного файла; различается только --shard",
	"%s and %s are journals of different numbers of shards":                                                        "в журналах %s и %s разное число частей",
	"only one of %s and %s was asked in the sandbox":                                                               "только один из журналов %s и %s — из песочницы",
	"%s and %s have the answers to different prompts or settings":                                                  "в журналах %s и %s ответы на разные промпты или с разными настройками",
	"%s and %s have the answers about different inputs: the input was changed in between":                          "в журналах %s и %s ответы по разным таблицам: между запусками файл изменился",
	"run all shards again: they ask only what has no answer yet":                                                   "запустите все части ещё раз: отправится только то, на что ещё нет ответа",
	"of %d {shard|shards}, %s have no journal, and %s have not asked all their rows":                               "из %d {части|частей|частей} нет журнала у %s, а у %s остались незаданные строки",
	"of %d {shard|shards}, %s have no journal":                                                                     "из %d {части|частей|частей} нет журнала у %s",
	"of %d {shard|shards}, %s have not asked all their rows":                                                       "из %d {части|частей|частей} остались незаданные строки у %s",
	"run them again, or merge what is there with --partial; what comes later can be merged then, too":              "запустите их ещё раз или объедините то, что есть, с --partial; остальное можно объединить потом",
	"%s is not what the shards were asked about: it has changed since, or the journals are those of another input": "части отвечали не на %s: файл с тех пор изменился, или это журналы другого файла",
	"run all shards again, or merge with --partial: rows that have changed are pending then":                       "запустите все части ещё раз или объедините с --partial: изменённые строки останутся без ответа",
}
