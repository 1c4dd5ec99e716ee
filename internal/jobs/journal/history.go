package journal

import (
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"

	"gigabatch/internal/jobs/spec"
)

// history is what the records other than results tell.
type history struct {
	last    *Manifest                  // of the newest run, nil if there was none
	whole   *Manifest                  // of the newest run that was no preview; a preview where there was no other
	unended bool                       // the newest run has no end record
	fresh   [2]*Manifest               // by origin: the fresh run that did not come to its end, if any
	outputs map[string][]string        // hashes by name of the output: of the newest to become visible, and of the one before it
	sheets  map[string]*Commit         // by name of the output: the newest to become visible
	longs   map[string]string          // by name of the output: the newest file of texts that were too long for it
	origins map[string]int             // by hash: who answered what stands there
	owned   map[string]map[string]bool // the sheets of the input on which we made a column of that name; "" where there are none
	files   [2]map[string]string       // by origin: the hashes of files that are stored at the service, by their ids
	placed  int64                      // where the newest commit of an output in place stands: what stands before it was in the input then
	paid    [2]paidTwice               // by origin
	flight  int                        // of the newest run
	marks   []Mark                     // of the newest run that was no preview
	ended   *End                       // of that run
	future  int                        // a format version that this program does not know
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

func (h *history) commit(line []byte, off int64) error {
	var c Commit
	if err := json.Unmarshal(line, &c); err != nil {
		return err
	}
	h.own(&c)
	if c.InPlace {
		h.placed = off
	}
	return nil
}

func (h *history) own(c *Commit) {
	if h.outputs == nil {
		h.outputs, h.origins, h.owned = map[string][]string{}, map[string]int{}, map[string]map[string]bool{}
		h.sheets, h.longs = map[string]*Commit{}, map[string]string{}
	}
	before := h.outputs[c.Output]
	if !h.isLast(c) {
		before = append(before, c.SHA256)
	}
	h.outputs[c.Output] = before[max(0, len(before)-2):]
	h.origins[c.SHA256] = origin(c.Sandbox)
	h.sheets[c.Output] = c
	if c.LongOf != "" {
		h.longs[c.LongOf] = c.Output
	}
	if c.InPlace {
		h.ownColumns(c)
	}
}

func (h *history) ownColumns(c *Commit) {
	for _, name := range c.Columns {
		if h.owned[name] == nil {
			h.owned[name] = map[string]bool{}
		}
		for _, sheet := range c.sheets() {
			h.owned[name][sheet] = true
		}
	}
}

// owns reports whether we made a column on every one of the sheets.
func (h *history) owns(name string, sheets []string) bool {
	for _, sheet := range sheets {
		if !h.owned[name][sheet] {
			return false
		}
	}
	return true
}

// isLast reports whether the newest output of that name is this one.
func (h *history) isLast(c *Commit) bool {
	hashes := h.outputs[c.Output]
	return len(hashes) > 0 && hashes[len(hashes)-1] == c.SHA256
}

// goesOn returns the fresh run that a fresh run with these settings continues, nil if there is none.
func (h *history) goesOn(s *spec.Settings, sandbox bool) *Manifest {
	m := h.fresh[origin(sandbox)]
	if m == nil || !m.Settings.SameTasks(s) {
		return nil
	}
	return m
}

// madeBy reports whether the file of that name, with this hash, is the output that this journal committed last. The one before counts
// too: a crash may have come between the record and the rename.
func (h *history) madeBy(name string, sum [32]byte) bool { return h.made(filepath.Base(name), sum) }

// made is madeBy for the name under which the journal knows an output.
func (h *history) made(output string, sum [32]byte) bool {
	return slices.Contains(h.outputs[output], hex.EncodeToString(sum[:]))
}

// has reports whether the journal already knows that this output is its last.
func (h *history) has(c *Commit) bool {
	if !h.isLast(c) || h.origins[c.SHA256] != origin(c.Sandbox) {
		return false
	}
	if last := h.sheets[c.Output]; last.Sheet != c.Sheet || last.AllSheets != c.AllSheets {
		return false
	}
	for _, name := range c.Columns {
		if c.InPlace && !h.owns(name, c.sheets()) {
			return false
		}
	}
	return true
}
