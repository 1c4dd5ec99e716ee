package ooxml

import "testing"

func TestReferences(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]int{"A1": {1, 1}, "z9": {26, 9}, "AA10": {27, 10}, "XFD1048576": {MaxColumns, MaxRows}, "$B$7": {2, 7}, "$B7": {2, 7}, "XFE1": {MaxColumns + 1, 1}} {
		column, row, ok := splitRef(name)
		if !ok || column != want[0] || row != want[1] {
			t.Errorf("%s: got %d, %d, %v, want %v", name, column, row, ok, want)
		}
	}
	for _, name := range []string{"", "A", "1", "A0", "A-1", "1A", "A1B", "$", "$$A1", "Ä1", "A1.5", "AAAAAAAAAAAAAAAAAAAAAAAA1", "A99999999999999999999"} {
		if column, row, ok := splitRef(name); ok && column <= MaxColumns {
			t.Errorf("%s: got %d, %d", name, column, row)
		}
	}
	for column := 1; column <= MaxColumns; column++ {
		if got, row, ok := splitRef(CellName(column, 7)); got != column || row != 7 || !ok {
			t.Fatalf("%s: got %d, %d, %v, want %d, 7", CellName(column, 7), got, row, ok, column)
		}
	}
}

func TestAreas(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]Area{"A1:D9": {1, 1, 4, 9}, "B7": {2, 7, 2, 7}, "$A$1:$B$2": {1, 1, 2, 2}} {
		if got, ok := parseArea(ref); !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", ref, got, ok, want)
		}
	}
	for _, ref := range []string{"", "A1:", "D9:A1", "A:B", "1:2", "A1:B2:C3", "#REF!"} {
		if got, ok := parseArea(ref); ok {
			t.Errorf("%s: got %v", ref, got)
		}
	}
	a := Area{2, 3, 4, 5}
	if got := a.String(); got != "B3:D5" || a.Hides(2, 3) || !a.Hides(3, 3) || !a.Hides(4, 5) || a.Hides(5, 5) || a.Hides(2, 2) {
		t.Errorf("got %s", got)
	}
}
