package ooxml

import (
	"encoding/binary"
	"unicode/utf8"

	"gigabatch/internal/messages"
)

var (
	errNotUTF8 = messages.Errorf("bytes that are not valid UTF-8")
	errControl = messages.Errorf("a control character, which XML does not allow")
)

// checkText reports bytes that XML in UTF-8 cannot contain.
func checkText(b []byte) error {
	if !utf8.Valid(b) {
		return errNotUTF8
	}
	for len(b) >= 8 {
		if mayHoldControl(binary.LittleEndian.Uint64(b)) && holdsControl(b[:8]) {
			return errControl
		}
		b = b[8:]
	}
	if holdsControl(b) {
		return errControl
	}
	return nil
}

// mayHoldControl reports whether one of eight bytes is less than a space (Bit Twiddling Hacks, "Determine if a word has a byte less
// than n").
func mayHoldControl(eight uint64) bool {
	const ones = ^uint64(0) / 255
	return (eight-ones*' ')&^eight&(ones*128) != 0
}

func holdsControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return true
		}
	}
	return false
}
