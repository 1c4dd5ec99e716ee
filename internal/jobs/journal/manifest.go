package journal

import (
	"cmp"
	"path/filepath"
	"reflect"
	"time"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// journalFormat is the format version that this program writes. It reads this version and older ones.
const journalFormat = 1

// Manifest is the record that starts a run.
type Manifest struct {
	Key     string    `json:"key"`
	State   string    `json:"state"`
	Sandbox bool      `json:"sandbox,omitempty"`
	Format  int       `json:"format"`
	Version string    `json:"version,omitempty"`
	Reading int       `json:"reading,omitempty"` // spec.ReadingVersion of the program
	Started time.Time `json:"started"`
	Again
	Input    string        `json:"input"`           // its name
	Place    string        `json:"place,omitempty"` // its path relative to the folder of the journal; "" if it is in that folder
	Settings spec.Settings `json:"settings"`
	Found    []table.Found `json:"found,omitempty"` // of the input
	Preview  bool          `json:"preview,omitempty"`
	Off      int64         `json:"-"` // where the record begins, if it was read from a journal
	Terms
}

// Again is what a fresh run asks again.
type Again struct {
	Fresh bool  `json:"fresh,omitempty"` // every task is completed again: results before Epoch do not count
	Epoch int64 `json:"epoch,omitempty"`
}

// Terms define a run together with its settings. Journals of older releases do not have them. A fresh run continues an interrupted one if
// their settings are equal; terms are not compared.
type Terms struct {
	Limits      task.Limits `json:"limits,omitzero"`
	RetryFailed bool        `json:"retry_failed,omitempty"`
	Replaces    string      `json:"replaces,omitempty"` // hash of the file that the run may replace
	Rows        *task.Tally `json:"rows,omitempty"`     // at the start of the run
	Shards
}

// Shards say how a run belongs to shards.
type Shards struct {
	Content string `json:"content,omitempty"` // of a shard: the hash of the requests of all shards
	Merges  int    `json:"merges,omitempty"`  // of the run that merges the journals of shards: how many there are
}

// place returns what identifies the input among those of a journal.
func (m *Manifest) place() string { return filepath.ToSlash(cmp.Or(m.Place, m.Input)) }

// Equal reports whether runs by m and n differ at most in their time and their terms. m may be nil.
func (m *Manifest) Equal(n *Manifest) bool {
	return m != nil && m.Sandbox == n.Sandbox && m.Reading == n.Reading && m.Epoch == n.Epoch && m.Preview == n.Preview && m.Content == n.Content &&
		reflect.DeepEqual(m.Settings, n.Settings) && reflect.DeepEqual(m.Found, n.Found)
}

// End is the record of a run that ended regularly, even if it was interrupted.
type End struct {
	Key     string        `json:"key"`
	State   string        `json:"state"`
	Sandbox bool          `json:"sandbox,omitempty"`
	Pending int           `json:"pending"` // rows left to be continued
	Ended   time.Time     `json:"ended"`
	Error   string        `json:"error,omitempty"`     // English message of what ended the run early
	Limit   bool          `json:"limit,omitempty"`     // that was a budget or a time that the user set
	Code    *int          `json:"exit_code,omitempty"` // by the rules of the user; nil for the usual one
	Again   int64         `json:"again,omitempty"`     // what failed for a temporary cause before this offset is pending after an outage
	Summary *task.Summary `json:"summary,omitempty"`   // if the output was written
	Spent   cost.Spent    `json:"spent,omitzero"`      // without a summary: after a preview or an error
}

// RunState returns how the run ended, which was no preview.
func (e *End) RunState() task.RunState {
	switch s := e.Summary; {
	case e.Pending > 0 && e.Limit:
		return task.RunLimited
	case e.Pending > 0 && e.Error != "":
		return task.RunFailed
	case e.Pending > 0 && s != nil && !s.Interrupted && s.Batched.Open > 0:
		return task.RunWaiting
	case e.Pending > 0 && (s == nil || !s.Growing):
		return task.RunInterrupted
	}
	return task.RunCompleted // rows that came during the run are left to the next one
}

// Unsent is the record of a run that an error ended before it sent anything, apart from its canary. Such a run has no manifest, so that it does not replace the
// definition of the last run, and changes nothing else that the journal says of that.
type Unsent struct {
	Key     string    `json:"key"`
	State   string    `json:"state"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Error   string    `json:"error"` // in English
}

// flight means that up to N requests may be in flight from now on, that it is known what came of N of a killed run, or that an attempt for Key was
// sent completely but got no complete response, so it may have been billed.
type flight struct {
	Key     string    `json:"key"`
	State   string    `json:"state"`
	Sandbox bool      `json:"sandbox,omitempty"`
	N       int       `json:"n,omitempty"`
	At      time.Time `json:"at,omitzero"` // of one that was lost
}

// Canary means that a random sample of a definition of the columns has passed.
type Canary struct {
	Key        string    `json:"key"`
	State      string    `json:"state"`
	Sandbox    bool      `json:"sandbox,omitempty"`
	Definition string    `json:"definition"`
	Seed       uint64    `json:"seed"`
	Rows       int       `json:"rows"`
	Failed     int       `json:"failed"`
	At         time.Time `json:"at"`
}

// link means that the task To follows the task Key: its completion takes the place of that of Key, if it has one.
type link struct {
	Key     string `json:"key"`
	State   string `json:"state"`
	Sandbox bool   `json:"sandbox,omitempty"`
	To      string `json:"to"`
}

// asks is spec.Settings.Asks, nil for no run.
func (m *Manifest) asks() []string {
	if m == nil {
		return nil
	}
	return m.Settings.Asks(m.Sandbox)
}

// Commit means that an output with this hash is about to become visible, and lists its columns that are ours.
type Commit struct {
	Key     string   `json:"key"`
	State   string   `json:"state"`
	Sandbox bool     `json:"sandbox,omitempty"`
	Output  string   `json:"output"`
	SHA256  string   `json:"sha256"`
	InPlace bool     `json:"in_place,omitempty"`
	Columns []string `json:"columns,omitempty"`

	Sheet     string    `json:"sheet,omitempty"` // the sheet whose completions are in the output
	AllSheets bool      `json:"all_sheets,omitempty"`
	Sheets    []string  `json:"sheets,omitempty"`  // all of them, with AllSheets
	LongOf    string    `json:"long_of,omitempty"` // the output whose overlong texts are in this file
	Edits     int64     `json:"edits,omitempty"`   // the length of the file of edits that the output has
	Reading   int       `json:"-"`                 // the reading version of its run
	By        *Manifest `json:"-"`                 // of the run whose completions are in the output, as a reader of the journal knows it

	Settings *spec.Settings `json:"settings,omitempty"` // whose completions are in the output; nil if they are those of the run before it
}

// sheets returns the sheets with completions, "" for a file without sheets.
func (c *Commit) sheets() []string {
	if c.AllSheets {
		return c.Sheets
	}
	return []string{c.Sheet}
}

// StoredFile means that a file is stored at the service or, with Deleted, no longer stored.
type StoredFile struct {
	Key     string    `json:"key"`
	State   string    `json:"state"`
	Sandbox bool      `json:"sandbox,omitempty"`
	ID      string    `json:"id"`
	SHA256  string    `json:"sha256,omitempty"` // of its content
	Deleted bool      `json:"deleted,omitempty"`
	At      time.Time `json:"at"`
}
