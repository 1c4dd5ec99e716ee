package gigachat

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// TransportOptions say what differs from one connection to the API to another.
type TransportOptions struct {
	CAFile   string // PEM: further roots, for any host
	CertFile string // PEM: the client's certificate, with those that it rests on
	KeyFile  string // PEM: its key, not encrypted; default CertFile
	MaxConns int    // idle connections kept, as many as the requests made at once; default 64
	NoTLS    bool   // all URLs are http, to this machine: the system's roots are not loaded, which takes its time
}

const defaultMaxConns = 64

// NewTransport makes a transport that verifies every server. The system's roots and those of CAFile count for all hosts, Russian Trusted
// Root CA for those at and under sberbank.ru, sbrf.ru and giga.chat. TLS is 1.2 at least; HTTP/2 is attempted, as the gateway holds
// streams back over HTTP/1.1. The proxy is that of the environment (HTTPS_PROXY, NO_PROXY).
//
// The errors are about the files of o, and name them.
func NewTransport(o TransportOptions) (*http.Transport, error) {
	anchor, err := russianTrustedRoot()
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !o.NoTLS {
		roots = systemRoots()
	}
	return newTransport(o, trust{roots: roots, anchor: anchor})
}

func newTransport(o TransportOptions, t trust) (*http.Transport, error) {
	if err := addRoots(t.roots, o.CAFile); err != nil {
		return nil, err
	}
	config := t.config()
	if err := addClientCert(config, o.CertFile, o.KeyFile); err != nil {
		return nil, err
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
		IdleConnTimeout:     50 * time.Second, // less than servers usually keep them
	}, nil
}

// systemRoots is the system's pool; empty where there is none.
func systemRoots() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return x509.NewCertPool()
	}
	return pool
}

func addRoots(pool *x509.CertPool, name string) error {
	if name == "" {
		return nil
	}
	pem, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("CA file: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("CA file: %s: no certificate in PEM form", name)
	}
	return nil
}

func addClientCert(config *tls.Config, certFile, keyFile string) error {
	if certFile == "" && keyFile == "" {
		return nil
	}
	if certFile == "" {
		return fmt.Errorf("client key %s: a certificate belongs to it", keyFile)
	}
	if keyFile == "" {
		keyFile = certFile
	}
	pair, err := loadPair(certFile, keyFile)
	if err != nil {
		return fmt.Errorf("client certificate: %w", err)
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
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
	if bytes.Contains(key, []byte("ENCRYPTED")) {
		return tls.Certificate{}, fmt.Errorf("%s: the key is encrypted; only keys without a password can be read", keyFile)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return pair, fmt.Errorf("%s, %s: %w", certFile, keyFile, err)
	}
	return pair, nil
}

var sharedTransport = sync.OnceValues(func() (*http.Transport, error) { return NewTransport(TransportOptions{}) })

func transportOr(rt http.RoundTripper, op string) (http.RoundTripper, error) {
	if rt != nil {
		return rt, nil
	}
	shared, err := sharedTransport()
	if err != nil {
		return nil, &Error{Op: op, Kind: KindTLS, Message: err.Error(), Err: err}
	}
	return shared, nil
}
