package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"gigabatch/internal/gigachat/sandbox/meter"
)

// A completion is the outcome of a request that reached the model.
type completion struct {
	model   model
	created int64
	content string
	call    string // the name of the called function, if any
	state   string // functions_state_id of a call
	args    string // the arguments of a call, as JSON
	finish  string
	choices int
	usage   usage
}

type usage struct{ prompt, completion, cached int }

func (u usage) total() int { return u.prompt + u.completion }

// serveChat answers POST /v1/chat/completions. A request that fails the checks takes no stream and meets no fault.
func serveChat(x *exchange) {
	x.tally.chats.Add(1)
	req := new(chatRequest)
	no := readChat(x, req)
	if no == ok {
		no = check(x.Sandbox, req)
	}
	if no != ok {
		x.refuse(no)
		return
	}
	if st := enter(x); st != nil {
		defer st.end()
		answerChat(x, req, st)
	}
}

// enter takes a place within the quota. If there is none, it refuses the request and returns nil.
func enter(x *exchange) *stream {
	usual := 10 // the documented numbers of concurrent streams
	if x.grant.scope == ScopePersonal {
		usual = 1
	}
	if x.meter.Enter(usual, time.Now()) {
		return &stream{meter: &x.meter}
	}
	if x.o.RetryAfter != "" {
		x.w.Header()["Retry-After"] = []string{x.o.RetryAfter}
	}
	x.refuse(tooManyRequests)
	return nil
}

// readChat reads a chat in the dialect of the sandbox.
func readChat(x *exchange, req *chatRequest) refusal {
	if x.o.Dialect == OpenAI {
		return readOpenAI(x.r, req)
	}
	return readJSON(x.r, req)
}

// A stream is a place within the quota.
type stream struct {
	meter *meter.Meter
	ended bool
}

// end gives the place back, once. It is called before the client can see the end of the answer, so a client that sends the next request
// right after the last byte finds room.
func (s *stream) end() {
	if !s.ended {
		s.ended = true
		s.meter.Leave(time.Now())
	}
}

// answerChat answers a request that the quota admitted.
func answerChat(x *exchange, req *chatRequest, st *stream) {
	a := attemptChat(x.Sandbox, req)
	if x.o.OnChat != nil {
		x.o.OnChat(a.prompt)
	}
	f := x.fault(AtChat, a)
	if f != nil && !f.Kind.billed() {
		st.end()
		x.fail(f)
		return
	}
	cached := 0
	if session := x.r.Header["X-Session-Id"]; session != nil {
		cached = x.cache.hit(session[0], req, time.Now())
	}
	c := complete(x.Sandbox, req, a, f, cached)
	if !work(x, a) {
		return
	}
	if req.Stream {
		streamCompletion(x, req, c, f, st)
		return
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	if x.o.Dialect == OpenAI {
		*buffer = appendOpenAI((*buffer)[:0], c)
	} else {
		*buffer = appendCompletion((*buffer)[:0], c)
	}
	x.deliver(http.StatusOK, *buffer, f, st.end)
}

// attemptChat counts an attempt for a request.
func attemptChat(s *Sandbox, req *chatRequest) attempt {
	a := attempt{prompt: req.prompt(), model: req.Model, hash: req.hash()}
	a.promptHash = hashOf([]byte(a.prompt))
	a.number = s.tally.bills.requests.attempt(a.hash)
	s.tally.bills.prompts.attempt(a.promptHash)
	return a
}

// work takes the time of the model, and reports whether the exchange goes on.
func work(x *exchange, a attempt) bool {
	latency := x.o.Latency
	if x.o.Jitter > 0 {
		latency += time.Duration(a.chance(^x.o.Seed) * float64(x.o.Jitter))
	}
	if !x.sleep(latency) {
		x.reset()
		return false
	}
	return true
}

// complete makes the completion, with the effects of the fault, and bills it. cached is how many characters of the prompt are cached.
func complete(s *Sandbox, req *chatRequest, a attempt, f *armed, cached int) *completion {
	c := &completion{model: s.models[req.Model], created: s.unix(), finish: "stop", choices: 1}
	write(s, c, req, a, f)
	if req.MaxTokens != nil {
		fit := *req.MaxTokens * 7 / 2 // characters, as tokensOf counts them
		if cut := firstRunes(c.content, fit); cut != c.content {
			c.content, c.finish = cut, "length"
		}
	}
	c.usage = usage{
		prompt:     req.tokens(s.o.TokensOf),
		completion: max(1, tokensOf(utf8.RuneCountInString(c.content)+utf8.RuneCountInString(c.args))),
		cached:     cached * 2 / 7,
	}
	c.spoil(f)
	s.tally.bills.requests.bill(a.hash, c.usage.total())
	s.tally.bills.prompts.bill(a.promptHash, 0)
	return c
}

// spoil applies the fault to the completion.
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
	case Reasoned:
		c.content, c.finish = "", "length"
	case EmptyContent:
		c.content, c.usage.completion = "", 0
	case EmptyChoices:
		c.choices, c.usage.completion = 0, 0
	}
}

// serveTokensCount answers POST /v1/tokens/count.
func serveTokensCount(x *exchange) {
	var req struct {
		Model string
		Input []string
	}
	switch no := readJSON(x.r, &req); {
	case no != ok:
		x.refuse(no)
		return
	case !slices.Contains(x.o.Models, req.Model):
		x.refuse(noSuchModel)
		return
	}
	b := []byte{'['}
	for i, text := range req.Input {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"object":"tokens","tokens":`...), int64(x.o.TokensOf(text)), 10)
		b = strconv.AppendInt(append(b, `,"characters":`...), int64(utf8.RuneCountInString(text)), 10)
		b = append(b, '}')
	}
	x.answer(http.StatusOK, append(b, ']'))
}

// serveBalance answers GET /v1/balance with the packages. An account without packages pays as it goes, and so does one of the corporate
// scope; it gets 403.
func serveBalance(x *exchange) {
	if x.grant.scope == ScopeCorporate || x.o.Packages == nil {
		x.refuse(faultStatuses["403"])
		return
	}
	b := []byte(`{"balance":[`)
	for i, name := range slices.Sorted(maps.Keys(x.o.Packages)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"usage":`...), name)
		b = append(strconv.AppendInt(append(b, `,"value":`...), x.o.Packages[name], 10), '}')
	}
	x.answer(http.StatusOK, append(b, "]}"...))
}
