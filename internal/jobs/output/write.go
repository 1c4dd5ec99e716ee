package output

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// maxPasses limits how often the output is written while the input changes.
const maxPasses = 3

// takenError is the error of a file that the output would replace but that is not ours, or no longer is.
type takenError struct {
	why messages.Text
}

func (e *takenError) Error() string          { return e.why.String() }
func (e *takenError) Message() messages.Text { return e.why }

// Write reads the input again and writes the output, which appears in one step. Results before the offset began in the journal count as
// results of earlier runs. It sets the figures of sum about rows and files.
//
// If the encoding of the input cannot express a completion, the output is UTF-8. In place, unless the user permits UTF-8, the input is then
// left unchanged and the output is written aside, under a name that no file of the user has. If the input changes while it is read, Write
// makes another pass; after the third, the output is written aside. Rows that are added meanwhile are not such a change, except in place:
// the output is then written aside, because the program that adds rows would go on with the old file.
func (o *Output) Write(ctx context.Context, began int64, sum *task.Summary) error {
	err := o.writeTo(ctx, began, sum, o.Path())
	if !errors.Is(err, table.ErrEncoding) || o.utf8 {
		return err
	}
	o.utf8 = true
	why := encodingCause(err)
	if o.Settings.InPlace && !strings.EqualFold(strings.ReplaceAll(o.Settings.Encoding, "-", ""), "utf8") {
		dst, _, err := o.spare(1)
		if err != nil {
			return err
		}
		sum.Note = messages.Sprintf("%s, so the input was left unchanged and the answers are in %s, as UTF-8 with BOM", why, dst)
		sum.Aside = true
		return o.writeTo(ctx, began, sum, dst)
	}
	sum.Note = messages.Sprintf("%s, so the output is UTF-8 with BOM", why)
	return o.writeTo(ctx, began, sum, o.Path())
}

// encodingCause returns a message with the text that an encoding cannot express and its row.
func encodingCause(err error) messages.Text {
	why := messages.Sprintf("%v", err)
	var text *table.EncodingError
	if errors.As(err, &text) {
		why = text.Why
	}
	var bad *table.Error
	if errors.As(err, &bad) && bad.Line > 0 {
		return messages.Sprintf("row %d: %s", bad.Line, why)
	}
	return why
}

// Count counts all rows as Write would write them. earlier are those that are not part of the run and keep an answer of an earlier one.
func (o *Output) Count(ctx context.Context, src table.Source) (t task.Tally, earlier int, err error) {
	options, err := o.Resolve(src)
	if err != nil {
		return t, 0, err
	}
	options.Read, options.Others, options.Past = resolve.ReadAll, o.fillsOthers(), true
	count := resolve.NewCounter(o.Settings, 0)
	for row, err := range resolve.Rows(ctx, options) {
		if err != nil {
			return t, 0, err
		}
		answered := count.Completed
		if row.Cells == nil {
			count.Rows++
			count.Pending++
		} else {
			count.Add(row.Cells)
		}
		if !row.Selected {
			earlier += count.Completed - answered
		}
	}
	return count.Clone(), earlier, nil
}

// fillsOthers reports whether the output gets the answers of rows that are not part of the run.
func (o *Output) fillsOthers() bool { return !o.Settings.InPlace || o.All }

// writeTo writes the output at dst, or aside if that fails because of changed files.
func (o *Output) writeTo(ctx context.Context, began int64, sum *task.Summary, dst string) error {
	var taken *takenError
	why := messages.Sprintf("the input kept changing while the output was being written")
	for range maxPasses {
		if o.Growing && o.isInput(dst) {
			why = messages.Sprintf("another program adds rows to %s", filepath.Base(dst))
			break
		}
		err := o.pass(ctx, began, sum, dst, true)
		if errors.As(err, &taken) {
			why = taken.why
			break
		}
		if !errors.Is(err, resolve.ErrChanged) {
			return err
		}
	}
	for from := 1; ; { // the name of the file for long texts is known, and checked, only after a pass
		dst, at, err := o.spare(from)
		if err != nil {
			return err
		}
		err = o.pass(ctx, began, sum, dst, false)
		if errors.As(err, &taken) {
			from = at + 1
			continue
		}
		if err == nil {
			sum.Note, sum.Aside = messages.Sprintf("%s, so the answers are in %s", why, dst), true
		}
		return err
	}
}

// spare returns the first name, starting with the ith, under which the output replaces neither the input nor a file that is not ours, and
// the number of the name.
func (o *Output) spare(i int) (dst string, at int, err error) {
	name := o.Path()
	if o.Settings.InPlace {
		name = spec.OutputPath(o.Input, false) // a run with --sandbox is never in place
	}
	ext := filepath.Ext(name)
	for ; i < 100; i++ {
		dst := name
		if i > 1 {
			dst = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i, ext)
		}
		if err := o.mayReplace(dst); err == nil {
			return dst, i, nil
		}
	}
	return "", i, resolve.ErrChanged
}

// pass writes the output once. With strict, the error is resolve.ErrChanged if the input changes between its opening and the commit of the
// output.
func (o *Output) pass(ctx context.Context, began int64, sum *task.Summary, dst string, strict bool) error {
	src, err := o.Open(o.utf8)
	if err != nil {
		return err
	}
	p := &pass{Output: o, src: src, dst: dst, strict: strict, seen: src.Stat(), corrected: corrected{}}
	if err := p.write(ctx, began); err != nil {
		var link *atomicfile.LinkError
		switch {
		case strict && p.changed():
			return resolve.ErrChanged
		case errors.As(err, &link): // put there during the run
			return &takenError{link.Message()}
		}
		return err
	}
	duplicates := sum.Duplicates
	sum.Tally, sum.Written, sum.Folder = p.count.Clone(), p.written, p.folder
	sum.Duplicates, sum.Output, sum.OutDir, sum.Failures = duplicates, dst, o.Settings.OutDir, p.failures
	return nil
}

// pass is one pass over the input that writes the output.
type pass struct {
	*Output
	src      table.Source
	seen     table.Identity // the input when it was opened
	read     table.Digest   // of the rows so far
	ahead    *resolve.Keys  // of the rows of the plan, nil if they are resolved again
	dst      string
	strict   bool
	sink     table.Sink
	count    *resolve.Counter
	written  task.Written
	folder   task.Folder
	failures task.Failures
	corrected
}

// changed reports whether the input has changed since it was opened.
func (p *pass) changed() bool { return p.Changed(p.seen) }

func (p *pass) write(ctx context.Context, began int64) error {
	if p.dst != "" {
		if err := p.checkColumns(p.src); err != nil {
			return err
		}
	}
	if p.isInput(p.dst) { // the sink would refuse to begin
		if err := notOpen(p.dst); err != nil {
			return err
		}
	}
	folder, err := p.NewFolder(p.src)
	if err != nil {
		return err
	}
	options, err := p.Resolve(p.src)
	if err != nil {
		return err
	}
	options.Read, options.Others = resolve.ReadAll, p.fillsOthers()
	rows := resolve.Rows(ctx, options)
	if p.strict && p.Ahead != nil {
		if p.ahead = p.Ahead(p.src); p.ahead != nil {
			rows = resolve.RowsAhead(ctx, options, p.ahead)
		}
	}
	if p.sink, err = p.Output.sink(p.src, p.dst); err != nil {
		return err
	}
	defer p.sink.Close()
	p.reached("opened")
	p.count = resolve.NewCounter(p.Settings, began)
	writer, keeper := newCellWriter(p.Settings, p.languageOf(p.dst)), newKeeper(p.Output, p.src)
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := keeper.row(row.Row); err != nil {
			return err
		}
		p.read.Add(row.Row)
		p.corrected.note(row.Cells)
		if !row.Selected {
			cells := writer.other(&row)
			if row.Cells != nil {
				if _, err := keeper.keep(row, cells); err != nil {
					return err
				}
			}
			if err := p.sink.Write(row.Row, cells...); err != nil {
				return err
			}
			continue
		}
		p.count.Add(row.Cells)
		for i := range row.Cells {
			if r := row.Cells[i].Result; r != nil {
				p.failures.Note(r, task.Place{Sheet: row.Sheet, Line: row.Line, Path: row.Path})
			}
		}
		if err := folder.write(row, &p.folder); err != nil {
			return err
		}
		cells := writer.row(&row)
		kept, err := keeper.keep(row, cells)
		if err != nil {
			return err
		}
		if kept != "" {
			if p.written.Kept++; p.written.Kept == 1 {
				p.written.KeptLine, p.written.KeptSheet, p.written.KeptColumn = row.Line, row.Sheet, kept
			}
		}
		if err := p.sink.Write(row.Row, cells...); err != nil {
			return err
		}
	}
	if err := folder.sync(); err != nil {
		return err
	}
	p.reached("read")
	a := p.sink.Altered()
	p.written.Cut, p.written.Long, p.written.Guarded = a.Cut, a.Long, a.Guarded
	err = p.sink.Commit(p.beforeCommit)
	if p.written.Unchanged = errors.Is(err, errSame); err != nil && !p.written.Unchanged {
		return err
	}
	if p.written.LeftOut = p.left; p.Export {
		return nil
	}
	if p.written.Long == "" {
		p.dropLong()
	}
	if _, noted := p.Journal.Committed(p.editsName()); p.dst == "" && (noted || p.EditsSize > 0) {
		return p.Journal.Commit(&journal.Commit{Sandbox: p.Sandbox, Output: p.editsName(), Edits: p.EditsSize})
	}
	return nil
}

func (o *Output) reached(stage string) {
	if o.Reached != nil {
		o.Reached(stage)
	}
}

// errSame ends a commit whose output already has this content: the file and its time stay as they are.
var errSame = errors.New("the same output")

// beforeCommit makes sure that no other program has changed the input or the output, and journals the output as ours before it appears.
func (p *pass) beforeCommit(hash [32]byte) error {
	if p.strict && p.changed() {
		begins, more := p.Begins(p.read)
		p.Growing = p.Growing || begins && more
		if !begins || p.isInput(p.dst) || p.ahead != nil && p.ahead.Digest != p.read {
			return resolve.ErrChanged
		}
	}
	if !p.isInput(p.dst) && p.mayReplace(p.dst) != nil {
		return &takenError{messages.Sprintf("%s was changed by another program during the run", filepath.Base(p.dst))}
	}
	if p.Export {
		return nil
	}
	if p.holdsReal(p.dst) {
		return &takenError{messages.Sprintf("%s holds answers from the real service, which the sandbox would overwrite", filepath.Base(p.dst))}
	}
	c := &journal.Commit{
		Sandbox: p.Sandbox, Output: filepath.Base(p.dst), SHA256: hex.EncodeToString(hash[:]),
		InPlace: p.Settings.InPlace && p.isInput(p.dst), Columns: p.Settings.OutputNames(),
		Sheet: p.src.Sheet(), AllSheets: p.Settings.AllSheets, Sheets: sheetsWith(p.src, ""), Edits: p.EditsSize,
	}
	if by := p.Journal.Whole(); by != nil && (by.Sandbox != p.Sandbox || !by.Settings.SameTasks(p.Settings)) { // an earlier version is written
		set := p.Settings.Portable(p.Input)
		c.Settings = &set
	}
	same := *c
	last, known := p.Journal.Committed(c.Output)
	if known {
		same.Edits, same.By = last.Edits, last.By
	}
	a := p.sink.Altered()
	long := &journal.Commit{
		Sandbox: p.Sandbox, Output: filepath.Base(a.Long), SHA256: hex.EncodeToString(a.LongSum[:]), LongOf: filepath.Base(p.dst),
	}
	if p.holds(p.dst, hash, &same) && (a.Long == "" || p.holds(a.Long, a.LongSum, long)) {
		return cmp.Or(p.Journal.Commit(c), errSame)
	}
	if err := notOpen(p.dst); err != nil {
		return err
	}
	if known {
		left, err := p.leaves(last)
		if err != nil {
			return err
		}
		p.left = cmp.Or(left, p.left)
	}
	if a.Long != "" {
		if err := notOpen(a.Long); err != nil {
			return err
		}
		if p.mayReplace(a.Long) != nil {
			return &takenError{messages.Sprintf("%s already exists, and its content is not what this journal last wrote", long.Output)}
		}
		if err := p.Journal.Commit(long); err != nil {
			return err
		}
	}
	return p.Journal.Commit(c)
}

// holds reports whether a file has the content of a commit that is in the journal already.
func (p *pass) holds(file string, hash [32]byte, c *journal.Commit) bool {
	sum, err := hashFile(file)
	return err == nil && sum == hash && p.Journal.HasCommit(c)
}

// notOpen returns a *takenError if a spreadsheet program has a file open.
func notOpen(name string) error {
	if _, err := os.Stat(name); err != nil || table.OpenMark(name) == "" {
		return nil
	}
	return &takenError{messages.Sprintf("%s is open in a spreadsheet program, which would overwrite the answers", filepath.Base(name))}
}

// dropLong removes the file for long texts of an earlier output with the same name, if its content is unchanged since. If removing fails,
// the file stays, which does no harm.
func (p *pass) dropLong() {
	long := p.Journal.LongTexts(filepath.Base(p.dst))
	if long == "" {
		return
	}
	long = filepath.Join(filepath.Dir(p.dst), long)
	if sum, err := hashFile(long); err == nil && p.Journal.MadeFile(long, sum) {
		os.Remove(long)
	}
}
