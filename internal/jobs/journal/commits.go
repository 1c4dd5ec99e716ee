package journal

import (
	"encoding/hex"
	"encoding/json"
	"slices"
)

// commits is what the records of outputs tell.
type commits struct {
	hashes  map[string][]string        // by name of the output: of the newest to become visible, and of the one before it
	newest  map[string]*Commit         // by name of the output
	longs   map[string]string          // by name of the output: the newest file of texts that were too long for it
	origins map[string]int             // by hash: who answered what stands there
	owned   map[string]map[string]bool // the sheets of the input on which we made a column of that name; "" where there are none
	placed  int64                      // where the newest commit of an output in place stands: what stands before it was in the input then
}

func (h *commits) commit(line []byte, off int64) error {
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

func (h *commits) own(c *Commit) {
	if h.hashes == nil {
		h.hashes, h.origins, h.owned = map[string][]string{}, map[string]int{}, map[string]map[string]bool{}
		h.newest, h.longs = map[string]*Commit{}, map[string]string{}
	}
	before := h.hashes[c.Output]
	if !h.isLast(c) {
		before = append(before, c.SHA256)
	}
	h.hashes[c.Output] = before[max(0, len(before)-2):]
	h.origins[c.SHA256] = origin(c.Sandbox)
	h.newest[c.Output] = c
	if c.LongOf != "" {
		h.longs[c.LongOf] = c.Output
	}
	if c.InPlace {
		h.ownColumns(c)
	}
}

func (h *commits) ownColumns(c *Commit) {
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
func (h *commits) owns(name string, sheets []string) bool {
	for _, sheet := range sheets {
		if !h.owned[name][sheet] {
			return false
		}
	}
	return true
}

// isLast reports whether the newest output of that name is this one.
func (h *commits) isLast(c *Commit) bool {
	hashes := h.hashes[c.Output]
	return len(hashes) > 0 && hashes[len(hashes)-1] == c.SHA256
}

// made reports whether a file with this hash is the output of that name that was committed last, or the one before.
func (h *commits) made(output string, sum [32]byte) bool {
	return slices.Contains(h.hashes[output], hex.EncodeToString(sum[:]))
}

// has reports whether the journal already knows that this output is its last.
func (h *commits) has(c *Commit) bool {
	if !h.isLast(c) || h.origins[c.SHA256] != origin(c.Sandbox) {
		return false
	}
	if last := h.newest[c.Output]; last.Sheet != c.Sheet || last.AllSheets != c.AllSheets {
		return false
	}
	for _, name := range c.Columns {
		if c.InPlace && !h.owns(name, c.sheets()) {
			return false
		}
	}
	return true
}
