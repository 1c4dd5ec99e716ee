package table

import (
	"os"
	"time"
)

// Identity tells one state of a file from another.
type Identity struct {
	Size    int64
	ModTime time.Time
	Info    os.FileInfo
	Digest  [32]byte // of documents: over all their paths, sizes and times; Size is then their sum, ModTime the latest, Info nil
}

// Identify is the identity of the file of that name as it is now.
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

// Same says whether both are the same file, or set of documents, with the same size and time of change. A change that keeps size and
// time is not seen.
func (a Identity) Same(b Identity) bool {
	if a.Info == nil && b.Info == nil {
		return a.Digest == b.Digest && a.Digest != [32]byte{}
	}
	return a.Info != nil && b.Info != nil && a.Size == b.Size && a.ModTime.Equal(b.ModTime) && os.SameFile(a.Info, b.Info)
}
