package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

func newCommitter(t *testing.T, sync func(*os.File) error) *committer {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "j"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &committer{home: home{path: f.Name(), file: f, sync: sync}}
}

func TestConcurrentRecordsShareOneFsync(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var syncs atomic.Int32
		hold := make(chan struct{})
		c := newCommitter(t, func(*os.File) error { syncs.Add(1); <-hold; return nil })
		var returned atomic.Int32
		for i := range 100 {
			go func() {
				if _, err := c.append(fmt.Appendf(nil, "line %d\n", i)); err != nil {
					t.Error(err)
				}
				returned.Add(1)
			}()
			if i == 0 {
				synctest.Wait() // the first line is in fsync, and the others must wait
			}
		}
		synctest.Wait()
		if syncs.Load() != 1 || returned.Load() != 0 {
			t.Errorf("%d fsyncs begun and %d records returned before one ended, want 1 and 0", syncs.Load(), returned.Load())
		}
		hold <- struct{}{}
		synctest.Wait()
		if syncs.Load() != 2 || returned.Load() != 1 {
			t.Errorf("after the first fsync: %d begun and %d returned, want 2 and 1", syncs.Load(), returned.Load())
		}
		hold <- struct{}{}
		synctest.Wait()
		if syncs.Load() != 2 || returned.Load() != 100 {
			t.Errorf("after the second fsync: %d begun and %d returned, want 2 and 100", syncs.Load(), returned.Load())
		}
	})
}

func TestRecordReturnsOnlyAfterFsync(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var mu sync.Mutex // guards durable
	durable := 0
	j.out.sync = func(f *os.File) error {
		mu.Lock()
		defer mu.Unlock()
		info, err := f.Stat()
		durable = int(info.Size())
		return err
	}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			r := task.Result{Key: task.KeyOf([]byte{byte(i)}), State: task.Completed, Completion: "x"}
			if err := j.Record(r); err != nil {
				t.Error(err)
			}
			p, ok := j.Lookup(r.Key, false)
			mu.Lock()
			defer mu.Unlock()
			if !ok || int(p.Off)+int(p.Len)+1 > durable {
				t.Errorf("record %d at %d+%d was acknowledged when %d bytes were durable", i, p.Off, p.Len, durable)
			}
		})
	}
	wg.Wait()
}

func TestLinesAreAtTheirOffsets(t *testing.T) {
	t.Parallel()
	c := newCommitter(t, func(*os.File) error { return nil })
	var wg sync.WaitGroup
	offs := make([]int64, 300)
	text := func(i int) string { return strings.Repeat("x", i%17) + fmt.Sprint(i) + "\n" }
	for i := range offs {
		wg.Go(func() { offs[i], _ = c.append([]byte(text(i))) })
	}
	wg.Wait()
	all := jobstest.ReadFile(t, c.file.Name())
	for i, off := range offs {
		if !strings.HasPrefix(all[off:], text(i)) {
			t.Errorf("line %d is not at offset %d", i, off)
		}
	}
	if int(c.end) != len(all) {
		t.Errorf("the end is at %d, the file has %d bytes", c.end, len(all))
	}
}

func TestFsyncIsNotTriedAgainAfterItFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("disk on fire")
		var syncs atomic.Int32
		hold := make(chan struct{})
		c := newCommitter(t, func(*os.File) error { syncs.Add(1); <-hold; return bad })
		errs := make([]error, 20)
		for i := range errs {
			go func() { _, errs[i] = c.append([]byte("x\n")) }()
		}
		synctest.Wait()
		close(hold)
		synctest.Wait()
		_, late := c.append([]byte("y\n"))
		if i := slices.IndexFunc(append(errs, late), func(err error) bool { return !errors.Is(err, bad) }); i >= 0 {
			t.Errorf("append %d returned %v, want %v", i, append(errs, late)[i], bad)
		}
		if syncs.Load() != 1 {
			t.Errorf("fsync was called %d times, want once", syncs.Load())
		}
	})
}
