package task

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"gigabatch/internal/messages"
)

// keyTag is the version of the identity. A change of it, or of the canonical JSON of a request, re-bills every completion ever journaled.
const keyTag = "gigabatch job 1\n"

// Key is the identity of a task: the first 128 bits of SHA-256 over a version tag and the canonical JSON of the request as sent. Rows that
// ask the same thing have the same key. The place of the row, the URL, limits and retries are not part of it.
type Key [16]byte

// KeyOf returns the key of the request whose canonical JSON is body.
func KeyOf(body []byte) Key {
	h := sha256.New()
	h.Write([]byte(keyTag))
	h.Write(body)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return Key(sum[:16])
}

// Occurrence returns the key of the nth row, from 0, among rows that ask the same thing and get a completion each. The first one keeps the
// plain key.
func (k Key) Occurrence(n uint32) Key {
	if n == 0 {
		return k
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(append([]byte(keyTag), k[:]...), n))
	return Key(sum[:16])
}

// String returns the key as 32 hexadecimal digits, the form that the journal has.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// ParseKey is the inverse of Key.String.
func ParseKey(s string) (Key, error) {
	var k Key
	if len(s) != 2*len(k) {
		return k, messages.Errorf("key %q: want %d hexadecimal digits", s, 2*len(k))
	}
	_, err := hex.Decode(k[:], []byte(s))
	return k, err
}
