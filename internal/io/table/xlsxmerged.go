package table

import "github.com/xuri/excelize/v2"

// area is a range of merged cells, from 1, its ends included.
type area struct{ left, top, right, bottom int }

// hides says whether the cell is one of the area's, but not the first, which alone has a value.
func (a area) hides(column, row int) bool {
	inside := column >= a.left && column <= a.right && row >= a.top && row <= a.bottom
	return inside && (column != a.left || row != a.top)
}

func mergedAreas(b *book, sheet string) ([]area, error) {
	cells, err := b.GetMergeCells(sheet, true)
	if err != nil {
		return nil, err
	}
	var areas []area
	for _, c := range cells {
		var a area
		if a.left, a.top, err = excelize.CellNameToCoordinates(c.GetStartAxis()); err != nil {
			return nil, err
		}
		if a.right, a.bottom, err = excelize.CellNameToCoordinates(c.GetEndAxis()); err != nil {
			return nil, err
		}
		areas = append(areas, a)
	}
	return areas, nil
}
