package oracle

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

func init() { tracer = traceProgram }

// tracedCalls are the system calls by which the program opens, changes or removes files, and which of their arguments are the file: a
// descriptor, or a folder and the address of a name in it.
var tracedCalls = map[uint64]struct {
	name         string
	folder, file int
}{
	syscall.SYS_OPENAT: {"openat", 0, 1}, syscall.SYS_UNLINKAT: {"unlinkat", 0, 1}, syscall.SYS_MKDIRAT: {"mkdirat", 0, 1},
	syscall.SYS_FCHMODAT: {"fchmodat", 0, 1}, syscall.SYS_LINKAT: {"linkat", 2, 3},
	syscall.SYS_RENAMEAT: {"renameat", 2, 3}, 316: {"renameat2", 2, 3},
	syscall.SYS_WRITE: {"write", -1, 0}, syscall.SYS_PWRITE64: {"pwrite64", -1, 0}, syscall.SYS_WRITEV: {"writev", -1, 0},
	syscall.SYS_FDATASYNC: {"fdatasync", -1, 0}, syscall.SYS_FSYNC: {"fsync", -1, 0}, syscall.SYS_FTRUNCATE: {"ftruncate", -1, 0},
	syscall.SYS_FALLOCATE: {"fallocate", -1, 0}, syscall.SYS_FCHMOD: {"fchmod", -1, 0}, syscall.SYS_FLOCK: {"flock", -1, 0},
}

// errnos are the errors of which a fault can be.
var errnos = map[string]syscall.Errno{"EIO": syscall.EIO, "ENOSPC": syscall.ENOSPC, "EROFS": syscall.EROFS}

// traceProgram runs the command in args and disturbs a file call before it takes effect: the nth of all its threads if at is a number,
// otherwise the first of that kind, as in "write q.csv". The fault is kill, the name of an error, or short: half of a write is written then,
// and the next write to the file finds no space. traceProgram writes the calls to a log, with a * at disturbed ones, and ends as the command
// does.
func traceProgram(log, fault, at string, args []string) (int, error) {
	runtime.LockOSThread() // a thread traces
	number, _ := strconv.Atoi(at)
	c := exec.Command(args[0], args[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := c.Start(); err != nil {
		return 0, err
	}
	const wall, exitKill = 0x40000000, 0x100000
	main := c.Process.Pid
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(main, &status, wall, nil); err != nil {
		return 0, err
	}
	if err := syscall.PtraceSetOptions(main, syscall.PTRACE_O_TRACESYSGOOD|syscall.PTRACE_O_TRACECLONE|exitKill); err != nil {
		return 0, err
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", main))
	if err != nil {
		return 0, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	within := map[int]bool{}           // the threads that are in a call
	failing := map[int]syscall.Errno{} // the threads whose call fails
	full := ""                         // the file that has no space for the next write
	known := map[int]bool{main: true}
	var calls bytes.Buffer
	killed := false
	for next, signal := main, 0; ; {
		if err := syscall.PtraceSyscall(next, signal); err != nil && err != syscall.ESRCH {
			return 0, err
		}
		signal = 0
		if next, err = syscall.Wait4(-1, &status, wall, nil); err != nil {
			return 0, err
		}
		for status.Exited() || status.Signaled() {
			if next == main {
				err := os.WriteFile(log, calls.Bytes(), 0o600)
				if killed && err == nil {
					syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
				return status.ExitStatus(), err
			}
			if next, err = syscall.Wait4(-1, &status, wall, nil); err != nil {
				return 0, err
			}
		}
		switch sig := status.StopSignal(); {
		case sig == syscall.SIGTRAP|0x80:
			within[next] = !within[next]
			var regs syscall.PtraceRegs
			if killed || syscall.PtraceGetRegs(next, &regs) != nil {
				continue
			}
			if errno, fails := failing[next]; fails && !within[next] {
				delete(failing, next)
				regs.Rax = -uint64(errno)
				if err := syscall.PtraceSetRegs(next, &regs); err != nil {
					return 0, err
				}
			}
			call, ok := callIn(dir, next, mem, &regs)
			if !ok || !within[next] {
				continue
			}
			number--
			hit := number == 0 || call.call+" "+call.file == at
			if hit {
				at = "" // once
			}
			writes := call.call == "write"
			hit = hit && (fault != "short" || writes && regs.Rdx > 1) || writes && full == call.file
			mark := ""
			if hit {
				mark = "*"
			}
			fmt.Fprintf(&calls, "%s %s%s\n", call.call, call.file, mark)
			if !hit {
				continue
			}
			errno, isErrno := errnos[fault]
			switch {
			case fault == "kill":
				killed = true
				syscall.Kill(main, syscall.SIGKILL)
				continue
			case isErrno:
				failing[next] = errno
				regs.Orig_rax = math.MaxUint64 // the system makes no call
			case full == "":
				full = call.file
				regs.Rdx /= 2
			default:
				full = ""
				failing[next] = syscall.ENOSPC
				regs.Orig_rax = math.MaxUint64
			}
			if err := syscall.PtraceSetRegs(next, &regs); err != nil {
				return 0, err
			}
		case sig == syscall.SIGTRAP: // a thread was started
		case sig == syscall.SIGSTOP && !known[next]: // by which a thread starts
			known[next] = true
		default:
			signal = int(sig)
		}
	}
}

// callIn returns the file call that a thread begins, if it is one for a file of the world.
func callIn(dir string, thread int, mem *os.File, regs *syscall.PtraceRegs) (c fileCall, ok bool) {
	traced, ok := tracedCalls[regs.Orig_rax]
	if !ok {
		return c, false
	}
	args := []uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10}
	descriptor := func(n uint64) string {
		if int32(n) == -100 { // the working folder
			return dir
		}
		name, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", thread, int32(n)))
		return name
	}
	name := ""
	if traced.folder < 0 {
		name = descriptor(args[traced.file])
	} else {
		text := make([]byte, syscall.PathMax)
		n, _ := mem.ReadAt(text, int64(args[traced.file]))
		text, _, _ = bytes.Cut(text[:n], []byte{0})
		if name = string(text); !filepath.IsAbs(name) {
			name = filepath.Join(descriptor(args[traced.folder]), name)
		}
	}
	rel, inside := strings.CutPrefix(name, dir)
	if !inside {
		return fileCall{traced.name, temporary}, strings.HasPrefix(name, os.Getenv("TMPDIR"))
	}
	if rel = filepath.Clean("./" + rel); tempName.MatchString(rel) {
		rel = temporary
	}
	return fileCall{traced.name, rel}, true
}
