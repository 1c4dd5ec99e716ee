// Package events writes the course of a run as a stream of JSON lines.
package events

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/io/filelock"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/control"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/estimate"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Stream is a stream of events. docs/events.schema.json describes its lines. Each line is written at once and whole. The first error ends the
// stream, not the run, and so does a reader that stops reading. A nil Stream writes nothing. Safe for concurrent use.
type Stream struct {
	content bool
	failed  func(error)
	name    string // of the file

	mu    sync.Mutex // guards all below
	to    io.Writer  // nil after an error, and while another run has the file
	taken bool       // another run has the file
	first started
	plan  planned // the last one that was said, without its time
	run   *pool.Progress
	end   chan struct{}
	did   sync.WaitGroup
}

// step is the time between two events about the progress.
const step = time.Second

// patience is how long a run waits for a reader of its events, such as a pager that was left.
const patience = 5 * time.Second

var errStuck = messages.Errorf("the reader does not read them")

// Open starts a stream to a file, whose content it replaces, or to out if the name is "-". While another run writes events to the file, the
// stream drops its own. With content, the stream has requests and completions. failed is called once if the stream cannot be written any more.
func Open(name string, out io.Writer, content bool, failed func(error)) (*Stream, error) {
	s := &Stream{content: content, failed: failed, name: name, to: out}
	if name == "-" {
		return s, nil
	}
	s.to = nil
	return s, s.open()
}

// open opens the file, unless another run has it. The caller holds mu.
func (s *Stream) open() error {
	f, err := os.OpenFile(s.name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() { // else there is no content to be replaced, as in a pipe
		if s.taken = errors.Is(filelock.Lock(f), filelock.ErrTaken); s.taken {
			return f.Close()
		}
		err = f.Truncate(0)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	s.to = f
	return nil
}

// Taken reports whether another run writes events to the file.
func (s *Stream) Taken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// event is what all events have.
type event struct {
	Time  time.Time `json:"time"`
	Event string    `json:"event"`
}

type started struct {
	event
	Program       string `json:"program"` // gigabatch
	SchemaVersion int    `json:"schema_version"`
	Command       string `json:"command"`
	Input         string `json:"input"`
	Version       string `json:"version"`
	PID           int    `json:"pid"`
}

type planned struct {
	event
	Rows        int             `json:"rows"`
	Requests    int             `json:"requests"`
	FromJournal int             `json:"from_journal"`
	Duplicates  int             `json:"duplicates"`
	Skipped     int             `json:"skipped"`
	Estimate    *estimate.Money `json:"estimate_rub,omitempty"` // nil if a price is unknown
}

type progress struct {
	event
	State task.RunState `json:"state"`
	task.Snapshot
	control.Times
	Rate float64 `json:"per_second"` // results since the first request
}

type answer struct {
	event
	Key string `json:"key"`
	task.Place
	State     task.State      `json:"state"`
	Cause     task.Cause      `json:"cause,omitempty"`
	Error     string          `json:"error,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Attempts  int             `json:"attempts"`
	Request   json.RawMessage `json:"request,omitempty"`    // only with --log-content
	Answered  string          `json:"completion,omitempty"` // only with --log-content
}

type message struct {
	event
	Level string `json:"level"`
	Text  string `json:"text"`
}

type ended struct {
	event
	*outcome.Final
}

func (s *Stream) write(v any) {
	s.mu.Lock()
	err := s.put(v)
	if err != nil {
		s.taken = false
		s.close()
	}
	s.mu.Unlock()
	if err != nil {
		s.failed(err) // it says so, and the stream gets what is said
	}
}

// put writes an event, after the first one if the file was taken until now. The caller holds mu.
func (s *Stream) put(v any) error {
	if first, ok := v.(started); ok {
		s.first = first
	} else if s.taken {
		if err := s.open(); err != nil || s.taken {
			return err
		}
		if err := s.put(s.first); err != nil {
			return err
		}
	}
	if s.to == nil {
		return nil
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	line := outcome.Harmless(b.String())
	done, to := make(chan error, 1), s.to
	go func() {
		_, err := io.WriteString(to, line)
		done <- err
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		s.to = nil // to close it may block, too
		return errStuck
	}
}

// close forgets the writer, and closes it if it is a file of the stream. The caller holds mu.
func (s *Stream) close() error {
	f, ok := s.to.(*os.File)
	s.to = nil
	if !ok || f == os.Stdout {
		return nil
	}
	return f.Close()
}

func is(name string) event { return event{time.Now().UTC(), name} }

// Started says that a run has begun.
func (s *Stream) Started(command, input, version string) {
	if s == nil {
		return
	}
	s.write(started{is("started"), "gigabatch", outcome.SchemaVersion, command, input, version, os.Getpid()})
}

// Planned says what the run asks. It is said again if that has changed.
func (s *Stream) Planned(p *jobs.Plan, prices *cost.Prices) {
	if s == nil {
		return
	}
	now := planned{event{}, p.Rows, p.Tasks + p.Later, p.FromJournal, p.Duplicates, p.Skipped, p.Estimate(prices).Cost}
	s.mu.Lock()
	same := reflect.DeepEqual(now, s.plan)
	s.plan = now
	s.mu.Unlock()
	if !same {
		now.event = is("planned")
		s.write(now)
	}
}

// Watch says each second how the run proceeds, if it does, until Ended.
func (s *Stream) Watch(run *pool.Progress) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.run = run
	again := s.end != nil
	if !again {
		s.end = make(chan struct{})
	}
	end := s.end
	s.mu.Unlock()
	if again {
		return
	}
	s.did.Go(func() {
		tick := time.NewTicker(step)
		defer tick.Stop()
		for last := ""; ; {
			last = s.progress(last)
			select {
			case <-end:
				s.progress(last)
				return
			case <-tick.C:
			}
		}
	})
}

// progress says how the run proceeds, unless nothing has changed since the event last. It returns the new one.
func (s *Stream) progress(last string) string {
	s.mu.Lock()
	run := s.run
	s.mu.Unlock()
	state := control.Observe(run.Snapshot(), false)
	rate := 0.0
	if state.Elapsed > 0 {
		rate = float64(state.Done) / state.Elapsed.Seconds()
	}
	elapsed := state.ElapsedMS
	state.ElapsedMS = 0
	now, err := json.Marshal(state)
	if err != nil || string(now) == last {
		return last
	}
	state.ElapsedMS = elapsed
	s.write(progress{is("progress"), state.State, state.Snapshot, state.Times, rate})
	return string(now)
}

// Answer says that a task has no completion, or with content, what was asked and answered.
func (s *Stream) Answer(a *jobs.Answer) {
	if s == nil || a.State == task.Completed && !s.content {
		return
	}
	e := answer{
		event: is("answer"), Key: a.Key.String(), Place: a.Of, State: a.State, Cause: a.Cause, Error: a.Error, RequestID: a.RequestID, Attempts: a.Attempts,
	}
	if s.content {
		e.Request, e.Answered = a.Request, a.Completion
	}
	s.write(e)
}

// Say says a message that people see, too.
func (s *Stream) Say(level slog.Level, text string) {
	if s == nil {
		return
	}
	s.write(message{is("message"), strings.ToLower(level.String()), text})
}

// Ended says how the run ended, and ends the stream.
func (s *Stream) Ended(f *outcome.Final) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	end := s.end
	s.end = nil
	s.mu.Unlock()
	if end != nil {
		close(end)
		s.did.Wait()
	}
	if f.Summary != nil && !s.content {
		summary := *f.Summary
		summary.Errors = maps.Clone(summary.Errors)
		delete(summary.Errors, task.CauseInvalid) // it quotes an answer
		without := *f
		without.Summary = &summary
		f = &without
	}
	s.write(ended{is("ended"), f})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = false // what is said later is no event
	if s.to == nil {
		return nil
	}
	return s.close()
}
