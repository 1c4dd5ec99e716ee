package journal

import (
	"encoding/json"
	"time"

	"gigabatch/internal/jobs/spec"
)

// history is what the records other than results tell.
type history struct {
	last    *Manifest    // of the newest run, nil if there was none
	whole   *Manifest    // of the newest run that was no preview; a preview where there was no other
	unended bool         // the newest run has no end record
	fresh   [2]*Manifest // by origin: the fresh run that did not come to its end, if any
	commits
	files  [2]map[string]string // by origin: the hashes of files that are stored at the service, by their ids
	paid   [2]paidTwice         // by origin
	flight int                  // of the newest run
	marks  []Mark               // of the newest run that was no preview
	ended  *End                 // of that run
	future int                  // a format version that this program does not know
}

// paidTwice adds up what may have been billed without an answer being kept.
type paidTwice struct{ lost, crashed int }

func (p paidTwice) sum() int { return p.lost + p.crashed }

// origin is 1 for a sandbox, 0 for the real service: their answers never meet.
func origin(sandbox bool) int {
	if sandbox {
		return 1
	}
	return 0
}

// note takes in a record that is no result. A record it does not know is passed over: a newer version may have written it.
func (h *history) note(head header, line []byte, off int64) error {
	switch head.kind {
	case kindRun:
		return h.start(line)
	case kindEnd:
		var e End
		err := json.Unmarshal(line, &e)
		h.finish(&e)
		return err
	case kindFlight:
		var f flight
		err := json.Unmarshal(line, &f)
		h.flight = f.N
		return err
	case kindLost:
		h.paid[origin(head.sandbox)].lost++
	case kindCommit:
		return h.commit(line, off)
	case kindMark:
		if h.last == h.whole {
			return h.takeMark(line)
		}
	case kindFile:
		var f StoredFile
		err := json.Unmarshal(line, &f)
		h.store(&f)
		return err
	}
	return nil
}

func (h *history) start(line []byte) error {
	m := &Manifest{}
	if err := json.Unmarshal(line, m); err != nil {
		return err
	}
	if m.Format > journalFormat {
		h.future = m.Format
	}
	h.begin(m)
	return nil
}

func (h *history) begin(m *Manifest) {
	h.crashed()
	h.last, h.unended, h.flight = m, true, 0
	if !m.Preview || h.whole == nil || h.whole.Preview {
		h.whole, h.marks, h.ended = m, nil, nil
	}
	if m.Fresh {
		h.fresh[origin(m.Sandbox)] = m
	}
}

func (h *history) finish(e *End) {
	h.unended, h.flight = false, 0
	if h.last == h.whole {
		h.ended = e
	}
	if h.last != nil && h.last.Fresh && e.Pending == 0 {
		h.fresh[origin(h.last.Sandbox)] = nil
	}
}

// crashed counts what was in flight if the newest run has no end record.
func (h *history) crashed() {
	if h.unended && h.last != nil {
		h.paid[origin(h.last.Sandbox)].crashed += h.flight
		h.flight = 0
	}
}

// suspected counts what may have been billed in vain, if no run is under way.
func (h *history) suspected(sandbox bool) int {
	n := h.paid[origin(sandbox)].sum()
	if h.unended && h.last != nil && h.last.Sandbox == sandbox {
		n += h.flight
	}
	return n
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

// goesOn returns the fresh run that a fresh run with these settings continues, nil if there is none.
func (h *history) goesOn(s *spec.Settings, sandbox bool) *Manifest {
	m := h.fresh[origin(sandbox)]
	if m == nil || !m.Settings.SameTasks(s) {
		return nil
	}
	return m
}

// addMark keeps the marks of the newest run. Of many, every second is left out again and again.
func (h *history) addMark(m *Mark) {
	if len(h.marks) == maxMarks {
		for i := range maxMarks / 2 {
			h.marks[i] = h.marks[2*i+1]
		}
		h.marks = h.marks[:maxMarks/2]
	}
	m.Elapsed = time.Duration(m.ElapsedMS) * time.Millisecond
	if n := len(h.marks); n > 0 {
		h.marks[n-1].Tally = nil // the newest is enough
	}
	h.marks = append(h.marks, *m)
}

func (h *history) takeMark(line []byte) error {
	var m Mark
	if err := json.Unmarshal(line, &m); err != nil {
		return err
	}
	h.addMark(&m)
	return nil
}
