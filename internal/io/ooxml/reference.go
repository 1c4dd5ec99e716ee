package ooxml

import (
	"strconv"
	"strings"

	"gigabatch/internal/messages"
)

// ColumnName returns the letters of a column. Columns count from 1.
func ColumnName(n int) string {
	var b []byte
	for ; n > 0; n = (n - 1) / 26 {
		b = append([]byte{byte('A' + (n-1)%26)}, b...)
	}
	return string(b)
}

// CellName returns the name of a cell, such as B7.
func CellName(column, row int) string { return ColumnName(column) + strconv.Itoa(row) }

// columnOf returns the column of a reference, whose row must be row.
func columnOf(ref []byte, row int) (int, error) {
	column, digits, ok := splitRef(string(ref))
	if !ok || digits != row {
		return 0, messages.Errorf("a cell of row %d is named %q", row, ref)
	}
	return column, nil
}

// splitRef parses a reference such as B7 or $B$7.
func splitRef(ref string) (column, row int, ok bool) {
	i := 0
	if i < len(ref) && ref[i] == '$' {
		i++
	}
	for ; i < len(ref) && column <= MaxColumns; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	row, err := strconv.Atoi(strings.TrimPrefix(ref[i:], "$"))
	return column, row, err == nil && column > 0 && row > 0
}

// Area is a range of cells, counted from 1, inclusive. The zero Area is empty.
type Area struct{ Left, Top, Right, Bottom int }

// parseArea parses a reference such as A1:D9 or B7.
func parseArea(ref string) (a Area, ok bool) {
	from, to, two := strings.Cut(ref, ":")
	if !two {
		to = from
	}
	var okTo bool
	a.Left, a.Top, ok = splitRef(from)
	a.Right, a.Bottom, okTo = splitRef(to)
	return a, ok && okTo && a.Left <= a.Right && a.Top <= a.Bottom
}

func (a Area) String() string {
	return CellName(a.Left, a.Top) + ":" + CellName(a.Right, a.Bottom)
}

// absolute returns a reference such as $A$1:$D$9.
func (a Area) absolute() string {
	cell := func(column, row int) string { return "$" + ColumnName(column) + "$" + strconv.Itoa(row) }
	return cell(a.Left, a.Top) + ":" + cell(a.Right, a.Bottom)
}

// Contains reports whether a cell belongs to the area.
func (a Area) Contains(column, row int) bool {
	return column >= a.Left && column <= a.Right && row >= a.Top && row <= a.Bottom
}

// Hides reports whether a cell belongs to the merged area and is not its first cell, which is the only one with a value.
func (a Area) Hides(column, row int) bool {
	return a.Contains(column, row) && (column != a.Left || row != a.Top)
}
