package gigachat

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
)

// The parts of HTTP/2 that h2Server speaks (RFC 9113).
const (
	frameData, frameHeaders, frameReset, frameSettings, frameGoAway = 0, 1, 3, 4, 7

	endStream, endHeaders, ack = 1, 4, 1
)

// h2Server answers the nth request over HTTP/2, from 1, with the frames of answer. A connection ends after the answer if that is a GOAWAY.
func h2Server(t *testing.T, answer func(n int, stream uint32) []byte) (url string, client *http.Transport) {
	t.Helper()
	certificates := httptest.NewUnstartedServer(nil)
	certificates.StartTLS()
	t.Cleanup(certificates.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var asked atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveH2(tls.Server(conn, &tls.Config{Certificates: certificates.TLS.Certificates, NextProtos: []string{"h2"}}), func(stream uint32) []byte {
				return answer(int(asked.Add(1)), stream)
			})
		}
	}()
	client = certificates.Client().Transport.(*http.Transport).Clone()
	client.ForceAttemptHTTP2 = true
	t.Cleanup(client.CloseIdleConnections)
	return "https://" + l.Addr().String(), client
}

func serveH2(conn net.Conn, answer func(stream uint32) []byte) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	if _, err := io.ReadFull(r, make([]byte, len(http2Preface))); err != nil {
		return
	}
	conn.Write(frame(frameSettings, 0, 0, nil))
	for {
		var head [9]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		size := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
		if _, err := io.CopyN(io.Discard, r, int64(size)); err != nil {
			return
		}
		stream := binary.BigEndian.Uint32(head[5:])
		switch kind, flags := head[3], head[4]; {
		case kind == frameSettings && flags&ack == 0:
			conn.Write(frame(frameSettings, ack, 0, nil))
		case flags&endStream != 0 && (kind == frameData || kind == frameHeaders):
			conn.Write(answer(stream))
		}
	}
}

const http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

func h2OK(stream uint32, body string) []byte {
	return slices.Concat(frame(frameHeaders, endHeaders, stream, []byte{0x88}), frame(frameData, endStream, stream, []byte(body)))
}

func h2Reset(stream, code uint32) []byte {
	return frame(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

// h2GoAway says that no stream after last was taken.
func h2GoAway(last, code uint32) []byte {
	return frame(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

// A request that the server did not take is sent again at once. If it is never taken, it was neither sent nor paid for. Any other broken
// request is not repeated here.
func TestNotTaken(t *testing.T) {
	t.Parallel()
	const protocolError, refusedStream = 1, 7
	for name, c := range map[string]struct {
		answer         func(stream uint32) []byte
		asked          int64
		notTaken, sent bool
	}{
		"refused stream":       {func(s uint32) []byte { return h2Reset(s, refusedStream) }, maxUntaken, true, false},
		"goaway":               {func(uint32) []byte { return h2GoAway(0, 0) }, maxUntaken, true, false},
		"goaway with an error": {func(uint32) []byte { return h2GoAway(0, 11) }, maxUntaken, true, false},
		"protocol error":       {func(s uint32) []byte { return h2Reset(s, protocolError) }, 1, false, true},
		"internal error":       {func(s uint32) []byte { return h2Reset(s, 2) }, 1, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			var healed atomic.Bool
			url, rt := h2Server(t, func(_ int, stream uint32) []byte {
				asked.Add(1)
				if healed.Load() {
					return h2OK(stream, okBody)
				}
				return c.answer(stream)
			})
			client := &Client{BaseURL: url, Transport: rt}
			_, err := client.ChatJSON(t.Context(), []byte("{}"), 0)
			e := AsError(err)
			if e == nil || e.NotTaken != c.notTaken || e.Sent != c.sent || e.Kind != KindNetwork || asked.Load() != c.asked {
				t.Errorf("got %+v after %d requests", e, asked.Load())
			}
			healed.Store(true)
			if answer, err := client.ChatJSON(t.Context(), []byte("{}"), 0); err != nil || answer.Completion != "Hello." {
				t.Errorf("got %+v, %v", answer, err)
			}
		})
	}
}

// A request is answered although the server did not take it at first.
func TestTakenAtLast(t *testing.T) {
	t.Parallel()
	url, rt := h2Server(t, func(n int, stream uint32) []byte {
		switch n {
		case 1:
			return h2Reset(stream, 7)
		case 2:
			return h2GoAway(stream-1, 0)
		}
		return h2OK(stream, okBody)
	})
	body := bytes.Repeat([]byte(" "), 10_000)
	answer, err := (&Client{BaseURL: url, Transport: rt}).ChatJSON(t.Context(), append(body, "{}"...), 0)
	if err != nil || answer.Completion != "Hello." {
		t.Errorf("got %+v, %v", answer, err)
	}
}

// A proxy that wants a password answers instead of the service.
func TestProxyAuthentication(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	rt := &http.Transport{Proxy: http.ProxyURL(at)}
	t.Cleanup(rt.CloseIdleConnections)
	_, err = (&Client{BaseURL: "https://api.giga.chat/v1", Transport: rt}).ChatJSON(t.Context(), []byte("{}"), 0)
	if e := wantError(t, err, KindIntercepted); e.Status != http.StatusProxyAuthRequired || e.Sent {
		t.Errorf("got %+v", e)
	}
}

// TestWasNotTaken has the errors of net/http as it returns them, also after it has repeated a request itself, and others that prove nothing.
func TestWasNotTaken(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"http2: client conn not usable":                                 true,
		"http2: Transport received Server's graceful shutdown GOAWAY":   true,
		"stream error: stream ID 3; REFUSED_STREAM; received from peer": true,
		"http2: Transport: cannot retry err [stream error: stream ID 3; REFUSED_STREAM; received from peer] after Request.Body was written": true,
		"stream error: stream ID 3; INTERNAL_ERROR; received from peer":                                                                     false,
		"stream error: stream ID 3; PROTOCOL_ERROR; REFUSED_STREAM said a proxy":                                                            false,
		"http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug=\"\"":                                 false,
		"unexpected EOF": false,
	} {
		if got := wasNotTaken(errors.New(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
