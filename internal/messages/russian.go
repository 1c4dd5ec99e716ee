package messages

// russianParts are the Russian formats by the English ones, a map for each part of the program.
var russianParts = []map[string]string{russianLeaf}

// russianLeaf are those of this package.
var russianLeaf = map[string]string{
	"%q":             "«%s»",
	"%s and %d more": "%s и ещё %d",
}

// russianHelp are the texts of the help.
var russianHelp = map[string]string{}

// russianForeign are texts that are not the program's own: those of the operating system, the network and the libraries. The first that
// fits counts; %s stands for any text.
var russianForeign = [][2]string{
	{"no such file or directory", "нет такого файла или папки"},
	{"file does not exist", "нет такого файла"},
	{"The system cannot find the file specified.", "нет такого файла"},
	{"The system cannot find the path specified.", "нет такой папки"},
	{"permission denied", "нет прав доступа"},
	{"Access is denied.", "нет прав доступа"},
	{"operation not permitted", "действие запрещено"},
	{"is a directory", "это папка"},
	{"not a directory", "это не папка"},
	{"file exists", "файл уже есть"},
	{"no space left on device", "на диске нет места"},
	{"There is not enough space on the disk.", "на диске нет места"},
	{"disk quota exceeded", "исчерпана квота диска"},
	{"read-only file system", "диск доступен только для чтения"},
	{"input/output error", "ошибка ввода-вывода"},
	{"too many open files", "открыто слишком много файлов"},
	{"file name too long", "слишком длинное имя файла"},
	{"directory not empty", "папка не пуста"},
	{"device or resource busy", "файл занят"},
	{"The process cannot access the file because it is being used by another process.", "файл занят другой программой"},
	{"file already closed", "файл уже закрыт"},
	{"broken pipe", "вывод закрыт"},
	{"address already in use", "адрес уже занят"},
	{"cannot assign requested address", "такого адреса у компьютера нет"},
	{"connection refused", "соединение отклонено"},
	{"connection reset by peer", "соединение разорвано"},
	{"network is unreachable", "сеть недоступна"},
	{"no route to host", "нет пути к узлу"},
	{"no such host", "нет такого узла"},
	{"i/o timeout", "время ожидания вышло"},
	{"context deadline exceeded", "время ожидания вышло"},
	{"context canceled", "прервано"},
	{"signal: interrupt", "прервано"},
	{"unexpected EOF", "данные оборвались"},
	{"EOF", "данные кончились"},
}
