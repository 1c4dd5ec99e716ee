// Package keyring keeps one text of the user in the keyring of the operating system: the Secret Service on Linux and other Unix systems, the
// Keychain on macOS, the Credential Manager on Windows.
package keyring

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
	"golang.org/x/term"

	"gigabatch/internal/messages"
)

// The item is found by these names.
const service, account = "gigabatch", "key"

// Variable is the variable that turns the keyring off.
const Variable = "GIGABATCH_KEYRING"

// ErrNone reports that there is no keyring, as on most servers, under cron and in containers.
var ErrNone = messages.Errorf("there is no keyring here")

// Error is the error of a keyring that exists.
type Error struct {
	Locked bool // a person must unlock it
	Err    error
}

func (e *Error) Error() string { return e.Message().String() }
func (e *Error) Unwrap() error { return e.Err }

// Message is the text of Error in any language.
func (e *Error) Message() messages.Text {
	if e.Locked {
		return messages.Sprintf("the keyring is locked: %v", e.Err)
	}
	return messages.Sprintf("the keyring: %v", e.Err)
}

const (
	answerTime = 10 * time.Second // in which a keyring must answer
	unlockTime = 2 * time.Minute  // in which a person must unlock it, who first looks for the window
	restTime   = time.Minute      // after an error, in which Get does not ask again: a page would open a window after the other
)

// Keyring is the keyring of the user. It is safe for concurrent use.
type Keyring struct {
	calls   calls
	isThere func() (locked bool, err error) // the error is ErrNone if there is no keyring
	person  func() bool                     // reports whether a person may unlock it now

	asked chan struct{} // full while a question is open, also one that is never answered

	mu     sync.Mutex // guards failed and until
	failed error      // the last error of Get
	until  time.Time  // it is returned
}

// calls are those of a keyring.
type calls interface {
	Get(service, account string) (string, error)
	Set(service, account, text string) error
	Delete(service, account string) error
}

// system is the keyring of the operating system.
type system struct{}

func (system) Get(service, account string) (string, error) { return keyring.Get(service, account) }
func (system) Set(service, account, text string) error     { return keyring.Set(service, account, text) }
func (system) Delete(service, account string) error        { return keyring.Delete(service, account) }

// New returns the keyring of the operating system. It asks nothing.
func New() *Keyring {
	return newKeyring(system{}, isThere, func() bool { return term.IsTerminal(int(os.Stderr.Fd())) })
}

func newKeyring(c calls, isThere func() (bool, error), person func() bool) *Keyring {
	return &Keyring{calls: c, isThere: isThere, person: person, asked: make(chan struct{}, 1)}
}

// Get returns the text, "" if the keyring has none. The error is ErrNone, an [*Error], or that of ctx. waiting is called if a person must
// unlock the keyring.
func (k *Keyring) Get(ctx context.Context, waiting func()) (string, error) {
	k.mu.Lock()
	failed, until := k.failed, k.until
	k.mu.Unlock()
	if failed != nil && time.Now().Before(until) {
		return "", failed
	}
	text, err := k.ask(ctx, waiting, func() (string, error) {
		text, err := k.calls.Get(service, account)
		if errors.Is(err, keyring.ErrNotFound) {
			return "", nil
		}
		return text, err
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed = nil; errors.As(err, new(*Error)) {
		k.failed, k.until = err, time.Now().Add(restTime)
	}
	return text, err
}

// Set replaces the text. It reads it back, because a keyring whose window was closed may report no error.
func (k *Keyring) Set(ctx context.Context, waiting func(), text string) error {
	_, err := k.ask(ctx, waiting, func() (string, error) {
		if err := k.calls.Set(service, account, text); err != nil {
			return "", err
		}
		got, err := k.calls.Get(service, account)
		if err == nil && got != text || errors.Is(err, keyring.ErrNotFound) {
			err = messages.Errorf("it did not keep the key")
		}
		return "", err
	})
	return err
}

// Delete deletes the text, and reports whether there was one.
func (k *Keyring) Delete(ctx context.Context, waiting func()) (had bool, err error) {
	text, err := k.ask(ctx, waiting, func() (string, error) {
		switch err := k.calls.Delete(service, account); {
		case errors.Is(err, keyring.ErrNotFound):
			return "", nil
		case err != nil:
			return "", err
		}
		_, err := k.calls.Get(service, account)
		switch {
		case err == nil:
			err = messages.Errorf("it did not delete the key")
		case errors.Is(err, keyring.ErrNotFound):
			err = nil
		}
		return "deleted", err
	})
	return text != "", err
}

// Exists returns nil if there is a keyring, locked or not.
func (k *Keyring) Exists(ctx context.Context) error {
	_, err := k.ask(ctx, nil, nil)
	return err
}

// ask returns the answer to one question. Without a question, it only looks for the keyring. A question that is not answered in time stays
// open until the process ends.
func (k *Keyring) ask(ctx context.Context, waiting func(), question func() (string, error)) (string, error) {
	if os.Getenv(Variable) == "off" {
		return "", ErrNone
	}
	timeout := time.NewTimer(answerTime)
	defer timeout.Stop()
	silent := &Error{Err: messages.Errorf("no answer within %v", answerTime)}
	select {
	case k.asked <- struct{}{}:
	case <-timeout.C:
		return "", silent
	case <-ctx.Done():
		return "", ctx.Err()
	}
	type answer struct {
		text string
		err  error
	}
	locked, answers := make(chan bool, 1), make(chan answer, 1)
	go func() {
		defer func() { <-k.asked }()
		isLocked, err := guarded(k.isThere)
		locked <- isLocked
		text := ""
		if err == nil && question != nil {
			text, err = guarded(question)
		}
		if err != nil && !errors.Is(err, ErrNone) {
			err = &Error{Locked: isLocked, Err: err}
		}
		answers <- answer{text, err}
	}()
	for {
		select {
		case isLocked := <-locked:
			if silent.Locked = isLocked; isLocked && k.person() && question != nil {
				timeout.Reset(unlockTime)
				silent.Err = messages.Errorf("no answer within %v", unlockTime)
				if waiting != nil {
					waiting()
				}
			}
		case a := <-answers:
			return a.text, a.err
		case <-timeout.C:
			return "", silent
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// guarded calls f and makes an error of a panic: go-keyring panics if an answer has not the form that it expects.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if recover() != nil {
			err = messages.Errorf("its answer has an unknown form")
		}
	}()
	v, err = f()
	if err != nil && isNone(err) {
		err = ErrNone
	}
	return v, err
}
