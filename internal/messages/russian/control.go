package russian

// controls are the formats of what steers a run in progress: internal/jobs/control, internal/jobs/steer.go and gigabatch ctl.
var controls = map[string]string{
	// control: client.go, place.go, server.go
	"no run of this journal answers":                                   "ни один запуск с этим журналом не отвечает",
	"the run did not answer within %v":                                 "запуск не ответил за %v",
	"the run does not answer: %v":                                      "запуск не отвечает: %v",
	"the run answers in another version of the protocol (%d)":          "запуск отвечает по другой версии протокола (%d)",
	"%s: the path of a socket there would be too long":                 "%s: путь к сокету в этой папке был бы слишком длинным",
	"%s: it is no folder":                                              "%s: это не папка",
	"%s: the folder is open to other users, or belongs to another one": "%s: папка открыта другим пользователям или принадлежит другому",
	"%s: it is no socket":                                              "%s: это не сокет",
	"another process answers in the place of this run":                 "вместо этого запуска отвечает другой процесс",
	"the run belongs to another user":                                  "запуск принадлежит другому пользователю",
	"the line is too long":                                             "строка слишком длинная",
	"the run speaks another version of the protocol (%d, not %d); use the program that started it": "у запуска другая версия протокола (%d, а не %d); " +
		"управляйте им той программой, которая его начала",
	// jobs: steer.go
	"other processes cannot steer this run: %v":                   "другие процессы не смогут управлять этим запуском: %v",
	"another process paused the run":                              "другой процесс приостановил запуск",
	"another process resumed the run":                             "другой процесс возобновил запуск",
	"another process set the budget to %s":                        "другой процесс изменил бюджет: %s",
	"another process set the number of requests at once to %d{|}": "другой процесс изменил число одновременных запросов: %d{||}",
	"another process set the number of requests at once to auto":  "другой процесс вернул автоматическое число одновременных запросов",
	"the number of requests at once must be from 1 to %d{|}":      "одновременных запросов может быть от 1 до %d{||}",
	"the budget must be more than 0 ₽":                            "бюджет должен быть больше 0 ₽",
	"the run does not know %q":                                    "запуск не знает команду «%s»",
	// console: line.go
	"paused": "пауза",
	// cmd: flags/request.go
	"ctl: the input of a run and a command are needed":               "ctl: укажите исходный файл запуска и команду",
	"ctl: the input comes before the command":                        "ctl: сначала исходный файл, потом команда",
	"ctl: %s needs a value":                                          "ctl: для %s нужно значение",
	"ctl: budget %s: must be a number of rubles above 0":             "ctl: budget %s: нужно число рублей больше 0",
	"ctl: concurrency %s: must be a number from 1 to %d{|}, or auto": "ctl: concurrency %s: нужно число от 1 до %d{||} или auto",
	"for example: gigabatch ctl %s":                                  "например: gigabatch ctl %s",
	"give one command at a time":                                     "за один раз укажите одну команду",
	// cmd: ctl.go
	"%s: a run is in progress, but it does not answer: it may still be preparing or already writing its output, be a preview, or belong to another user or computer": "%s: " +
		"запуск идёт, но не отвечает: возможно, он ещё готовится или уже записывает файл, это проба нескольких строк, либо он принадлежит другому пользователю или другому компьютеру",
	"%s: no run of the whole input is in progress; runs of shards are: %s": "%s: ни один запуск по всему файлу не идёт; идут запуски частей: %s",
	"each is steered by its journal: %s":                                   "каждым управляют по его журналу: %s",
	"%s: no run is in progress":                                            "%s: ни один запуск не идёт",
	"paused; answers under way are still received":                         "пауза; ответы на уже отправленные запросы ещё принимаются",
	"resumed": "запуск возобновлён",
	"the number of requests at once is found automatically":               "число одновременных запросов определяется автоматически",
	"at most %d {request|requests} at once":                               "не больше %d {запроса|запросов|запросов} одновременно",
	"the budget of the run is %s, with what it has spent so far":          "бюджет запуска — %s вместе с уже израсходованным",
	"the run stops: it waits for answers under way and writes the output": "запуск останавливается: он дождётся ответов на отправленные запросы и запишет файл",
	"is stopping":                 "останавливается",
	"is writing the output":       "записывает файл",
	"%s (process %s, started %s)": "%s (процесс %s, начат %s)",
	"done":                        "готово",
	"%d of %d {request|requests}": "%d из %d {запроса|запросов|запросов}",
	"%d {was|were} blocked":       "%d {заблокирован|заблокированы|заблокировано}",
	"at once":                     "одновременно",
	"workers":                     "воркеры",
	"auto":                        "авто",
	"%d{|} (limit %s, now %d{|})": "%d{||} (предел: %s, сейчас %d{||})",
	"spent":                       "израсходовано",
	"none":                        "нет",
	"batch":                       "пакет",
	"%d {line|lines}, posted %v ago; it is not known yet whether the service has it": "строк: %d{||}, отправлен %v назад; есть ли он у сервиса, пока неизвестно",
	"%s: %d {line|lines}, posted %v ago":                                             "%s: %d {строка|строки|строк}, отправлен %v назад",
	"%s: %s, %d of %d {line|lines}, posted %v ago":                                   "%s: %s, %d из %d {строки|строк|строк}, отправлен %v назад",
	// cmd: status.go
	"%d {row was|rows were} answered after %s was written; gigabatch run writes {1:the answer|the answers}": "%d {ответ|ответа|ответов} {1:получен|получены|получено} " +
		"после записи файла %s; {1:его|их|их} запишет gigabatch run",

	"shared with": "делится с",
}
