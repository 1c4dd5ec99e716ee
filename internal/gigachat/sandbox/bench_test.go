package sandbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkCompletions measures completions per second over loopback, on 64 kept-alive connections. The client shares the process and the
// processors, and is as lean as possible.
func BenchmarkCompletions(b *testing.B) {
	for _, bytes := range []int{0, 1600} {
		b.Run(fmt.Sprintf("answer=%d", bytes), func(b *testing.B) {
			benchmark(b, Options{Streams: -1, AnswerBytes: bytes, AccessToken: newToken()})
		})
	}
}

func benchmark(b *testing.B, o Options) {
	s, addr := listening(b, o)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var workers sync.WaitGroup
	for range 64 {
		workers.Go(func() {
			if err := ask(addr, o.AccessToken, &left); err != nil {
				b.Error(err)
			}
		})
	}
	workers.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "completions/s")
	if got, want := s.Counts().Billed, int64(b.N); got < want {
		b.Errorf("billed %d completions, want %d", got, want)
	}
}

// BenchmarkTransport measures completions per second in memory, with the client of net/http.
func BenchmarkTransport(b *testing.B) {
	s, c := opened(b, Options{Streams: -1})
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var workers sync.WaitGroup
	for range 64 {
		workers.Go(func() {
			for n := left.Add(-1); n >= 0; n = left.Add(-1) {
				if r := c.ask("one"); r.status != http.StatusOK {
					b.Errorf("got %+v", r)
				}
			}
		})
	}
	workers.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "completions/s")
	if got, want := s.Counts().Billed, int64(b.N); got < want {
		b.Errorf("billed %d completions, want %d", got, want)
	}
}

// ask takes numbers from left until none remain and asks one prompt for each, over one connection.
func ask(addr, token string, left *atomic.Int64) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 8192)
	var out, body []byte
	for n := left.Add(-1); n >= 0; n = left.Add(-1) {
		body = append(body[:0], `{"messages":[{"content":"Classify the review in one word: good, bad or neither.","role":"system"},{"content":"Review number `...)
		body = strconv.AppendInt(body, n, 10)
		body = append(body, `: the kettle boils quickly but its lid does not close.","role":"user"}],"model":"GigaChat-2"}`...)
		out = append(out[:0], "POST /v1/chat/completions HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer "...)
		out = append(append(out, token...), "\r\nContent-Type: application/json\r\nContent-Length: "...)
		out = append(strconv.AppendInt(out, int64(len(body)), 10), "\r\n\r\n"...)
		if _, err := conn.Write(append(out, body...)); err != nil {
			return err
		}
		if err := skipAnswer(in); err != nil {
			return err
		}
	}
	return nil
}

func skipAnswer(in *bufio.Reader) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return errors.New(string(line))
	}
	length := 0
	for len(line) > 2 {
		if line, err = in.ReadSlice('\n'); err != nil {
			return err
		}
		if value, found := bytes.CutPrefix(line, []byte("Content-Length: ")); found {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	_, err = io.CopyN(io.Discard, in, int64(length))
	return err
}
