package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault is something that goes wrong with some of the requests. All its conditions must hold; a zero condition holds for every request.
// If several faults match a request, the first one in the list happens.
type Fault struct {
	Kind FaultKind
	At   Endpoint // default: the completions, also those of batches

	Rate     float64       // the share of attempts, chosen by the seed; 0 means all
	Skip     int           // spare the first Skip requests at the endpoint
	First    int           // only the first First requests after those; 0 means all
	From, To time.Duration // only in this time after New or SetFaults; To 0 means no end
	Contains string        // only prompts with this text; for completions and embeddings only
	Model    string        // only requests for this model; for completions and embeddings only
	Attempts int           // only the first so many attempts for a request; 0 means all

	RetryAfter string        // for "429": the value of the header, sent as given; "" means no header
	For        time.Duration // for "slow" (default 3s) and "hang" (0: until the client gives up)
}

// A FaultKind says what goes wrong. Besides the kinds named here, every error status of the API is a kind ("400", "401", "402", "403",
// "404", "407", "413", "418", "422", "429", "500", "502", "503", "504"): it is answered in the API's JSON, before the model works. A 5xx
// with the suffix "-html" is answered with the gateway's page. A 429 or 5xx with the suffix "-in-200" is an answer with status 200 whose
// body names that status.
type FaultKind string

// The kinds that are not a status. Those marked as billed happen after the model has worked.
const (
	ResetBefore  FaultKind = "reset-before"   // the connection is reset before the model works
	ResetIn      FaultKind = "reset-in"       // … in the middle of the answer's body; billed
	ResetAfter   FaultKind = "reset-after"    // … when the answer is ready, before its first byte; billed
	Truncated    FaultKind = "truncated"      // the answer's JSON ends early, in valid HTTP; billed
	NotJSON      FaultKind = "not-json"       // 200 with an HTML page; billed
	Hang         FaultKind = "hang"           // no answer, or a late one if For is set; billed
	Slow         FaultKind = "slow"           // the body takes For; billed
	GoAway       FaultKind = "goaway"         // an HTTP/2 connection ends without having taken the request; over HTTP/1.1 as reset-before
	Refused      FaultKind = "refused-stream" // HTTP/2 says that the request was not taken; over HTTP/1.1 as reset-before
	LoginPage    FaultKind = "login-page"     // 200 with the page of a proxy that wants a name and password, before the model works
	Revoked      FaultKind = "revoked"        // the token expires early, for this and all later requests
	Blacklist    FaultKind = "blacklist"      // moderation: an apology, for one token; billed
	Length       FaultKind = "length"         // the answer ends in the middle; billed
	EmptyChoices FaultKind = "empty-choices"
	EmptyContent FaultKind = "empty-content"
	EmptyObject  FaultKind = "empty-object" // the body is {}; billed
	Reasoned     FaultKind = "reasoned"     // all tokens went into reasoning_content, and the content is empty; billed
	NoFinish     FaultKind = "no-finish"    // without a finish_reason; billed
	NotUTF8      FaultKind = "not-utf8"     // the content begins with bytes of windows-1251; billed
	Huge         FaultKind = "huge"         // the content has 30 MB; billed
	InvalidJSON  FaultKind = "invalid-json" // a structured answer is not JSON, or not valid by its schema; billed
)

// The errors of the token endpoint.
const (
	Code1 FaultKind = "code1" // scope data format invalid
	Code4 FaultKind = "code4" // can't decode the header
	Code5 FaultKind = "code5" // scope is empty
	Code6 FaultKind = "code6" // credentials don't match
	Code7 FaultKind = "code7" // the key's scope does not include the one requested

	ExpiredToken FaultKind = "expired" // the token names an end that is an hour ago, but is good

	LateGateway FaultKind = "504-after" // of AtBatchCreate: 504 with the gateway's page, but the batch is created
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

	AtBalance Endpoint = "balance"

	AtEmbeddings  Endpoint = "embeddings"
	AtBatchCreate Endpoint = "batch-create" // the faults of the lines are those of AtChat and AtEmbeddings
	AtBatchPoll   Endpoint = "batch-poll"   // of one batch
	AtBatchList   Endpoint = "batch-list"
)

var endpoints = [...]Endpoint{
	AtChat, AtOAuth, AtModels, AtTokens, AtFiles, AtBalance, AtEmbeddings, AtBatchCreate, AtBatchPoll, AtBatchList,
}

// prompts reports whether the requests at the endpoint have a prompt and a model.
func (at Endpoint) prompts() bool { return at == AtChat || at == AtEmbeddings }

// faultStatuses are the statuses that a fault can answer, with the API's messages.
var faultStatuses = map[FaultKind]refusal{
	"400": invalidJSON,
	"401": unauthorized,
	"402": {http.StatusPaymentRequired, "Payment Required"},
	"403": {http.StatusForbidden, "Permission denied"},
	"404": noSuchModel,
	"407": {http.StatusProxyAuthRequired, "Proxy Authentication Required"},
	"413": payloadTooLarge,
	"418": {http.StatusTeapot, "I'm a teapot"},
	"422": {http.StatusUnprocessableEntity, "Unprocessable Entity"},
	"429": tooManyRequests,
	"500": {http.StatusInternalServerError, "Internal Server Error"},
	"502": {http.StatusBadGateway, "Bad Gateway"},
	"503": {http.StatusServiceUnavailable, "Service Unavailable"},
	"504": {http.StatusGatewayTimeout, "Gateway Timeout"},
}

var (
	wireKinds   = []FaultKind{ResetBefore, ResetIn, ResetAfter, Truncated, NotJSON, Hang, Slow, GoAway, Refused}
	unsentKinds = []FaultKind{ResetBefore, GoAway, Refused} // of the wire, before the model works
	answerKinds = []FaultKind{
		Blacklist, Length, EmptyChoices, EmptyContent, InvalidJSON, EmptyObject, Reasoned, NoFinish, NotUTF8, Huge,
	}
	codeKinds = []FaultKind{Code1, Code4, Code5, Code6, Code7}
)

// FaultKinds returns the kinds that can happen at an endpoint, for help texts and for tests that try them all.
func FaultKinds(at Endpoint) []FaultKind {
	var kinds []FaultKind
	for kind, r := range faultStatuses {
		kinds = append(kinds, kind)
		if r.status >= 500 {
			kinds = append(kinds, kind+"-html")
		}
		if r.status >= 500 || r.status == http.StatusTooManyRequests {
			kinds = append(kinds, kind+in200)
		}
	}
	slices.Sort(kinds)
	kinds = append(append(kinds, wireKinds...), LoginPage)
	switch at {
	case AtChat:
		return append(append(kinds, Revoked), answerKinds...)
	case AtOAuth:
		return append(append(kinds, codeKinds...), ExpiredToken)
	case AtBatchCreate:
		kinds = append(kinds, LateGateway)
	}
	return append(kinds, Revoked)
}

// billed reports whether the model has worked when the fault happens.
func (k FaultKind) billed() bool {
	return !slices.Contains(unsentKinds, k) && (slices.Contains(wireKinds, k) || slices.Contains(answerKinds, k) || k == LateGateway)
}

// html returns the status of a fault that is answered with the gateway's page.
func (k FaultKind) html() (status int, isHTML bool) {
	number, isHTML := strings.CutSuffix(string(k), "-html")
	if !isHTML {
		return 0, false
	}
	return faultStatuses[FaultKind(number)].status, true
}

// in200 is the suffix of an error in an answer with status 200.
const in200 = "-in-200"

// code returns the number of an error of the token endpoint, else 0.
func (k FaultKind) code() int {
	number, isCode := strings.CutPrefix(string(k), "code")
	if !isCode {
		return 0
	}
	n, _ := strconv.Atoi(number)
	return n
}

// name returns the name of the fault in the counts: the kind, with the endpoint before it unless it is the completions.
func (f Fault) name() string {
	if f.At == AtChat {
		return string(f.Kind)
	}
	return string(f.At) + "-" + string(f.Kind)
}
