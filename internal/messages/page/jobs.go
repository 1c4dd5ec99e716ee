package page

// jobs are the formats of internal/jobs itself, output, rows and pool that are worded otherwise on the page.
var jobs = map[string]Wording{
	"if gigabatch wrote it, put the journal back: without it, everything is asked and paid for again; " +
		"otherwise choose another output file with -o, or replace this one with --overwrite": {
		English: "if an earlier run wrote it, put its journal back into the folder: without it, everything is asked and paid for again; " +
			"otherwise write the answers to a new file",
		Russian: "если его записал прежний запуск, верните журнал в папку: без него всё отправится и будет оплачено заново; " +
			"иначе запишите ответы в новый файл",
	},
	"if this is right, name it again: -o %s": {
		English: "write %s where it was written before", Russian: "запишите файл %s там же, где раньше",
	},
	"if this is right, write it with gigabatch run and --out-dir %s": {
		English: "write %s where it was written before", Russian: "запишите ответы в папку %s там же, где раньше",
	},
	// jobs: plan.go
	"the first line is taken as the header; if the table has no header, add --no-header": {
		"the first line is taken as the header; if the table has no header, choose “No header (A, B, C)” under “Header”",
		"первая строка считается строкой с названиями столбцов; если названий нет, выберите «Их нет (A, B, C)» в поле «Названия столбцов»",
	},
	"%s; if the header is row %d, where %q is a cell, add --header-row %d": {
		"%s; if the header is row %d, where %q is a cell, enter %d under “Header row”",
		"%s; если названия столбцов в строке %d, где есть ячейка «%s», укажите %d в поле «Номер строки»",
	},
	`choose the column with --prompt "{{column}}"`: {
		"insert a column with text into the prompt",
		"вставьте в промпт столбец, в котором есть текст",
	},
	`choose another column with --prompt "{{column}}", or attach the pictures as files with --attach`: {
		"insert another column into the prompt, or attach the pictures as files",
		"вставьте в промпт другой столбец или приложите картинки файлами",
	},
	`give the row of the header with --header-row N, or choose the column with --prompt "{{column}}"`: {
		"give the row of the header under “Header row”, or insert a column into the prompt",
		"укажите строку с названиями столбцов в поле «Номер строки» или вставьте столбец в промпт",
	},

	// jobs: found.go
	"name one of them with --journal, or a new one to ask everything again": {"move all but one of them to another folder", "перенесите все, кроме одного, в другую папку"},

	// jobs: resume.go
	"start one with gigabatch run %s": {"start a new run with this table", "создайте новый запуск с этой таблицей"},

	// jobs: run.go
	"choose another place for the journal with --journal": {
		"move the table to a folder where files can be created",
		"перенесите таблицу в папку, где можно создавать файлы",
	},

	"name another file with -o, run all rows, or replace this one with --overwrite": {
		"write the answers to a new file, or run all rows", "запишите ответы в новый файл или запустите все строки",
	},
	"gigabatch run says how many rows it asks before it asks them": {
		"start the run again; the plan says how many rows it asks", "запустите снова: в плане будет сказано, сколько строк отправится",
	},

	// output: claims.go
	"if these are answers of this journal, continue the file with --in-place; otherwise, %s": {
		"if these are answers of this journal, write them into the file itself; otherwise, %s",
		"если это ответы из этого журнала, записывайте их в сам файл; если нет, %s",
	},
	"to keep what you changed in it, continue it: the same command with %s as the input, --in-place and --journal %s; " +
		"otherwise choose another output file with -o, or replace this one with --overwrite": {
		"write the answers to a new file, or move or rename %s",
		"запишите ответы в новый файл либо переместите или переименуйте %s",
	},
	"choose another output file with -o, or replace this one with --overwrite": {
		"write the answers to a new file, or move or rename this one",
		"запишите ответы в новый файл либо переместите или переименуйте этот",
	},

	// output: filled.go
	"choose another name with --completion-column, remove the column from the file, or overwrite it with --overwrite": {
		"choose another “Name of the answer column”, or remove the column from the file",
		"укажите другое имя в поле «Название столбца ответов» или удалите этот столбец из файла",
	},
	"omit --in-place, or choose another name with --completion-column": {
		"choose another “Name of the answer column”",
		"укажите другое имя в поле «Название столбца ответов»",
	},

	// output: folder.go
	"--out-dir %s is inside the folder of the documents, so the next run would take the answers for documents": {
		"the folder for the answers, %s, is inside the folder of the documents, so the next run would take the answers for documents",
		"папка для ответов %s лежит в папке с документами, и следующий запуск примет ответы за документы",
	},
	"choose an --out-dir outside the folder of the documents": {
		"choose an output folder outside the folder of the documents",
		"выберите папку для ответов вне папки с документами",
	},
	`name the files after a column that differs in every row, such as --out-name "{{id}}"`: {
		"name the files after a column that differs in every row",
		"дайте файлам имена по столбцу, значения которого не повторяются",
	},
	`name the files after their paths with --out-name "{{path}}"`: {"name the files after their paths", "дайте файлам имена по их путям"},
	"choose another --out-dir or --out-name": {
		"choose another output folder or other file names",
		"выберите другую папку для ответов или другие имена файлов",
	},
	"choose another --out-dir": {"choose another output folder", "выберите другую папку для ответов"},
	"choose another --out-dir, or replace the file with --overwrite": {
		"choose another output folder, or move the file",
		"выберите другую папку для ответов или переместите этот файл",
	},

	// output: output.go
	"--out-dir %s cannot be used: %s":                  {"the output folder %s cannot be used: %s", "папку для ответов %s использовать нельзя: %s"},
	"name the file itself with -o, or remove the link": {"remove the link", "удалите ссылку"},
	"name a file with -o or a folder with --out-dir":   {"name an output file or folder", "укажите файл или папку для ответов"},
	"omit --in-place, and name a file with -o or a folder with --out-dir": {
		"name another output file or folder",
		"укажите для ответов другой файл или папку",
	},
	"--out-name works only with --out-dir": {
		"names of output files work only with an output folder",
		"имена файлов задаются только вместе с папкой для ответов",
	},
	"name the output folder with --out-dir": {"name the output folder", "укажите папку для ответов"},
	"--out-dir %s is a file, not a folder":  {"the output folder %s is a file", "вместо папки для ответов указан файл %s"},
	"name a folder with --out-dir":          {"name a folder", "укажите папку"},
	"add --in-place to write the answers into the input itself": {
		"write the answers to another file",
		"запишите ответы в другой файл",
	},
	"choose another output file with -o": {
		"make the file and its folder writable, then try again",
		"разрешите запись в этот файл и в его папку и повторите попытку",
	},
	"name another file with -o, ask all sheets with --all-sheets, or replace this one with --overwrite": {
		"choose “All sheets” under “Sheet”, or move this file to another folder",
		"выберите «Все листы» в поле «Лист» или перенесите этот файл в другую папку",
	},
	"name a .csv file with -o":        {"write the answers to a .csv file", "запишите ответы в файл .csv"},
	"--out-name: %s":                  {"names of output files: %s", "имена файлов с ответами: %s"},
	"--out-name: %s has no column %q": {"names of output files: %s has no column %q", "имена файлов с ответами: в %s нет столбца «%s»"},
	`write a column as {{column}}, such as --out-name "{{id}}"`: {
		"write a column as {{column}}",
		"столбец пишется так: {{столбец}}",
	},
	"set a limit with --max-tokens; it is part of the request, so rows that were asked without it are asked again": {
		"set “Answer limit”; it is part of the request, so rows that were asked without it are asked again",
		"задайте «Предел ответа»; он входит в запрос, поэтому строки, спрошенные без него, будут спрошены снова"},
	"an answer that is cut off again needs more requests (--on-length raise)": {
		"an answer that is cut off again needs more requests", "если ответ снова обрежется, запросов понадобится больше"},
	"the budget is too small for a single request, which may need %d {token|tokens}, about %s; raise it, or lower --max-tokens": {
		"the budget is too small for a single request, which may need %d {token|tokens}, about %s; raise it, or lower “Answer limit”",
		"бюджета не хватит и на один запрос: ему может понадобиться %d {токен|токена|токенов}, около %s; увеличьте бюджет или уменьшите «Предел ответа»"},
	"limit the tokens with --max-tokens-total, or name the price in a file with --price-file": {
		"limit the tokens instead of the cost",
		"ограничьте токены, а не стоимость"},
	"all tokens of the answer went into reasoning_content, and the completion is empty; raise --max-tokens": {
		"all tokens of the answer went into reasoning_content, and the completion is empty; raise “Answer limit”",
		"все токены ответа ушли на рассуждения (reasoning_content), сам ответ пуст; увеличьте «Предел ответа»",
	},
	"the limit of tokens was reached before the completion began; raise --max-tokens": {
		"the limit of tokens was reached before the completion began; raise “Answer limit”",
		"лимит токенов исчерпан раньше, чем начался ответ; увеличьте «Предел ответа»",
	},
	"and %d more; --format json lists all": {"and %d more", "и ещё %d"},
	"name them: --columns mood,reply":      {"name them", "назовите их"},
	"limit the tokens with --max-tokens-total, or name the share of the price in the column batch of a file with --price-file": {
		"limit the tokens instead of the cost",
		"ограничьте токены, а не стоимость"},
	"%s; its %d {row stays|rows stay} pending. If you are sure, --repost posts {2:it|them} again": {
		"%s; its %d {row stays|rows stay} pending", "%s; %d {строка из него ждёт|строки из него ждут|строк из него ждут}"},
	"%d {batch|batches} at the service may have rows of this table, because the last run did not end here; nothing is posted until {1:it has|they have} " +
		"ended. If you are sure that {1:it has|they have} none, --repost does not wait": {
		"%d {batch|batches} at the service may have rows of this table, because the last run did not end here; nothing is posted until {1:it has|they have} ended",
		"у сервиса %d {пакет|пакета|пакетов} заданий, где могут быть строки этой таблицы: прошлый запуск завершился не здесь; " +
			"пока {1:он не завершится|они не завершатся|они не завершатся}, ничего не отправляется"},
	"leave out --via, or use --via auto": {"ask it live", "спросите обычными запросами"},

	// shards
	"give each shard a journal of its own with --journal, or omit --journal: it is INPUT.2-of-8.gigabatch then": {
		"give each shard a journal of its own", "у каждой части должен быть свой журнал",
	},
	"add --shard %s to go on with it, or omit --journal and merge the shards first: gigabatch merge INPUT": {
		"continue shard %s where it was started, and merge the shards in the terminal", "продолжите часть %s там, где она начата, и объедините части в терминале",
	},
	"%s: the journal is that of shard %d of %d, and this run is for --shard %s": {
		"%s: the journal is that of shard %d of %d, and this run is for shard %s", "%s: это журнал части %d из %d, а запуск — для части %s",
	},
	"collect them first: gigabatch run without --shard": {"continue the run of the whole table first", "сначала продолжите запуск по всей таблице"},
	"run without --shard":                               {"continue the run of the whole table", "продолжите запуск по всей таблице"},
	"merge the shards first: gigabatch merge %s": {
		"merge the shards of %s first, in the terminal", "сначала объедините части файла %s в терминале",
	},
	"go on with --shard 1/%d and so on, or merge them first: gigabatch merge %s": {
		"go on with %d {shard|shards}, or merge those of %s first, in the terminal",
		"оставьте %d {часть|части|частей} или сначала объедините части файла %s в терминале",
	},
	"merge them with gigabatch merge %s, or name the journal of one: --journal %s": {
		"merge those of %s in the terminal; %s is the journal of one", "объедините части файла %s в терминале; %s — журнал одной из них",
	},
	"%s: a shard has no output of its own (--shard %s)": {"%s: shard %s has no output of its own", "%s: у части %s нет своего результата"},
	"write that of all shards with gigabatch merge":     {"merge the shards in the terminal", "объедините части в терминале"},
	"%s: the journal is that of runs without --shard": {
		"%s: the journal is that of runs of the whole table", "%s: это журнал запусков по всей таблице",
	},
	"--shard %s: must be the number of the shard, from 1, and how many there are, at most %d": {
		"shard %s: must be the number of the shard, from 1, and how many there are, at most %d",
		"часть %s: нужны номер части, с 1, и число частей, не больше %d",
	},
	"all shards ask the same input with the same command, but for --shard": {
		"all shards ask the same table with the same settings", "все части — одной таблицы и с одними настройками",
	},
	"name the journals of runs with --shard": {"name the journals of shards", "укажите журналы частей"},
	"name them: gigabatch merge INPUT JOURNAL …; a shard is asked with gigabatch run INPUT --shard 1/8": {
		"shards are asked and merged in the terminal", "части запускают и объединяют в терминале",
	},
	"name those that belong together: gigabatch merge INPUT JOURNAL …": {"name those that belong together", "укажите те, что относятся друг к другу"},
	"run all shards again, or merge with --partial: rows that have changed are pending then": {
		"run all shards again in the terminal", "запустите все части ещё раз в терминале",
	},
	"run them again, or merge what is there with --partial; what comes later can be merged then, too": {
		"run them again in the terminal", "запустите их ещё раз в терминале",
	},
}
