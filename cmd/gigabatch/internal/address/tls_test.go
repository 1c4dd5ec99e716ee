package address

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePair writes a certificate for a name and its key, and returns the certificate. The time of the files moves on with each call, as it
// does when a person writes them.
func writePair(t *testing.T, cert, key, name string, at time.Time) *x509.Certificate {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: raw}} {
		if file == "" {
			continue
		}
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// wantServed checks that a new connection gets a certificate.
func wantServed(t *testing.T, config *tls.Config, want *x509.Certificate) {
	t.Helper()
	here, there := net.Pipe()
	defer here.Close()
	server := tls.Server(there, config)
	defer there.Close()
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	trusted := x509.NewCertPool()
	trusted.AddCert(want)
	client := tls.Client(here, &tls.Config{RootCAs: trusted, ServerName: want.Subject.CommonName})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// A certificate that is renewed is used without a restart. One that cannot be used is reported once, and the old one stays.
func TestCertificateIsReloaded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	now := time.Now()
	first := writePair(t, cert, key, "first.example", now)
	var reported []string
	config, err := Encryption(cert, key, func(err error) { reported = append(reported, err.Error()) })
	if err != nil {
		t.Fatal(err)
	}
	wantServed(t, config, first)
	writePair(t, cert, "", "second.example", now.Add(time.Second)) // its key comes later
	for range 2 {
		wantServed(t, config, first)
	}
	if len(reported) != 1 || !strings.Contains(reported[0], cert) {
		t.Errorf("reported: %q", reported)
	}
	third := writePair(t, cert, key, "third.example", now.Add(2*time.Second))
	wantServed(t, config, third)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if wantServed(t, config, third); len(reported) != 2 {
		t.Errorf("without the key: reported: %q", reported)
	}
}

func TestEncryptionRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key, other := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "other.pem")
	writePair(t, cert, key, "a.example", time.Now())
	writePair(t, filepath.Join(dir, "unused.pem"), other, "b.example", time.Now())
	for _, tt := range []struct{ cert, key, want string }{
		{cert, "", "--tls-key is missing"}, {"", key, "--tls-cert is missing"},
		{filepath.Join(dir, "none.pem"), key, "--tls-cert " + filepath.Join(dir, "none.pem") + ": cannot be read"},
		{cert, filepath.Join(dir, "none.pem"), "--tls-key " + filepath.Join(dir, "none.pem") + ": cannot be read"},
		{cert, dir, "--tls-key " + dir + ": cannot be read"}, {key, key, "--tls-cert " + key}, {cert, other, "--tls-key " + other},
	} {
		if _, err := Encryption(tt.cert, tt.key, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, %s: got error %v, want %q", tt.cert, tt.key, err, tt.want)
		}
	}
	if config, err := Encryption("", "", nil); config != nil || err != nil {
		t.Errorf("without files: got %v, error %v", config, err)
	}
}
