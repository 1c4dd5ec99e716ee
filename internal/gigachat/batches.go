package gigachat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// BatchMethod says what the requests of a batch are.
type BatchMethod string

// The methods of the API: bodies of POST /chat/completions and of POST /embeddings.
const (
	BatchChat  BatchMethod = "chat_completions"
	BatchEmbed BatchMethod = "embedder"
)

// op names the operation of one request of a batch, as in an [Error].
func (m BatchMethod) op() string {
	if m == BatchEmbed {
		return "embeddings"
	}
	return "chat"
}

// Batch is a batch at the service. A field that the service did not report is zero; ID is always set.
type Batch struct {
	ID     string
	Method BatchMethod
	Status string // as the service says it: created, in_progress, completed; others are not documented

	Total, Completed, Failed int // requests; the service counts Total only once it has checked the file

	OutputFile string // the id of the file with the results, for [Client.FileContent]
	ErrorFile  string // the id of a file with the errors, if they are apart
	InputFile  string

	Created, Updated time.Time
	Sandbox          bool // a sandbox answered, not the API
}

// endings are the statuses of a batch that does not go on; those that are true are of one that is completed. Only "completed" is
// documented, the others are those of similar services.
var endings = map[string]bool{
	"completed": true, "complete": true, "succeeded": true, "success": true, "done": true, "finished": true,
	"failed": false, "failure": false, "error": false, "errored": false, "expired": false, "cancelled": false, "canceled": false,
	"rejected": false, "aborted": false, "deleted": false, "timeout": false, "timed_out": false,
}

// Ended reports whether the batch does not go on. An unknown status is not an end.
func (b *Batch) Ended() bool {
	_, ended := endings[b.word()]
	return ended
}

// Succeeded reports whether the service has completed the batch. Some of its requests may have failed.
func (b *Batch) Succeeded() bool { return endings[b.word()] }

func (b *Batch) word() string { return strings.ToLower(strings.TrimSpace(b.Status)) }

// CreateBatch posts a batch (POST /batches). lines are JSON lines {"id":…,"request":…} with ids that differ. They must not be changed
// before CreateBatch returns. A timeout of 0 means the client's Timeout.
//
// There is no idempotency key: the service takes the same lines twice. The error is an [*Error], and Sent is true in it if the batch may
// have been created, because the answer was lost, has no id, or is of KindServer.
func (c *Client) CreateBatch(ctx context.Context, m BatchMethod, lines []byte, timeout time.Duration) (*Batch, error) {
	if !bytes.HasSuffix(lines, []byte("\n")) {
		lines = slices.Concat(lines, []byte("\n"))
	}
	x := exchange{
		op: "batches", method: http.MethodPost, path: "/batches?method=" + url.QueryEscape(string(m)),
		body: lines, contentType: "application/octet-stream", timeout: timeout,
	}
	b, err := receive(ctx, c, x, func(body []byte, resp *http.Response, used *call) (*Batch, error) {
		list, err := decodeBatches(body, resp, used)
		switch {
		case err != nil:
			return nil, err
		case len(list) != 1:
			return nil, errors.New("the answer has no id of the batch")
		}
		return &list[0], nil
	})
	if e := AsError(err); e != nil && e.Kind == KindServer && !e.Sent {
		sent := *e
		sent.Sent = true
		return nil, &sent
	}
	return b, err
}

// Batch describes a batch (GET /batches?batch_id=). A batch that the service does not know is an [*Error] of KindNotFound; it may be a new
// one.
func (c *Client) Batch(ctx context.Context, id string) (*Batch, error) {
	x := aboutBatches("?batch_id=" + url.QueryEscape(id))
	return receive(ctx, c, x, func(body []byte, resp *http.Response, used *call) (*Batch, error) {
		list, err := decodeBatches(body, resp, used)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(list, func(b Batch) bool { return b.ID == id })
		if i < 0 {
			e := used.fail(KindNotFound, nil)
			e.Status, e.Message = resp.StatusCode, oneLine(fmt.Sprintf("the answer has no batch %s", id), used.secrets)
			return nil, e
		}
		return &list[i], nil
	})
}

// Batches lists the batches of the account (GET /batches). Entries without an id are left out.
func (c *Client) Batches(ctx context.Context) ([]Batch, error) {
	return receive(ctx, c, aboutBatches(""), decodeBatches)
}

// aboutBatches returns an exchange about batches. The description of the API requires the type of a body that GET does not have.
func aboutBatches(query string) exchange {
	x := exchange{op: "batches", method: http.MethodGet, path: "/batches" + query, free: true, rare: query != ""}
	x.contentType = "application/json"
	return x
}

// decodeBatches reads a list of batches in all forms that are known: a bare list (so do the official clients), a list under "batches" (so
// does the description of the API) or "data" (so do other clients), and a single batch.
func decodeBatches(body []byte, resp *http.Response, used *call) ([]Batch, error) {
	raw, err := listOfBatches(body)
	if err != nil {
		if e := used.named(body, resp.Header); e != nil {
			return nil, e
		}
		return nil, err
	}
	list := make([]Batch, 0, len(raw))
	for _, one := range raw {
		if b := decodeBatch(one); b.ID != "" {
			b.Sandbox = isSandbox(resp)
			list = append(list, b)
		}
	}
	return list, nil
}

func listOfBatches(body []byte) (list []json.RawMessage, err error) {
	if !isObject(body) {
		if err := json.Unmarshal(body, &list); err != nil {
			return nil, fmt.Errorf("unexpected list of batches: %w", err)
		}
		return list, nil
	}
	var b struct{ ID, Batches, Data json.RawMessage }
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("unexpected answer about batches: %w", err)
	}
	switch {
	case valueText(b.ID) != "":
		return []json.RawMessage{body}, nil
	case b.Batches != nil:
		return listOfBatches(b.Batches)
	case b.Data != nil:
		return listOfBatches(b.Data)
	}
	return nil, errors.New("the answer has no batches")
}

// decodeBatch reads leniently, because only the id is required.
func decodeBatch(raw json.RawMessage) Batch {
	var b struct {
		ID         json.RawMessage `json:"id"`
		Method     json.RawMessage `json:"method"`
		Status     json.RawMessage `json:"status"`
		Counts     json.RawMessage `json:"request_counts"`
		OutputFile json.RawMessage `json:"output_file_id"`
		ResultFile json.RawMessage `json:"result_file_id"`
		ErrorFile  json.RawMessage `json:"error_file_id"`
		InputFile  json.RawMessage `json:"input_file_id"`
		CreatedAt  json.RawMessage `json:"created_at"`
		UpdatedAt  json.RawMessage `json:"updated_at"`
	}
	var n struct{ Total, Completed, Failed json.RawMessage }
	_ = json.Unmarshal(raw, &b)
	_ = json.Unmarshal(b.Counts, &n)
	count := func(raw json.RawMessage) int { return int(wholeNumber(valueText(raw))) }
	file := valueText(b.OutputFile)
	if file == "" {
		file = valueText(b.ResultFile)
	}
	return Batch{
		ID: valueText(b.ID), Method: BatchMethod(valueText(b.Method)), Status: valueText(b.Status),
		Total: count(n.Total), Completed: count(n.Completed), Failed: count(n.Failed),
		OutputFile: file, ErrorFile: valueText(b.ErrorFile), InputFile: valueText(b.InputFile),
		Created: unixTime(valueText(b.CreatedAt)), Updated: unixTime(valueText(b.UpdatedAt)),
	}
}
