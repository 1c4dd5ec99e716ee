package ooxml

import (
	"math/rand/v2"
	"testing"
)

// At returns the same merged area as a search through all areas, whatever the order of the calls.
func TestCover(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	v := &Survey{}
	taken := map[[2]int]Area{}
	for range 400 {
		a := Area{Left: 1 + r.IntN(30), Top: 1 + r.IntN(60)}
		a.Right, a.Bottom = a.Left+r.IntN(4), a.Top+r.IntN(1+r.IntN(20))
		if overlaps(taken, a) {
			continue
		}
		v.Merged = append(v.Merged, a)
		eachCell(a, func(column, row int) { taken[[2]int{column, row}] = a })
	}
	c := v.Cover()
	ask := func(column, row int) {
		if got, want := c.At(column, row), taken[[2]int{column, row}]; got != want || c.Hides(column, row) != want.Hides(column, row) {
			t.Fatalf("cell %s: got %v, want %v", CellName(column, row), got, want)
		}
	}
	for row := 1; row <= 100; row++ {
		for column := 1; column <= 40; column++ {
			ask(column, row)
		}
	}
	for range 2000 {
		ask(1+r.IntN(40), 1+r.IntN(100))
	}
	if len(v.Merged) < 30 {
		t.Errorf("got %d areas, too few to tell", len(v.Merged))
	}
}

func overlaps(taken map[[2]int]Area, a Area) bool {
	found := false
	eachCell(a, func(column, row int) { found = found || taken[[2]int{column, row}] != Area{} })
	return found
}

func eachCell(a Area, do func(column, row int)) {
	for row := a.Top; row <= a.Bottom; row++ {
		for column := a.Left; column <= a.Right; column++ {
			do(column, row)
		}
	}
}

// A hundred thousand merged cells cost no more than iterating over the rows.
func BenchmarkCover(b *testing.B) {
	v := &Survey{}
	for row := 1; row <= 100_000; row++ {
		v.Merged = append(v.Merged, Area{1, row, 3, row})
	}
	for b.Loop() {
		c, hidden := v.Cover(), 0
		for row := 1; row <= 100_000; row++ {
			for column := 1; column <= 4; column++ {
				if c.Hides(column, row) {
					hidden++
				}
			}
		}
		if hidden != 200_000 {
			b.Fatalf("got %d hidden cells, want 200000", hidden)
		}
	}
}
