package table

import (
	"os"
	"time"
)

// Identity distinguishes one state of a file from another.
type Identity struct {
	Size    int64
	ModTime time.Time
	Info    os.FileInfo
	Digest  [32]byte // of documents: over all paths, sizes and times; Size is then their sum, ModTime the latest, and Info nil
}

// Identify returns the current identity of a file.
func Identify(name string) (Identity, error) {
	fi, err := os.Stat(name)
	if err != nil {
		return Identity{}, err
	}
	return identity(fi), nil
}

func identity(fi os.FileInfo) Identity {
	return Identity{Size: fi.Size(), ModTime: fi.ModTime(), Info: fi}
}

// Same reports whether both are the same file, or set of documents, with the same size and modification time. A change that keeps both
// is not detected.
func (a Identity) Same(b Identity) bool {
	if a.Info == nil && b.Info == nil {
		return a.Digest == b.Digest && a.Digest != [32]byte{}
	}
	return a.Info != nil && b.Info != nil && a.Size == b.Size && a.ModTime.Equal(b.ModTime) && os.SameFile(a.Info, b.Info)
}
