package secure

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func write(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestHTTP2IsNegotiated(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	var proto atomic.Value
	s := listen(t, p.sub.leaf(t, "api.giga.chat").chain(p.sub), func(w http.ResponseWriter, r *http.Request) {
		proto.Store(r.Proto)
		serveOK(w, r)
	})
	tr := p.transport(t, Options{})
	tr.DialContext = dialTo(s)
	if _, _, err := get(t, tr, "api.giga.chat"); err != nil {
		t.Fatal(err)
	}
	if got := proto.Load(); got != "HTTP/2.0" {
		t.Errorf("got %v, want HTTP/2.0", got)
	}
}

func TestCAFile(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	var none *authority
	own := none.ca(t, "Own Root")
	tests := []struct {
		host string
		root *authority
		cert tls.Certificate
		ok   bool
	}{
		{"gateway.example", own, own.leaf(t, "gateway.example").chain(), true},
		{"api.giga.chat", own, own.leaf(t, "api.giga.chat").chain(), true},
		{"gateway.example", p.root, p.sub.leaf(t, "gateway.example").chain(p.sub), true},
		{"gateway.example", own, p.sub.leaf(t, "gateway.example").chain(p.sub), false},
		{"api.giga.chat", own, p.sub.leaf(t, "api.giga.chat").chain(p.sub), true},
	}
	for i, tt := range tests {
		tr := p.transport(t, Options{CAFile: write(t, tt.root.pem())})
		tr.DialContext = dialTo(listen(t, tt.cert, serveOK))
		_, _, err := get(t, tr, tt.host)
		if tt.ok != (err == nil) {
			t.Errorf("%d, %s: got %v, want it accepted: %v", i, tt.host, err, tt.ok)
		}
	}
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	p := newPKI(t)
	me := p.system.sign(t, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	clients := x509.NewCertPool()
	clients.AddCert(p.system.cert)
	s := listenMTLS(t, p, clients)
	both := write(t, append(me.pem(), me.keyPEM(t)...))
	for _, o := range []Options{{CertFile: write(t, me.pem()), KeyFile: write(t, me.keyPEM(t))}, {CertFile: both}} {
		tr := p.transport(t, o)
		tr.DialContext = dialTo(s)
		if _, _, err := get(t, tr, "stand.sbrf.ru"); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	tr := p.transport(t, Options{})
	tr.DialContext = dialTo(s)
	problem, says, err := get(t, tr, "stand.sbrf.ru")
	if problem != RefusedByServer || !strings.Contains(says, "client certificate") {
		t.Errorf("without a certificate: got %d, %q, %v", problem, says, err)
	}
}

func listenMTLS(t *testing.T, p *pki, clients *x509.CertPool) *server {
	t.Helper()
	s := newServer(p.sub.leaf(t, "stand.sbrf.ru").chain(p.sub), serveOK)
	s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequireAndVerifyClientCert, clients
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestTransportFileErrors(t *testing.T) {
	t.Parallel()
	var none *authority
	a := none.ca(t, "A")
	cert, key := write(t, a.pem()), write(t, a.keyPEM(t))
	other := write(t, none.ca(t, "B").keyPEM(t))
	junk := write(t, []byte("junk"))
	encrypted := write(t, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"))
	missing := filepath.Join(t.TempDir(), "none.pem")
	tests := []struct {
		o    Options
		want []string
	}{
		{Options{CAFile: missing}, []string{"CA file", missing}},
		{Options{CAFile: junk}, []string{"CA file", junk, "no certificate"}},
		{Options{CertFile: missing, KeyFile: key}, []string{"client certificate", missing}},
		{Options{CertFile: cert, KeyFile: missing}, []string{"client certificate", missing}},
		{Options{CertFile: cert, KeyFile: other}, []string{"client certificate", other}},
		{Options{CertFile: cert}, []string{"client certificate", cert}},
		{Options{CertFile: cert, KeyFile: encrypted}, []string{encrypted, "encrypted"}},
		{Options{KeyFile: key}, []string{key}},
	}
	for _, tt := range tests {
		_, err := NewTransport(tt.o)
		if err == nil {
			t.Errorf("%+v: no error", tt.o)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: got %v, want %q in it", tt.o, err, want)
			}
		}
	}
}

func TestTransportDefaults(t *testing.T) {
	t.Parallel()
	tr, err := NewTransport(Options{})
	if err != nil {
		t.Fatal(err)
	}
	many, err := NewTransport(Options{MaxConns: 200})
	if err != nil {
		t.Fatal(err)
	}
	if tr.MaxIdleConnsPerHost != 64 || many.MaxIdleConnsPerHost != 200 {
		t.Errorf("got %d and %d idle connections, want 64 and 200", tr.MaxIdleConnsPerHost, many.MaxIdleConnsPerHost)
	}
	if tr.MaxIdleConns != 0 && tr.MaxIdleConns < 64 || tr.Proxy == nil || !tr.ForceAttemptHTTP2 || tr.TLSClientConfig.MinVersion != tls.VersionTLS12 {
		t.Errorf("got %+v", tr)
	}
	if tr.DialContext == nil || tr.TLSHandshakeTimeout <= 0 || tr.TLSHandshakeTimeout > time.Minute {
		t.Error("dialling has no limit")
	}
}
