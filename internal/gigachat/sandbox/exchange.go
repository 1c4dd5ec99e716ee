package sandbox

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox/h2"
)

// An exchange is one request to the sandbox and its answer.
type exchange struct {
	*Sandbox
	w     http.ResponseWriter
	r     *http.Request
	grant grant // of the token, once it is known

	expired bool // the token to issue names an end in the past
	h2      *h2.Conn
	stream  uint32 // of h2
}

// A handler answers an exchange.
type handler func(*exchange)

// Header values are shared by all answers.
var (
	namedSandbox  = []string{"gigabatch"}
	serverAPI     = []string{"nginx"}
	backendAPI    = []string{"itsme"}
	serverOAuth   = []string{"SynGX"}
	allowOAuth    = []string{"GET, POST"}
	typeAPI       = []string{"application/json; charset=utf-8"}
	typeOAuth     = []string{"application/json"}
	typeHTML      = []string{"text/html"}
	typeText      = []string{"text/plain; charset=utf-8"}
	typeStream    = []string{"text/event-stream"}
	typeBytes     = []string{"application/octet-stream"}
	neverCached   = []string{"no-cache, no-store, max-age=0, must-revalidate"}
	noCache       = []string{"no-cache"}
	expiredAlways = []string{"0"}
)

// stamp sets the headers that every answer has.
func (x *exchange) stamp() {
	h := x.w.Header()
	h[gigachat.SandboxHeader] = namedSandbox
	if x.o.ClockSkew != 0 {
		h["Date"] = []string{x.now().UTC().Format(http.TimeFormat)}
	}
}

// A refusal is an error answer of the API host.
type refusal struct {
	status  int
	message string
}

var (
	invalidJSON      = refusal{http.StatusBadRequest, "Your request contains invalid JSON syntax."}
	unauthorized     = refusal{http.StatusUnauthorized, "Unauthorized"}
	tokenExpired     = refusal{http.StatusUnauthorized, "Token has expired"}
	notFound         = refusal{http.StatusNotFound, "Not Found"}
	noSuchModel      = refusal{http.StatusNotFound, "No such model"}
	methodNotAllowed = refusal{http.StatusMethodNotAllowed, "Method Not Allowed"}
	payloadTooLarge  = refusal{http.StatusRequestEntityTooLarge, "Payload too large"}
	tooManyRequests  = refusal{http.StatusTooManyRequests, "Too Many Requests"}
)

// ok is no refusal.
var ok = refusal{}

func invalidParams(what string) refusal {
	return refusal{http.StatusUnprocessableEntity, "Invalid params: " + what}
}

// refuse answers as the API host does: {"status":…,"message":"…"} and a line feed.
func (x *exchange) refuse(no refusal) {
	if x.o.Dialect == OpenAI {
		x.refuseOpenAI(no)
		return
	}
	x.answer(no.status, appendError(nil, "status", no.status, no.message))
}

func appendError(b []byte, key string, number int, message string) []byte {
	b = append(append(append(b, `{"`...), key...), `":`...)
	b = strconv.AppendInt(b, int64(number), 10)
	b = appendString(append(b, `,"message":`...), message)
	return append(b, "}\n"...)
}

// answer writes a whole answer. The other headers are already set.
func (x *exchange) answer(status int, body []byte) {
	x.answerHeader(status, len(body))
	x.w.Write(body)
}

// answerHeader begins an answer with a body of that many bytes.
func (x *exchange) answerHeader(status, bytes int) {
	if _, kept := x.w.(*capture); !kept {
		x.tally.status(status)
	}
	x.w.Header()["Content-Length"] = []string{strconv.Itoa(bytes)}
	x.w.WriteHeader(status)
}

// page answers as the gateway in front of the API does.
func (x *exchange) page(status int) {
	x.w.Header()["Content-Type"] = typeHTML
	text := http.StatusText(status)
	x.answer(status, []byte("<html>\r\n<head><title>"+text+"</title></head>\r\n<body>\r\n<center><h1>"+text+
		"</h1></center>\r\n<hr><center>SynGX</center>\r\n</body>\r\n</html>\r\n"))
}

// sleep waits for d and reports whether the exchange goes on: its client is still there and the sandbox is open.
func (x *exchange) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-x.r.Context().Done():
	case <-x.done:
	}
	return false
}

// late waits for d, or until the client gives up if d is 0, and reports whether an answer follows.
func (x *exchange) late(d time.Duration) bool {
	if d == 0 {
		select {
		case <-x.r.Context().Done():
		case <-x.done:
		}
	}
	if d == 0 || !x.sleep(d) {
		x.reset()
		return false
	}
	return true
}

// reset ends the connection without another byte: with a TCP reset over TCP, else in the middle of the answer.
func (x *exchange) reset() {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if c, isOurs := conn.(*h2.Conn); isOurs {
		conn = c.Conn
	}
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		tcp.SetLinger(0)
	}
	conn.Close()
}
