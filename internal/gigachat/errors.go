package gigachat

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind is what went wrong, as far as it decides what to do next.
type Kind int

// The kinds of failures.
const (
	_                Kind = iota
	KindRateLimited       // 429
	KindUnauthorized      // 401 after a refresh and a replay; or OAuth refused the key or the scope, whatever its HTTP status
	KindPayment           // 402: the package of this model is used up, or there is none
	KindForbidden         // 403: the method or the model is not in the tariff
	KindNotFound          // 404: no such model, no such file, or a wrong base URL
	KindRejected          // 400, 413, 422 and other 4xx: this request will never be accepted; or the file to be uploaded cannot be read
	KindServer            // 5xx, JSON, HTML or empty; also 408 and 425, which are as passing
	KindNetwork           // dialling, resets, a proxy that refuses, a redirect that is not followed
	KindTimeout           // the exchange took longer than its own timeout
	KindBadBody           // a 200 whose body ended early or is not JSON, or that of a call other than chat has an unknown shape
	KindTLS               // a certificate was refused, or the URL is not https; see [Error.TLS]. Never passing
	KindCanceled          // the caller's context ended
	KindTokenExpired      // a supplied access token is no longer accepted, and cannot be refreshed
)

var kindNames = [...]string{
	KindRateLimited: "rate limited", KindUnauthorized: "unauthorized", KindPayment: "payment required", KindForbidden: "forbidden",
	KindNotFound: "not found", KindRejected: "rejected", KindServer: "server error", KindNetwork: "network", KindTimeout: "timeout",
	KindBadBody: "bad body", KindTLS: "tls", KindCanceled: "canceled", KindTokenExpired: "token expired",
}

// String gives the kind in words, such as "rate limited".
func (k Kind) String() string {
	if k <= 0 || int(k) >= len(kindNames) {
		return "kind " + strconv.Itoa(int(k))
	}
	return kindNames[k]
}

// Passing reports whether the same exchange may well succeed later, with nothing changed by anyone.
func (k Kind) Passing() bool {
	switch k {
	case KindRateLimited, KindServer, KindNetwork, KindTimeout, KindBadBody:
		return true
	}
	return false
}

// The codes of OAuth's error bodies (developers.sber.ru, api/errors-description). The HTTP status beside them differs between Sber's own
// pages, so that the code alone counts.
const (
	CodeScopeInvalid     = 1 // the scope is none that exists
	CodeKeyUndecodable   = 4 // the key is not base64 of id:secret
	CodeScopeEmpty       = 5 // no scope was sent
	CodeWrongCredentials = 6 // the key is wrong or revoked
	CodeOtherScope       = 7 // the key belongs to another scope
)

// Error is every failure of an exchange with the API. Its text holds no secret. It may be shared between goroutines and must not be
// changed.
type Error struct {
	Op         string        // "oauth", "chat", "models", "tokens" or "files"
	Kind       Kind          // what went wrong
	Status     int           // the HTTP status, 0 where there was no answer
	Code       int           // the code of OAuth's error body, else 0
	Message    string        // the API's own words, or what happened, on one line; HTML bodies are reduced to their title
	RequestID  string        // X-Request-ID (of OAuth: RqUID) of the exchange
	RetryAfter time.Duration // from Retry-After, in seconds or a date; 0 where absent, unreadable, past, or over an hour
	Sent       bool          // the request was written whole and no whole answer came: it may have been billed
	Err        error         // the cause, if any
}

// Error gives `chat: 422: Invalid params: … (request id 1234)`.
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

// Unwrap gives the cause: context.Canceled under KindCanceled, x509 errors under KindTLS.
func (e *Error) Unwrap() error { return e.Err }

// Passing reports whether the same exchange may well succeed later, with nothing changed by anyone.
func (e *Error) Passing() bool { return e.Kind.Passing() }

// WrongKey reports whether OAuth refused the authorization key itself: not decodable, or not known.
func (e *Error) WrongKey() bool {
	return e.Code == CodeKeyUndecodable || e.Code == CodeWrongCredentials
}

// WrongScope reports whether OAuth refused the scope: absent, unknown, or not the one that the key belongs to.
func (e *Error) WrongScope() bool {
	return e.Code == CodeScopeInvalid || e.Code == CodeScopeEmpty || e.Code == CodeOtherScope
}

// AsError finds the [*Error] in err's chain; nil if there is none.
func AsError(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}

// kindOf gives the kind of an answer that is not a 2xx.
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
	case status >= 500 || status == 408 || status == 425:
		return KindServer
	case status >= 400:
		return KindRejected
	}
	return KindNetwork
}
