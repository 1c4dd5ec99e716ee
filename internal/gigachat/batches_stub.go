package gigachat

import (
	"context"
	"io"
	"iter"
	"time"
)

type BatchMethod string

const (
	BatchChat  BatchMethod = "chat_completions"
	BatchEmbed BatchMethod = "embedder"
)

type Batch struct {
	ID                               string
	Method                           BatchMethod
	Status                           string
	Total, Completed, Failed         int
	OutputFile, ErrorFile, InputFile string
	Created, Updated                 time.Time
	Sandbox                          bool
}

func (b *Batch) Ended() bool     { return false }
func (b *Batch) Succeeded() bool { return false }
func (c *Client) CreateBatch(ctx context.Context, m BatchMethod, lines []byte, timeout time.Duration) (*Batch, error) {
	return nil, nil
}
func (c *Client) Batch(ctx context.Context, id string) (*Batch, error) { return nil, nil }
func (c *Client) Batches(ctx context.Context) ([]Batch, error)         { return nil, nil }

type Embedding struct {
	Index        int
	Vector       []byte
	PromptTokens int
}
type EmbeddingResponse struct {
	Embeddings []Embedding
	Model      string
	RequestID  string
	Sandbox    bool
}
type BatchLine struct {
	ID        string
	Chat      *ChatResponse
	Embedding *EmbeddingResponse
	Err       *Error
	Raw       []byte
}

func ReadBatchLines(r io.Reader, m BatchMethod, sandbox bool) iter.Seq2[BatchLine, error] { return nil }
