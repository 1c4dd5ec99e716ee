package russian

// batches are the formats of asynchronous batches: internal/jobs/batch and what uses it.
var batches = map[string]string{
	// batch
	"this key has no right to asynchronous batches: %v": "этому ключу недоступны пакеты заданий: %v",
	"the service does not take %s in batches: %v":       "сервис не принимает модель %s в пакетах заданий: %v",
	"%s; its %d {row is|rows are} posted again":         "%s; %d {его строка отправляется|его строки отправляются|его строк отправляются} снова",
	"%s; its %d {row stays|rows stay} pending. If you are sure, --repost posts {2:it|them} again": "%s; %d {строка из него ждёт|строки из него ждут|строк из него ждут}. " +
		"Если вы уверены, --repost отправит {2:её|их|их} снова",
	"the answer to a batch of %d {line|lines} was lost (%v); it is looked for in the list of batches": "ответ на пакет заданий из %d {строки|строк|строк} потерян (%v); " +
		"пакет ищется в списке пакетов",
	"the answer to a batch of %d {line|lines} was lost, and the service does not say what is in the batch %s": "ответ на пакет заданий из %d {строки|строк|строк} " +
		"потерян, и сервис не сообщает, что в пакете %s",
	"the batch was found at the service (%s)": "пакет заданий нашёлся у сервиса (%s)",
	"the batch %s at the service has %d {row|rows} of this table, although the journal does not know it; it is collected": "в пакете заданий %s у сервиса есть " +
		"%d {строка|строки|строк} этой таблицы, хотя в журнале его нет; ответы будут получены",
	"the service no longer knows the batch %s":       "сервис больше не знает пакет заданий %s",
	"the results of the batch %s cannot be read: %v": "результаты пакета заданий %s не удаётся прочитать: %v",
	"the budget is nearly used up: what is left of it is enough for %d {request|requests} only, too few for another batch": "бюджет почти исчерпан: остатка хватает лишь на " +
		"%d {запрос|запроса|запросов} — слишком мало для ещё одного пакета",
	"it names no file with the results": "он не называет файла с результатами",
	"%d {batch|batches} at the service may have rows of this table, because the last run did not end here; nothing is posted until {1:it has|they have} " +
		"ended. If you are sure that {1:it has|they have} none, --repost does not wait": "у сервиса %d {пакет|пакета|пакетов} заданий, где могут быть строки этой таблицы: " +
		"прошлый запуск завершился не здесь; пока {1:он не завершится|они не завершатся|они не завершатся}, ничего не отправляется. Если вы уверены, что их там нет, " +
		"--repost не станет ждать",
	"the batch %s brought no answer to this row":           "в пакете заданий %s нет ответа на эту строку",
	"the batch %s ended as %q before it answered this row": "пакет заданий %s завершился с состоянием «%s» раньше, чем дошёл до этой строки",
	"a run ended while it posted a batch of %d {line|lines}; the batch is looked for at the service, which may take some minutes": "запуск прервался, отправляя пакет " +
		"заданий из %d {строки|строк|строк}; пакет ищется у сервиса, это может занять несколько минут",
	// jobs: batches.go; journal; task
	"%v; the rows are asked live": "%v; строки спрашиваются обычными запросами",
	"the deadline comes near: %d {request is|requests are} asked live at the full price, of which %d {is|are} in open batches, too " +
		"(%d at once, and %v for an answer, are expected)": "срок близко: по полной цене спрашивается обычными запросами %d{||}, из них %d{||} — ещё и в открытых пакетах " +
		"(расчёт: %d{||} одновременно, %v на ответ)",
	"%d {request|requests} that no batch has answered {1:is|are} asked live, at the full price": "пакеты не ответили на %d {запрос|запроса|запросов}; " +
		"{1:он спрашивается|они спрашиваются|они спрашиваются} обычным способом, по полной цене",
	"--deadline %s is over":                                "срок --deadline %s уже прошёл",
	"name a later time, or leave out --via and --deadline": "укажите более позднее время или уберите --via и --deadline",
	"batches: %d collected with %d {answer|answers}":       "пакеты заданий: получено %d{||}, в них %d {ответ|ответа|ответов}",
	"this service has no asynchronous batches":             "у этого сервиса нет пакетов заданий",
	"leave out --via, or use --via auto":                   "уберите --via или укажите --via auto",
	"a batch: %w":                                          "пакет заданий: %w",
	"waits for batches":                                    "ждёт пакеты заданий",
	// cmd: advice, settings, plan, summary, status
	"companies that pay as they go (GIGACHAT_API_CORP) have batches; without --via, or with --via auto, the rows are asked live": "пакеты заданий есть у компаний " +
		"с оплатой по факту (GIGACHAT_API_CORP); без --via или с --via auto строки спрашиваются обычными запросами",
	"--%s is for batches, and this run asks live": "--%s — для пакетов заданий, а этот запуск спрашивает обычными запросами",
	"add --via batch":                                 "добавьте --via batch",
	"--via hybrid needs a deadline":                   "для --via hybrid нужен срок",
	"for example: --deadline 18:00":                   "например: --deadline 18:00",
	"--deadline is for --via hybrid":                  "--deadline — для --via hybrid",
	"add --via hybrid":                                "добавьте --via hybrid",
	"--detach and --deadline cannot be used together": "--detach и --deadline нельзя указать вместе",
	"without --detach, the run waits and asks live what the batches have not answered in time": "без --detach запуск ждёт и спрашивает обычными запросами то, " +
		"на что пакеты не ответили в срок",
	"--detach needs a service that stays, and the embedded sandbox ends with the run": "для --detach нужен сервис, который продолжит работать, а встроенная песочница " +
		"завершается вместе с запуском",
	"start gigabatch sandbox in another terminal, or leave out --detach":           "запустите gigabatch sandbox в другом терминале или уберите --detach",
	"--deadline %s: must be a time such as 18:00 or 2026-12-24 18:00":              "--deadline %s: нужно время вида 18:00 или 2026-12-24 18:00",
	"%s, of which %d {is|are} in batches at the service already":                   "%s, из них %d{||} уже в пакетах заданий у сервиса",
	"about %d {batch|batches} of at most %d {line|lines}":                          "примерно %d {пакет|пакета|пакетов} заданий, в каждом не больше %d {строки|строк|строк}",
	"%s, in up to %d {round|rounds}: each waits for the answers of the one before": "%s, не больше %d {захода|заходов|заходов}: каждый ждёт ответов предыдущего",
	"batches: %d posted": "пакеты заданий: отправлено %d{||}",
	"batches: %d posted, %d collected with %d {answer|answers}": "пакеты заданий: отправлено %d{||}, получено %d{||}, в них %d {ответ|ответа|ответов}",
	"%d {batch|batches} with %d {request|requests} {1:is|are} at the service; the same command collects {1:it|them} later, and so does %s": "у сервиса %d {пакет|пакета|пакетов} " +
		"заданий, в {1:нём|них|них} %d {запрос|запроса|запросов}; ответы позже получит та же команда, а также %s",
	"warning: %s; %d {request stays|requests stay} pending. If you are sure, --repost posts {2:it|them} again": "внимание: %s; %d {запрос ждёт|запроса ждут|запросов ждут}. " +
		"Если вы уверены, --repost отправит {2:его|их|их} снова",
	"warning: the service refused %d {request|requests} in batches; ask {1:it|them} live with --via auto, or choose another --model": "внимание: сервис отклонил в пакетах " +
		"%d {запрос|запроса|запросов}; спросите {1:его|их|их} обычным способом с --via auto или выберите другую модель (--model)",
	"warning: %d {request was|requests were} answered twice, by a batch and live: paid twice, and counted once": "внимание: на %d {запрос|запроса|запросов} ответы пришли " +
		"дважды, из пакета и обычным запросом: оплачены дважды, учтены один раз",
	"warning: %d {result of a batch has|results of batches have} an id that is no request of this run": "внимание: у %d {результата|результатов|результатов} " +
		"из пакетов id, которого нет среди запросов этого запуска",
	"warning: the answers of batches could not be collected: %v": "внимание: не удалось получить ответы пакетов заданий: %v",
	"%d {row is|rows are} in %d {batch|batches} at the service, the first posted %v; gigabatch run writes the answers": "%d {строка|строки|строк} — в %d {пакете|пакетах|пакетах} " +
		"заданий у сервиса, первый отправлен %v; ответы запишет gigabatch run",
}
