package journal

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// results returns one result of each kind.
func results() []task.Result {
	at := time.Date(2026, 3, 4, 5, 6, 7, 89, time.UTC)
	usage := gigachat.Usage{PromptTokens: 1, CompletionTokens: 2, TotalTokens: 3, CachedTokens: 4}
	return []task.Result{
		{Key: task.KeyOf([]byte("1")), State: task.Completed, Completion: "Да,\n\"нет\" \\ <b>&amp; \u2028 \x00 🐈", FinishReason: "stop", Model: "m:1", Usage: usage, Attempts: 1, RequestID: "r-1", Served: task.Served{Latency: 1500 * time.Millisecond, Batch: "b-1"}, At: at},
		{Key: task.KeyOf([]byte("2")), State: task.Failed, Cause: task.CauseServer, Error: "chat: 500: oh", Attempts: 5, At: at},
		{Key: task.KeyOf([]byte("3")), State: task.Failed, Cause: task.CauseRejected, Error: `{"key":"x","crc":"00000000"}`, At: at},
		{Key: task.KeyOf([]byte("4")), State: task.Blocked, Completion: "an apology", FinishReason: "blacklist", Error: "blocked", Usage: usage, At: at},
		{Key: task.KeyOf([]byte("5")), State: task.Completed, Sandbox: true, Completion: strings.Repeat("длинный ответ ", 200), FinishReason: "length", At: at},
		{Key: task.KeyOf([]byte("7")), State: task.Failed, Cause: task.CauseUnknown, Raw: "\xcf\xf0 no UTF-8", At: at},
		{Key: task.KeyOf([]byte("6")), State: task.Failed, Cause: task.CauseEmpty, Sandbox: true, At: at},
	}
}

func line(t testing.TB, r task.Result) []byte {
	t.Helper()
	b, err := appendResult(nil, r.State.String(), &r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordReadsBack(t *testing.T) {
	t.Parallel()
	for _, want := range results() {
		b := line(t, want)
		if bytes.IndexByte(b, '\n') != len(b)-1 {
			t.Errorf("record %q is not one line", b)
		}
		got, err := decodeResult(b[:len(b)-1], nil)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
}

func TestRecordHasKeyFirstAndCRCLastAndIsJSON(t *testing.T) {
	t.Parallel()
	for _, r := range results() {
		b := line(t, r)
		if !json.Valid(b) {
			t.Errorf("not JSON: %s", b)
		}
		if !strings.HasPrefix(string(b), `{"key":"`+r.Key.String()+`","state":"`+r.State.String()+`"`) {
			t.Errorf("key and state are not first: %s", b)
		}
		if i := strings.LastIndex(string(b), `,"crc":"`); i != len(b)-len(`,"crc":"01234567"}`+"\n") {
			t.Errorf("crc is not last: %s", b)
		}
	}
}

func TestHeaderIsReadWithoutDecoding(t *testing.T) {
	t.Parallel()
	for _, r := range results() {
		b := line(t, r)
		got, ok := parseHeader(b[:len(b)-1])
		want := header{key: r.Key, kind: r.State.String(), cause: r.Cause, sandbox: r.Sandbox}
		if !ok || got != want {
			t.Errorf("header %+v, %t, want %+v", got, ok, want)
		}
	}
}

func TestEveryChangedBitOfARecordIsNoticed(t *testing.T) {
	t.Parallel()
	b := bytes.TrimSuffix(line(t, results()[0]), []byte("\n"))
	for i := range b {
		for bit := range 8 {
			b[i] ^= 1 << bit
			h, ok := parseHeader(b)
			b[i] ^= 1 << bit
			// A hexadecimal digit in upper case is the same digit.
			if ok && !strings.EqualFold(string(b[i]), string(b[i]^1<<bit)) {
				t.Errorf("bit %d of byte %d changed unnoticed: %+v", bit, i, h)
			}
		}
	}
}

func TestStatesHaveDistinctNamesThatReadBack(t *testing.T) {
	t.Parallel()
	for s := task.Pending; s <= task.Skipped; s++ {
		if got := task.StateOf(s.String()); got != s {
			t.Errorf("stateOf(%q) = %d, want %d", s, got, s)
		}
	}
	for _, kind := range []string{kindRun, kindEnd, kindFlight, kindLost, kindCommit, "", "nonsense"} {
		if got := task.StateOf(kind); got != task.Pending {
			t.Errorf("stateOf(%q) = %s, want pending", kind, got)
		}
	}
}

func BenchmarkAppendResult(b *testing.B) {
	r := results()[0]
	r.Completion = strings.Repeat("Ответ модели. ", 64)
	var buf []byte
	for b.Loop() {
		buf, _ = appendResult(buf[:0], r.State.String(), &r)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecodeResult(b *testing.B) {
	r := results()[0]
	r.Completion = strings.Repeat("Ответ модели. ", 64)
	buf := line(b, r)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		if _, err := decodeResult(buf[:len(buf)-1], nil); err != nil {
			b.Fatal(err)
		}
	}
}
