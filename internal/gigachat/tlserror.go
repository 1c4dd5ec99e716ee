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

// TLSProblem is the reason why a connection was refused.
type TLSProblem int

// The problems of a connection.
const (
	TLSNone             TLSProblem = iota
	TLSUnknownAuthority            // signed by an untrusted authority, or self-signed; a CA file may be missing
	TLSAnchorScope                 // signed by Russian Trusted Root CA, on a host for which it is not trusted
	TLSWrongHost                   // issued for other names
	TLSExpired                     // expired, or the local clock is fast
	TLSNotYetValid                 // not valid yet, or the local clock is slow
	TLSBadCertificate              // invalid for another reason
	TLSRefusedByServer             // the server ended the handshake: it requires a client certificate, or a different one
	TLSTooOld                      // the server or a proxy speaks no TLS 1.2
	TLSNotSpoken                   // the server does not speak TLS on this port
	TLSNotHTTPS                    // the URL is not https, so nothing was sent
)

// TLS returns what was wrong with the connection for an error of KindTLS, else TLSNone.
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
	case isTooOld(err):
		return TLSTooOld
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

// explainTLS turns e into an error of KindTLS with a message about host, if err is a TLS problem.
func (e *Error) explainTLS(host string, err error) {
	problem := tlsProblem(err)
	if problem == TLSNone {
		return
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "proxyconnect" {
		host = "the proxy"
	}
	e.Kind = KindTLS
	e.Message = oneLine(problem.describe(host, err), nil)
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
		return host + " refused the connection (" + err.Error() + "); it may require a client certificate"
	case TLSTooOld:
		return host + " speaks only versions of TLS before 1.2"
	case TLSNotSpoken:
		return host + " does not speak TLS on this port"
	case TLSAnchorScope:
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

func (p TLSProblem) validity(err error) string {
	e := errorAs[x509.CertificateInvalidError](err)
	said, at := "expired on", time.Time{}
	if e.Cert != nil {
		at = e.Cert.NotAfter
	}
	if p == TLSNotYetValid {
		said, at = "is valid only from", e.Cert.NotBefore
	}
	return fmt.Sprintf("%s %s; this computer's clock says %s", said, day(at), day(time.Now()))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
