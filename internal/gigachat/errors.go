package gigachat

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gigabatch/internal/gigachat/secure"
)

// Kind classifies a failure by what can be done about it.
type Kind int

// The kinds of failure.
const (
	_                Kind = iota
	KindRateLimited       // 429
	KindUnauthorized      // 401 after a refresh and a replay; or OAuth refused the key or the scope, with any HTTP status
	KindPayment           // 402: the token package for this model is used up or missing
	KindForbidden         // 403: the tariff does not include the method or the model
	KindNotFound          // 404: no such model or file, or a wrong base URL
	KindRejected          // 400, 413, 422, other 4xx: never accepted; or the file to upload cannot be read
	KindServer            // 5xx, whether JSON, HTML or empty; also 408 and 425, which are passing too
	KindNetwork           // a failed dial, a reset, another 3xx
	KindTimeout           // the exchange took longer than its own timeout
	KindBadBody           // a 200 whose body ended early, is too long or is not JSON; for calls other than chat, also one of an unknown shape
	KindTLS               // a certificate was refused, or the URL is not https; see [Error.TLS]. Never passing
	KindCanceled          // the caller's context ended
	KindTokenExpired      // a supplied access token is no longer accepted and cannot be renewed
	KindIntercepted       // a proxy or a network answered instead of the service: 407, 511, a login page, a redirect that was not followed
)

var kindNames = [...]string{
	KindRateLimited: "rate limited", KindUnauthorized: "unauthorized", KindPayment: "payment required", KindForbidden: "forbidden",
	KindNotFound: "not found", KindRejected: "rejected", KindServer: "server error", KindNetwork: "network", KindTimeout: "timeout",
	KindBadBody: "bad body", KindTLS: "tls", KindCanceled: "canceled", KindTokenExpired: "token expired",
	KindIntercepted: "intercepted",
}

// String returns the kind in words, such as "rate limited".
func (k Kind) String() string {
	if k <= 0 || int(k) >= len(kindNames) {
		return "kind " + strconv.Itoa(int(k))
	}
	return kindNames[k]
}

// Passing reports whether the same exchange may succeed later without any change.
func (k Kind) Passing() bool {
	switch k {
	case KindRateLimited, KindServer, KindNetwork, KindTimeout, KindBadBody:
		return true
	}
	return false
}

// The codes in OAuth's error bodies (developers.sber.ru, api/errors-description). Sber's own pages disagree about the HTTP status, so only
// the code counts.
const (
	CodeScopeInvalid     = 1 // no such scope
	CodeKeyUndecodable   = 4 // the key is not base64 of id:secret
	CodeScopeEmpty       = 5 // no scope was sent
	CodeWrongCredentials = 6 // the key is wrong or revoked
	CodeOtherScope       = 7 // the key belongs to another scope
)

// Error is any failure of an exchange with the API. Its text contains no secret. It may be shared between goroutines and must not be
// changed.
type Error struct {
	Op         string        // "oauth", "chat", "embeddings", "batches", "models", "tokens", "balance" or "files"
	Kind       Kind          // what went wrong
	Status     int           // the HTTP status; 0 if there was no answer
	Code       int           // the code in OAuth's error body, else 0
	Message    string        // the API's own words, or what happened, on one line; HTML is reduced to its title
	RequestID  string        // X-Request-ID (RqUID for OAuth) of the exchange
	RetryAfter time.Duration // from Retry-After, in seconds or a date; 0 if absent, unreadable, past, or over an hour
	Sent       bool          // the whole request was written and no complete answer came: it may have been billed
	NotTaken   bool          // the server certainly did not begin with the request
	Local      bool          // the request went to this machine
	TooLong    bool          // the answer is longer than any to the request should be
	Body       string        // what came of an answer to a chat request that cannot be used; any bytes
	Usage      Usage         // of an answer that is an error but counts tokens
	Err        error         // the cause, if any
}

// Error returns `chat: 422: Invalid params: … (request id 1234)`.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d", e.Status)
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, " (code %d)", e.Code)
	}
	b.WriteString(": " + cmp.Or(e.Message, e.Kind.String()))
	if e.RequestID != "" {
		b.WriteString(" (request id " + e.RequestID + ")")
	}
	return b.String()
}

// Unwrap returns the cause, such as context.Canceled for KindCanceled or an x509 error for KindTLS.
func (e *Error) Unwrap() error { return e.Err }

// Passing reports whether the same exchange may succeed later without any change.
func (e *Error) Passing() bool { return e.Kind.Passing() }

// WrongKey reports whether OAuth refused the authorization key itself: it cannot be decoded, or is unknown.
func (e *Error) WrongKey() bool {
	return e.Code == CodeKeyUndecodable || e.Code == CodeWrongCredentials
}

// WrongScope reports whether OAuth refused the scope: it is absent, unknown, or not the scope of the key.
func (e *Error) WrongScope() bool {
	return e.Code == CodeScopeInvalid || e.Code == CodeScopeEmpty || e.Code == CodeOtherScope
}

// OfKey reports whether the service refused the key or its scope, so that another one helps.
func (e *Error) OfKey() bool { return e.WrongKey() || e.WrongScope() || e.WrongAPIKey() }

// TLS returns what was wrong with the connection for an error of KindTLS, else secure.None.
func (e *Error) TLS() secure.Problem {
	if e.Kind != KindTLS {
		return secure.None
	}
	return secure.ProblemOf(e.Err)
}

// AsError returns the [*Error] in err's chain, or nil.
func AsError(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}

// kindOf returns the kind of an answer that is not a 2xx.
func kindOf(status int) Kind {
	switch {
	case status == 429:
		return KindRateLimited
	case status == 401:
		return KindUnauthorized
	case status == 402:
		return KindPayment
	case status == 403:
		return KindForbidden
	case status == 404:
		return KindNotFound
	case status == 407 || status == 511:
		return KindIntercepted
	case status >= 500 || status == 408 || status == 425:
		return KindServer
	case status >= 400:
		return KindRejected
	}
	return KindNetwork
}
