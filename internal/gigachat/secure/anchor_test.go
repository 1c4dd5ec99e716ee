package secure

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority is a certificate that signs others.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// sign returns a certificate signed by a, or self-signed if a is nil.
func (a *authority) sign(t *testing.T, c *x509.Certificate) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, signer := c, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) ca(t *testing.T, name string) *authority {
	t.Helper()
	return a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
}

func (a *authority) leaf(t *testing.T, names ...string) *authority {
	t.Helper()
	return a.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "leaf"}, DNSNames: names})
}

// chain is what a server presents: its own certificate and those of the authorities between it and the root.
func (a *authority) chain(between ...*authority) tls.Certificate {
	c := tls.Certificate{Certificate: [][]byte{a.cert.Raw}, PrivateKey: a.key}
	for _, b := range between {
		c.Certificate = append(c.Certificate, b.cert.Raw)
	}
	return c
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func (a *authority) keyPEM(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

// pki represents the world: a root that systems trust, and the root of the anchor with its sub CA.
type pki struct {
	system *authority
	root   *authority
	sub    *authority
	anchor *x509.Certificate
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	var none *authority
	p := &pki{system: none.ca(t, "System Root"), root: none.ca(t, "Test Trusted Root CA")}
	p.sub = p.root.ca(t, "Test Trusted Sub CA")
	var err error
	c := p.root.cert
	p.anchor, err = newAnchor(c.RawSubject, c.RawSubjectPublicKeyInfo, c.SubjectKeyId, c.NotBefore, c.NotAfter)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *pki) trust() trust {
	roots := x509.NewCertPool()
	roots.AddCert(p.system.cert)
	return trust{roots: roots, anchor: p.anchor}
}

func (p *pki) transport(t *testing.T, o Options) *http.Transport {
	t.Helper()
	tr, err := newTransport(o, p.trust())
	if err != nil {
		t.Fatal(err)
	}
	tr.Proxy = nil
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

type server = httptest.Server

// newServer returns a server that is not started yet.
func newServer(cert tls.Certificate, h http.HandlerFunc) *server {
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// listen serves h over TLS and HTTP/2.
func listen(t *testing.T, cert tls.Certificate, h http.HandlerFunc) *server {
	t.Helper()
	s := newServer(cert, h)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// dialTo connects every host name to one address.
func dialTo(s *server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
}

func serveOK(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

// get makes a request over https and returns its error, as Explain explains it.
func get(t *testing.T, tr *http.Transport, host string) (problem Problem, says string, err error) {
	t.Helper()
	client := http.Client{Transport: tr}
	resp, err := client.Get("https://" + host + "/v1")
	if err == nil {
		return None, "", resp.Body.Close()
	}
	problem, says = Explain(host, errors.Unwrap(err)) // net/http adds the URL
	return problem, says, err
}

func TestTrust(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	var none *authority
	stranger := none.ca(t, "Stranger")
	past := &x509.Certificate{DNSNames: []string{"api.giga.chat"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)}
	future := &x509.Certificate{DNSNames: []string{"api.giga.chat"}, NotBefore: time.Now().Add(24 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour)}
	byAnchor := func(names ...string) tls.Certificate { return p.sub.leaf(t, names...).chain(p.sub) }
	address := p.sub.sign(t, &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}).chain(p.sub)
	tests := []struct {
		host string
		cert tls.Certificate
		want Problem
		says string
	}{
		{"api.giga.chat", byAnchor("api.giga.chat"), None, ""},
		{"API.Giga.Chat", byAnchor("api.giga.chat"), None, ""},
		{"api.giga.chat.", byAnchor("api.giga.chat"), None, ""},
		{"giga.chat", byAnchor("giga.chat"), None, ""},
		{"gigachat.devices.sberbank.ru", byAnchor("*.devices.sberbank.ru"), None, ""},
		{"ngw.devices.sberbank.ru", byAnchor("ngw.devices.sberbank.ru", "sister.example"), None, ""},
		{"gigachat-ift.sberdevices.delta.sbrf.ru", byAnchor("gigachat-ift.sberdevices.delta.sbrf.ru"), None, ""},
		{"api.giga.chat", p.system.leaf(t, "api.giga.chat").chain(), None, ""},
		{"mail.google.com", p.system.leaf(t, "mail.google.com").chain(), None, ""},

		{"mail.google.com", byAnchor("mail.google.com"), AnchorScope, "sberbank.ru"},
		{"mail.google.com", byAnchor("mail.google.com", "api.giga.chat"), AnchorScope, "mail.google.com"},
		{"evilsberbank.ru", byAnchor("evilsberbank.ru"), AnchorScope, "evilsberbank.ru"},
		{"notgiga.chat", byAnchor("notgiga.chat"), AnchorScope, "notgiga.chat"},
		{"sberbank.ru.evil.com", byAnchor("sberbank.ru.evil.com"), AnchorScope, "sberbank.ru.evil.com"},
		{"127.0.0.1", address, AnchorScope, "127.0.0.1"},
		{"api.giga.chat", byAnchor("other.giga.chat", "giga.chat"), WrongHost, "api.giga.chat, but for other.giga.chat, giga.chat"},
		{"api.giga.chat", p.sub.sign(t, past).chain(p.sub), Expired, "expired on"},
		{"api.giga.chat", p.sub.sign(t, future).chain(p.sub), NotYetValid, "valid only from"},
		{"api.giga.chat", none.leaf(t, "api.giga.chat").chain(), UnknownAuthority, "self-signed"},
		{"api.giga.chat", stranger.leaf(t, "api.giga.chat").chain(), UnknownAuthority, "CN=Stranger"},
		{"api.giga.chat", p.sub.leaf(t, "api.giga.chat").chain(), UnknownAuthority, "CN=Test Trusted Sub CA"},
	}
	for _, tt := range tests {
		tr := p.transport(t, Options{})
		tr.DialContext = dialTo(listen(t, tt.cert, serveOK))
		problem, says, err := get(t, tr, tt.host)
		if (err == nil) != (tt.want == None) || problem != tt.want || !strings.Contains(says, tt.says) {
			t.Errorf("%s: got problem %d, %q, %v, want %d with %q", tt.host, problem, says, err, tt.want, tt.says)
		}
	}
}

func TestInAnchorDomain(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"sberbank.ru": true, "a.b.sberbank.ru": true, "SBRF.ru.": true, "giga.chat": true, "api.giga.chat": true,
		"": false, "ru": false, "chat": false, "xsberbank.ru": false, "sberbank.ru.com": false, ".": false, "sberbank,ru": false, "sberbank.ru..": false,
	} {
		if got := SberHost(host); got != want {
			t.Errorf("SberHost(%q): got %v, want %v", host, got, want)
		}
	}
}

func TestTLSVersion(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	s := newServer(p.system.leaf(t, "api.giga.chat").chain(), serveOK)
	s.TLS.MaxVersion = tls.VersionTLS11
	s.StartTLS()
	t.Cleanup(s.Close)
	tr := p.transport(t, Options{})
	tr.DialContext = dialTo(s)
	if problem, _, err := get(t, tr, "api.giga.chat"); problem != TooOld {
		t.Errorf("TLS 1.1: got %d, %v", problem, err)
	}
}

func TestNoTLSOnThePort(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(serveOK))
	t.Cleanup(s.Close)
	tr := newPKI(t).transport(t, Options{})
	tr.DialContext = dialTo(s)
	if problem, _, err := get(t, tr, "api.giga.chat"); problem != NotSpoken {
		t.Errorf("got %d, %v", problem, err)
	}
}

// TestTrustThroughProxy checks that the anchor vouches for a host behind a proxy, but not for the proxy.
func TestTrustThroughProxy(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	api := listen(t, p.sub.leaf(t, "api.giga.chat", "mail.google.com").chain(p.sub), serveOK)
	good := p.system.leaf(t, "proxy.example").chain()
	tests := []struct {
		name  string
		proxy tls.Certificate
		host  string
		want  Problem
		says  string
	}{
		{"a proxy that the system trusts", good, "api.giga.chat", None, ""},
		{"a proxy by the anchor", p.sub.leaf(t, "proxy.example").chain(p.sub), "api.giga.chat", AnchorScope, "the proxy"},
		{"another host behind the proxy", good, "mail.google.com", AnchorScope, "mail.google.com"},
	}
	for _, tt := range tests {
		proxy := listenHTTP1(t, tt.proxy, tunnelTo(api))
		tr := p.transport(t, Options{})
		tr.Proxy = http.ProxyURL(&url.URL{Scheme: "https", Host: "proxy.example"})
		tr.DialContext = dialTo(proxy)
		problem, says, err := get(t, tr, tt.host)
		if (err == nil) != (tt.want == None) || problem != tt.want || !strings.Contains(says, tt.says) {
			t.Errorf("%s: got %d, %q, %v, want %d with %q", tt.name, problem, says, err, tt.want, tt.says)
		}
	}
}

func listenHTTP1(t *testing.T, cert tls.Certificate, h http.HandlerFunc) *server {
	t.Helper()
	s := newServer(cert, h)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// tunnelTo is a proxy that connects every CONNECT to one server.
func tunnelTo(s *server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		there, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil || r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer there.Close()
		w.WriteHeader(http.StatusOK)
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(there, buffered)
			_ = there.Close()
		}()
		_, _ = io.Copy(here, there)
		_ = here.Close()
		<-done
	}
}

// TestRealAuthorities verifies the sub CAs in use with the built-in anchor.
func TestRealAuthorities(t *testing.T) {
	t.Parallel()
	anchor, err := russianTrustedRoot()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(anchor)
	for name, sum := range map[string]string{
		"russian_trusted_sub_ca_2022.pem": "bbbde2103e790b999ec62bd03cf625a5a2e7c316e10afe6a490eedead8b3fd9b",
		"russian_trusted_sub_ca_2024.pem": "2155785036c900dbb5f1bb2a1569c80c55595bd6bf94867a29bbddbc7d88a3f2",
	} {
		sub := realCertificate(t, name, sum)
		chains, err := sub.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err != nil || len(chains) != 1 {
			t.Errorf("%s: got %d chains, %v, want 1", name, len(chains), err)
		}
		tampered := bytes.Clone(sub.Raw)
		tampered[len(tampered)-1] ^= 1
		if forged, err := x509.ParseCertificate(tampered); err != nil {
			t.Error(err)
		} else if _, err := forged.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: sub.NotBefore}); err == nil {
			t.Errorf("%s: a forged signature verifies", name)
		}
	}
}

func TestRealRoot(t *testing.T) {
	t.Parallel()
	anchor, err := russianTrustedRoot()
	if err != nil {
		t.Fatal(err)
	}
	root := realCertificate(t, "russian_trusted_root_ca.pem", "d26d2d0231b7c39f92cc738512ba54103519e4405d68b5bd703e9788ca8ecf31")
	if !bytes.Equal(anchor.RawSubject, root.RawSubject) || !bytes.Equal(anchor.SubjectKeyId, root.SubjectKeyId) {
		t.Error("the anchor's name or key id is not the root's")
	}
	if key, ok := root.PublicKey.(*rsa.PublicKey); !ok || !key.Equal(anchor.PublicKey) {
		t.Error("the anchor's key is not the root's")
	}
	if !anchor.NotBefore.Equal(root.NotBefore) || !anchor.NotAfter.Equal(root.NotAfter) || anchor.MaxPathLen != root.MaxPathLen {
		t.Errorf("got %v to %v, path length %d, want %v to %v, %d", anchor.NotBefore, anchor.NotAfter, anchor.MaxPathLen, root.NotBefore, root.NotAfter, root.MaxPathLen)
	}
	if anchor.Subject.String() != root.Subject.String() {
		t.Errorf("got %s, want %s", anchor.Subject, root.Subject)
	}
}

// realCertificate reads a certificate that is not part of the project.
func realCertificate(t *testing.T, name, sum string) *x509.Certificate {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "ca")
	if _, err := os.Stat(dir); err != nil {
		t.Skip(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		t.Fatalf("%s: no PEM", name)
	}
	if got := sha256.Sum256(block.Bytes); hex.EncodeToString(got[:]) != sum {
		t.Fatalf("%s: got SHA-256 %x, want %s", name, got, sum)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
