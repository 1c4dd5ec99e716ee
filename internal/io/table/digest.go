package table

import "hash/maphash"

var digestSeed = maphash.MakeSeed()

// Digest is a hash of rows, in order. The zero value is that of no rows. It is comparable within a process only.
type Digest struct {
	Rows int
	sum  uint64
}

// Add adds a row and returns its own digest, which does not depend on other rows, or on columns in which the row has no text. It is never 0.
func (d *Digest) Add(row Row) uint64 {
	var h maphash.Hash
	h.SetSeed(digestSeed)
	add := func(name, text string) {
		h.WriteString(name)
		h.WriteByte(0xFF) // is not in UTF-8
		h.WriteString(text)
		h.WriteByte(0xFF)
	}
	add(row.Sheet, row.Path)
	if row.Hidden {
		h.WriteByte(0xFE)
	}
	if raw := row.JSON(); raw != nil {
		h.Write(raw)
	} else {
		for i, v := range row.Values {
			if v != "" {
				add(row.Columns[i], v)
			}
		}
		for _, v := range row.Beyond {
			add("", v)
		}
	}
	one := h.Sum64() | 1
	d.Rows++
	d.sum = (d.sum ^ one) * 0x9E3779B97F4A7C15
	return one
}
