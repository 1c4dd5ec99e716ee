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
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gigabatch/internal/gigachat/sandbox"
)

// The hosts of Sber.
const (
	newAPI    = "api.giga.chat"
	legacyAPI = "gigachat.devices.sberbank.ru"
	tokenHost = "ngw.devices.sberbank.ru"
)

// internet is a proxy that connects names of hosts with handlers, over TLS under a root of its own.
type internet struct {
	*httptest.Server
	root string // in PEM

	mu   sync.Mutex // guards sent
	sent []string   // the requests, each as "METHOD host path"
}

// requests returns what was sent to a host since the last call.
func (n *internet) requests(host string) (all []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.sent {
		if strings.Contains(r, " "+host+" ") {
			all = append(all, r)
		}
	}
	n.sent = nil
	return all
}

// openInternet serves the hosts until the test ends. A host without a handler refuses the connection.
func openInternet(t *testing.T, hosts map[string]http.Handler) *internet {
	return openOldInternet(t, 0, hosts)
}

// openOldInternet is openInternet with at most this version of TLS, if it is not 0.
func openOldInternet(t *testing.T, version uint16, hosts map[string]http.Handler) *internet {
	t.Helper()
	n := &internet{}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Proxy of ACME"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, DNSNames: []string{newAPI, legacyAPI, tokenHost},
	}
	raw, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	n.root = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		n.mu.Lock()
		n.sent = append(n.sent, r.Method+" "+host+" "+r.URL.Path)
		n.mu.Unlock()
		hosts[host].ServeHTTP(w, r)
	}))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, MaxVersion: version}
	if version != 0 {
		secure.TLS.MinVersion = version
	}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		if r.Method != http.MethodConnect || hosts[host] == nil {
			http.Error(w, "no such host", http.StatusBadGateway)
			return
		}
		there, err := net.Dial("tcp", secure.Listener.Addr().String())
		if err != nil {
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			there.Close()
			return
		}
		io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { io.Copy(there, here); there.Close() }()
		go func() { io.Copy(here, there); here.Close() }()
	}))
	t.Cleanup(n.Close)
	return n
}

// program returns a program behind the proxy.
func (n *internet) program(t *testing.T, env ...string) *program {
	p := newProgram(t, append([]string{"HTTPS_PROXY=" + n.URL, "GIGACHAT_CA_BUNDLE_FILE=root.pem", "GIGACHAT_CREDENTIALS=" + sandbox.Key},
		env...)...)
	p.write("root.pem", n.root)
	p.write("q.csv", "id,prompt\n1,one\n")
	p.write("f.csv", "prompt,file\none,f.txt\n")
	p.write("f.txt", "a text")
	return p
}

// TestHostOfContract has a key that only one of Sber's hosts serves. Each command says which setting to write, has sent no more than the
// request for the models to the other host, and works with the setting.
func TestHostOfContract(t *testing.T) {
	t.Parallel()
	box := sandbox.New(sandbox.Options{})
	t.Cleanup(func() { box.Close() })
	refusals := map[string]http.HandlerFunc{
		"401": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"status":401,"message":"Unauthorized"}`, http.StatusUnauthorized)
		},
		"403": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"status":403,"message":"Permission denied"}`, http.StatusForbidden)
		},
		"404": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"status":404,"message":"Not Found"}`, http.StatusNotFound)
		},
		"empty": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"object":"list","data":[]}`)
		},
	}
	for _, tt := range []struct{ right, wrong, url, other string }{
		{legacyAPI, newAPI, "", "https://gigachat.devices.sberbank.ru/api/v1"},
		{newAPI, legacyAPI, "https://gigachat.devices.sberbank.ru/api/v1", "https://api.giga.chat/v1"},
	} {
		for name, refuse := range refusals {
			t.Run(tt.wrong+" "+name, func(t *testing.T) {
				t.Parallel()
				n := openInternet(t, map[string]http.Handler{tt.right: box, tt.wrong: refuse, tokenHost: box})
				p := n.program(t, "GIGACHAT_BASE_URL="+tt.url)
				for _, args := range [][]string{{"run", "q.csv"}, {"models"}, {"doctor"}, {"ask", "one"}} {
					if name == "empty" && args[0] == "ask" { // its request is not refused in this way
						continue
					}
					got := p.run(args...)
					if got.code != 1 || !strings.Contains(got.out+got.errors, "set GIGACHAT_BASE_URL="+tt.other+" ") {
						t.Errorf("gigabatch %q: exit code %d\n%s%s", args, got.code, got.out, got.errors)
					}
					for _, r := range n.requests(tt.right) {
						if !strings.HasPrefix(r, "GET ") || !strings.HasSuffix(r, "/v1/models") {
							t.Errorf("gigabatch %q sent %s", args, r)
						}
					}
				}
				p.env = append(p.env, "GIGACHAT_BASE_URL="+tt.other)
				for _, args := range [][]string{{"doctor"}, {"ask", "one"}, {"run", "q.csv"}, {"run", "f.csv", "--attach", "file"}} {
					if got := p.run(args...); got.code != 0 {
						t.Errorf("with the setting: gigabatch %q: exit code %d\n%s%s", args, got.code, got.out, got.errors)
					}
					if sent := n.requests(tt.wrong); len(sent) > 0 {
						t.Errorf("with the setting: gigabatch %q sent %q", args, sent)
					}
				}
			})
		}
	}
}

// TestHostGone has a host that cannot be reached: doctor finds the other one.
func TestHostGone(t *testing.T) {
	t.Parallel()
	box := sandbox.New(sandbox.Options{})
	t.Cleanup(func() { box.Close() })
	n := openInternet(t, map[string]http.Handler{newAPI: box, tokenHost: box})
	got := n.program(t, "GIGACHAT_BASE_URL=https://gigachat.devices.sberbank.ru/api/v1").run("doctor")
	if got.code != 1 || !strings.Contains(got.out, "set GIGACHAT_BASE_URL=https://api.giga.chat/v1 ") {
		t.Errorf("exit code %d\n%s%s", got.code, got.out, got.errors)
	}
}

// TestNoHost has a key that neither host serves: the error of the host in use is reported.
func TestNoHost(t *testing.T) {
	t.Parallel()
	box := sandbox.New(sandbox.Options{})
	t.Cleanup(func() { box.Close() })
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"status":401,"message":"Unauthorized"}`, http.StatusUnauthorized)
	})
	n := openInternet(t, map[string]http.Handler{newAPI: refuse, legacyAPI: refuse, tokenHost: box})
	got := n.program(t).run("run", "q.csv")
	if got.code != 1 || !strings.Contains(got.errors, "the service does not accept the access token (models: 401") {
		t.Errorf("exit code %d\n%s", got.code, got.errors)
	}
}

// TestOldTLS is behind a proxy that knows no TLS 1.2.
func TestOldTLS(t *testing.T) {
	t.Parallel()
	n := openOldInternet(t, tls.VersionTLS11, map[string]http.Handler{newAPI: http.NotFoundHandler(), tokenHost: http.NotFoundHandler()})
	p := n.program(t)
	for _, args := range [][]string{{"run", "q.csv"}, {"doctor"}, {"ask", "one"}} {
		got := p.run(args...)
		for _, want := range []string{"ngw.devices.sberbank.ru speaks only versions of TLS before 1.2", "gigabatch needs TLS 1.2"} {
			if got.code != 1 || !strings.Contains(got.out+got.errors, want) {
				t.Errorf("gigabatch %q: exit code %d, no %q\n%s%s", args, got.code, want, got.out, got.errors)
			}
		}
	}
}

// TestInspectedTLS is behind a proxy that signs for every host: the message names the signer, and the hint the variable to set.
func TestInspectedTLS(t *testing.T) {
	t.Parallel()
	box := sandbox.New(sandbox.Options{})
	t.Cleanup(func() { box.Close() })
	n := openInternet(t, map[string]http.Handler{newAPI: box, tokenHost: box})
	p := n.program(t)
	p.env = append(p.env, "GIGACHAT_CA_BUNDLE_FILE=")
	for _, args := range [][]string{{"run", "q.csv"}, {"doctor"}, {"ask", "one"}} {
		got := p.run(args...)
		for _, want := range []string{"Proxy of ACME", "--ca-file or GIGACHAT_CA_BUNDLE_FILE"} {
			if got.code != 1 || !strings.Contains(got.out+got.errors, want) {
				t.Errorf("gigabatch %q: exit code %d, no %q\n%s%s", args, got.code, want, got.out, got.errors)
			}
		}
	}
}
