package jobs

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gigabatch/internal/io/table"
)

// errInputChanged says that the input is not what the pass has read.
var errInputChanged = errors.New("the input changed while it was read")

// mostMerges is how often the second pass is made again when the input changes meanwhile.
const mostMerges = 3

// merge makes the second pass: it reads the input again, looks each row's result up and writes the output, which then becomes visible
// at once. If the input changes meanwhile the pass is made again; after the third time the output goes beside the input.
func (r *Run) merge(sum *Summary) error {
	for range mostMerges {
		err := r.mergeOnce(sum, r.Settings.Output, true)
		if !errors.Is(err, errInputChanged) {
			return err
		}
	}
	dst, err := r.spareOutput()
	if err != nil {
		return err
	}
	sum.Note = fmt.Sprintf("the input kept changing while the output was written, so it is in %s", dst)
	return r.mergeOnce(sum, dst, false)
}

// spareOutput names an output that is not the input and not a file of somebody else's.
func (r *Run) spareOutput() (string, error) {
	dst := r.Settings.Output
	if r.Settings.InPlace {
		dst = OutputPath(r.Input, r.Sandbox)
	}
	ext := filepath.Ext(dst)
	for i := 2; i < 100; i++ {
		if err := r.mayReplace(dst); err == nil {
			return dst, nil
		}
		dst = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(dst, ext), i, ext)
	}
	return "", errInputChanged
}

func (r *Run) mergeOnce(sum *Summary, dst string, strict bool) error {
	src, err := r.open()
	if err != nil {
		return err
	}
	defer src.Close()
	keys, done, err := r.mergeKeys(src)
	if err != nil {
		return err
	}
	defer done()
	names := r.Settings.columnNames()
	sink, err := src.Sink(dst, names...)
	if err != nil {
		return err
	}
	defer sink.Close()
	fresh := &Summary{Failed: map[Cause]int{}}
	if err := r.writeRows(src, keys, sink, fresh); err != nil {
		return err
	}
	if c, ok := sink.(table.Cutter); ok {
		fresh.Cut = c.Cut()
	}
	src.Close()
	if err := sink.Commit(func(hash [32]byte) error { return r.beforeCommit(src, dst, hash, strict) }); err != nil {
		return err
	}
	fresh.Output = dst
	sum.take(fresh)
	return nil
}

// take copies what a second pass counted.
func (s *Summary) take(f *Summary) {
	s.Rows, s.Completed, s.Failed, s.Blocked, s.Skipped = f.Rows, f.Completed, f.Failed, f.Blocked, f.Skipped
	s.Pending, s.Truncated, s.FromJournal, s.Waiting = f.Pending, f.Truncated, f.FromJournal, f.Waiting
	s.Cut, s.Output = f.Cut, f.Output
}

// mergeKeys takes the keys from the row index if it still fits, else from the rows themselves.
func (r *Run) mergeKeys(src table.Source) (keyer, func() error, error) {
	head, err := rowHead(src.Stat(), &r.Settings, r.Sandbox)
	if err != nil {
		return nil, nil, err
	}
	if x := openRowIndex(r.journal.path, head); x != nil {
		return &indexKeyer{index: x}, x.Close, nil
	}
	a, err := newAsker(&r.Settings, src, r.owned())
	if err != nil {
		return nil, nil, err
	}
	return a.keyer(), func() error { return nil }, nil
}

// writeRows writes every row, and a row index that tells where each result stands.
func (r *Run) writeRows(src table.Source, keys keyer, sink table.Sink, sum *Summary) error {
	index, err := r.newRowIndex(src)
	if err != nil {
		return err
	}
	defer index.close()
	l := &looker{run: r, keys: keys, sum: sum}
	for row, err := range src.Rows() {
		if err != nil {
			return err
		}
		if !r.Settings.selected(row) {
			if err := sink.Write(row); err != nil {
				return err
			}
			continue
		}
		res, e, err := l.look(row)
		if err != nil {
			return err
		}
		if err := index.add(e.key, e.off); err != nil {
			return err
		}
		if err := sink.Write(row, r.Settings.cells(res, e.key)...); err != nil {
			return err
		}
	}
	return index.commit()
}

// looker finds the results of rows, one after the other.
type looker struct {
	run  *Run
	keys keyer
	sum  *Summary
	buf  []byte
}

// look returns the result of a row, nil for a row that is pending or, with a zero key, skipped.
func (l *looker) look(row table.Row) (*Result, rowEntry, error) {
	k, skip, err := l.keys.key(row)
	e := rowEntry{key: k, off: -1}
	if err != nil {
		return nil, e, err
	}
	if skip {
		l.sum.Rows++
		l.sum.Skipped++
		return nil, e, nil
	}
	at, ok := l.run.journal.lookup(k, l.run.Sandbox)
	if !ok {
		l.sum.add(nil)
		return nil, e, nil
	}
	var res *Result
	if res, l.buf, err = l.run.journal.read(at, l.buf); err != nil {
		return nil, e, err
	}
	e.off = at.off
	if at.off < l.run.began {
		l.sum.FromJournal++
	}
	l.sum.add(res)
	return res, e, nil
}

// cells returns the cells of a row, one for each of s.Columns.
func (s *Settings) cells(r *Result, k Key) []any {
	cells := make([]any, len(s.Columns))
	switch {
	case k == Key{}:
		return cells
	case r == nil:
		r = &Result{Error: Pending.String()}
	}
	for i, name := range s.Columns {
		cells[i] = cell(r, name)
	}
	return cells
}

// cell returns what stands in a column for a result; what is not known is an empty cell.
func cell(r *Result, column string) any {
	switch column {
	case "completion":
		if r.State != Completed {
			return nil
		}
		return r.Completion
	case "finish_reason":
		return text(r.FinishReason)
	case "error":
		return text(r.Error)
	case "model":
		return text(r.Model)
	}
	if r.State == Pending {
		return nil
	}
	switch column {
	case "prompt_tokens":
		return r.Usage.PromptTokens
	case "completion_tokens":
		return r.Usage.CompletionTokens
	case "total_tokens":
		return r.Usage.TotalTokens
	case "cached_tokens":
		return r.Usage.CachedTokens
	case "attempts":
		return r.Attempts
	case "latency_ms":
		return int(r.Latency.Milliseconds())
	}
	return r.At.UTC().Format(time.RFC3339)
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// beforeCommit makes sure that the input is still what was read, and journals that the output is ours before it appears.
func (r *Run) beforeCommit(src table.Source, dst string, hash [32]byte, strict bool) error {
	now, err := table.Identify(r.Input)
	if err != nil {
		return err
	}
	if strict && !same(src.Stat(), now) {
		return errInputChanged
	}
	return r.noteOutput(dst, hash)
}

// noteOutput journals the hash of an output, once.
func (r *Run) noteOutput(dst string, hash [32]byte) error {
	c := &commit{
		Key: noKey, State: kindCommit, Sandbox: r.Sandbox, Output: filepath.Base(dst), SHA256: hex.EncodeToString(hash[:]),
		InPlace: r.Settings.InPlace && sameFile(dst, r.Input), Columns: r.Settings.columnNames(),
	}
	if r.journal.history.has(c) {
		return nil
	}
	r.journal.history.own(c)
	return r.journal.appendNote(c)
}

// same reports whether two looks saw the same file in the same state.
func same(a, b table.Identity) bool {
	return a.Size == b.Size && a.ModTime.Equal(b.ModTime) && os.SameFile(a.Info, b.Info)
}
