package charset

import (
	"strings"
	"testing"
)

// Texts in encodings that are not detected are doubted. Otherwise they would be sent as other letters than they have.
func TestDoubts(t *testing.T) {
	t.Parallel()
	const (
		polish    = "id;opinia\n1;Przesyłka dotarła bardzo późno, ale sprzedawca przeprosił.\n2;Świetna jakość, polecam każdemu!\n"
		czech     = "id;recenze\n1;Zásilka přišla pozdě, ale prodejce se omluvil.\n2;Skvělá kvalita, určitě doporučuji každému.\n"
		hungarian = "id;vélemény\n1;A csomag későn érkezett, de az eladó bocsánatot kért.\n2;Kitűnő minőség, mindenkinek ajánlom, újra vevő leszek.\n"
		turkish   = "id;yorum\n1;Kargo çok geç geldi ama satıcı özür diledi, teşekkürler.\n2;Ürün çok güzel, herkese tavsiye ediyorum, fiyatı da uygundu.\n"
		german    = "id;Meinung\n1;Die Lieferung kam spät, aber der Händler hat sich entschuldigt.\n2;Schöne Qualität, würde ich für jeden empfehlen. Größe passt.\n"
		greek     = "id;κριτική\n1;Η παράδοση άργησε πολύ, αλλά ο πωλητής ζήτησε συγγνώμη.\n2;Εξαιρετική ποιότητα.\n"
		hebrew    = "id;ביקורת\n1;המשלוח הגיע מאוחר אבל המוכר התנצל\n2;איכות מצוינת, ממליץ לכולם\n"
		arabic    = "id;رأي\n1;وصلت الشحنة متأخرة لكن البائع اعتذر\n2;جودة ممتازة وأنصح بها الجميع\n"
		thai      = "id;ความเห็น\n1;สินค้ามาถึงช้าแต่ผู้ขายขอโทษ\n2;คุณภาพดีมาก แนะนำให้ทุกคน\n"
		japanese  = "id;レビュー\n1;配達が遅れましたが、販売者は謝罪しました。\n2;品質がとても良いです。\n"
		chinese   = "id;评论\n1;快递送得很晚，但是卖家道歉了。\n2;质量非常好，推荐给大家。\n"
		taiwanese = "id;評論\n1;快遞送得很晚，但是賣家道歉了。\n2;品質非常好，推薦給大家。\n"
		korean    = "id;리뷰\n1;배송이 늦었지만 판매자가 사과했습니다.\n2;품질이 아주 좋아요. 모두에게 추천합니다.\n"
		ukrainian = "id;відгук\n1;Посилка прийшла пізно, але продавець вибачився.\n2;Чудова якість, раджу всім. Їжа смачна.\n"
		russian   = "id;отзыв\n1;Посылка пришла поздно, но продавец извинился.\n2;Отличное качество, советую всем.\n"
	)
	for _, tt := range []struct{ encoding, text string }{
		{"windows-1250", "Przesyłka dotarła bardzo późno ale sprzedawca przeprosił"}, {"windows-1250", "id;opinia\n1;Przesyłka dotarła późno, żądam zwrotu\n"},
		{"windows-1250", polish}, {"iso-8859-2", polish}, {"cp852", polish}, {"windows-1250", czech}, {"iso-8859-2", czech},
		{"windows-1250", hungarian}, {"windows-1254", turkish}, {"cp850", german}, {"cp437", german}, {"macintosh", german},
		{"windows-1253", greek}, {"iso-8859-7", greek}, {"windows-1255", hebrew}, {"windows-1256", arabic}, {"windows-874", thai},
		{"shift_jis", japanese}, {"euc-jp", japanese}, {"shift_jis", "id;名前\n1;さくら\n"}, {"gbk", chinese}, {"gb18030", chinese}, {"big5", taiwanese}, {"euc-kr", korean},
		{"koi8-u", ukrainian}, {"iso-8859-5", russian}, {"cp855", russian},
	} {
		e, ok := Lookup(tt.encoding)
		if !ok {
			t.Fatalf("%s is not found", tt.encoding)
		}
		b, ok := encoded(e, tt.text)
		if !ok {
			t.Fatalf("%s cannot represent %q", tt.encoding, tt.text)
		}
		g := Detect(b, false)
		if strings.Contains(g.Perhaps, "gbk") != strings.ContainsAny(tt.text, "评論리비") && tt.encoding != "big5" {
			t.Errorf("%s: got a doubt about %s, for %q", tt.encoding, g.Perhaps, tt.text)
		}
		if !g.Unsure {
			t.Errorf("%s: got %s, want a doubt; it reads %q", tt.encoding, g.Encoding.Name(), read(t, g.Encoding, b))
		}
		if got := read(t, e, b); got != tt.text {
			t.Errorf("%s: got %q, want %q", tt.encoding, got, tt.text)
		}
	}
	for _, tt := range []struct {
		encoding *Encoding
		text     string
	}{
		{Windows1251, ukrainian}, {Windows1251, strings.ToUpper(russian)}, {KOI8R, strings.ToUpper(russian)}, {IBM866, strings.ToUpper(russian)},
		{Windows1251, "код;ед\nАБ-12В;шт.\nВ4Г;кг\nЖ/К5;м²\n№ 7Д;г\nXЛ-М;уп.\nЭ-9/Ю;л\n"},
		{Windows1251, "имя;пол\nАнна;Ж\nИнна;Ж\nОлег;М\nИван;М\nЮлия;Ж\nЛида;Ж\n"},
		{Windows1251, "«»;—\n«—»;№ 5\n«…»;№ 6\n“”;№ 7\n«»;№ 8\n"},
		{Windows1251, "id;пікір\n1;Жеткізу кешікті, бірақ сатушы кешірім сұрады.\n"[:12] + "\n1;Сәлем\n"[:3]},
		{Windows1251, "ид;мишљење\n1;Пошиљка је каснила, али се продавац извинио. Џемпер је ћелав, ђак љут.\n"},
		{Windows1252, german}, {Windows1252, strings.ToUpper(german)},
		{Windows1252, "id;avis\n1;La livraison est arrivée en retard, mais le vendeur s’est excusé.\n2;Très bonne qualité, à recommander. Où ça ? Garçon naïf, cœur brûlé.\n"},
		{Windows1252, "id;opinión\n1;¿Qué tal? ¡Muy bien! El envío llegó tarde, señor Muñoz. 1ª y 2º\n2;¿cómo? pingüino\n"},
		{Windows1252, "id;opinião\n1;A encomenda não chegou; as condições são péssimas.\n2;Avô, avó e pão. Lições, à tarde, você.\n"},
		{Windows1252, "id;omtale\n1;Pakken kom for sent, men sælgeren undskyldte. Så gode råd, blåbærgrød, Ærø, Øre.\n"},
		{Windows1252, "id;umsögn\n1;Sendingin kom seint en seljandinn baðst afsökunar. Það er góð gæði, þökk sé þér, ýsa.\n"},
		{Windows1252, "id;arvostelu\n1;Lähetys tuli myöhässä, mutta myyjä pyysi anteeksi. Hyvää työtä, šakki.\n"},
		{Windows1252, "name,city\nMüller,Köln\nFrançois,Orléans\nMuñoz,Málaga\nSørensen,Århus\nGuimarães,São Paulo\nŠimić,Zürich\n"[:90]},
		{Windows1252, "part,size\nA,5 m³\nB,7 m³\nC,½ m²\nD,9 m³\nE,£5\nF,£6 ± 1\nG,30 °C\nH,© Foo®\nI,5 µm\nJ,¼ m³\n"},
		{Windows1252, "a,b\ndon’t,“x” – y\nit’s,5 € — z\ncan’t,…\nyou’ll,„q“\n"},
	} {
		b, ok := encoded(tt.encoding, tt.text)
		if !ok {
			continue
		}
		if g := Detect(b, false); g.Unsure || g.Encoding != tt.encoding {
			t.Errorf("%s: got %s, unsure: %v (%s), for %q", tt.encoding.Name(), g.Encoding.Name(), g.Unsure, g.Perhaps, tt.text)
		}
	}
}
