package journal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// Path returns the name under which the journal was opened.
func (j *Journal) Path() string { return j.path }

// Size returns the length of the file once all records given so far are written. Results at or after it belong to later calls.
func (j *Journal) Size() int64 {
	j.out.mu.Lock()
	defer j.out.mu.Unlock()
	return j.out.end
}

// Epoch returns the offset before which results do not count.
func (j *Journal) Epoch() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.epoch
}

// Last returns the manifest of the newest run, or nil if there was none.
func (j *Journal) Last() *Manifest {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.last
}

// Whole returns the manifest of the newest run that was not a preview, of a preview if there was no other run, or nil if there was none.
func (j *Journal) Whole() *Manifest {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.whole
}

// Ended returns the end record of the run of Whole, or nil if the run is still under way or was killed.
func (j *Journal) Ended() *End {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.ended
}

// Unended reports whether the newest run has no end record: it is under way, was killed, or sent nothing because of an error.
func (j *Journal) Unended() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.unended || j.history.unsent != nil
}

// Tells reports whether the end record of the newest run that was not a preview agrees with t, and says that an output was written.
func (j *Journal) Tells(t *task.Tally) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.history.ended == nil || j.history.ended.Summary == nil {
		return false
	}
	s := &j.history.ended.Summary.Tally
	return s.Rows == t.Rows && s.Completed == t.Completed && s.FailedRows() == t.FailedRows() &&
		s.Blocked == t.Blocked && s.Skipped == t.Skipped && s.Pending == t.Pending
}

// Standing returns the state of the last run, without Running and Size, which a Watch knows.
func (j *Journal) Standing() Standing {
	j.mu.Lock()
	defer j.mu.Unlock()
	h := &j.history
	s := Standing{Journal: j.path, Tally: h.tally()}
	m := h.whole
	if m == nil {
		return s
	}
	s.Input = m.InputOf(j.path)
	s.Settings, s.Limits, s.Started, s.Kind = m.Settings.Located(s.Input), m.Limits, m.Started, Kind{m.Sandbox, m.Preview, h.runs}
	s.Reread = h.reading(m.place()) != spec.ReadingVersion
	s.Settings.Output = spec.RestoredOutput(s.Settings.Output, s.Input)
	if e := h.ended; e != nil {
		s.Ended, s.Error, s.Limit, s.Pending, s.Summary = e.Ended, e.Error, e.Limit, e.Pending, e.Summary
	}
	s.Open, s.Late = slices.Clone(h.batches[origin(m.Sandbox)].open), h.late
	if u := h.unsent; u != nil {
		s.Started, s.Ended, s.Error, s.Limit, s.Unsent = u.Started, u.Ended, u.Error, false, true
	}
	if n := len(h.marks); n > 0 {
		newest := h.marks[n-1]
		s.Mark = &newest
	}
	return s
}

// Length returns how many bytes of the journal were read.
func (j *Journal) Length() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seen.off
}

// Passed reports whether a canary of a definition of the columns has passed.
func (j *Journal) Passed(definition string, sandbox bool) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.passed[origin(sandbox)][definition]
}

// Followers returns the tasks that follow a task, the newest last.
func (j *Journal) Followers(k task.Key, sandbox bool) []Follower {
	j.mu.Lock()
	defer j.mu.Unlock()
	own := j.history.links[origin(sandbox)][k]
	if j.base == nil {
		return own
	}
	all := slices.Clone(j.base.Followers(k, sandbox))
	for i := range all {
		all[i].Off += underOff
	}
	return append(all, own...)
}

// Reading returns the reading version of the answers for an input: spec.ReadingVersion, or that of a run whose answers may be for prompts
// that the rows no longer have, until a run over all rows has left none pending.
func (j *Journal) Reading(input string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.reading(filepath.ToSlash(cmp.Or(spec.PlaceFrom(j.path, input), filepath.Base(input))))
}

// Suspected returns how many completions may have been billed without being recorded, provided that no run is under way. If the newest run
// has no end record, its requests in flight count.
func (j *Journal) Suspected(sandbox bool) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	h := &j.history
	n := h.paid[origin(sandbox)].sum()
	if h.unended && h.last != nil && h.last.Sandbox == sandbox {
		n += h.flight
	}
	return n
}

// Continues returns the manifest of the unfinished fresh run that a fresh run with these settings continues, or nil if there is none.
func (j *Journal) Continues(s *spec.Settings, sandbox bool) *Manifest {
	j.mu.Lock()
	defer j.mu.Unlock()
	m := j.history.fresh[origin(sandbox)]
	if m == nil || !m.Settings.SameTasks(s) {
		return nil
	}
	return m
}

// Owned returns, in no order, the names of the columns that we created in the input on every sheet that has a column of that name.
func (j *Journal) Owned(sheetsWith func(column string) []string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var names []string
	for name := range j.history.owned {
		if j.history.owns(name, sheetsWith(name)) {
			names = append(names, name)
		}
	}
	return names
}

// MadeFile is Made for the path of an output.
func (j *Journal) MadeFile(path string, sum [32]byte) bool { return j.Made(filepath.Base(path), sum) }

// Made reports whether a file with this hash is the version of the output that this journal committed last. The version before it also
// counts because a crash may have come between the record and the rename.
func (j *Journal) Made(output string, sum [32]byte) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Contains(j.history.hashes[spec.InJSON(output)], hex.EncodeToString(sum[:]))
}

// HasCommit reports whether Commit would add nothing: the journal says all this of the output already.
func (j *Journal) HasCommit(c *Commit) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.has(c, cmp.Or(c.By, j.history.by(c)))
}

// OriginOf reports whether the completions in the output with this hash come from a sandbox. ok is false if no output had the hash.
func (j *Journal) OriginOf(sum [32]byte) (sandbox, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	o, ok := j.history.origins[hex.EncodeToString(sum[:])]
	return o == origin(true), ok
}

// Committed returns the newest commit of the output with the given name.
func (j *Journal) Committed(output string) (c *Commit, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c, ok = j.history.newest[spec.InJSON(output)]
	return c, ok
}

// Holding returns the commit of what the output with the given name has, nil if there is none. sum returns the hash of the output, in hex. It
// is called only if a crash may have come between the record and the rename.
func (j *Journal) Holding(output string, sum func() string) *Commit {
	j.mu.Lock()
	newest, before := j.history.newest[output], j.history.before[output]
	j.mu.Unlock()
	if before != nil && before.Edits != newest.Edits && sum() == before.SHA256 {
		return before
	}
	return newest
}

// LongTexts returns the name of the newest file of texts too long for the output with the given name, or "".
func (j *Journal) LongTexts(output string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if long := j.history.longs[spec.InJSON(output)]; long != "" {
		return filepath.Base(long) // it is beside the output, whatever a journal says
	}
	return ""
}

// Placed is Written for the newest commit of an output in place: the input contained the results before it.
func (j *Journal) Placed() (off int64, by *Manifest) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.placed, j.history.placedBy
}

// Written returns the offset of the newest commit of an output, and the manifest of its run, nil if there was none. The output contained the
// results before it.
func (j *Journal) Written() (off int64, by *Manifest) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.written, j.history.writtenBy
}

// HasWritten reports whether an output had a column with this name.
func (j *Journal) HasWritten(column string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.named[column]
}

// Keys yields every key with a result, in the order of the first results. No result may be recorded meanwhile.
func (j *Journal) Keys(sandbox bool) iter.Seq[task.Key] {
	x := &j.index[origin(sandbox)]
	return func(yield func(task.Key) bool) {
		for i := range x.Len() {
			if k, _ := x.Nth(i); !yield(k) {
				return
			}
		}
	}
}

// Texts calls visit with every completion in the journal, including those that a fresh run replaced, and with every text that ever replaced
// a completion by hand.
func (j *Journal) Texts(visit func(text string, sandbox bool)) error {
	var scratch []byte
	err := scanLines(j.file, func(l textLine) {
		eachRecord(l.text, func(h header, at, end int) {
			if task.StateOf(h.kind) != task.Completed {
				return
			}
			if cap(scratch) < end-at {
				scratch = make([]byte, 2*(end-at))
			}
			if r, err := decodeResult(l.text[at:end], scratch[:end-at]); err == nil {
				visit(r.Completion, h.sandbox)
				if r.Call != "" {
					visit(r.Call, h.sandbox)
				}
			}
		}, func() {})
	})
	if err != nil {
		return err
	}
	_, err = readEdits(editsPath(j.path), func(e Edit, _ int64) {
		if !e.Undo {
			visit(e.Text, e.Sandbox)
		}
	})
	return err
}

// Entry is a record of a journal that says what was asked, what came back, or how a run went. One of the fields after Sandbox is set.
type Entry struct {
	Off      int64
	Sandbox  bool
	Manifest *Manifest
	Mark     *Mark
	End      *End
	Result   *task.Result // of a task
	Spent    *task.Result // an answer that cost tokens but did not complete its task
	Lost     time.Time    // when an attempt was sent completely but got no complete response
}

// Entries calls visit with the records of the journal as it was read, the oldest first, which are valid until visit returns. Damaged records
// are left out.
func (j *Journal) Entries(visit func(*Entry)) error {
	var scratch []byte
	until := j.Length()
	return scanLines(j.file, func(l textLine) {
		if l.off >= until {
			return // written since
		}
		eachRecord(l.text, func(h header, at, end int) {
			e := &Entry{Off: l.off + int64(at), Sandbox: h.sandbox}
			line := l.text[at:end]
			var err error
			switch {
			case h.kind == kindRun:
				e.Manifest = &Manifest{Off: e.Off}
				err = json.Unmarshal(line, e.Manifest)
			case h.kind == kindMark:
				e.Mark = &Mark{}
				err = json.Unmarshal(line, e.Mark)
			case h.kind == kindEnd:
				e.End = &End{}
				err = json.Unmarshal(line, e.End)
			case h.kind == kindLost:
				var sent flight
				err = json.Unmarshal(line, &sent)
				e.Lost = sent.At
			case h.kind == kindSpent, task.StateOf(h.kind) != task.Pending:
				if cap(scratch) < len(line) {
					scratch = make([]byte, 2*len(line))
				}
				r, failed := decodeResult(line, scratch[:len(line)])
				if err = failed; h.kind == kindSpent {
					e.Spent = r
				} else {
					e.Result = r
				}
			default:
				return
			}
			if err == nil {
				visit(e)
			}
		}, func() {})
	})
}

// ReadAt reads the bytes of the file from an offset, as an io.ReaderAt does.
func (j *Journal) ReadAt(buf []byte, off int64) (int, error) { return j.file.ReadAt(buf, off) }

// FilesOf returns the paths of a journal and its related files.
func FilesOf(path string) []string {
	return []string{path, lockPath(path), editsPath(path), editsLockPath(path)}
}

// MergedUpTo returns how much of the journal of a shard is in this one.
func (j *Journal) MergedUpTo(shard string) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if m := j.history.merged[shard]; m != nil {
		return m.Size
	}
	return 0
}

// StoredAs returns the ids under which a content is stored at the service, sorted.
func (j *Journal) StoredAs(hash string, sandbox bool) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var ids []string
	for id, h := range j.history.files[origin(sandbox)] {
		if h == hash {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// StoredFiles returns the ids of all files stored at the service, sorted.
func (j *Journal) StoredFiles(sandbox bool) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Sorted(maps.Keys(j.history.files[origin(sandbox)]))
}

// Typical is the mean cost of the newest completions of a journal.
type Typical struct {
	Answers          int // number of completions read
	PromptTokens     float64
	CompletionTokens float64
	Latency          time.Duration // of those that were asked live
}

// maxTypical is the maximum number of completions that Typical reads.
const maxTypical = 50

// Typical returns the mean cost of the newest completed results. No result may be recorded meanwhile.
func (j *Journal) Typical(sandbox bool) (t Typical, err error) {
	x := &j.index[origin(sandbox)]
	var buf []byte
	var r *task.Result
	var latency time.Duration
	live := 0
	for i := x.Len(); i > 0 && t.Answers < maxTypical; i-- {
		_, at := x.Nth(i - 1)
		if at.State != task.Completed {
			continue
		}
		if r, buf, err = j.ReadResult(at, buf); err != nil {
			return t, err
		}
		t.Answers++
		t.PromptTokens += float64(r.Usage.PromptTokens)
		t.CompletionTokens += float64(r.Usage.CompletionTokens)
		if r.Batch == "" {
			live++
			latency += r.Latency
		}
	}
	if n := float64(t.Answers); n > 0 {
		t.PromptTokens, t.CompletionTokens, t.Latency = t.PromptTokens/n, t.CompletionTokens/n, latency/time.Duration(max(1, live))
	}
	return t, nil
}

// OpenBatches returns the open batches in the order in which they were posted.
func (j *Journal) OpenBatches(sandbox bool) []task.OpenBatch {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.history.batches[origin(sandbox)].open)
}

// KnowsBatch reports whether the journal has a batch with that id.
func (j *Journal) KnowsBatch(id string, sandbox bool) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.batches[origin(sandbox)].ids[id]
}

// HasBatches reports whether any batch was ever noted.
func (j *Journal) HasBatches(sandbox bool) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history.batches[origin(sandbox)].ids != nil
}

// InBatches returns the tasks of the open batches, nil if there are none.
func (j *Journal) InBatches(sandbox bool) (tasks map[task.Key]bool) {
	for _, b := range j.OpenBatches(sandbox) {
		for _, k := range b.Keys {
			if tasks == nil {
				tasks = map[task.Key]bool{}
			}
			tasks[k] = true
		}
	}
	return tasks
}

// Name tells the journal, and what counts in it, from others: it stays the same when the file is moved, and changes when everything is asked
// again.
func (j *Journal) Name(sandbox bool) string {
	first := make([]byte, 4<<10)
	n, _ := j.file.ReadAt(first, 0) // a shorter file is as good
	first, _, _ = bytes.Cut(first[:n], []byte("\n"))
	sum := sha256.Sum256(fmt.Appendf(first, "\n%d %v", j.Epoch(), sandbox))
	return hex.EncodeToString(sum[:10])
}

// Result returns the result of a task that counts for this run, nil if it has none.
func (j *Journal) Result(k task.Key, sandbox bool) (*task.Result, error) {
	at, ok := j.Lookup(k, sandbox)
	if !ok {
		return nil, nil
	}
	r, _, err := j.ReadResult(at, nil)
	return r, err
}
