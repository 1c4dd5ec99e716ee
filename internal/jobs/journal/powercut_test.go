package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// A disk is what would be left of a journal after a power cut: the content of the file at the last completed sync, and whatever the drive has
// written of the changes since. What a completed sync has written stays as it is.
type disk struct {
	random *rand.Rand
	path   string
	synced []byte // the content at the last completed sync
	named  bool   // the name of the file is durable
	left   int    // the number of syncs until the power fails
	failed bool
}

var errPower = errors.New("the power has failed")

// sync makes a file or a folder durable, unless the power fails before or during it, or just after.
func (d *disk) sync(f *os.File) error {
	if d.failed {
		return errPower
	}
	d.left--
	d.failed = d.left <= 0
	if d.failed && d.random.IntN(3) > 0 {
		return errPower
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		d.named = true
	} else if d.synced, err = os.ReadFile(d.path); err != nil {
		return err
	}
	if d.failed {
		return errPower // nobody is told that this sync has completed
	}
	return nil
}

// crash replaces the file by what is left of it, and describes that. The changes since the last sync are in sectors, of which each was
// written, was not written, or has garbage.
func (d *disk) crash(t *testing.T) string {
	t.Helper()
	const sector = 64 // smaller than those of a drive, so that records have borders inside
	now, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	if !d.named && d.random.IntN(2) == 0 {
		if err := os.Remove(d.path); err != nil {
			t.Fatal(err)
		}
		d.synced = nil
		return "no file"
	}
	size := []int{len(d.synced), len(now), (len(d.synced) + d.random.IntN(max(1, len(now)-len(d.synced)+1)))}[d.random.IntN(3)]
	image := make([]byte, size)
	copy(image, d.synced)
	mode := d.random.IntN(5) // how the sectors fared: as each of the first three says, or each in its own way
	for at := 0; at < size; at += sector {
		end := min(at+sector, size)
		fate := mode
		if mode > 2 {
			fate = d.random.IntN(3)
		}
		for i := at; i < end; i++ {
			switch {
			case i < len(d.synced) && i < len(now) && now[i] == d.synced[i]:
			case fate == 0 && i < len(now):
				image[i] = now[i]
			case fate == 1 && i >= len(d.synced):
				image[i] = byte(d.random.IntN(256))
			}
		}
	}
	if err := os.WriteFile(d.path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	fates := []string{"kept", "garbled", "dropped", "mixed", "mixed"}
	d.synced, d.named = image, true // a system that starts again has what is on the drive
	return fmt.Sprintf("%d of %d bytes, of which %d were synced; the others %s", size, len(now), min(len(d.synced), size), fates[mode])
}

// TestPowerCut cuts the power while results are recorded, several at once, opens what is left, and goes on. Every acknowledged record is
// there, and no record has another content than was written.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	seeds := jobstest.Rounds(200, 10_000)
	cuts, acknowledged, lost, refused := 0, 0, 0, 0
	for seed := range seeds {
		s := &powerCuts{dir: t.TempDir(), random: rand.New(rand.NewPCG(18, uint64(seed)))}
		if !t.Run(fmt.Sprintf("seed %d", seed), s.run) {
			return
		}
		os.RemoveAll(s.dir)
		cuts, acknowledged, lost, refused = cuts+s.cuts, acknowledged+len(s.kept), lost+s.lost, refused+s.refused
	}
	t.Logf("%d seeds, %d power cuts, %d results acknowledged, %d sent to the disk but not acknowledged, %d journals without a whole record refused",
		seeds, cuts, acknowledged, lost, refused)
	if cuts < seeds || acknowledged < seeds {
		t.Error("too little happened")
	}
}

// powerCuts is one sequence of power cuts.
type powerCuts struct {
	dir            string
	random         *rand.Rand
	cuts           int
	begun, refused int // runs whose manifest was acknowledged; journals without a whole record that were refused
	lost           int
	next           int
	kept           []task.Result            // acknowledged
	sent           map[task.Key]task.Result // all
	flown          int                      // acknowledged records of lost attempts
}

func (s *powerCuts) run(t *testing.T) {
	d := &disk{random: s.random, path: filepath.Join(s.dir, "j")}
	s.sent = map[task.Key]task.Result{}
	where := "at first"
	for range 1 + s.random.IntN(4) {
		d.left, d.failed = 1+s.random.IntN(12), false
		synctest.Test(t, func(t *testing.T) { s.record(t, d, where) })
		if t.Failed() {
			return
		}
		s.cuts++
		where += ", " + d.crash(t)
	}
	d.left, d.failed = 1<<30, false
	j := s.open(t, d.path, d.sync, where)
	s.check(t, j, where)
	if err := j.Close(); err != nil {
		t.Errorf("%s: closing: %v", where, err)
	}
	j = readJournal(t, d.path)
	s.check(t, j, where+", read")
	j.Close()
}

// open opens what is left of the journal. It returns nil if the power fails meanwhile. A journal of which not even the first record is whole
// may be refused: nothing was asked then, and the user deletes it.
func (s *powerCuts) open(t *testing.T, path string, sync func(*os.File) error, where string) *Journal {
	t.Helper()
	j, err := OpenWith(path, sync)
	var foreign *ForeignError
	if errors.As(err, &foreign) && s.begun == 0 {
		s.refused++
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		j, err = OpenWith(path, sync)
	}
	if errors.Is(err, errPower) {
		return nil
	}
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	return j
}

// record opens the journal and records in it until the power fails.
func (s *powerCuts) record(t *testing.T, d *disk, where string) {
	gate := make(chan struct{})
	held := false // whether a sync waits for more lines of the next write
	j := s.open(t, d.path, func(f *os.File) error {
		if held {
			<-gate
		}
		return d.sync(f)
	}, where)
	if j == nil {
		return
	}
	defer j.Close()
	s.check(t, j, where)
	at := time.Unix(1_790_000_000, 0).UTC()
	if err := j.Start(&Manifest{Started: at, Input: "q.csv"}); err != nil {
		s.wantPower(t, err)
		return
	}
	s.begun++
	if err := j.Flight(4, false); err != nil {
		s.wantPower(t, err)
		return
	}
	for !d.failed {
		if s.random.IntN(5) == 0 {
			if err := j.Lost(task.KeyOf([]byte("lost")), false); err != nil {
				s.wantPower(t, err)
				return
			}
			s.flown++
			continue
		}
		n := 1 + s.random.IntN(4)
		held = n > 1
		var wg sync.WaitGroup
		var mu sync.Mutex // guards kept and lost
		for range n {
			s.next++
			r := task.Result{
				Key: task.KeyOf(fmt.Append(nil, s.next)), State: task.Completed, At: at,
				Completion: strings.Repeat(fmt.Sprintf("answer %d ", s.next), 1+s.random.IntN(40)),
			}
			s.sent[r.Key] = r
			wg.Go(func() {
				err := j.Record(r)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					s.lost++
					s.wantPower(t, err)
					return
				}
				s.kept = append(s.kept, r)
			})
			synctest.Wait() // the first line is being written, and the others share the next write
		}
		if held {
			held = false
			gate <- struct{}{}
		}
		wg.Wait()
	}
}

func (s *powerCuts) wantPower(t *testing.T, err error) {
	var broken *WriteError
	if !errors.Is(err, errPower) || !errors.As(err, &broken) {
		t.Errorf("got error %v, want a *WriteError because the power has failed", err)
	}
}

// check looks every result up. What was acknowledged is there, and what is there was recorded.
func (s *powerCuts) check(t *testing.T, j *Journal, where string) {
	t.Helper()
	for _, r := range s.kept {
		if _, ok := j.Lookup(r.Key, false); !ok {
			t.Errorf("%s: the acknowledged result %q is lost", where, r.Completion)
		}
	}
	for k := range j.Keys(false) {
		p, _ := j.Latest(k, false)
		got, _, err := j.ReadResult(p, nil)
		if err != nil || *got != s.sent[k] {
			t.Errorf("%s: read %+v, error %v, want %+v", where, got, err, s.sent[k])
		}
	}
	if n := j.PaidTwice(false); n < s.flown {
		t.Errorf("%s: %d attempts may have been paid twice, and %d were recorded", where, n, s.flown)
	}
}
