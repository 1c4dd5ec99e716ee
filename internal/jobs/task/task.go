// Package task has the words that all packages of a job share: a task and its key, its result, the states and causes of results, and the
// counts that are made of them. They are plain values, which know no files, rows or requests.
package task

import (
	"context"
	"encoding/hex"
	"iter"

	"gigabatch/internal/gigachat"
)

// Task is one distinct request to be completed.
type Task struct {
	Key  Key
	Body []byte // the request as canonical JSON; attached files stand in it by their placeholders

	Attachments []Attachment
	Model       string
	Way         Way
}

// Way is how a request asks for the form that its completion must have.
type Way int

// The ways, the best first. Not every model takes each of them.
const (
	Freely     Way = iota // the completion may have any form
	ByFormat              // response_format
	ByFunction            // a call of a function
	ByWords               // instructions in the prompt
)

// Attachment is a file that goes with a request.
type Attachment struct {
	Path string // as the user or the cell names it
	Own  bool   // the user named it, so that it may lie anywhere
	Name string // base name
	Kind gigachat.FileType
	Size int64    // in bytes
	Hash [32]byte // SHA-256 of its content
}

// hashMark begins every placeholder.
const hashMark = "sha256:"

// Placeholder is the hash of the content. It stands in a request where the id of the stored file will be.
func (a *Attachment) Placeholder() string { return hashMark + hex.EncodeToString(a.Hash[:]) }

// Executor completes tasks.
//
// Execute takes a slot, then pulls a task, until the sequence ends or drain is closed. It calls record at most once for each task, in any
// order and from any goroutine. A task without a record stays pending. A task that cannot be completed has a Result; the error that Execute
// returns is one that ends the run.
type Executor interface {
	Execute(ctx context.Context, drain <-chan struct{}, tasks iter.Seq2[Task, error], record func(Result) error) error
}
