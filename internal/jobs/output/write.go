package output

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// maxPasses is how often the output is written when the input changes meanwhile.
const maxPasses = 3

// takenError says that a file that the output would replace is not ours, or is ours no longer.
type takenError struct {
	why messages.Text
}

func (e *takenError) Error() string          { return e.why.String() }
func (e *takenError) Message() messages.Text { return e.why }

// Write reads the input again and writes the output, which then becomes visible at once. Results in the journal before the offset began are
// of earlier runs. It fills in what sum has about rows and files.
//
// If the encoding of the input cannot express a completion, the output is in UTF-8. In place, the input is then left alone unless the user
// allows UTF-8, and the output is written aside: under a name that nobody else's file has. If the input changes while it is read, another
// pass is made; after the third the output is written aside.
func (o *Output) Write(ctx context.Context, began int64, sum *task.Summary) error {
	err := o.writeTo(ctx, began, sum, o.path())
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
		sum.Note, sum.Aside = messages.Sprintf("%v, so the input was left as it is and the answers are in %s, which is UTF-8 with BOM", why, dst), true
		return o.writeTo(ctx, began, sum, dst)
	}
	sum.Note = messages.Sprintf("%v, so the output is UTF-8 with BOM", why)
	return o.writeTo(ctx, began, sum, o.path())
}

// encodingCause returns which text an encoding cannot express, and in which row.
func encodingCause(err error) messages.Text {
	why := messages.Sprintf("%v", err)
	var text *table.EncodingError
	if errors.As(err, &text) {
		why = text.Why
	}
	var bad *table.Error
	if errors.As(err, &bad) && bad.Line > 0 {
		return messages.Sprintf("row %d: %v", bad.Line, why)
	}
	return why
}

// writeTo writes the output at dst, or aside if that cannot be done.
func (o *Output) writeTo(ctx context.Context, began int64, sum *task.Summary, dst string) error {
	var taken *takenError
	why := messages.Sprintf("the input kept changing while the output was written")
	for range maxPasses {
		err := o.pass(ctx, began, sum, dst, true)
		if errors.As(err, &taken) {
			why = taken.why
			break
		}
		if !errors.Is(err, resolve.ErrChanged) {
			return err
		}
	}
	for from := 1; ; { // whether the file for long texts would replace somebody's is known only once it is written
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
			sum.Note, sum.Aside = messages.Sprintf("%v, so the answers are in %s", why, dst), true
		}
		return err
	}
}

// spare returns the first name, from the ith on, under which the output replaces neither the input nor a file of somebody else's, and the
// number of that name.
func (o *Output) spare(i int) (dst string, at int, err error) {
	name := o.path()
	if o.Settings.InPlace {
		name = spec.OutputPath(o.Input, o.Sandbox)
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

// pass writes the output once. With strict, the error is resolve.ErrChanged unless the input is the same from its opening until the output
// appears.
func (o *Output) pass(ctx context.Context, began int64, sum *task.Summary, dst string, strict bool) error {
	src, err := o.Open(o.utf8)
	if err != nil {
		return err
	}
	p := &pass{Output: o, src: src, dst: dst, strict: strict, seen: src.Stat()}
	if err := p.write(ctx, began); err != nil {
		if strict && p.changed() {
			return resolve.ErrChanged
		}
		return err
	}
	duplicates := sum.Duplicates
	sum.Tally, sum.Written, sum.Folder = p.count.Clone(), p.written, p.folder
	sum.Duplicates, sum.Output, sum.OutDir = duplicates, dst, o.Settings.OutDir
	return nil
}

// pass is one reading of the input that writes the output.
type pass struct {
	*Output
	src     table.Source
	seen    table.Identity // the input, as it was opened
	dst     string
	strict  bool
	sink    table.Sink
	count   *resolve.Counter
	written task.Written
	folder  task.Folder
}

// changed reports whether the input is no longer what was opened.
func (p *pass) changed() bool { return p.Changed(p.seen) }

func (p *pass) write(ctx context.Context, began int64) error {
	if p.dst != "" {
		if err := p.checkColumns(p.src); err != nil {
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
	options.Read, options.Others = resolve.ReadAll, !p.Settings.InPlace
	rows := resolve.Rows(ctx, options)
	if p.strict && p.Ahead != nil {
		if keys := p.Ahead(p.src); keys != nil {
			rows = resolve.RowsAhead(ctx, options, keys)
		}
	}
	if p.sink, err = p.Output.sink(p.src, p.dst); err != nil {
		return err
	}
	defer p.sink.Close()
	p.reached("opened")
	p.count = resolve.NewCounter(p.Settings, began)
	writer, keeper := newCellWriter(p.Settings), newKeeper(p.Output, p.src, p.dst)
	for row, err := range rows {
		if err != nil {
			return err
		}
		if !row.Selected {
			if err := p.sink.Write(row.Row, writer.other(row.Cells)...); err != nil {
				return err
			}
			continue
		}
		p.count.Add(row.Cells)
		if err := folder.write(row, &p.folder); err != nil {
			return err
		}
		cells := writer.row(row.Cells)
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
	p.reached("read")
	a := p.sink.Altered()
	p.written.Cut, p.written.Long, p.written.Guarded = a.Cut, a.Long, a.Guarded
	if err := p.sink.Commit(p.beforeCommit); err != nil {
		return err
	}
	if p.written.Long == "" && !p.Export {
		p.dropLong()
	}
	return nil
}

func (o *Output) reached(stage string) {
	if o.Reached != nil {
		o.Reached(stage)
	}
}

// beforeCommit makes sure that nobody else has changed the input or the output, and journals that the output is ours before it appears.
func (p *pass) beforeCommit(hash [32]byte) error {
	if p.strict && p.changed() {
		return resolve.ErrChanged
	}
	if !p.isInput(p.dst) && p.mayReplace(p.dst) != nil {
		return &takenError{messages.Sprintf("%s was changed by somebody else during the run", filepath.Base(p.dst))}
	}
	if p.Export {
		return nil
	}
	if a := p.sink.Altered(); a.Long != "" {
		if p.mayReplace(a.Long) != nil {
			return &takenError{messages.Sprintf("%s exists and this journal did not write it", filepath.Base(a.Long))}
		}
		err := p.Journal.Commit(&journal.Commit{
			Sandbox: p.Sandbox, Output: filepath.Base(a.Long), SHA256: hex.EncodeToString(a.LongSum[:]), LongOf: filepath.Base(p.dst),
		})
		if err != nil {
			return err
		}
	}
	return p.Journal.Commit(&journal.Commit{
		Sandbox: p.Sandbox, Output: filepath.Base(p.dst), SHA256: hex.EncodeToString(hash[:]),
		InPlace: p.Settings.InPlace && p.isInput(p.dst), Columns: p.Settings.OutputNames(),
		Sheet: p.src.Sheet(), AllSheets: p.Settings.AllSheets, Sheets: sheetsWith(p.src, ""),
	})
}

// dropLong removes the file of long texts that an earlier output of that name had, if it is as we left it. If that fails the file stays,
// which does no harm.
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
