package journal

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/task"
)

// TestStepsOfBatches notes the steps of batches. What is open, and who may have been paid twice, is the same for the run and for a reader.
func TestStepsOfBatches(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j")
	j := openJournal(t, path)
	at := time.Unix(1_790_000_000, 0).UTC()
	keys := []task.Key{task.KeyOf([]byte("a")), task.KeyOf([]byte("b"))}
	lines := []string{keys[0].String(), keys[1].String()}
	first := task.OpenBatch{File: "1", Method: "chat", Keys: keys, At: at}
	second := task.OpenBatch{File: "2", Method: "chat", Keys: keys[:1], At: at}
	posted, later := first, second
	posted.ID, posted.At, later.At = "id 1", at.Add(time.Minute), at.Add(2*time.Minute)
	if err := j.Start(&Manifest{Input: "q.csv"}); err != nil || j.HasBatches(false) {
		t.Fatal(err)
	}
	for _, step := range []struct {
		note BatchNote
		open []task.OpenBatch
		lost int
	}{
		{BatchNote{File: "1", Step: task.BatchPosting, Method: "chat", Lines: lines, At: at}, []task.OpenBatch{first}, 0},
		{BatchNote{File: "2", Step: task.BatchPosting, Method: "chat", Lines: lines[:1], At: at}, []task.OpenBatch{first, second}, 0},
		{BatchNote{File: "1", Step: task.BatchPosted, ID: "id 1", At: posted.At}, []task.OpenBatch{posted, second}, 0},
		{BatchNote{File: "2", Step: task.BatchPosting, Method: "chat", Lines: lines[:1], At: later.At}, []task.OpenBatch{posted, later}, 0},
		{BatchNote{File: "3", Step: task.BatchPosted, ID: "id 3", At: at}, []task.OpenBatch{posted, later}, 0}, // of nobody
		{BatchNote{File: "2", Step: task.BatchUnposted, Lost: 1, At: at}, []task.OpenBatch{posted}, 1},
		{BatchNote{File: "1", Step: task.BatchCollected, Lost: 2, At: at}, []task.OpenBatch{}, 3},
	} {
		if err := j.NoteBatch(&step.note); err != nil {
			t.Fatal(err)
		}
		read := readJournal(t, path)
		for who, from := range map[string]*Journal{"the run": j, "a reader": read} {
			if got := from.OpenBatches(false); len(got)+len(step.open) > 0 && !reflect.DeepEqual(got, step.open) {
				t.Errorf("%s, after %s of %s: open %+v, want %+v", who, step.note.Step, step.note.File, got, step.open)
			}
			if n := from.PaidTwice(false); n != step.lost {
				t.Errorf("%s, after %s of %s: %d may have been paid twice, want %d", who, step.note.Step, step.note.File, n, step.lost)
			}
			if !from.HasBatches(false) || from.HasBatches(true) || from.KnowsBatch("id 2", false) || len(from.Damaged()) > 0 {
				t.Errorf("%s, after %s of %s: it knows other batches, or damage %v", who, step.note.Step, step.note.File, from.Damaged())
			}
		}
	}
	if !j.KnowsBatch("id 1", false) || !j.KnowsBatch("id 3", false) {
		t.Error("a batch that was posted is not known")
	}
	before := jobstest.ReadFile(t, path)
	if err := j.NoteBatch(&BatchNote{File: "4", Step: task.BatchPosting, Lines: []string{"no key"}}); err == nil {
		t.Error("a batch with a line of nobody is noted")
	}
	if jobstest.ReadFile(t, path) != before {
		t.Error("it is in the journal")
	}
}
