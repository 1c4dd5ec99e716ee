package gigachat

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxWords      = 300 // runes of an error message
	maxRetryAfter = time.Hour
)

// refusalBody is the body of an error from the API ({"status","message"}), OAuth ({"code","message"}) or a gateway in front of them.
type refusalBody struct {
	Status  int             `json:"status"`
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Error   json.RawMessage `json:"error"`
	Detail  string          `json:"detail"`
}

// readRefusal finds the message and the code in the body of an error. It never fails: the body may be JSON, HTML, text or empty.
func readRefusal(status int, body []byte, secrets []string) (message string, code int) {
	var r refusalBody
	_ = json.Unmarshal(body, &r)
	if words := oneLine(r.words(), secrets); words != "" {
		return words, r.Code
	}
	if words := oneLine(plainText(string(body)), secrets); words != "" {
		return words, r.Code
	}
	if words := http.StatusText(status); words != "" {
		return words, r.Code
	}
	return "status " + strconv.Itoa(status), r.Code
}

func (r *refusalBody) words() string {
	if r.Message != "" {
		return r.Message
	}
	var s string
	if json.Unmarshal(r.Error, &s) == nil && s != "" {
		return s
	}
	var nested struct{ Message string }
	if json.Unmarshal(r.Error, &nested) == nil && nested.Message != "" {
		return nested.Message
	}
	return r.Detail
}

// named returns the error that the body of a 2xx answer names, such as {"status":429,…} or {"error":{"code":502,…}}, or nil if it names
// none.
func (c *call) named(body []byte, header http.Header) *Error {
	status := namedStatus(body)
	if status == 0 {
		return nil
	}
	e := c.refusedAs(status, body)
	e.RetryAfter = retryAfter(header, time.Now())
	e.Message += " (in an answer with status 200)"
	return e
}

// refusedAs returns the error of a request that was refused with a status, whether it is that of the answer or is named in it.
func (c *call) refusedAs(status int, body []byte) *Error {
	e := c.fail(kindOf(status), nil)
	e.Status = status
	e.Message, e.Code = readRefusal(status, body, c.secrets)
	return e
}

// namedStatus returns the status of the error that a body names, 0 if it names none.
func namedStatus(body []byte) int {
	type number struct {
		Status, Code json.RawMessage
		StatusCode   json.RawMessage `json:"status_code"`
	}
	var b struct {
		number
		Error json.RawMessage
	}
	if json.Unmarshal(body, &b) != nil {
		return 0
	}
	var nested number
	_ = json.Unmarshal(b.Error, &nested)
	for _, number := range []json.RawMessage{b.Status, b.Code, b.StatusCode, nested.Status, nested.Code, nested.StatusCode} {
		if status, err := strconv.Atoi(valueText(number)); err == nil && 400 <= status && status <= 599 {
			return status
		}
	}
	words := strings.ToLower(valueText(b.Error) + " " + valueText(b.Code))
	if compact(b.Error) == "" && !strings.Contains(words, "error") {
		return 0
	}
	for _, w := range namedStatuses {
		if strings.Contains(words, w.word) {
			return w.status
		}
	}
	return http.StatusInternalServerError
}

// namedStatuses are the statuses of errors that are named by a word only, the most certain first.
var namedStatuses = []struct {
	word   string
	status int
}{
	{"insufficient_quota", 402}, {"model_not_found", 404}, {"no such model", 404}, {"rate_limit", 429}, {"too many requests", 429}, {"context_length", 413}, {"invalid_request", 400},
	{"overloaded", 503}, {"unavailable", 503}, {"timeout", 504},
}

// isLogin reports whether an answer is a page that asks for a password, as that of a proxy or a public network does. Words about logging in
// prove nothing: a page about an error of the service may have them.
func isLogin(body string) bool {
	return strings.HasPrefix(strings.TrimLeft(body, "\ufeff\r\n\t "), "<") && loginField.MatchString(body)
}

var (
	loginField = regexp.MustCompile(`(?i)<input[^>]*type\s*=\s*["']?password`)
	htmlTitle  = regexp.MustCompile(`(?is)<(title|h1)[^>]*>(.*?)</(?:title|h1)\s*>`)
	htmlHidden = regexp.MustCompile(`(?is)<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)\s*>`)
	htmlTag    = regexp.MustCompile(`(?s)<[^>]*>`)
)

// plainText reduces HTML to its title, or to its text if it has no title.
func plainText(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	s = htmlHidden.ReplaceAllString(s, " ")
	if m := htmlTitle.FindStringSubmatch(s); m != nil && strings.TrimSpace(m[2]) != "" {
		s = m[2]
	}
	return html.UnescapeString(htmlTag.ReplaceAllString(s, " "))
}

// oneLine makes external text safe for a message: valid UTF-8 on one line, without control characters and secrets, at most maxWords runes.
// Secrets are removed before the text is cut: half a secret would not be found.
func oneLine(s string, secrets []string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return ' '
		}
		if unicode.In(r, unicode.Cf) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	words := []rune(scrub(strings.Join(strings.Fields(s), " "), secrets))
	if len(words) > maxWords {
		return string(words[:maxWords]) + "…"
	}
	return string(words)
}

// scrub removes secrets from external text, also parts of them: a server may cut what it repeats, or break it into lines.
func scrub(s string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= 4 {
			s = withoutParts(strings.ReplaceAll(s, secret, "[secret]"), secret)
		}
	}
	return s
}

// minPart is the least length of a part of a secret that does not belong to something else.
const minPart = 12

// withoutParts replaces the parts of a secret.
func withoutParts(s, secret string) string {
	var b strings.Builder
	kept := 0
	for i := 0; i+minPart <= len(s); {
		n := minPart
		if !strings.Contains(secret, s[i:i+n]) {
			i++
			continue
		}
		for i+n < len(s) && strings.Contains(secret, s[i:i+n+1]) {
			n++
		}
		b.WriteString(s[kept:i] + "[secret]")
		i += n
		kept = i
	}
	return b.String() + s[kept:]
}

// retryAfter reads Retry-After (RFC 9110, section 10.2.3): seconds, or a date, which is compared with the server's own clock if the answer
// has a Date. It returns 0 if the value is absent, unreadable, past, or over an hour.
func retryAfter(h http.Header, now time.Time) time.Duration {
	var wait time.Duration
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date
		}
		wait = at.Sub(now)
	}
	if wait < 0 || wait > maxRetryAfter {
		return 0
	}
	return wait
}
