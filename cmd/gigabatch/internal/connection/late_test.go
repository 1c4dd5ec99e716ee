package connection

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
)

// TestLate makes one connection for all who wait, in time for those who do not wait long, and replaces it.
func TestLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		made := 0
		l := NewLate(func(context.Context) (*Conn, error) {
			made++
			time.Sleep(time.Minute) // a keyring asks a person
			if made == 1 {
				return nil, ErrNoCredentials
			}
			return testConn(gigachat.ScopePersonal), nil
		})
		defer l.Close()
		ended := make(chan error)
		go func() { ended <- l.Ready() }()
		synctest.Wait()
		began := time.Now()
		within, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Get(within); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("got %v after %v, want the deadline", err, time.Since(began))
		}
		if err := <-ended; !errors.Is(err, ErrNoCredentials) {
			t.Errorf("got %v", err)
		}
		if n := l.Streams(); n != 1 || made != 2 {
			t.Errorf("%d streams, made %d times", n, made)
		}
		l.Use(testConn(gigachat.ScopeCorporate))
		if n := l.Streams(); n < 2 || made != 2 {
			t.Errorf("with another key: %d streams, made %d times", n, made)
		}
	})
}

func testConn(scope string) *Conn {
	box := sandbox.New(sandbox.Options{})
	return &Conn{Sandbox: box, Scope: scope, Client: &gigachat.Client{Transport: box.Transport()}}
}
