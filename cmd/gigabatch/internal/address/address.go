// Package address is where the page is to be seen: what it listens on, its URL, and a browser that opens it.
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

// The ports that the page takes when the user names none: the first that is free.
const (
	firstPort = 8765
	lastPort  = firstPort + 19
)

// Listen opens the address of the page. One that others reach needs a password.
func Listen(address string, password bool, c *console.Console) (net.Listener, error) {
	if address == "" {
		return nextPort(c)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("--listen %s: it is no address", address), messages.Sprintf("write it with its port, such as 127.0.0.1:8765"))
	}
	if !password && !isLoopback(host) {
		return nil, flags.Usage(messages.Sprintf("--listen %s: others in the network could reach this address, and there is no password", address),
			messages.Sprintf("set GIGABATCH_PASSWORD or --password-file, or listen on 127.0.0.1:%v", port))
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, flags.Usage(messages.Sprintf("--listen %s: %s", address, listenCause(err)),
			messages.Sprintf("choose another port, or 0 for any that is free"))
	}
	return l, nil
}

// isLoopback reports whether this machine alone reaches a host. No host at all is every address of the machine.
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
				c.Say("port %d is taken, so the page is on %d", firstPort, port)
			}
			return l, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, flags.Usage(messages.Sprintf("no port from %d to %d is to be had: %s", firstPort, lastPort, listenCause(first)),
		messages.Sprintf("choose another with --listen 127.0.0.1:PORT"))
}

func listenCause(err error) string {
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return "the port is taken"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	return err.Error()
}

// Hosts are all that a Host header may say for the page at an address.
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

// machineNames are the name of this machine, as browsers write it, and that by which its own network finds it.
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

// URL is the address that opens a session.
func URL(at *net.TCPAddr, token string) string {
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(at.Port)), Path: "/"}
	u.RawQuery = url.Values{"token": {token}}.Encode()
	return u.String()
}

// OtherHost is the host by which others reach the page.
func OtherHost(at *net.TCPAddr) string {
	host := at.IP.String()
	if names := machineNames(); at.IP.IsUnspecified() && len(names) > 0 {
		host = names[0]
	}
	return net.JoinHostPort(host, strconv.Itoa(at.Port))
}
