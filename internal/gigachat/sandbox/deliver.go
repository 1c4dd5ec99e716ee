package sandbox

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gigabatch/internal/gigachat/sandbox/random"
)

// A faultSet is the faults in force.
type faultSet struct {
	seed   uint64
	since  time.Time
	faults []armed
	seen   [len(endpoints)]atomic.Int64 // requests so far, in the order of endpoints
}

type armed struct {
	Fault
	name string
}

func newFaultSet(seed uint64, faults []Fault) *faultSet {
	set := &faultSet{seed: seed, since: time.Now(), faults: make([]armed, len(faults))}
	for i, f := range faults {
		if !slices.Contains(FaultKinds(f.At), f.Kind) {
			panic("sandbox: no such fault: " + f.name())
		}
		set.faults[i] = armed{f, f.name()}
	}
	return set
}

// pick returns the fault for an attempt, or nil. At an endpoint without prompts each request is a new attempt.
func (set *faultSet) pick(at Endpoint, a attempt) *armed {
	n := int(set.seen[slices.Index(endpoints[:], at)].Add(1))
	if a.number == 0 {
		a.number = n
	}
	for i := range set.faults {
		f := &set.faults[i]
		numbered := n > f.Skip && (f.First == 0 || n <= f.Skip+f.First)
		if f.At == at && numbered && f.happens(a, set.seed+uint64(i)<<32, set.since) {
			return f
		}
	}
	return nil
}

// happens reports whether f happens to a. A decision by the seed depends only on the seed, the request and the number of the attempt.
func (f *armed) happens(a attempt, seed uint64, since time.Time) bool {
	switch {
	case f.Attempts > 0 && a.number > f.Attempts:
		return false
	case f.Model != "" && f.Model != a.model:
		return false
	case f.Contains != "" && !strings.Contains(a.prompt, f.Contains):
		return false
	case f.From > 0 || f.To > 0:
		if t := time.Since(since); t < f.From || f.To > 0 && t >= f.To {
			return false
		}
	}
	return f.Rate == 0 || a.chance(seed) < f.Rate
}

// An attempt is one exchange about a request.
type attempt struct {
	prompt     string
	model      string
	promptHash hash
	hash       hash // of the request
	number     int  // from 1; 0 without a prompt
}

// chance returns a number in [0, 1) that depends only on the seed and the attempt.
func (a attempt) chance(seed uint64) float64 {
	x := random.Mix(seed ^ binary.LittleEndian.Uint64(a.hash[:8]))
	x = random.Mix(x ^ binary.LittleEndian.Uint64(a.hash[8:]) + uint64(a.number))
	return float64(x>>11) / (1 << 53)
}

// fault returns the fault for a, if any, and counts it.
func (x *exchange) fault(at Endpoint, a attempt) *armed {
	f := meet(x.Sandbox, at, a)
	if x.h2 != nil && (f == nil || f.Kind != GoAway && f.Kind != Refused) && !x.h2.Take(x.stream) {
		panic(http.ErrAbortHandler) // the client knows from a GOAWAY
	}
	return f
}

// meet returns the fault for a request that has no exchange, if any, and counts it.
func meet(s *Sandbox, at Endpoint, a attempt) *armed {
	f := s.faults.Load().pick(at, a)
	if f != nil {
		s.tally.fault(f.name)
	}
	return f
}

// refusal returns the error of a request of a batch, where there is nothing but the statuses of the API.
func (f *armed) refusal() refusal {
	status := strings.TrimSuffix(strings.TrimSuffix(string(f.Kind), "-html"), in200)
	if no, known := faultStatuses[FaultKind(status)]; known {
		return no
	}
	return internalFailure
}

// faulty answers with next, unless a fault happens at the endpoint. If the fault spoils an answer, next makes the answer first.
func faulty(at Endpoint, next handler) handler {
	return func(x *exchange) {
		f := x.fault(at, attempt{})
		switch {
		case f == nil:
			next(x)
		case f.Kind == ExpiredToken:
			early := *x
			early.expired = true
			next(&early)
		case f.Kind.billed():
			kept := &capture{header: x.w.Header(), status: http.StatusOK}
			apart := *x
			apart.w = kept
			next(&apart)
			x.deliver(kept.status, kept.body, f, func() {})
		default:
			if f.Kind != ResetBefore {
				drain(x.r)
			}
			x.fail(f)
		}
	}
}

// capture holds an answer back.
type capture struct {
	header http.Header
	status int
	body   []byte
}

func (c *capture) Header() http.Header    { return c.header }
func (c *capture) WriteHeader(status int) { c.status = status }
func (c *capture) Write(b []byte) (int, error) {
	c.body = append(c.body, b...)
	return len(b), nil
}

// fail answers with a fault that happens before the model works.
func (x *exchange) fail(f *armed) {
	status, isHTML := f.Kind.html()
	switch {
	case isHTML:
		x.page(status)
	case slices.Contains(unsentKinds, f.Kind):
		if x.h2 != nil && f.Kind != ResetBefore {
			x.h2.Decline(x.stream, f.Kind == GoAway)
		}
		x.reset()
	case f.Kind == LoginPage:
		x.w.Header()["Content-Type"] = typeHTML
		x.answer(http.StatusOK, []byte(loginPage))
	case strings.HasSuffix(string(f.Kind), in200):
		x.answer(http.StatusOK, errorIn200(faultStatuses[FaultKind(strings.TrimSuffix(string(f.Kind), in200))]))
	case f.Kind == Revoked:
		x.tokens.revoke(x.grant.token)
		x.refuse(tokenExpired)
	case f.Kind.code() != 0:
		refuseCode(x, f.Kind.code())
	default:
		if f.RetryAfter != "" {
			x.w.Header()["Retry-After"] = []string{f.RetryAfter}
		}
		no := faultStatuses[f.Kind]
		switch {
		case no != noSuchModel:
		case f.At == AtFiles:
			no = noSuchFile
		case f.At == AtBatchPoll:
			no = noSuchBatch
		}
		x.refuse(no)
	}
}

const loginPage = "<html><head><title>Acme guest network</title></head><body><form method=post>" +
	"<input name=user><input name=secret type=password></form></body></html>"

// errorIn200 returns a body that names an error: as the API does, or nested as gateways do.
func errorIn200(no refusal) []byte {
	if no.status%2 == 1 {
		return appendError(nil, "status", no.status, no.message)
	}
	b := append([]byte(`{"error":`), bytes.TrimSpace(appendError(nil, "code", no.status, no.message))...)
	return append(b, "}\n"...)
}

// hugeBytes is the size of the content of a huge answer.
const hugeBytes = 30 << 20

// spoiled returns the body of an answer with the effects of a fault that JSON by the rules cannot have.
func spoiled(body []byte, kind FaultKind) []byte {
	replaced := func(old, now string) []byte { return bytes.Replace(body, []byte(old), []byte(now), 1) }
	const content = `"content":"`
	switch kind {
	case EmptyObject:
		return []byte("{}")
	case Reasoned:
		return replaced(content, `"reasoning_content":"Let me think …",`+content)
	case NoFinish:
		before, after, _ := bytes.Cut(body, []byte(`,"finish_reason":"`))
		_, after, _ = bytes.Cut(after, []byte(`"`))
		return slices.Concat(before, after)
	case NotUTF8:
		return replaced(content, content+"\xcf\xf0")
	case Huge:
		return replaced(content, content+strings.Repeat("a", hugeBytes))
	}
	return body
}

// deliver writes an answer, with the fault on its way, if f is not nil. It calls last just before the client can see the end.
func (x *exchange) deliver(status int, body []byte, f *armed, last func()) {
	if f == nil {
		last()
		x.answer(status, body)
		return
	}
	body = spoiled(body, f.Kind)
	switch f.Kind {
	case Hang:
		if x.late(f.For) {
			last()
			x.answer(status, body)
		}
		return
	case Slow:
		x.answerSlowly(status, body, f.slowness(), last)
		return
	}
	last()
	switch f.Kind {
	case ResetAfter:
		x.reset()
	case ResetIn: // after half of the announced length
		x.answerHeader(status, len(body))
		x.w.Write(body[:len(body)/2])
		http.NewResponseController(x.w).Flush()
		x.reset()
	case Truncated:
		x.answer(status, body[:len(body)/2])
	case NotJSON:
		x.page(http.StatusOK)
	case LateGateway:
		x.page(http.StatusGatewayTimeout)
	default:
		x.answer(status, body)
	}
}

// slowPieces is the number of pieces of a slow body.
const slowPieces = 10

func (x *exchange) answerSlowly(status int, body []byte, whole time.Duration, last func()) {
	x.answerHeader(status, len(body))
	size := max(1, (len(body)+slowPieces-1)/slowPieces)
	for len(body) > 0 {
		if !x.sleep(whole / slowPieces) {
			x.reset()
			return
		}
		n := min(size, len(body))
		if n == len(body) {
			last()
		}
		x.w.Write(body[:n])
		http.NewResponseController(x.w).Flush()
		body = body[n:]
	}
}

// slowness returns how long a slow body takes.
func (f *armed) slowness() time.Duration { return cmp.Or(f.For, 3*time.Second) }
