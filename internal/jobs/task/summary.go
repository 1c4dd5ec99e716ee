package task

import (
	"time"

	"gigabatch/internal/messages"
)

// Summary tells what a run came to.
type Summary struct {
	Tally
	Work
	Refusal   string        `json:"refusal,omitempty"`        // error of the first row, in row order, that Tally.Waiting counts; may be empty
	PaidTwice int           `json:"may_have_been_paid_twice"` // tasks, over all runs of this journal
	Elapsed   time.Duration `json:"-"`
	ElapsedMS int64         `json:"elapsed_ms"`
	Written
	Damaged int `json:"damaged,omitempty"` // records of the journal that cannot be read
	Folder
	FilesLeft   int           `json:"files_left,omitempty"` // files that could not be deleted at the service
	Journal     string        `json:"journal"`
	Interrupted bool          `json:"interrupted"`
	Note        messages.Text `json:"note,omitzero"` // what the user should know of the output; may be empty
	Aside       bool          `json:"-"`             // the output is not where the user wants it, and Note says why
}

// Work is what a run asked of the service.
type Work struct {
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
	CachedTokens     int64 `json:"cached_tokens"`
	Requests         int64 `json:"requests"` // retries included
	Refused          int64 `json:"refused"`  // 429s
	Retries          int64 `json:"retries"`
}

// Written tells what became of the output table.
type Written struct {
	Output     string `json:"output,omitempty"`  // "" when none was written
	Cut        int    `json:"cut,omitempty"`     // cells that the output's format cannot hold whole
	Long       string `json:"long,omitempty"`    // the file that has these cells whole, "" if there are none
	Guarded    int    `json:"guarded,omitempty"` // cells written with an apostrophe, because a spreadsheet would run them
	Kept       int    `json:"kept,omitempty"`    // cells of completion columns that hold a text of the user's, and were left
	KeptLine   int    `json:"-"`                 // of the first of them
	KeptColumn string `json:"-"`                 // of the first of them
	KeptSheet  string `json:"-"`                 // of the first of them, if several sheets are read
}

// Folder tells what became of an output folder, which gets one file for each row.
type Folder struct {
	OutDir       string `json:"out_dir,omitempty"`
	FilesWritten int    `json:"files_written,omitempty"` // new or changed ones
	FilesTaken   int    `json:"files_taken,omitempty"`   // ones that somebody else changed during the run, and that were left
}
