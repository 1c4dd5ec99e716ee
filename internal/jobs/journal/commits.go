package journal

import "slices"

// commits is what the journal knows about the committed outputs.
type commits struct {
	hashes    map[string][]string        // by name of the output: of its newest version, and of the one before
	newest    map[string]*Commit         // by name of the output
	before    map[string]*Commit         // by name of the output: of the version before the newest
	longs     map[string]string          // by name of the output: the newest file of texts too long for it
	origins   map[string]int             // by hash of the output: the origin of its completions
	owned     map[string]map[string]bool // by name of a column: the sheets of the input on which we created it, "" for a file without sheets
	named     map[string]bool            // the columns of all outputs
	written   int64                      // offset of the newest commit of an output, in place or not
	placed    int64                      // offset of the newest commit of an output in place: the input contained the results before it
	writtenBy *Manifest                  // of the run that made it
	placedBy  *Manifest                  // of the run that made it
}

func (m *commits) add(c *Commit) {
	if m.hashes == nil {
		m.hashes, m.origins, m.owned = map[string][]string{}, map[string]int{}, map[string]map[string]bool{}
		m.newest, m.before, m.longs, m.named = map[string]*Commit{}, map[string]*Commit{}, map[string]string{}, map[string]bool{}
	}
	before := m.hashes[c.Output]
	if !m.isLast(c) {
		before = append(before, c.SHA256)
		m.before[c.Output] = m.newest[c.Output]
	}
	m.hashes[c.Output] = before[max(0, len(before)-2):]
	m.origins[c.SHA256] = origin(c.Sandbox)
	m.newest[c.Output] = c
	for _, name := range c.Columns {
		m.named[name] = true
	}
	if c.LongOf != "" {
		m.longs[c.LongOf] = c.Output
	}
	if !c.InPlace {
		return
	}
	for _, name := range c.Columns {
		if m.owned[name] == nil {
			m.owned[name] = map[string]bool{}
		}
		for _, sheet := range c.sheets() {
			m.owned[name][sheet] = true
		}
	}
}

// owns reports whether we created a column on each of the sheets.
func (m *commits) owns(name string, sheets []string) bool {
	for _, sheet := range sheets {
		if !m.owned[name][sheet] {
			return false
		}
	}
	return true
}

// isLast reports whether c is the newest version of its output.
func (m *commits) isLast(c *Commit) bool {
	hashes := m.hashes[c.Output]
	return len(hashes) > 0 && hashes[len(hashes)-1] == c.SHA256
}

// has reports whether a record of c, with completions of a run, would add nothing.
func (m *commits) has(c *Commit, by *Manifest) bool {
	if !m.isLast(c) || m.origins[c.SHA256] != origin(c.Sandbox) {
		return false
	}
	last := m.newest[c.Output]
	if last.Sheet != c.Sheet || last.AllSheets != c.AllSheets || last.Edits != c.Edits || !slices.Equal(last.By.asks(), by.asks()) {
		return false
	}
	for _, name := range c.Columns {
		if c.InPlace && !m.owns(name, c.sheets()) {
			return false
		}
	}
	return true
}
