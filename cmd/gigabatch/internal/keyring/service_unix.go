//go:build (dragonfly && cgo) || (freebsd && cgo) || linux || netbsd || openbsd

package keyring

import (
	"errors"
	"strings"

	"github.com/godbus/dbus/v5"
	secretservice "github.com/zalando/go-keyring/secret_service"
)

// isThere reports whether the collection that go-keyring uses is locked. It starts no bus, which godbus would otherwise do where there is
// none.
func isThere() (locked bool, err error) {
	bus, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return false, ErrNone
	}
	bus.Close()
	s, err := secretservice.NewSecretService() // connects to the bus that go-keyring uses
	if err != nil {
		return false, ErrNone
	}
	v, err := s.GetLoginCollection().GetProperty("org.freedesktop.Secret.Collection.Locked")
	if isNone(err) {
		return false, ErrNone
	}
	locked, _ = v.Value().(bool) // a service without the property is asked
	return locked, nil
}

// isNone reports whether an error of the bus means that no program keeps secrets: none is installed, or it cannot be started here.
func isNone(err error) bool {
	var e dbus.Error
	return errors.As(err, &e) && (e.Name == "org.freedesktop.DBus.Error.ServiceUnknown" || e.Name == "org.freedesktop.DBus.Error.NameHasNoOwner" ||
		strings.HasPrefix(e.Name, "org.freedesktop.DBus.Error.Spawn."))
}
