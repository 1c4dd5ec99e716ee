package keyring

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isThere reports that there is a keyring, which is open while its user is logged in.
func isThere() (locked bool, err error) { return false, nil }

// isNone reports whether an error means that the process has no keyring of a user, like some services.
func isNone(err error) bool { return errors.Is(err, windows.ERROR_NO_SUCH_LOGON_SESSION) }
