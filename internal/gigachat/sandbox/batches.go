package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The methods of batches.
const (
	methodChat  = "chat_completions"
	methodEmbed = "embedder"
)

// The messages for a batch that is refused are guesses, as is 403 for other scopes than the corporate one: only 400, 401, 429 and 500 are
// documented for POST /batches.
var (
	noSuchBatch     = refusal{http.StatusNotFound, "Batch task not found"}
	noRight         = faultStatuses["403"]
	noBytes         = refusal{http.StatusBadRequest, "Content-Type must be application/octet-stream"}
	internalFailure = faultStatuses["500"]
)

// maxBatch is how many bytes a batch may have (a guess: no limit is documented).
const maxBatch = 64 << 20

// batches are the batches of the account. What happens to them with time is computed when somebody asks. The zero value is empty.
type batches struct {
	running atomic.Int32 // batches that have not ended
	polls   atomic.Int64

	mu     sync.Mutex // guards the fields below
	all    []*batch   // in the order of their creation
	open   []*batch
	posted map[hash]*batchLine // the last one of each request
	counts BatchCounts
}

type batch struct {
	id, method string
	number     int
	created    time.Time
	updated    time.Time
	lines      []*batchLine
	done       int // lines that are over, from the first one on
	completed  int
	failed     int
	status     string // once it has ended
	input      string // ids of files
	output     string
	errors     string
}

type batchLine struct {
	id      string
	request json.RawMessage // until it is over
	answer  []byte
	no      refusal // if there is no answer
	skipped bool    // it is not in the results
	failed  bool    // nothing was billed, or what was billed is lost
}

// serveBatches answers /v1/batches. Only an account that pays as it goes has batches.
func serveBatches(x *exchange) {
	method, at, next := http.MethodGet, AtBatchList, serveBatchList
	switch {
	case x.r.Method == http.MethodPost:
		method, at, next = http.MethodPost, AtBatchCreate, serveBatchCreate
	case x.r.URL.Query().Has("batch_id"):
		at, next = AtBatchPoll, serveBatchPoll
	}
	authorized(x, method, func(x *exchange) {
		if x.o.Scope != "" && x.grant.scope != ScopeCorporate {
			drain(x.r)
			x.refuse(noRight)
			return
		}
		faulty(at, next)(x)
	})
}

// serveBatchCreate answers POST /v1/batches?method=.
func serveBatchCreate(x *exchange) {
	body, err := io.ReadAll(io.LimitReader(x.r.Body, maxBatch+1))
	method := x.r.URL.Query().Get("method")
	lines, no := readBatch(body, x.o.BatchLines)
	switch {
	case err != nil:
		no = invalidJSON
	case !strings.HasPrefix(x.r.Header.Get("Content-Type"), typeBytes[0]):
		no = noBytes
	case method != methodChat && method != methodEmbed:
		no = invalidParams("method must be chat_completions or embedder")
	}
	if no != ok {
		drain(x.r)
		x.refuse(no)
		return
	}
	now := time.Now()
	b := &batch{id: x.ids.Next(), method: method, created: now, updated: now, lines: lines}
	if x.o.BatchFiles == "result" {
		b.input = keep(x.Sandbox, "batch_"+b.id+"_input.jsonl", body)
	}
	x.answer(http.StatusOK, x.batches.add(x.Sandbox, b))
}

// readBatch reads JSON lines {"id":…,"request":…}. Empty lines do not count.
func readBatch(body []byte, most int) (lines []*batchLine, no refusal) {
	if len(body) > maxBatch {
		return nil, payloadTooLarge
	}
	ids := map[string]bool{}
	for text := range bytes.Lines(body) {
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var l struct {
			ID      *string
			Request json.RawMessage
		}
		switch err := json.Unmarshal(text, &l); {
		case err != nil || !isObject(l.Request):
			return nil, invalidJSON
		case l.ID == nil || *l.ID == "":
			return nil, invalidParams("id is required")
		case ids[*l.ID]:
			return nil, invalidParams("id must be unique")
		case len(lines) == most:
			return nil, payloadTooLarge
		}
		ids[*l.ID] = true
		lines = append(lines, &batchLine{id: *l.ID, request: l.Request})
	}
	if len(lines) == 0 {
		return nil, invalidParams("the file is empty")
	}
	return lines, ok
}

// add adds a batch and returns what a poll would say at once.
func (b *batches) add(s *Sandbox, one *batch) []byte {
	b.advance(s)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all, b.open = append(b.all, one), append(b.open, one)
	b.running.Add(1)
	one.number = len(b.all)
	b.counts.Batches++
	if b.posted == nil {
		b.posted = map[hash]*batchLine{}
	}
	for _, l := range one.lines {
		h := hashOf(l.request)
		b.counts.BatchLines++
		if earlier := b.posted[h]; earlier != nil && !earlier.failed {
			b.counts.BatchLinesTwice++
		}
		b.posted[h] = l
	}
	return one.append(nil, s, one.created)
}

// advance makes what was due until now.
func (b *batches) advance(s *Sandbox) {
	if b.running.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.open = slices.DeleteFunc(b.open, func(one *batch) bool {
		if !one.advance(s, now, &b.counts.BatchBilled) {
			return false
		}
		b.running.Add(-1)
		return true
	})
}

func (b *batches) read(s *Sandbox) BatchCounts {
	b.advance(s)
	b.mu.Lock()
	defer b.mu.Unlock()
	counts := b.counts
	counts.BatchPolls = b.polls.Load()
	return counts
}

// known returns the batches that polls and lists know, with that id if it is not empty.
func (b *batches) known(s *Sandbox, id string, now time.Time) []byte {
	b.advance(s)
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []byte
	n := 0
	for _, one := range b.all {
		if now.Sub(one.created) < s.o.BatchLate || id != "" && one.id != id {
			continue
		}
		if n++; n > 1 {
			list = append(list, ',')
		}
		list = one.append(list, s, now)
	}
	switch {
	case id != "" && n == 0:
		return nil
	case s.o.BatchShape == "batches" || s.o.BatchShape == "data":
		return slices.Concat([]byte(`{"`+s.o.BatchShape+`":[`), list, []byte("]}"))
	case s.o.BatchShape == "single" && n == 1:
		return list
	}
	return slices.Concat([]byte{'['}, list, []byte{']'})
}

func serveBatchList(x *exchange) {
	x.batches.polls.Add(1)
	x.answer(http.StatusOK, x.batches.known(x.Sandbox, "", time.Now()))
}

func serveBatchPoll(x *exchange) {
	x.batches.polls.Add(1)
	answer := []byte(nil)
	if id := x.r.URL.Query().Get("batch_id"); id != "" {
		answer = x.batches.known(x.Sandbox, id, time.Now())
	}
	if answer == nil {
		x.refuse(noSuchBatch)
		return
	}
	x.answer(http.StatusOK, answer)
}

// append appends what a poll says. A batch is created for the first third of its time.
func (b *batch) append(to []byte, s *Sandbox, now time.Time) []byte {
	status := b.status
	if status == "" {
		status = "in_progress"
		if age := now.Sub(b.created); age == 0 || age < s.o.BatchDelay/3 {
			status = "created"
		}
	}
	to = appendString(append(to, `{"id":`...), b.id)
	to = appendString(append(to, `,"method":`...), b.method)
	to = strconv.AppendInt(append(to, `,"request_counts":{"total":`...), int64(len(b.lines)), 10)
	if status != "created" {
		to = strconv.AppendInt(append(to, `,"completed":`...), int64(b.completed), 10)
		to = strconv.AppendInt(append(to, `,"failed":`...), int64(b.failed), 10)
	}
	to = appendString(append(to, `},"status":`...), status)
	output := "output_file_id"
	if s.o.BatchFiles == "result" {
		output = "result_file_id"
	}
	for _, f := range [][2]string{{"input_file_id", b.input}, {output, b.output}, {"error_file_id", b.errors}} {
		if f[1] != "" {
			to = appendString(append(append(append(to, `,"`...), f[0]...), `":`...), f[1])
		}
	}
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"created_at", b.created}, {"updated_at", b.updated}} {
		n := t.at.Add(s.o.ClockSkew).UnixMilli()
		if s.o.BatchTimes != "milliseconds" {
			n /= 1000
		}
		to = strconv.AppendInt(append(append(append(to, `,"`...), t.name...), `":`...), n, 10)
	}
	return append(to, '}')
}

// advance makes the lines that are due until now, and reports whether the batch has ended. The lines are spread over the last two thirds of
// its time.
func (b *batch) advance(s *Sandbox, now time.Time, billed *int64) bool {
	age, expires := now.Sub(b.created), s.o.BatchExpire > 0 && s.o.BatchExpire < s.o.BatchDelay
	if expires {
		age = min(age, s.o.BatchExpire)
	}
	begin := s.o.BatchDelay / 3
	for b.done < len(b.lines) {
		due := begin + (s.o.BatchDelay-begin)*time.Duration(b.done+1)/time.Duration(len(b.lines))
		if due > age {
			break
		}
		l := b.lines[b.done]
		b.done++
		b.updated = b.created.Add(due)
		if l.skipped = s.o.odd("missing") && b.done == len(b.lines) && b.done > 1; l.skipped {
			l.failed, l.request = true, nil
			continue
		}
		var paid bool
		l.answer, paid, l.no = answerLine(s, b.method, l.request)
		l.failed, l.request = l.no != ok, nil
		if paid {
			*billed++
		}
		if l.failed {
			b.failed++
		} else {
			b.completed++
		}
	}
	switch {
	case b.done == len(b.lines):
		b.end(s, "completed")
	case expires && age == s.o.BatchExpire:
		b.updated = b.created.Add(age)
		for _, l := range b.lines[b.done:] {
			l.skipped, l.failed, l.request = true, true, nil
		}
		b.end(s, s.o.BatchEnd)
	}
	return b.status != ""
}

// answerLine answers a request of a batch as a live one, with the faults of live ones: those that lose an answer cost, and give an error.
func answerLine(s *Sandbox, method string, request json.RawMessage) (answer []byte, billed bool, no refusal) {
	var a attempt
	var answerTo func(f *armed) []byte
	at := AtChat
	if method == methodEmbed {
		at = AtEmbeddings
		req := new(embedRequest)
		if json.Unmarshal(request, req) != nil {
			return nil, false, invalidJSON
		}
		if no = checkEmbed(s, req); no == ok && slices.Contains(s.o.BatchModels, req.Model) {
			no = noSuchModel
		}
		if no != ok {
			return nil, false, no
		}
		a = attemptEmbed(s, req)
		answerTo = func(*armed) []byte { return embed(s, req) }
	} else {
		req := new(chatRequest)
		if json.Unmarshal(request, req) != nil {
			return nil, false, invalidJSON
		}
		if no = check(s, req); no == ok && slices.Contains(s.o.BatchModels, req.Model) {
			no = noSuchModel
		}
		if no != ok {
			return nil, false, no
		}
		a = attemptChat(s, req)
		answerTo = func(f *armed) []byte {
			body := appendCompletion(nil, complete(s, req, a, f, 0))
			if f != nil {
				body = spoiled(body, f.Kind)
			}
			return body
		}
	}
	f := meet(s, at, a)
	if f != nil && !f.Kind.billed() {
		return nil, false, f.refusal()
	}
	answer = answerTo(f)
	if f != nil && f.Kind != Slow && slices.Contains(wireKinds, f.Kind) {
		return nil, true, internalFailure
	}
	return answer, true, ok
}

// end writes the results.
func (b *batch) end(s *Sandbox, status string) {
	b.status = status
	var over []*batchLine
	for _, l := range b.lines {
		if !l.skipped {
			over = append(over, l)
		}
	}
	if s.o.BatchOrder != "kept" {
		r := rand.New(rand.NewPCG(s.o.Seed, uint64(b.number)))
		r.Shuffle(len(over), func(i, j int) { over[i], over[j] = over[j], over[i] })
	}
	if len(over) > 0 && s.o.odd("doubled") {
		over = append(over, over[0])
	}
	if len(over) > 0 && s.o.odd("unknown") {
		stranger := *over[0]
		stranger.id = "nobody-posted-" + b.id
		over = append(over, &stranger)
	}
	var results, errors []byte
	for _, l := range over {
		to := &results
		if l.no != ok && s.o.BatchFiles == "error" {
			to = &errors
		}
		*to = l.append(*to, s.o.BatchFiles == "result")
	}
	for _, l := range b.lines {
		l.answer = nil
	}
	b.output, b.errors = keep(s, "batch_"+b.id+"_output.jsonl", results), keep(s, "batch_"+b.id+"_error.jsonl", errors)
}

// append appends a line of the results, as GigaChat writes it or as other services do.
func (l *batchLine) append(to []byte, foreign bool) []byte {
	id, result := `{"id":`, `,"result":`
	if foreign {
		id, result = `{"custom_id":`, `,"response":`
	}
	to = appendString(append(to, id...), l.id)
	if l.no != ok {
		to = append(to, `,"error":`...)
		to = bytes.TrimSpace(appendError(to, "status", l.no.status, l.no.message))
	} else {
		to = append(append(to, result...), l.answer...)
	}
	return append(to, "}\n"...)
}

// keep stores a file that the service makes, if it is not empty, and returns its id.
func keep(s *Sandbox, name string, content []byte) (id string) {
	if len(content) == 0 {
		return ""
	}
	f := &stored{id: s.ids.Next(), name: name, class: "document", size: int64(len(content)), created: s.unix(), made: true}
	f.sum = sha256.Sum256(content)
	if f.kept = s.files.reserve(len(content)); f.kept {
		f.content = content
	}
	s.files.add(f)
	return f.id
}
