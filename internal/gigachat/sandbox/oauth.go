package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// serveOAuth answers POST /api/v2/oauth. The order of the checks is a guess.
func (s *Sandbox) serveOAuth(w http.ResponseWriter, r *http.Request) {
	s.stampOAuth(w.Header())
	s.tally.tokenRequests.Add(1)
	switch {
	case r.Method != http.MethodPost:
		s.refuse(w, refusal{http.StatusMethodNotAllowed, "Method Not Allowed"})
	case !isUUID(r.Header.Get("RqUID")):
		s.plain(w, http.StatusBadRequest, "Bad Request: RqUID is not a UUID\n")
	case !s.oauth.admit(time.Now()):
		s.tally.tokensRefused.Add(1)
		s.refuse(w, tooManyRequests)
	default:
		s.faulty(AtOAuth, s.serveKey)(w, r, grant{})
	}
}

func (s *Sandbox) serveKey(w http.ResponseWriter, r *http.Request, _ grant) {
	scope := r.PostFormValue("scope")
	switch key := keyOf(r.Header.Get("Authorization")); {
	case !isIDSecret(key):
		s.refuseCode(w, 4)
	case scope == "":
		s.refuseCode(w, 5)
	case scope != ScopePersonal && scope != ScopeBusiness && scope != ScopeCorporate:
		s.refuseCode(w, 1)
	case key != s.o.Key:
		s.refuseCode(w, 6)
	case !s.o.allows(scope):
		s.refuseCode(w, 7)
	default:
		s.issue(w, scope, s.o.TokenForm)
	}
}

// oauthErrors are the token endpoint's own, by code. Where the documentation names two statuses for a code, it is the
// one seen live, else the first one named.
var oauthErrors = map[int]refusal{
	1: {http.StatusBadRequest, "scope data format invalid"},
	4: {http.StatusBadRequest, "Can't decode 'Authorization' header"},
	5: {http.StatusBadRequest, "scope is empty"},
	6: {http.StatusUnauthorized, "credentials doesn't match db data"},
	7: {http.StatusBadRequest, "scope from db not fully includes consumed scope"},
}

func (s *Sandbox) refuseCode(w http.ResponseWriter, code int) {
	e := oauthErrors[code]
	s.refuseOAuth(w, e.status, code, e.message)
}

// keyOf is the authorization key of a header. The word Bearer serves as well as Basic.
func keyOf(authorization string) string {
	if key, found := strings.CutPrefix(authorization, "Basic "); found {
		return key
	}
	return strings.TrimPrefix(authorization, "Bearer ")
}

func isIDSecret(key string) bool {
	b, err := base64.StdEncoding.DecodeString(key)
	id, secret, found := strings.Cut(string(b), ":")
	return err == nil && found && id != "" && secret != ""
}

// servePassword answers POST {base}/token, the password authorization of some stands.
func (s *Sandbox) servePassword(w http.ResponseWriter, r *http.Request) {
	s.tally.tokenRequests.Add(1)
	user, password, _ := r.BasicAuth()
	switch {
	case r.Method != http.MethodPost:
		s.refuse(w, refusal{http.StatusMethodNotAllowed, "Method Not Allowed"})
	case !s.oauth.admit(time.Now()):
		s.tally.tokensRefused.Add(1)
		s.refuse(w, tooManyRequests)
	case user != s.o.User || password != s.o.Password:
		s.refuse(w, unauthorized)
	default:
		s.faulty(AtOAuth, func(w http.ResponseWriter, _ *http.Request, _ grant) {
			s.issue(w, s.o.anyScope(), TokenTokExp)
		})(w, r, grant{})
	}
}

func (s *Sandbox) issue(w http.ResponseWriter, scope string, form TokenForm) {
	expires := s.now().Add(s.o.TokenLife)
	token := newToken()
	s.tokens.add(token, grant{scope: scope, expires: expires})
	s.tally.tokens.Add(1)
	s.answer(w, http.StatusOK, appendToken(nil, token, expires, form))
}

func appendToken(b []byte, token string, expires time.Time, form TokenForm) []byte {
	name, expiry, at := "access_token", "expires_at", expires.UnixMilli()
	switch form {
	case TokenSeconds:
		at = expires.Unix()
	case TokenTokExp:
		name, expiry, at = "tok", "exp", expires.Unix()
	}
	b = appendString(append(b, '{'), name)
	b = appendString(append(b, ':'), token)
	b = append(appendString(append(b, ','), expiry), ':')
	return append(strconv.AppendInt(b, at, 10), '}')
}

// newToken makes a token of the shape and length of the real ones: a JWE, opaque to clients.
func newToken() string {
	const header = "eyJjdHkiOiJqd3QiLCJlbmMiOiJBMTI4R0NNIiwiYWxnIjoiZGlyIn0.."
	var raw [870]byte
	rand.Read(raw[:])
	return header + base64.RawURLEncoding.EncodeToString(raw[:])
}

// plain answers in words.
func (s *Sandbox) plain(w http.ResponseWriter, status int, text string) {
	w.Header()["Content-Type"] = typeText
	s.answer(w, status, []byte(text))
}
