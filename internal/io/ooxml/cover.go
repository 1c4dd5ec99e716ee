package ooxml

import (
	"slices"
	"sort"
)

// Cover finds merged areas row by row. It is fastest if rows are requested in ascending order.
type Cover struct {
	areas []Area // by their first row
	next  int    // index of the first area that begins below row
	row   int
	here  []Area // those that include the row, from left to right
}

// Cover returns the merged areas of the sheet.
func (v *Survey) Cover() *Cover {
	areas := slices.Clone(v.Merged)
	slices.SortStableFunc(areas, func(a, b Area) int { return a.Top - b.Top })
	return &Cover{areas: areas}
}

// At returns the merged area that contains a cell, or the zero Area. Areas of a valid sheet do not overlap; of overlapping ones, At
// returns one.
func (c *Cover) At(column, row int) Area {
	if row != c.row {
		c.move(row)
	}
	i := sort.Search(len(c.here), func(i int) bool { return c.here[i].Left > column })
	if i > 0 && c.here[i-1].Contains(column, row) {
		return c.here[i-1]
	}
	return Area{}
}

// Hides reports whether the cell belongs to a merged area and is not its first cell, which is the only one with a value.
func (c *Cover) Hides(column, row int) bool { return c.At(column, row).Hides(column, row) }

func (c *Cover) move(row int) {
	if row < c.row {
		c.next, c.here = 0, c.here[:0]
	}
	c.row = row
	c.here = slices.DeleteFunc(c.here, func(a Area) bool { return a.Bottom < row })
	n := len(c.here)
	for ; c.next < len(c.areas) && c.areas[c.next].Top <= row; c.next++ {
		if a := c.areas[c.next]; a.Bottom >= row && len(c.here) < MaxColumns { // more would overlap
			c.here = append(c.here, a)
		}
	}
	if len(c.here) > n {
		slices.SortStableFunc(c.here, func(a, b Area) int { return a.Left - b.Left })
	}
}
