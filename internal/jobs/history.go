package jobs

import (
	"encoding/hex"
	"encoding/json"
)

// history is what the records other than results tell.
type history struct {
	last      *manifest       // of the newest run, nil if there was none
	unended   bool            // the newest run has no end record
	remaining int             // rows that the newest run left pending, if it ended
	commits   map[string]bool // hashes of every output that was to become visible
	owned     map[string]bool // columns that we made in the input itself
	paid      [2]paidTwice    // by origin
	flight    int             // of the newest run
	future    int             // a format version that this program does not know
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
func (h *history) note(head header, line []byte) error {
	switch head.kind {
	case kindRun:
		return h.start(line)
	case kindEnd:
		var e end
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
		return h.commit(line)
	}
	return nil
}

func (h *history) start(line []byte) error {
	m := &manifest{}
	if err := json.Unmarshal(line, m); err != nil {
		return err
	}
	if m.Format > journalFormat {
		h.future = m.Format
	}
	h.begin(m)
	return nil
}

func (h *history) begin(m *manifest) {
	h.crashed()
	h.last, h.unended, h.remaining, h.flight = m, true, 0, 0
}

func (h *history) finish(e *end) { h.unended, h.remaining, h.flight = false, e.Pending, 0 }

// crashed counts what was in flight if the newest run has no end record.
func (h *history) crashed() {
	if h.unended && h.last != nil {
		h.paid[origin(h.last.Sandbox)].crashed += h.flight
		h.flight = 0
	}
}

func (h *history) commit(line []byte) error {
	var c commit
	if err := json.Unmarshal(line, &c); err != nil {
		return err
	}
	h.own(&c)
	return nil
}

func (h *history) own(c *commit) {
	if h.commits == nil {
		h.commits, h.owned = map[string]bool{}, map[string]bool{}
	}
	h.commits[c.SHA256] = true
	if c.InPlace {
		for _, name := range c.Columns {
			h.owned[name] = true
		}
	}
}

// goesOn reports whether a run with these settings continues the newest one, a fresh run that did not come to its end.
func (h *history) goesOn(s *Settings, sandbox bool) bool {
	m := h.last
	return m != nil && m.Fresh && m.Sandbox == sandbox && (h.unended || h.remaining > 0) && m.Settings.asksAs(s)
}

// madeBy reports whether a file with this hash is an output that this journal committed.
func (h *history) madeBy(sum [32]byte) bool { return h.commits[hex.EncodeToString(sum[:])] }

// has reports whether the journal already knows this output.
func (h *history) has(c *commit) bool {
	if !h.commits[c.SHA256] {
		return false
	}
	for _, name := range c.Columns {
		if c.InPlace && !h.owned[name] {
			return false
		}
	}
	return true
}
