package advice

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"gigabatch/cmd/gigabatch/internal/connection"
	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/messages"
)

// onlyCommandLine matches what the page does not have.
var onlyCommandLine = regexp.MustCompile(`--|Ctrl-C|gigabatch [a-z]|[Tt]he same command|та же команда`)

// TestHintsOnPage checks that hints and explanations are in the language of the reader, and that those on the page name only what is there.
func TestHintsOnPage(t *testing.T) {
	t.Parallel()
	errs := []error{
		&connection.ModelError{Model: "GigaChat-2-Macs", Have: []string{"GigaChat-2-Max"}}, &connection.ModelError{Model: "x", Have: []string{"GigaChat-2"}},
		&connection.ModelError{Model: "x", Have: []string{"GigaChat-2"}, Column: "a"},
		&connection.ModelError{Model: "x", Have: []string{"ai-sage/GigaChat3.5-432B-A28B"}, Rows: true},
		&connection.HostError{Host: "api.giga.chat", Other: "https://gigachat.devices.sberbank.ru/api/v1"},
		&gigachat.Error{Kind: gigachat.KindRateLimited, Op: "oauth"},
		&gigachat.Error{Kind: gigachat.KindIntercepted, Status: 407}, &gigachat.Error{Kind: gigachat.KindNetwork, Local: true},
		&gigachat.Error{Kind: gigachat.KindForbidden, Status: 403, Op: "batches"},
		&pool.AlikeError{Last: "no"}, &pool.AlikeError{Err: &gigachat.Error{Kind: gigachat.KindIntercepted}},
		&pool.AlikeError{Err: &gigachat.Error{Kind: gigachat.KindIntercepted, Status: 407}},
		connection.ErrNoCredentials, &journal.LockedError{}, &journal.LockError{}, &journal.ForeignError{}, &journal.FormatError{},
		&journal.WriteError{Err: errors.ErrUnsupported},
		&gigachat.Error{Kind: gigachat.KindUnauthorized, Op: "oauth", Code: 6}, &gigachat.Error{Kind: gigachat.KindUnauthorized, Op: "oauth", Code: 7},
	}
	for _, kind := range []gigachat.Kind{
		gigachat.KindRateLimited, gigachat.KindUnauthorized, gigachat.KindPayment, gigachat.KindForbidden, gigachat.KindNotFound, gigachat.KindServer,
		gigachat.KindNetwork, gigachat.KindTimeout, gigachat.KindBadBody, gigachat.KindTokenExpired, gigachat.KindTLS,
		gigachat.KindIntercepted,
	} {
		errs = append(errs, &gigachat.Error{Kind: kind})
	}
	for _, cause := range []error{
		x509.UnknownAuthorityError{}, x509.HostnameError{}, x509.CertificateInvalidError{Reason: x509.Expired}, tls.RecordHeaderError{},
		&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")},
		errors.New("tls: server selected unsupported protocol version 301"),
	} {
		errs = append(errs, &gigachat.Error{Kind: gigachat.KindTLS, Err: cause})
	}
	for _, err := range errs {
		for _, l := range []messages.Language{messages.English, messages.Russian} {
			for _, page := range []bool{false, true} {
				p := messages.Printer{Language: l, Page: page, Explain: Explain}
				said := p.Text(Hint(err))
				if said == "" || (page && onlyCommandLine.MatchString(said)) || inRussian(said) != (l == messages.Russian) {
					t.Errorf("%T %v: %v, page %v: the hint is %q", err, err, l, page, said)
				}
				if e := gigachat.AsError(err); e != nil && inRussian(p.Error(err)) != (l == messages.Russian) {
					t.Errorf("%T %v: %v: the explanation is %q", err, err, l, p.Error(err))
				}
			}
		}
	}
}

// TestOwnHints checks the hints of problems that look like others.
func TestOwnHints(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*gigachat.Error{
		"the token endpoint takes 10 requests a second": {Kind: gigachat.KindRateLimited, Op: "oauth"},
		"all streams of this key are in use":            {Kind: gigachat.KindRateLimited, Op: "chat"},
		"a VPN often hides Sber's hosts":                {Kind: gigachat.KindNetwork, Op: "oauth", Err: &net.DNSError{Err: "no such host"}},
		"the service is on this computer":               {Kind: gigachat.KindNetwork, Op: "chat", Local: true},
		"needs TLS 1.2": {Kind: gigachat.KindTLS,
			Err: errors.New("tls: server selected unsupported protocol version 301")},
	} {
		if got := Hint(e).String(); !strings.Contains(got, want) {
			t.Errorf("%v: got %q, want %q", e, got, want)
		}
	}
}

func inRussian(text string) bool {
	for _, r := range text {
		if unicode.Is(unicode.Cyrillic, r) {
			return true
		}
	}
	return false
}
