package page

// specs are the formats of internal/jobs/spec, form, task, prompt, journal, resolve and uploads that are worded otherwise on the page.
var specs = map[string]Wording{
	"omit --%s, or make the prompts from columns with --prompt": {
		"leave out the setting %s, or write a prompt with columns", "уберите настройку %s или напишите промпт со столбцами",
	},
	// internal/jobs/journal
	"choose another journal with --journal, or move the file away": {"move the file to another folder", "перенесите файл в другую папку"},
	"choose another journal with --journal":                        {"move what is in its place to another folder", "перенесите то, что лежит на его месте, в другую папку"},

	"name the journal itself with --journal, or remove the link": {"remove the link", "удалите ссылку"},

	// internal/jobs/prompt
	"paths are relative to %s; choose another folder with --attach-root": {"paths are relative to %s", "пути указываются от папки %s"},
	"give one with --prompt \"Summarize: {{content}}\" or --prompt-file; without {{content}}, the content follows the prompt": {
		"write the prompt; without {{content}}, the content follows it", "напишите промпт; без {{content}} содержимое добавляется после него",
	},
	"write the answers to another column with --completion-column, and select the output columns with --columns": {
		"use other names for the new columns, or choose a “Name of the answer column”",
		"назовите новые столбцы иначе или выберите «Название столбца ответов»",
	},
	"columns: %s; for example --prompt \"{{%s}}\"": {"columns: %s; write one into the prompt, for example {{%s}}", "столбцы: %s; вставьте столбец в промпт, например {{%s}}"},
	"omit --no-dedupe":                         {"let equal rows share one answer", "пусть у одинаковых строк будет общий ответ"},
	"choose another folder with --attach-root": {"check whether the folder exists", "проверьте, есть ли такая папка"},

	// internal/jobs/spec
	"omit --completion-column to name it \"completion\"": {"fill in “Name of the answer column”", "заполните поле «Название столбца ответов»"},
	"add a prefix to the names of the properties with --value-prefix": {
		"use other names for the new columns, or rename the column in the table",
		"назовите новые столбцы иначе или переименуйте столбец в таблице",
	},
	"choose another name with --completion-column": {"choose another name under “Name of the answer column”", "выберите другое «Название столбца ответов»"},
	"add a prefix to the columns of the schema, for example --value-prefix ai_": {
		"rename the property in the schema or the column in the table", "переименуйте свойство в схеме или столбец в таблице",
	},
	"add a prefix to the columns of the schema: value_prefix: ai_ beside the schema in the job file": {
		"rename the property in the schema or the column in the table", "переименуйте свойство в схеме или столбец в таблице",
	},
	"%s; left out as no data: %s; to ask these rows, add --keep-rows %s": {
		"%s; left out as no data: %s; to ask these rows, enter %s under “Rows to keep”",
		"%s; пропущены строки без данных: %s; чтобы отправить и их, впишите %s в поле «Оставить строки»",
	},
	"choose another name with --completion-column, or select the columns with --columns": {
		"choose another name under “Name of the answer column”", "выберите другое «Название столбца ответов»",
	},
	"leave it out by selecting the columns, for example --columns completion": {"rename the column in the table", "переименуйте столбец в таблице"},
	"%s: --where: no column %q": {"%s: a condition names column %q, which does not exist", "%s: в условии указан столбец «%s», а его нет"},
	"%s: --where: column %q appears %d {time|times} in the header": {
		"%s: column %q appears %d {time|times} in the header", "%s: столбец «%s» встречается в заголовке %d {раз|раза|раз}",
	},
	"--rows %s: %v":              {"rows %s: %v", "строки %s: %v"},
	"--where %q has no operator": {"condition %q has no operator", "в условии «%s» нет знака сравнения"},
	"--where %q: %s":             {"condition %q: %s", "условие «%s»: %s"},
	"write --where \"column=value\"; the operators are =, !=, ~ (contains), <, >, <=, >= and in [\"a\",\"b\"]": {
		"write column=value; the operators are =, !=, ~ (contains), <, >, <=, >= and in [\"a\",\"b\"]",
		"напишите столбец=значение; знаки сравнения: =, !=, ~ (содержит), <, >, <=, >= и in [\"а\",\"б\"]",
	},
	"no row looks like data; omit --skip-suspect": {
		"no row looks like data; clear “Skip rows that look like no data”",
		"ни одна строка не похожа на данные; снимите флажок «Пропускать строки, не похожие на данные»",
	},
	"--rows numbers the rows of the sheet or the lines of the file, header included": {
		"rows are numbered as in the sheet or the file, header included", "строки нумеруются как на листе или в файле, вместе с заголовком",
	},
	"every row is hidden; omit --visible-only": {"every row is hidden; unhide rows in the table", "все строки скрыты; покажите их в таблице"},

	// internal/jobs/spec/jobfile
	"the job file is empty":                 {"the file is empty", "файл пуст"},
	"create an example with gigabatch init": {"write the keys with their values", "запишите в него ключи со значениями"},
}
