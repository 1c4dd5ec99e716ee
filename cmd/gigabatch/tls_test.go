package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// TestOwnRoot connects to a service whose certificate is trusted only through GIGACHAT_CA_BUNDLE_FILE or --ca-file.
func TestOwnRoot(t *testing.T) {
	t.Parallel()
	srv := serveTLS(t, sandbox.New(sandbox.Options{}), tls.NoClientCert)
	p := newProgram(t, "GIGACHAT_BASE_URL="+srv.URL+"/v1", "GIGACHAT_AUTH_URL="+srv.URL+"/api/v2/oauth", "GIGACHAT_CREDENTIALS="+sandbox.Key)
	p.write("root.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
	if got := p.run("ask", "one"); got.code != 1 || !strings.Contains(got.errors, "hint: if your network inspects TLS, name its root certificate with --ca-file") {
		t.Errorf("without the root: exit code %d\n%s", got.code, got.errors)
	}
	if got := p.run("ask", "one", "--ca-file", "root.pem"); got.code != 0 {
		t.Errorf("--ca-file: exit code %d\n%s", got.code, got.errors)
	}
	p.env = append(p.env, "GIGACHAT_CA_BUNDLE_FILE=root.pem")
	if got := p.run("ask", "one"); got.code != 0 || got.out != sandbox.Answer("one")+"\n" {
		t.Errorf("GIGACHAT_CA_BUNDLE_FILE: exit code %d\n%s", got.code, got.errors)
	}
}

// TestClientCertificate connects to a service that authenticates by client certificates, without a key.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	srv := serveTLS(t, sandbox.New(sandbox.Options{Anonymous: true}), tls.RequireAnyClientCert)
	p := newProgram(t, "GIGACHAT_BASE_URL="+srv.URL+"/v1", "GIGACHAT_CA_BUNDLE_FILE=root.pem")
	p.write("root.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
	cert, key := clientPair(t)
	p.write("client.pem", cert)
	p.write("client.key", key)
	p.write("q.csv", "id,prompt\n1,one\n")
	if got := p.run("ask", "one"); got.code != 1 {
		t.Errorf("without a certificate: exit code %d\n%s", got.code, got.errors)
	}
	if got := p.run("ask", "one", "--client-cert", "client.pem", "--client-key", "client.key"); got.code != 0 {
		t.Errorf("--client-cert: exit code %d\n%s", got.code, got.errors)
	}
	p.env = append(p.env, "GIGACHAT_CERT_FILE=client.pem", "GIGACHAT_KEY_FILE=client.key")
	for _, args := range [][]string{{"ask", "one"}, {"doctor"}, {"models"}, {"run", "q.csv"}} {
		if got := p.run(args...); got.code != 0 {
			t.Errorf("GIGACHAT_CERT_FILE: gigabatch %q: exit code %d\n%s%s", args, got.code, got.out, got.errors)
		}
	}
}

func serveTLS(t *testing.T, box *sandbox.Sandbox, auth tls.ClientAuthType) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(box)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{ClientAuth: auth}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

// clientPair makes a certificate and its key, in PEM.
func clientPair(t *testing.T) (cert, key string) { return keyPair(t, x509.ExtKeyUsageClientAuth) }

// keyPair returns a certificate for a use and for hosts, and its key.
func keyPair(t *testing.T, use x509.ExtKeyUsage, hosts ...string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{use}, DNSNames: hosts,
	}
	raw, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}
