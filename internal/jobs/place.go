package jobs

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gigabatch/internal/io/table"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// errInputChanged says that the input is not what the pass has read.
var errInputChanged = errors.New("the input changed while it was read")

// takenError says that a file which the output would replace is not ours, or is so no longer.
type takenError struct{ name, why string }

func (e *takenError) Error() string { return filepath.Base(e.name) + " " + e.why }

// mostMerges is how often the second pass is made when the input changes meanwhile.
const mostMerges = 3

// merge makes the second pass: it reads the input again, looks each row's result up and writes the output, which then becomes visible
// at once. Where the encoding of the input cannot express an answer, the output is in UTF-8.
func (r *Run) merge(ctx context.Context, sum *task.Summary) error {
	err := r.mergeTo(ctx, sum, r.dst())
	if !errors.Is(err, table.ErrEncoding) || r.utf8 {
		return err
	}
	r.utf8 = true
	why := encodingCause(err)
	if r.Settings.InPlace && !r.mayRecode() {
		return r.mergeBeside(ctx, sum, why)
	}
	sum.Note = why + ", so the output is UTF-8 with BOM"
	return r.mergeTo(ctx, sum, r.dst())
}

// mergeBeside writes an output in UTF-8 and leaves the input in its own encoding.
func (r *Run) mergeBeside(ctx context.Context, sum *task.Summary, why string) error {
	dst, err := r.spareOutput()
	if err != nil {
		return err
	}
	sum.Note, sum.Aside = fmt.Sprintf("%s, so the input was left as it is and the answers are in %s, which is UTF-8 with BOM", why, dst), true
	return r.mergeTo(ctx, sum, dst)
}

// mayRecode reports whether the user allows that the input itself becomes UTF-8.
func (r *Run) mayRecode() bool {
	return strings.EqualFold(strings.ReplaceAll(r.Settings.Encoding, "-", ""), "utf8")
}

// encodingCause says which text an encoding cannot express, and where.
func encodingCause(err error) string {
	where := ""
	var bad *table.Error
	if errors.As(err, &bad) && bad.Err != nil {
		err = bad.Err
		if bad.Line > 0 {
			where = fmt.Sprintf("row %d: ", bad.Line)
		}
	}
	return where + strings.TrimSuffix(err.Error(), ": "+table.ErrEncoding.Error())
}

// mergeTo writes the output. If the input changes meanwhile the pass is made again; after the third time the output goes beside the
// input.
func (r *Run) mergeTo(ctx context.Context, sum *task.Summary, dst string) error {
	for range mostMerges {
		err := r.mergeOnce(ctx, sum, dst, true)
		var taken *takenError
		switch {
		case errors.As(err, &taken):
			return r.mergeAside(ctx, sum, taken.Error())
		case !errors.Is(err, errInputChanged):
			return err
		}
	}
	return r.mergeAside(ctx, sum, "the input kept changing while the output was written")
}

// mergeAside writes the output where it is in nobody's way. Whether the file for long texts is in somebody's way is only known once it
// is written; then the next name is tried.
func (r *Run) mergeAside(ctx context.Context, sum *task.Summary, why string) error {
	for from := 1; ; {
		dst, at, err := r.spareFrom(from)
		if err != nil {
			return err
		}
		err = r.mergeOnce(ctx, sum, dst, false)
		var taken *takenError
		if errors.As(err, &taken) {
			from = at + 1
			continue
		}
		if err == nil {
			sum.Note, sum.Aside = fmt.Sprintf("%s, so the answers are in %s", why, dst), true
		}
		return err
	}
}

// spareOutput names an output that is not the input and not a file of somebody else's.
func (r *Run) spareOutput() (string, error) {
	dst, _, err := r.spareFrom(1)
	return dst, err
}

// spareFrom names the first spare output from the ith on, and which it is.
func (r *Run) spareFrom(i int) (dst string, at int, err error) {
	name := r.dst()
	if r.Settings.InPlace {
		name = spec.OutputPath(r.Input, r.Sandbox)
	}
	ext := filepath.Ext(name)
	for ; i < 100; i++ {
		dst := name
		if i > 1 {
			dst = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i, ext)
		}
		if err := r.mayReplace(dst); err == nil {
			return dst, i, nil
		}
	}
	return "", i, errInputChanged
}

// mergeOnce makes one pass. With strict, the input must be the same from its opening until the output appears.
func (r *Run) mergeOnce(ctx context.Context, sum *task.Summary, dst string, strict bool) error {
	src, err := r.open()
	if err != nil {
		return err
	}
	m := &merger{run: r, src: src, seen: src.Stat(), dst: dst, strict: strict}
	if err := m.write(ctx); err != nil {
		if strict && m.changed() {
			return errInputChanged
		}
		return err
	}
	m.sum.Output, m.sum.OutDir = dst, r.Settings.OutDir
	take(sum, &m.sum)
	return nil
}
