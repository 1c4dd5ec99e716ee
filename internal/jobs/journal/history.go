package journal

import (
	"encoding/json"
	"slices"
	"time"

	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// history is what the journal knows from records other than results.
type history struct {
	latest
	whole *Manifest    // of the newest run that was not a preview, or of a preview if there was no other run
	fresh [2]*Manifest // by origin: the unfinished fresh run, if any
	commits
	atService
	paid   [2]paidTwice               // by origin
	links  [2]map[task.Key][]Follower // by origin: the tasks that follow a task, the newest last
	passed [2]map[string]bool         // by origin: the definitions of columns of which a canary has passed
	marks  []Mark                     // of the newest run that was not a preview
	ended  *End                       // of that run
	unsent *Unsent                    // the newest run, if it sent nothing because of an error
	future int                        // a format version unknown to this program
	// readings are, by input, the reading versions of the answers: another one than spec.ReadingVersion from a run that had it until a run
	// over all rows has left none pending.
	readings map[string]int
	merged   map[string]*Merged // by shard: the newest record
}

// latest is the newest run.
type latest struct {
	last    *Manifest // nil if there is none
	unended bool      // it has no end record
	flight  int       // how many requests it may have in flight
	runs    int       // how many runs there are with it
}

// atService is what is left at the service, by origin, and what has come from there since the end of the newest run that was not a preview.
type atService struct {
	files   [2]map[string]string // the hashes of the stored files, by id
	batches [2]batches
	late    int // results, also of a task that had one
}

// paidTwice counts the completions that may have been billed without being recorded.
type paidTwice struct{ lost, crashed int }

func (p paidTwice) sum() int { return p.lost + p.crashed }

// found takes back n of those that runs had in flight when they were killed.
func (p *paidTwice) found(n int) { p.crashed = max(0, p.crashed-n) }

// origin returns 1 for a sandbox, 0 for the real service. Their results never mix.
func origin(sandbox bool) int {
	if sandbox {
		return 1
	}
	return 0
}

// Follower is a task that follows another one, and the offset of the record which says so.
type Follower struct {
	Key task.Key
	Off int64
}

// follow notes that a task follows another one.
func (h *history) follow(k task.Key, to Follower, sandbox bool) {
	links := &h.links[origin(sandbox)]
	if *links == nil {
		*links = map[task.Key][]Follower{}
	}
	(*links)[k] = append(slices.DeleteFunc(slices.Clone((*links)[k]), func(f Follower) bool { return f.Key == to.Key }), to)
}

func (h *history) pass(c *Canary) {
	passed := &h.passed[origin(c.Sandbox)]
	if *passed == nil {
		*passed = map[string]bool{}
	}
	(*passed)[c.Definition] = true
}

// note decodes a record other than a result. Records of unknown kinds, perhaps from a newer version, are ignored.
func (h *history) note(head header, line []byte, off int64) error {
	switch head.kind {
	case kindRun:
		m := &Manifest{}
		if err := json.Unmarshal(line, m); err != nil {
			return err
		}
		m.Off = off
		if m.Format > journalFormat {
			h.future = m.Format
		}
		h.begin(m)
	case kindEnd:
		var e End
		err := json.Unmarshal(line, &e)
		h.finish(&e)
		return err
	case kindUnsent:
		h.unsent = &Unsent{}
		return json.Unmarshal(line, h.unsent)
	case kindFlight, kindFound:
		var f flight
		err := json.Unmarshal(line, &f)
		if head.kind == kindFlight {
			h.flight = f.N
		} else {
			h.paid[origin(head.sandbox)].found(f.N)
		}
		return err
	case kindCanary:
		var c Canary
		err := json.Unmarshal(line, &c)
		h.pass(&c)
		return err
	case kindLink:
		var l link
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		if to, err := task.ParseKey(l.To); err == nil {
			h.follow(head.key, Follower{to, off}, head.sandbox)
		}
	case kindBatch:
		return h.readBatch(line)
	case kindLost:
		h.paid[origin(head.sandbox)].lost++
	case kindCommit:
		var c Commit
		if err := json.Unmarshal(line, &c); err != nil {
			return err
		}
		h.commit(&c)
		if c.InPlace {
			h.placed, h.placedBy = off, c.By
		}
		if len(c.Columns) > 0 {
			h.written, h.writtenBy = off, c.By
		}
	case kindMark:
		if h.last != h.whole {
			return nil
		}
		var m Mark
		if err := json.Unmarshal(line, &m); err != nil {
			return err
		}
		h.addMark(&m)
	case kindMerged:
		m := &Merged{}
		if err := json.Unmarshal(line, m); err != nil {
			return err
		}
		if h.merged == nil {
			h.merged = map[string]*Merged{}
		}
		h.merged[m.Shard] = m
	case kindFile:
		var f StoredFile
		err := json.Unmarshal(line, &f)
		h.store(&f)
		return err
	}
	return nil
}

// begin records the start of a run. If the previous run has no end record, its requests in flight count as crashed.
func (h *history) begin(m *Manifest) {
	if h.unended && h.last != nil {
		h.paid[origin(h.last.Sandbox)].crashed += h.flight
	}
	if h.readings == nil {
		h.readings = map[string]int{}
	}
	if m.Reading != spec.ReadingVersion {
		h.readings[m.place()] = m.Reading
	} else {
		h.readings[m.place()] = h.reading(m.place())
	}
	h.last, h.unended, h.flight, h.unsent = m, true, 0, nil
	h.runs++
	if !m.Preview || h.whole == nil || h.whole.Preview {
		h.whole, h.marks, h.ended, h.late = m, nil, nil, 0
	}
	if m.Fresh {
		h.fresh[origin(m.Sandbox)] = m
	}
}

// finish records the regular end of the newest run.
func (h *history) finish(e *End) {
	h.unended = false
	if h.last == h.whole {
		h.ended = e
	}
	m := h.last
	if m == nil || e.Pending > 0 {
		return
	}
	if m.Fresh {
		h.fresh[origin(m.Sandbox)] = nil
	}
	if !m.Preview && !m.Settings.Selects() {
		h.readings[m.place()] = m.Reading
	}
}

// reading returns the reading version of the answers for an input. An input that no run had is that of the newest run under another name.
func (h *history) reading(place string) int {
	if version, known := h.readings[place]; known {
		return version
	}
	if h.last != nil {
		return h.readings[h.last.place()]
	}
	return spec.ReadingVersion
}

// commit adds a commit of the newest run.
func (h *history) commit(c *Commit) {
	if h.last != nil {
		c.Reading = h.last.Reading
	}
	c.By = h.by(c)
	h.commits.add(c)
}

// by returns the run whose completions are in an output, nil if there is none.
func (h *history) by(c *Commit) *Manifest {
	if h.whole == nil || c.Settings == nil {
		return h.whole
	}
	m := *h.whole
	m.Settings, m.Sandbox = *c.Settings, c.Sandbox
	return &m
}

func (h *history) store(f *StoredFile) {
	m := &h.files[origin(f.Sandbox)]
	switch {
	case f.Deleted:
		delete(*m, f.ID)
	case *m == nil:
		*m = map[string]string{f.ID: f.SHA256}
	default:
		(*m)[f.ID] = f.SHA256
	}
}

// addMark adds a mark of the newest run. When there are maxMarks, every second one is dropped.
func (h *history) addMark(m *Mark) {
	if len(h.marks) == maxMarks {
		for i := range maxMarks / 2 {
			h.marks[i] = h.marks[2*i+1]
		}
		h.marks = h.marks[:maxMarks/2]
	}
	m.Elapsed = time.Duration(m.ElapsedMS) * time.Millisecond
	if n := len(h.marks); n > 0 {
		h.marks[n-1].Tally, h.marks[n-1].Batches, h.marks[n-1].Sharers = nil, nil, nil // only the newest are needed
	}
	h.marks = append(h.marks, *m)
}
