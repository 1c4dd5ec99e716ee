//go:build !windows

package usersocket

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Only the user and the system administrator speak.
func TestMay(t *testing.T) {
	t.Parallel()
	for uid, want := range map[int64]bool{1000: true, 0: true, 1001: false, 65534: false} {
		if may(uid, 1000) != want {
			t.Errorf("user %d: got %v", uid, !want)
		}
	}
	if may(1000, 0) {
		t.Error("a user speaks to a process of the system administrator")
	}
}

func TestPeer(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("the system does not tell")
	}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	at, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	if uid, known, err := peer(at.(*net.UnixConn)); uid != int64(os.Geteuid()) || !known || err != nil {
		t.Errorf("got user %d, known %v, error %v", uid, known, err)
	}
}
