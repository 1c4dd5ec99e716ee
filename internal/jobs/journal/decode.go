package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// decodeResult decodes a whole record of a result. A record in the form of appendResult is decoded several times as fast as by
// encoding/json, which decodes any other form. scratch is working space; the length of line is enough.
func decodeResult(line, scratch []byte) (*task.Result, error) {
	var j resultJSON
	s := recordScanner{rest: line, scratch: scratch}
	if !s.record(&j) {
		j = resultJSON{}
		if err := json.Unmarshal(line, &j); err != nil {
			return nil, err
		}
	}
	return j.result()
}

// Completion returns the completion of a record of a result, without decoding the rest where that is possible.
func Completion(record, scratch []byte) (string, error) {
	s, text := recordScanner{rest: record, scratch: scratch}, ""
	found := false
	s.object(func(name string) {
		switch name {
		case "key", "state", "cause":
			s.text()
		case "sandbox":
			s.expect("true")
		case "completion":
			text, found = s.text(), s.err == nil
			s.fail(errUnexpected)
		default:
			s.fail(errUnexpected)
		}
	})
	if found {
		return text, nil
	}
	r, err := decodeResult(record, scratch)
	if err != nil {
		return "", err
	}
	return r.Completion, nil
}

func (j *resultJSON) result() (*task.Result, error) {
	key, err := task.ParseKey(j.Key)
	if err != nil {
		return nil, err
	}
	r := &task.Result{
		Key: key, State: task.StateOf(j.State), Cause: j.Cause, Sandbox: j.Sandbox,
		Completion: j.Completion, Call: j.Call, Raw: j.Raw, FinishReason: j.FinishReason, Model: j.Model,
		Attempts: j.Attempts, Error: j.Error, RequestID: j.RequestID, At: j.At,
		Served: task.Served{Latency: time.Duration(j.LatencyMS) * time.Millisecond, Batch: j.Batch},
	}
	if j.RawBytes != nil {
		r.Raw = string(j.RawBytes)
	}
	if j.Usage != nil {
		r.Usage = *j.Usage
	}
	return r, nil
}

// recordScanner decodes a JSON object in the form of appendResult, without white space. It fails on anything else, which is then left to
// encoding/json.
type recordScanner struct {
	rest    []byte
	scratch []byte
	err     error
}

var errUnexpected = errors.New("unexpected form of a record")

// record reports whether it decoded the whole object.
func (s *recordScanner) record(j *resultJSON) bool {
	s.object(func(name string) { s.field(j, name) })
	return s.err == nil && len(s.rest) == 0
}

func (s *recordScanner) field(j *resultJSON, name string) {
	switch name {
	case "key":
		j.Key = s.text()
	case "state":
		j.State = s.text()
	case "cause":
		j.Cause = task.Cause(s.text())
	case "sandbox":
		s.expect("true")
		j.Sandbox = true
	case "completion":
		j.Completion = s.text()
	case "function_call":
		j.Call = s.text()
	case "raw":
		j.Raw = s.text()
	case "finish_reason":
		j.FinishReason = s.text()
	case "model":
		j.Model = s.text()
	case "usage":
		j.Usage = &gigachat.Usage{}
		s.object(func(name string) { s.usage(j.Usage, name) })
	case "attempts":
		j.Attempts = s.number()
	case "error":
		j.Error = s.text()
	case "request_id":
		j.RequestID = s.text()
	case "batch":
		j.Batch = s.text()
	case "latency_ms":
		j.LatencyMS = int64(s.number())
	case "at":
		s.fail(j.At.UnmarshalText([]byte(s.text())))
	case "crc":
		s.text()
	default:
		s.fail(errUnexpected)
	}
}

func (s *recordScanner) usage(u *gigachat.Usage, name string) {
	switch name {
	case "prompt_tokens":
		u.PromptTokens = s.number()
	case "completion_tokens":
		u.CompletionTokens = s.number()
	case "total_tokens":
		u.TotalTokens = s.number()
	case "precached_prompt_tokens":
		u.CachedTokens = s.number()
	default:
		s.fail(errUnexpected)
	}
}

func (s *recordScanner) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *recordScanner) expect(token string) {
	if !s.accept(token) {
		s.fail(errUnexpected)
	}
}

func (s *recordScanner) accept(token string) bool {
	rest, ok := bytes.CutPrefix(s.rest, []byte(token))
	if ok {
		s.rest = rest
	}
	return ok
}

// object decodes an object. It calls field for each name, which must decode the value.
func (s *recordScanner) object(field func(name string)) {
	s.expect("{")
	for s.err == nil {
		name := s.text()
		s.expect(":")
		if s.err == nil {
			field(name)
		}
		if !s.accept(",") {
			break
		}
	}
	s.expect("}")
}

func (s *recordScanner) number() int {
	n := 0
	for n < len(s.rest) && (s.rest[n] == '-' || s.rest[n] >= '0' && s.rest[n] <= '9') {
		n++
	}
	v, err := strconv.Atoi(string(s.rest[:n]))
	s.fail(err)
	s.rest = s.rest[n:]
	return v
}

// text decodes a string.
func (s *recordScanner) text() string {
	s.expect(`"`)
	end := bytes.IndexByte(s.rest, '"')
	if s.err != nil || end < 0 {
		s.fail(errUnexpected)
		return ""
	}
	if bytes.IndexByte(s.rest[:end], '\\') >= 0 {
		return s.escaped()
	}
	t := string(s.rest[:end])
	s.rest = s.rest[end+1:]
	return t
}

// escaped decodes the rest of a string that contains escapes.
func (s *recordScanner) escaped() string {
	t := s.scratch[:0]
	for s.err == nil {
		end := bytes.IndexByte(s.rest, '"')
		if end < 0 {
			break
		}
		at := bytes.IndexByte(s.rest[:end], '\\')
		if at < 0 {
			t = append(t, s.rest[:end]...)
			s.rest = s.rest[end+1:]
			return string(t)
		}
		t = append(t, s.rest[:at]...)
		s.rest = s.rest[at+1:]
		t = s.escape(t)
	}
	s.fail(errUnexpected)
	return ""
}

// escape appends the character of an escape whose backslash has been consumed.
func (s *recordScanner) escape(t []byte) []byte {
	c := s.rest[0] // at least the closing quote is left
	s.rest = s.rest[1:]
	switch c {
	case '"', '\\', '/':
		return append(t, c)
	case 'n':
		return append(t, '\n')
	case 't':
		return append(t, '\t')
	case 'r':
		return append(t, '\r')
	case 'b':
		return append(t, '\b')
	case 'f':
		return append(t, '\f')
	case 'u':
		if len(s.rest) < 4 {
			break
		}
		r, err := strconv.ParseUint(string(s.rest[:4]), 16, 16)
		s.fail(err)
		if utf16.IsSurrogate(rune(r)) {
			s.fail(errUnexpected)
		}
		s.rest = s.rest[4:]
		return utf8.AppendRune(t, rune(r))
	}
	s.fail(errUnexpected)
	return t
}
