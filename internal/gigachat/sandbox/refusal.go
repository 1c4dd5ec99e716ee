package sandbox

import (
	"net/http"
	"strconv"
)

// A refusal is an error answer of the API host.
type refusal struct {
	status  int
	message string
}

var (
	invalidJSON     = refusal{http.StatusBadRequest, "Your request contains invalid JSON syntax."}
	unauthorized    = refusal{http.StatusUnauthorized, "Unauthorized"}
	tokenExpired    = refusal{http.StatusUnauthorized, "Token has expired"}
	noSuchModel     = refusal{http.StatusNotFound, "No such model"}
	payloadTooLarge = refusal{http.StatusRequestEntityTooLarge, "Payload too large"}
	tooManyRequests = refusal{http.StatusTooManyRequests, "Too Many Requests"}
)

// ok is the refusal that refuses nothing.
var ok = refusal{}

func invalidParams(what string) refusal {
	return refusal{http.StatusUnprocessableEntity, "Invalid params: " + what}
}

// refuse answers as the API host does: {"status":…,"message":"…"} and a line feed.
func (s *Sandbox) refuse(w http.ResponseWriter, r refusal) {
	s.answer(w, r.status, appendError(nil, "status", r.status, r.message))
}

// refuseOAuth answers as the token endpoint does: {"code":…,"message":"…"} and a line feed.
func (s *Sandbox) refuseOAuth(w http.ResponseWriter, status, code int, message string) {
	s.answer(w, status, appendError(nil, "code", code, message))
}

func appendError(b []byte, key string, number int, message string) []byte {
	b = append(append(append(b, `{"`...), key...), `":`...)
	b = strconv.AppendInt(b, int64(number), 10)
	b = appendString(append(b, `,"message":`...), message)
	return append(b, "}\n"...)
}

// answer writes a whole answer. The headers are set already.
func (s *Sandbox) answer(w http.ResponseWriter, status int, body []byte) {
	s.answerHeader(w, status, len(body))
	w.Write(body)
}

// answerHeader begins an answer whose body has so many bytes.
func (s *Sandbox) answerHeader(w http.ResponseWriter, status, bytes int) {
	if _, kept := w.(*capture); !kept {
		s.tally.status(status)
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(bytes)}
	w.WriteHeader(status)
}
