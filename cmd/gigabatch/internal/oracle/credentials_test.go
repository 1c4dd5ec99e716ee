//go:build unix

package oracle

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"

	"gigabatch/internal/gigachat/sandbox"
)

// An authority issues certificates in a folder.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	ca   string // file
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.ca, _ = a.issue("ca")
	return a
}

// issue makes a certificate, of the authority itself if it has none. It returns files.
func (a *authority) issue(name string, hosts ...net.IP) (cert, key string) {
	a.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: hosts, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
		parent, signer, a.key = c, private, private
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, private.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	if a.cert == nil {
		if a.cert, err = x509.ParseCertificate(raw); err != nil {
			a.t.Fatal(err)
		}
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.write(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})),
		a.write(name+"-key.pem", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}))
}

func (a *authority) write(name string, data []byte) string {
	a.t.Helper()
	name = filepath.Join(a.dir, name)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		a.t.Fatal(err)
	}
	return name
}

// operator returns the configuration of a server whose users have credentials of an account, and a file with such credentials.
func (a *authority) operator() (config, creds string) {
	a.t.Helper()
	pair := func(make func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
		k, err := make()
		if err != nil {
			a.t.Fatal(err)
		}
		public, err := k.PublicKey()
		if err != nil {
			a.t.Fatal(err)
		}
		return k, public
	}
	sign := func(token string, err error) string {
		if err != nil {
			a.t.Fatal(err)
		}
		return token
	}
	operator, operatorID := pair(nkeys.CreateOperator)
	account, accountID := pair(nkeys.CreateAccount)
	_, systemID := pair(nkeys.CreateAccount)
	user, userID := pair(nkeys.CreateUser)

	o := jwt.NewOperatorClaims(operatorID)
	o.SystemAccount = systemID
	c := jwt.NewAccountClaims(accountID)
	c.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	s := jwt.NewAccountClaims(systemID)
	token := sign(jwt.NewUserClaims(userID).Encode(account))
	seed, err := user.Seed()
	if err != nil {
		a.t.Fatal(err)
	}
	text, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		a.t.Fatal(err)
	}
	return fmt.Sprintf("operator: %q\nresolver: MEMORY\nresolver_preload: { %s: %q, %s: %q }\n",
		a.write("operator.jwt", []byte(sign(o.Encode(operator)))), accountID, sign(c.Encode(operator)), systemID, sign(s.Encode(operator))), a.write("user.creds", text)
}

// TestCredentials uses servers that ask for credentials and certificates of each kind: with them the run is done, and without them neither a
// run nor a worker begins, and both say what is missing.
func TestCredentials(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, key := a.issue("server", net.IPv4(127, 0, 0, 1))
	clientCert, clientKey := a.issue("worker")
	tls := fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q", cert, key, a.ca)
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := user.PublicKey()
	seed, _ := user.Seed()
	operator, creds := a.operator()
	words := "authorization { user: crew, password: \"pass word\" }\n"
	for _, c := range []struct {
		name, config string
		env          []string
		context      string // of the command nats; %s is the URL
		refused      string // what is said without the variables
	}{
		{name: "user and password", config: words, env: []string{"NATS_USER=crew", "NATS_PASSWORD=pass word"}, refused: "Authorization Violation"},
		{name: "token", config: "authorization { token: s3cr3t }", env: []string{"NATS_TOKEN=s3cr3t"}, refused: "Authorization Violation"},
		{name: "nkey", config: fmt.Sprintf("authorization { users: [ { nkey: %s } ] }", public),
			env: []string{"NATS_NKEY=" + a.write("user.nk", seed)}, refused: "(nkey|Authorization)"},
		{name: "creds", config: operator, env: []string{"NATS_CREDS=" + creds}, refused: "Authorization Violation"},
		{name: "TLS", config: tls + " }\n" + words, env: []string{"NATS_CA=" + a.ca, "NATS_USER=crew", "NATS_PASSWORD=pass word"}, refused: "certificate"},
		{name: "client certificate", config: tls + ", verify: true }\n",
			env: []string{"NATS_CA=" + a.ca, "NATS_CERT=" + clientCert, "NATS_KEY=" + clientKey}, refused: "certificate"},
		{name: "user of a certificate", config: tls + ", verify_and_map: true }\nauthorization { users: [ { user: \"CN=worker\" } ] }\n",
			env: []string{"NATS_CA=" + a.ca, "NATS_CERT=" + clientCert, "NATS_KEY=" + clientKey}, refused: "certificate"},
		{name: "creds over TLS", config: tls + " }\n" + operator, env: []string{"NATS_CA=" + a.ca, "NATS_CREDS=" + creds}, refused: "certificate"},
		{name: "context", config: tls + " }\n" + words, env: []string{"NATS_CONTEXT=prod"},
			context: fmt.Sprintf(`{"description":"","url":"%%s","user":"crew","password":"pass word","ca":%q,"color_scheme":""}`, a.ca), refused: "certificate"},
		{name: "context with creds", config: operator, env: []string{"NATS_CONTEXT=prod"}, context: fmt.Sprintf(`{"url":"%%s","creds":%q}`, creds), refused: "Authorization Violation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const rows = 10
			s := newNATS(t, "safe", "127.0.0.1", c.config)
			s.start()
			k := &crew{world: newWorld(t, newProgram, sandbox.Options{Streams: 4}, table(rows)), address: s.at("127.0.0.1")}
			for _, command := range []string{"run q.csv --workers nats://" + k.address, "worker nats://" + k.address} {
				if r := k.do(command); r.code != 1 || !regexp.MustCompile(c.refused).MatchString(r.errors) || !strings.Contains(r.errors, "hint: ") {
					t.Errorf("%s without credentials: exit code %d, want 1 and %q with a hint\n%s", command, r.code, c.refused, r.errors)
				}
			}
			if n := k.box.Counts().Chats; n != 0 {
				t.Errorf("%d requests were sent without credentials", n)
			}
			if c.env = append(c.env, "XDG_CONFIG_HOME="+k.path("config")); c.context != "" {
				k.write("config/nats/context/prod.json", fmt.Appendf(nil, c.context, "nats://"+k.address))
			}
			k.env = c.env
			k.work("")
			k.end(c.name, k.start(""), rows, true)
		})
	}
}

// TestServerRefusesForAWhile starts a server anew that does not know the credentials, for some seconds. The run and the worker go on afterwards.
func TestServerRefusesForAWhile(t *testing.T) {
	t.Parallel()
	const rows = 60
	s := newNATS(t, "safe", "127.0.0.1", "authorization { user: crew, password: secret }")
	s.start()
	k := &crew{world: newWorld(t, newProgram, sandbox.Options{Streams: 2, Latency: 100 * time.Millisecond}, table(rows)), address: s.at("127.0.0.1")}
	k.env = []string{"NATS_USER=crew", "NATS_PASSWORD=secret"}
	k.work("")
	x := k.start("")
	k.await(10)
	s.kill()
	right, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	for _, config := range []string{strings.ReplaceAll(string(right), "secret", "other"), string(right)} {
		s.kill()
		if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		s.start()
		if config != string(right) {
			time.Sleep(3 * time.Second) // other processes try
		}
	}
	k.end("refused for a while", x, rows, false)
}

// TestFullStore has a server whose store is full again and again until the run has taken what is there, or has room for few answers at once. The
// worker says so, and nothing is lost.
func TestFullStore(t *testing.T) {
	t.Parallel()
	for size, streams := range map[string]int{"64KB": 4, "8KB": 20} {
		t.Run(size, func(t *testing.T) {
			t.Parallel()
			const rows = 400
			s := newNATS(t, "small"+size, "127.0.0.1", fmt.Sprintf("accounts { crew: { jetstream: { max_mem: 10MB, max_file: %s }, users: [ { user: crew, password: secret } ] } }", size))
			s.start()
			k := &crew{world: newWorld(t, newProgram, sandbox.Options{Streams: streams, Latency: 10 * time.Millisecond}, table(rows)), address: s.at("127.0.0.1")}
			k.env = []string{"NATS_USER=crew", "NATS_PASSWORD=secret"}
			worker := k.work("")
			k.end("a store of "+size, k.start(""), rows, true)
			worker.cmd.Process.Kill()
			<-worker.ended
			if said := worker.said.String(); strings.Count(said, "the server does not keep answers, which wait here: ") != 1 {
				t.Errorf("%s: the worker says\n%s", size, said)
			}
		})
	}
}

// TestSafeHub has a worker with the certificates and credentials that a hub asks for.
func TestSafeHub(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, key := a.issue("hub", net.IPv4(127, 0, 0, 1))
	clientCert, clientKey := a.issue("worker")
	for _, c := range []struct {
		name, ca     string
		with, worker []string
	}{
		{"password", "", []string{"NATS_USER=crew", "NATS_PASSWORD=secret"}, nil},
		{"token", "", []string{"NATS_TOKEN=secret"}, nil},
		{"password and certificate", a.ca, []string{"NATS_USER=crew", "NATS_PASSWORD=secret"}, []string{"NATS_CERT=" + clientCert, "NATS_KEY=" + clientKey}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const rows = 10
			k := &crew{world: newWorld(t, newProgram, sandbox.Options{Streams: 4}, table(rows)), address: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
			k.env = append(append([]string{"NATS_CA=" + a.ca}, c.with...), c.worker...)
			k.work("")
			k.env = append([]string{"NATS_CERT=" + cert, "NATS_KEY=" + key, "NATS_CA=" + c.ca}, c.with...)
			k.box.hold(rows / 2)
			defer k.box.release()
			x := k.begin("run q.csv --hub 0.0.0.0:" + strings.TrimPrefix(k.address, "127.0.0.1:"))
			if err := k.box.await(1, x.ended); err != nil {
				t.Fatalf("%v\n%s", err, x.said.String())
			}
			if c.worker != nil { // one that shows no certificate, while there is a hub
				k.env = append([]string{"NATS_CA=" + a.ca}, c.with...)
				bare := k.begin("worker nats://" + k.address)
				select {
				case <-bare.ended:
				case <-time.After(patience):
					bare.cmd.Process.Kill()
					<-bare.ended
				}
				if code := bare.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(bare.said.String(), "certificate") {
					t.Errorf("a worker without a certificate ends with %d: %s", code, bare.said.String())
				}
			}
			k.box.release()
			k.end(c.name, x, rows, true)
		})
	}
}
