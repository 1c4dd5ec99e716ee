package xlsx_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	_ "image/png" // excelize reads the size of a picture
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
)

// builtBooks are the workbooks that excelize can create.
var builtBooks = []specimen{
	{base: "styles.xlsx", build: built(buildStyles), want: tabletest.Grid{
		{"№", "Отзыв", "Сумма", "Доля", "Дата", "Время"},
		{"1", "Всё понравилось", "1,234.50", "12.50%", "2026-03-04", "2026-03-04 15:30:00"},
		{"2", "Долго ждал <доставку> & \"чек\"", "-7.00", "100.00%", "2026-11-22", "2026-11-22 00:00:00"},
		{"3", "Скрытая строка", "0.00", "0.00%", "2026-12-31", "2026-12-31 23:59:00"},
	}},
	{base: "merged.xlsx", build: built(buildMerged), want: tabletest.Grid{
		{"город", "вопрос", "год"}, {"Москва", "Сколько районов?", "2025"}, {"Москва", "Сколько вокзалов?", "2025"}, {"Тверь и Клин", "", "2026"},
	}},
	{base: "rules.xlsx", build: built(buildRules), want: tabletest.Grid{
		{"text", "score", "state"}, {"good", "5", "open"}, {"bad", "1", "closed"}, {"so so", "3", "open"},
	}},
	{base: "table.xlsx", build: built(buildTable), want: tableGrid},
	{base: "table-beside.xlsx", build: built(buildTableBeside), want: tableGrid},
	{base: "objects.xlsx", build: built(buildObjects), want: tableGrid},
	{base: "protected.xlsx", build: built(buildProtected), want: tableGrid},
	{base: "sheets.xlsx", build: built(buildSheets), options: table.Options{Sheet: "Вторая книга's & \"лист\""}, want: tabletest.Grid{
		{"", "вопрос", "тема"}, {"", "Кто?", "люди"}, {"", "Где?", "места"},
	}},
	{base: "title.xlsx", build: built(buildTitle), want: tabletest.Grid{
		{"№", "наименование", "показатель"}, {"1", "Производство", "10.5"}, {"2", "Торговля", "20"},
	}},
	{base: "accounting.xlsx", build: built(buildAccounting), want: tabletest.Grid{{"item", "sum"}, {"tea", "$10"}, {"cake", "($20)"}}},
	{base: "extra.xlsx", build: built(buildExtra), want: tabletest.Grid{{"", "a", "", "b"}, {"", "1", "no name", "2"}, {"", "3", "", "4"}, {"", "", "", "5"}}},
}

var tableGrid = tabletest.Grid{{"id", "product", "review"}, {"1", "чайник", "Кипит быстро"}, {"2", "lamp", "Too dim"}, {"3", "стол", "Шатается"}}

// built returns a function that makes a new workbook filled by build.
func built(build func(*excelize.File) error) func(*testing.T) []byte {
	return func(t *testing.T) []byte {
		t.Helper()
		f := excelize.NewFile()
		defer f.Close()
		var b bytes.Buffer
		if err := errors.Join(build(f), f.Write(&b)); err != nil {
			t.Fatal(err)
		}
		parts := members(t, b.Bytes())
		for i := range parts {
			if parts[i].name == "[Content_Types].xml" {
				parts[i].text = sortedDefaults(parts[i].text)
			}
		}
		return zipped(parts)(t)
	}
}

func members(t *testing.T, book []byte) []member {
	t.Helper()
	var all []member
	for _, p := range partsOf(t, book) {
		all = append(all, member{p.Name, string(p.content)})
	}
	return all
}

var typeDefaults = regexp.MustCompile(`<Default [^>]*></Default>`)

// sortedDefaults removes the only difference between repeated outputs of excelize.
func sortedDefaults(types string) string {
	all := typeDefaults.FindAllString(types, -1)
	slices.Sort(all)
	head, tail, _ := strings.Cut(types, "<Default ")
	return head + strings.Join(all, "") + typeDefaults.ReplaceAllString("<Default "+tail, "")
}

// setLines writes rows, in the order of the cells at which they begin.
func setLines(f *excelize.File, sheet string, rows map[string][]any) error {
	var err error
	for _, at := range slices.Sorted(maps.Keys(rows)) {
		cells := rows[at]
		err = errors.Join(err, f.SetSheetRow(sheet, at, &cells))
	}
	return err
}

// setTable writes the table of most specimens, with numbers as numbers.
func setTable(f *excelize.File, sheet string) error {
	var err error
	for i, row := range tableGrid {
		cells := []any{row[0], row[1], row[2]}
		if i > 0 {
			cells[0] = i
		}
		err = errors.Join(err, f.SetSheetRow(sheet, fmt.Sprint("A", i+1), &cells))
	}
	return err
}

func buildStyles(f *excelize.File) error {
	const sheet = "Отзывы"
	err := f.SetSheetName("Sheet1", sheet)
	style := func(s excelize.Style) int {
		id, err2 := f.NewStyle(&s)
		err = errors.Join(err, err2)
		return id
	}
	clock := "yyyy\\-mm\\-dd hh:mm:ss"
	border := []excelize.Border{{Type: "left", Style: 1, Color: "808080"}, {Type: "right", Style: 1, Color: "808080"}, {Type: "bottom", Style: 2, Color: "808080"}}
	head := style(excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF", Family: "Arial"}, Border: border,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F4E79"}}, Alignment: &excelize.Alignment{Horizontal: "center"}})
	number, percent, date := style(excelize.Style{NumFmt: 4}), style(excelize.Style{NumFmt: 10}), style(excelize.Style{NumFmt: 14})
	wrapped := style(excelize.Style{Border: border, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	when := style(excelize.Style{CustomNumFmt: &clock, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF2CC"}}})
	at := func(month, day, hour, minute int) time.Time {
		return time.Date(2026, time.Month(month), day, hour, minute, 0, 0, time.UTC)
	}
	return errors.Join(err, setLines(f, sheet, map[string][]any{
		"A1": {"№", "Отзыв", "Сумма", "Доля", "Дата", "Время"},
		"A2": {1, "Всё понравилось", 1234.5, 0.125, at(3, 4, 0, 0), at(3, 4, 15, 30)},
		"A3": {2, "Долго ждал <доставку> & \"чек\"", -7, 1, at(11, 22, 0, 0), at(11, 22, 0, 0)},
		"A4": {3, "Скрытая строка", 0, 0, at(12, 31, 0, 0), at(12, 31, 23, 59)},
	}), f.SetCellStyle(sheet, "A1", "F1", head), f.SetCellStyle(sheet, "B2", "B4", wrapped), f.SetCellStyle(sheet, "C2", "C4", number),
		f.SetCellStyle(sheet, "D2", "D4", percent), f.SetCellStyle(sheet, "E2", "E4", date), f.SetCellStyle(sheet, "F2", "F4", when),
		f.SetColWidth(sheet, "A", "A", 5), f.SetColWidth(sheet, "B", "B", 44.5), f.SetColWidth(sheet, "C", "F", 18), f.SetRowHeight(sheet, 1, 24),
		f.SetColVisible(sheet, "D", false), f.SetRowVisible(sheet, 4, false), setPrint(f, sheet))
}

// setPrint gives a sheet all print settings.
func setPrint(f *excelize.File, sheet string) error {
	landscape, size, fit, zero := "landscape", 9, 1, 0
	margin, yes := 0.4, true
	return errors.Join(
		f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &size, FitToWidth: &fit, FitToHeight: &zero}),
		f.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Horizontally: &yes}),
		f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &yes}),
		f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddHeader: "&C&\"Arial,Bold\"Отзывы", OddFooter: "&LСтр. &P из &N"}),
		f.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}),
		f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", RefersTo: "'" + sheet + "'!$A$1:$F$4", Scope: sheet}),
		f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!$1:$1", Scope: sheet}),
		f.SetDefinedName(&excelize.DefinedName{Name: "Итого", RefersTo: "'" + sheet + "'!$C$2:$C$4"}),
		f.SetDocProps(&excelize.DocProperties{Title: "Отзывы за год", Creator: "gigabatch"}),
		f.InsertPageBreak(sheet, "A3"))
}

func buildMerged(f *excelize.File) error {
	title, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}, Alignment: &excelize.Alignment{Horizontal: "center"}})
	return errors.Join(err, setLines(f, "Sheet1", map[string][]any{
		"A1": {"Вопросы о городах"}, "A3": {"город", "вопрос", "год"}, "A4": {"Москва", "Сколько районов?", 2025}, "B5": {"Сколько вокзалов?"}, "A6": {"Тверь и Клин", nil, 2026},
	}), f.MergeCell("Sheet1", "A1", "C1"), f.MergeCell("Sheet1", "A4", "A5"), f.MergeCell("Sheet1", "C4", "C5"), f.MergeCell("Sheet1", "A6", "B6"),
		f.SetCellStyle("Sheet1", "A1", "C1", title), f.SetRowHeight("Sheet1", 1, 30))
}

func buildRules(f *excelize.File) error {
	red, err := f.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: "9A0511"}, Fill: excelize.Fill{Type: "pattern", Color: []string{"FEC7CE"}, Pattern: 1}})
	states := excelize.NewDataValidation(true)
	states.Sqref = "C2:C4"
	scores := excelize.NewDataValidation(true)
	scores.Sqref = "B2:B4"
	scores.SetError(excelize.DataValidationErrorStyleStop, "score", "a number from 1 to 5")
	return errors.Join(err, setLines(f, "Sheet1", map[string][]any{
		"A1": {"text", "score", "state"}, "A2": {"good", 5, "open"}, "A3": {"bad", 1, "closed"}, "A4": {"so so", 3, "open"},
	}), f.SetConditionalFormat("Sheet1", "B2:B4", []excelize.ConditionalFormatOptions{{Type: "cell", Criteria: "<", Format: &red, Value: "3"}}),
		f.SetConditionalFormat("Sheet1", "B2:B4", []excelize.ConditionalFormatOptions{{Type: "data_bar", Criteria: "=", MinType: "min", MaxType: "max", BarColor: "#638EC6", BarSolid: true}}),
		f.SetConditionalFormat("Sheet1", "A1:C4", []excelize.ConditionalFormatOptions{{Type: "formula", Criteria: "$C1=\"closed\"", Format: &red}}),
		states.SetDropList([]string{"open", "closed"}), f.AddDataValidation("Sheet1", states),
		scores.SetRange(1, 5, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween), f.AddDataValidation("Sheet1", scores),
		f.AutoFilter("Sheet1", "A1:C4", []excelize.AutoFilterOptions{{Column: "C", Expression: "x == open"}}), f.SetRowVisible("Sheet1", 3, false),
		f.AddSparkline("Sheet1", &excelize.SparklineOptions{Location: []string{"E6"}, Range: []string{"Sheet1!B2:B4"}}))
}

// buildTable adds an Excel table that ends at the last column of the header, and one on another sheet.
func buildTable(f *excelize.File) error {
	_, err := f.NewSheet("Other")
	return errors.Join(err, setTable(f, "Sheet1"), setTable(f, "Other"),
		f.AddTable("Sheet1", &excelize.Table{Range: "A1:C4", Name: "Reviews", StyleName: "TableStyleMedium2"}),
		f.AddTable("Other", &excelize.Table{Range: "A1:C4", Name: "Others", StyleName: "TableStyleLight9"}))
}

// buildTableBeside adds an Excel table to the right of the data, with free columns between them.
func buildTableBeside(f *excelize.File) error {
	return errors.Join(setTable(f, "Sheet1"), setLines(f, "Sheet1", map[string][]any{"F2": {"key", "value"}, "F3": {"colour", "red"}, "F4": {"size", 7}}),
		f.AddTable("Sheet1", &excelize.Table{Range: "F2:G4", Name: "Beside", StyleName: "TableStyleMedium4"}))
}

// buildObjects adds what floats above a sheet or is attached to it: a chart, a picture, comments, links, a pivot table, a control.
func buildObjects(f *excelize.File) error {
	_, err := f.NewSheet("Pivot")
	dot, err2 := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
	return errors.Join(err, err2, setTable(f, "Sheet1"),
		f.AddChart("Sheet1", "B12", &excelize.Chart{Type: excelize.Col, Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: "Товары"}}},
			Series: []excelize.ChartSeries{{Name: "Sheet1!$A$1", Categories: "Sheet1!$B$2:$B$4", Values: "Sheet1!$A$2:$A$4"}}}),
		f.AddPictureFromBytes("Sheet1", "B8", &excelize.Picture{Extension: ".png", File: dot, Format: &excelize.GraphicOptions{AltText: "точка"}}),
		f.AddComment("Sheet1", excelize.Comment{Cell: "C2", Author: "Анна", Text: "проверить"}),
		f.AddComment("Sheet1", excelize.Comment{Cell: "A1", Author: "Анна", Text: "номер & <знак>"}),
		f.SetCellHyperLink("Sheet1", "B2", "https://example.com/?a=1&b=2", "External"), f.SetCellHyperLink("Sheet1", "B3", "Pivot!A1", "Location"),
		f.AddShape("Sheet1", &excelize.Shape{Cell: "B6", Type: "rect", Paragraph: []excelize.RichTextRun{{Text: "рамка"}}}),
		f.AddPivotTable(&excelize.PivotTableOptions{DataRange: "Sheet1!A1:C4", PivotTableRange: "Pivot!A3:C8", Name: "Свод",
			Rows: []excelize.PivotTableField{{Data: "product"}}, Data: []excelize.PivotTableField{{Data: "id", Subtotal: "Sum", Name: "Сумма"}}}))
}

func buildProtected(f *excelize.File) error {
	open, err := f.NewStyle(&excelize.Style{Protection: &excelize.Protection{Locked: false}})
	_, err2 := f.NewSheet("Скрытый")
	_, err3 := f.NewSheet("Очень скрытый")
	return errors.Join(err, err2, err3, setTable(f, "Sheet1"), setTable(f, "Скрытый"), setTable(f, "Очень скрытый"),
		f.SetCellStyle("Sheet1", "C2", "C4", open), f.SetSheetVisible("Скрытый", false), f.SetSheetVisible("Очень скрытый", false, true),
		f.ProtectSheet("Sheet1", &excelize.SheetProtectionOptions{SelectLockedCells: true, EditScenarios: true}),
		f.ProtectWorkbook(&excelize.WorkbookProtectionOptions{LockStructure: true}))
}

func buildSheets(f *excelize.File) error {
	const second = "Вторая книга's & \"лист\""
	_, err := f.NewSheet(second)
	_, err2 := f.NewSheet("Empty")
	_, err3 := f.NewSheet("Hidden")
	_, err4 := f.NewSheet("Last")
	return errors.Join(err, err2, err3, err4, setTable(f, "Sheet1"), setTable(f, "Hidden"), f.SetSheetVisible("Hidden", false),
		setLines(f, second, map[string][]any{"B2": {"вопрос", "тема"}, "B3": {"Кто?", "люди"}, "B4": {"Где?", "места"}}),
		setLines(f, "Last", map[string][]any{"A1": {"review", "id", "note"}, "A2": {"fine", 10, true}}),
		f.SetCellFormula("Last", "D2", "SUM(Sheet1!A2:A4)"))
}

// buildTitle adds a title, a note and an empty row above the header, as statistical offices publish tables.
func buildTitle(f *excelize.File) error {
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Border: []excelize.Border{{Type: "bottom", Style: 1, Color: "000000"}}})
	return errors.Join(err, setLines(f, "Sheet1", map[string][]any{
		"A1": {"Основные показатели организаций"}, "A2": {"в процентах; оперативные данные"}, "A5": {"№", "наименование", "показатель"},
		"A6": {1, "Производство", 10.5}, "A7": {2, "Торговля", 20},
	}), f.MergeCell("Sheet1", "A1", "C1"), f.SetCellStyle("Sheet1", "A5", "C5", bold), f.SetColWidth("Sheet1", "B", "B", 30))
}

// buildAccounting adds a column in an accounting format, including the header, which also leaves space for signs around texts.
func buildAccounting(f *excelize.File) error {
	format := `_("$"#,##0_);("$"#,##0);_("$"* "-"_);_(@_)`
	sums, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	return errors.Join(err, setLines(f, "Sheet1", map[string][]any{"A1": {"item", "sum"}, "A2": {"tea", 10}, "A3": {"cake", -20}}),
		f.SetCellStyle("Sheet1", "B1", "B3", sums))
}

// buildExtra adds cells beyond the header, a gap in the header, and rows that begin late.
func buildExtra(f *excelize.File) error {
	return setLines(f, "Sheet1", map[string][]any{"B2": {"a", "", "b"}, "B3": {1, "no name", 2, "beyond"}, "B4": {3, nil, 4, nil, nil, "far beyond"}, "D5": {5}})
}
