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
func serveOAuth(x *exchange) {
	x.stamp()
	h := x.w.Header()
	h["Server"] = serverOAuth
	h["Allow"] = allowOAuth
	h["Content-Type"] = typeOAuth
	h["Cache-Control"] = neverCached
	h["Pragma"] = noCache
	h["Expires"] = expiredAlways
	x.tally.tokenRequests.Add(1)
	switch {
	case x.r.Method != http.MethodPost:
		x.refuse(methodNotAllowed)
	case !isUUID(x.r.Header.Get("RqUID")):
		h["Content-Type"] = typeText
		x.answer(http.StatusBadRequest, []byte("Bad Request: RqUID is not a UUID\n"))
	case !x.oauth.Admit(time.Now()):
		x.tally.tokensRefused.Add(1)
		x.refuse(tooManyRequests)
	default:
		faulty(AtOAuth, serveKey)(x)
	}
}

func serveKey(x *exchange) {
	scope := x.r.PostFormValue("scope")
	key := x.r.Header.Get("Authorization")
	if basic, found := strings.CutPrefix(key, "Basic "); found {
		key = basic
	} else {
		key = strings.TrimPrefix(key, "Bearer ") // accepted as well
	}
	pair, err := base64.StdEncoding.DecodeString(key)
	id, secret, _ := strings.Cut(string(pair), ":")
	switch {
	case err != nil || id == "" || secret == "":
		refuseCode(x, 4)
	case scope == "":
		refuseCode(x, 5)
	case scope != ScopePersonal && scope != ScopeBusiness && scope != ScopeCorporate:
		refuseCode(x, 1)
	case key != x.o.Key:
		refuseCode(x, 6)
	case x.o.Scope != "" && scope != x.o.Scope:
		refuseCode(x, 7)
	default:
		issue(x, scope, x.o.TokenForm)
	}
}

// oauthErrors are the token endpoint's errors, by code. If the documentation names two statuses for a code, the one seen live is used, else
// the first one named.
var oauthErrors = map[int]refusal{
	1: {http.StatusBadRequest, "scope data format invalid"},
	4: {http.StatusBadRequest, "Can't decode 'Authorization' header"},
	5: {http.StatusBadRequest, "scope is empty"},
	6: {http.StatusUnauthorized, "credentials doesn't match db data"},
	7: {http.StatusBadRequest, "scope from db not fully includes consumed scope"},
}

// refuseCode answers as the token endpoint does: {"code":…,"message":"…"} and a line feed.
func refuseCode(x *exchange, code int) {
	e := oauthErrors[code]
	x.answer(e.status, appendError(nil, "code", code, e.message))
}

// servePassword answers POST {base}/token, the password authorization of some installations.
func servePassword(x *exchange) {
	x.tally.tokenRequests.Add(1)
	user, password, _ := x.r.BasicAuth()
	switch {
	case x.r.Method != http.MethodPost:
		x.refuse(methodNotAllowed)
	case !x.oauth.Admit(time.Now()):
		x.tally.tokensRefused.Add(1)
		x.refuse(tooManyRequests)
	case user != x.o.User || password != x.o.Password:
		x.refuse(unauthorized)
	default:
		faulty(AtOAuth, func(x *exchange) { issue(x, x.o.anyScope(), TokenTokExp) })(x)
	}
}

// issue answers with a new token.
func issue(x *exchange, scope string, form TokenForm) {
	expires := x.now().Add(x.o.TokenLife)
	token := newToken()
	x.tokens.add(token, grant{scope: scope, expires: expires})
	x.tally.tokens.Add(1)
	if x.expired {
		expires = x.now().Add(-time.Hour)
	}
	name, expiry, at := "access_token", "expires_at", expires.UnixMilli()
	switch form {
	case TokenSeconds:
		at = expires.Unix()
	case TokenTokExp:
		name, expiry, at = "tok", "exp", expires.Unix()
	}
	b := appendString([]byte{'{'}, name)
	b = appendString(append(b, ':'), token)
	b = append(appendString(append(b, ','), expiry), ':')
	x.answer(http.StatusOK, append(strconv.AppendInt(b, at, 10), '}'))
}

// newToken returns a token with the shape and length of the real ones: a JWE, opaque to clients.
func newToken() string {
	const header = "eyJjdHkiOiJqd3QiLCJlbmMiOiJBMTI4R0NNIiwiYWxnIjoiZGlyIn0.."
	var raw [870]byte
	rand.Read(raw[:])
	return header + base64.RawURLEncoding.EncodeToString(raw[:])
}

// isUUID reports whether s has the shape of a UUID, of any version.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		isHex := '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !isHex {
			return false
		}
	}
	return true
}
