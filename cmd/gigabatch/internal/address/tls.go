package address

import (
	"cmp"
	"crypto/tls"
	"io/fs"
	"os"
	"sync"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/messages"
)

// Encryption returns the TLS configuration of --tls-cert and --tls-key, nil without them. When the files change, new connections get the
// new certificate; if it cannot be used, report is called, and the old one is kept.
func Encryption(cert, key string, report func(error)) (*tls.Config, error) {
	if cert == "" && key == "" {
		return nil, nil
	}
	if cert == "" || key == "" {
		return nil, flags.Usage(messages.Sprintf("%s is missing", cmp.Or(missing("--tls-cert", cert), missing("--tls-key", key))),
			messages.Sprintf("--tls-cert and --tls-key belong together"))
	}
	p := &pair{cert: cert, key: key, report: report}
	if err := p.load(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: p.now}, nil
}

func missing(flag, value string) string {
	if value == "" {
		return flag
	}
	return ""
}

// pair is a certificate and its key, with the states of their files. It is safe for concurrent use.
type pair struct {
	cert, key string
	report    func(error)

	mu     sync.Mutex // guards all below
	loaded *tls.Certificate
	seen   [2]state
}

// state is what changes when a file is written or replaced.
type state struct {
	size    int64
	changed int64 // in nanoseconds
}

func (p *pair) states() (both [2]state) {
	for i, name := range []string{p.cert, p.key} {
		if info, err := os.Stat(name); err == nil {
			both[i] = state{info.Size(), info.ModTime().UnixNano()}
		}
	}
	return both
}

func (p *pair) load() error {
	p.seen = p.states()
	cert, err := readPEM("--tls-cert", p.cert)
	if err != nil {
		return err
	}
	key, err := readPEM("--tls-key", p.key)
	if err != nil {
		return err
	}
	both, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return flags.Usage(messages.Sprintf("--tls-cert %s and --tls-key %s: %v", p.cert, p.key, err),
			messages.Sprintf("the first takes a PEM file with the certificate and its intermediates, the second its private key without a passphrase"))
	}
	p.loaded = &both
	return nil
}

func readPEM(flag, name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: messages.Errorf("not a regular file")}
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("%s %s: cannot be read: %s", flag, name, console.Cause(err)),
			messages.Sprintf("%s takes the name of a PEM file", flag))
	}
	return text, nil
}

// now returns the certificate for a new connection.
func (p *pair) now(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.states() != p.seen {
		if err := p.load(); err != nil {
			p.report(err)
		}
	}
	return p.loaded, nil
}
