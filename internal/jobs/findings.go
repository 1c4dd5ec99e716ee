package jobs

import (
	"maps"
	"slices"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/journal"
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

// unlike counts the rows with cells that do not say what they show.
type unlike struct {
	open     int    // rows with formulas without a result
	pictures int    // rows with a picture where the prompt wants a text
	picture  string // the column of the first of them
}

// notes returns what is to be said about them before anything is sent.
func (u *unlike) notes(copies bool) (all []messages.Text) {
	if u.pictures > 0 {
		all = append(all, messages.Sprintf("column %q contains pictures (=DISPIMG) in %d {row|rows}; a prompt takes them for empty cells",
			u.picture, u.pictures))
	}
	if u.open > 0 && !copies {
		all = append(all, messages.Sprintf("%d {row has|rows have} formulas without a result, which are empty in the output; to have their "+
			"results, open the workbook in a spreadsheet program and save it first", u.open))
	}
	return all
}

// Texts is what a plan found in the prompts to ask.
type Texts struct {
	Models    []string
	Pack      int             // that a request asks about at most, of a request for vectors; else 0
	Typical   journal.Typical // of the completions in the journal
	Parts     int             // cells that are asked in parts
	TooLong   int             // cells whose prompt is probably too long for the model
	TooLongs  []TooLong       // the first of them
	Gaps      []Gap           // main columns of prompts that are empty in some rows
	Files     int             // distinct files that the requests attach
	FileBytes int64           // the size of these files
	Blast     Blast
	Notes     []messages.Text // what else the user should know before anything is sent
	basis     *estimate.Basis // of an estimate of their cost
	unlike    unlike
	senses    senses
	unbounded int // completions to ask that nothing limits, if the run has a budget
}

// senses counts the requests with files that their model is known not to take, by the model and the class of the files.
type senses map[[2]string]int

// add counts the files of a task.
func (s *senses) add(t *task.Task) {
	known, ok := gigachat.FactsOf(t.Model)
	if !ok {
		return
	}
	var seen []string
	for _, f := range t.Attachments {
		class := f.Kind.Class
		lacks := class == "image" && !known.Sees || class == "audio" && !known.Hears
		if !lacks || slices.Contains(seen, class) {
			continue
		}
		if *s == nil {
			*s = senses{}
		}
		seen = append(seen, class)
		(*s)[[2]string{t.Model, class}]++
	}
}

// notes returns what is to be said about them before anything is uploaded.
func (s senses) notes() (all []messages.Text) {
	for _, k := range slices.SortedFunc(maps.Keys(s), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		if k[1] == "image" {
			all = append(all, messages.Sprintf("%d {request attaches|requests attach} pictures, and the model %s cannot see; "+
				"GigaChat-2-Pro and GigaChat-2-Max can", s[k], k[0]))
		} else {
			all = append(all, messages.Sprintf("%d {request attaches|requests attach} sound, and the model %s cannot hear; GigaChat-2-Max can",
				s[k], k[0]))
		}
	}
	return all
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
