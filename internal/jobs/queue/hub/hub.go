// Package hub runs a server of NATS in the process of a run.
package hub

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"gigabatch/internal/messages"
)

// Options are those of a server.
type Options struct {
	Address        string // host:port; port 0 is any free one
	Monitor        string // host:port of its monitoring over HTTP, or HTTPS with TLS; "" for none
	Store          string // the folder of the streams
	Cert, Key      string // files of TLS
	CA             string // of clients, which must show a certificate then
	User, Password string
	Token          string
}

// Hub is a server that runs.
type Hub struct {
	server *server.Server
	store  string
}

// ready is how long the start may take: streams are read.
const ready = 30 * time.Second

// UnsafeError reports that a server would be open to others.
type UnsafeError struct{ Address string }

func (e *UnsafeError) Error() string { return e.Message().String() }

// Message is the text of Error in any language.
func (e *UnsafeError) Message() messages.Text {
	return messages.Sprintf("%s: other machines reach this address, so a server there needs TLS and credentials", e.Address)
}

// Hint says what to do.
func (e *UnsafeError) Hint() messages.Text {
	return messages.Sprintf("set NATS_CERT and NATS_KEY to the files of a certificate, and NATS_USER and NATS_PASSWORD; or use 127.0.0.1")
}

// Check refuses an address that is no address of this machine's own, unless the server has TLS and credentials.
func (o *Options) Check() error {
	if o.Monitor != "" {
		if err := o.check(o.Monitor); err != nil {
			return err
		}
	}
	return o.check(o.Address)
}

func (o *Options) check(address string) error {
	host, _, err := split(address)
	if err != nil {
		return err
	}
	ip := net.ParseIP(host)
	own := host == "localhost" || ip != nil && ip.IsLoopback()
	secret := o.Cert != "" && o.Key != "" && (o.User != "" && o.Password != "" || o.Token != "")
	if !own && !secret {
		return &UnsafeError{address}
	}
	return nil
}

// IsAddress reports whether an address is one that a server can listen on.
func IsAddress(address string) bool {
	_, _, err := split(address)
	return err == nil
}

// split returns the parts of an address. Port 0 is that of the server for any free one.
func split(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if n == 0 {
		return host, server.RANDOM_PORT, err
	}
	return host, int(n), err
}

// Start starts a server. Streams are written to disk before they are acknowledged.
func Start(o Options) (*Hub, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	host, port, _ := split(o.Address)
	options := &server.Options{
		ServerName: "gigabatch", Host: host, Port: port, NoSigs: true, NoLog: true, DontListen: false,
		JetStream: true, StoreDir: o.Store, SyncAlways: true, MaxPayload: 8 << 20, MaxPending: 256 << 20,
		Username: o.User, Password: o.Password, Authorization: o.Token,
	}
	if o.Cert != "" {
		tls, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: o.Cert, KeyFile: o.Key, CaFile: o.CA, Verify: o.CA != ""})
		if err != nil {
			return nil, err
		}
		options.TLSConfig, options.TLSTimeout = tls, 5
	}
	if o.Monitor != "" {
		at := &options.HTTPPort
		if o.Cert != "" {
			at = &options.HTTPSPort
		}
		options.HTTPHost, *at, _ = split(o.Monitor)
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(ready) || s.JetStreamConfig() == nil {
		s.Shutdown()
		return nil, messages.Errorf("the server of NATS does not start at %s with its store in %s", o.Address, o.Store)
	}
	return &Hub{server: s, store: o.Store}, nil
}

// URL is that of the server, with the name of this machine if it listens at all addresses.
func (h *Hub) URL() string {
	u, err := url.Parse(h.server.ClientURL())
	if err != nil {
		return h.server.ClientURL()
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			u.Host = net.JoinHostPort(name, u.Port())
		}
	}
	return u.String()
}

// Monitor is the address of the monitoring, "" if there is none.
func (h *Hub) Monitor() string {
	if a := h.server.MonitorAddr(); a != nil {
		return a.String()
	}
	return ""
}

// Server is the server, for connections in this process.
func (h *Hub) Server() *server.Server { return h.server }

// Close ends the server. With forget, its store is removed.
func (h *Hub) Close(forget bool) error {
	h.server.Shutdown()
	h.server.WaitForShutdown()
	if !forget {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(h.store, "jetstream")); err != nil {
		return err
	}
	_ = os.Remove(h.store) // it may have something else
	return nil
}
