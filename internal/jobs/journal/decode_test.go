package journal

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// byJSON is decodeResult without the scanner.
func byJSON(line []byte) (*task.Result, error) {
	var j resultJSON
	if err := json.Unmarshal(line, &j); err != nil {
		return nil, err
	}
	return j.result()
}

func TestOtherWaysToWriteAResultAreReadToo(t *testing.T) {
	t.Parallel()
	key := task.KeyOf(nil).String()
	for _, text := range []string{
		`{ "key": "` + key + `", "state": "completed", "completion": "\ud83d\udc08 \u0041\/", "at": "2026-01-02T03:04:05Z", "crc": "x" }`,
		`{"key":"` + key + `","state":"completed","completion":"x","new_field":[1],"at":"2026-01-02T03:04:05Z","crc":"x"}`,
		`{"key":"` + key + `","state":"completed","completion":"\ud83d\udc08 \u0041\/","sandbox":false,"usage":null,"latency_ms":1e3,"crc":"x"}`,
	} {
		got, err := decodeResult([]byte(text), nil)
		want, wantErr := byJSON([]byte(text))
		if (err == nil) != (wantErr == nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %+v, %v\nwant %+v, %v", text, got, err, want, wantErr)
		}
	}
}

func TestWhatIsNoResultIsAnError(t *testing.T) {
	t.Parallel()
	whole := strings.TrimSuffix(string(line(t, results()[0])), "\n")
	for cut := range len(whole) {
		if r, err := decodeResult([]byte(whole[:cut]), nil); err == nil {
			t.Errorf("%q: %+v, want an error", whole[:cut], r)
		}
	}
}

func FuzzDecodeResult(f *testing.F) {
	f.Add("text", "err", "model", 1, true)
	f.Add("a\"b\\c\n\t\r\b\f\x00\x1f\u2028<&>\xff\xed\xa0\x80 🐈", "", "", -5, false)
	f.Fuzz(func(t *testing.T, completion, errText, model string, n int, sandbox bool) {
		r := task.Result{
			Key: task.KeyOf([]byte(completion)), State: task.Completed, Sandbox: sandbox, Completion: completion, Error: errText, Model: model,
			Usage: gigachat.Usage{PromptTokens: n}, Attempts: n, Served: task.Served{Latency: time.Duration(n%1e9) * time.Millisecond}, At: time.Unix(int64(n%1e9), 5),
		}
		b := line(t, r)
		b = b[:len(b)-1]
		var j resultJSON
		s := recordScanner{rest: b}
		if !s.record(&j) {
			t.Fatalf("%s: not read: %v at %q", b, s.err, s.rest)
		}
		got, err := j.result()
		want, wantErr := byJSON(b)
		if err != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\ngot  %+v, %v\nwant %+v, %v", b, got, err, want, wantErr)
		}
	})
}

// FuzzDecodeAnything looks for bytes that cause a panic or are decoded differently than by encoding/json.
func FuzzDecodeAnything(f *testing.F) {
	for _, r := range results() {
		b := line(f, r)
		f.Add(b[:len(b)-1])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decodeResult(b, nil)
		want, wantErr := byJSON(b)
		if wantErr == nil && (err != nil || got.Key != want.Key) {
			t.Fatalf("%q\ngot  %+v, %v\nwant %+v", b, got, err, want)
		}
	})
}
