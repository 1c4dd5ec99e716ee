package board

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gigabatch/internal/io/rooted"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// The kinds of tables.
const (
	tableKind     = "table"
	documentsKind = "documents"
)

// About is what the list says of a table.
type About struct {
	ID       string    `json:"id"`   // also that of its runs
	Name     string    `json:"name"` // relative to the folder, with slashes
	Kind     string    `json:"kind"`
	Format   string    `json:"format"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// Listed is a table in the list.
type Listed struct {
	About
	Job  string `json:"job"`  // the name of its job file; may be empty
	Run  *Info  `json:"run"`  // its last run; nil if there is none
	Runs int    `json:"runs"` // of its journal, trials included
}

// Tables returns the tables of the folder, and runs whose table is elsewhere: first those with a run in progress, then the newest. Outputs of
// runs are left out. more reports that the list is not complete.
func (b *Board) Tables() (all []Listed, more bool) {
	files, more := b.Files()
	listed := map[string]bool{}
	add := func(a About) {
		l := Listed{About: a}
		b.mu.Lock()
		e := b.entries[a.ID]
		b.mu.Unlock()
		if e != nil {
			info := e.info()
			l.Run = &info
			if s := e.standing(); s != nil {
				l.Runs = s.Runs
			}
		}
		listed[a.ID] = true
		all = append(all, l)
	}
	for _, f := range files {
		add(About{idOf(spec.JournalPath(filepath.FromSlash(f.Name))), f.Name, tableKind, f.Format, f.Size, f.Modified})
	}
	for _, e := range b.all() {
		if listed[e.id] {
			continue
		}
		i := e.info()
		a := About{ID: e.id, Name: i.Name, Kind: tableKind, Modified: i.Started}
		if s := e.standing(); s != nil && s.Settings.Documents != nil {
			a.Kind, a.Format, a.Name = documentsKind, string(table.Documents), cmp.Or(b.documentsOf(&s.Settings), i.Name)
			listed[a.Name] = true
		}
		add(a)
	}
	for _, f := range b.documentFolders() {
		if !listed[f.Name] && !listed[f.ID] {
			add(f)
		}
	}
	jobs := b.jobNames()
	for i := range all {
		all[i].Job = jobs[all[i].Name]
	}
	slices.SortStableFunc(all, func(x, y Listed) int {
		live := func(l *Listed) int {
			if l.Run != nil && l.Run.alive() {
				return 0
			}
			return 1
		}
		last := func(l *Listed) time.Time {
			if l.Run != nil && l.Run.Started.After(l.Modified) {
				return l.Run.Started
			}
			return l.Modified
		}
		return cmp.Or(cmp.Compare(live(&x), live(&y)), last(&y).Compare(last(&x)), strings.Compare(x.Name, y.Name))
	})
	if all == nil {
		all = []Listed{}
	}
	return all, more
}

// documentsOf returns the name of the folder of documents that a run asks about, "" if it is not one folder of the folder.
func (o *folder) documentsOf(set *spec.Settings) string {
	if len(set.Documents) != 1 || !rooted.IsBelow(o.dir, set.Documents[0]) {
		return ""
	}
	if info, err := os.Stat(set.Documents[0]); err != nil || !info.IsDir() {
		return ""
	}
	return o.below(set.Documents[0])
}

// anchorOf returns the path in whose place a table with the documents of a folder would be: its journal lies beside it.
func (o *folder) anchorOf(documents string) string {
	return spec.OutputPath(o.placeOf(documents)+".csv", false)
}

// documentFolders returns the folders that have documents and no tables. Those below them belong to them.
func (b *Board) documentFolders() []About {
	type counted struct {
		documents, tables int
		size              int64
		modified          time.Time
	}
	found := map[string]*counted{}
	var order []string
	b.walk(false, func(rel string, d fs.DirEntry, _ error) {
		if d == nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") {
			return
		}
		dir := filepath.Dir(rel)
		c := found[dir]
		if c == nil {
			c = &counted{}
			found[dir] = c
			order = append(order, dir)
		}
		switch {
		case jobs.IsDocument(rel):
			if info, err := d.Info(); err == nil {
				c.documents++
				c.size += info.Size()
				if at := info.ModTime().UTC(); at.After(c.modified) {
					c.modified = at
				}
			}
		case table.IsTable(filepath.Join(b.Dir, rel)):
			c.tables++
		}
	})
	slices.Sort(order)
	var all []About
	for _, dir := range order {
		within := func(a About) bool { return strings.HasPrefix(filepath.ToSlash(dir), a.Name+"/") }
		if c := found[dir]; dir != "." && c.documents > 0 && c.tables == 0 && !slices.ContainsFunc(all, within) && len(all) < maxFiles {
			id := idOf(spec.JournalPath(b.below(b.anchorOf(filepath.ToSlash(dir)))))
			all = append(all, About{id, filepath.ToSlash(dir), documentsKind, string(table.Documents), c.size, c.modified})
		}
	}
	return all
}

// jobNames returns the names of the job files of the folder by their tables.
func (b *Board) jobNames() map[string]string {
	all := map[string]string{}
	n := 0
	b.walk(false, func(rel string, d fs.DirEntry, _ error) {
		ext := strings.ToLower(filepath.Ext(rel))
		if d == nil || !d.Type().IsRegular() || ext != ".yaml" && ext != ".yml" || n == maxJobFiles {
			return
		}
		n++
		if name := b.inputs.of(b, filepath.Join(b.Dir, rel)); name != "" && all[name] == "" {
			all[name] = filepath.ToSlash(rel)
		}
	})
	return all
}

// Opened is a table as its page opens it.
type Opened struct {
	About
	Spec     *Spec     `json:"spec"` // what the page starts with; nil for nothing
	Job      *JobFile  `json:"job"`  // nil if there is none
	Versions []Version `json:"versions"`
	Run      *Detail   `json:"run"` // nil if there is no run
	Model    string    `json:"model"`
	Writes   Writes    `json:"writes"`
}

// Writes says where a run with the spec writes.
type Writes struct {
	Output  string `json:"output"` // relative to the folder
	InPlace bool   `json:"in_place"`
}

// Version is what the completion columns of a table asked at some time. All runs with the same columns that read the table alike are one.
type Version struct {
	ID      string      `json:"id"`
	At      time.Time   `json:"at"`    // the start of its newest run
	Trial   bool        `json:"trial"` // there were only trials
	Runs    int         `json:"runs"`
	Columns Columns     `json:"columns"`
	Options ReadOptions `json:"options"`
	Answers int         `json:"answers"` // about

	newest *journal.Manifest
	limits task.Limits
}

// maxVersions is the largest number of versions that are listed.
const maxVersions = 50

// place is where a table and its journal are.
type place struct {
	About
	rel   string // of the journal
	input string // the path of the table, or of the anchor of documents
	entry *entry // nil if there is no journal, nor a run
}

// documents returns the documents that are the rows, nil for a table.
func (p *place) documents(b *Board) []string {
	if p.Kind == tableKind {
		return nil
	}
	return []string{b.placeOf(p.Name)}
}

// ErrNoTable reports that there is no such table.
var ErrNoTable = messages.Errorf("the table does not exist; it may have been moved or renamed")

// place finds a table.
func (b *Board) place(id string) (*place, error) {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	rel := filepath.FromSlash(string(raw))
	if err != nil || !filepath.IsLocal(rel) {
		return nil, ErrNoTable
	}
	p := &place{About: About{ID: id, Kind: tableKind}, rel: rel}
	b.mu.Lock()
	p.entry = b.entries[id]
	b.mu.Unlock()
	bare, ok := strings.CutSuffix(rel, journalSuffix)
	if p.entry != nil {
		if s := p.entry.standing(); s != nil && s.Input != "" {
			p.input, p.Name = s.Input, b.below(s.Input)
			if s.Settings.Documents != nil {
				p.Kind, p.Name = documentsKind, cmp.Or(b.documentsOf(&s.Settings), p.Name)
			}
			if err := (&jobs.Job{Input: s.Input, Settings: s.Settings}).Within(b.Dir, false); err != nil {
				return nil, err
			}
			b.describe(p)
			return p, nil
		}
	}
	switch _, err := b.root.Stat(bare); {
	case ok && err == nil && bare != "":
		p.input, p.Name = filepath.Join(b.Dir, bare), filepath.ToSlash(bare)
		b.describe(p)
		return p, nil
	case p.entry != nil && p.entry.closed != nil:
		return nil, p.entry.readable()
	}
	files, _ := b.Tables()
	i := slices.IndexFunc(files, func(l Listed) bool { return l.ID == id })
	if i < 0 {
		return nil, ErrNoTable
	}
	p.About, p.input = files[i].About, b.placeOf(files[i].Name)
	if p.Kind == documentsKind {
		p.input = b.anchorOf(p.Name)
	}
	return p, nil
}

// describe fills in what the file of a table says.
func (b *Board) describe(p *place) {
	if p.Kind == documentsKind {
		p.Format = string(table.Documents)
		return
	}
	if f, ok := table.FormatOf(p.Name); ok {
		p.Format = string(f)
	}
	if info, err := b.root.Stat(p.Name); err == nil {
		p.Size, p.Modified = info.Size(), info.ModTime().UTC()
	}
}

// Table returns a table as its page opens it.
func (b *Board) Table(id string) (*Opened, error) {
	p, err := b.place(id)
	if err != nil {
		return nil, b.plain(err)
	}
	o := &Opened{About: p.About, Versions: []Version{}, Model: b.Model, Job: b.jobOf(p.Name)}
	versions, err := p.versions()
	if err != nil && (p.entry == nil || p.entry.standing() != nil) {
		return nil, b.plain(err)
	}
	if p.entry != nil {
		if o.Run, err = p.entry.detail(); err != nil {
			return nil, b.plain(err)
		}
	}
	o.Versions = append(o.Versions, versions...)
	newest := func(trial bool) *Version {
		i := slices.IndexFunc(versions, func(v Version) bool { return v.Trial == trial })
		if i < 0 {
			return nil
		}
		return &versions[i]
	}
	var ran time.Time
	if len(versions) > 0 {
		ran = versions[0].At
	}
	v := cmp.Or(newest(false), newest(true))
	switch {
	case o.Job != nil && o.Job.spec != nil && o.Job.modified.After(ran):
		o.Spec = o.Job.spec
	case v != nil:
		o.Spec = b.specOf(p.input, v.newest.Settings.Located(p.input), v.newest.Limits)
	}
	sp := cmp.Or(o.Spec, &Spec{Input: p.Name})
	set := sp.settings(b, p.input)
	o.Writes = Writes{Output: b.below(set.Output), InPlace: set.InPlace}
	return o, nil
}

// versions returns the versions of a table, the newest first.
func (p *place) versions() ([]Version, error) {
	e := p.entry
	if e == nil || e.closed != nil || errors.Is(e.board.mayRead(e.rel), fs.ErrNotExist) {
		return nil, nil
	}
	if err := e.board.mayRead(e.rel); err != nil {
		return nil, err
	}
	runs, err := e.past.Refresh(e.journal())
	if err != nil {
		return nil, err
	}
	var all []Version
	for _, r := range slices.Backward(runs) {
		id := versionOf(r.Manifest)
		i := slices.IndexFunc(all, func(v Version) bool { return v.ID == id })
		if i < 0 {
			if len(all) == maxVersions {
				continue
			}
			i = len(all)
			v := Version{ID: id, At: r.Started, Trial: true, Options: readOptions(&r.Settings.Options), newest: r.Manifest}
			for _, c := range r.Settings.All() {
				v.Columns = append(v.Columns, *c)
			}
			all = append(all, v)
		}
		v := &all[i]
		v.Runs++
		if !r.Preview && v.Trial {
			v.Trial, v.newest = false, r.Manifest
		}
		v.Answers += r.Answers
	}
	for _, r := range runs { // answers that an earlier version has paid for count for each version that they fit
		if r.Tally == nil {
			continue
		}
		if i := slices.IndexFunc(all, func(v Version) bool { return v.ID == versionOf(r.Manifest) }); i >= 0 {
			all[i].Answers = max(all[i].Answers, r.Tally.Completed)
		}
	}
	return all, nil
}

// versionOf identifies what a run asks: its columns, how it reads the table, and whether a sandbox answers.
func versionOf(m *journal.Manifest) string {
	o := m.Settings.Options
	o.CSVDialect, o.FormulaGuardOff = "", false
	text, err := json.Marshal(struct {
		Columns string
		Options table.Options
		Sandbox bool
	}{m.Settings.Definition(), o, m.Sandbox})
	if err != nil {
		panic(err) // options are as simple as the JSON they came from
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
