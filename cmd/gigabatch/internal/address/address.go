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

// Hosts returns the permitted values of the Host header for the page at an address, sorted.
func Hosts(at *net.TCPAddr) []string {
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
	var hosts []string
	for _, name := range names {
		hosts = append(hosts, net.JoinHostPort(name, strconv.Itoa(at.Port)))
		if at.Port == 80 {
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

// URL returns the URL that opens a session.
func URL(at *net.TCPAddr, token string) string {
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(at.Port)), Path: "/"}
	u.RawQuery = url.Values{"token": {token}}.Encode()
	return u.String()
}

// OtherHost returns the host and port by which other computers reach the page.
func OtherHost(at *net.TCPAddr) string {
	host := at.IP.String()
	if names := machineNames(); at.IP.IsUnspecified() && len(names) > 0 {
		host = names[0]
	}
	return net.JoinHostPort(host, strconv.Itoa(at.Port))
}
