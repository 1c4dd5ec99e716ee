package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault is something that goes wrong with some of the requests. All of its conditions must be met; the zero
// conditions meet every request. Where several faults meet a request the first one in the list happens.
type Fault struct {
	Kind FaultKind
	At   Endpoint // default the completions

	Rate     float64       // the share of attempts, chosen by the seed; 0 is all of them
	Skip     int           // not the first Skip requests at the endpoint
	First    int           // of the others only the first so many; 0 is all of them
	From, To time.Duration // only that long after New or SetFaults; To 0 is for ever
	Contains string        // only prompts with this text; at the completions alone
	Attempts int           // only the first so many attempts for a request; 0 is all of them

	RetryAfter string        // for "429": the value of the header, as it stands; "" is no such header
	For        time.Duration // for "slow" (default 3s) and "hang" (0: until the client gives up)
}

// A FaultKind says what goes wrong. Besides those named here every status of the API is one ("401", "402", "403", "404",
// "413", "422", "429", "500", "502", "503", "504"): it is answered in the API's JSON, before the model works. With "-html"
// behind it a 5xx comes as the gateway's page.
type FaultKind string

// The kinds that are not a status. Billed are those at which the model has worked.
const (
	ResetBefore  FaultKind = "reset-before" // the connection is reset before the model works
	ResetIn      FaultKind = "reset-in"     // … in the middle of the answer's body; billed
	ResetAfter   FaultKind = "reset-after"  // … when the answer is ready and before its first byte; billed
	Truncated    FaultKind = "truncated"    // the answer's JSON ends early, in good HTTP; billed
	NotJSON      FaultKind = "not-json"     // 200 with a page of HTML; billed
	Hang         FaultKind = "hang"         // no answer, or with For a late one; billed
	Slow         FaultKind = "slow"         // the body takes For; billed
	Revoked      FaultKind = "revoked"      // the token has expired ahead of time, for this and all later requests
	Blacklist    FaultKind = "blacklist"    // moderation: an apology for one token; billed
	Length       FaultKind = "length"       // the answer ends in the middle; billed
	EmptyChoices FaultKind = "empty-choices"
	EmptyContent FaultKind = "empty-content"
	InvalidJSON  FaultKind = "invalid-json" // a structured answer is no JSON, or not as its schema has it; billed
)

// The kinds of the token endpoint's own errors.
const (
	Code1 FaultKind = "code1" // scope data format invalid
	Code4 FaultKind = "code4" // can't decode the header
	Code5 FaultKind = "code5" // scope is empty
	Code6 FaultKind = "code6" // credentials don't match
	Code7 FaultKind = "code7" // the key's scope does not include the one requested
)

// An Endpoint is where a fault happens.
type Endpoint string

// The endpoints.
const (
	AtChat   Endpoint = ""
	AtOAuth  Endpoint = "oauth"
	AtModels Endpoint = "models"
	AtTokens Endpoint = "tokens" // tokens/count
	AtFiles  Endpoint = "files"
)

var endpoints = []Endpoint{AtChat, AtOAuth, AtModels, AtTokens, AtFiles}

// faultStatuses are the statuses that a fault can answer, with the API's words.
var faultStatuses = map[FaultKind]refusal{
	"400": invalidJSON,
	"401": unauthorized,
	"402": {http.StatusPaymentRequired, "Payment Required"},
	"403": {http.StatusForbidden, "Permission denied"},
	"404": noSuchModel,
	"413": payloadTooLarge,
	"422": {http.StatusUnprocessableEntity, "Unprocessable Entity"},
	"429": tooManyRequests,
	"500": {http.StatusInternalServerError, "Internal Server Error"},
	"502": {http.StatusBadGateway, "Bad Gateway"},
	"503": {http.StatusServiceUnavailable, "Service Unavailable"},
	"504": {http.StatusGatewayTimeout, "Gateway Timeout"},
}

var (
	wireKinds   = []FaultKind{ResetBefore, ResetIn, ResetAfter, Truncated, NotJSON, Hang, Slow}
	answerKinds = []FaultKind{Blacklist, Length, EmptyChoices, EmptyContent, InvalidJSON}
	codeKinds   = []FaultKind{Code1, Code4, Code5, Code6, Code7}
)

// FaultKinds lists the kinds that can happen at an endpoint, for help texts and for tests that try them all.
func FaultKinds(at Endpoint) []FaultKind {
	var kinds []FaultKind
	for kind, r := range faultStatuses {
		kinds = append(kinds, kind)
		if r.status >= 500 {
			kinds = append(kinds, kind+"-html")
		}
	}
	slices.Sort(kinds)
	kinds = append(kinds, wireKinds...)
	switch at {
	case AtChat:
		return append(append(kinds, Revoked), answerKinds...)
	case AtOAuth:
		return append(kinds, codeKinds...)
	}
	return append(kinds, Revoked)
}

// billed reports whether the model has worked when the fault happens.
func (k FaultKind) billed() bool {
	return k != ResetBefore && (slices.Contains(wireKinds, k) || slices.Contains(answerKinds, k))
}

// html is the status of a fault that comes as the gateway's page.
func (k FaultKind) html() (status int, isHTML bool) {
	number, isHTML := strings.CutSuffix(string(k), "-html")
	if !isHTML {
		return 0, false
	}
	return faultStatuses[FaultKind(number)].status, true
}

// code is the number of a token endpoint's own error, else 0.
func (k FaultKind) code() int {
	number, isCode := strings.CutPrefix(string(k), "code")
	if !isCode {
		return 0
	}
	n, _ := strconv.Atoi(number)
	return n
}

// name is what the counts call the fault: the kind, after the endpoint if it is not the completions.
func (f Fault) name() string {
	if f.At == AtChat {
		return string(f.Kind)
	}
	return string(f.At) + "-" + string(f.Kind)
}
