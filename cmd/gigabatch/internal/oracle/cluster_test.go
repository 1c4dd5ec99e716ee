//go:build unix

package oracle

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"gigabatch/internal/gigachat/sandbox"
)

// A cluster is several servers of NATS.
type cluster struct {
	t   *testing.T
	all []*natsServer
}

func newCluster(t *testing.T, servers int) *cluster {
	t.Helper()
	c := &cluster{t: t}
	var routes []string
	for range servers {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", freePort(t)))
	}
	for i := range routes {
		c.all = append(c.all, newNATS(t, fmt.Sprintf("n%d", i), "127.0.0.1", fmt.Sprintf(
			"cluster { name: crew, listen: %q, routes: [%s] }", strings.TrimPrefix(routes[i], "nats://"), strings.Join(routes, ", "))))
		c.all[i].start()
	}
	return c
}

// address names all servers.
func (c *cluster) address() string {
	var all []string
	for _, s := range c.all {
		all = append(all, s.at("127.0.0.1"))
	}
	return strings.Join(all, ",nats://")
}

// streams calls do with what the servers keep, until it reports that it is done.
func (c *cluster) streams(what string, do func(*jetstream.StreamInfo) bool, names ...string) {
	c.t.Helper()
	nc, err := nats.Connect("nats://"+c.address(), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.RetryOnFailedConnect(true))
	if err != nil {
		c.t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		c.t.Fatal(err)
	}
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) { // other processes work
		ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
		good := 0
		for _, name := range names {
			if s, err := js.Stream(ctx, name); err == nil && do(s.CachedInfo()) {
				good++
			}
		}
		cancel()
		if good == len(names) {
			return
		}
		if time.Now().After(until) {
			c.t.Fatalf("%s: %d of %v", what, good, names)
		}
	}
}

// copied waits until n servers have what is kept.
func (c *cluster) copied(n int) {
	c.t.Helper()
	c.streams("copies", func(i *jetstream.StreamInfo) bool {
		return i.Config.Replicas == n && i.Cluster != nil && len(i.Cluster.Replicas) == n-1
	}, "gigabatch_answers", "KV_gigabatch")
}

// leader returns the server that leads the stream of answers.
func (c *cluster) leader() (leader *natsServer) {
	c.t.Helper()
	c.streams("a leader", func(i *jetstream.StreamInfo) bool {
		for _, s := range c.all {
			if i.Cluster != nil && s.name == i.Cluster.Leader && s.cmd != nil {
				leader = s
			}
		}
		return leader != nil
	}, "gigabatch_answers")
	return leader
}

// newClusterCrew is a crew whose server is a cluster.
func newClusterCrew(t *testing.T, servers int, o sandbox.Options, rows int) (*crew, *cluster) {
	t.Helper()
	c := newCluster(t, servers)
	return &crew{world: newWorld(t, newProgram, o, table(rows)), address: c.address()}, c
}

// TestCluster has three servers keep three copies of everything, and two servers one.
func TestCluster(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the servers choose a leader for up to 9 seconds")
	}
	for servers, copies := range map[int]int{2: 1, 3: 3} {
		t.Run(fmt.Sprint(servers), func(t *testing.T) {
			t.Parallel()
			const rows = 100
			k, c := newClusterCrew(t, servers, sandbox.Options{Latency: 100 * time.Millisecond, Streams: 10}, rows)
			k.work("")
			k.work("")
			x := k.start("")
			c.copied(copies)
			k.end(fmt.Sprintf("%d servers", servers), x, rows, true)
		})
	}
}

// TestClusterLosesItsLeader kills the server of three that leads the stream of answers, twice, and starts it again once the run goes on
// without it. Nothing is lost, and what may have been paid twice is said.
func TestClusterLosesItsLeader(t *testing.T) {
	t.Parallel()
	if !long {
		t.Skip("the servers choose another leader after up to 9 seconds: GIGABATCH_LONG=1 runs it")
	}
	const rows, streams = 4000, 20
	k, c := newClusterCrew(t, 3, sandbox.Options{Latency: 200 * time.Millisecond, Jitter: 200 * time.Millisecond, Streams: streams}, rows)
	k.work("")
	k.work("")
	x := k.start("")
	c.copied(3)
	for n := range int64(2) {
		k.await(700 + 1500*n)
		leader := c.leader()
		began, billed := time.Now(), k.box.Counts().Billed
		leader.kill()
		next := c.leader()
		t.Logf("%s was killed; %s leads after %.1f s", leader.name, next.name, time.Since(began).Seconds())
		for k.box.Counts().Billed < billed+4*streams { // other processes work
			if time.Since(began) > patience {
				t.Fatalf("the run does not go on without %s\n%s", leader.name, x.said.String())
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Logf("the run goes on after %.1f s", time.Since(began).Seconds())
		leader.start()
		c.copied(3)
	}
	k.end("leaders killed", x, rows, false)
	c.copied(3)
	if counts := k.box.Counts(); counts.MaxStreams > streams {
		t.Errorf("%d requests at once, the quota is %d", counts.MaxStreams, streams)
	}
}
