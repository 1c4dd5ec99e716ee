package batch

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Service is the asynchronous batch API, as accessed by gigachat.Client. Errors are *gigachat.Error.
type Service interface {
	CreateBatch(ctx context.Context, m gigachat.BatchMethod, lines []byte, timeout time.Duration) (*gigachat.Batch, error)
	Batch(ctx context.Context, id string) (*gigachat.Batch, error)
	Batches(ctx context.Context) ([]gigachat.Batch, error)
	FileContent(ctx context.Context, id string, w io.Writer) error
}

// Batcher is the task.Executor of the asynchronous batch API. Its exported fields must be set before Execute is called. Several calls of
// Execute, one after the other, share the batches that are open. The other methods may be called by any goroutine.
type Batcher struct {
	Service Service
	Method  gigachat.BatchMethod // default gigachat.BatchChat
	task.Limits
	Timeout time.Duration // of an exchange; default gigachat.DefaultTimeout
	Once    bool          // Execute looks at each open batch once, and posts nothing
	Sandbox bool          // failures are marked as those of a sandbox
	Former
	Hooks
	Allowance

	mu sync.Mutex // guards all below
	state
}

// Former is what earlier processes left.
type Former struct {
	Open   []task.OpenBatch // are taken up again by the first Execute
	Repost bool             // batches of which it is unknown whether the service has them are posted again
	Fresh  bool             // the service is new and has none of them
	Since  time.Time        // batches that nobody noted may have been posted since then by a copy of the journal; zero if there are none
	Copied bool             // the last run has not ended, so that the journal may be a copy from its middle
}

// Hooks connect a Batcher with what keeps its results. They are called by one goroutine at a time, apart from Spent and Counted. Those below
// Tell may be nil.
type Hooks struct {
	Note   func(task.BatchStep, Note) error     // makes a step durable; its error ends the run
	Known  func(id string) bool                 // a batch with this id was noted
	Result func(task.Key) (*task.Result, error) // the result of a task that counts at present, nil if it has none
	Spent  func(task.Result) error              // keeps an answer that is no result
	Tell   func(messages.Text)                  // what the user should know

	Current func() bool                                            // called before each task; if false, no more are taken
	Wanted  func(task.Key) bool                                    // called before a task is posted; an unwanted task stays pending
	Body    func(ctx context.Context, t task.Task) ([]byte, error) // stores the files of t and returns the request; nil sends t.Body
	Paused  func() bool                                            // while true, nothing is posted
	Until   func(open int) time.Time                               // Execute leaves the open tasks at this time; zero is never
	Counted func(posted int, u gigachat.Usage)                     // lines were posted, or an answer has cost tokens
	Forget  func()                                                 // a file that a task needs may no longer be stored
}

// Note is what a step of a batch says. Keys and Kept belong to task.BatchPosting.
type Note struct {
	task.OpenBatch
	Lost int // tasks that may have been paid for without a result
}

// Allowance is what batches may cost.
type Allowance struct {
	Spending *cost.Spending
	Claim    func(t task.Task) cost.Claim // what a line for t may cost
	End      time.Time                    // the run ends in order at this time; zero is never
}

// state is what all calls of Execute share.
type state struct {
	begun bool
	most  int // lines of a batch, as far as the service has not refused so many
	open  []*file
	in    map[task.Key]*file // of the open files
	others
	troubles
	timing
	did   task.Batched
	again bool // a task waits for another Execute
}

// others are batches of the account that nobody noted.
type others struct {
	strangers map[task.Key]*stranger
	foreign   map[string]bool // ids of batches that are not ours
	looks     map[string]int  // how often a batch could not be read, by its id
	looked    bool            // for strangers
}

// troubles are the tasks that no batch has completed yet.
type troubles struct {
	refused map[task.Key]*gigachat.Error
	unfit   map[string]bool  // models that the service does not take in batches
	strays  map[task.Key]int // how often a batch did not complete a task
	useless map[task.Key]int // how often its answer could not be used
}

type timing struct {
	took    time.Duration // of the slowest batch so far
	late    bool          // there is too little time for another batch
	failing time.Time     // since when no batch could be posted; zero if the last one could
}

// What is not known of the service, and therefore careful.
const (
	maxBytes   = 8 << 20          // of a batch
	maxOpen    = 200              // batches, unless the run ends once all are posted
	firstPoll  = time.Second      // after a batch was posted; the intervals grow
	maxPoll    = time.Minute      // between two looks
	freeTime   = 30 * time.Second // of an exchange that costs nothing
	fileTime   = 10 * time.Minute // of a file of results
	appearing  = 10 * time.Minute // a batch that the service has taken is in its list, and known to polls, by then
	minTime    = 2 * time.Minute  // for a batch
	patience   = time.Hour        // with results that cannot be read
	maxRunning = 24 * time.Hour   // for which a batch of others may be running
	skew       = 48 * time.Hour   // of clocks, if the ids decide
	nearSkew   = time.Hour        // of clocks, if they do not
	maxFetches = 12               // of a file that has fewer lines than the service has counted
	maxLate    = 3                // looks at a batch that has ended without results
	maxBackoff = 30 * time.Second
	maxUseless = 3  // useless answers, each of which has been billed
	maxTries   = 3  // batches in which a task may fail before the run ends with that
	recording  = 64 // results at once, which share an fsync
	maxLooks   = 50 // batches of others that are read
	maxOdd     = 5  // lines with an id that is no key, before a file counts as that of others
	maxUnread  = 15 // looks at a batch of others that cannot be read
)

// ForbiddenError means that the key may not use batches.
type ForbiddenError struct{ Err error }

func (e *ForbiddenError) Error() string { return e.Message().String() }
func (e *ForbiddenError) Unwrap() error { return e.Err }

// Message is the text of Error in any language.
func (e *ForbiddenError) Message() messages.Text {
	return messages.Sprintf("this key has no right to asynchronous batches: %v", e.Err)
}

// Allowed returns a ForbiddenError if the key may not use batches. It asks only for their list.
func Allowed(ctx context.Context, s Service) error {
	_, err := s.Batches(ctx)
	if e := gigachat.AsError(err); e != nil && (e.Kind == gigachat.KindForbidden || e.Kind == gigachat.KindNotFound) {
		return &ForbiddenError{err}
	}
	return err
}

// file is a batch.
type file struct {
	task.OpenBatch
	held   []cost.Reserved // for each key
	model  []string        // of each key; "" if it is unknown
	index  map[task.Key]int
	got    []bool // by index: its line was read
	left   int    // lines that were not read
	status string
	done   int
	next   time.Time // of the next look at it
	wait   time.Duration
	looking
	earlier               // what an earlier process left
	doubt   messages.Text // why nobody can say whether the service has it or its results
	verdicts
	vain int // answers that are paid for and no result: of a task that had one, or unusable
}

// looking is what became of looks at a batch that has ended.
type looking struct {
	fetches int
	broken  time.Time // since when its results cannot be read; zero if they can
}

type earlier struct {
	inherited, told bool
	wanted          bool // a task of it is asked now
}

// verdicts are the lines with errors that a model may be to blame for.
type verdicts struct {
	refused  map[task.Key]*gigachat.Error
	answered map[string]bool // models of which a line was answered
}

func newFile(o task.OpenBatch) *file {
	f := &file{OpenBatch: o, index: make(map[task.Key]int, len(o.Keys)), got: make([]bool, len(o.Keys)), model: make([]string, len(o.Keys))}
	f.left, f.wait = len(o.Keys), firstPoll
	for i, k := range o.Keys {
		f.index[k] = i
	}
	return f
}

// Has reports whether a task is in an open batch, whatever is known of that.
func (b *Batcher) Has(k task.Key) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.begun {
		b.take()
	}
	return b.in[k] != nil
}

// Strays returns how often a batch has not completed the task, and whether no batch will.
func (b *Batcher) Strays(t *task.Task) (times int, refused bool) {
	b.mu.Lock()
	why, news := b.refused[t.Key], b.refused[t.Key] != nil && !b.unfit[t.Model]
	if news {
		b.unfit[t.Model] = true
	}
	times, refused = b.strays[t.Key], b.unfit[t.Model]
	b.mu.Unlock()
	if news { // whoever is told may look at the states
		b.Tell(messages.Sprintf("the service does not take %s in batches: %v", t.Model, why))
	}
	return times, refused
}

// Again reports whether a task waits for another Execute, once.
func (b *Batcher) Again() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.again
	b.again = false
	return was
}

// Twice counts a second answer to a task that was asked in two ways.
func (b *Batcher) Twice() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did.Twice++
}

// States returns the open batches.
func (b *Batcher) States() []task.BatchState {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]task.BatchState, 0, len(b.open))
	for _, f := range b.open {
		all = append(all, task.BatchState{ID: f.ID, Status: f.status, Lines: len(f.Keys), Done: f.done, Posted: f.At})
	}
	return all
}

// Did returns what was done so far, and what is left at the service.
func (b *Batcher) Did() task.Batched {
	b.mu.Lock()
	defer b.mu.Unlock()
	did := b.did
	did.Left = task.Left{}
	for _, f := range b.open {
		if f.doubt.IsZero() {
			did.Open, did.Waiting = did.Open+1, did.Waiting+f.left
			continue
		}
		if did.Doubts++; did.Doubts == 1 {
			did.Why = f.doubt
		}
		did.Doubted += f.left
	}
	return did
}

// take takes up what earlier processes left. The caller holds b.mu.
func (b *Batcher) take() {
	b.begun, b.most = true, cmp.Or(b.Lines, task.DefaultBatchLines)
	b.in, b.strangers, b.foreign = map[task.Key]*file{}, map[task.Key]*stranger{}, map[string]bool{}
	b.looks = map[string]int{}
	b.refused, b.unfit, b.strays, b.useless = map[task.Key]*gigachat.Error{}, map[string]bool{}, map[task.Key]int{}, map[task.Key]int{}
	for _, o := range b.Open {
		f := newFile(o)
		b.resume(f)
		f.inherited = true
		b.add(f)
	}
	b.looked = b.Since.IsZero()
	if b.Current == nil {
		b.Current = func() bool { return true }
	}
	if b.Wanted == nil {
		b.Wanted = func(task.Key) bool { return true }
	}
	if b.Body == nil {
		b.Body = func(_ context.Context, t task.Task) ([]byte, error) { return t.Body, nil }
	}
	if b.Paused == nil {
		b.Paused = func() bool { return false }
	}
	if b.Forget == nil {
		b.Forget = func() {}
	}
	if b.Counted == nil {
		b.Counted = func(int, gigachat.Usage) {}
	}
}

// resume finds out which results of a batch an earlier process has recorded, and sets aside what the others may cost. A result that cannot be
// read counts as none: the run meets the error when it reads the batch. The caller holds b.mu.
func (b *Batcher) resume(f *file) {
	type answer struct {
		model string
		usage gigachat.Usage
	}
	var recorded []answer
	for i, k := range f.Keys {
		if r, err := b.Result(k); f.ID != "" && err == nil && r != nil && r.Batch == f.ID {
			f.got[i] = true
			f.left--
			if r.State != task.Failed {
				f.answers(r.Model)
			}
			recorded = append(recorded, answer{r.Model, r.Usage})
		}
	}
	shares := b.Spending.Restore(f.Kept, f.left, func(yield func(string, gigachat.Usage) bool) {
		for _, a := range recorded {
			if !yield(a.model, a.usage) {
				return
			}
		}
	})
	f.held = make([]cost.Reserved, len(f.Keys))
	for i := range f.Keys {
		if !f.got[i] {
			f.held[i], shares = shares[0], shares[1:]
		}
	}
}

// add adds an open batch. The caller holds b.mu.
func (b *Batcher) add(f *file) {
	b.open = append(b.open, f)
	for _, k := range f.Keys {
		b.in[k] = f
	}
}

// drop removes a batch that is no longer open.
func (b *Batcher) drop(f *file) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, o := range b.open {
		if o == f {
			b.open = append(b.open[:i:i], b.open[i+1:]...)
			break
		}
	}
	for _, k := range f.Keys {
		if b.in[k] == f {
			delete(b.in, k)
		}
	}
}

// Late reports whether tasks were not posted because there was too little time for a batch.
func (b *Batcher) Late() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.late
}

// Execute implements task.Executor. It takes up the batches of earlier calls and processes, posts the tasks that are in none of them, and
// collects results until no batch is open, or until Detach, Until or drain ends it. Batches of which nobody can say whether the service has
// them are not awaited. A task of a batch that is still open then stays pending, and Has reports it.
func (b *Batcher) Execute(
	ctx context.Context, drain <-chan struct{}, tasks iter.Seq2[task.Task, error], record func(task.Result) error,
) error {
	b.mu.Lock()
	if !b.begun {
		b.take()
	}
	b.mu.Unlock()
	w := &work{Batcher: b, drain: drain, record: record}
	var cancel, rest context.CancelFunc
	w.wire, cancel = context.WithCancel(ctx)
	w.ctx, rest = context.WithCancel(w.wire)
	ended := make(chan struct{})
	var watch errgroup.Group
	watch.Go(func() error {
		select {
		case <-ended:
			return nil
		case <-drain:
		}
		rest()
		t := time.NewTimer(cmp.Or(b.Grace, 30*time.Second))
		defer t.Stop()
		select {
		case <-ended:
		case <-t.C:
			cancel()
		}
		return nil
	})
	err := w.run(tasks)
	close(ended)
	rest()
	cancel()
	watch.Wait()
	if errors.Is(err, errEnd) {
		err = nil
	}
	if kept := w.kept.Load(); err == nil && kept != nil {
		err = *kept
	}
	return err
}
