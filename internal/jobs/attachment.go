package jobs

import (
	"encoding/hex"

	"gigabatch/internal/gigachat"
)

// attachment is a file that goes with a request.
type attachment struct {
	path string // as the files know it
	own  bool   // the user named it himself: it may lie anywhere
	name string // base name
	kind gigachat.FileType
	size int64
	hash [32]byte // SHA-256 of its content
}

// hashMark stands before the hash of a file where a request has the file's id.
const hashMark = "sha256:"

// placeholder stands in a request for the id that the file will have.
func (f *attachment) placeholder() string { return hashMark + hex.EncodeToString(f.hash[:]) }
