package oracle

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// serveNATS is a server of NATS with a configuration file of its own, in a process of its own, until that is killed. It prints its URL.
func serveNATS(config string) error {
	o, err := server.ProcessConfigFile(config)
	if err != nil {
		return err
	}
	o.NoSigs = true
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	if o.LogFile != "" {
		s.ConfigureLogger()
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		return errors.New("the server does not start")
	}
	fmt.Println(s.ClientURL())
	select {}
}

// A natsServer is a process with a server of NATS.
type natsServer struct {
	t      *testing.T
	name   string
	port   int
	config string
	within []string // a command that runs it, if any
	cmd    *exec.Cmd
}

// newNATS writes the configuration of a server, which listens at a port of its own on host. Its streams are written to disk at once.
func newNATS(t *testing.T, name, host, config string) *natsServer {
	t.Helper()
	s := &natsServer{t: t, name: name, port: freePort(t), config: filepath.Join(t.TempDir(), name+".conf")}
	text := fmt.Sprintf("server_name: %s\nlisten: \"%s:%d\"\nmax_payload: 8MB\njetstream { store_dir: %q, sync_interval: always }\n%s\n",
		name, host, s.port, filepath.Join(t.TempDir(), "store"), config)
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// start starts a server again and again until it has its port.
func (s *natsServer) start() {
	s.t.Helper()
	for until := time.Now().Add(patience); ; {
		line := append(append([]string{}, s.within...), os.Args[0])
		c := exec.Command(line[0], line[1:]...)
		c.Env = append(os.Environ(), "ORACLE_NATS="+s.config)
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			s.t.Fatal(err)
		}
		var url string
		if _, err := fmt.Fscanln(out, &url); err == nil {
			s.cmd = c
			return
		}
		c.Wait()
		if time.Now().After(until) {
			s.t.Fatalf("the server %s does not start", s.name)
		}
		time.Sleep(100 * time.Millisecond) // another process has its port
	}
}

func (s *natsServer) kill() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

// empty takes the store of a server that is down.
func (s *natsServer) empty() {
	text, err := os.ReadFile(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), `store_dir: "`)
	store, _, _ := strings.Cut(after, `"`)
	if err := os.RemoveAll(store); err != nil {
		s.t.Fatal(err)
	}
}

func (s *natsServer) at(host string) string { return fmt.Sprintf("%s:%d", host, s.port) }

// freePort returns a port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
