package xlsx_test

import (
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table/tabletest"
)

// The filter of a sheet is in its header.
func TestHeaderOfFilter(t *testing.T) {
	t.Parallel()
	name := workbook(t, "in.xlsx", func(f *excelize.File) error {
		for row, cells := range [][]any{{"a title", "of two cells"}, {"id", "text", "more"}, {1, "x", "y"}} {
			at, err := excelize.CoordinatesToCellName(1, row+1)
			if err == nil {
				err = f.SetSheetRow("Sheet1", at, &cells)
			}
			if err != nil {
				return err
			}
		}
		return f.AutoFilter("Sheet1", "A2:C3", nil)
	})
	src := tabletest.Open(t, name)
	tabletest.Want(t, tabletest.Rows(t, src), tabletest.Grid{{"id", "text", "more"}, {"1", "x", "y"}})
}
