// Package random makes numbers and ids that look random but depend only on their inputs.
package random

import "sync/atomic"

// Mix is the finalizer of SplitMix64: neighbouring inputs give unrelated results.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// UUID returns 122 of the bits of a and b as a version 4 UUID.
func UUID(a, b uint64) string {
	const hex = "0123456789abcdef"
	const shape = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx"
	u := []byte(shape)
	for i, c := range u {
		if i == 19 {
			a = b
		}
		switch c {
		case 'x':
			u[i], a = hex[a&15], a>>4
		case 'v':
			u[i], a = hex[8|a&3], a>>2
		}
	}
	return string(u)
}

// IDs makes UUIDs that depend only on the seed and on how many were made before. It is safe for concurrent use.
type IDs struct {
	Seed uint64
	made atomic.Uint64
}

// Next returns a different UUID each time.
func (i *IDs) Next() string {
	n := i.made.Add(1)
	return UUID(Mix(i.Seed^n), Mix(i.Seed+n<<32))
}
