package page

// tables are the formats of internal/io that are worded otherwise on the page.
var tables = map[string]Wording{
	"close it there (or delete %s if it is not open), or write to another file with -o": {
		"close it there (or delete %s if it is not open)",
		"закройте его там (если он не открыт, удалите %s)",
	},
	"write to another file with -o, or add a header": {
		"add a header row with the names of the columns",
		"добавьте строку с названиями столбцов",
	},
	"choose another location with -o": {
		"check that the disk has space and that the folder can be written to",
		"проверьте, что на диске есть место и в папку можно записывать",
	},
	"write to another file with -o": {
		"choose another output file",
		"выберите другой файл с ответами",
	},
	"run each table separately, or add --format documents to read it as a document": {
		"open each table separately",
		"откройте каждую таблицу отдельно",
	},
	"say it with --encoding, for example --encoding %s, or save the file as UTF-8": {
		"choose it under “Not read correctly?”, for example %s, or save the file as UTF-8",
		"выберите её в разделе «Таблица прочитана неверно?», например %s, или сохраните файл в UTF-8",
	},
	"choose one with --sheet: %s": {
		"make one of the sheets visible: %s",
		"сделайте видимым один из листов: %s",
	},
	"choose one that is not empty with --sheet: %s": {
		"choose one that is not empty under “Sheet”: %s",
		"выберите непустой в списке «Лист»: %s",
	},
	"the header seems to be in row %d; specify --header-row %d": {
		"the header seems to be in row %d; specify it under “Header row”",
		"заголовки, похоже, в строке %d; укажите её в поле «Номер строки»",
	},
	"choose a hidden one with --sheet: %s": {
		"add rows below a header, or make a hidden sheet visible; the sheets are %s",
		"добавьте строки под заголовками или сделайте видимым скрытый лист; в книге есть %s",
	},
}
