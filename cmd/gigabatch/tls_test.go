package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"gigabatch/internal/gigachat/sandbox"
)

// TestOwnRoot connects to a service whose certificate is trusted only through GIGACHAT_CA_BUNDLE_FILE or --ca-file.
func TestOwnRoot(t *testing.T) {
	t.Parallel()
	srv := serveTLS(t, sandbox.New(sandbox.Options{}), tls.NoClientCert)
	p := newProgram(t, "GIGACHAT_BASE_URL="+srv.URL+"/v1", "GIGACHAT_AUTH_URL="+srv.URL+"/api/v2/oauth", "GIGACHAT_CREDENTIALS="+sandbox.Key)
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	p.write("root.pem", root)
	got := p.run("ask", "one")
	for _, want := range []string{"hint: if your network inspects TLS, name its root certificate with --ca-file or GIGACHAT_CA_BUNDLE_FILE", "Acme Co"} {
		if got.code != 1 || !strings.Contains(got.errors, want) {
			t.Errorf("without the root: exit code %d, not %q\n%s", got.code, want, got.errors)
		}
	}
	for name, text := range map[string]string{
		"bom.pem":    "\ufeff" + root,
		"le.pem":     utf16Text(binary.LittleEndian, "\ufeff"+root),
		"be.pem":     utf16Text(binary.BigEndian, "\ufeff"+root),
		"no-bom.pem": utf16Text(binary.LittleEndian, root),
		"crlf.pem":   strings.ReplaceAll(root, "\n", "\r\n"),
		"root.der":   string(srv.Certificate().Raw),
	} {
		p.write(name, text)
		if got := p.run("ask", "one", "--ca-file", name); got.code != 0 {
			t.Errorf("--ca-file %s: exit code %d\n%s", name, got.code, got.errors)
		}
	}
	for name, text := range map[string]string{"empty.pem": "", "broken.der": string(srv.Certificate().Raw[:100]),
		"text.pem": "\ufeffcertificate"} {
		p.write(name, text)
		want := name + ": no certificate in PEM or DER format"
		if got := p.run("ask", "one", "--ca-file", name); got.code != 2 || !strings.Contains(got.errors, want) {
			t.Errorf("--ca-file %s: exit code %d\n%s", name, got.code, got.errors)
		}
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
	p.write("notepad.pem", utf16Text(binary.LittleEndian, "\ufeff"+cert))
	p.write("notepad.key", "\ufeff"+key)
	if got := p.run("ask", "one", "--client-cert", "notepad.pem", "--client-key", "notepad.key"); got.code != 0 {
		t.Errorf("--client-cert in UTF-16: exit code %d\n%s", got.code, got.errors)
	}
	p.env = append(p.env, "GIGACHAT_CERT_FILE=client.pem", "GIGACHAT_KEY_FILE=client.key")
	for _, args := range [][]string{{"ask", "one"}, {"doctor"}, {"models"}, {"run", "q.csv"}} {
		if got := p.run(args...); got.code != 0 {
			t.Errorf("GIGACHAT_CERT_FILE: gigabatch %q: exit code %d\n%s%s", args, got.code, got.out, got.errors)
		}
	}
}

// TestKeyFilesOfEditors reads .env and a key file as Notepad and PowerShell save them, and says where .env was looked for.
func TestKeyFilesOfEditors(t *testing.T) {
	t.Parallel()
	s := openStand(t)
	p := newProgram(t, "GIGACHAT_BASE_URL="+s.url+"/v1", "GIGACHAT_AUTH_URL="+s.url+"/api/v2/oauth")
	want := "GIGACHAT_CREDENTIALS is not set, and the folder " + p.dir + " has no .env"
	if got := p.run("token"); got.code != 1 || !strings.Contains(got.errors, want) {
		t.Errorf("without .env: exit code %d\n%s", got.code, got.errors)
	}
	p.write(".env", "GIGACHAT_MODEL=GigaChat-2\n")
	if got := p.run("token"); got.code != 1 || !strings.Contains(got.errors, "nor does .env in the folder "+p.dir+" set it") {
		t.Errorf("with another .env: exit code %d\n%s", got.code, got.errors)
	}
	for name, encode := range map[string]func(string) string{
		"UTF-8 with BOM": func(s string) string { return "\ufeff" + s },
		"UTF-16 LE":      func(s string) string { return utf16Text(binary.LittleEndian, "\ufeff"+s) },
		"UTF-16 BE":      func(s string) string { return utf16Text(binary.BigEndian, "\ufeff"+s) },
		"no BOM":         func(s string) string { return utf16Text(binary.LittleEndian, s) },
	} {
		p.write("my.key", encode(s.key+"\r\n"))
		if got := p.run("token", "--key-file", "my.key"); got.code != 0 {
			t.Errorf("key file in %s: exit code %d\n%s", name, got.code, got.errors)
		}
		p.write(".env", encode("GIGACHAT_CREDENTIALS="+s.key+"\r\n"))
		if got := p.run("token"); got.code != 0 {
			t.Errorf(".env in %s: exit code %d\n%s", name, got.code, got.errors)
		}
	}
}

func utf16Text(order binary.AppendByteOrder, text string) string {
	var raw []byte
	for _, u := range utf16.Encode([]rune(text)) {
		raw = order.AppendUint16(raw, u)
	}
	return string(raw)
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
