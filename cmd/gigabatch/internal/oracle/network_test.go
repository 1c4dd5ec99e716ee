package oracle

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"

	"gigabatch/internal/gigachat/sandbox"
)

// A trouble is something wrong with the network between the program and the service.
type trouble struct {
	name    string
	toxic   toxics.Toxic // nil if connections are refused
	up      bool         // what the program sends is concerned
	oauth   bool         // the road to OAuth is concerned, not that to the API
	middle  bool         // it comes when some rows are asked, and passes
	share   float32      // of the connections; 0 means all
	outages bool         // no request succeeds: the run ends, or waits until the trouble has passed
}

// troubles returns 40 troubles.
func troubles() (all []trouble) {
	for _, k := range []struct {
		name    string
		toxic   toxics.Toxic
		outages bool
	}{
		{"latency", &toxics.LatencyToxic{Latency: 300}, false},
		{"jitter", &toxics.LatencyToxic{Latency: 200, Jitter: 190}, false},
		{"down", nil, true},
		{"bandwidth", &toxics.BandwidthToxic{Rate: 20}, false},
		{"slow close", &toxics.SlowCloseToxic{Delay: 1000}, false},
		{"timeout", &toxics.TimeoutToxic{}, true},
		{"slicer", &toxics.SlicerToxic{AverageSize: 60, SizeVariation: 30, Delay: 200}, false},
		{"limited data", &toxics.LimitDataToxic{Bytes: 100}, true},
		{"reset", &toxics.ResetToxic{Timeout: 20}, true},
	} {
		all = append(all,
			trouble{name: k.name, toxic: k.toxic, outages: k.outages},
			trouble{name: k.name, toxic: k.toxic, outages: k.outages, middle: true, up: true},
			trouble{name: k.name, toxic: k.toxic, outages: k.outages, oauth: true, up: true},
			trouble{name: k.name, toxic: k.toxic, outages: k.outages, oauth: true, middle: true},
		)
	}
	return append(all,
		trouble{name: "latency", toxic: &toxics.LatencyToxic{Latency: 1000}, share: 0.5},
		trouble{name: "timeout", toxic: &toxics.TimeoutToxic{Timeout: 500}, share: 0.4},
		trouble{name: "limited data", toxic: &toxics.LimitDataToxic{Bytes: 5000}, share: 0.6},
		trouble{name: "reset", toxic: &toxics.ResetToxic{Timeout: 100}, share: 0.5, up: true},
	)
}

func (x trouble) String() string {
	text := x.name
	if x.toxic != nil {
		text += map[bool]string{true: " up", false: " down"}[x.up] + "stream"
	}
	text += map[bool]string{true: ", OAuth", false: ", API"}[x.oauth]
	text += map[bool]string{true: ", in the middle", false: ", at the start"}[x.middle]
	if x.share > 0 {
		text += ", some connections"
	}
	return text
}

var (
	outage  = regexp.MustCompile(`error: no request succeeded for \S+; (last error: .|the service does not answer)[^\0]*hint: `)
	passing = regexp.MustCompile(`rows? failed for a temporary cause \((server error|network|timeout|broken answer)`)
)

// TestNetwork runs 50 rows over TLS through networks that are slow, broken or cut, in each direction, on the way to OAuth and to the API.
// A run completes the table, or ends with the documented error, in limited time and memory. When the network is mended, the same command
// completes the table, and no more was paid for twice than it says.
func TestNetwork(t *testing.T) {
	t.Parallel()
	all := troubles()
	if len(all) != 40 {
		t.Fatalf("%d troubles, want 40", len(all))
	}
	for i, x := range all {
		if !long && i%5 != 2 { // every kind, direction, way and time is among these
			continue
		}
		t.Run(x.String(), func(t *testing.T) {
			t.Parallel()
			x.disturb(t, i%2 == 0)
		})
	}
}

const (
	rowsInTrouble = 50
	atMost        = 200 // MB
)

func (x trouble) disturb(t *testing.T, http2 bool) {
	o := sandbox.Options{Latency: 80 * time.Millisecond, Streams: 5}
	if x.oauth {
		o.TokenLife = 600 * time.Millisecond // so that tokens are needed all the time
	}
	p := &plant{command: "run q.csv -c 5 --timeout 3s --max-outage 4s", journal: "q.csv.gigabatch", took: time.Second}
	w := newWorld(t, newProgram, o, table(rowsInTrouble))
	service, root := w.box.serveTLS(t, http2)
	w.write("root.pem", root)
	api, oauth := newRoad(t, service), newRoad(t, service)
	w.env = []string{
		"GIGACHAT_BASE_URL=https://" + api.address + "/v1", "GIGACHAT_AUTH_URL=https://" + oauth.address + "/api/v2/oauth",
		"GIGACHAT_CA_BUNDLE_FILE=root.pem",
	}
	way := api
	if x.oauth {
		way = oauth
	}
	breaks := func() {
		if x.toxic == nil {
			way.close()
			return
		}
		share := x.share
		if share == 0 {
			share = 1
		}
		way.poison(&toxics.ToxicWrapper{Toxic: x.toxic, Toxicity: share}, x.up)
	}
	mend := func() {
		way.close() // also what the toxic has held up
		way.poison(nil, false)
		if err := way.open(); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	var mended time.Time
	if !x.middle {
		breaks()
	}
	broken := !x.middle
	c, killed := w.killed(p, func() bool {
		switch billed := w.box.Counts().Billed; {
		case !broken && mended.IsZero() && billed >= 15:
			breaks()
			broken, mended = true, time.Now().Add(1500*time.Millisecond)
		case broken && x.middle && time.Now().After(mended):
			mend()
			broken = false
		}
		return time.Since(began) > patience/2
	})
	if took := time.Since(began); killed {
		t.Fatalf("the run did not end in %v; it said\n%s", took, c.Stderr.(fmt.Stringer))
	}
	said, code := c.Stderr.(fmt.Stringer).String(), c.ProcessState.ExitCode()
	wants := x.outages && !x.middle
	switch {
	case x.outages && x.middle && broken:
		t.Error("the run ended during an outage")
	case wants && (code != 1 || !outage.MatchString(said)):
		t.Errorf("exit code %d, want 1 and an outage\n%s", code, said)
	case !wants && code != 0 && !(x.share > 0 && code == 3 && passing.MatchString(said)):
		t.Errorf("exit code %d, want 0\n%s", code, said)
	}
	first := time.Since(began)
	if broken {
		mend()
	}
	if c.peak > atMost {
		t.Errorf("the run took %.0f MB", c.peak)
	}
	w.box.settle(t)
	last := w.do(p.command)
	counts, twice := w.box.Counts(), paidTwice(last.errors)
	if last.code != 0 || counts.BilledPrompts != rowsInTrouble || counts.Billed > rowsInTrouble+max(twice, paidTwice(said)) {
		t.Errorf("after the trouble: exit code %d, billed %d completions of %d rows, and the summary says that %d may have been paid twice\n%s",
			last.code, counts.Billed, counts.BilledPrompts, twice, last.errors)
	}
	if n := w.answered(t, "q.answers.csv"); n != rowsInTrouble {
		t.Errorf("%d rows have the answer to their prompt", n)
	}
	t.Logf("exit code %d after %.1f s, %.0f MB; billed %d, %d said: %s", code, first.Seconds(), c.peak, counts.Billed, twice,
		lastLines(said, 1))
}

// serveTLS also serves the box over TLS until the test ends. It returns the address and the root certificate, in PEM.
func (b *box) serveTLS(t *testing.T, http2 bool) (address string, root []byte) {
	t.Helper()
	srv := httptest.NewUnstartedServer(b)
	srv.Config.ErrorLog, srv.EnableHTTP2 = log.New(io.Discard, "", 0), http2
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "https://"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
}
