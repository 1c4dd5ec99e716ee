package address

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"

	"gigabatch/cmd/gigabatch/internal/console"
)

func TestNextPort(t *testing.T) {
	t.Parallel()
	var opened []net.Listener
	var said bytes.Buffer
	for range 2 {
		l, err := Listen("", false, &console.Console{Writer: &said})
		if err != nil {
			t.Skip(err)
		}
		defer l.Close()
		opened = append(opened, l)
	}
	first, second := opened[0].Addr().(*net.TCPAddr), opened[1].Addr().(*net.TCPAddr)
	if first.Port >= second.Port || !second.IP.IsLoopback() || !strings.Contains(said.String(), "port 8765 is in use; the page is on port ") {
		t.Errorf("got %v and then %v; said %q", first, second, said.String())
	}
	if _, err := Listen(first.String(), false, nil); err == nil || !strings.Contains(err.Error(), "the port is in use") {
		t.Errorf("a named port that is in use: got error %v", err)
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ip   string
		port int
		want []string
		not  []string
	}{
		{"127.0.0.1", 8765, []string{"127.0.0.1:8765", "localhost:8765"}, []string{"127.0.0.1", "[::1]:8765"}},
		{"::1", 8765, []string{"[::1]:8765", "localhost:8765"}, []string{"127.0.0.1:8765"}},
		{"127.0.0.1", 80, []string{"127.0.0.1", "127.0.0.1:80", "localhost", "localhost:80"}, nil},
		{"::1", 80, []string{"[::1]", "[::1]:80"}, nil},
		{"192.0.2.7", 8765, []string{"192.0.2.7:8765"}, []string{"localhost:8765", "127.0.0.1:8765"}},
		{"0.0.0.0", 8765, []string{"127.0.0.1:8765", "localhost:8765"}, []string{":8765"}},
		{"::", 8765, []string{"127.0.0.1:8765", "localhost:8765", "[::1]:8765"}, nil},
	} {
		got := Hosts(&net.TCPAddr{IP: net.ParseIP(tt.ip), Port: tt.port})
		for _, host := range tt.want {
			if !slices.Contains(got, host) {
				t.Errorf("%s port %d: got %q, want %s among them", tt.ip, tt.port, got, host)
			}
		}
		for _, host := range tt.not {
			if slices.Contains(got, host) {
				t.Errorf("%s port %d: got %q, want it without %s", tt.ip, tt.port, got, host)
			}
		}
	}
}
