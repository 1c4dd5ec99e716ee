package task

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// keyTag is the version of the identity. Changing it, or the canonical JSON of a request, re-bills every answer ever journaled.
const keyTag = "gigabatch job 1\n"

// Key is the identity of a job: the first 128 bits of SHA-256 over a version tag and the canonical JSON of the request as sent. Two
// rows that ask the same thing have the same key; where a row stands, the URL, limits and retries are not in it.
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

// Occurrence returns the key of the nth row, from 0, that asks the same thing when every row gets an answer of its own. The first
// one keeps the plain key.
func (k Key) Occurrence(n uint32) Key {
	if n == 0 {
		return k
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(append([]byte(keyTag), k[:]...), n))
	return Key(sum[:16])
}

// String returns the 32 hexadecimal digits by which the journal names the job.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// ParseKey is the inverse of Key.String.
func ParseKey(s string) (Key, error) {
	var k Key
	if len(s) != 2*len(k) {
		return k, fmt.Errorf("key %q: want %d hexadecimal digits", s, 2*len(k))
	}
	_, err := hex.Decode(k[:], []byte(s))
	return k, err
}
