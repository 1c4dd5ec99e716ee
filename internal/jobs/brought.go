package jobs

import (
	"hash/maphash"
	"slices"
)

// textSet is a set of texts, known by 64-bit hashes of what plain leaves of them: about ten bytes a text, however long it is.
type textSet struct {
	seed maphash.Seed
	sums [256][]uint64 // by their first byte, each sorted
}

// brought returns every completion that the journal holds, also those that a fresh run has replaced since and those of the other origin.
func (j *Journal) brought() (*textSet, error) {
	s := &textSet{seed: maphash.MakeSeed()}
	var scratch []byte
	err := scanLines(j.file, func(line []byte, _ int64, _ int, _ bool) {
		eachRecord(line, func(h header, at, end int) {
			if stateOf(h.kind) != Completed {
				return
			}
			scratch = slices.Grow(scratch[:0], end-at)
			if r, err := decodeResult(line[at:end], scratch[:end-at]); err == nil {
				s.add(r.Completion)
			}
		}, func() {})
	})
	for _, sums := range s.sums {
		slices.Sort(sums)
	}
	return s, err
}

func (s *textSet) add(text string) {
	sum := s.sum(text)
	sums := &s.sums[sum>>56]
	*sums = append(*sums, sum)
}

// has reports whether the set has the text, but for what a file may change of it.
func (s *textSet) has(text string) bool {
	sum := s.sum(text)
	_, found := slices.BinarySearch(s.sums[sum>>56], sum)
	return found
}

func (s *textSet) sum(text string) uint64 { return maphash.String(s.seed, plain(text)) }
