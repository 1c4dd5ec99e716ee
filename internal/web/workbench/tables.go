// Package workbench shows the tables of a folder, each with any version of its answers.
package workbench

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// Workbench is the tables of a board. It is safe for concurrent use.
type Workbench struct {
	*board.Board
	views

	mu   sync.Mutex               // guards past
	past map[string]*journal.Runs // by the id of the table
}

const (
	tick = 200 * time.Millisecond // between two looks at rows that are being read
	idle = time.Minute            // after which rows are released that nobody looks at
)

// New returns the workbench of a board, which is closed with the board.
func New(b *board.Board) *Workbench {
	w := &Workbench{Board: b, past: map[string]*journal.Runs{}}
	b.Beside(func(ctx context.Context) {
		t := time.NewTicker(idle / 4)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				w.forget(idle)
			case <-ctx.Done():
				w.forget(-1)
				return
			}
		}
	})
	return w
}

// Listed is a table in the list.
type Listed struct {
	board.About
	Job  string      `json:"job"`  // the name of its job file; may be empty
	Run  *board.Info `json:"run"`  // its last run; nil if there is none
	Runs int         `json:"runs"` // of its journal, trials included
}

// List returns the tables of the folder, and runs whose table is elsewhere: first those with a run in progress, then the newest. Outputs of
// runs are left out. more reports that the list is not complete.
func (b *Workbench) List() (all []Listed, more bool) {
	files, more := b.Files()
	runs := map[string]*board.Info{}
	for _, i := range b.Runs() {
		runs[i.ID] = &i
	}
	listed := map[string]bool{}
	add := func(a board.About) {
		l := Listed{About: a, Run: runs[a.ID]}
		if s := b.Standing(a.ID); s != nil {
			l.Runs = s.Runs
		}
		listed[a.ID] = true
		all = append(all, l)
	}
	for _, f := range files {
		id := board.IDOf(spec.JournalPath(filepath.FromSlash(f.Name)))
		add(board.About{ID: id, Name: f.Name, Kind: board.TableKind, Format: f.Format, Size: f.Size, Modified: f.Modified})
	}
	for id, i := range runs {
		if listed[id] {
			continue
		}
		a := board.About{ID: id, Name: i.Name, Kind: board.TableKind, Modified: i.Started}
		if s := b.Standing(id); s != nil && s.Settings.Documents != nil {
			a.Kind, a.Format, a.Name = board.DocumentsKind, string(table.Documents), cmp.Or(b.DocumentsOf(&s.Settings), i.Name)
			listed[a.Name] = true
		}
		add(a)
	}
	for _, f := range b.Folders() {
		if !listed[f.Name] && !listed[f.ID] {
			add(f)
		}
	}
	names := board.Jobs{Board: b.Board}.Names()
	for i := range all {
		all[i].Job = names[all[i].Name]
	}
	slices.SortFunc(all, func(x, y Listed) int {
		live := func(l *Listed) int {
			if l.Run != nil && l.Run.Alive() {
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
		return cmp.Or(cmp.Compare(live(&x), live(&y)), last(&y).Compare(last(&x)), strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID))
	})
	if all == nil {
		all = []Listed{}
	}
	return all, more
}

// Opened is a table as its page opens it.
type Opened struct {
	board.About
	Spec     *board.Spec    `json:"spec"` // what the page starts with; nil for nothing
	Job      *board.JobFile `json:"job"`  // nil if there is none
	Versions []Version      `json:"versions"`
	Run      *board.Detail  `json:"run"` // nil if there is no run
	Model    string         `json:"model"`
	Writes   Writes         `json:"writes"`
}

// Writes says where a run with the spec writes.
type Writes struct {
	Output  string `json:"output"` // relative to the folder
	InPlace bool   `json:"in_place"`
}

// Version is what the completion columns of a table asked at some time. All runs with the same columns that read the table alike are one.
type Version struct {
	ID      string            `json:"id"`
	At      time.Time         `json:"at"`    // the start of its newest run
	Trial   bool              `json:"trial"` // there were only trials
	Runs    int               `json:"runs"`
	Run     int               `json:"run"` // the number of the run by which it is shown and saved, as reports have it
	Columns board.Columns     `json:"columns"`
	Options board.ReadOptions `json:"options"`
	Answers int               `json:"answers"` // about

	newest *journal.Manifest
}

// maxVersions is the largest number of versions that are listed.
const maxVersions = 50

// place is where a table and its journal are.
type place struct {
	board.About
	bench *Workbench
	rel   string // of the journal
	input string // the path of the table, or of the anchor of documents
}

// documents returns the documents that are the rows, nil for a table.
func (p *place) documents() []string {
	if p.Kind == board.TableKind {
		return nil
	}
	return []string{p.bench.PlaceOf(p.Name)}
}

// ErrNoTable reports that there is no such table.
var ErrNoTable = messages.Errorf("the table does not exist; it may have been moved or renamed")

// place finds a table.
func (b *Workbench) place(id string) (*place, error) {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	rel := filepath.FromSlash(string(raw))
	if err != nil || !filepath.IsLocal(rel) {
		return nil, ErrNoTable
	}
	p := &place{About: board.About{ID: id, Kind: board.TableKind}, bench: b, rel: rel}
	if s := b.Standing(id); s != nil && s.Input != "" {
		p.input, p.Name = s.Input, b.Below(s.Input)
		if s.Settings.Documents != nil {
			p.Kind, p.Name = board.DocumentsKind, cmp.Or(b.DocumentsOf(&s.Settings), p.Name)
		}
		if err := (&jobs.Job{Input: s.Input, Settings: s.Settings}).Within(b.Dir, false); err != nil {
			return nil, err
		}
		b.describe(p)
		return p, nil
	}
	if bare, ok := strings.CutSuffix(rel, spec.JournalPath("")); ok && bare != "" {
		if _, err := b.Stat(bare); err == nil {
			p.input, p.Name = filepath.Join(b.Dir, bare), filepath.ToSlash(bare)
			b.describe(p)
			return p, nil
		}
	}
	all, _ := b.List()
	i := slices.IndexFunc(all, func(l Listed) bool { return l.ID == id })
	if i < 0 {
		return nil, ErrNoTable
	}
	p.About, p.input = all[i].About, b.PlaceOf(all[i].Name)
	if p.Kind == board.DocumentsKind {
		p.input = b.AnchorOf(p.Name)
	}
	return p, nil
}

// describe fills in what the file of a table says.
func (b *Workbench) describe(p *place) {
	if p.Kind == board.DocumentsKind {
		p.Format = string(table.Documents)
		return
	}
	if f, ok := table.FormatOf(p.Name); ok {
		p.Format = string(f)
	}
	if info, err := b.Stat(p.Name); err == nil {
		p.Size, p.Modified = info.Size(), info.ModTime().UTC()
	}
}

// Table returns a table as its page opens it.
func (b *Workbench) Table(id string) (*Opened, error) {
	p, err := b.place(id)
	if err != nil {
		return nil, b.Plain(err)
	}
	o := &Opened{About: p.About, Versions: []Version{}, Model: b.Model, Job: board.Jobs{Board: b.Board}.Of(p.Name)}
	versions, err := p.versions()
	if err != nil {
		return nil, b.Plain(err)
	}
	if o.Run, err = b.Detail(id); err != nil && !errors.Is(err, board.ErrNoRun) {
		return nil, err
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
	case o.Job != nil && o.Job.Spec != nil && o.Job.Modified.After(ran):
		o.Spec = o.Job.Spec
	case v != nil:
		set := v.newest.Settings.Located(p.input)
		set.Rows, set.Where, set.Limit = "", nil, 0 // which rows a run asked is no part of what the next one asks
		o.Spec = board.SpecOf(b.Board, p.input, set, v.newest.Limits)
	}
	sp := cmp.Or(o.Spec, &board.Spec{Input: p.Name})
	set := sp.Settings(b.Board, p.input)
	o.Writes = Writes{Output: b.Below(set.Output), InPlace: set.InPlace}
	return o, nil
}

// Past returns the newest runs of a table, the newest first. more reports that there are older ones.
func (b *Workbench) Past(id string) (all []Ran, more bool, err error) {
	p, err := b.place(id)
	if err != nil {
		return nil, false, b.Plain(err)
	}
	runs, err := p.runs()
	if err != nil {
		return nil, false, b.Plain(err)
	}
	all = []Ran{}
	for i := len(runs) - 1; i >= max(0, len(runs)-maxRuns); i-- {
		all = append(all, ranOf(&runs[i], i+1))
	}
	if now, err := b.Run(id); err == nil && now.Alive() && len(all) > 0 && !now.Started.After(all[0].Started) {
		all[0].State, all[0].Ended = now.State, nil
	}
	return all, len(runs) > maxRuns, nil
}

// runs returns the runs of a table, the oldest first.
func (p *place) runs() ([]journal.RunOf, error) {
	switch err := p.bench.MayRead(p.rel); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	p.bench.mu.Lock()
	past := p.bench.past[p.ID]
	if past == nil {
		past = &journal.Runs{}
		p.bench.past[p.ID] = past
	}
	p.bench.mu.Unlock()
	return past.Refresh(filepath.Join(p.bench.Dir, p.rel))
}

// versions returns the versions of a table, the newest first.
func (p *place) versions() ([]Version, error) {
	runs, err := p.runs()
	if err != nil {
		return nil, err
	}
	var all []Version
	for n, r := range slices.Backward(runs) {
		id := versionOf(r.Manifest)
		i := slices.IndexFunc(all, func(v Version) bool { return v.ID == id })
		if i < 0 {
			if len(all) == maxVersions {
				continue
			}
			i = len(all)
			v := Version{ID: id, At: r.Started, Trial: true, Run: n + 1, Options: board.OptionsOf(&r.Settings.Options), newest: r.Manifest}
			for _, c := range r.Settings.All() {
				v.Columns = append(v.Columns, *c)
			}
			all = append(all, v)
		}
		v := &all[i]
		v.Runs++
		if !r.Preview && v.Trial {
			v.Trial, v.Run, v.newest = false, n+1, r.Manifest
		}
		v.Answers += r.Answers
	}
	for _, r := range runs { // answers that an earlier version has paid for count for each version that they fit
		tally := r.Tally()
		if tally == nil {
			continue
		}
		if i := slices.IndexFunc(all, func(v Version) bool { return v.ID == versionOf(r.Manifest) }); i >= 0 {
			all[i].Answers = max(all[i].Answers, tally.Completed)
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
