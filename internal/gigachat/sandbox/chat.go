package sandbox

import (
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// A completion is the outcome of a request that the model worked on.
type completion struct {
	model   model
	created int64
	content string
	call    string // the name of the function called, if one is
	state   string // functions_state_id of a call
	args    string // the arguments of a call, as JSON
	finish  string
	choices int
	usage   usage
}

type usage struct{ prompt, completion, cached int }

func (u usage) total() int { return u.prompt + u.completion }

// serveChat answers POST /v1/chat/completions. A request that the checks refuse takes no stream and meets no fault.
func (s *Sandbox) serveChat(w http.ResponseWriter, r *http.Request, g grant) {
	s.tally.chats.Add(1)
	req, no := s.readChat(r)
	if no != ok {
		s.refuse(w, no)
		return
	}
	if !s.meter.enter(g.scope, time.Now()) {
		s.refuseQuota(w)
		return
	}
	stream := &stream{meter: &s.meter}
	defer stream.end()
	s.attempt(w, r, g, req, stream)
}

func (s *Sandbox) refuseQuota(w http.ResponseWriter) {
	if s.o.RetryAfter != "" {
		w.Header()["Retry-After"] = []string{s.o.RetryAfter}
	}
	s.refuse(w, tooManyRequests)
}

// A stream is a place within the quota.
type stream struct {
	meter *meter
	ended bool
}

// end gives the place back, once. It is called before the client can see that the answer is whole: who asks anew the
// moment it has the last byte finds room.
func (s *stream) end() {
	if !s.ended {
		s.ended = true
		s.meter.leave(time.Now())
	}
}

// attempt answers a request that the quota admitted.
func (s *Sandbox) attempt(w http.ResponseWriter, r *http.Request, g grant, req *chatRequest, st *stream) {
	a := attempt{prompt: req.prompt(), hash: req.hash()}
	a.asked = hashOf([]byte(a.prompt))
	a.number = s.ledger.attempt(a.hash)
	s.prompts.attempt(a.asked)
	if s.o.OnChat != nil {
		s.o.OnChat(a.prompt)
	}
	f := s.fault(AtChat, a)
	if f != nil && !f.Kind.billed() {
		st.end()
		s.fail(w, r, f, g)
		return
	}
	c := s.complete(r, req, a, f)
	s.ledger.bill(a.hash, c.usage.total())
	s.prompts.bill(a.asked, 0)
	if !s.sleep(r, s.latency(a)) {
		s.reset(w)
		return
	}
	if req.Stream {
		s.streamCompletion(w, r, req, c, f, st)
		return
	}
	s.sendCompletion(w, r, c, f, st)
}

func (s *Sandbox) latency(a attempt) time.Duration {
	if s.o.Jitter <= 0 {
		return s.o.Latency
	}
	return s.o.Latency + time.Duration(a.chance(^s.o.Seed)*float64(s.o.Jitter))
}

func (s *Sandbox) sendCompletion(w http.ResponseWriter, r *http.Request, c *completion, f *armed, st *stream) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	*buffer = appendCompletion((*buffer)[:0], c)
	s.deliver(w, r, http.StatusOK, *buffer, f, st.end)
}

// complete makes the completion, as the fault has it.
func (s *Sandbox) complete(r *http.Request, req *chatRequest, a attempt, f *armed) *completion {
	m := s.models[req.Model]
	c := &completion{model: m, created: s.unix(), finish: "stop", choices: 1}
	s.write(c, req, a, f)
	c.limit(req.MaxTokens)
	c.usage = usage{
		prompt:     req.tokens(),
		completion: max(1, tokensOf(utf8.RuneCountInString(c.content)+utf8.RuneCountInString(c.args))),
		cached:     s.cache.hit(session(r), req, time.Now()) * 2 / 7,
	}
	c.spoil(f)
	return c
}

func session(r *http.Request) string {
	if id := r.Header["X-Session-Id"]; id != nil {
		return id[0]
	}
	return ""
}

// limit ends the content where max_tokens does.
func (c *completion) limit(tokens *int) {
	if tokens == nil {
		return
	}
	if cut := firstRunes(c.content, charactersOf(*tokens)); cut != c.content {
		c.content, c.finish = cut, "length"
	}
}

// spoil changes the completion as the fault has it.
func (c *completion) spoil(f *armed) {
	if f == nil {
		return
	}
	switch f.Kind {
	case Blacklist:
		c.content, c.call, c.finish = apology, "", "blacklist"
		c.usage = usage{prompt: 1}
	case Length:
		runes := utf8.RuneCountInString(c.content)
		c.content, c.finish = firstRunes(c.content, runes/2), "length"
		c.usage.completion = tokensOf(runes / 2)
	case EmptyContent:
		c.content, c.usage.completion = "", 0
	case EmptyChoices:
		c.choices, c.usage.completion = 0, 0
	}
}

// serveTokensCount answers POST /v1/tokens/count.
func (s *Sandbox) serveTokensCount(w http.ResponseWriter, r *http.Request, _ grant) {
	var req struct {
		Model string
		Input []string
	}
	switch no := s.readJSON(r, &req); {
	case no != ok:
		s.refuse(w, no)
		return
	case !slices.Contains(s.o.Models, req.Model):
		s.refuse(w, noSuchModel)
		return
	}
	s.answer(w, http.StatusOK, appendTokenCounts(nil, req.Input))
}
