package rows

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
)

// Comparison is how the answers of a completion column differ from those of another version in the same rows.
type Comparison struct {
	Both, Same, Changed int
	OnlyNew, OnlyOld    int    // rows that only one of them has answered
	Moves               []Move // of the rows with both answers, the most frequent first; nil if there are too many different ones
	Complete            bool   // all rows of both are read
}

// Move is an answer with the other version's answer to the same row.
type Move struct {
	From, To string
	Rows     int
}

// compareTexts compares a column in the rows before end with that of the other view. At most n moves are returned, of answers of at most most
// bytes together.
func compareTexts(ctx context.Context, l *looker, of, was ref, end, n, most int) (*Comparison, error) {
	var mu sync.Mutex // guards all below
	all, moves, size := &Comparison{}, map[Move]int{}, 0
	err := sweep(ctx, l, 0, end, nil, func(l *looker) func(int) error {
		return func(int) error {
			mu.Lock()
			defer mu.Unlock()
			for k := range l.entries {
				if !l.entries[k].selected {
					continue
				}
				text, before := l.text(k, of), []byte(nil)
				if was != (ref{}) && l.aligned(k) {
					before = l.was.text(k, was)
				}
				switch {
				case len(text) > 0 && len(before) > 0:
					all.Both++
					if bytes.Equal(text, before) {
						all.Same++
					} else {
						all.Changed++
					}
					move := Move{From: string(before), To: string(text)}
					if _, known := moves[move]; !known {
						size += len(text) + len(before)
					}
					if size <= most {
						moves[move]++
					}
				case len(text) > 0:
					all.OnlyNew++
				case len(before) > 0:
					all.OnlyOld++
				}
			}
			return cmp.Or(l.err, l.was.err)
		}
	})
	if err != nil || size > most {
		return all, err
	}
	for _, move := range slices.SortedFunc(maps.Keys(moves), func(a, b Move) int {
		return cmp.Or(cmp.Compare(moves[b], moves[a]), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	}) {
		if len(all.Moves) < n {
			all.Moves = append(all.Moves, Move{move.From, move.To, moves[move]})
		}
	}
	return all, nil
}
