// Package task has the types that all packages of a job share: a task and its key, its result, the states and causes of results, and their
// counts. They are plain values, independent of files, rows and requests.
package task

import (
	"context"
	"encoding/hex"
	"iter"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/messages"
)

// Task is one distinct request to be completed.
type Task struct {
	Key  Key
	Body []byte // the request as canonical JSON, with placeholders for attached files

	Attachments []Attachment
	Model       string
	Way         Way

	Pack     int    // tasks that a request asks about at once; 0 for one
	Fallback string // the model that takes the place of Model if its package is used up; may be empty
}

// Way is how a request asks for its completion.
type Way int

// The ways, the best first. Not every model supports all of them.
const (
	Freely     Way = iota // any form is allowed
	ByFormat              // response_format
	ByFunction            // function call
	ByWords               // instructions in the prompt
	AsVector              // by no form: the completion is the vector of the prompt
)

// Attachment is a file that is sent with a request.
type Attachment struct {
	Path string // as given by the user or the cell
	Own  bool   // given by the user, so it may be anywhere
	Name string // base name
	Kind gigachat.FileType
	Size int64    // in bytes
	Hash [32]byte // SHA-256 of its content
}

// hashMark is the prefix of every placeholder.
const hashMark = "sha256:"

// Placeholder returns the hash of the content. In a request it takes the place of the id of the stored file.
func (a *Attachment) Placeholder() string { return hashMark + hex.EncodeToString(a.Hash[:]) }

// ErrKept is the error of a result that was recorded although the run cannot go on.
var ErrKept = messages.Errorf("the result is kept, but the run cannot go on")

// Executor completes tasks.
//
// Execute waits for a free slot, then takes a task, until the sequence ends or drain is closed. It calls record at most once per task, in
// any order and from any goroutine. A task without a record stays pending. A task that cannot be completed has a Result; the error returned
// by Execute ends the run. An error of record that is an ErrKept ends it, too, but the results of requests under way are still recorded.
type Executor interface {
	Execute(ctx context.Context, drain <-chan struct{}, tasks iter.Seq2[Task, error], record func(Result) error) error
}

// Closed reports whether a channel that only closes, such as a drain, is closed.
func Closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
