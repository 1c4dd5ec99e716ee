package xlsx_test

import (
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/header"
	"gigabatch/internal/io/table/tabletest"
)

// realHeaders contains the row of the header, counted among those with content, for sheets of real workbooks.
var realHeaders = map[string]map[string]int{
	"deaths.xlsx":                   {"arts": 4, "other": 4},
	"Ekaterinburg_IP_9.xlsx":        {"СПАРК - Список": 1},
	"iris-google-doc.xlsx":          {"iris": 0},
	"strict_iso_paths.xlsx":         {"ml_out": 0},
	"number_format_russian.xlsm":    {"Implied": 0, "2011": 0},
	"financial_assets__fin_CB.xlsx": {"2.1.": 2, "2.2.": 3, "2.3.": 3},
	"Production_main_products__production_year_2017-2024.xlsx":           {"05,06,08": 2, "13": 2, "19": 3, "24": 3, "35": 2},
	"clusterfuzz-testcase-minimized-POIXSSFFuzzer-5937385319563264.xlsx": {"Exp1": 5, "Exp5": 4},
}

func TestXLSXHeaderOfRealWorkbooks(t *testing.T) {
	t.Parallel()
	for _, name := range tabletest.Shared(t, ".xlsx", ".xlsm") {
		sheets := realHeaders[filepath.Base(name)]
		if len(sheets) == 0 || raceDetector && slowWithRace[filepath.Base(name)] {
			continue
		}
		f, err := excelize.OpenFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for sheet, want := range sheets {
			if got := header.Of(contentRows(t, f, sheet), nil, nil); got != want {
				t.Errorf("%s, %s: got %d, want %d", name, sheet, got, want)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func contentRows(t *testing.T, f *excelize.File, sheet string) (rows [][]string) {
	it, err := f.Rows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	for it.Next() && len(rows) < 50 {
		cells, err := it.Columns()
		if err != nil {
			t.Fatal(err)
		}
		if header.Filled(cells) > 0 {
			rows = append(rows, cells)
		}
	}
	return rows
}

// slowWithRace are workbooks that the race detector makes too slow: most have column ranges that extend to the end of the sheet, which
// excelize splits one by one.
var slowWithRace = map[string]bool{
	"merged_range.xlsx": true, "financial_assets__fin_CB.xlsx": true, "Ekaterinburg_IP_9.xlsx": true, "ghosts.xlsx": true,
	"clusterfuzz-testcase-minimized-POIXSSFFuzzer-5937385319563264.xlsx": true,
	"Production_main_products__production_year_2017-2024.xlsx":           true,
}
