package rows

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
)

// maxScratch limits the temporary files of all views of the process, in bytes.
const maxScratch = 8 << 30

// scratchSpace is the space of all views.
var scratchSpace = &space{max: maxScratch}

// space is a limited amount of temporary space. Safe for concurrent use.
type space struct {
	max int64

	mu   sync.Mutex // guards all below
	used int64
}

// noSpaceError means that the rows cannot be stored now. Later, they may be.
type noSpaceError struct{ *spec.UsageError }

func (e *noSpaceError) Unwrap() error { return e.UsageError }

// take takes n bytes.
func (s *space) take(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used+n > s.max {
		return &noSpaceError{&spec.UsageError{
			Msg:  messages.Sprintf("the rows cannot be shown: together with other tables, they need more than %d GB of temporary space", s.max>>30),
			Hint: messages.Sprintf("close the pages of other runs and try again in a minute; downloads work"),
		}}
	}
	s.used += n
	return nil
}

// give returns n bytes.
func (s *space) give(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
}

// full explains the error of a temporary file on a full disk.
func full(err error) error {
	const diskFull = syscall.Errno(112) // of Windows
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) && (runtime.GOOS != "windows" || !errors.Is(err, diskFull)) {
		return err
	}
	return &noSpaceError{&spec.UsageError{
		Msg:  messages.Sprintf("the rows cannot be shown: the disk with the folder for temporary files, %s, is full", os.TempDir()),
		Hint: messages.Sprintf("free space there, or restart with the environment variable TMPDIR set to a folder on another disk"),
	}}
}
