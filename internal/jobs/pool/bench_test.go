package pool

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/gigachat/secure"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/task"
)

const (
	benchRows = 20000
	benchWide = 64
	benchAuth = "bench-token"
)

// BenchmarkPool runs benchRows tasks without latency over loopback, with a journal, and compares that with a bare loop of errgroup and
// net/http on the same sandbox.
func BenchmarkPool(b *testing.B) {
	s := sandbox.New(sandbox.Options{Streams: -1, AccessToken: benchAuth, TokenLife: time.Hour})
	l, err := sandbox.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var serving errgroup.Group
	serving.Go(func() error { return s.Serve(b.Context(), l) })
	base := "http://" + l.Addr().String() + "/v1"
	var bare, ours time.Duration
	for b.Loop() {
		bare += bareLoop(b, base)
		ours += throughPool(b, base)
	}
	s.Close()
	if err := serving.Wait(); err != nil {
		b.Error(err)
	}
	rows := float64(benchRows * b.N)
	b.ReportMetric(rows/bare.Seconds(), "bare-rows/s")
	b.ReportMetric(rows/ours.Seconds(), "rows/s")
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "ratio")
}

func bareLoop(b *testing.B, base string) time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchWide}}
	defer client.CloseIdleConnections()
	began := time.Now()
	var g errgroup.Group
	g.SetLimit(benchWide)
	for i := range benchRows {
		g.Go(func() error { return bareCall(b.Context(), client, base, jobOf(i).Body) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func bareCall(ctx context.Context, client *http.Client, base string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+benchAuth)
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

func throughPool(b *testing.B, base string) time.Duration {
	transport, err := secure.NewTransport(secure.Options{MaxConns: benchWide})
	if err != nil {
		b.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	client := &gigachat.Client{BaseURL: base, Tokens: gigachat.StaticToken(benchAuth), Transport: transport}
	j, err := journal.Open(filepath.Join(b.TempDir(), "journal"))
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	p := &Pool{
		Ask: client.ChatJSON, Sandbox: true,
		Flight: func(n int) error { return j.Flight(n, true) }, Lost: func(k task.Key) error { return j.Lost(k, true) },
	}
	began := time.Now()
	if err := p.Execute(b.Context(), nil, tasksOf(benchRows), j.Record); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
