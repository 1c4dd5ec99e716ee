package table

// MaxHeader is the maximum number of rows above the last one of a header that are searched for below it.
const MaxHeader = 10

// Repeats reads records and finds repeats of a header of several rows, or of the last of its rows, as in concatenated exports. It reads
// ahead only where a repeat may begin.
type Repeats[R any] struct {
	Rows  int                        // of the header; 1 finds none, since a Sieve finds a repeat of the last row
	Same  func(record R, i int) bool // reports whether a record repeats row i of the header
	Read  func() (R, error)
	Keep  func(R) R // returns a record that stays valid
	ahead []R
	err   error // of Read, after what was read ahead
	left  int   // records of a repeat to return
}

// Next returns the next record, and whether it belongs to a repeat.
func (a *Repeats[R]) Next() (record R, repeat bool, err error) {
	switch {
	case len(a.ahead) > 0:
		record, a.ahead = a.ahead[0], a.ahead[1:]
	case a.err != nil:
		return record, false, a.err
	default:
		if record, err = a.Read(); err != nil {
			return record, false, err
		}
	}
	if a.left > 0 {
		a.left--
		return record, true, nil
	}
	for from := range a.Rows - 1 {
		if a.Same(record, from) {
			record = a.Keep(record)
			if a.left = a.repeats(from); a.left > 0 {
				return record, true, nil
			}
		}
	}
	return record, false, nil
}

// repeats returns the number of records that follow a repeat of row from, if they are the rest of the header, else 0.
func (a *Repeats[R]) repeats(from int) int {
	rest := a.Rows - 1 - from
	for n := range rest {
		if n == len(a.ahead) {
			if a.err != nil {
				return 0
			}
			var record R
			if record, a.err = a.Read(); a.err != nil {
				return 0
			}
			a.ahead = append(a.ahead, a.Keep(record))
		}
		if !a.Same(a.ahead[n], from+1+n) {
			return 0
		}
	}
	return rest
}
