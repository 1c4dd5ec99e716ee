//go:build !windows && !((dragonfly && cgo) || (freebsd && cgo) || linux || netbsd || openbsd)

package keyring

import (
	"errors"

	"github.com/zalando/go-keyring"
)

// isThere reports that there is a keyring. Whether it is locked is not known before it is asked.
func isThere() (locked bool, err error) { return false, nil }

// isNone reports whether the system has no keyring.
func isNone(err error) bool { return errors.Is(err, keyring.ErrUnsupportedPlatform) }
