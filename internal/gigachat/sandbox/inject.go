package sandbox

import (
	"encoding/binary"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A faultSet is the faults in force.
type faultSet struct {
	seed   uint64
	since  time.Time
	faults []armed
	seen   [5]atomic.Int64 // requests so far, in the order of endpoints
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

// pick returns the fault that happens to an attempt, nil for none. Where there are no prompts each request is an
// attempt of its own.
func (set *faultSet) pick(at Endpoint, a attempt) *armed {
	n := int(set.seen[slices.Index(endpoints, at)].Add(1))
	if a.number == 0 {
		a.number = n
	}
	for i := range set.faults {
		f := &set.faults[i]
		if f.At == at && f.meets(n) && f.happens(a, set.seed+uint64(i)<<32, set.since) {
			return f
		}
	}
	return nil
}

// meets reports whether the nth request is one of those that f is about.
func (f *armed) meets(n int) bool {
	return n > f.Skip && (f.First == 0 || n <= f.Skip+f.First)
}

// happens reports whether f happens to a. What the seed decides depends on nothing but it, the request and the
// number of the attempt.
func (f *armed) happens(a attempt, seed uint64, since time.Time) bool {
	switch {
	case f.Attempts > 0 && a.number > f.Attempts:
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
	prompt string
	asked  hash // of the prompt
	hash   hash // of the request
	number int  // from 1; 0 where there is no prompt
}

// chance is a number from 0 up to but not 1 that depends on the seed and the attempt alone.
func (a attempt) chance(seed uint64) float64 {
	x := mix(seed ^ binary.LittleEndian.Uint64(a.hash[:8]))
	x = mix(x ^ binary.LittleEndian.Uint64(a.hash[8:]) + uint64(a.number))
	return float64(x>>11) / (1 << 53)
}

// fault counts and returns the fault that happens to a.
func (s *Sandbox) fault(at Endpoint, a attempt) *armed {
	f := s.faults.Load().pick(at, a)
	if f != nil {
		s.tally.fault(f.name)
	}
	return f
}

// faulty answers with next unless a fault happens at the endpoint.
func (s *Sandbox) faulty(at Endpoint, next authorizedHandler) authorizedHandler {
	return func(w http.ResponseWriter, r *http.Request, g grant) {
		f := s.fault(at, attempt{})
		switch {
		case f == nil:
			next(w, r, g)
		case f.Kind.billed():
			s.spoil(w, r, f, func(w http.ResponseWriter) { next(w, r, g) })
		default:
			if f.Kind != ResetBefore {
				drain(r)
			}
			s.fail(w, r, f, g)
		}
	}
}

// spoil lets next make its answer and delivers that as the fault has it.
func (s *Sandbox) spoil(w http.ResponseWriter, r *http.Request, f *armed, next func(http.ResponseWriter)) {
	c := &capture{header: w.Header(), status: http.StatusOK}
	next(c)
	s.deliver(w, r, c.status, c.body, f, func() {})
}

// capture keeps an answer back.
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

// fail answers with a fault at which the model does not work.
func (s *Sandbox) fail(w http.ResponseWriter, r *http.Request, f *armed, g grant) {
	status, isHTML := f.Kind.html()
	switch {
	case isHTML:
		s.page(w, status)
	case f.Kind == ResetBefore:
		s.reset(w)
	case f.Kind == Revoked:
		s.tokens.revoke(g.token)
		s.refuse(w, tokenExpired)
	case f.Kind.code() != 0:
		s.refuseCode(w, f.Kind.code())
	default:
		s.failStatus(w, f)
	}
}

func (s *Sandbox) failStatus(w http.ResponseWriter, f *armed) {
	if f.RetryAfter != "" {
		w.Header()["Retry-After"] = []string{f.RetryAfter}
	}
	no := faultStatuses[f.Kind]
	if f.At == AtFiles && no == noSuchModel {
		no = noSuchFile
	}
	s.refuse(w, no)
}

// page answers as the gateway in front of the API does.
func (s *Sandbox) page(w http.ResponseWriter, status int) {
	w.Header()["Content-Type"] = typeHTML
	text := http.StatusText(status)
	s.answer(w, status, []byte("<html>\r\n<head><title>"+text+"</title></head>\r\n<body>\r\n<center><h1>"+text+
		"</h1></center>\r\n<hr><center>SynGX</center>\r\n</body>\r\n</html>\r\n"))
}

// deliver writes an answer with the fault, nil for none, that befalls it on its way. It calls last just before the client
// can see the end.
func (s *Sandbox) deliver(w http.ResponseWriter, r *http.Request, status int, body []byte, f *armed, last func()) {
	switch {
	case f != nil && f.Kind == Hang:
		s.answerLate(w, r, status, body, f.For, last)
		return
	case f != nil && f.Kind == Slow:
		s.answerSlowly(w, r, status, body, f.slowness(), last)
		return
	}
	last()
	if f == nil {
		s.answer(w, status, body)
		return
	}
	s.deliverSpoiled(w, status, body, f.Kind)
}

func (s *Sandbox) deliverSpoiled(w http.ResponseWriter, status int, body []byte, kind FaultKind) {
	switch kind {
	case ResetAfter:
		s.reset(w)
	case ResetIn:
		s.answerPart(w, status, body)
		s.reset(w)
	case Truncated:
		s.answer(w, status, body[:len(body)/2])
	case NotJSON:
		s.page(w, http.StatusOK)
	default:
		s.answer(w, status, body)
	}
}

// answerPart announces the whole body and sends half of it.
func (s *Sandbox) answerPart(w http.ResponseWriter, status int, body []byte) {
	s.answerHeader(w, status, len(body))
	w.Write(body[:len(body)/2])
	http.NewResponseController(w).Flush()
}

func (s *Sandbox) answerLate(w http.ResponseWriter, r *http.Request, status int, body []byte, after time.Duration, last func()) {
	if after == 0 {
		s.hang(w, r)
		return
	}
	if !s.sleep(r, after) {
		s.reset(w)
		return
	}
	last()
	s.answer(w, status, body)
}

// slowPieces is into how many pieces a slow body is cut.
const slowPieces = 10

func (s *Sandbox) answerSlowly(w http.ResponseWriter, r *http.Request, status int, body []byte, whole time.Duration, last func()) {
	s.answerHeader(w, status, len(body))
	size := max(1, (len(body)+slowPieces-1)/slowPieces)
	for len(body) > 0 {
		if !s.sleep(r, whole/slowPieces) {
			s.reset(w)
			return
		}
		n := min(size, len(body))
		if n == len(body) {
			last()
		}
		w.Write(body[:n])
		http.NewResponseController(w).Flush()
		body = body[n:]
	}
}

// slowness is how long a slow body takes.
func (f *armed) slowness() time.Duration {
	if f.For == 0 {
		return 3 * time.Second
	}
	return f.For
}

// reset ends the connection without another byte: a TCP reset where there is TCP, else an end in the midst.
func (s *Sandbox) reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		tcp.SetLinger(0)
	}
	conn.Close()
}
