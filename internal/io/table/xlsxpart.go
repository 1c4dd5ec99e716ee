package table

import (
	"archive/zip"
	"encoding/xml"
	"path"
	"strings"
)

// sheetPart is the name of the part that holds a sheet, "" if the workbook does not say.
func sheetPart(zr *zip.Reader, sheet string) string {
	book := bookPart(zr)
	var sheets struct {
		Sheet []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	decodePart(zr, book, &sheets)
	for _, s := range sheets.Sheet {
		if s.Name != sheet {
			continue
		}
		for _, a := range s.Attr {
			if a.Name.Local == "id" && a.Name.Space != "" {
				return related(zr, book, func(r relation) bool { return r.ID == a.Value })
			}
		}
	}
	return ""
}

func bookPart(zr *zip.Reader) string {
	return related(zr, "", func(r relation) bool { return path.Base(r.Type) == "officeDocument" })
}

// strict says whether a workbook uses the namespaces of ISO 29500 Strict.
func strict(zr *zip.Reader) bool {
	return related(zr, "", func(r relation) bool { return strings.HasPrefix(r.Type, "http://purl.oclc.org/ooxml/") }) != ""
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// related is the part that the first wanted relation of a part leads to.
func related(zr *zip.Reader, part string, wanted func(relation) bool) string {
	var rels struct {
		Relationship []relation
	}
	dir, base := path.Split(part)
	decodePart(zr, dir+"_rels/"+base+".rels", &rels)
	for _, r := range rels.Relationship {
		if wanted(r) && strings.HasPrefix(r.Target, "/") {
			return strings.TrimPrefix(r.Target, "/")
		} else if wanted(r) {
			return path.Join(dir, r.Target)
		}
	}
	return ""
}

// decodePart leaves v as it is when the part is not there or cannot be read.
func decodePart(zr *zip.Reader, name string, v any) {
	part := findPart(zr, name)
	if part == nil {
		return
	}
	rc, err := part.Open()
	if err != nil {
		return
	}
	defer rc.Close()
	_ = xml.NewDecoder(rc).Decode(v)
}

// findPart is the last part of that name, which is the one that excelize reads, or nil.
func findPart(zr *zip.Reader, name string) (found *zip.File) {
	for _, f := range zr.File {
		if strings.EqualFold(strings.ReplaceAll(f.Name, `\`, "/"), name) {
			found = f
		}
	}
	return found
}
