package secure

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// The trust anchor (RFC 5280, section 6.1.1 (d)): name and key of the Russian Trusted Root CA, to which all hosts of GigaChat chain and
// which no mainstream trust store includes. The SHA-256 of its certificate is
// D26D2D0231B7C39F92CC738512BA54103519E4405D68B5BD703E9788CA8ECF31 (gosuslugi.ru/crt).
const (
	anchorSubject = "3070310b3009060355040613025255313f303d060355040a0c36546865204d696e6973747279206f66204469676974616c20446576656c6f70" +
		"6d656e7420616e6420436f6d6d756e69636174696f6e733120301e06035504030c175275737369616e205472757374656420526f6f74204341"
	anchorKeyID   = "e1d181e5ce5a5f04aad2e9b69d66b1c5faac2c87"
	anchorPathLen = 4
	anchorKey     = `
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAx8U5nylQAvf6vaeqoTRmnnax6VewoYVigbQYzlvDPVtI
W0K34BlAyGRZCF4jemhkBOhgm7r2kcspLpBcGLAELVy/NiZRgoxhkLuMTliERTZtIvSZfs1ozEwOYfb83C45VGPw
4iZVrmzUXhTOfgq/c8WUMGONKNcpVj2SaNQGxdCsgd5qqZQiw8iU1ZSeKZdLQjRpsTGqRt2tdtdjAI5eE47akNTH
dySYmUIxQZpxROfKXJBbZWwkjIgYDxXTHN1p5ReDRVnpmY1SvlgF6v8QA4s9vw1imwCEl7aZeMwH8n0c2ygUwEUn
SUs5P/51C+Nt1Fmg5Px6omladUNT5Av+oRmfPns3zw5YzetpsmRE11T9nvHlIUgz0Wuq03zF7CyIFYEjQrpcW44E
5MPhXTyjhPMnz4JyrleUJRbYvjylk0Ji4EN8GHsXGQHuoOAYOJp+0SRll8ClGDYT4z0bzCQ0pM8sNzjAfQUNOKOG
DFHdjg+JLUcvZmHDtsPcJuyWYQaB+edmiM2Qm1wt4EcEtrnb91LA1ThZYu5tphKICYD0hQxfX9Gl+nE7F3hiSaHP
3ugVtRoMkWKkiCDHmxd48CWRN1ae/5FYHGUnAxDbmgQeZGC41h/hmv9HGv1xL3dj6Z1chloEQTQpLaItGpo6JYGS
L0gxBTimGo84EBobsD54/w8CAwEAAQ==`
)

var (
	anchorNotBefore = time.Date(2022, 3, 1, 21, 4, 15, 0, time.UTC)
	anchorNotAfter  = time.Date(2032, 2, 27, 21, 4, 15, 0, time.UTC)
)

// anchorDomains are the domains for which the anchor is trusted.
var anchorDomains = []string{"sberbank.ru", "sbrf.ru", "giga.chat"}

var russianTrustedRoot = sync.OnceValues(func() (*x509.Certificate, error) {
	subject, err := hex.DecodeString(anchorSubject)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(anchorKey), ""))
	if err != nil {
		return nil, err
	}
	keyID, err := hex.DecodeString(anchorKeyID)
	if err != nil {
		return nil, err
	}
	return newAnchor(subject, key, keyID, anchorNotBefore, anchorNotAfter)
})

// newAnchor returns a root for crypto/x509, made of an issuer's name and public key (both DER).
func newAnchor(subject, key, keyID []byte, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(subject, &name); err != nil {
		return nil, fmt.Errorf("trust anchor: %w", err)
	}
	public, err := x509.ParsePKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("trust anchor: %w", err)
	}
	algorithm := x509.UnknownPublicKeyAlgorithm
	switch public.(type) {
	case *rsa.PublicKey:
		algorithm = x509.RSA
	case *ecdsa.PublicKey:
		algorithm = x509.ECDSA
	}
	anchor := &x509.Certificate{
		Raw: subject, RawSubject: subject, SubjectKeyId: keyID,
		Version: 3, BasicConstraintsValid: true, IsCA: true, MaxPathLen: anchorPathLen, KeyUsage: x509.KeyUsageCertSign,
		PublicKey: public, PublicKeyAlgorithm: algorithm,
		NotBefore: notBefore, NotAfter: notAfter,
	}
	anchor.Subject.FillFromRDNSequence(&name)
	return anchor, nil
}

// addRoots adds the certificates of a file in PEM, in any form in which editors save text, or in DER. It reports whether there were any.
func addRoots(roots *x509.CertPool, raw []byte) bool {
	if all, err := x509.ParseCertificates(raw); err == nil {
		for _, c := range all {
			roots.AddCert(c)
		}
		return len(all) > 0
	}
	return roots.AppendCertsFromPEM(plainPEM(raw))
}

// plainPEM returns a text in ASCII without what Notepad and PowerShell add: a byte order mark, or UTF-16.
func plainPEM(raw []byte) []byte {
	if text, ok := bytes.CutPrefix(raw, []byte("\ufeff")); ok {
		return text
	}
	if len(raw) < 2 || raw[0] != 0 && raw[1] != 0 && raw[0] < 0xfe {
		return raw
	}
	return bytes.Map(func(r rune) rune { // the bytes of UTF-16 that are not ASCII; PEM has no others
		if r == 0 || r == utf8.RuneError {
			return -1
		}
		return r
	}, raw)
}

// trust decides which certificates are accepted.
type trust struct {
	roots  *x509.CertPool    // trusted for every host
	anchor *x509.Certificate // trusted for hosts under anchorDomains only
}

// config verifies every connection as crypto/tls does, against roots and anchor. It then refuses chains that end only in the anchor, unless
// the dialled host is in one of its domains. The host is that of the connection at hand, so the anchor does not vouch for a proxy in
// between.
func (t trust) config() *tls.Config {
	pool := t.roots.Clone()
	pool.AddCert(t.anchor)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, VerifyConnection: t.scope}
}

func (t trust) scope(s tls.ConnectionState) error {
	if SberHost(s.ServerName) {
		return nil
	}
	for _, chain := range s.VerifiedChains {
		if !chain[len(chain)-1].Equal(t.anchor) {
			return nil
		}
	}
	return &anchorScopeError{host: s.ServerName}
}

// SberHost reports whether a host is at or under sberbank.ru, sbrf.ru or giga.chat.
func SberHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, domain := range anchorDomains {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// anchorScopeError refuses a certificate that only the anchor vouches for, on a host outside its domains.
type anchorScopeError struct{ host string } // empty if an address was dialled

func (e *anchorScopeError) Error() string {
	return "the certificate is issued under Russian Trusted Root CA, which is trusted only for hosts under " + strings.Join(anchorDomains, ", ")
}
