package russian

// command are the formats of cmd/gigabatch.
var command = map[string]string{
	"deleting the files at the service: %d of %d":                                                              "удаляются файлы в сервисе: %d из %d",
	"%d {row is|rows are} too long for the model; with --long split, the same command asks {it|them} in parts": "слишком велики для модели {строка|строки|строк}: %[1]d; с --long split та же команда отправит их по частям",
	"warning: %s; --skip-empty %q leaves such rows out":                                                        "внимание: %s; --skip-empty %q пропустит такие строки",

	".env has %s; did you mean %s?": "в .env есть %s; возможно, имелось в виду %s",
	"ok":                            "ок",
	"%s is up to date":              "файл %s не изменился",
	"requests would go to %v":       "запросы ушли бы на узлы: %v",
	// app.go
	"the commands are %s":            "команды: %s",
	"did you mean gigabatch %s?":     "может быть, gigabatch %s?",
	"did you mean gigabatch run %s?": "может быть, gigabatch run %s?",
	"unknown command %q":             "неизвестная команда «%s»",

	// ask.go
	"text": "текст",
	"the text and the key cannot both come from standard input":       "текст и ключ нельзя одновременно читать из стандартного ввода",
	"put the key into .env, or give it with --key-file":               "запишите ключ в .env или укажите файл с ключом: --key-file",
	"ask: the text is empty":                                          "ask: текст пуст",
	`for example: gigabatch ask "What is a journal?"`:                 `например: gigabatch ask "Что такое журнал?"`,
	"blocked by moderation (finish_reason: blacklist)":                "заблокировано модерацией (finish_reason: blacklist)",
	"unexpected answer: %s":                                           "неожиданный ответ: %s",
	"the model failed (finish_reason: error)":                         "ошибка модели (finish_reason: error)",
	"the model returned an empty completion":                          "модель вернула пустой ответ",
	"the completion was cut off at the token limit; see --max-tokens": "ответ обрезан по лимиту токенов; лимит задаёт --max-tokens",
	"%s: %d prompt {token|tokens}, %d completion {token|tokens}":      "%s: %d {токен|токена|токенов} в промпте, %d {токен|токена|токенов} в ответе",

	// connect.go
	"note: %s: %s":             "примечание: %s: %s",
	"waiting for the service…": "ждём ответа сервиса…",

	// doctor.go
	"key format":                         "формат ключа",
	"TLS chain":                          "цепочка TLS",
	"scope":                              "scope ключа",
	"clock":                              "часы",
	"model":                              "модель",
	"free stream":                        "свободный поток",
	"not checked":                        "не проверялось",
	"FAILED":                             "ОШИБКА",
	"what to do: %s":                     "что делать: %s",
	"the key of the sandbox":             "ключ песочницы",
	"%s (fixed: %s)":                     "%s (исправлено: %s)",
	"none; a client certificate is used": "ключа нет, используется клиентский сертификат",
	"no TLS: the service is on this machine: %v": "TLS не нужен: сервис на этом компьютере: %v",
	"verified: %v":     "проверена: %v",
	"not needed":       "не нужен",
	"the key is known": "сервис знает этот ключ",
	"not requested: an access token was given":                                                  "запрос не нужен: токен доступа задан",
	"a token was issued":                                                                        "токен доступа выдан",
	"not checked: only an authorization key has a scope":                                        "не проверялось: scope есть только у ключа авторизации",
	"the server does not report its time":                                                       "сервер не сообщает своё время",
	"this computer's clock differs from the server's by %s":                                     "часы этого компьютера расходятся с часами сервера на %s",
	"set the clock, preferably with NTP; the validity of tokens and certificates depends on it": "настройте часы, лучше всего по NTP: от них зависит проверка токенов и сертификатов",
	"agrees with the server":                                                                    "совпадают с часами сервера",
	"answered by %s":                                                                            "ответила модель %s",

	// preview.go
	"dry run: nothing was sent or written; %d of %d {request|requests} shown": "пробный прогон: ничего не отправлено и не записано; показано запросов: %d из %d{||}",

	// exit.go
	"error: %s": "ошибка: %s",
	"hint: %s":  "подсказка: %s",

	// explain.go
	"this is not an authorization key: %s":                  "это не ключ авторизации: %s",
	"the authorization key is wrong or was revoked":         "ключ авторизации неверен или отозван",
	"the authorization key belongs to another scope":        "у ключа авторизации другой scope",
	"the service refuses more requests for now":             "сервис пока не принимает новые запросы",
	"the service does not accept the access token":          "сервис не принимает токен доступа",
	"the access token has expired":                          "срок действия токена доступа истёк",
	"the token package of this model is used up":            "пакет токенов для этой модели исчерпан",
	"this account is not allowed to do this":                "этой учётной записи такое действие недоступно",
	"the service does not know this model or address":       "сервис не знает такой модели или такого адреса",
	"the service rejected the request":                      "сервис отклонил запрос",
	"the service failed":                                    "ошибка на стороне сервиса",
	"the service is unreachable":                            "сервис недоступен",
	"the service did not answer in time":                    "сервис не ответил вовремя",
	"the answer of the service is incomplete or unreadable": "ответ сервиса неполон или не читается",
	"the connection is not trusted":                         "соединению нельзя доверять",
	"interrupted":                                           "прервано",

	// hint.go
	"the same command continues":                         "та же команда продолжит запуск",
	"this folder has a file .env.txt; rename it to .env": "в этой папке есть файл .env.txt; переименуйте его в .env",
	"put the authorization key of your project (developers.sber.ru/studio) into a file .env in this folder as GIGACHAT_CREDENTIALS=…, " +
		"or keep it in the keyring with gigabatch login; without an account, try --sandbox": "запишите ключ авторизации своего проекта (developers.sber.ru/studio) в файл .env в этой папке: " +
		"GIGACHAT_CREDENTIALS=…, или сохраните его в хранилище ключей командой gigabatch login; без учётной записи попробуйте --sandbox",
	"wait for it, or stop it with Ctrl-C there; the same command then continues": "дождитесь его конца или остановите его там, нажав Ctrl-C; затем та же команда продолжит запуск",
	"put the journal on a local disk with --journal FILE":                        "держите журнал на локальном диске: --journal ФАЙЛ",
	"name another file with --journal; this one was not changed":                 "укажите в --journal другой файл; этот не изменён",
	"use the newer gigabatch that wrote it, or another --journal":                "возьмите более новую версию gigabatch, которой он записан, или укажите другой --journal",
	"note: the sandbox leaves %s as it is and writes the answers into %s":        "примечание: песочница не меняет файл %s и пишет ответы в %s",
	"note: %s has %d other {name|names} (hard links), which {2:keeps|keep} the old content": "примечание: у файла %s есть ещё %d {имя|имени|имён} " +
		"(жёсткие ссылки); там останется прежнее содержимое",
	"to keep the answers, rename %s to %s; to do without them, delete it": "чтобы сохранить ответы, переименуйте %s в %s; если они не нужны, удалите его",
	"the same command continues, and asks again for what was overwritten": "та же команда продолжит работу и заново запросит то, что было затёрто",
	"free some space or repair the disk; every answer recorded so far is safe, and the same command continues": "освободите место или исправьте диск; " +
		"все записанные ответы целы, та же команда продолжит запуск",
	"get a new key in your project at developers.sber.ru/studio": "получите новый ключ в своём проекте на developers.sber.ru/studio",
	"set GIGACHAT_SCOPE or --scope to the key's own: GIGACHAT_API_PERS, GIGACHAT_API_B2B or GIGACHAT_API_CORP": "укажите в GIGACHAT_SCOPE или --scope то значение, для которого выдан ключ: " +
		"GIGACHAT_API_PERS, GIGACHAT_API_B2B или GIGACHAT_API_CORP",
	"an access token cannot be refreshed; give a new one, or the authorization key instead": "токен доступа нельзя обновить; задайте новый, а лучше ключ авторизации",
	"check the key and its scope with gigabatch doctor":                                     "проверьте ключ и его scope: gigabatch doctor",
	"buy more tokens, or choose another --model":                                            "купите ещё токены или выберите другую модель: --model",
	"check the tariff of the project":                                                       "проверьте тариф проекта",
	"gigabatch models lists the models of this key; check --base-url, too":                  "модели, доступные с этим ключом, покажет gigabatch models; проверьте и --base-url",
	"all streams of this key are in use, perhaps by another program":                        "все потоки этого ключа заняты — возможно, другой программой",
	"the service has a problem; try again later":                                            "у сервиса неполадки; повторите позже",
	"check the network connection, and the proxy if there is one; a VPN often hides Sber's hosts, so try without it": "проверьте подключение к сети и прокси, " +
		"если он есть; VPN часто закрывает доступ к узлам Сбера, попробуйте без него",
	"if your network inspects TLS, name its root certificate with --ca-file or GIGACHAT_CA_BUNDLE_FILE": "если ваша сеть проверяет трафик TLS, укажите её корневой сертификат: " +
		"--ca-file или GIGACHAT_CA_BUNDLE_FILE",
	"gigabatch needs TLS 1.2; a proxy in between may be too old, so ask for a way around it, or check --base-url": "нужна версия TLS 1.2; возможно, её не знает старый " +
		"прокси-сервер: попросите пропустить соединение мимо него или проверьте --base-url",
	"the token endpoint takes 10 requests a second of a key; wait, and stop other programs that request tokens all the time": "сервис выдаёт токены не чаще 10 раз в секунду; " +
		"подождите и остановите другие программы, которые всё время их запрашивают",
	"create a new API key in the console of Cloud.ru, and set GIGACHAT_API_KEY to it": "создайте новый API-ключ в консоли Cloud.ru и задайте его в GIGACHAT_API_KEY",
	"the Russian Trusted Root CA is trusted for Sber's hosts only; check --base-url, or name the root with --ca-file": "сертификату Russian Trusted Root CA " +
		"программа доверяет только для узлов Сбера; проверьте --base-url или укажите корневой сертификат: --ca-file",
	"check the host in --base-url and --auth-url":                              "проверьте имя узла в --base-url и --auth-url",
	"check the clock of this computer":                                         "проверьте часы этого компьютера",
	"the server requires a client certificate: --client-cert and --client-key": "сервер требует клиентский сертификат: --client-cert и --client-key",
	"check the URL; it must start with https":                                  "проверьте адрес: он должен начинаться с https",
	"check --base-url and the network":                                         "проверьте --base-url и подключение к сети",

	// init.go
	"file": "файл",
	"%s: the name of a job file ends in .yaml": "%s: имя файла с заданием должно оканчиваться на .yaml",
	"for example: gigabatch init %s":           "например: gigabatch init %s",
	"%s already exists":                        "%s уже существует",
	"name another file: gigabatch init other.yaml (gigabatch init - prints the example)": "укажите другое имя: gigabatch init other.yaml (gigabatch init - выводит пример на экран)",
	"written: %s":                    "записано: %s",
	"%s already exists and was kept": "%s уже существует и оставлен как есть",
	"%s already exists and was kept; the example needs an input with the column %q": "%s уже существует и оставлен как есть; примеру нужен исходный файл со столбцом «%s»",
	"try it without an account: gigabatch run --sandbox %s":                         "попробовать без учётной записи: gigabatch run --sandbox %s",
	"%s: cannot be written: %s":                                                     "%s: не удалось записать: %s",
	"choose a folder that exists and is writable":                                   "выберите существующую папку, в которую можно писать",

	// outcome.go
	"server error":         "ошибка сервиса",
	"network":              "сеть",
	"timeout":              "сервис не ответил вовремя",
	"broken answer":        "ответ оборвался",
	"rejected":             "запрос отклонён",
	"empty completion":     "пустой ответ",
	"model error":          "ошибка модели",
	"unexpected answer":    "неожиданный ответ",
	"too long":             "слишком длинный промпт",
	"invalid answer":       "ответ не того вида",
	"needs another column": "нет ответа в другом столбце",
	"completed":            "готово",
	"failed":               "ошибка",
	"blocked":              "заблокировано",
	"skipped":              "пропущено",
	"pending":              "не запрошено",

	// output.go
	"input":                       "исходный файл",
	"standard input was not kept": "данные стандартного ввода не сохраняются",
	"save the input to a file and name its journal with --journal": "сохраните данные в файл и укажите его журнал: --journal",

	// plan.go
	"warning: %s": "внимание: %s",
	"warning: %s: GigaChat has no parameter %q; it is left out in %d {row|rows}":   "внимание: %s: у GigaChat нет параметра «%s»; он опущен в %d {строке|строках|строках}",
	"warning: %s (--long split asks it in parts)":                                  "внимание: %s (--long split отправит его по частям)",
	"warning: … and %d more {prompt|prompts} of this kind":                         "внимание: … и ещё %d {такой промпт|таких промпта|таких промптов}",
	"cells to the right of the last named column are not asked (in %d {row|rows})": "ячейки правее последнего названного столбца не используются (в %d {строке|строках|строках})",
	"more cells than the header has (in %d {row|rows}); cells beyond the last column are not asked; a text that contains the delimiter needs double quotes": "ячеек больше, " +
		"чем в заголовке (в %d {строке|строках|строках}); лишние не используются; текст с разделителем нужно взять в двойные кавычки",
	"note: %s: left out as no data: %s; to ask these rows, add --keep-rows %s": "примечание: %s: пропущены строки без данных: %s; " +
		"чтобы задать вопросы и по ним, добавьте --keep-rows %s",
	"warning: %s: asked, but looks like no data: %s; to skip these rows, add --skip-suspect": "внимание: %s: не похожи на данные, но " +
		"вопросы по ним будут заданы: %s; чтобы пропустить их, добавьте --skip-suspect",
	"no row has anything in the columns that are asked (%d {row|rows}); was the header found? (--sheet, --header-row)": "в столбцах для промпта пусто " +
		"(%d {строка|строки|строк}); верно ли найден заголовок? (--sheet, --header-row)",
	"warning: %s: … and %d more {row|rows} of this kind": "внимание: %s: … и ещё %d {такая строка|такие строки|таких строк}",
	"%s: %d {row|rows} × %d {column|columns}; %s":        "%s: %d {строка|строки|строк} × %d {столбец|столбца|столбцов}; %s",
	"%s: %d {row|rows}, asking column %q; %s":            "%s: %d {строка|строки|строк}, промпт — в столбце «%s»; %s",
	"%s: %d {row|rows}; %s":                              "%s: %d {строка|строки|строк}; %s",
	"%d {request|requests} to send":                      "%d {запрос|запроса|запросов} к отправке",
	"nothing to ask":                                     "отправлять нечего",
	"%s, then those that depend on their answers":        "%s, затем те, что зависят от их ответов",
	"%d {file|files} to upload (%s)":                     "%d {файл|файла|файлов} к загрузке (%s)",
	"%d {asked|asked} in parts":                          "%d{||} по частям",
	"%d{|} already in the journal":                       "%d{||} уже в журнале",
	"%d {duplicate|duplicates} of earlier rows":          "%d {дубликат|дубликата|дубликатов} прежних строк",
	"%d {empty|empty}":                                   "%d {пустая|пустые|пустых}",
	"%d {byte|bytes}":                                    "%d {байт|байта|байт}",
	"%d kB":                                              "%d КБ",
	"%.1f MB":                                            "%.1f МБ",

	// preview.go
	"preview: no output was written; the run without --preview does not ask these rows again (journal: %s)": "предпросмотр: файл с ответами не записан; " +
		"запуск без --preview не будет спрашивать эти строки снова (журнал: %s)",
	"row %d":                     "строка %d",
	"… and %d more {line|lines}": "… и ещё %d {строка|строки|строк}",

	// run.go
	"stopping: waiting for answers under way (press Ctrl-C again to stop at once)": "останавливаемся: ждём ответы на отправленные запросы (ещё раз Ctrl-C — остановить сразу)",
	"standard input needs --format and --journal":                                  "для стандартного ввода нужны --format и --journal",
	"for example: gigabatch run - --format csv --journal answers.gigabatch":        "например: gigabatch run - --format csv --journal answers.gigabatch",
	"--in-place needs a file":                                    "для --in-place нужен файл",
	"write the output to a file with -o":                         "запишите результат в файл: -o",
	"the input and the key cannot both come from standard input": "исходные данные и ключ нельзя одновременно читать из стандартного ввода",
	"--concurrency %s: must be a number from 1, or auto":         "--concurrency %s: нужно число от 1 или auto",
	"auto finds the limit of your key":                           "auto находит предел вашего ключа",
	"stopped at once: no output was written; every answer received is kept, and the same command continues (journal: %s)": "остановлено сразу: файл с ответами не записан; " +
		"все полученные ответы сохранены, та же команда продолжит запуск (журнал: %s)",
	"--json and the output cannot both go to standard output": "--json и результат нельзя одновременно писать в стандартный вывод",
	"stopped: the output was not read to the end; every answer is kept, and the same command continues (journal: %s)": "остановлено: результат не прочитан до конца; " +
		"все ответы сохранены, та же команда продолжит запуск (журнал: %s)",

	// sandbox.go
	"--%s %s: unknown value":                                    "--%s %s: неизвестное значение",
	"invalid --fault: %v":                                       "неверный --fault: %v",
	"see gigabatch sandbox --help":                              "см. gigabatch sandbox --help",
	"--listen takes a loopback address, such as 127.0.0.1:8089": "в --listen укажите локальный адрес, например 127.0.0.1:8089",
	"the sandbox is listening on %s until Ctrl-C":               "песочница работает на %s; остановить — Ctrl-C",

	// serve.go
	"--dir %s: not a folder":                                              "--dir %s: это не папка",
	"name the folder that contains the tables":                            "укажите папку с таблицами",
	"--dir %s: cannot be opened: %s":                                      "--dir %s: не открывается: %s",
	"error: the page: %v":                                                 "ошибка: страница: %v",
	"--password-file takes the name of a file that contains the password": "в --password-file укажите имя файла с паролем",
	"--password-file: the file is empty":                                  "--password-file: файл пуст",
	"the file must contain the password on its only line":                 "файл должен состоять из одной строки — пароля",
	"%s: the password is too short":                                       "%s: пароль слишком короткий",
	"it needs at least %d {character|characters}":                         "нужно не меньше %d {символа|символов|символов}",
	"warning: others on the network can reach this page over plain HTTP: anyone who knows the password can read and change the folder %s and send requests " +
		"at your cost, and anyone who eavesdrops learns the password": "внимание: страница доступна другим по сети без шифрования (HTTP): кто знает пароль, может читать " +
		"и менять папку %s и отправлять запросы за ваш счёт, а кто прослушивает сеть — узнает и пароль",
	"for others: %s with the password":            "для других: %s и пароль",
	"error: the certificate was not reloaded: %v": "ошибка: новый сертификат не загружен: %v",
	"serving %s until Ctrl-C":                     "открыта папка %s; остановить — Ctrl-C",
	"open %s":                                     "страница: %s",

	// status.go
	"rows":     "строки",
	"last run": "последний запуск",
	"cells are read differently than by the program that wrote the journal; pending rows whose prompt is another one " +
		"now are asked again": "ячейки читаются не так, как в программе, которая вела журнал; строки, у которых из-за этого изменился промпт, будут отправлены заново",
	"up to %d {completion|completions} may have been paid twice": "возможна двойная оплата: до %d {ответа|ответов|ответов}",
	"%d {answer was|answers were} edited by hand":                "%d {ответ изменён|ответа изменены|ответов изменено} вручную",
	"warning: %s: %s": "внимание: %s: %s",
	"note: the answers about these documents are in %s":             "примечание: ответы об этих документах — в %s",
	"note: the service was down for %v during the run":              "примечание: во время запуска сервис не отвечал %v",
	"the last run selected %d of %d {row|rows}; of all of them: %s": "в последнем запуске выбрано %d из %d {строки|строк|строк}; по всем строкам: %s",
	"the journal is damaged in %d {place|places}, first in line %d (byte %d); the rows whose answers were there are asked again": "журнал повреждён " +
		"в %d {месте|местах|местах}, первое — в строке %d (байт %d); строки, ответы которых были там, будут отправлены снова",
	"the journal lacks %d line {break|breaks}, first in line %d (byte %d); no answer is lost": "в журнале не хватает %d {перевода строки|переводов строки|" +
		"переводов строки}, первый — в строке %d (байт %d); ответы не потеряны",
	"and %d more; --json lists all": "и ещё %d; все покажет --json",
	"ended":                         "завершён",
	"is running":                    "идёт",
	"was killed":                    "оборвался",
	"started %s, %s (sandbox)":      "начат %s, %s (песочница)",
	"started %s, %s":                "начат %s, %s",
	"is paused":                     "на паузе",
	"was interrupted":               "прерван",
	"tried a few rows only":         "проверено только несколько строк",

	// summary.go
	"no output was written; every answer received is kept, and the same command continues (journal: %s)": "файл с ответами не записан; все полученные ответы сохранены, " +
		"та же команда продолжит запуск (журнал: %s)",
	"warning: %d {file|files} could not be deleted at the service; the next run tries again": "внимание: %d {файл|файла|файлов} не удалось удалить в сервисе; следующий запуск попробует снова",
	"warning: %d {file|files} in %s {1:was|were} left as {1:it is|they are}: another program has {1:it|them} open or changed " +
		"{1:it|them} during the run": "внимание: %d {файл|файла|файлов} в папке %s {1:оставлен|оставлены|оставлено} как есть: " +
		"другая программа держит {1:его открытым|их открытыми|их открытыми} или изменила {1:его|их|их} во время запуска",
	"%d {row was|rows were} blocked by moderation; a blocked row is asked again only if its prompt or model changes, or with --fresh": "%d {строка заблокирована|строки заблокированы|строк заблокировано} " +
		"модерацией; такие строки отправляются снова, только если изменить промпт или модель либо указать --fresh",
	"%d {answer does|answers do} not fit the form (%s); the journal keeps {1:it|them}. A larger --repairs asks for a better one " +
		"(a larger --max-tokens if the answer was cut off; status says which)": "%d {ответ|ответа|ответов} не того вида (%s); {1:он сохранён|они сохранены|они сохранены} в журнале. " +
		"Увеличьте --repairs, чтобы переспросить (или --max-tokens, если ответ обрезан; что именно, покажет status)",
	"%d {edit is|edits are} not in %s yet; gigabatch output writes {1:it|them}": "%d {правки|правок|правок} ещё нет в %s; " +
		"{1:её|их|их} запишет команда gigabatch output",
	"%d {row|rows} failed for a temporary cause (%s); the same command asks {1:it|them} again": "у %d {строки|строк|строк} временная ошибка (%s); та же команда отправит {1:её|их|их} снова",
	"up to %d {completion|completions} may have been paid twice: sent, but the answer was lost (over all runs of this journal)": "возможна двойная оплата: " +
		"до %d {ответа|ответов|ответов} — запрос отправлен, а ответ потерян (за все запуски с этим журналом)",
	"%d {cell was|cells were} too long for a workbook and cut; the whole text is in %s":          "%d {ячейка обрезана|ячейки обрезаны|ячеек обрезано}: текст слишком длинный для Excel; целиком он в %s",
	"%d {cell was|cells were} too long for a workbook and cut; the whole text is in the journal": "%d {ячейка обрезана|ячейки обрезаны|ячеек обрезано}: текст слишком длинный для Excel; целиком он в журнале",
	"%d {answer begins|answers begin} like a formula and got an apostrophe (--formula-guard=off leaves it out)": "%d {ответ начинается|ответа начинаются|ответов начинаются} " +
		"как формула, перед {1:ним|ними|ними} поставлен апостроф (--formula-guard=off — без него)",
	"%d {completed|completed}":   "%d {готова|готовы|готово}",
	"(nothing)":                  "(пусто)",
	"%d {failed|failed}":         "%d с ошибкой{||}",
	"%d {blocked|blocked}":       "%d {заблокирована|заблокированы|заблокировано}",
	"%d {skipped|skipped}":       "%d {пропущена|пропущены|пропущено}",
	"%d {pending|pending}":       "%d {ожидает|ожидают|ожидают}",
	"note: %s":                   "примечание: %s",
	"row %d of sheet %q":         "строка %d на листе «%s»",
	"the page (gigabatch serve)": "страница (gigabatch serve)",
	"warning: %d {answer|answers} corrected by hand {1:is|are} no longer in %s, since another version of the columns was written. " +
		"Nothing is lost: %s writes {1:it|them} again": "внимание: %d {ответа, исправленного|ответов, исправленных|ответов, исправленных} вручную, больше нет в файле %s: " +
		"записана другая версия столбцов. Ничего не потеряно, снова записать {1:его|их|их} может %s",
	"warning: up to %d {answer|answers} corrected by hand {1:is|are} no longer in %s, since another version of the columns was written. " +
		"Nothing is lost: %s writes {1:it|them} again": "внимание: до %d {ответа, исправленного|ответов, исправленных|ответов, исправленных} вручную, больше нет в файле %s: " +
		"записана другая версия столбцов. Ничего не потеряно, снова записать {1:его|их|их} может %s",
	"%d {cell|cells} of %q {1:holds|hold} text that gigabatch did not write, first in %s; it was kept (--overwrite replaces it)": "в столбце «%[2]s» " +
		"{1:оставлена|оставлены|оставлены} %[1]d {ячейка|ячейки|ячеек} с текстом не от gigabatch, первая — %[3]s (--overwrite заменит {1:его|эти тексты|эти тексты})",
	"written: %d {file|files} in %s": "записано: %d {файл|файла|файлов} в папку %s",
	"all files in %s are up to date": "все файлы в папке %s уже актуальны",
	"%d {row|rows} came or changed during the run; the next run asks {1:it|them}": "%d {строка добавлена или изменена|строки добавлены или изменены|" +
		"строк добавлено или изменено} во время запуска; {1:её|их|их} обработает следующий запуск",
	"warning: the input changed in every round (--max-rounds); %d {row is|rows are} left to the next run": "внимание: входной файл менялся " +
		"в каждом проходе (--max-rounds); %d {строка оставлена|строки оставлены|строк оставлено} следующему запуску",
	"%d {row is|rows are} still pending; gigabatch run asks {1:it|them} (journal: %s)": "%d {строка ещё ожидает|строки ещё ожидают|строк ещё ожидают} ответа; " +
		"команда gigabatch run отправит {1:её|их|их} (журнал: %s)",
	"%d {row is|rows are} still pending; the same command continues (journal: %s)": "%d {строка ещё ожидает|строки ещё ожидают|строк ещё ожидают} ответа; " +
		"та же команда продолжит запуск (журнал: %s)",
	"%d {row|rows} completed":                                          "%d {строка готова|строки готовы|строк готово}",
	"%d of them cut off at the token limit":                            "%d из них с ответом, обрезанным по лимиту токенов",
	"%d {failed|failed} (%s)":                                          "%d с ошибкой{||} (%s)",
	"%d {taken|taken} from the journal":                                "%d {взята|взяты|взято} из журнала",
	"%d {duplicate|duplicates} not asked again":                        "%d {дубликат|дубликата|дубликатов} без нового запроса",
	"%d {request|requests}":                                            "%d {запрос|запроса|запросов}",
	"%d refused with 429":                                              "%d {отказ|отказа|отказов} с кодом 429",
	"%d {token|tokens} (prompt %d{|}, completion %d{|}, cached %d{|})": "%d {токен|токена|токенов} (промпт %d{||}, ответ %d{||}, из кэша %d{||})",
	"in %v": "за %v",

	// key.go
	"a connection with a client certificate uses no token": "с клиентским сертификатом токен доступа не нужен",
	"gigabatch doctor checks the connection":               "проверить соединение: gigabatch doctor",
	"expiry unknown":                                       "срок действия неизвестен",
	"expires %s (in %v)":                                   "действует до %s (ещё %v)",
	"a connection with an API key uses no token":           "с API-ключом токен доступа не нужен",

	// explain.go
	"the API key is wrong or was revoked": "API-ключ неверен или отозван",
	"this is not an API key: %s":          "это не API-ключ: %s",

	// sandbox.go

	// summary.go, status.go; console: line.go; connection: connection.go
	"%d {row needs|rows need} a column that failed (%s)": "%d {строка|строки|строк} без ответа: ошибка в столбце, который {1:ей|им|им} нужен (%s)",
	"the last run ended early: %s":                       "последний запуск остановился раньше времени: %s",
	"no answer for %v":                                   "ответа нет уже %v",
	"no answer for %v (%s)":                              "ответа нет уже %v (%s)",
	"note: the token came already expired, so the clocks of this computer and of the service differ by %v or more; " +
		"it is used until the service refuses it": "к сведению: токен пришёл уже просроченным, то есть часы этого компьютера и сервиса расходятся на %v или больше; " +
		"он используется, пока сервис его принимает",
	"fix the cause, then ask these rows again with --retry-failed; --keep-going goes on regardless":                                "устраните причину и отправьте эти строки снова с --retry-failed; --keep-going продолжает, несмотря на ошибки",
	"put the user name and password of the proxy into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT":                                 "укажите имя и пароль прокси в HTTPS_PROXY: http://ИМЯ:ПАРОЛЬ@ХОСТ:ПОРТ",
	"a proxy or the network answered instead of the service":                                                                       "вместо сервиса ответил прокси-сервер или сама сеть",
	"open any web page in a browser and log in to the network; if there is nothing to log in to, check HTTPS_PROXY and --base-url": "откройте в браузере любую страницу и войдите в сеть; если входить не нужно, проверьте HTTPS_PROXY и --base-url",
	"%s; the same command then continues, and --keep-going goes on regardless":                                                     "%s; после этого та же команда продолжит работу, а --keep-going продолжает, несмотря на ошибки",
	"the token came %s after its end": "токен пришёл через %s после окончания своего срока",
	"a clock is wrong, here or at the service; set this one with NTP. The token is used until the service refuses it":     "неверны часы этого компьютера или сервиса; настройте часы компьютера по NTP. Токен используется, пока сервис его принимает",
	"nothing is unusual about this request, so check --base-url, or report the answer to the service with the request id": "в этом запросе нет ничего необычного: проверьте --base-url или сообщите об ответе в поддержку сервиса, указав request id",
	"no answer within %v: %w": "ответа нет уже %v: %w",
	"the service is on this computer: check that it runs, and that the address has the right port": "сервис находится на этом компьютере: проверьте, что он запущен и что в адресе указан верный порт",
	"stopped early":   "остановился раньше времени",
	"%s (%s; see %s)": "%s (%s; подробнее: %s)",
	"%d {answer has|answers have} bytes that are not UTF-8, written as �; the journal keeps {1:it as it|them as they} came (raw_base64)": "%d {ответ содержит|ответа содержат|ответов содержат} " +
		"байты не в UTF-8, они записаны как �; в журнале {1:он сохранён|они сохранены|они сохранены} без изменений (raw_base64)",

	// shell and desktop
	"shell":                        "оболочка",
	"completion: unknown shell %q": "completion: неизвестная оболочка «%s»",
	"only completion scripts use this command": "эту команду вызывают только скрипты дополнения",
	"User Commands":         "Команды пользователя",
	"NAME":                  "ИМЯ",
	"SYNOPSIS":              "ОБЗОР",
	"COMMAND":               "КОМАНДА",
	"FLAGS":                 "ПАРАМЕТРЫ",
	"ARGUMENTS":             "АРГУМЕНТЫ",
	"DESCRIPTION":           "ОПИСАНИЕ",
	"COMMANDS":              "КОМАНДЫ",
	"FLAGS OF ALL COMMANDS": "ПАРАМЕТРЫ ВСЕХ КОМАНД",
	"EXIT STATUS":           "КОДЫ ЗАВЕРШЕНИЯ",
	"ENVIRONMENT":           "ПЕРЕМЕННЫЕ ОКРУЖЕНИЯ",
	"FILES":                 "ФАЙЛЫ",
	"A file .env in the working folder may set these, too. docs/reference.md has all of them.": "Их можно задать и в файле .env рабочей папки. Полный список — в docs/reference.md.",
	"the authorization key of the project":                                                     "ключ авторизации проекта",
	"see gigabatch completion --help":                                                          "см. gigabatch completion --help",
	"the scope of the key":                                                                     "область действия (scope) ключа",
	"the model, if --model is not given":                                                       "модель, если не указан параметр --model",
	"the password of the page, for gigabatch serve":                                            "пароль страницы для gigabatch serve",
	"a table with your own prices":                                                             "таблица с вашими ценами",
	"the language of messages and help: en or ru":                                              "язык сообщений и справки: en или ru",
	"INPUT.gigabatch":                                                                          "ФАЙЛ.gigabatch",
	"INPUT.gigabatch.lock":                                                                     "ФАЙЛ.gigabatch.lock",
	"the journal with the answers; without it, everything is asked and paid for again":         "журнал с ответами; без него всё будет отправлено и оплачено заново",
	"the lock of the journal, which is never deleted":                                          "блокировка журнала; этот файл никогда не удаляется",
	"press Enter to close this window":                                                         "нажмите Enter, чтобы закрыть это окно",
	// key.go
	"the API key is in the keyring; gigabatch finds it in every folder":                "ключ API сохранён в хранилище ключей, и gigabatch найдёт его из любой папки",
	"the key is in the keyring, with the scope %s; gigabatch finds it in every folder": "ключ сохранён в хранилище ключей вместе со scope %s, и gigabatch найдёт его из любой папки",
	"note: here, %v comes before the keyring":                                          "примечание: в этой папке раньше хранилища ключей действует %v",
	"the keyring has no key of gigabatch":                                              "в хранилище нет ключа gigabatch",
	"waiting for the key on standard input…":                                           "ждём ключ из стандартного ввода…",
	"the key is no longer in the keyring":                                              "ключ удалён из хранилища",
	"paste the key and press Enter; it is not shown":                                   "вставьте ключ и нажмите Enter; на экране он не появится",
	"the key": "ключ",
	"GIGABATCH_KEY_COMMAND in .env is not run: a file of the folder runs no commands; set it in the environment, or use --key-command": "GIGABATCH_KEY_COMMAND " +
		"в .env не выполняется: файл из папки не запускает команд; задайте переменную в окружении или используйте --key-command",
	"put the key into a file .env that only you can read, or name its file with --key-file, or the command of a password manager with --key-command; " +
		"a service or a CI job passes GIGACHAT_CREDENTIALS": "запишите ключ в файл .env, который можете читать только вы, укажите файл с ключом в --key-file " +
		"или команду менеджера паролей в --key-command; службе или заданию CI передайте GIGACHAT_CREDENTIALS",
	"gigabatch login replaces it, gigabatch logout deletes it": "gigabatch login заменит запись, gigabatch logout удалит её",
	"unlock the keyring, or put the key into .env as GIGACHAT_CREDENTIALS=…; GIGABATCH_KEYRING=off leaves the keyring alone": "разблокируйте хранилище " +
		"или запишите ключ в .env: GIGACHAT_CREDENTIALS=…; с GIGABATCH_KEYRING=off хранилище не опрашивается",
	"put the key into .env as GIGACHAT_CREDENTIALS=…; GIGABATCH_KEYRING=off leaves the keyring alone": "запишите ключ в .env: GIGACHAT_CREDENTIALS=…; " +
		"с GIGABATCH_KEYRING=off хранилище не опрашивается",
	"run the command by hand: it must print the key, and nothing else on its first line": "выполните команду сами: в первой строке она должна вывести ключ и ничего больше",
	// servicekey.go, connection
	"%s has a form that cannot be changed without risk": "файл %s устроен так, что менять его рискованно",
	"%s was changed in the meantime":                    "файл %s тем временем изменился",
	"try again":                                         "попробуйте ещё раз",
	"a key cannot be kept there":                        "сохранить ключ там нельзя",
	"add a line with %s to the file .gitignore of the folder, or choose another place for the key": "добавьте строку %s в файл .gitignore этой папки " +
		"или выберите для ключа другое место",
	"choose another place for the key": "выберите для ключа другое место",
	"entered on the page":              "введён на странице",
	"set the variables in it by hand, or save it as UTF-8 with one NAME=VALUE on each line": "задайте в нём переменные сами " +
		"или сохраните его в UTF-8, по одной записи ИМЯ=ЗНАЧЕНИЕ на строке",
	"the folder %s is in a work tree of git, which does not ignore %s":         "папка %s находится в рабочем каталоге git, а файл %s в нём не исключён",
	"the key is used from now on, but after the next start %v comes before it": "ключ уже действует, но после следующего запуска важнее него будет %v",
	"an error (%v)":            "ошибка (%v)",
	"the scope of %v":          "scope, заданный так: %v",
	"the sandbox":              "песочница",
	"the sandbox needs no key": "песочнице ключ не нужен",

	// merge.go
	"name the file that the shards have read": "укажите файл, который читали части",
	"merged: %d of %d {shard|shards}":         "объединено частей: %d из %d{||}",
	"the shards were merged already":          "части уже объединены",
	"note: %d {answer was|answers were} paid for by more than one shard: requests made of answers happened to be the same": "примечание: за %d {ответ|ответа|ответов} заплатили несколько частей: запросы, составленные из ответов, случайно совпали",
	"shard": "часть",
	"shard %s is done; gigabatch merge writes the output once all are (journal: %s)": "часть %s готова; когда готовы все, результат записывает gigabatch merge (журнал: %s)",
}
