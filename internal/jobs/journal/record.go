package journal

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// A record of the journal is one JSON object on a line. It starts with `{"key":"<32 hex>","state":"<word>"`, followed by `,"cause":"…"` and
// `,"sandbox":true` if they apply, and ends with `,"crc":"<8 hex>"}`, so that no result is decoded when a journal is opened. The crc is
// CRC-32C of everything before it.
const (
	keyPrefix   = `{"key":"`
	statePrefix = `","state":"`
	causePrefix = `,"cause":"`
	sandboxMark = `,"sandbox":true`
	crcPrefix   = `,"crc":"`

	stateAt    = len(keyPrefix) + 32 + len(statePrefix)
	tailLen    = len(crcPrefix) + 8 + len(`"}`)
	minRecord  = stateAt + len(`x"`) + tailLen
	noKey      = "00000000000000000000000000000000"
	kindRun    = "manifest" // a run starts
	kindEnd    = "end"      // a run ended regularly
	kindUnsent = "unsent"   // a run was ended by an error before it sent anything
	kindFlight = "flight"   // maximum number of requests in flight from now on
	kindFound  = "found"    // all that a killed run had in flight is known: so many requests do not count as crashed
	kindLost   = "lost"     // an attempt was sent completely but got no complete response
	kindSpent  = "spent"    // an attempt that did not complete its task: it cost tokens, or it was the last before an outage ended the run
	kindCommit = "commit"   // an output is about to become visible
	kindMerged = "merged"   // the journal of a shard is in this one, up to a size
	kindCanary = "canary"   // a random sample has passed
	kindLink   = "link"     // a task follows another one and takes its place
	kindFile   = "file"     // a file is stored at the service, or no longer stored
	kindMark   = "progress" // the state of a run at a moment
	kindBatch  = "batch"    // a step of a batch
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the data at the fixed places of a record.
type header struct {
	key     task.Key
	kind    string // a state's name or one of the kinds above
	cause   task.Cause
	sandbox bool
}

// parseHeader checks a line without its newline and returns its header. ok is false if the line is not a whole record.
func parseHeader(line []byte) (h header, ok bool) {
	if len(line) < minRecord || string(line[:len(keyPrefix)]) != keyPrefix {
		return h, false
	}
	body, tail := line[:len(line)-tailLen], line[len(line)-tailLen:]
	if string(tail[:len(crcPrefix)]) != crcPrefix || string(tail[tailLen-2:]) != `"}` {
		return h, false
	}
	var crc [4]byte
	if _, err := hex.Decode(crc[:], tail[len(crcPrefix):tailLen-2]); err != nil {
		return h, false
	}
	if binary.BigEndian.Uint32(crc[:]) != crc32.Checksum(body, castagnoli) {
		return h, false
	}
	if _, err := hex.Decode(h.key[:], line[len(keyPrefix):len(keyPrefix)+32]); err != nil {
		return h, false
	}
	h.kind, line = word(line[stateAt:])
	if rest, found := bytes.CutPrefix(line, []byte(causePrefix)); found {
		var cause string
		cause, line = word(rest)
		h.cause = task.Cause(cause)
	}
	h.sandbox = bytes.HasPrefix(line, []byte(sandboxMark))
	return h, true
}

// word returns the bytes before and after the next quote.
func word(b []byte) (string, []byte) {
	i := bytes.IndexByte(b, '"')
	if i < 0 {
		return "", nil
	}
	if string(b[:i]) == "completed" { // avoids an allocation for almost every record
		return "completed", b[i+1:]
	}
	return string(b[:i]), b[i+1:]
}

// resultJSON is the record of a result.
type resultJSON struct {
	Key        string     `json:"key"`
	State      string     `json:"state"`
	Cause      task.Cause `json:"cause,omitempty"`
	Sandbox    bool       `json:"sandbox,omitempty"`
	Completion string     `json:"completion"`
	Call       string     `json:"function_call,omitempty"`
	rawJSON
	FinishReason string          `json:"finish_reason,omitempty"`
	Model        string          `json:"model,omitempty"`
	Usage        *gigachat.Usage `json:"usage,omitempty"`
	Attempts     int             `json:"attempts,omitempty"`
	Error        string          `json:"error,omitempty"`
	RequestID    string          `json:"request_id,omitempty"`
	servedJSON
	At time.Time `json:"at"`
}

// servedJSON is a task.Served.
type servedJSON struct {
	Batch     string `json:"batch,omitempty"`
	LatencyMS int64  `json:"latency_ms,omitempty"`
}

// rawJSON is a body as it came.
type rawJSON struct {
	Raw      string `json:"raw,omitempty"`
	RawBytes []byte `json:"raw_base64,omitempty"` // instead of Raw if that is not UTF-8
}

// appendResult appends the line of a result, or of an answer that was only spent, including the newline.
func appendResult(b []byte, kind string, r *task.Result) ([]byte, error) {
	j := resultJSON{
		Key: r.Key.String(), State: kind, Cause: r.Cause, Sandbox: r.Sandbox,
		Completion: r.Completion, Call: r.Call, rawJSON: rawJSON{Raw: r.Raw}, FinishReason: r.FinishReason, Model: r.Model, Usage: &r.Usage,
		Attempts: r.Attempts, Error: r.Error, RequestID: r.RequestID,
		servedJSON: servedJSON{r.Batch, r.Latency.Milliseconds()}, At: r.At.UTC(),
	}
	if !utf8.ValidString(r.Raw) {
		j.Raw, j.RawBytes = "", []byte(r.Raw)
	}
	return appendRecord(b, j)
}

// appendRecord appends the line of v, whose JSON must start with key and state.
func appendRecord(b []byte, v any) ([]byte, error) {
	start := len(b)
	buf := bytes.NewBuffer(b)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, err
	}
	b = bytes.TrimSuffix(buf.Bytes(), []byte("}\n"))
	return fmt.Appendf(b, `%s%08x"}`+"\n", crcPrefix, crc32.Checksum(b[start:], castagnoli)), nil
}
