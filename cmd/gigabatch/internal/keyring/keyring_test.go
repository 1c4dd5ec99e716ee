package keyring

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"
)

// fake is a keyring in memory.
type fake struct {
	text  string
	asked atomic.Int64
	err   error         // of each call
	hold  chan struct{} // if not nil, calls are answered after it is closed
}

func (f *fake) call() error {
	f.asked.Add(1)
	if f.hold != nil {
		<-f.hold
	}
	return f.err
}

func (f *fake) Get(string, string) (string, error) {
	if err := f.call(); err != nil {
		return "", err
	}
	if f.text == "" {
		return "", keyring.ErrNotFound
	}
	return f.text, nil
}

func (f *fake) Set(_, _, text string) error {
	err := f.call()
	if err == nil {
		f.text = text
	}
	return err
}

func (f *fake) Delete(string, string) error {
	err := f.call()
	if err == nil && f.text == "" {
		err = keyring.ErrNotFound
	}
	f.text = ""
	return err
}

// made returns a keyring of the user who is at the terminal, or not.
func made(f *fake, locked, person bool) *Keyring {
	return newKeyring(f, func() (bool, error) { return locked, nil }, func() bool { return person })
}

// TestTimeLimit tests that no keyring holds up a program for longer than it may, and that a person gets time to unlock it.
func TestTimeLimit(t *testing.T) {
	for name, tt := range map[string]struct {
		locked, person bool
		want           time.Duration
		text           string
	}{
		"hangs":                            {false, true, answerTime, "the keyring: no answer within 10s"},
		"hangs where nobody is":            {false, false, answerTime, "the keyring: no answer within 10s"},
		"is locked where nobody is":        {true, false, answerTime, "the keyring is locked: no answer within 10s"},
		"is locked, and a person is there": {true, true, unlockTime, "the keyring is locked: no answer within 2m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{text: "key", hold: make(chan struct{})}
				k, told, start := made(f, tt.locked, tt.person), 0, time.Now()
				_, err := k.Get(t.Context(), func() { told++ })
				if got := time.Since(start); got != tt.want || err == nil || err.Error() != tt.text {
					t.Errorf("after %v: %v; want %v: %s", got, err, tt.want, tt.text)
				}
				if want := tt.locked && tt.person; (told == 1) != want || told > 1 {
					t.Errorf("said %d times that the keyring is locked", told)
				}
				start = time.Now()
				if _, err := k.Get(t.Context(), nil); err == nil || time.Since(start) > 0 || f.asked.Load() != 1 {
					t.Errorf("the second time: %v after %v, %d calls; want the same error at once", err, time.Since(start), f.asked.Load())
				}
				close(f.hold) // somebody unlocks it at last
				<-time.After(restTime)
				if got, err := k.Get(t.Context(), nil); got != "key" || err != nil {
					t.Errorf("once it answers: %q, %v", got, err)
				}
			})
		})
	}
}

// A person may need a minute to find the window.
func TestUnlockedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{text: "key", hold: make(chan struct{})}
		time.AfterFunc(unlockTime-time.Second, func() { close(f.hold) })
		if got, err := made(f, true, true).Get(t.Context(), nil); got != "key" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// A question that is never answered does not become two, and an interrupt ends the wait.
func TestInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{hold: make(chan struct{})}
		defer close(f.hold)
		k := made(f, false, true)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		if err := k.Set(ctx, nil, "key"); !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if _, err := k.Get(t.Context(), nil); err == nil || time.Since(start) != time.Second+answerTime || f.asked.Load() != 1 {
			t.Errorf("after %v, %d calls: %v; want no second question while the first is open", time.Since(start), f.asked.Load(), err)
		}
	})
}

func TestOff(t *testing.T) {
	t.Setenv(Variable, "off")
	f := &fake{text: "key"}
	k := made(f, false, true)
	_, err := k.Get(t.Context(), nil)
	if !errors.Is(err, ErrNone) || !errors.Is(k.Exists(t.Context()), ErrNone) || f.asked.Load() != 0 {
		t.Errorf("turned off, it was asked %d times: %v", f.asked.Load(), err)
	}
}

// TestErrorsAreErrors tests that what a keyring says is passed on, with its state.
func TestErrorsAreErrors(t *testing.T) {
	t.Parallel()
	f := &fake{err: errors.New("no space")}
	for what, err := range map[string]error{
		"Set":    made(f, true, false).Set(t.Context(), nil, "key"),
		"Get":    func() error { _, err := made(f, true, false).Get(t.Context(), nil); return err }(),
		"Delete": func() error { _, err := made(f, true, false).Delete(t.Context(), nil); return err }(),
	} {
		var e *Error
		if !errors.As(err, &e) || !e.Locked || !strings.Contains(e.Error(), "no space") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}
