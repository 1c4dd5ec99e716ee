package task

import (
	"encoding/hex"

	"gigabatch/internal/gigachat"
)

// Attachment is a file that goes with a request.
type Attachment struct {
	Path string // as the files know it
	Own  bool   // the user named it himself: it may lie anywhere
	Name string // base name
	Kind gigachat.FileType
	Size int64
	Hash [32]byte // SHA-256 of its content
}

// hashMark stands before the hash of a file where a request has the file's id.
const hashMark = "sha256:"

// Placeholder stands in a request for the id that the file will have.
func (f *Attachment) Placeholder() string { return hashMark + hex.EncodeToString(f.Hash[:]) }
