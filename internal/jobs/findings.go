package jobs

import (
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/blast"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/remarks"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Found is what a plan found in the table and the journal.
type Found struct {
	Dialect  messages.Text // in one line; see table.Source
	Workbook bool
	Sheets   []SheetPlan // in order, if several are read
	LongRows
	Faults   int              // rows with damaged text
	Faulty   []*table.Error   // the first of them
	Warnings map[string]int   // fields of the rows that the API does not know, with the number of rows
	Damaged  []journal.Damage // damaged lines of the journal
	Unused   int              // edits of an earlier run that asked something else, for cells that no row has now
	Renamed  [][2]string      // usual and present names of output columns, where the table has a column of the usual name
	Names    int              // other names (hard links) of an input that is written in place; they keep the old content
	NoData
	underWay
	total int // rows of the input, whether selected or not
	width int // cells of the longest row
}

// LongRows are the rows with more cells than the header. The extra cells are not asked.
type LongRows struct {
	Long      int
	LongSheet string // the sheet of the first of them, if several sheets are read
	LongLine  int    // the line of the first of them
}

// NoData are the rows that are no data, or look like none.
type NoData struct {
	LeftOut  table.Aside // rows that are no data
	Suspects table.Aside // rows to ask that look like no data
}

// Texts is what a plan found in the prompts to ask.
type Texts struct {
	Models    []string
	Pack      int             // that a request asks about at most, of a request for vectors; else 0
	Typical   journal.Typical // of the completions in the journal
	Parts     int             // cells that are asked in parts
	TooLong   int             // cells whose prompt is probably too long for the model
	TooLongs  []TooLong       // the first of them
	Gaps      []remarks.Gap   // main columns of prompts that are empty in some rows
	Files     int             // distinct files that the requests attach
	FileBytes int64           // the size of these files
	Blast     blast.Radius
	Notes     []messages.Text // what else the user should know before anything is sent
	basis     *estimate.Basis // of an estimate of their cost
	unlike    remarks.Unlike
	senses    remarks.Senses
	unbounded int // completions to ask that nothing limits, if the run has a budget
}

// SheetPlan is what a plan found on one of several sheets.
type SheetPlan struct {
	Name    string
	Rows    int // selected rows
	Skipped int // rows without a prompt
}

// TooLong is a prompt that is probably too long for the model.
type TooLong struct {
	Where  *table.Error // the row and the message
	Tokens int          // estimated
}

// maxFaulty limits how many faults of a kind a plan keeps.
const maxFaulty = 3

// underWay are tasks that are in batches at the service.
type underWay struct {
	InBatches int // of the tasks of a plan
	batched   map[task.Key]bool
}
