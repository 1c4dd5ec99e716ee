package main

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// book is a workbook that has only inline strings.
type book struct{ names, sheets []string }

// add adds a sheet. A line of text is a row with | between its cells. A line that begins with - is a hidden row, an empty line is no row.
func (b *book) add(name, text string) {
	var s strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		line, hidden := strings.CutPrefix(line, "-")
		if line == "" {
			continue
		}
		fmt.Fprintf(&s, `<row r="%d"`, i+1)
		if hidden {
			s.WriteString(` hidden="1"`)
		}
		s.WriteString(">")
		for c, cell := range strings.Split(line, "|") {
			if cell != "" {
				fmt.Fprintf(&s, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+c, i+1, escaped(cell))
			}
		}
		s.WriteString("</row>")
	}
	b.names, b.sheets = append(b.names, name), append(b.sheets, s.String())
}

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	nsMain   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relsMain = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	nsRels   = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	typeMain = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// zip returns the file of the workbook.
func (b *book) zip() ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range b.parts() {
		w, err := z.Create(p[0])
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(xmlHead + p[1])); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

func (b *book) parts() [][2]string {
	var types, sheets, rels string
	var parts [][2]string
	for i, rows := range b.sheets {
		n := i + 1
		types += fmt.Sprintf(`<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, n, typeMain)
		sheets += fmt.Sprintf(`<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(b.names[i]), n, n)
		rels += fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, relsMain, n)
		parts = append(parts, [2]string{fmt.Sprintf("xl/worksheets/sheet%d.xml", n),
			`<worksheet ` + nsMain + `><sheetData>` + rows + `</sheetData></worksheet>`})
	}
	return append([][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + typeMain + `sheet.main+xml"/>` + types + `</Types>`},
		{"_rels/.rels", `<Relationships ` + nsRels + `><Relationship Id="rId1" Type="` + relsMain +
			`/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook ` + nsMain + ` xmlns:r="` + relsMain + `"><sheets>` + sheets + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships ` + nsRels + `>` + rels + `</Relationships>`},
	}, parts...)
}
