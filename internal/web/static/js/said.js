import { lang } from './i18n.js';

// What the server says is English. These are the most frequent of its sentences, in Russian; others are shown as they are.
const russian = [
  [/^sheet "(.+?)"/, 'лист «$1»'], [/ \(of (\d+) sheets\)/, ' (всего листов: $1)'], [/, header in row (\d+)/, ', заголовок в строке $1'], [/, header in line (\d+)/, ', заголовок в строке $1'],
  [/ \((\d+) rows? of title above it\)/, ' (над ним строк названия: $1)'], [/"(.)" between cells/, 'между ячейками «$1»'], [/tabs? between cells/, 'между ячейками табуляция'], [/, no header/, ', без заголовка'],
  [/: no such file$/, ': такого файла нет'], [/^there is no file "(.+)" in the folder$/, 'в папке нет файла «$1»'], [/^it may have been moved or renamed$/, 'возможно, его переместили или переименовали'],
  [/^the run is under way$/, 'запуск уже идёт'], [/^the run is over$/, 'запуск уже завершён'], [/^the run has not begun to ask$/, 'запуск ещё не начал спрашивать'],
  [/^the run belongs to another process$/, 'запуск начат в другом месте'], [/^the server is being stopped$/, 'сервер останавливается'],
  [/^the prompt names no column, so every row would ask the same$/, 'в промпте нет ни одного столбца, все строки спросили бы одно и то же'],
  [/^(.+): no column "(.+)"$/, '$1: нет столбца «$2»'], [/^(.+): which column is the prompt\?$/, '$1: какой столбец спрашивать?'], [/^the columns are (.+?); try .*$/, 'столбцы: $1'], [/^did you mean \{\{(.+?)\}\}\? The columns are (.+)$/, 'может быть, {{$1}}? Столбцы: $2'],
  [/^the template has a \{\{ at character (\d+) that names no column$/, 'в промпте на месте $1 стоит {{ без названия столбца'], [/^a column is named .*$/, 'столбец пишется так: {{название}}'],
  [/^(.+) is no table$/, '$1 — не таблица'], [/^a table is a CSV, XLSX or JSONL file$/, 'таблица — это файл CSV, XLSX или JSONL'], [/: empty file$/, ': файл пуст'], [/^(.+) is empty$/, '$1: файл пуст'],
  [/: is not a workbook, or a damaged one$/, ': это не книга Excel, или она повреждена'], [/: the prompt of all (\d+) rows is empty$/, ': промпт всех строк пуст (строк: $1)'], [/: there are no rows$/, ': строк нет'],
  [/^the answer does not fit, also after (\d+) repairs: (.+)$/, 'ответ не той формы, попыток исправить: $1 ($2)'], [/^the answer does not fit: (.+)$/, 'ответ не той формы: $1'], [/^it is none of: (.+)$/, 'это не один из вариантов: $1'],
  [/^write it in the form that was asked for$/, 'напишите его в той форме, о которой просили'], [/^the table has changed, and another row stands there now$/, 'таблица изменилась, и на этом месте теперь другая строка'],
  [/: another run holds this journal \((.+)\)$/, ': эту таблицу сейчас спрашивает другой запуск ($1)'], [/^wait for it, or stop it with Ctrl-C there; the same command then goes on$/, 'дождитесь его или остановите там, нажав Ctrl-C'],
  [/^the file is larger than (\d+) MB$/, 'файл больше $1 МБ'], [/^there is no such run in this folder.*$/, 'в этой папке такого запуска нет'], [/^pending$/, 'ожидает'],
];

// said is a sentence of the server in the language of the page, as far as that is known.
export function said(text) {
  if (lang() !== 'ru' || !text) return text;
  return russian.reduce((all, [pattern, words]) => all.replace(pattern, words), text);
}
