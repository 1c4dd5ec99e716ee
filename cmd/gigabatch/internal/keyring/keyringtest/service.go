// Package keyringtest emulates the Secret Service on a private bus, for tests.
package keyringtest

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

// The names of the specification (specifications.freedesktop.org/secret-service).
const (
	name       = "org.freedesktop.secrets"
	root       = dbus.ObjectPath("/org/freedesktop/secrets")
	collection = root + "/collection/login"
	session    = root + "/session/1"
	prompt     = root + "/prompt/1"
	none       = dbus.ObjectPath("/")
)

// Mood is how a service behaves.
type Mood int

const (
	Open      Mood = iota // it answers
	Locked                // it is locked, and a person unlocks it when it asks
	Dismissed             // it is locked, and a person closes its window
	Ignored               // it is locked, and nobody sees its window
	Refusing              // every call fails
	Hanging               // no call is answered
	Odd                   // its answers have another form
	Forgetful             // it reports success, and does nothing
)

// Service is a Secret Service with one collection.
type Service struct {
	Address string // of the bus, for DBUS_SESSION_BUS_ADDRESS

	bus  *dbus.Conn
	held chan struct{} // closed at the end of the test

	mu    sync.Mutex // guards what follows
	mood  Mood
	items map[dbus.ObjectPath]item
	next  int
	calls int
	told  chan struct{} // closed at the next call
}

type item struct {
	attributes map[string]string
	text       []byte
}

// secret is the structure of the specification.
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// T is what a service needs of a test. A *testing.T has it.
type T interface {
	Helper()
	Skip(args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Bus starts a bus without services and returns its address. The test is skipped if there is no dbus-daemon, except in CI.
func Bus(t T) (address string) {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil && os.Getenv("CI") == "" {
		t.Skip("there is no dbus-daemon")
	}
	dir, err := os.MkdirTemp("", "bus") // a socket must have a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	config := filepath.Join(dir, "bus.conf")
	text := fmt.Sprintf(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--print-address")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// Start starts a service on a bus of its own.
func Start(t T, mood Mood) *Service {
	t.Helper()
	s := &Service{Address: Bus(t), mood: mood, items: map[dbus.ObjectPath]item{}, held: make(chan struct{}), told: make(chan struct{})}
	t.Cleanup(func() { close(s.held) })
	bus, err := dbus.Connect(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	s.bus = bus
	methods := map[string]map[string]any{
		"org.freedesktop.Secret.Service":    {"OpenSession": s.openSession, "Unlock": s.unlock},
		"org.freedesktop.Secret.Collection": {"CreateItem": s.create, "SearchItems": s.search},
		"org.freedesktop.Secret.Item":       {"GetSecret": s.secret, "Delete": s.delete},
		"org.freedesktop.Secret.Session":    {"Close": s.close},
		"org.freedesktop.Secret.Prompt":     {"Prompt": s.prompt},
		"org.freedesktop.DBus.Properties":   {"Get": s.property},
	}
	for of, table := range methods {
		if err := bus.ExportSubtreeMethodTable(table, root, of); err != nil {
			t.Fatal(err)
		}
	}
	if reply, err := bus.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the name %s: %v, %v", name, reply, err)
	}
	return s
}

// SetMood changes the behaviour. A person who has unlocked the service once has set it to Open.
func (s *Service) SetMood(mood Mood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mood = mood
}

// Texts returns the secrets by their names, which are the values of their attributes.
func (s *Service) Texts() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	for _, i := range s.items {
		all[i.attributes["service"]+"/"+i.attributes["username"]] = string(i.text)
	}
	return all
}

// Calls returns how many calls there were.
func (s *Service) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Called returns a channel that is closed at the next call.
func (s *Service) Called() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

// enter counts a call and returns the mood, or the error with which it is answered.
func (s *Service) enter() (Mood, *dbus.Error) {
	s.mu.Lock()
	s.calls++
	close(s.told)
	s.told = make(chan struct{})
	mood := s.mood
	s.mu.Unlock()
	switch mood {
	case Hanging:
		<-s.held
	case Refusing:
		return mood, dbus.NewError("org.freedesktop.DBus.Error.AccessDenied", []any{"not you"})
	}
	return mood, nil
}

func (s *Service) property(of, property string) (dbus.Variant, *dbus.Error) {
	mood, err := s.enter()
	switch {
	case err != nil:
		return dbus.Variant{}, err
	case mood == Odd:
		return dbus.MakeVariant("odd"), nil
	case property == "Collections":
		return dbus.MakeVariant([]dbus.ObjectPath{collection}), nil
	case property == "Locked":
		return dbus.MakeVariant(mood == Locked || mood == Dismissed || mood == Ignored), nil
	}
	return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{of + "." + property})
}

func (s *Service) openSession(_ string, _ dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	_, err := s.enter()
	return dbus.MakeVariant(""), session, err
}

func (s *Service) close() *dbus.Error {
	_, err := s.enter()
	return err
}

func (s *Service) unlock(objects []dbus.ObjectPath) (unlocked []dbus.ObjectPath, _ dbus.ObjectPath, _ *dbus.Error) {
	switch mood, err := s.enter(); {
	case err != nil:
		return nil, none, err
	case mood == Locked || mood == Dismissed || mood == Ignored:
		return []dbus.ObjectPath{}, prompt, nil
	}
	return objects, none, nil
}

func (s *Service) prompt(string) *dbus.Error {
	mood, err := s.enter()
	if err != nil || mood == Ignored {
		return err
	}
	unlocked := []dbus.ObjectPath{}
	if mood == Locked {
		s.SetMood(Open)
		unlocked = append(unlocked, collection)
	}
	_ = s.bus.Emit(prompt, "org.freedesktop.Secret.Prompt.Completed", mood != Locked, dbus.MakeVariant(unlocked))
	return nil
}

func (s *Service) create(properties map[string]dbus.Variant, value secret, replace bool) (path, _ dbus.ObjectPath, _ *dbus.Error) {
	mood, err := s.enter()
	if err != nil || mood == Forgetful {
		return none, none, err
	}
	attributes, _ := properties["org.freedesktop.Secret.Item.Attributes"].Value().(map[string]string)
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.find(attributes); len(found) > 0 && replace {
		path = found[0]
	} else {
		s.next++
		path = dbus.ObjectPath(fmt.Sprintf("%s/%d", collection, s.next))
	}
	s.items[path] = item{attributes, slices.Clone(value.Value)}
	return path, none, nil
}

// find returns the items that have the attributes. The caller holds mu.
func (s *Service) find(attributes map[string]string) (found []dbus.ObjectPath) {
	found = []dbus.ObjectPath{}
	for _, path := range slices.Sorted(maps.Keys(s.items)) {
		if maps.Equal(s.items[path].attributes, attributes) {
			found = append(found, path)
		}
	}
	return found
}

func (s *Service) search(attributes map[string]string) ([]dbus.ObjectPath, *dbus.Error) {
	if _, err := s.enter(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(attributes), nil
}

func (s *Service) secret(m dbus.Message, _ dbus.ObjectPath) (secret, *dbus.Error) {
	if _, err := s.enter(); err != nil {
		return secret{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	return secret{Session: session, Parameters: []byte{}, Value: s.items[path].text, ContentType: "text/plain"}, nil
}

func (s *Service) delete(m dbus.Message) (dbus.ObjectPath, *dbus.Error) {
	mood, err := s.enter()
	if err != nil || mood == Forgetful {
		return none, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	delete(s.items, path)
	return none, nil
}
