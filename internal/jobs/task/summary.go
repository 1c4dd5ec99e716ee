package task

import (
	"time"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/messages"
)

// Summary is the result of a run.
type Summary struct {
	Tally
	Work
	Failures
	PaidTwice int           `json:"may_have_been_paid_twice"` // tasks, in all runs of this journal
	Elapsed   time.Duration `json:"-"`
	ElapsedMS int64         `json:"elapsed_ms"`
	Written
	Damaged int `json:"damaged,omitempty"` // unreadable records of the journal
	Folder
	Rounds
	FilesLeft   int           `json:"files_left,omitempty"` // files not deleted at the service
	Journal     string        `json:"journal"`
	Interrupted bool          `json:"interrupted"`
	Note        messages.Text `json:"note,omitzero"` // what the user must know about the output; may be empty
	Aside       bool          `json:"-"`             // the output is not in the requested place; Note says why
}

// Failures are examples of what went wrong. The first row in row order counts.
type Failures struct {
	Refusal string           `json:"refusal,omitempty"` // error of the first row that Tally.Waiting counts; may be empty
	Errors  map[Cause]string `json:"errors,omitempty"`  // error of the first row with each cause

	NotUTF8 int `json:"not_utf8,omitempty"` // answers with bytes that are not UTF-8

	Places map[Cause][]Place `json:"-"` // of the first rows with each cause, at most MaxPlaces; "" are the blocked ones
}

// MaxPlaces is how many rows Failures names for a cause.
const MaxPlaces = 5

// Place is where a row is.
type Place struct {
	Sheet string `json:"sheet,omitempty"` // if several are read
	Line  int    `json:"line"`            // in the input, or the row of the sheet
	Path  string `json:"path,omitempty"`  // of a document
}

// Note keeps the error and the place of a result that is no completion, or that is NotUTF8, if they are among the first with its cause.
func (f *Failures) Note(r *Result, at Place) {
	if r.State != Failed && r.State != Blocked && r.Cause != NotUTF8 {
		return
	}
	if r.Cause == NotUTF8 {
		f.NotUTF8++
	}
	if places := f.Places[r.Cause]; len(places) < MaxPlaces && (len(places) == 0 || places[len(places)-1] != at) {
		if f.Places == nil {
			f.Places = map[Cause][]Place{}
		}
		f.Places[r.Cause] = append(places, at)
	}
	if r.State != Failed || r.Error == "" {
		return
	}
	if f.Refusal == "" && r.Cause.Retried() && !r.Cause.Passing() {
		f.Refusal = r.Error
	}
	if f.Errors == nil {
		f.Errors = map[Cause]string{}
	}
	if _, known := f.Errors[r.Cause]; !known {
		f.Errors[r.Cause] = r.Error
	}
}

// Work is what a run requested from the service.
type Work struct {
	PromptTokens     int64  `json:"prompt_tokens"`
	CompletionTokens int64  `json:"completion_tokens"`
	CachedTokens     int64  `json:"cached_tokens"`
	Requests         int64  `json:"requests"` // including retries
	Refused          int64  `json:"refused"`  // 429s
	Retries          int64  `json:"retries"`
	OutagesMS        int64  `json:"outages_ms,omitempty"` // how long the run waited for a service that was down
	Quota            Belief `json:"quota,omitzero"`       // as of the end of the run

	Spent cost.Spent `json:"spent,omitzero"` // an estimate

	Batched Batched `json:"batches,omitzero"`
}

// Add adds the work of an earlier part of the run. What was spent is that of the whole run already, if this part has asked anything.
func (w *Work) Add(earlier *Work) {
	w.PromptTokens += earlier.PromptTokens
	w.CompletionTokens += earlier.CompletionTokens
	w.CachedTokens += earlier.CachedTokens
	w.Requests += earlier.Requests
	w.Refused += earlier.Refused
	w.Retries += earlier.Retries
	w.OutagesMS += earlier.OutagesMS
	w.Batched.Add(&earlier.Batched)
	if w.Quota == (Belief{}) {
		w.Quota = earlier.Quota
	}
	if w.Spent.Tokens < earlier.Spent.Tokens {
		w.Spent = earlier.Spent
	}
}

// Written describes the output table.
type Written struct {
	Output     string `json:"output,omitempty"`    // "" if none was written
	Unchanged  bool   `json:"unchanged,omitempty"` // the output had this content already, and was not written again
	Cut        int    `json:"cut,omitempty"`       // cells too long for the format of the output
	Long       string `json:"long,omitempty"`      // the file with the full text of these cells, "" if there are none
	Guarded    int    `json:"guarded,omitempty"`   // cells prefixed with an apostrophe because a spreadsheet would execute them
	Kept       int    `json:"kept,omitempty"`      // cells of completion columns with a text of the user, left unchanged
	KeptLine   int    `json:"-"`                   // of the first one
	KeptColumn string `json:"-"`                   // of the first one
	KeptSheet  string `json:"-"`                   // sheet of the first one, if several sheets are read
	LeftOut
}

// LeftOut are edits that the output had before it was written, and no longer has: they are of other versions of its columns, and kept.
type LeftOut struct {
	Edits int  `json:"edits_left_out,omitempty"`
	Run   int  `json:"edits_left_out_run,omitempty"` // the number of the newest run with these versions, 0 if none had them together
	Most  bool `json:"-"`                            // some of them may still be there, in rows that the run left as they are
}

// Rounds describes what is left of an input that changed during the run.
type Rounds struct {
	Growing     bool `json:"growing,omitempty"` // rows are pending only because they were added or changed during the run
	OutOfRounds bool `json:"-"`                 // the input changed in the last round, too
}

// Folder describes an output folder with one file per row.
type Folder struct {
	OutDir       string `json:"out_dir,omitempty"`
	FilesWritten int    `json:"files_written,omitempty"` // new or changed files
	FilesTaken   int    `json:"files_taken,omitempty"`   // files that another program has open or changed during the run, left unchanged
}
