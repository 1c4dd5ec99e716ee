package queue

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"gigabatch/internal/messages"
)

// Server is how to reach a server of NATS, in the words of its own tools.
type Server struct {
	URL            string
	User, Password string
	Token          string
	Creds, NKey    string                     // files
	CA, Cert, Key  string                     // files of TLS
	InProcess      nats.InProcessConnProvider // a server in this process, instead of the URL
}

// link is a connection with a server. It is made again as often as it breaks.
type link struct {
	nc *nats.Conn
	js jetstream.JetStream

	mu      sync.Mutex // guards the fields below
	since   time.Time  // of the present connection; zero if there is none
	news    chan struct{}
	heard   map[string]bool // complaints of the server
	private bool            // what secret has reported last
}

// dial connects. It fails if the server cannot be reached or has no JetStream. tell gets what the server complains about later, each once.
func dial(ctx context.Context, s *Server, name string, tell func(messages.Text)) (*link, error) {
	l := &link{news: make(chan struct{}), heard: map[string]bool{}}
	options := []nats.Option{
		nats.Name(name), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond), nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		nats.Timeout(2 * time.Second), nats.PingInterval(life / 3), nats.MaxPingsOutstanding(2), nats.ReconnectBufSize(-1),
		nats.NoCallbacksAfterClientClose(), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectHandler(func(*nats.Conn) { l.connected(true) }),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { l.connected(false) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if l.complains(err) {
				tell(messages.Sprintf("%s: %v", Shown(s.URL), messages.Foreign(err.Error())))
			}
		}),
	}
	address := s.URL
	if s.InProcess != nil {
		address = "" // no TLS: nothing leaves the process
		options = append(options, nats.InProcessServer(s.InProcess))
	}
	switch {
	case s.Creds != "":
		options = append(options, nats.UserCredentials(s.Creds))
	case s.NKey != "":
		o, err := nats.NkeyOptionFromSeed(s.NKey)
		if err != nil {
			return nil, err
		}
		options = append(options, o)
	case s.Token != "":
		options = append(options, nats.Token(s.Token))
	}
	if s.User != "" {
		options = append(options, nats.UserInfo(s.User, s.Password))
	}
	if s.CA != "" {
		options = append(options, nats.RootCAs(s.CA))
	}
	if s.Cert != "" {
		options = append(options, nats.ClientCert(s.Cert, s.Key))
	}
	nc, err := nats.Connect(address, options...)
	if err != nil {
		return nil, &ServerError{URL: s.URL, Err: err}
	}
	l.nc = nc
	l.connected(true)
	l.secret()
	if l.js, err = jetstream.New(nc); err == nil {
		ctx, done := context.WithTimeout(ctx, patient)
		defer done()
		_, err = l.js.AccountInfo(ctx)
	}
	if err != nil {
		nc.Close()
		return nil, &ServerError{URL: s.URL, Err: err, NoStreams: errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)}
	}
	return l, nil
}

// await is dial, again and again while the server is not there, until ctx ends.
func await(ctx context.Context, s *Server, name string, tell func(messages.Text)) (*link, error) {
	for told := false; ; told = true {
		l, err := dial(ctx, s, name, tell)
		if e, ok := errors.AsType[*ServerError](err); !ok || !e.Passing() {
			return l, err
		}
		if !told {
			tell(messages.Sprintf("waiting for the server: %v", err))
		}
		select {
		case <-time.After(beat):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// complains reports whether an error is new.
func (l *link) complains(err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.heard[err.Error()]
	l.heard[err.Error()] = true
	return !old
}

func (l *link) connected(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since = time.Time{}
	if yes {
		l.since = time.Now()
	}
	close(l.news)
	l.news = make(chan struct{})
}

// state returns since when there is a connection, zero if there is none, and a channel that closes when that changes.
func (l *link) state() (since time.Time, news <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since, l.news
}

// secret reports whether nobody can listen to the connection. While there is none, it is about the one before.
func (l *link) secret() bool {
	_, err := l.nc.TLSConnectionState()
	address := l.nc.ConnectedAddr()
	l.mu.Lock()
	defer l.mu.Unlock()
	if address != "" && (err == nil || errors.Is(err, nats.ErrConnectionNotTLS)) {
		l.private = err == nil || Loopback(address) || address == "pipe"
	}
	return l.private
}

// Loopback reports whether an address with a port is on this machine.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// bucketOf returns the bucket of leases, which it makes if it is not there.
func (l *link) bucketOf(ctx context.Context) (jetstream.KeyValue, error) {
	return copied(l, func(n int) (jetstream.KeyValue, error) {
		return l.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: bucket, Description: "leases of gigabatch", History: 1, TTL: kept, Storage: jetstream.MemoryStorage, Replicas: n,
		})
	}, func() (jetstream.KeyValue, error) { return l.js.KeyValue(ctx, bucket) })
}

// streamOf returns the stream of answers, which it makes if it is not there.
func (l *link) streamOf(ctx context.Context) (jetstream.Stream, error) {
	return copied(l, func(n int) (jetstream.Stream, error) {
		return l.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name: stream, Description: "answers for gigabatch that no journal has yet", Subjects: []string{answered + "*"},
			Storage: jetstream.FileStorage, AllowDirect: true, Replicas: n,
		})
	}, func() (jetstream.Stream, error) { return l.js.Stream(ctx, stream) })
}

// open returns a store of large things, which it makes if it is not there.
func (b box) open(ctx context.Context, l *link) (jetstream.ObjectStore, error) {
	return copied(l, func(n int) (jetstream.ObjectStore, error) {
		return l.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: b.name, TTL: b.life, Storage: jetstream.FileStorage, Replicas: n})
	}, func() (jetstream.ObjectStore, error) { return l.js.ObjectStore(ctx, b.name) })
}

// copies is how many servers of a cluster keep everything: all goes on without one of them.
const copies = 3

// copied makes something that the servers keep, with one copy if there are not enough of them. What is there keeps the copies that it has.
func copied[T any](l *link, with func(n int) (T, error), find func() (T, error)) (T, error) {
	if l.nc.ConnectedClusterName() == "" {
		return with(1)
	}
	v, err := with(copies)
	if e, ok := errors.AsType[*jetstream.APIError](err); !ok || !slices.Contains(tooFew, e.ErrorCode) {
		return v, err
	}
	if v, err := find(); err == nil {
		return v, nil
	}
	return with(1)
}

// tooFew are the codes with which a server says that there can be no copies: peers are missing, resources are, it stores alone, or the
// account has no limits for copies.
var tooFew = []jetstream.ErrorCode{10005, 10023, 10074, 10120}

// leaderless are the codes with which a cluster says that it has no leader, or that another process was faster to write a key.
var leaderless = []jetstream.ErrorCode{10008, 10009, 10164}

// store keeps something that is too large for a message.
func (l *link) store(ctx context.Context, b box, name string, data []byte) error {
	ctx, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	s, err := b.open(ctx, l)
	if err == nil {
		chunk := uint32(l.limit()) // each is written to disk
		_, err = s.Put(ctx, jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: chunk}}, bytes.NewReader(data))
	}
	return err
}

// has reports whether store has kept something whole. To store it again would take it away from who just loads it.
func (l *link) has(ctx context.Context, b box, name string) bool {
	ctx, done := context.WithTimeout(ctx, patient)
	defer done()
	s, err := b.open(ctx, l)
	if err == nil {
		_, err = s.GetInfo(ctx, name)
	}
	return err == nil
}

// load returns what store has kept.
func (l *link) load(ctx context.Context, b box, name string) ([]byte, error) {
	ctx, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	s, err := b.open(ctx, l)
	if err != nil {
		return nil, err
	}
	return s.GetBytes(ctx, name)
}

// drop removes what store has kept.
func (l *link) drop(b box, name string) {
	ctx, done := context.WithTimeout(context.Background(), patient)
	defer done()
	if s, err := b.open(ctx, l); err == nil {
		_ = s.Delete(ctx, name) // at worst, it stays
	}
}

// limit is how large a message may be.
func (l *link) limit() int { return int(l.nc.MaxPayload()) - 4<<10 }

// ServerError reports that a server cannot be used.
type ServerError struct {
	URL       string
	NoStreams bool
	Err       error
}

func (e *ServerError) Error() string { return e.Message().String() }
func (e *ServerError) Unwrap() error { return e.Err }

// Message is the text of Error in any language.
func (e *ServerError) Message() messages.Text {
	if e.NoStreams {
		return messages.Sprintf("%s: the server has no JetStream", Shown(e.URL))
	}
	if errors.As(e.Err, new(*url.Error)) { // it names the address with its secrets
		return messages.Sprintf("%s: it is no address of a server", Shown(e.URL))
	}
	return messages.Sprintf("%s: %v", Shown(e.URL), messages.Foreign(e.Err.Error()))
}

// passing are errors of a server that is not there, is starting, or ends.
var passing = []error{
	nats.ErrNoServers, nats.ErrTimeout, context.DeadlineExceeded, nats.ErrNoResponders, nats.ErrConnectionClosed, nats.ErrReconnectBufExceeded,
	jetstream.ErrNoStreamResponse, jetstream.ErrStreamNotFound, jetstream.ErrBucketNotFound, jetstream.ErrKeyExists, io.EOF, syscall.ECONNRESET, syscall.EPIPE,
}

// Passing reports whether the server may be there later.
func (e *ServerError) Passing() bool {
	if a, ok := errors.AsType[jetstream.JetStreamError](e.Err); ok && a.APIError() != nil && slices.Contains(leaderless, a.APIError().ErrorCode) {
		return true
	}
	is := func(err error) bool { return errors.Is(e.Err, err) }
	return !e.NoStreams && !is(nats.ErrAuthorization) && !is(nats.ErrAuthExpired) && slices.ContainsFunc(passing, is)
}

// Hint says what to do.
func (e *ServerError) Hint() messages.Text {
	switch {
	case e.NoStreams:
		return messages.Sprintf("enable JetStream in its configuration")
	case errors.Is(e.Err, nats.ErrAuthorization), errors.Is(e.Err, nats.ErrAuthExpired):
		return messages.Sprintf("give the credentials of the server with NATS_USER and NATS_PASSWORD, NATS_CREDS, NATS_NKEY or NATS_CONTEXT")
	case errors.Is(e.Err, nats.ErrTLS):
		return messages.Sprintf("NATS_CA names the file with the authority of the server's certificate; NATS_CERT and NATS_KEY, the certificate that the server asks for")
	}
	return messages.Sprintf("start a server of NATS with JetStream there, or a run that is one itself")
}

// Shown returns a URL without its secrets.
func Shown(address string) string {
	var all []string
	for part := range strings.SplitSeq(address, ",") {
		scheme, _, _ := strings.Cut(part, "://")
		switch u, err := url.Parse(strings.TrimSpace(part)); {
		case err != nil && strings.Contains(part, "@"):
			part = scheme + "://" + part[strings.LastIndex(part, "@")+1:]
		case err == nil && u.User != nil:
			u.User = nil
			part = u.String()
		}
		all = append(all, part)
	}
	return strings.Join(all, ",")
}
