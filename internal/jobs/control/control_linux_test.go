package control

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// A process of another user is refused even if it can reach the socket. The test needs root to become another user.
func TestAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	dir := short(t)
	run := &fake{}
	s := serve(t, filepath.Join(dir, "j"), run.do, filepath.Join(dir, "run"))
	for path, mode := range map[string]os.FileMode{dir: 0o755, filepath.Join(dir, "run"): 0o755, s.path: 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for uid, want := range map[uintptr]string{65534: "the run belongs to another user", 0: ""} {
		said := make(chan answer)
		go func() {
			defer close(said)
			runtime.LockOSThread() // the thread ends with the goroutine
			const keep = ^uintptr(0)
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uid, keep); errno != 0 {
				t.Error(errno)
				return
			}
			c, err := net.Dial("unix", s.path)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			var a answer
			if _, err = c.Write([]byte(`{"version":1,"do":"drain"}` + "\n")); err == nil {
				err = json.NewDecoder(c).Decode(&a)
			}
			if err != nil {
				t.Error(err)
			}
			said <- a
		}()
		if a := <-said; a.Error.String() != want || (a.Status != nil) != (want == "") {
			t.Errorf("user %d: got %+v, want %q", uid, a, want)
		}
	}
	if len(run.got) != 1 {
		t.Errorf("the run got %+v", run.got)
	}
}
