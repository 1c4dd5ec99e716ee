//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package journal

import "os"

// lockFile does nothing where a lock would keep readers out too; the lock file beside the journal is all there is.
func lockFile(*os.File) error { return nil }
