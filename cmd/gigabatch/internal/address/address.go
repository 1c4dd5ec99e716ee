// Package address opens the listener of the local page, names its URL, and opens it in a browser.
package address

import (
	"errors"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/messages"
)

// The range of ports from which the page takes the first free one if the user names no address.
const (
	firstPort = 8765
	lastPort  = firstPort + 19
)

// Listen opens the listener of the page. An address that other computers can reach requires a password.
func Listen(address string, password bool, c *console.Console) (net.Listener, error) {
	if address == "" {
		return nextPort(c)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("--listen %s: not an address", address),
			messages.Sprintf("give a host and a port, for example 127.0.0.1:8765"))
	}
	if !password && !isLoopback(host) {
		return nil, flags.Usage(messages.Sprintf("--listen %s: other computers can reach this address, and no password is set", address),
			messages.Sprintf("set GIGABATCH_PASSWORD or --password-file, or listen on 127.0.0.1:%s", port))
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("--listen %s: %s", address, listenCause(err)),
			messages.Sprintf("use another port, or 0 for any free port"))
	}
	return l, nil
}

// isLoopback reports whether only this machine can reach a host. An empty host means all addresses of the machine.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func nextPort(c *console.Console) (net.Listener, error) {
	var first error
	for port := firstPort; port <= lastPort; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			if port != firstPort {
				c.Say("port %d is in use; the page is on port %d", firstPort, port)
			}
			return l, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, flags.Usage(messages.Sprintf("no free port from %d to %d: %s", firstPort, lastPort, listenCause(first)),
		messages.Sprintf("use another port: --listen 127.0.0.1:PORT"))
}

// listenCause returns the cause of an error of net.Listen, without the address.
func listenCause(err error) messages.Text {
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return messages.Sprintf("the port is in use")
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	return messages.Foreign(err.Error())
}

// Site is where the page is, and the names by which it is reached.
type Site struct {
	At    *net.TCPAddr
	TLS   bool
	Names []string // further names, from a reverse proxy or DNS: see Names
}

// Hosts returns the permitted values of the Host header, sorted. Those of Names are not among them: their port is not known.
func (s Site) Hosts() []string {
	at := s.At
	names := []string{at.IP.String()}
	switch {
	case at.IP.IsUnspecified():
		names = append([]string{"127.0.0.1", "localhost", "::1"}, interfaceAddresses()...)
		names = append(names, machineNames()...)
	case at.IP.IsLoopback():
		names = append(names, "localhost")
	default:
		names = append(names, machineNames()...)
	}
	usual := 80 // browsers leave it out
	if s.TLS {
		usual = 443
	}
	var hosts []string
	for _, name := range names {
		hosts = append(hosts, net.JoinHostPort(name, strconv.Itoa(at.Port)))
		if at.Port == usual {
			if strings.Contains(name, ":") {
				name = "[" + name + "]"
			}
			hosts = append(hosts, name)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// machineNames returns the host name of this machine in lower case and, if it has no domain, its name with .local (mDNS).
func machineNames() []string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return nil
	}
	name = strings.ToLower(name)
	if strings.Contains(name, ".") {
		return []string{name}
	}
	return []string{name, name + ".local"}
}

func interfaceAddresses() []string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var names []string
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok {
			names = append(names, ip.IP.String())
		}
	}
	return names
}

// URL returns the URL that opens a session. With TLS it has the first of Names, which the certificate is probably for.
func (s Site) URL(token string) string {
	host := s.At.IP.String()
	if s.At.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	u := s.url(host)
	u.RawQuery = url.Values{"token": {token}}.Encode()
	return u.String()
}

// ForOthers returns the URL by which other computers reach the page, without a token.
func (s Site) ForOthers() string {
	host := s.At.IP.String()
	if names := machineNames(); s.At.IP.IsUnspecified() && len(names) > 0 {
		host = names[0]
	}
	return s.url(host).String()
}

func (s Site) url(host string) *url.URL {
	u := &url.URL{Scheme: "http", Path: "/"}
	if s.TLS {
		u.Scheme = "https"
		if len(s.Names) > 0 {
			host = s.Names[0]
		}
	}
	u.Host = net.JoinHostPort(host, strconv.Itoa(s.At.Port))
	return u
}
