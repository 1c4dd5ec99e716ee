package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
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
	if !x.meter.enter(x.grant.scope, time.Now()) {
		if x.o.RetryAfter != "" {
			x.w.Header()["Retry-After"] = []string{x.o.RetryAfter}
		}
		x.refuse(tooManyRequests)
		return
	}
	st := &stream{meter: &x.meter}
	defer st.end()
	answerChat(x, req, st)
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
	meter *meter
	ended bool
}

// end gives the place back, once. It is called before the client can see the end of the answer, so a client that sends the next request
// right after the last byte finds room.
func (s *stream) end() {
	if !s.ended {
		s.ended = true
		s.meter.leave(time.Now())
	}
}

// answerChat answers a request that the quota admitted.
func answerChat(x *exchange, req *chatRequest, st *stream) {
	a := attempt{prompt: req.prompt(), model: req.Model, hash: req.hash()}
	a.promptHash = hashOf([]byte(a.prompt))
	a.number = x.bills.requests.attempt(a.hash)
	x.bills.prompts.attempt(a.promptHash)
	if x.o.OnChat != nil {
		x.o.OnChat(a.prompt)
	}
	f := x.fault(AtChat, a)
	if f != nil && !f.Kind.billed() {
		st.end()
		x.fail(f)
		return
	}
	c := complete(x, req, a, f)
	x.bills.requests.bill(a.hash, c.usage.total())
	x.bills.prompts.bill(a.promptHash, 0)
	latency := x.o.Latency
	if x.o.Jitter > 0 {
		latency += time.Duration(a.chance(^x.o.Seed) * float64(x.o.Jitter))
	}
	if !x.sleep(latency) {
		x.reset()
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

// complete makes the completion, with the effects of the fault.
func complete(x *exchange, req *chatRequest, a attempt, f *armed) *completion {
	c := &completion{model: x.models[req.Model], created: x.unix(), finish: "stop", choices: 1}
	write(x.Sandbox, c, req, a, f)
	if req.MaxTokens != nil {
		fit := *req.MaxTokens * 7 / 2 // characters, as tokensOf counts them
		if cut := firstRunes(c.content, fit); cut != c.content {
			c.content, c.finish = cut, "length"
		}
	}
	c.usage = usage{
		prompt:     req.tokens(x.o.TokensOf),
		completion: max(1, tokensOf(utf8.RuneCountInString(c.content)+utf8.RuneCountInString(c.args))),
	}
	if session := x.r.Header["X-Session-Id"]; session != nil {
		c.usage.cached = x.cache.hit(session[0], req, time.Now()) * 2 / 7
	}
	c.spoil(f)
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
