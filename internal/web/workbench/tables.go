// Package workbench shows the tables of a folder, each with any version of its answers.
package workbench

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
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
	Spec     *board.Spec         `json:"spec"` // what the page starts with; nil for nothing
	Job      *board.JobFile      `json:"job"`  // nil if there is none
	Versions []Version           `json:"versions"`
	Shown    string              `json:"shown"`   // the version that somebody has gone back to; "" is the usual one
	Folder   string              `json:"folder"`  // tells the folder of the table from others
	Written  map[string][]string `json:"written"` // the versions of the columns that each output has, by its name
	Run      *board.Detail       `json:"run"`     // nil if there is no run
	Model    string              `json:"model"`
	Writes   Writes              `json:"writes"`
}

// Writes says where a run with the spec writes.
type Writes struct {
	Output  string `json:"output"` // relative to the folder
	InPlace bool   `json:"in_place"`
}

// Version is what the completion columns of a table asked at some time. All runs with the same columns that read the table alike are one.
type Version struct {
	ID      string            `json:"id"`    // those of its columns, joined; any columns that read the table alike can be shown together
	At      time.Time         `json:"at"`    // the start of its newest run
	Trial   bool              `json:"trial"` // there were only trials
	Runs    int               `json:"runs"`
	Run     int               `json:"run"` // the number of the run by which it is shown and saved, as reports have it
	Columns board.Columns     `json:"columns"`
	Asked   []Asked           `json:"asked"` // parallel to the columns
	Options board.ReadOptions `json:"options"`
	Sandbox bool              `json:"sandbox"` // its answers are those of a sandbox

	newest *journal.Manifest
}

// Asked is a version of one completion column: its prompt and its settings. It is the same in all runs that asked this, whatever they asked in
// other columns.
type Asked struct {
	ID      string `json:"id"`
	First   int    `json:"first"`   // the number of the first run that asked it, by which the versions of a column are numbered
	Answers int    `json:"answers"` // about
	Edited  int    `json:"edited"`  // by hand, of the answers; edits of older programs, which do not say of what they are, are left out
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
	if err := p.edited(versions); err != nil {
		return nil, b.Plain(err)
	}
	o.Versions, o.Shown, o.Written, o.Folder = append(o.Versions, versions...), p.kept(versions), p.written(), task.KeyOf([]byte(p.bench.Dir)).String()
	var ran time.Time
	if len(versions) > 0 {
		ran = versions[0].At
	}
	of := func(m *journal.Manifest) *board.Spec {
		set := m.Settings.Located(p.input)
		set.Rows, set.Where, set.Limit = "", nil, 0 // which rows a run asked is no part of what the next one asks
		return board.SpecOf(b.Board, p.input, set, m.Limits)
	}
	v := usual(versions)
	switch {
	case o.Shown != "":
		m, _, err := find(versions, o.Shown)
		if err != nil {
			return nil, err
		}
		o.Spec = of(&m)
	case o.Job != nil && o.Job.Spec != nil && o.Job.Modified.After(ran):
		o.Spec = o.Job.Spec
	case v != nil:
		o.Spec = of(v.newest)
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
	answers, first := answersOfRuns(runs), map[string]int{}
	for n, r := range slices.Backward(runs) {
		for _, id := range r.Settings.Asks(r.Sandbox) {
			first[id] = n + 1
		}
	}
	for n, r := range slices.Backward(runs) {
		ids := r.Settings.Asks(r.Sandbox)
		id := strings.Join(ids, joint)
		i := slices.IndexFunc(all, func(v Version) bool { return v.ID == id })
		if i < 0 {
			if len(all) == maxVersions {
				continue
			}
			i = len(all)
			v := Version{
				ID: id, At: r.Started, Trial: true, Run: n + 1, Options: board.OptionsOf(&r.Settings.Options), Sandbox: r.Sandbox, newest: r.Manifest,
			}
			for k, c := range r.Settings.All() {
				v.Columns = append(v.Columns, *c)
				v.Asked = append(v.Asked, Asked{ID: ids[k], First: first[ids[k]], Answers: answers[ids[k]]})
			}
			all = append(all, v)
		}
		v := &all[i]
		v.Runs++
		if !r.Preview && v.Trial {
			v.Trial, v.Run, v.newest = false, n+1, r.Manifest
		}
	}
	return all, nil
}

// answersOfRuns returns how many answers each version of a column has, by its ID, about: the most that a run had at its end, or those that
// runs without such an end have brought. Journals do not say of which column a result is, so these are divided among the columns that a run
// was the first to ask.
func answersOfRuns(runs []journal.RunOf) map[string]int {
	answers := map[string]int{}
	for i := range runs {
		r := &runs[i]
		ids, tally := r.Settings.Asks(r.Sandbox), r.Tally()
		if tally != nil {
			for k, id := range ids {
				n := tally.Completed
				if k < len(tally.Columns) {
					n = tally.Columns[k].Completed
				}
				answers[id] = max(answers[id], n)
			}
			continue
		}
		first := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return answers[id] > 0 })
		if len(first) == 0 {
			first = ids
		}
		for k, id := range first {
			answers[id] += (r.Answers + k) / len(first)
		}
	}
	return answers
}

// joint is between the IDs of the columns of a version.
const joint = "."

// find returns the version with an ID, "" for the newest. The columns of several versions can be shown together, if they read the table alike:
// such a version was never asked as a whole, so it is written by the newest run that asked one of its columns, and written is what that writes.
func find(versions []Version, id string) (m journal.Manifest, written board.Shown, err error) {
	if id == "" && len(versions) > 0 {
		id = versions[0].ID
	}
	if i := slices.IndexFunc(versions, func(v Version) bool { return v.ID == id }); i >= 0 {
		return *versions[i].newest, board.Shown{Run: versions[i].Run}, nil
	}
	newest := len(versions)
	epoch := int64(math.MaxInt64)
	for _, one := range strings.Split(id, joint) {
		at := -1
		i := slices.IndexFunc(versions, func(v Version) bool {
			at = slices.IndexFunc(v.Asked, func(a Asked) bool { return a.ID == one })
			return at >= 0
		})
		if i < 0 {
			return m, written, ErrNoVersion
		}
		v := &versions[i]
		if len(written.Columns) > 0 && (v.Options != versions[newest].Options || v.newest.Sandbox != versions[newest].newest.Sandbox) {
			return m, written, ErrNoVersion
		}
		newest, epoch = min(newest, i), min(epoch, v.newest.Epoch)
		written.Columns = append(written.Columns, v.Columns[at])
	}
	m, written.Run = *versions[newest].newest, versions[newest].Run
	m.Epoch, written.Epoch = epoch, &epoch // an answer before --fresh counts if nothing has replaced it
	written.Change(&m.Settings)
	return m, written, nil
}

// Shown returns what a version of a table shows, "" for the newest one.
func (b *Workbench) Shown(id, version string) (board.Shown, error) {
	p, err := b.place(id)
	if err != nil {
		return board.Shown{}, b.Plain(err)
	}
	versions, err := p.versions()
	if err != nil || len(versions) == 0 {
		return board.Shown{}, b.Plain(err)
	}
	_, written, err := find(versions, version)
	return written, err
}

// Keep makes a version the one that a table shows from now on, in every tab and after a restart, until a run over the table asks another; "" is
// the usual one. It returns the version that is shown.
func (b *Workbench) Keep(id, version string) (string, error) {
	p, err := b.place(id)
	if err != nil {
		return "", b.Plain(err)
	}
	versions, err := p.versions()
	if err != nil {
		return "", b.Plain(err)
	}
	if v := usual(versions); v == nil || version == v.ID {
		version = ""
	}
	c := board.Choice{Version: version}
	if version != "" {
		if _, _, err := find(versions, version); err != nil {
			return "", err
		}
		if c.Runs, err = p.whole(); err != nil {
			return "", b.Plain(err)
		}
	}
	return version, b.Plain(board.Choices{Board: b.Board}.Set(p.rel, c))
}
