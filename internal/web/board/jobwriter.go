package board

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gigabatch/internal/io/atomicfile"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/spec/jobfile"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Save writes a spec as a job file beside its table, and returns its name. The command line runs it with the same requests. A file that
// the page did not write is replaced only with replace.
func (b Jobs) Save(s *Spec, replace bool) (name string, err error) {
	j, err := b.job(s)
	if err != nil {
		return "", err
	}
	set := s.settingsFor(b.Board, j.Input, false)
	if err := set.Check(); err != nil {
		return "", err
	}
	path := b.jobPath(s.Input)
	if err := atomicfile.CheckName(path); err != nil {
		return "", err
	}
	if b.isThere(path) && !b.wroteJob(path) && !replace {
		return "", ErrJobExists
	}
	w := &jobWriter{board: b.Board, path: path}
	f := w.file(s.Input, &set, s.limits())
	text, err := jobfile.Write(jobMark, f)
	if err = errors.Join(w.err, err); err != nil {
		return "", err
	}
	for _, side := range w.sides {
		if err := put(side.path, side.text); err != nil {
			return "", err
		}
	}
	return b.Below(path), put(path, text)
}

// put writes a small file, at once and whole.
func put(path string, text []byte) error {
	f, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Commit(nil)
}

// jobWriter makes the entries of a job file.
type jobWriter struct {
	board *Board
	path  string
	to    []jobfile.Entry
	sides []side
	err   error
}

// side is a file that a job file names. Its name depends on its content, so that it replaces nothing else.
type side struct {
	path string
	text []byte
}

func (w *jobWriter) add(name string, values ...string) {
	w.to = append(w.to, jobfile.Entry{Name: name, Values: values})
}

// text adds a text that is not empty.
func (w *jobWriter) text(name, value string) {
	if value != "" {
		w.add(name, value)
	}
}

func (w *jobWriter) list(name string, values []string) {
	if len(values) > 0 {
		w.to = append(w.to, jobfile.Entry{Name: name, Values: values, Listed: true})
	}
}

// flag adds a switch that is on.
func (w *jobWriter) flag(name string, on bool) {
	if on {
		w.add(name, "true")
	}
}

// number adds a number that is not the default, 0.
func (w *jobWriter) number(name string, n int64) {
	if n != 0 {
		w.add(name, strconv.FormatInt(n, 10))
	}
}

func (w *jobWriter) decimal(name string, x *float64) {
	if x != nil {
		w.add(name, strconv.FormatFloat(*x, 'f', -1, 64))
	}
}

func (w *jobWriter) duration(name string, d time.Duration) {
	if d != 0 {
		w.add(name, d.String())
	}
}

func (w *jobWriter) rubles(name string, a cost.Amount) {
	if r := a.Rubles(); r != 0 {
		w.decimal(name, &r)
	}
}

// file returns the job file of settings and limits. Whatever is as by default is left out.
func (w *jobWriter) file(input string, set *spec.Settings, l task.Limits) *jobfile.File {
	f := &jobfile.File{Name: w.path}
	beside := func(path string) string { // relative to the folder of the job file
		abs, err := filepath.Abs(path)
		if rel, relErr := filepath.Rel(filepath.Dir(w.path), abs); errors.Join(err, relErr) == nil && path != "" {
			return filepath.ToSlash(rel)
		}
		return path
	}
	var documents []string
	for _, d := range set.Documents {
		documents = append(documents, beside(d))
	}
	switch len(documents) {
	case 0:
		w.add("input", filepath.Base(filepath.FromSlash(input)))
	case 1:
		w.add("input", documents[0])
	default:
		w.list("input", documents)
	}
	w.text("format", string(set.Format))
	w.text("sheet", set.Sheet)
	w.flag("all_sheets", set.AllSheets)
	w.number("header_row", int64(set.HeaderRow))
	w.flag("no_header", set.NoHeader)
	w.flag("raw_values", set.RawValues)
	w.text("delimiter", set.Delimiter)
	w.text("encoding", set.Encoding)
	w.text("keep_rows", set.KeepRows)
	w.text("rows", set.Rows)
	w.list("where", set.Where)
	w.flag("visible_only", set.VisibleOnly)
	w.flag("skip_suspect", set.SkipSuspect)
	w.number("limit", int64(set.Limit))
	w.text("attach_root", beside(set.AttachRoot))
	if single := set.All()[0]; !set.Several() && len(single.When) == 0 { // a condition is one of a column in a list
		if single.CompletionColumn != spec.DefaultCompletionColumn {
			w.add("completion_column", single.CompletionColumn)
		}
		w.column(single)
	} else {
		top := w.to
		for _, c := range set.All() {
			w.to = nil
			w.add("name", c.CompletionColumn)
			w.column(c)
			f.Columns = append(f.Columns, jobfile.Column{Entries: w.to})
		}
		w.to = top
	}
	w.flag("in_place", set.InPlace)
	if anchor := w.board.PlaceOf(input); !set.InPlace && set.Output != "" &&
		(set.Documents != nil || set.Output != usualOutput(set, anchor, false)) {
		w.add("output", beside(set.Output))
	}
	w.text("out_dir", beside(set.OutDir))
	w.text("out_name", set.OutName)
	if !slices.Equal(set.OutputColumns, usualColumns(set)) {
		w.list("output_columns", set.OutputColumns)
	}
	w.text("csv_dialect", set.CSVDialect)
	if set.FormulaGuardOff {
		w.add("formula_guard", "off")
	}
	w.flag("no_dedupe", set.NoDedupe)
	w.limits(l)
	f.Entries = w.to
	return f
}

func (w *jobWriter) limits(l task.Limits) {
	w.number("concurrency", int64(l.Concurrency))
	w.number("rpm", int64(l.RPM))
	w.number("tpm", int64(l.TPM))
	w.number("max_attempts", int64(l.MaxAttempts))
	w.duration("grace", l.Grace)
	w.number("max_rounds", int64(l.MaxRounds))
	w.duration("max_outage", l.MaxOutage)
	w.duration("max_time", l.MaxTime)
	w.flag("keep_going", l.KeepGoing)
	w.number("max_tokens_total", l.Tokens)
	w.rubles("max_cost", l.Cost)
	w.rubles("daily_budget", l.Daily)
	if l.Via == task.ViaHybrid && l.Deadline.Before(time.Now()) { // as when a run is continued
		l.Via = task.ViaBatch
	}
	w.text("via", l.Via)
	if l.Via == task.ViaLive {
		return
	}
	if l.Via == task.ViaHybrid {
		w.add("deadline", l.Deadline.Format(time.RFC3339))
	}
	w.flag("detach", l.Detach)
	w.number("batch_lines", int64(l.Lines))
	if l.LiveStragglers {
		w.add("batch_stragglers", "live")
	}
}

// column adds the entries of a completion column.
func (w *jobWriter) column(c *spec.Column) {
	if c.Embed {
		w.err = &spec.UsageError{
			Msg: messages.Sprintf("a column with vectors cannot be saved as a job"), Hint: messages.Sprintf("leave the column out"),
		}
	}
	w.text("prompt", c.Prompt)
	w.text("system", c.System)
	if c.ModelForced || c.Model != w.board.Model {
		w.text("model", c.Model)
	}
	w.decimal("temperature", c.Temperature)
	w.decimal("top_p", c.TopP)
	if c.MaxTokens != nil {
		w.number("max_tokens", int64(*c.MaxTokens))
	}
	w.decimal("repetition_penalty", c.RepetitionPenalty)
	if len(c.FewShot) > 0 {
		var lines bytes.Buffer
		for _, e := range c.FewShot {
			line, _ := json.Marshal(e)
			fmt.Fprintf(&lines, "%s\n", line)
		}
		w.aside("few_shot", ".few-shot", lines.Bytes())
	}
	w.list("row_params", c.RowParams)
	w.list("choices", c.Choices)
	if len(c.Schema) > 0 {
		inline := jobfile.Entry{Name: "schema", Object: json.RawMessage(c.Schema)}
		if _, err := jobfile.Write("", &jobfile.File{Entries: []jobfile.Entry{{Name: "input", Values: []string{"x"}}, inline}}); err == nil {
			w.to = append(w.to, inline)
		} else {
			w.aside("schema", ".schema.json", c.Schema)
		}
	}
	if (len(c.Schema) > 0 || len(c.Choices) > 0) && c.Repairs != spec.DefaultRepairs {
		w.add("repairs", strconv.Itoa(c.Repairs))
	}
	w.text("value_prefix", c.ValuePrefix)
	w.list("when", c.When)
	w.list("skip_empty", c.SkipEmpty)
	if c.RaiseLength {
		w.add("on_length", "raise")
	}
	switch {
	case c.BlockedFails:
		w.add("on_blocked", "fail")
	case c.BlockedModel != "":
		w.add("on_blocked", "retry-model")
	}
	w.text("blocked_model", c.BlockedModel)
	w.text("fallback_model", c.FallbackModel)
	w.text("attach", c.Attach)
	if c.Split {
		w.add("long", "split")
	}
	w.number("context", int64(c.Context))
	w.text("join_prompt", c.JoinPrompt)
}

// aside adds a key with the name of a file beside the job file.
func (w *jobWriter) aside(name, ext string, text []byte) {
	sum := sha256.Sum256(text)
	path := strings.TrimSuffix(w.path, ".yaml") + "-" + hex.EncodeToString(sum[:4]) + ext
	w.sides = append(w.sides, side{path, text})
	w.add(name, filepath.Base(path))
}
