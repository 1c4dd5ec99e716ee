package xlsx_test

import (
	"path/filepath"
	"slices"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/tabletest"
	"gigabatch/internal/io/table/xlsx"
)

// FuzzPatch adds columns to a workbook of which one part after another is changed. The answers and the old cells are read again, a second
// run writes the same, and parts without answers keep their bytes. A workbook may be refused, with an error that names it.
func FuzzPatch(f *testing.F) {
	var names []string
	for _, m := range pack(bareSheet) {
		names = append(names, m.name)
	}
	for n, m := range pack(bareSheet) {
		f.Add(uint8(n), []byte(m.text))
	}
	sheet := uint8(slices.IndexFunc(names, func(name string) bool { return name == "xl/worksheets/sheet1.xml" }))
	const begin, end = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`, `</sheetData></worksheet>`
	for _, rows := range []string{
		`<row r="1"><c r="A1" t="inlineStr"><is><t>prompt</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>a&amp;b</t></is></c></row>`,
		`<row><c t="str"><v>prompt</v></c><c t="n"><v>1</v></c></row><row/><row><c t="str"><f>A1</f><v>x</v></c></row>`,
		`<row r="3" spans="1:2"><c r="B3" t="str" s="0"><v>prompt</v></c></row><row r="9"><c r="B9"><v>1e5</v></c><c r="ZZ9"><v>2</v></c></row>`,
		`<row r="1"><c r="A1" t="b"><v>1</v></c></row><row r="99"><c r="A99" t="e"><v>#N/A</v></c></row>`,
	} {
		f.Add(sheet, []byte(begin+rows+end))
		f.Add(sheet, []byte(begin+rows+`</sheetData><autoFilter ref="A1:B3"/><mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells></worksheet>`))
	}
	name := filepath.Join(f.TempDir(), "in.xlsx")
	f.Fuzz(func(t *testing.T, part uint8, text []byte) {
		parts := slices.Clone(pack(bareSheet))
		parts[int(part)%len(parts)].text = string(text)
		src, err := tabletest.FuzzOpen(t, name, zipped(parts)(t), table.Hints{})
		if err != nil {
			tabletest.WantError(t, err)
			return
		}
		defer src.Close()
		before, err := gridOf(src)
		if err != nil {
			tabletest.WantError(t, err)
			return
		}
		if src.Has("new") || src.Has("newer") {
			return
		}
		columns, cells := []string{"new", "newer"}, []any{"a,\n<\"&", 7.5}
		once, err := xlsx.MemCopy(src, columns, cells...)
		if err != nil {
			tabletest.WantError(t, err)
			return
		}
		again, err := tabletest.FuzzOpen(t, name, once, table.Hints{Found: src.Found(), Own: columns}) // as a second run does
		if err != nil {
			t.Fatalf("%q was written, but not read: %v", text, err)
		}
		defer again.Close()
		n := 0
		for row, err := range again.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := row.Value("new"); got != cells[0] {
				t.Fatalf("%q, row %d: the answer is %q", text, row.Line, got)
			}
			if n++; n < len(before) && !slices.Equal(row.Values[:len(before[n])], before[n]) {
				t.Fatalf("%q, row %d: got %q, want %q", text, row.Line, row.Values, before[n])
			}
		}
		if n != len(before)-1 {
			t.Fatalf("%q: %d rows, want %d", text, n, len(before)-1)
		}
		if twice, err := xlsx.MemCopy(again, columns, cells...); err != nil || !slices.Equal(once, twice) {
			t.Fatalf("%q: the second run writes something else, error %v", text, err)
		}
	})
}

// gridOf returns the header and the rows.
func gridOf(src table.Source) (all tabletest.Grid, err error) {
	all = append(all, slices.Clone(src.Columns()))
	err = tabletest.Each(src, func(row table.Row) { all = append(all, slices.Clone(row.Values)) })
	return all, err
}
