package xlsx_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/io/table/tabletest"
)

// habit is how a program writes the same row: the codes of the formats with the numbers 1, 2 and so on, and the cells.
type habit struct {
	formats []string // a code, or the number of a built-in format
	cells   string
	strings string // the shared strings
}

// habits are the row of TestHabits as different programs write it.
var habits = map[string]habit{
	"Excel": {[]string{"14", "22", "15", "17", "9", "4", "46", `"$"#,##0.00_);[Red]\("$"#,##0.00\)`},
		`<c r="A2" s="1"><v>45355</v></c><c r="B2" s="2"><v>45355.64583333333</v></c><c r="C2" s="3"><v>45355</v></c><c r="D2" s="4"><v>45352</v></c><c r="E2" s="5"><v>0.13</v></c><c r="F2" s="6"><v>1234.5</v></c>` +
			`<c r="G2" s="7"><v>1.5</v></c><c r="H2" s="8"><v>10</v></c><c r="I2"><v>4276123456789012</v></c><c r="J2"><v>0.30000000000000004</v></c><c r="K2" t="b"><v>1</v></c><c r="L2" t="s"><v>0</v></c><c r="M2" t="str"><f>A2&amp;""</f><v>x</v></c><c r="N2"/>`,
		`<si><t>a_x000D_` + "\n" + `b</t></si>`},
	"Excel in Russian": {[]string{`dd\.mm\.yyyy;@`, `[$-419]dd\.mm\.yyyy\ h:mm;@`, `[$-409]d\-mmm\-yy;@`, `mmm\-yy`, "0%", "#,##0.00", "[h]:mm:ss;@", `[$$-409]#,##0.00_ ;[Red]\-[$$-409]#,##0.00\ `},
		`<c r="A2" s="1"><v>45355</v></c><c r="B2" s="2"><v>45355.645833333336</v></c><c r="C2" s="3"><v>45355</v></c><c r="D2" s="4"><v>45352</v></c><c r="E2" s="5"><v>0.13</v></c><c r="F2" s="6"><v>1234.5</v></c>` +
			`<c r="G2" s="7"><v>1.5</v></c><c r="H2" s="8"><v>10</v></c><c r="I2"><v>4276123456789012</v></c><c r="J2"><v>0.3</v></c><c r="K2" t="b"><v>1</v></c><c r="L2" t="s"><v>0</v></c><c r="M2" t="str"><v>x</v></c>`,
		`<si><r><t>a</t></r><r><rPr><b/></rPr><t xml:space="preserve">` + "\nb" + `</t></r></si>`},
	"Google Sheets": {[]string{"m/d/yyyy", "m/d/yyyy h:mm", "dd-mmm-yyyy", "mmm-yyyy", "0%", "#,##0.00", "[h]:mm:ss", `[$$]#,##0.00`},
		`<c r="A2" s="1"><v>45355.0</v></c><c r="B2" s="2"><v>45355.645833333336</v></c><c r="C2" s="3"><v>45355.0</v></c><c r="D2" s="4"><v>45352.0</v></c><c r="E2" s="5"><v>0.13</v></c><c r="F2" s="6"><v>1234.5</v></c>` +
			`<c r="G2" s="7"><v>1.5</v></c><c r="H2" s="8"><v>10.0</v></c><c r="I2" s="0"><v>4.276123456789012E15</v></c><c r="J2" s="0"><v>0.3</v></c><c r="K2" s="0" t="b"><v>1</v></c><c r="L2" s="0" t="s"><v>0</v></c><c r="M2" s="0" t="str"><f t="shared" ref="M2" si="1">A2</f><v>x</v></c>`,
		`<si><t xml:space="preserve">` + "a\nb" + `</t></si>`},
	"WPS": {[]string{"yyyy/m/d;@", `yyyy/m/d\ h:mm;@`, `[$-409]d/mmm/yy;@`, `[$-409]mmm/yy;@`, "0%", "#,##0.00_ ", "[h]:mm:ss;@", `\$#,##0.00;[Red]\$\-#,##0.00`},
		`<c r="A2" s="1"><v>45355</v></c><c r="B2" s="2"><v>45355.6458333333</v></c><c r="C2" s="3"><v>45355</v></c><c r="D2" s="4"><v>45352</v></c><c r="E2" s="5"><v>0.13</v></c><c r="F2" s="6"><v>1234.5</v></c>` +
			`<c r="G2" s="7"><v>1.5</v></c><c r="H2" s="8"><v>10</v></c><c r="I2"><v>4276123456789012</v></c><c r="J2"><v>0.3</v></c><c r="K2" t="b"><v>1</v></c><c r="L2" t="s"><v>0</v></c><c r="M2" t="str"><v>x</v></c>`,
		`<si><t>` + "a\nb" + `</t><phoneticPr fontId="1" type="noConversion"/></si>`},
	"ISO 29500 strict": {[]string{"14", "22", "14", "14", "9", "4", "46", "7"},
		`<c r="A2" s="1" t="d"><v>2024-03-04</v></c><c r="B2" s="2" t="d"><v>2024-03-04T15:30:00</v></c><c r="C2" s="3" t="d"><v>2024-03-04T00:00:00.000</v></c><c r="D2" s="4" t="d"><v>2024-03-01</v></c><c r="E2" s="5"><v>1.3E-1</v></c><c r="F2" s="6"><v>1.2345E3</v></c>` +
			`<c r="G2" s="7"><v>1.5</v></c><c r="H2" s="8"><v>10</v></c><c r="I2"><v>4276123456789012</v></c><c r="J2"><v>.3</v></c><c r="K2" t="b"><v>true</v></c><c r="L2" t="inlineStr"><is><t>` + "a\nb" + `</t></is></c><c r="M2" t="str"><v>x</v></c>`, ""},
}

// A row reads the same whichever program has saved it.
func TestHabits(t *testing.T) {
	t.Parallel()
	want := []string{"2024-03-04", "2024-03-04 15:30", "2024-03-04", "2024-03-01", "13%", "1,234.50", "36:00:00", "$10.00", "4276123456789012", "0.3", "TRUE", "a\nb", "x"}
	for program, h := range habits {
		var codes, xfs, header strings.Builder
		for i, code := range h.formats {
			id := code
			if strings.Trim(code, "0123456789") != "" {
				id = fmt.Sprint(164 + i)
				fmt.Fprintf(&codes, `<numFmt numFmtId="%s" formatCode="%s"/>`, id, strings.ReplaceAll(code, `"`, "&quot;"))
			}
			fmt.Fprintf(&xfs, `<xf numFmtId="%s" applyNumberFormat="1"/>`, id)
		}
		for i := range want {
			header.WriteString(textCell(fmt.Sprintf("%c1", 'A'+i), fmt.Sprint("column ", i)))
		}
		styles := xmlHead + `<styleSheet xmlns="` + mainNS + `"><numFmts>` + codes.String() + `</numFmts><cellXfs><xf numFmtId="0"/>` + xfs.String() + `</cellXfs></styleSheet>`
		rels := relations(relNS+"/worksheet", "worksheets/sheet1.xml", relNS+"/styles", "styles.xml", relNS+"/sharedStrings", "sharedStrings.xml")
		parts := pack(sheetTag+`<sheetData><row r="1">`+header.String()+`</row><row r="2">`+h.cells+"</row></sheetData></worksheet>",
			member{"xl/sharedStrings.xml", xmlHead + `<sst xmlns="` + mainNS + `">` + h.strings + "</sst>"})
		parts = append(parts, member{"xl/styles.xml", styles})
		for i := range parts {
			if parts[i].name == "xl/_rels/workbook.xml.rels" {
				parts[i].text = rels
			}
		}
		name := filepath.Join(t.TempDir(), "in.xlsx")
		tabletest.Write(t, name, string(zipped(parts)(t)))
		t.Run(program, func(t *testing.T) {
			tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, name))[1:], tabletest.Grid{want})
		})
	}
}
