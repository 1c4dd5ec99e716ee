package secure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Problem is the reason why a connection was refused.
type Problem int

// The problems of a connection.
const (
	None             Problem = iota
	UnknownAuthority         // signed by an untrusted authority, or self-signed; a CA file may be missing
	AnchorScope              // signed by Russian Trusted Root CA, on a host for which it is not trusted
	WrongHost                // issued for other names
	Expired                  // expired, or the local clock is fast
	NotYetValid              // not valid yet, or the local clock is slow
	BadCertificate           // invalid for another reason
	RefusedByServer          // the server ended the handshake: it requires a client certificate, or a different one
	TooOld                   // the server or a proxy speaks no TLS 1.2
	NotSpoken                // the server does not speak TLS on this port
	NotHTTPS                 // the URL is not https, so nothing was sent
)

// ErrNotHTTPS is the cause of an error of a URL to which credentials must not be sent.
var ErrNotHTTPS = errors.New("not https")

// ProblemOf returns the problem in the chain of err, or None.
func ProblemOf(err error) Problem {
	switch {
	case errors.Is(err, ErrNotHTTPS):
		return NotHTTPS
	case isA[*anchorScopeError](err):
		return AnchorScope
	case isA[x509.HostnameError](err):
		return WrongHost
	case isA[x509.UnknownAuthorityError](err):
		return UnknownAuthority
	case isA[x509.CertificateInvalidError](err):
		e := errorAs[x509.CertificateInvalidError](err)
		switch {
		case e.Reason != x509.Expired:
			return BadCertificate
		case e.Cert != nil && time.Now().Before(e.Cert.NotBefore):
			return NotYetValid
		}
		return Expired
	case isA[*tls.CertificateVerificationError](err):
		return BadCertificate
	case isTooOld(err):
		return TooOld
	case isA[tls.RecordHeaderError](err), errors.Is(err, http.ErrSchemeMismatch):
		return NotSpoken
	case isAlert(err):
		return RefusedByServer
	}
	return None
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func errorAs[E error](err error) E {
	e, _ := errors.AsType[E](err)
	return e
}

// alerts are phrases of the TLS alerts with which a server refuses this client permanently.
var alerts = []string{"certificate", "handshake failure", "access denied", "insufficient security", "unrecognized name"}

func isAlert(err error) bool {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || op.Err == nil {
		return false
	}
	for _, words := range alerts {
		if strings.Contains(op.Err.Error(), words) {
			return true
		}
	}
	return false
}

// isTooOld reports whether both sides have no version of TLS in common. crypto/tls has no type for that.
func isTooOld(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "tls: protocol version not supported") ||
		strings.Contains(err.Error(), "tls: server selected unsupported protocol version"))
}

// Explain returns the problem in the chain of err, an error of an exchange with host, and a message about it. It may have several lines.
func Explain(host string, err error) (Problem, string) {
	p := ProblemOf(err)
	if p == None {
		return p, ""
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "proxyconnect" {
		host = "the proxy"
	}
	return p, p.describe(host, err)
}

func (p Problem) describe(host string, err error) string {
	switch p {
	case UnknownAuthority:
		return "the certificate of " + host + " is signed by an unknown authority" + issuer(err)
	case WrongHost:
		return "the certificate is not for " + host + ", but for " + names(err)
	case Expired, NotYetValid:
		return "the certificate of " + host + " " + p.validity(err)
	case RefusedByServer:
		return host + " refused the connection (" + err.Error() + "); it may require a client certificate"
	case TooOld:
		return host + " speaks only versions of TLS before 1.2"
	case NotSpoken:
		return host + " does not speak TLS on this port"
	case AnchorScope:
		return host + ": " + errorAs[*anchorScopeError](err).Error()
	}
	return "the certificate of " + host + " was refused: " + err.Error()
}

// issuer names the signer of a certificate that could not be verified.
func issuer(err error) string {
	e := errorAs[x509.UnknownAuthorityError](err)
	if e.Cert == nil {
		return ""
	}
	if string(e.Cert.RawIssuer) == string(e.Cert.RawSubject) {
		return ": it is self-signed (" + e.Cert.Subject.String() + ")"
	}
	return ": " + e.Cert.Issuer.String()
}

func names(err error) string {
	e := errorAs[x509.HostnameError](err)
	if e.Certificate == nil {
		return "other hosts"
	}
	all := e.Certificate.DNSNames
	for _, ip := range e.Certificate.IPAddresses {
		all = append(all[:len(all):len(all)], ip.String())
	}
	if len(all) == 0 {
		return "no host"
	}
	return strings.Join(all, ", ")
}

func (p Problem) validity(err error) string {
	e := errorAs[x509.CertificateInvalidError](err)
	said, at := "expired on", time.Time{}
	if e.Cert != nil {
		at = e.Cert.NotAfter
	}
	if p == NotYetValid {
		said, at = "is valid only from", e.Cert.NotBefore
	}
	return fmt.Sprintf("%s %s; this computer's clock says %s", said, day(at), day(time.Now()))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
