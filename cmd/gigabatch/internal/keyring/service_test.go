//go:build linux

package keyring

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/keyring/keyringtest"
)

// steps are what a program does with the keyring of the system: godbus keeps one connection to the bus for the life of the process, so each
// bus needs a process.
var steps = map[string]func(ctx context.Context, k *Keyring) string{
	"exists": func(ctx context.Context, k *Keyring) string { return word(k.Exists(ctx), "yes") },
	"get": func(ctx context.Context, k *Keyring) string {
		text, err := k.Get(ctx, nil)
		return word(err, "["+text+"]")
	},
	"set one": func(ctx context.Context, k *Keyring) string { return word(k.Set(ctx, nil, "one\nключ"), "set") },
	"set two": func(ctx context.Context, k *Keyring) string { return word(k.Set(ctx, nil, "two"), "set") },
	"delete": func(ctx context.Context, k *Keyring) string {
		had, err := k.Delete(ctx, nil)
		if !had {
			return word(err, "nothing")
		}
		return word(err, "deleted")
	},
}

func word(err error, well string) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return well
}

// TestMain does the steps that its parent wants.
func TestMain(m *testing.M) {
	want := os.Getenv("KEYRING_STEPS")
	if want == "" {
		os.Exit(m.Run())
	}
	k := New()
	k.person = func() bool { return false }
	for step := range strings.SplitSeq(want, ",") {
		os.Stdout.WriteString(step + ": " + strings.ReplaceAll(steps[step](context.Background(), k), "\n", "|") + "\n")
	}
	os.Exit(0)
}

// do does steps in a process with a bus.
func do(t *testing.T, address string, steps ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = []string{"KEYRING_STEPS=" + strings.Join(steps, ","), "DBUS_SESSION_BUS_ADDRESS=" + address, "GORACE=atexit_sleep_ms=0"}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestSecretService(t *testing.T) {
	t.Parallel()
	const locked = "error: the keyring is locked: failed to unlock correct collection '/org/freedesktop/secrets/collection/login'"
	const refused, odd = "error: the keyring: not you", "error: the keyring: its answer has an unknown form"
	for name, tt := range map[string]struct {
		mood  keyringtest.Mood
		steps []string
		want  []string
		kept  map[string]string
	}{
		"stored, read, replaced": {keyringtest.Open, []string{"exists", "get", "set one", "get", "set two", "get"},
			[]string{"yes", "[]", "set", "[one|ключ]", "set", "[two]"}, map[string]string{"gigabatch/key": "two"}},
		"deleted":       {keyringtest.Open, []string{"set one", "delete", "get", "delete"}, []string{"set", "deleted", "[]", "nothing"}, nil},
		"unlocked":      {keyringtest.Locked, []string{"exists", "set one", "get"}, []string{"yes", "set", "[one|ключ]"}, map[string]string{"gigabatch/key": "one\nключ"}},
		"not unlocked":  {keyringtest.Dismissed, []string{"exists", "set one", "get", "delete"}, []string{"yes", locked, locked, locked}, nil},
		"refusing":      {keyringtest.Refusing, []string{"set one", "get", "delete"}, []string{refused, refused, refused}, nil},
		"of other form": {keyringtest.Odd, []string{"set one", "get", "delete"}, []string{odd, odd, odd}, nil},
		"forgetful":     {keyringtest.Forgetful, []string{"get", "set one"}, []string{"[]", "error: the keyring: it did not keep the key"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := keyringtest.Start(t, tt.mood)
			var want []string
			for i, step := range tt.steps {
				want = append(want, step+": "+tt.want[i])
			}
			if got := do(t, s.Address, tt.steps...); got != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
			}
			if got := s.Texts(); !maps.Equal(got, tt.kept) {
				t.Errorf("it keeps %q, want %q", got, tt.kept)
			}
		})
	}
}

// A service that says that it has deleted the key, and has not, is not believed.
func TestNotDeleted(t *testing.T) {
	t.Parallel()
	s := keyringtest.Start(t, keyringtest.Open)
	do(t, s.Address, "set two")
	s.SetMood(keyringtest.Forgetful)
	if got, want := do(t, s.Address, "delete"), "delete: error: the keyring: it did not delete the key"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNoService tests machines without a keyring: each is noticed at once, without an error about buses.
func TestNoService(t *testing.T) {
	t.Parallel()
	buses := map[string]string{"no bus": "unix:path=/nonexistent/bus", "no program": keyringtest.Bus(t), "an address of no bus": "nonsense"}
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err != nil { // that of the developer would be used
		buses["no address"], buses["autolaunch"] = "", "autolaunch:"
	}
	for name, address := range buses {
		want := "exists: error: there is no keyring here\nget: error: there is no keyring here\nset two: error: there is no keyring here"
		if got := do(t, address, "exists", "get", "set two"); got != want {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

// An interrupt ends the wait for a service that never answers.
func TestHanging(t *testing.T) {
	s := keyringtest.Start(t, keyringtest.Hanging)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", s.Address)
	ctx, cancel := context.WithCancel(t.Context())
	called := s.Called()
	go func() {
		<-called
		cancel()
	}()
	if _, err := New().Get(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
}
