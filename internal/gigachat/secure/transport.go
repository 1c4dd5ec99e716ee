// Package secure connects to the hosts of the API: it decides which certificates are trusted, and explains why one is not.
package secure

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// Options are the settings of a connection to the API.
type Options struct {
	CAFile   string // PEM or DER: additional roots, for any host
	CertFile string // PEM: the client certificate and its intermediates
	KeyFile  string // PEM: its private key, unencrypted; default CertFile
	MaxConns int    // idle connections to keep, as many as concurrent requests; default 64
	NoTLS    bool   // all URLs are http, to this machine: the system's roots are not loaded, which saves time
}

const defaultMaxConns = 64

// NewTransport returns a transport that verifies every server. The system's roots and those of CAFile are trusted for all hosts, Russian
// Trusted Root CA only for hosts at and under sberbank.ru, sbrf.ru and giga.chat. TLS is 1.2 at least. HTTP/2 is attempted because the
// gateway buffers streams over HTTP/1.1. The proxy is that of the environment (HTTPS_PROXY, NO_PROXY).
//
// The errors are about the files of o, and name them.
func NewTransport(o Options) (*http.Transport, error) {
	anchor, err := russianTrustedRoot()
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !o.NoTLS {
		if system, err := x509.SystemCertPool(); err == nil {
			roots = system
		}
	}
	return newTransport(o, trust{roots: roots, anchor: anchor})
}

func newTransport(o Options, t trust) (*http.Transport, error) {
	if o.CAFile != "" {
		raw, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("CA file: %w", err)
		}
		if !addRoots(t.roots, raw) {
			return nil, fmt.Errorf("CA file: %s: no certificate in PEM or DER format", o.CAFile)
		}
	}
	config := t.config()
	switch {
	case o.CertFile != "":
		pair, err := loadPair(o.CertFile, cmp.Or(o.KeyFile, o.CertFile))
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	case o.KeyFile != "":
		return nil, fmt.Errorf("client key %s: its certificate is missing", o.KeyFile)
	}
	conns := o.MaxConns
	if conns <= 0 {
		conns = defaultMaxConns
	}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     config,
		TLSHandshakeTimeout: 15 * time.Second,
		ForceAttemptHTTP2:   true,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
		MaxIdleConnsPerHost: conns,
		IdleConnTimeout:     50 * time.Second, // shorter than servers usually keep connections
	}, nil
}

func loadPair(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	cert, key = plainPEM(cert), plainPEM(key)
	if bytes.Contains(key, []byte("ENCRYPTED")) {
		return tls.Certificate{}, fmt.Errorf("%s: the key is encrypted; only unencrypted keys are supported", keyFile)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return pair, fmt.Errorf("%s, %s: %w", certFile, keyFile, err)
	}
	return pair, nil
}
