package charset

import "strings"

// russian contains texts as they occur in tables: column names, cells, sentences.
var russian = strings.Split(strings.TrimSpace(`
Имя
Город
да
Нет
Вопрос
ответ
Цена, руб.
ИТОГО
Ёлка
№ п/п
Сумма
ФИО
дата
Ошибка
Адрес
комментарий
Москва
Щёлково
Йошкар-Ола
съёмка
Телефон
Оплачено
не указано
Отзыв клиента
Санкт-Петербург
Код товара
Иванова Мария Петровна
ООО «Ромашка»
ул. Ленина, д. 5, кв. 17
Количество, шт.
Дата рождения
Нижний Новгород
Хорошо, спасибо!
Хлеб ржаной
МОСКВА
АКТ № 15
Почему небо голубое?
Ничего не понял.
Заказ отменён покупателем
Всё очень понравилось
Доставка опоздала на два дня, но курьер извинился.
Столица Франции — Париж.
Сколько стоит подписка на год?
Товар пришёл в мятой коробке, внутри всё цело.
Назови три реки, которые впадают в Каспийское море.
Менеджер обещал перезвонить и не перезвонил.
Объясни ребёнку десяти лет, что такое атом.
Верните, пожалуйста, деньги за испорченный чайник.
Очень вкусно, приедем ещё раз всей семьёй!
Придумай название для кофейни у вокзала.
Поезд прибывает на третий путь в 7:45 утра.
Исправь ошибку: «Он одел пальто и вышел».
Кто написал роман «Отцы и дети»?
Приложение не открывается после обновления на телефоне.
Перевод на карту пришёл только через сутки, поддержка молчит.
Какие документы нужны, чтобы получить загранпаспорт?
В комнате было тихо, только часы стучали на стене.
Мы живём у самого леса, зимой сюда приходят лоси.
Скидка действует до конца месяца и не суммируется с другими.
Юбилейный выпуск журнала выйдет в октябре.
Объявление: продаётся гараж, недорого.
Эта экскурсия длится шесть часов вместе с обедом.
Жюри выбрало пять лучших работ из ста двадцати.
Чем отличается вирус от бактерии?
Учитель сказал, что контрольная будет в пятницу.
Подъезд убирают раз в неделю, жалоб нет.
Фильм затянут, зато музыка отличная.
Щенок грызёт всё подряд: тапки, провода, ножки стула.
Я хочу вернуть билет, как это сделать?
Цвет не совпадает с фотографией на сайте, размер подошёл.
`), "\n")

// western contains texts in other languages that windows-1252 can represent, each with a non-ASCII letter.
var western = strings.Split(strings.TrimSpace(`
café
Müller
naïve
Straße
façade
Número
São Paulo
Zürich
Æther
jalapeño
Beyoncé
crème brûlée
Señor García
Transferência on line
Höhe über Normalnull
Hôtel de la Gare
The café closes at noon.
A naïve résumé – three pages long.
El niño comió una piña mañana.
Où est la bibliothèque ?
Das Mädchen hörte die Vögel.
Não há água na torneira.
Ång och ö ligger nära varandra.
Smørrebrød is a Danish dish.
Temperature: 21 °C, wind 5 m/s
The price is £5 or €6.
It’s the editor’s “choice”.
`), "\n")

// snippets returns texts of many lengths: single lines, several lines, and tables of them.
func snippets(lines []string) []string {
	all := append([]string(nil), lines...)
	for i := range lines {
		pick := func(n int) string { return lines[(i*13+n*11)%len(lines)] }
		all = append(all, pick(0)+"\n"+pick(1)+"\n", "id;text\r\n1;"+pick(2)+"\r\n", "name,note\n\""+pick(3)+"\",x\n"+pick(4)+",5\n")
	}
	for i := 0; i+8 <= len(lines); i += 4 {
		all = append(all, strings.Join(lines[i:i+8], ";"), "a\tb\n"+strings.Join(lines[i:i+8], "\t1\n"))
	}
	return append(all, strings.Join(lines, "\n"), strings.ToUpper(strings.Join(lines, "\n")), strings.ToLower(strings.Join(lines, "\n")))
}
