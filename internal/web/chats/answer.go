package chats

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

const (
	maxDrain  = 30 * time.Second // how long answers in progress are awaited when the server ends
	saveGap   = 2 * time.Second  // a crash loses at most this much of an answer
	maxBusy   = time.Minute      // how long an answer waits while all streams of the key are in use
	firstWait = time.Second
)

// errStopped is the cause that ends the context of an answer when the user stops it.
var errStopped = errors.New("stopped")

// answer is an answer in progress. Everyone who follows it sees all of it, from the first word.
type answer struct {
	file *file // the chat up to the prompt; guarded by the mu of the store
	stop context.CancelCauseFunc
	done chan struct{} // closed when the answer is stored

	mu      sync.Mutex // guards what follows
	text    strings.Builder
	more    chan struct{} // closed when more has arrived
	message *Message      // the whole answer, nil until the end
}

// Event is an event of a stream: first the text so far, then pieces, and last the message as it is stored.
type Event struct {
	Text    *string  `json:"text,omitempty"`
	Delta   string   `json:"delta,omitempty"`
	Message *Message `json:"message,omitempty"`
	Idle    bool     `json:"idle,omitempty"` // no answer is in progress
}

// Put sends a prompt. When it returns, the prompt is on disk and the answer is in progress; the answer continues when ctx ends.
func (s *Store) Put(ctx context.Context, id string, p Prompt) (*Chat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.next(id, p)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	a := &answer{file: f, stop: stop, done: make(chan struct{}), more: make(chan struct{})}
	if s.answers == nil {
		s.answers = map[string]*answer{}
	}
	s.answers[id] = a
	r := f.request()
	s.work.Go(func() { s.run(ctx, a, r) })
	return s.view(f), nil
}

// next stores a prompt. The caller holds mu.
func (s *Store) next(id string, p Prompt) (*file, error) {
	switch {
	case s.stopping:
		return nil, ErrStopping
	case s.answers[id] != nil:
		return nil, ErrBusy
	}
	f, err := s.load(id)
	if err != nil {
		return nil, err
	}
	if f.Problem != nil {
		return nil, messages.Errorf("%s", f.Problem.Error)
	}
	changed := &file{Chat: *f.clone()}
	if err := changed.take(p); err != nil {
		return nil, err
	}
	changed.Updated = now()
	return changed, s.write(changed)
}

func (s *Store) run(ctx context.Context, a *answer, r *gigachat.ChatRequest) {
	defer close(a.done)
	defer a.stop(nil)
	saved := time.Now()
	got, err := s.patiently(ctx, r, func(piece string) error {
		a.mu.Lock()
		a.text.WriteString(piece)
		a.wake()
		a.mu.Unlock()
		if time.Since(saved) > saveGap {
			s.saveSoFar(a, r.Model)
			saved = time.Now()
		}
		return nil
	})
	s.keep(a, s.message(ctx, a, r.Model, got, err))
}

// patiently sends a request, and sends it again while all streams of the key are in use, for instance by a run.
func (s *Store) patiently(ctx context.Context, r *gigachat.ChatRequest, onDelta func(string) error) (*gigachat.ChatResponse, error) {
	began := time.Now()
	for gap := firstWait; ; gap = min(2*gap, 8*firstWait) {
		got, err := s.Send(ctx, r, onDelta)
		e := gigachat.AsError(err)
		if e == nil || e.Kind != gigachat.KindRateLimited || time.Since(began) > maxBusy {
			return got, err
		}
		wait := time.NewTimer(max(gap, min(e.RetryAfter, maxBusy)))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, ctx.Err()
		}
	}
}

// message returns the answer to a prompt, or the message that tells why there is none.
func (s *Store) message(ctx context.Context, a *answer, model string, got *gigachat.ChatResponse, err error) Message {
	m := Message{Role: "assistant", Content: a.soFar(), Model: model, At: now()}
	switch {
	case err != nil && ctx.Err() != nil:
		m.Stopped = true
	case err != nil:
		t := s.trouble(err)
		m.Error = &t
	case got.Unknown:
		m.Content, m.Error = got.Raw, &Trouble{Error: messages.Sprintf("the answer is not a chat completion")}
	default:
		m.Content = got.Completion
	}
	if got != nil {
		m.Model, m.FinishReason, m.Sandbox = got.Model, got.FinishReason, got.Sandbox
		m.Usage = &Usage{PromptTokens: got.Usage.PromptTokens, CompletionTokens: got.Usage.CompletionTokens, CachedTokens: got.Usage.CachedTokens}
	}
	return m
}

// saveSoFar stores what has arrived, in case of a crash. Errors are ignored, since everything is stored again at the end.
func (s *Store) saveSoFar(a *answer, model string) {
	part := Message{Role: "assistant", Content: a.soFar(), Model: model, At: now(), Stopped: true}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isOurs(a.file) {
		return
	}
	soFar := &file{Chat: *a.file.clone()}
	soFar.Messages = append(soFar.Messages, part)
	if s.write(soFar) == nil {
		a.file.Revision = soFar.Revision
	}
}

// keep ends an answer. It is in the file before its followers see the end.
func (s *Store) keep(a *answer, m Message) {
	s.mu.Lock()
	f := a.file
	if !s.isOurs(f) {
		f = &file{Chat: *f.clone()}
		f.ID = newID()
	}
	f.Messages = append(f.Messages, m)
	f.Updated = now()
	s.save(f)
	delete(s.answers, a.file.ID)
	s.mu.Unlock()

	a.mu.Lock()
	defer a.mu.Unlock()
	a.message = &m
	a.wake()
}

// isOurs reports whether the file of a chat is gone or as this process wrote it. Otherwise another process has continued the chat, and the
// answer goes into a new chat. The caller holds mu.
func (s *Store) isOurs(f *file) bool {
	on, err := s.read(f.ID)
	return err != nil || on.Revision == f.Revision
}

// wake wakes the followers of the answer. The caller holds mu.
func (a *answer) wake() {
	close(a.more)
	a.more = make(chan struct{})
}

func (a *answer) soFar() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.text.String()
}

// from returns what follows the first n bytes, the channel that is closed when more arrives, and the message if the answer has ended.
func (a *answer) from(n int) (text string, more <-chan struct{}, m *Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.text.String()[n:], a.more, a.message
}

// Follow yields the answer in progress, until it or ctx ends.
func (s *Store) Follow(ctx context.Context, id string) (iter.Seq[Event], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.load(id); err != nil {
		return nil, err
	}
	a := s.answers[id]
	if a == nil {
		return func(yield func(Event) bool) { yield(Event{Idle: true}) }, nil
	}
	return func(yield func(Event) bool) { a.follow(ctx, yield) }, nil
}

func (a *answer) follow(ctx context.Context, yield func(Event) bool) {
	text, more, message := a.from(0)
	seen := len(text)
	if !yield(Event{Text: &text}) {
		return
	}
	for message == nil {
		select {
		case <-more:
		case <-ctx.Done():
			return
		}
		text, more, message = a.from(seen)
		seen += len(text)
		if text != "" && !yield(Event{Delta: text}) {
			return
		}
	}
	yield(Event{Message: message})
}

// Stop ends the answer in progress, if there is one, and returns the chat with what has arrived.
func (s *Store) Stop(ctx context.Context, id string) (*Chat, error) {
	s.mu.Lock()
	a := s.answers[id]
	s.mu.Unlock()
	if a != nil {
		a.stop(errStopped)
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.Get(id)
}

// Drain accepts no more prompts, and waits for the answers in progress until ctx ends, but at most for maxDrain. Unfinished answers are
// stored as they are then.
func (s *Store) Drain(ctx context.Context) {
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	whole := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		s.work.Wait()
		close(whole)
	})
	limited, cancel := context.WithTimeout(ctx, maxDrain)
	defer cancel()
	select {
	case <-whole:
	case <-limited.Done():
		s.mu.Lock()
		for _, a := range s.answers {
			a.stop(errStopped)
		}
		s.mu.Unlock()
		waiting.Wait()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.unsaved {
		s.save(f) // a last attempt
	}
}
