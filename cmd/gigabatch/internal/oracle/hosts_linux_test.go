package oracle

import (
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"

	"gigabatch/internal/gigachat/sandbox"
)

// A host is a network namespace with a cable to that of the test.
type host struct {
	t    *testing.T
	name string
	port string // of the cable, at the end of the test
	ip   net.IP
	gate net.IP // the other end of the cable
}

// newHosts makes n hosts, or skips the test if the kernel does not allow it.
func newHosts(t *testing.T, n int) (all []*host) {
	t.Helper()
	net0 := rand.IntN(1 << 14)
	trial := fmt.Sprintf("gb%x", net0)
	if out, err := exec.Command("ip", "netns", "add", trial).CombinedOutput(); err != nil {
		t.Skipf("hosts are network namespaces, which need ip and CAP_NET_ADMIN: %v: %s", err, out)
	}
	if out, err := exec.Command("ip", "netns", "del", trial).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for i := range n {
		a, b := byte(net0>>8)+128, byte(net0)
		h := &host{t: t, name: fmt.Sprintf("%s-%d", trial, i), port: fmt.Sprintf("%s-%d", trial, i), gate: net.IPv4(10, a, b, byte(4*i+1)), ip: net.IPv4(10, a, b, byte(4*i+2))}
		h.ip4("netns", "add", h.name)
		t.Cleanup(func() { exec.Command("ip", "netns", "del", h.name).Run() }) // with the cable
		h.ip4("link", "add", h.port, "type", "veth", "peer", "name", "eth0", "netns", h.name)
		h.ip4("addr", "add", h.gate.String()+"/30", "dev", h.port)
		h.ip4("-n", h.name, "addr", "add", h.ip.String()+"/30", "dev", "eth0")
		h.ip4("-n", h.name, "link", "set", "lo", "up")
		h.cable(true)
		all = append(all, h)
	}
	return all
}

func (h *host) ip4(args ...string) {
	h.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		h.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// cable plugs the cable of a host in, or pulls it.
func (h *host) cable(in bool) {
	h.t.Helper()
	if !in {
		h.ip4("link", "set", h.port, "down")
		return
	}
	h.ip4("link", "set", h.port, "up")
	h.ip4("-n", h.name, "link", "set", "eth0", "up")
	h.ip4("-n", h.name, "route", "replace", "default", "via", h.gate.String())
}

// within runs a command at a host.
func (h *host) within() []string { return []string{"ip", "netns", "exec", h.name} }

// A census is a service that counts what each client has in flight. It works to the end for those that are gone, too.
type census struct {
	box *box
	url string

	mu    sync.Mutex // guards all below
	homes map[string]string
	dead  map[string]time.Time // clients that were killed
	seen  map[string]int       // requests in flight of each client
	count map[string]int       // requests of each host so far
	most  int                  // at once, without those of clients killed in the last 3 seconds
	total int                  // at once
}

// newCensus serves a box at all addresses, over TLS. at is the one that clients use.
func newCensus(t *testing.T, b *box, at net.IP, cert, key string) *census {
	t.Helper()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &census{box: b, url: fmt.Sprintf("https://%s:%d", at, l.Addr().(*net.TCPAddr).Port), homes: map[string]string{}, dead: map[string]time.Time{}, seen: map[string]int{}, count: map[string]int{}}
	srv := &http.Server{Handler: c, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		srv.ServeTLS(l, cert, key)
	}()
	t.Cleanup(func() { srv.Close(); <-served })
	return c
}

func (c *census) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(context.WithoutCancel(r.Context()))
	if id := r.Header.Get("X-Session-Id"); id != "" && strings.HasSuffix(r.URL.Path, "/chat/completions") {
		home, _, _ := net.SplitHostPort(r.RemoteAddr)
		c.enter(id, home)
		defer c.leave(id)
	}
	c.box.ServeHTTP(w, r)
}

func (c *census) enter(id, home string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.homes[id] = home
	c.seen[id]++
	c.count[home]++
	live, all := 0, 0
	for id, n := range c.seen {
		if all += n; c.dead[id].IsZero() || time.Since(c.dead[id]) > 3*time.Second {
			live += n
		}
	}
	c.most, c.total = max(c.most, live), max(c.total, all)
}

func (c *census) leave(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[id]--
}

// buried notes that all clients of a host were killed.
func (c *census) buried(h *host) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, home := range c.homes {
		if home == h.ip.String() && c.dead[id].IsZero() {
			c.dead[id] = time.Now()
		}
	}
}

// A field is a crew on three hosts: the run and the server are at the first. Workers reach the server through a road each.
type field struct {
	*crew
	*census
	hosts  []*host
	roads  []*road
	server *natsServer
	runs   []*shell
}

func newField(t *testing.T, o sandbox.Options, rows int) *field {
	t.Helper()
	hosts := newHosts(t, 3)
	a := newAuthority(t)
	var names []net.IP
	for _, h := range hosts {
		names = append(names, h.ip, h.gate)
	}
	cert, key := a.issue("server", names...)
	f := &field{hosts: hosts, crew: &crew{world: newWorld(t, newProgram, o, table(rows))}}
	f.census = newCensus(t, f.crew.box, hosts[0].gate, cert, key)
	f.server = newNATS(t, "field", hosts[0].ip.String(), fmt.Sprintf("tls { cert_file: %q, key_file: %q }\nauthorization { user: crew, password: secret }", cert, key))
	f.server.within = hosts[0].within()
	f.server.start()
	f.address = f.server.at(hosts[0].ip.String())
	f.crew.env = []string{"NATS_CA=" + a.ca, "NATS_USER=crew", "NATS_PASSWORD=secret", "GIGACHAT_CA_BUNDLE_FILE=" + a.ca,
		"GIGACHAT_BASE_URL=" + f.url + "/v1", "GIGACHAT_AUTH_URL=" + f.url + "/api/v2/oauth"}
	t.Cleanup(func() {
		for _, x := range append(f.runs, f.workers...) {
			if t.Failed() {
				t.Logf("%s\n%s", strings.Join(x.cmd.Args[4:], " "), lastLines(x.said.String(), 8))
			}
		}
	})
	for _, h := range hosts {
		r := &road{service: f.address, address: h.gate.String() + ":0", links: map[*link]bool{}}
		if err := r.open(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.close(); r.serving.Wait() })
		f.roads = append(f.roads, r)
	}
	return f
}

// work starts a worker at a host.
func (f *field) work(n int) *shell {
	f.t.Helper()
	x := f.beginBelow(f.hosts[n].within(), "worker tls://"+f.roads[n].address)
	f.workers = append(f.workers, x)
	return x
}

// start begins the run.
func (f *field) start() *shell {
	f.t.Helper()
	x := f.beginBelow(f.hosts[0].within(), "run q.csv --workers tls://"+f.address)
	f.runs = append(f.runs, x)
	return x
}

// check bounds what was in flight at once, with those above the quota that try for more, and that the service refuses.
func (f *field) check(where string, quota, above int) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.most > quota+above {
		f.t.Errorf("%s: %d requests in flight at once, the quota is %d", where, f.most, quota)
	}
	f.t.Logf("%s: at most %d in flight at once, with those of killed workers %d; the quota is %d", where, f.most, f.total, quota)
}

// TestHosts uses a quota from two hosts, through roads with a delay: at least 95 % of it once it is found, and never more.
func TestHosts(t *testing.T) {
	t.Parallel()
	quota, rows := 10, 100
	if long {
		quota, rows = 20, 600
	}
	f := newField(t, sandbox.Options{Latency: time.Second, Jitter: time.Second, Streams: quota}, rows)
	for _, r := range f.roads {
		r.poison(&toxics.ToxicWrapper{Toxic: &toxics.LatencyToxic{Latency: 5, Jitter: 3}, Type: "latency", BufferSize: 1024, Toxicity: 1}, true)
	}
	f.work(1)
	f.work(2)
	x := f.start()
	f.await(int64(2 * quota))
	since := f.crew.box.Counts()
	f.await(int64(rows - quota))
	use := 100 * f.crew.box.Counts().Utilisation(since)
	f.end("hosts", x, rows, true)
	f.check("hosts", quota, 2)
	if t.Logf("%.1f %% of the quota used", use); use < 95 && long {
		t.Errorf("%.1f %% of the quota was used, want at least 95 %%", use)
	}
}

// TestHostsKilled kills workers, the run, the server and its store in random order, while roads delay, drop and cut what workers send or
// hear. Nothing is lost, what may have been paid twice is said, and apart from requests of workers that were killed within the last 3 seconds,
// the quota is not exceeded but by a search for it, after the store was lost, and by what tries for more: the service refuses one request of 40 at most.
func TestHostsKilled(t *testing.T) {
	t.Parallel()
	rows, events := 5000, 40
	if !long {
		t.Skip("it takes minutes: GIGABATCH_LONG=1 runs it")
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			const quota = 20
			random := rand.New(rand.NewPCG(30, seed))
			f := newField(t, sandbox.Options{Latency: 150 * time.Millisecond, Jitter: 350 * time.Millisecond, Streams: quota}, rows)
			workers := map[int]*shell{1: f.work(1), 2: f.work(2)}
			x := f.start()
			f.await(300)
			what := ""
			for range events {
				time.Sleep(time.Duration(1000+random.IntN(4000)) * time.Millisecond) // other processes work
				if f.crew.box.Counts().BilledPrompts > int64(rows-300) {
					break
				}
				n := 1 + random.IntN(2)
				switch random.IntN(8) {
				case 0, 1:
					f.kill(workers[n])
					f.buried(f.hosts[n])
					workers[n] = f.work(n)
					what += " worker"
				case 2:
					f.kill(x)
					x = f.start()
					what += " run"
				case 3:
					f.server.kill()
					time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
					f.server.start()
					what += " server"
				case 4:
					f.server.kill()
					f.server.empty()
					time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond)
					f.server.start()
					what += " store"
				case 5:
					f.roads[n].close()
					time.Sleep(time.Duration(random.IntN(5000)) * time.Millisecond)
					if err := f.roads[n].open(); err != nil {
						t.Fatal(err)
					}
					what += " cut"
				case 6:
					f.disturb(n, &toxics.LatencyToxic{Latency: 2000, Jitter: 1500}, random)
					what += " delay"
				case 7:
					f.disturb(n, &toxics.TimeoutToxic{}, random)
					what += " drop"
				}
			}
			f.end(fmt.Sprintf("seed %d:%s", seed, what), x, rows, false)
			f.check(fmt.Sprintf("seed %d", seed), quota, quota/4)
			if c := f.crew.box.Counts(); c.Refused > c.Chats/40 {
				t.Errorf("%d of %d requests were refused", c.Refused, c.Chats)
			}
		})
	}
}

// disturb puts a toxic on the road of a worker for some seconds.
func (f *field) disturb(n int, toxic toxics.Toxic, random *rand.Rand) {
	up := random.IntN(2) == 0
	f.roads[n].poison(&toxics.ToxicWrapper{Toxic: toxic, Type: "toxic", BufferSize: 1024, Toxicity: 1}, up)
	time.Sleep(time.Duration(1000+random.IntN(6000)) * time.Millisecond) // other processes work
	f.roads[n].poison(nil, up)
}

// TestHostCutOff cuts one of two workers off for 30 seconds: its requests are given to the other one, the quota is kept, and it works again
// afterwards.
func TestHostCutOff(t *testing.T) {
	t.Parallel()
	if !long {
		t.Skip("it takes a minute: GIGABATCH_LONG=1 runs it")
	}
	for n, how := range []string{"the cable is pulled", "the road drops what it sends", "the road drops what it hears"} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			const rows, quota = 1500, 10
			f := newField(t, sandbox.Options{Latency: 200 * time.Millisecond, Jitter: 200 * time.Millisecond, Streams: quota}, rows)
			f.work(1)
			x := f.start()
			f.await(50)
			f.work(2)
			f.await(150)
			switch n {
			case 0:
				f.hosts[1].cable(false)
			default:
				f.roads[1].poison(&toxics.ToxicWrapper{Toxic: &toxics.TimeoutToxic{}, Type: "timeout", BufferSize: 1024, Toxicity: 1}, n == 1)
			}
			asked := f.by(f.hosts[1])
			time.Sleep(25 * time.Second)
			late := f.by(f.hosts[1])
			time.Sleep(5 * time.Second)
			if got := f.by(f.hosts[1]); got != late {
				t.Errorf("%s: the worker sent %d requests after 25 seconds", how, got-late)
			}
			switch n {
			case 0:
				f.hosts[1].cable(true)
			default:
				f.roads[1].poison(nil, n == 1)
			}
			f.end(how, x, rows, false)
			f.check(how, quota, 2)
			if back := f.by(f.hosts[1]) - late; back < 20 {
				t.Errorf("%s: the worker was given %d requests afterwards, want half of them\n%s", how, back, f.workers[0].said.String())
			} else {
				t.Logf("%s: %d requests before, %d afterwards", how, asked, back)
			}
		})
	}
}

// by returns how many requests came from a host.
func (f *field) by(h *host) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count[h.ip.String()]
}
