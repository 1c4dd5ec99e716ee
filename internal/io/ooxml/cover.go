package ooxml

import (
	"slices"
	"sort"
)

// Cover finds merged areas row by row. It is quickest when asked for rows in rising order.
type Cover struct {
	areas []Area // by their first row
	next  int    // of the areas that begin below row
	row   int
	here  []Area // those of the row, from left to right
}

// Cover is the sheet's merged areas.
func (v *Survey) Cover() *Cover {
	areas := slices.Clone(v.Merged)
	slices.SortStableFunc(areas, func(a, b Area) int { return a.Top - b.Top })
	return &Cover{areas: areas}
}

// At is the merged area that a cell is in, the zero Area if there is none. Areas do not overlap in a sound sheet; of those that do,
// one is found.
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

// Hides says whether the cell is one of a merged area's, but not the first, which alone has a value.
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
