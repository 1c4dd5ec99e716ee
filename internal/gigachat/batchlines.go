package gigachat

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// BatchLine is the result of one request of a batch.
type BatchLine struct {
	ID        string             // of the request, as it was posted; "" if the line has none
	Chat      *ChatResponse      // of BatchChat, if the request was answered
	Embedding *EmbeddingResponse // of BatchEmbed, if the request was answered
	Err       *Error             // why it was not, as if a request of its own had been refused
	Raw       []byte             // the line
}

// ReadBatchLines reads a file of results: JSON lines or a JSON array, in the order of the file, which is any. It keeps one line in memory.
// It does not know which ids to expect: ids may be unknown, missing or there twice. sandbox says who made the file.
//
// A line that is not JSON ends the file, as does one longer than any answer: the error is then an [*Error] of KindBadBody. A file that is
// cut within a line ends so; one that is cut between two lines looks whole. An error of r is returned unchanged.
func ReadBatchLines(r io.Reader, m BatchMethod, sandbox bool) iter.Seq2[BatchLine, error] {
	return func(yield func(BatchLine, error) bool) {
		in := bufio.NewReader(r)
		if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
			_, _ = in.Discard(3)
		}
		list := firstByte(in) == '['
		source := &lineSource{in, maxBatchLine}
		lines := json.NewDecoder(source)
		if list {
			_, _ = lines.Token()
		}
		for n := 1; ; n++ {
			source.left = maxBatchLine
			var raw json.RawMessage
			err := nextLine(lines, list, &raw)
			if err == io.EOF {
				return
			}
			if errors.As(err, new(*json.SyntaxError)) || err == io.ErrUnexpectedEOF || err == errLongLine || err == errTrailing {
				err = &Error{Op: "batches", Kind: KindBadBody, Message: fmt.Sprintf("line %d of the results is not JSON: %v", n, err), Err: err}
			}
			if err != nil {
				yield(BatchLine{}, err)
				return
			}
			if !yield(decodeLine(raw, m, sandbox), nil) {
				return
			}
		}
	}
}

// nextLine reads the next line, which is an element of an array if list is true. It returns io.EOF after the last one.
func nextLine(lines *json.Decoder, list bool, raw *json.RawMessage) (err error) {
	if !list {
		return lines.Decode(raw)
	}
	if lines.More() {
		err = lines.Decode(raw)
	} else if _, err = lines.Token(); err == nil {
		if lines.More() {
			return errTrailing
		}
		return io.EOF
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// maxBatchLine is the length of a line beyond that of any answer.
const maxBatchLine = maxLongBody + 1<<20

var errLongLine = errors.New("it is too long")

// lineSource is a reader that fails at a line that is too long.
type lineSource struct {
	io.Reader
	left int // bytes that may be read for the next line
}

func (s *lineSource) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, errLongLine
	}
	n, err := s.Reader.Read(p)
	s.left -= n
	return n, err
}

// firstByte returns the next byte that is not white space, without reading it, or 0.
func firstByte(in *bufio.Reader) byte {
	for {
		b, err := in.Peek(1)
		switch {
		case err != nil:
			return 0
		case bytes.IndexByte([]byte(" \t\r\n"), b[0]) < 0:
			return b[0]
		}
		_, _ = in.Discard(1)
	}
}

// decodeLine reads a line in all forms that are known: {"id","result"} of the official clients, and {"custom_id","response"}, where the
// response may have the status and the body apart, of others. A line may have both an answer and an error: an answer that can be used is
// preferred, because it is paid for.
func decodeLine(raw json.RawMessage, m BatchMethod, sandbox bool) BatchLine {
	if id, answer, ok := usualLine(raw); ok && m == BatchChat {
		if chat, err := decodeChat(answer, nil, &call{op: m.op()}); err == nil && chat.Completion != "" {
			chat.Sandbox = sandbox
			return BatchLine{ID: id, Chat: chat, Raw: raw}
		}
	}
	var b struct {
		ID       json.RawMessage `json:"id"`
		CustomID json.RawMessage `json:"custom_id"`
		Result   json.RawMessage `json:"result"`
		Response json.RawMessage `json:"response"`
		Error    json.RawMessage `json:"error"`
	}
	_ = json.Unmarshal(raw, &b)
	line := BatchLine{ID: cmp.Or(valueText(b.CustomID), valueText(b.ID)), Raw: raw}
	answer := b.Result
	if compact(answer) == "" {
		answer = b.Response
	}
	var apart struct {
		Status    json.RawMessage `json:"status_code"`
		RequestID json.RawMessage `json:"request_id"`
		Body      json.RawMessage `json:"body"`
	}
	used := &call{op: m.op()}
	if json.Unmarshal(answer, &apart) == nil && compact(apart.Body) != "" {
		answer, used.id = apart.Body, valueText(apart.RequestID)
		if status := wholeNumber(valueText(apart.Status)); status >= 400 {
			line.Err = used.refusedAs(int(status), answer)
			return line
		}
	}
	err := line.take(answer, m, sandbox, used)
	switch hasError := valueText(b.Error) != ""; {
	case hasError && (err != nil || line.Chat != nil && line.Chat.Completion == ""):
		line.Chat, line.Err = nil, used.refusedAs(namedStatus(raw), raw)
	case err != nil:
		line.Err = AsError(err)
	}
	return line
}

// usualLine returns the id and the answer of a line in the shape of almost all. If the line has more fields, the answer is no single JSON value.
func usualLine(raw []byte) (id string, answer []byte, ok bool) {
	rest, ok := bytes.CutPrefix(raw, []byte(`{"id":"`))
	text, rest, found := bytes.Cut(rest, []byte(`","result":`))
	answer, whole := bytes.CutSuffix(rest, []byte("}"))
	return string(text), answer, ok && found && whole && !bytes.ContainsAny(text, `\"`)
}

// take decodes an answer into the line. The error is an [*Error].
func (line *BatchLine) take(answer json.RawMessage, m BatchMethod, sandbox bool, used *call) (err error) {
	switch {
	case compact(answer) == "":
		err = errors.New("the line has no answer")
	case m == BatchEmbed:
		if line.Embedding, err = decodeEmbeddings(answer, nil, used); err == nil {
			line.Embedding.Sandbox = sandbox
		}
	default:
		if line.Chat, err = decodeChat(answer, nil, used); err == nil {
			line.Chat.RequestID, line.Chat.Sandbox = used.id, sandbox
		}
	}
	if err != nil && AsError(err) == nil {
		e := used.fail(KindBadBody, err)
		e.Message = oneLine(err.Error(), nil)
		err = e
	}
	return err
}
