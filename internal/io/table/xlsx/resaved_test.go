package xlsx_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// resavedOtherwise are the workbooks of which LibreOffice changes what a cell says, and what it changes.
var resavedOtherwise = map[string]string{
	"objects.xlsx":  "it calculates a pivot table that is empty in the file",
	"rich.xlsx":     "it takes the escape _x0041_ literally",
	"sheets.xlsx":   "it calculates a formula that has no result",
	"uncached.xlsx": "it calculates a formula that has no result",
}

// A workbook that LibreOffice saves again gives the same rows, cell by cell, and so the same prompts.
func TestResaved(t *testing.T) {
	t.Parallel()
	office, dir := tabletest.NewOffice(t), t.TempDir()
	own, err := filepath.Glob(filepath.Join(workbooksDir, "*.xls?"))
	if err != nil || len(own) == 0 {
		t.Fatalf("got %d workbooks, error %v", len(own), err)
	}
	for _, s := range sharedBooks(t) {
		if !s.options.AllSheets {
			own = append(own, s.name)
		}
	}
	var names, copies []string
	for _, name := range own {
		if _, err := tableOf(name, table.Options{AllSheets: true}); err != nil {
			continue // it is refused
		}
		to := filepath.Join(dir, fmt.Sprint("book-", len(names), ".xlsx"))
		tabletest.Write(t, to, tabletest.Read(t, name))
		names, copies = append(names, name), append(copies, to)
	}
	formats := []string{formatSheet(t, ""), formatSheet(t, `<workbookPr date1904="1"/>`)}
	for i, name := range formats {
		to := filepath.Join(dir, fmt.Sprint("formats-", i, ".xlsx"))
		tabletest.Write(t, to, tabletest.Read(t, name))
		copies = append(copies, to)
	}
	saved, said := office.Convert(t, "xlsx", copies...)
	for i, name := range names {
		base := filepath.Base(name)
		t.Run(base, func(t *testing.T) {
			differ := difference(t, name, filepath.Join(saved, filepath.Base(copies[i])), table.Options{AllSheets: true}, nil)
			if why := resavedOtherwise[base]; len(differ) == 0 != (why == "") {
				t.Errorf("got %.2000q, want %q\n%s", differ, why, said)
			}
		})
	}
	for i, name := range formats {
		differ := difference(t, name, filepath.Join(saved, filepath.Base(copies[len(names)+i])), table.Options{NoHeader: true}, formatResavedOtherwise)
		if len(differ) > 0 {
			t.Errorf("formats from 1904 %v: got %d differences, first %.1000q", i > 0, len(differ), differ)
		}
	}
}

// formatResavedOtherwise reports whether LibreOffice changes what a cell of the sheet of formats says.
func formatResavedOtherwise(f styledCode, kind, stored string) bool {
	switch {
	case kind == "b": // it makes a number of a Boolean that has a format
		return f.code != ""
	case stored == "123456789012345678": // it keeps 15 digits
		return true
	}
	return false
}

// difference lists the cells that differ between two workbooks, except those for which except holds.
func difference(t *testing.T, was, is string, o table.Options, except func(f styledCode, kind, stored string) bool) (list []string) {
	t.Helper()
	a, err := tableOf(was, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tableOf(is, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != len(b) {
		list = append(list, fmt.Sprintf("%d rows for %d", len(b), len(a)))
	}
	for i := range min(len(a), len(b)) {
		for j := range max(len(a[i]), len(b[i])) {
			x, y := cellAt(a[i], j), cellAt(b[i], j)
			if x == y {
				continue
			}
			if except != nil && i > 0 && j > 1 {
				f, kind, stored := formatCell(j-1, i)
				if except(f, kind, stored) {
					continue
				}
				x = fmt.Sprintf("(%v, %s) %s", f, stored, x)
			}
			list = append(list, fmt.Sprintf("row %d, cell %d: %q for %q", i, j, y, x))
		}
	}
	return list
}

func cellAt(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}

// tableOf reads the rows of a workbook: the columns, and then sheet, line and cells of each row.
func tableOf(name string, o table.Options) (rows [][]string, err error) {
	src, err := open.Open(name, o)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	rows = append(rows, slices.Clone(src.Columns()))
	for row, err := range src.Rows() {
		if err != nil {
			return nil, err
		}
		cells := append([]string{row.Sheet, fmt.Sprint(row.Line, row.Hidden)}, row.Values...)
		rows = append(rows, append(cells, strings.TrimRight(strings.Join(row.Beyond, "\x00"), "\x00")))
	}
	return rows, nil
}
