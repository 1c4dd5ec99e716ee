package gigachat

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

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
		_, _ = io.WriteString(w, okBody)
	})
	tr := p.transport(t, TransportOptions{})
	tr.DialContext = dialTo(s)
	if _, err := (&Client{BaseURL: "https://api.giga.chat/v1", Transport: tr}).Chat(t.Context(), hello(), 0); err != nil {
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
		tr := p.transport(t, TransportOptions{CAFile: write(t, tt.root.pem())})
		tr.DialContext = dialTo(listen(t, tt.cert, serveModels))
		_, err := (&Client{BaseURL: "https://" + tt.host + "/v1", Transport: tr}).Models(t.Context())
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
	for _, o := range []TransportOptions{{CertFile: write(t, me.pem()), KeyFile: write(t, me.keyPEM(t))}, {CertFile: both}} {
		tr := p.transport(t, o)
		tr.DialContext = dialTo(s)
		if _, err := (&Client{BaseURL: "https://stand.sbrf.ru/v1", Transport: tr}).Models(t.Context()); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	tr := p.transport(t, TransportOptions{})
	tr.DialContext = dialTo(s)
	_, err := (&Client{BaseURL: "https://stand.sbrf.ru/v1", Transport: tr}).Models(t.Context())
	if e := wantError(t, err, KindTLS); e.TLS() != TLSRefusedByServer || !strings.Contains(e.Message, "client certificate") {
		t.Errorf("without a certificate: got %v", e)
	}
}

func listenMTLS(t *testing.T, p *pki, clients *x509.CertPool) *server {
	t.Helper()
	s := newServer(p.sub.leaf(t, "stand.sbrf.ru").chain(p.sub), serveModels)
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
		o    TransportOptions
		want []string
	}{
		{TransportOptions{CAFile: missing}, []string{"CA file", missing}},
		{TransportOptions{CAFile: junk}, []string{"CA file", junk, "no certificate"}},
		{TransportOptions{CertFile: missing, KeyFile: key}, []string{"client certificate", missing}},
		{TransportOptions{CertFile: cert, KeyFile: missing}, []string{"client certificate", missing}},
		{TransportOptions{CertFile: cert, KeyFile: other}, []string{"client certificate", other}},
		{TransportOptions{CertFile: cert}, []string{"client certificate", cert}},
		{TransportOptions{CertFile: cert, KeyFile: encrypted}, []string{encrypted, "encrypted"}},
		{TransportOptions{KeyFile: key}, []string{key}},
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
	tr, err := NewTransport(TransportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	many, err := NewTransport(TransportOptions{MaxConns: 200})
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

// TestNoInsecureSwitch reads the sources: nothing may switch verification off or make net/http replay a POST.
func TestNoInsecureSwitch(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Insecure" + "SkipVerify", "Idempotency" + "-Key"} {
			if strings.Contains(string(source), word) {
				t.Errorf("%s: %s", name, word)
			}
		}
	}
}
