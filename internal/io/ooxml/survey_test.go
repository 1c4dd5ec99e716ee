package ooxml

import (
	"reflect"
	"slices"
	"testing"
)

func TestSurvey(t *testing.T) {
	t.Parallel()
	sheet := sheetOf(`<sheetData><row r="1" s="1" customFormat="1"/><row r="3"><c r="B3"><v>1</v></c><c r="C3" s="1"/></row><row><c r="C4"><f>B3</f><v>1</v></c></row>` +
		`<row r="6"><c r="F6" s="1"/></row></sheetData><sheetProtection sheet="1"/><autoFilter ref="B3:C4"/>` +
		`<customSheetViews><customSheetView guid="{0}"><autoFilter ref="A1:Z9"/></customSheetView></customSheetViews>` +
		`<mergeCells count="2"><mergeCell ref="A1:B1"/><!-- <mergeCell ref="A9:B9"/> --><mergeCell ref="$D$4:D7"/></mergeCells><extLst><ext><mergeCell ref="K1:K2"/></ext></extLst>`)
	table := `<table ` + mainSpace + ` displayName="T &amp; t" ref="B3:C6" totalsRowCount="1" headerRowCount="0"/>`
	p, book := openBytes(t, sheetBook(t, sheet, "xl/tables/t.xml", table,
		"xl/worksheets/_rels/sheet1.xml.rels", `<Relationships><Relationship Id="a" Type="`+relSpace+`/table" Target="../tables/t.xml"/></Relationships>`))
	v, err := p.Survey(book.Sheets[0])
	if err != nil {
		t.Fatal(err)
	}
	if v.Rows != 2 || v.First != 3 || v.Last != 4 || v.Left != 2 || v.Columns != 3 || v.Bottom != 6 || v.Right != 6 {
		t.Errorf("got %+v", v)
	}
	if want := []Area{{1, 1, 2, 1}, {4, 4, 4, 7}}; !slices.Equal(v.Merged, want) || v.Filter != (Area{2, 3, 3, 4}) {
		t.Errorf("got merged %v, filter %v", v.Merged, v.Filter)
	}
	if want := (Table{Part: "xl/tables/t.xml", Name: "T & t", Area: Area{2, 3, 3, 6}, Totals: 1}); len(v.Tables) != 1 || !reflect.DeepEqual(v.Tables[0], want) {
		t.Errorf("got tables %+v, want %+v", v.Tables, want)
	}
	for _, tail := range []string{`<mergeCells><mergeCell ref="A1"/><mergeCell/></mergeCells>`, `<mergeCells><mergeCell ref="B1:A1"/></mergeCells>`} {
		p, book := openBytes(t, sheetBook(t, sheetOf("<sheetData/>"+tail)))
		if v, err := p.Survey(book.Sheets[0]); err == nil {
			t.Errorf("%s: got %+v, want an error", tail, v)
		}
	}
}

func TestNumberFormat(t *testing.T) {
	t.Parallel()
	styles := `<styleSheet ` + mainSpace + `><numFmts><numFmt numFmtId="164" formatCode="0&quot; kg&quot;"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>` +
		`<cellXfs count="3"><xf/><xf numFmtId="14"><alignment/></xf><xf numFmtId="164"/></cellXfs></styleSheet>`
	_, book := openBytes(t, sheetBook(t, sheetOf("<sheetData/>"), "xl/styles.xml", styles))
	for style, want := range map[int]struct {
		id   int
		code string
	}{0: {0, ""}, 1: {14, ""}, 2: {164, `0" kg"`}, 3: {0, ""}, -1: {0, ""}} {
		if id, code := book.Styles.NumberFormat(style); id != want.id || code != want.code {
			t.Errorf("style %d: got %d %q, want %v", style, id, code, want)
		}
	}
	if got := book.Styles.Len(); got != 3 {
		t.Errorf("got %d styles, want 3", got)
	}
}

// The rows of many different extents take bounded memory, and the first and the last ones keep theirs.
func TestExtents(t *testing.T) {
	t.Parallel()
	v := &Survey{}
	const rows = 50_000
	for row := 1; row <= rows; row++ {
		v.extend(extent{int32(row), int32(row), 1, int32(10 + row%7)})
	}
	v.extend(extent{rows + 2, rows + 2, 40, 41})
	if len(v.extents) > maxExtents {
		t.Errorf("got %d extents", len(v.extents))
	}
	if got := v.LastRow(1, []int{2}); got != rows {
		t.Errorf("got the last row %d, want %d", got, rows)
	}
	for _, tt := range []struct{ header, last, want int }{{1, 3, 17}, {1, rows, 17}, {rows - 2, rows - 1, 17}, {rows, rows, 10 + rows%7 + 1}, {1, rows + 2, 42}} {
		if got, _ := v.Free(tt.header, tt.last, 1); got != tt.want {
			t.Errorf("rows %d to %d: got column %d, want %d", tt.header, tt.last, got, tt.want)
		}
	}
}
