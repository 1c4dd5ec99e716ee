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
		{"127.0.0.1", 443, []string{"127.0.0.1", "127.0.0.1:443", "localhost", "localhost:443"}, nil},
		{"192.0.2.7", 8765, []string{"192.0.2.7:8765"}, []string{"localhost:8765", "127.0.0.1:8765"}},
		{"0.0.0.0", 8765, []string{"127.0.0.1:8765", "localhost:8765"}, []string{":8765"}},
		{"::", 8765, []string{"127.0.0.1:8765", "localhost:8765", "[::1]:8765"}, nil},
	} {
		got := Site{At: &net.TCPAddr{IP: net.ParseIP(tt.ip), Port: tt.port}, TLS: tt.port == 443}.Hosts()
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

func TestURLs(t *testing.T) {
	t.Parallel()
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8765}
	all := &net.TCPAddr{IP: net.IPv4zero, Port: 443}
	names := []string{"page.example", "other.example"}
	for _, tt := range []struct {
		site              Site
		start, withOthers string
	}{
		{Site{At: at}, "http://127.0.0.1:8765/?token=x", "http://127.0.0.1:8765/"},
		{Site{At: at, TLS: true}, "https://127.0.0.1:8765/?token=x", "https://127.0.0.1:8765/"},
		{Site{At: at, Names: names}, "http://127.0.0.1:8765/?token=x", "http://127.0.0.1:8765/"}, // only the proxy has the names
		{Site{At: all, TLS: true, Names: names}, "https://page.example:443/?token=x", "https://page.example:443/"},
	} {
		if start, others := tt.site.URL("x"), tt.site.ForOthers(); start != tt.start || others != tt.withOthers {
			t.Errorf("%+v: got %s and %s, want %s and %s", tt.site, start, others, tt.start, tt.withOthers)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	got, err := Names([]string{"Page.Example.COM", "page.example.", "localhost", "192.0.2.7", "[2001:DB8::1]", "2001:db8:0::2", "my_host-1", "xn--e1afmkfd.xn--p1ai"})
	want := []string{"page.example.com", "page.example", "localhost", "192.0.2.7", "2001:db8::1", "2001:db8::2", "my_host-1", "xn--e1afmkfd.xn--p1ai"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, error %v, want %q", got, err, want)
	}
	for _, name := range []string{"", ".", "*", "*.example", "https://page.example", "page.example:8765", "page.example/x", "user@page.example", "a b", "a..b", "-a", "a-", "пример.рф", "fe80::1%eth0", "[x]"} {
		if got, err := Names([]string{name}); err == nil || !strings.Contains(err.Error(), "--host "+name+": not a host name") {
			t.Errorf("%q: got %q, error %v", name, got, err)
		}
	}
}
