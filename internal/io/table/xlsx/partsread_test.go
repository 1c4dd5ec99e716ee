package xlsx_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/io/table/tabletest"
)

// excelize and this package find the old values and the new ones, and writing in place again changes nothing.
func TestPartsRead(t *testing.T) {
	t.Parallel()
	for _, s := range subjects(t) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			if raceDetector && slowWithRace[filepath.Base(s.name)] {
				t.Skip("it takes long with the race detector; .ci/run reads it without")
			}
			c := copyOf(t, s, t.TempDir())
			if c == nil {
				return
			}
			c.checkReader(t)
			c.checkExcelize(t)
			c.checkAgain(t)
		})
	}
}

func (c *bookCopy) checkReader(t *testing.T) {
	t.Helper()
	src, err := open.Open(c.dst, c.options)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	n := 0
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if n >= len(c.rows) {
			t.Fatalf("got more than %d rows", len(c.rows))
		}
		was := c.rows[n]
		for i, column := range c.columns {
			if got, ok := c.columnValue(row, i); ok && got != was.Values[i] {
				t.Errorf("row %d, column %q: got %.80q, want %.80q", row.Line, column, got, was.Values[i])
			}
		}
		for i, cell := range ourCells(was) {
			if got, _ := row.Value([]string{ourAnswer, ourNote}[i]); got != strings.ReplaceAll(shown(cell), "\r\n", "\n") && !c.headless(was.Sheet) {
				t.Errorf("row %d: got %.80q, want %.80q", row.Line, got, shown(cell))
			}
		}
		n++
	}
	if n != len(c.rows) {
		t.Errorf("got %d rows, want %d", n, len(c.rows))
	}
}

// columnValue returns the value of column i. If several sheets are read together, the new columns are between those of other sheets. A
// column without a name, or with a name that is not unique, cannot be found again.
func (c *bookCopy) columnValue(row table.Row, i int) (string, bool) {
	name := c.columns[i]
	if !c.options.AllSheets && (i >= len(row.Columns) || row.Columns[i] != name) {
		return "no column " + name, true
	}
	if !c.options.AllSheets {
		return row.Values[i], true
	}
	if name == "" || slices.Index(c.columns, name) != i || slices.Contains(c.columns[i+1:], name) {
		return "", false
	}
	return row.Value(name)
}

// headless reports whether the sheet of the row has no header, so that the new columns have no names there.
func (c *bookCopy) headless(sheet string) bool {
	return slices.ContainsFunc(c.rows, func(r table.Row) bool { return r.Sheet == sheet && r.Line == 1 })
}

// shown returns a cell as a sheet shows it.
func shown(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	}
	return fmt.Sprint(cell)
}

// checkExcelize compares the patched sheets with excelize, as an independent reader. excelize must be able to read the source.
func (c *bookCopy) checkExcelize(t *testing.T) {
	t.Helper()
	was, err := excelize.OpenFile(c.name)
	if err != nil {
		t.Fatal(err)
	}
	defer was.Close()
	is, err := excelize.OpenFile(c.dst)
	if err != nil {
		t.Fatalf("excelize cannot open the copy: %v", err)
	}
	defer is.Close()
	if !slices.Equal(was.GetSheetList(), is.GetSheetList()) {
		t.Errorf("got the sheets %q, want %q", is.GetSheetList(), was.GetSheetList())
	}
	names := c.sheetNames(t)
	for _, part := range c.sheets(t) {
		at := -1
		for _, raw := range []bool{true, false} {
			a, errA := was.GetRows(names[part], excelize.Options{RawCellValue: raw})
			b, errB := is.GetRows(names[part], excelize.Options{RawCellValue: raw})
			if err := errors.Join(errA, errB); err != nil {
				t.Fatalf("sheet %q: %v", names[part], err)
			}
			sameOldCells(t, names[part], a, b)
			if raw { // as shown, a name may have the spaces of the format of its neighbour
				at = columnOf(b, ourAnswer)
			}
			if at < 0 && c.headless(names[part]) {
				continue
			}
			if at < 0 {
				t.Fatalf("excelize does not see our column on the sheet %q", names[part])
			}
			if !raw {
				c.checkOurs(t, names[part], b, at)
			}
		}
	}
}

// sameOldCells checks that the old cells are unchanged.
func sameOldCells(t *testing.T, sheet string, was, is [][]string) {
	t.Helper()
	for r, row := range was {
		for n, want := range row {
			got := ""
			if r < len(is) && n < len(is[r]) {
				got = is[r][n]
			}
			if got != want && want != "" {
				t.Errorf("sheet %q, row %d, column %d: got %.80q, want %.80q", sheet, r+1, n+1, got, want)
			}
		}
	}
}

// checkAgain fills the new columns in place, twice, with the same cells: the file does not change.
func (c *bookCopy) checkAgain(t *testing.T) {
	t.Helper()
	var sums [3][32]byte
	for i := range sums {
		sums[i] = sha256.Sum256([]byte(tabletest.Read(t, c.dst)))
		_, err := (subject{c.dst, c.options, true}).copyTo(t, c.dst)
		if slices.ContainsFunc(c.rows, func(r table.Row) bool { return c.headless(r.Sheet) }) {
			if err == nil || !strings.Contains(err.Error(), "has no header") {
				t.Errorf("got error %v from writing into a workbook with a sheet that has no header", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if sums[1] != sums[2] || sums[0] != sums[1] {
		t.Errorf("the file changes when it is written again: %.4x", sums)
	}
}
