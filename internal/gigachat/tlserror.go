package gigachat

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

// TLSProblem is what was wrong with a connection that was refused.
type TLSProblem int

// The problems of a connection.
const (
	TLSNone             TLSProblem = iota
	TLSUnknownAuthority            // signed by no authority that is trusted, or by itself; a CA file may be missing
	TLSAnchorScope                 // signed by Russian Trusted Root CA, on a host that it is not trusted for
	TLSWrongHost                   // made out to other names
	TLSExpired                     // its time is over, or the clock here is ahead
	TLSNotYetValid                 // its time has not come, or the clock here is behind
	TLSBadCertificate              // invalid in another way
	TLSRefusedByServer             // the server ended the handshake: it wants a client certificate, or another one
	TLSNotSpoken                   // the server speaks no TLS on this port
	TLSNotHTTPS                    // the URL is not https, and so nothing was sent
)

// TLS is what was wrong, for errors of KindTLS.
func (e *Error) TLS() TLSProblem {
	if e.Kind != KindTLS {
		return TLSNone
	}
	return tlsProblem(e.Err)
}

func tlsProblem(err error) TLSProblem {
	switch {
	case errors.Is(err, errNotHTTPS):
		return TLSNotHTTPS
	case isA[*anchorScopeError](err):
		return TLSAnchorScope
	case isA[x509.HostnameError](err):
		return TLSWrongHost
	case isA[x509.UnknownAuthorityError](err):
		return TLSUnknownAuthority
	case isA[x509.CertificateInvalidError](err):
		e := errorAs[x509.CertificateInvalidError](err)
		switch {
		case e.Reason != x509.Expired:
			return TLSBadCertificate
		case e.Cert != nil && time.Now().Before(e.Cert.NotBefore):
			return TLSNotYetValid
		}
		return TLSExpired
	case isA[*tls.CertificateVerificationError](err):
		return TLSBadCertificate
	case isA[tls.RecordHeaderError](err), errors.Is(err, http.ErrSchemeMismatch):
		return TLSNotSpoken
	case isAlert(err):
		return TLSRefusedByServer
	}
	return TLSNone
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func errorAs[E error](err error) E {
	e, _ := errors.AsType[E](err)
	return e
}

// alerts are the words of the TLS alerts by which a server refuses this client for good.
var alerts = []string{"certificate", "handshake failure", "protocol version", "access denied", "insufficient security", "unrecognized name"}

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

// explainTLS makes an error of KindTLS out of e if err is one, and says what was wrong with host.
func (e *Error) explainTLS(host string, err error) {
	problem := tlsProblem(err)
	if problem == TLSNone {
		return
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "proxyconnect" {
		host = "the proxy"
	}
	e.Kind = KindTLS
	e.Message = oneLine(problem.describe(host, err))
}

func (p TLSProblem) describe(host string, err error) string {
	switch p {
	case TLSUnknownAuthority:
		return "the certificate of " + host + " is signed by an unknown authority" + issuer(err)
	case TLSWrongHost:
		return "the certificate is not for " + host + ", but for " + names(err)
	case TLSExpired, TLSNotYetValid:
		return "the certificate of " + host + " " + p.validity(err)
	case TLSRefusedByServer:
		return host + " refused the connection (" + err.Error() + "); it may want a client certificate"
	case TLSNotSpoken:
		return host + " does not speak TLS on this port"
	case TLSAnchorScope:
		return host + ": " + errorAs[*anchorScopeError](err).Error()
	}
	return "the certificate of " + host + " is refused: " + err.Error()
}

// issuer names who signed what could not be verified.
func issuer(err error) string {
	e := errorAs[x509.UnknownAuthorityError](err)
	if e.Cert == nil {
		return ""
	}
	if string(e.Cert.RawIssuer) == string(e.Cert.RawSubject) {
		return ": by itself (" + e.Cert.Subject.String() + ")"
	}
	return ": " + e.Cert.Issuer.String()
}

func names(err error) string {
	e := errorAs[x509.HostnameError](err)
	if e.Certificate == nil {
		return "others"
	}
	all := e.Certificate.DNSNames
	for _, ip := range e.Certificate.IPAddresses {
		all = append(all[:len(all):len(all)], ip.String())
	}
	if len(all) == 0 {
		return "no name at all"
	}
	return strings.Join(all, ", ")
}

func (p TLSProblem) validity(err error) string {
	e := errorAs[x509.CertificateInvalidError](err)
	said, at := "expired on", time.Time{}
	if e.Cert != nil {
		at = e.Cert.NotAfter
	}
	if p == TLSNotYetValid {
		said, at = "is valid only from", e.Cert.NotBefore
	}
	return fmt.Sprintf("%s %s; the clock here says %s", said, day(at), day(time.Now()))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
