package ooxml

import (
	"encoding/xml"
	"strings"

	"gigabatch/internal/messages"
)

// Sheet is a worksheet of a workbook.
type Sheet struct {
	Name    string
	Visible bool
	Part    string
	index   int // among all sheets of the workbook
}

// Book contains what all sheets of a workbook share. The package from which it was read may be closed.
type Book struct {
	Sheets   []Sheet // worksheets, in the order of the workbook; chart sheets and macro sheets are omitted
	Date1904 bool    // dates count from 1904
	Styles   *Styles
	shared   *SharedStrings
	part     string // the name of the part of the workbook
	styles   string // the name of the part
}

// OpenBook reads the parts that the sheets share. Long lists of strings are stored in a file.
func OpenBook(p *Package) (*Book, error) {
	root, err := p.relations("")
	if err != nil {
		return nil, err
	}
	main := related(root, "officeDocument")
	if main == "" {
		return nil, refuse(messages.Sprintf("open it in the program that made it and save it as .xlsx"),
			"the file is an archive without a workbook")
	}
	if strings.HasSuffix(partName(main), ".bin") {
		return nil, refuse(messages.Sprintf("open it in a spreadsheet program and save it as .xlsx"),
			"the workbook is in the binary format .xlsb")
	}
	rels, err := p.relations(main)
	if err != nil {
		return nil, err
	}
	b := &Book{part: main, styles: related(rels, "styles")}
	if err := b.list(p, main, rels); err != nil {
		return nil, err
	}
	if b.Styles, err = readStyles(p, b.styles); err != nil {
		return nil, err
	}
	b.shared, err = readShared(p, related(rels, "sharedStrings"))
	return b, err
}

// list finds the sheets.
func (b *Book) list(p *Package, main string, rels []relation) error {
	var w struct {
		XMLName    xml.Name
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	f, err := p.part(main)
	if err == nil && f == nil {
		err = messages.Errorf("part %q is missing", main)
	}
	if err == nil {
		err = p.decode(main, &w)
	}
	if err != nil {
		return err
	}
	if w.XMLName.Local != "workbook" {
		return refuse(messages.Sprintf("open it in the program that made it and save it as .xlsx"),
			"the file is a %s, not a workbook", w.XMLName.Local)
	}
	b.Date1904 = isTrue([]byte(w.Properties.Date1904))
	parts := worksheets(rels)
	seen := map[string]bool{}
	for i, s := range w.Sheets {
		for _, a := range s.Attrs {
			if part := sheetPart(parts, a); part != "" {
				if seen[partName(part)] {
					return refuse(hintSave, "two sheets of the workbook use the same part %q", part)
				}
				seen[partName(part)] = true
				b.Sheets = append(b.Sheets, Sheet{Name: s.Name, Visible: s.State != "hidden" && s.State != "veryHidden", Part: part, index: i})
			}
		}
	}
	return nil
}

// worksheets returns the parts of worksheets by the ID of their relationship.
func worksheets(rels []relation) map[string]string {
	parts := map[string]string{}
	for _, r := range rels {
		if _, twice := parts[r.ID]; !twice && r.kind() == "worksheet" && !strings.EqualFold(r.Mode, "external") {
			parts[r.ID] = r.Target
		}
	}
	return parts
}

// sheetPart returns the part of a worksheet that the attribute r:id refers to.
func sheetPart(parts map[string]string, a xml.Attr) string {
	if a.Name.Local != "id" || a.Name.Space == "" {
		return ""
	}
	return parts[a.Value]
}

// isTrue reads a Boolean attribute.
func isTrue(b []byte) bool { return string(b) == "1" || string(b) == "true" || string(b) == "on" }

// Close removes the data on disk.
func (b *Book) Close() error { return b.shared.close() }
