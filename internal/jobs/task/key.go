package task

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"gigabatch/internal/messages"
)

// keyTag is the version of the key. A change of it, or of the canonical JSON of a request, bills every completion in every journal again.
const keyTag = "gigabatch job 1\n"

// Key is the identity of a task: the first 128 bits of SHA-256 over a version tag and the canonical JSON of the request as sent. Rows with
// the same request have the same key. The place of the row, the URL, limits and retries are not part of it.
type Key [16]byte

// KeyOf returns the key of the request with the canonical JSON body.
func KeyOf(body []byte) Key {
	h := sha256.New()
	h.Write([]byte(keyTag))
	h.Write(body)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return Key(sum[:16])
}

// Occurrence returns the key of the nth row, from 0, among rows with the same request that get a completion each. The first row keeps the
// plain key.
func (k Key) Occurrence(n uint32) Key {
	if n == 0 {
		return k
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(append([]byte(keyTag), k[:]...), n))
	return Key(sum[:16])
}

// String returns the key as 32 hexadecimal digits, as in the journal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// ParseKey is the inverse of Key.String.
func ParseKey(s string) (Key, error) {
	var k Key
	if len(s) != 2*len(k) {
		return k, messages.Errorf("key %q does not have %d hexadecimal {digit|digits}", s, 2*len(k))
	}
	_, err := hex.Decode(k[:], []byte(s))
	return k, err
}
