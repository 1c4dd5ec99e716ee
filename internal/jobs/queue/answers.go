package queue

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// mail is what has come from the workers, and what is awaited.
type mail struct {
	attempts map[string]*attempt   // that are under way, by id
	early    map[task.Key][]answer // that nobody has awaited
	turn     sync.Mutex            // held while a message of the stream is read; it is taken before that of the fleet
	inbox
}

// inbox is the part of a stream that belongs to the job.
type inbox struct {
	made   time.Time            // of the stream
	last   uint64               // message that was read
	until  uint64               // that was there in the beginning
	caught bool                 // all of these were read
	seqs   map[uint64]int       // how many answers of a message are not in the journal
	of     map[task.Key][]*item // the same, by key
}

// item is an answer in a message of the stream.
type item struct {
	seq   uint64
	large string // the name of what it is about among the large answers
	left  int    // tasks that it is about and whose results are not in the journal
}

// begin reads the answers for a job from now on.
func (f *Fleet) begin(b *Books) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.self.Job != "" {
		return
	}
	f.self.Job, f.self.Files, f.self.Run = b.Job, b.Files, b.Run
	f.inherit(b)
	for id, w := range f.workers {
		if f.unfit(&w.lease) {
			f.misses(w)
			delete(f.workers, id)
		}
	}
	f.loops.Go(f.collect)
}

// collect reads the stream until Close.
func (f *Fleet) collect() {
	for f.ctx.Err() == nil {
		_, news := f.link.state()
		consuming, err := f.open()
		if err != nil {
			f.pause(beat / 2)
			continue
		}
		for same := true; same; {
			select {
			case <-news:
				same = false
			case <-f.ctx.Done():
				same = false
			case <-time.After(life):
				same = f.same()
			}
		}
		consuming.Stop()
	}
}

// same reports whether the stream is still the one that is read: a new one has other numbers.
func (f *Fleet) same() bool {
	ctx, done := context.WithTimeout(f.ctx, patient)
	defer done()
	s, err := f.link.js.Stream(ctx, stream)
	f.mu.Lock()
	defer f.mu.Unlock()
	return err == nil && s.CachedInfo().Created.Equal(f.made) || err != nil && !errors.Is(err, jetstream.ErrStreamNotFound)
}

// open begins to read the stream where it was left.
func (f *Fleet) open() (jetstream.ConsumeContext, error) {
	ctx, done := context.WithTimeout(f.ctx, patient)
	defer done()
	s, err := f.link.streamOf(ctx)
	if err != nil {
		return nil, err
	}
	subject := answered + f.self.Job
	until := uint64(0)
	switch m, err := s.GetLastMsgForSubject(ctx, subject); {
	case err == nil:
		until = m.Sequence
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, err
	}
	made := s.CachedInfo().Created
	f.turn.Lock()
	f.mu.Lock()
	if !made.Equal(f.made) { // the store was lost
		f.inbox = inbox{made: made, seqs: map[uint64]int{}, of: map[task.Key][]*item{}, caught: f.caught}
	}
	if !f.caught {
		f.until, f.caught = until, f.last >= until
	}
	from := f.last + 1
	f.wake()
	f.mu.Unlock()
	f.turn.Unlock()
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{subject}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
	})
	if err != nil {
		return nil, err
	}
	return c.Consume(func(m jetstream.Msg) {
		if meta, err := m.Metadata(); err == nil {
			f.take(m.Data(), meta.Sequence.Stream, made)
		}
	})
}

// take reads a message of the stream, unless it was read, or is of a stream that is lost: a consumer that was stopped may still be at a large
// answer, which is not loaded a second time.
func (f *Fleet) take(data []byte, seq uint64, made time.Time) {
	f.turn.Lock()
	defer f.turn.Unlock()
	f.mu.Lock()
	late := f.last >= seq || !made.Equal(f.made)
	f.mu.Unlock()
	if !late {
		f.read(data, seq)
	}
}

// read takes in what came of attempts: from the stream, or with seq 0 from the worker.
func (f *Fleet) read(data []byte, seq uint64) {
	var all []answer
	err := json.Unmarshal(data, &all)
	names := make([]string, len(all))
	for i := range all {
		if all[i].Large {
			names[i] = "answer." + all[i].ID
			if json.Unmarshal(f.whole(names[i]), &all[i]) != nil {
				all[i].Key = ""
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if seq > 0 {
		if f.last >= seq {
			return
		}
		f.last = seq
		if f.last >= f.until && !f.caught {
			f.caught = true
			defer f.wake()
		}
	}
	if err != nil {
		f.unsure = true
		return
	}
	for i := range all {
		a := &all[i]
		if a.Ping > 0 {
			f.echoed(a)
			continue
		}
		if a.Sign != "" {
			f.sign(a)
			continue
		}
		key, err := task.ParseKey(a.Key)
		if err != nil { // what it is about is asked again
			f.unsure = true
			continue
		}
		if seq > 0 {
			f.seqs[seq]++
			about := a.Texts
			if about == nil {
				about = []task.Key{key}
			}
			it := &item{seq: seq, large: names[i], left: len(about)}
			for _, k := range about {
				f.of[k] = append(f.of[k], it)
			}
		}
		f.arrived(a, key)
	}
}

// whole returns a large answer, nil if it is not there. It waits for a server that does not give it: an answer that is
// passed over leaves the stream, and is paid for again.
func (f *Fleet) whole(name string) []byte {
	for {
		data, err := f.link.load(f.ctx, largeAnswers, name)
		if err == nil || errors.Is(err, jetstream.ErrObjectNotFound) || errors.Is(err, jetstream.ErrDigestMismatch) || f.ctx.Err() != nil {
			return data
		}
		if connected, _ := f.link.state(); !connected.IsZero() && f.link.complains(err) {
			f.options.Tell(messages.Sprintf("the server does not give an answer that it keeps: %v", messages.Foreign(err.Error())))
		}
		f.pause(beat / 2)
	}
}

// echoed takes in a ping that a worker has said back. The caller holds f.mu.
func (f *Fleet) echoed(a *answer) {
	w := f.workers[a.Worker]
	if w == nil {
		return
	}
	before := w.doubtful()
	if before {
		f.doubt(f.workers) // of the time that is over
	}
	w.echoed(f.began.Add(a.Ping))
	f.doubt(f.workers)
	if before {
		f.wake()
	}
}

// arrived takes in what came of an attempt. The caller holds f.mu.
func (f *Fleet) arrived(a *answer, key task.Key) {
	if w := f.workers[a.Worker]; w != nil {
		w.done = append(w.done, a.ID)
	}
	at := f.attempts[a.ID]
	switch {
	case at != nil:
		response, err := a.outcome()
		awaited := at.order != nil || at.waited
		f.close(at, outcome{response, err})
		if !awaited {
			f.early[key] = append(f.early[key], *a)
		}
	case a.paid():
		f.early[key] = append(f.early[key], *a)
	}
}

// next removes an answer that nobody has awaited.
func (f *Fleet) next() (a answer, k task.Key, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.early {
		return f.pop(k), k, true
	}
	return a, k, false
}

// pop removes an early answer. The caller holds f.mu.
func (f *Fleet) pop(k task.Key) answer {
	all := f.early[k]
	if f.early[k] = all[1:]; len(all) == 1 {
		delete(f.early, k)
	}
	return all[0]
}

// recorded notes that the journal has all that came of a task.
func (f *Fleet) recorded(k task.Key) {
	var drop []string
	f.mu.Lock()
	if len(f.early[k]) == 0 {
		for _, i := range f.of[k] {
			if i.left--; i.left > 0 {
				continue
			}
			if f.seqs[i.seq]--; f.seqs[i.seq] <= 0 {
				delete(f.seqs, i.seq)
			}
			if i.large != "" {
				drop = append(drop, i.large)
			}
		}
		delete(f.of, k)
	}
	f.mu.Unlock()
	for _, name := range drop {
		f.link.drop(largeAnswers, name)
	}
}

// purge removes from the stream what the journal has.
func (f *Fleet) purge() {
	f.mu.Lock()
	first, subject, caught := f.last+1, answered+f.self.Job, f.caught
	for seq := range f.seqs {
		first = min(first, seq)
	}
	f.mu.Unlock()
	if !caught || first <= 1 {
		return
	}
	ctx, done := context.WithTimeout(f.ctx, patient)
	defer done()
	if s, err := f.link.js.Stream(ctx, stream); err == nil {
		_ = s.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeSequence(first)) // it is tried again
	}
}

// heritage is what is known of the coordinator that was killed before this one.
type heritage struct {
	seen   time.Time    // when it was heard of last, by the clock of the server; zero if it was another run, or is too long ago
	unsure bool         // something that it had in flight may be lost
	found  func() error // to be called once all of it is known; nil after that
}

// inherit takes in which run was killed. The caller holds the mu of the fleet.
func (f *Fleet) inherit(b *Books) {
	if r := &f.claim.former; b.Killed != "" && r.Job == b.Job && r.Run == b.Killed {
		f.seen, f.found = f.claim.seen, b.Found
	}
}

// tellFound tells that it is known what came of all that a killed run had in flight: each worker that it had is there and has told what it has, and
// that has come, or is in the stream.
func (f *Fleet) tellFound() {
	f.mu.Lock()
	known := f.found != nil && !f.seen.IsZero() && !f.unsure && f.settled && f.caught && f.made.Before(f.seen)
	for _, w := range f.workers {
		known = known && w.renewed
	}
	for _, a := range f.attempts {
		known = known && (a.order != nil || a.job != f.self.Job)
	}
	found := f.found
	if known {
		f.found = nil
	}
	f.mu.Unlock()
	if known {
		_ = found() // else more counts as lost than was
	}
}

// misses notes that something of a killed run may be lost with a worker. The caller holds f.mu.
func (f *Fleet) misses(w *worker) {
	f.unsure = f.unsure || !w.renewed
	for _, a := range w.mine {
		f.unsure = f.unsure || a.order == nil
	}
}
