package workbench

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/rows"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/messages"
	"gigabatch/internal/web/board"
)

// Reading says what is shown of a table.
type Reading struct {
	Options *board.ReadOptions `json:"options"` // how the table is read; nil is as the version reads it
	Version string             `json:"version"` // its answers; "" is the newest version, none is the table alone
	Was     string             `json:"was"`     // the version that is compared with; "" is none
	Query   rows.Query         `json:"query"`
}

// none is the version of a table without answers.
const none = "none"

// views are the open views of tables. It is safe for concurrent use.
type views struct {
	mu   sync.Mutex // guards all below, and the fields of the views but the first three
	open map[string]*view
}

// view is what is shown of a table.
type view struct {
	*rows.View
	set     spec.Settings // by which it reads
	table   string        // the id of what it is a view of
	key     string
	users   int
	used    time.Time
	version string // "" if it is bare
	looked
}

// looked is the beginning of a table, and the file that it was read from.
type looked struct {
	look *jobs.Look
	of   fs.FileInfo
}

// lookRows is the number of first rows from which a column is judged.
const lookRows = 50

// maxViews is the number of views that are kept open without being used.
const maxViews = 8

// use returns an open view for a key, which open opens if there is none. The caller releases it.
func (o *views) use(key string, open func() (*view, error)) (*view, error) {
	if v := o.known(key); v != nil {
		return v, nil
	}
	made, err := open() // takes long if the journal is large
	if err != nil {
		return nil, err
	}
	made.key = key
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == nil {
		o.open = map[string]*view{}
	}
	if v := o.open[key]; v != nil { // somebody was faster
		go made.Close()
		v.users++
		return v, nil
	}
	o.open[key] = made
	made.users, made.used = 1, time.Now()
	o.shrink()
	return made, nil
}

// known returns the open view of a key, nil if there is none. The caller releases it.
func (o *views) known(key string) *view {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := o.open[key]
	if v != nil {
		v.users++
		v.used = time.Now()
	}
	return v
}

// of returns an open view of a table, nil if there is none. It may be closed at any time.
func (o *views) of(table string) *rows.View {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, v := range o.open {
		if v.table == table {
			return v.View
		}
	}
	return nil
}

func (o *views) release(v *view) {
	if v == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	v.users--
	v.used = time.Now()
}

// shrink closes the views that were not used for the longest time if there are too many. The caller holds mu.
func (o *views) shrink() {
	for len(o.open) > maxViews {
		var oldest *view
		for _, v := range o.open {
			if v.users == 0 && (oldest == nil || v.used.Before(oldest.used)) {
				oldest = v
			}
		}
		if oldest == nil {
			return
		}
		delete(o.open, oldest.key)
		go oldest.Close() // waits for what it reads
	}
}

// forget closes the views that nobody has used for a while.
func (o *views) forget(unused time.Duration) {
	o.mu.Lock()
	var old []*view
	for key, v := range o.open {
		if v.users == 0 && time.Since(v.used) > unused {
			old = append(old, v)
			delete(o.open, key)
		}
	}
	o.mu.Unlock()
	for _, v := range old {
		v.Close()
	}
}

// shown is a table as a request wants it.
type shown struct {
	*view
	place *place
	was   *view // nil if nothing is compared with
	views *views

	problem error // why the version is not shown; nil if it is
}

func (s *shown) Close() {
	s.views.release(s.view)
	s.views.release(s.was)
}

// query is the query of a request.
func (s *shown) query(r *Reading) rows.Query {
	q := r.Query
	if s.was != nil {
		q.Was = s.was.View
	}
	return q
}

// ErrNoVersion reports that a table has no such version.
var ErrNoVersion = messages.Errorf("the table has no such version; reload the page")

// show opens what a request wants to see of a table. A version that cannot be shown with the table as it is read now leaves the table
// alone; problem says why. The caller closes it.
func show(b *Workbench, id string, r *Reading) (*shown, error) {
	p, err := b.place(id)
	if err != nil {
		return nil, b.Plain(err)
	}
	versions, err := p.versions()
	if err != nil {
		return nil, b.Plain(err)
	}
	s := &shown{place: p, views: &b.views}
	if s.view, err = p.view(versions, r.Version, r.Options); err != nil {
		return nil, b.Plain(err)
	}
	if _, _, err := s.Known(); err != nil {
		if s.version == "" {
			s.Close()
			return nil, b.Plain(err)
		}
		b.release(s.view)
		s.problem = b.Plain(err)
		if s.view, err = p.bare(s.set); err != nil {
			return nil, b.Plain(err)
		}
	}
	if r.Was != "" && r.Was != none {
		if s.was, err = p.view(versions, r.Was, r.Options); err != nil {
			s.Close()
			return nil, b.Plain(err)
		}
	}
	return s, nil
}

// with calls do with what a request wants to see of a table, again if the version turns out meanwhile to be one that cannot be shown.
func with[T any](b *Workbench, id string, r *Reading, do func(*shown) (T, error)) (answer T, err error) {
	for range 2 {
		s, err := show(b, id, r)
		if err != nil {
			return answer, err
		}
		answer, err = do(s)
		_, _, broken := s.Known()
		s.Close()
		if err == nil || broken == nil || s.version == "" {
			return answer, b.Plain(err)
		}
	}
	return answer, b.Plain(err)
}

// view returns the view of a version of a table.
func (p *place) view(versions []Version, version string, options *board.ReadOptions) (*view, error) {
	if version == "" && len(versions) > 0 {
		version = versions[0].ID
	}
	if version == "" || version == none {
		set := spec.Settings{Options: table.Options{Documents: p.documents()}}
		if len(versions) > 0 {
			set.Options = versions[0].newest.Settings.Located(p.input).Options
		}
		if options != nil {
			set.Options = options.Of(set.Options)
		}
		return p.bare(set)
	}
	m, _, err := find(versions, version)
	if err != nil {
		return nil, err
	}
	if m.Settings.Selection = (spec.Selection{}); options != nil && *options != board.OptionsOf(&m.Settings.Options) {
		m.Settings.Options, m.Found = options.Of(m.Settings.Options), nil
	}
	return p.viewOf(&m, version)
}

// bare returns the view of a table alone.
func (p *place) bare(set spec.Settings) (*view, error) {
	m := &journal.Manifest{
		Input: filepath.Base(p.input), Place: spec.PlaceFrom(filepath.Join(p.bench.Dir, p.rel), p.input), Sandbox: p.bench.IsSandbox(),
		Reading: spec.ReadingVersion,
		Settings: spec.Settings{
			Options: set.Options, Column: spec.Column{CompletionColumn: spec.DefaultCompletionColumn}, OutputColumns: spec.DefaultOutputColumns,
		},
	}
	return p.viewOf(m, "")
}

func (p *place) viewOf(m *journal.Manifest, version string) (*view, error) {
	key, err := json.Marshal([]any{p.ID, version, m.Settings.Options, m.Epoch, m.Sandbox})
	if err != nil {
		return nil, err
	}
	b := p.bench
	if err := b.MayRead(p.rel); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return b.use(string(key), func() (*view, error) {
		of := rows.Of{Journal: filepath.Join(b.Dir, p.rel), Dir: b.Dir, Manifest: m, Bare: version == "", Beside: b.views.of(p.ID)}
		v, err := rows.OpenOf(of)
		if err != nil {
			return nil, err
		}
		return &view{View: v, set: m.Settings.Located(p.input), table: p.ID, version: version}, nil
	})
}

// lookAt returns the beginning of the table, which is read again if the file has changed.
func (s *shown) lookAt(ctx context.Context) (*jobs.Look, error) {
	b := s.place.bench
	info, _ := b.Stat(b.NameOf(s.place.input))
	b.views.mu.Lock()
	was := s.looked
	b.views.mu.Unlock()
	if was.look != nil && info != nil && was.of != nil && info.Size() == was.of.Size() && info.ModTime().Equal(was.of.ModTime()) {
		return was.look, nil
	}
	set := s.set
	set.Column, set.Columns = spec.Column{CompletionColumn: spec.DefaultCompletionColumn}, nil
	set.OutputColumns, set.Output, set.InPlace = spec.DefaultOutputColumns, spec.OutputPath(s.place.input, false), false
	look, err := jobs.LookAt(ctx, &jobs.Job{Input: s.place.input, Journal: s.place.input + spec.JournalPath(".none"), Settings: set}, lookRows)
	if err != nil {
		return nil, err
	}
	b.views.mu.Lock()
	defer b.views.mu.Unlock()
	s.looked = looked{look, info}
	return look, nil
}
