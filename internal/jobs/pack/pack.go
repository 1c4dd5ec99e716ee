package pack

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs/task"
)

// The request for a vector is {"input":["TEXT"],"model":"MODEL"}.
const (
	head = `{"input":[`
	tail = `],"model":` // in a text, the quotes would be escaped
)

// pack is several tasks that are asked with one request.
type pack struct {
	tasks []task.Task
	sent  int // of them, those that count as in flight
}

// asTask returns the task of the pool that asks about the pack.
func (p *pack) asTask() task.Task {
	return task.Task{Key: p.tasks[0].Key, Body: p.body(), Model: p.tasks[0].Model, Way: task.AsVector, Pack: len(p.tasks)}
}

// body returns the request for the vectors of all texts.
func (p *pack) body() []byte {
	b := []byte(head)
	for i, t := range p.tasks {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, textOf(t.Body)...)
	}
	first := p.tasks[0].Body
	return append(b, first[bytes.LastIndex(first, []byte(tail)):]...)
}

// textOf returns the text of a request for one vector, as a JSON string.
func textOf(body []byte) []byte {
	return body[len(head):bytes.LastIndex(body, []byte(tail))]
}

// fewestChars is how many characters a token has at least in most languages. A pack must not be too long for the model.
const fewestChars = 3

// tokensOf returns how many tokens the text of a request has at most, by its length.
func tokensOf(body []byte) int { return utf8.RuneCount(textOf(body))/fewestChars + 1 }

// halves returns two packs with the tasks of p, which has at least two.
func (p *pack) halves() []*pack {
	half := len(p.tasks) / 2
	return []*pack{{tasks: p.tasks[:half:half]}, {tasks: p.tasks[half:]}}
}

// vector is what an answer says of one text.
type vector struct {
	json   string
	tokens int
}

// The pool hands the completion of a pack from the answer to the result. It has a line for each vector: index, tokens, JSON.

// completionOf returns the completion of a pack.
func completionOf(all []gigachat.Embedding) string {
	size := 0
	for _, e := range all {
		size += len(e.Vector) + len("99 99999 \n")
	}
	var b strings.Builder
	b.Grow(size)
	for _, e := range all {
		b.WriteString(strconv.Itoa(e.Index))
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(e.PromptTokens))
		b.WriteByte(' ')
		b.Write(e.Vector)
		b.WriteByte('\n')
	}
	return b.String()
}

// vectorsOf returns the n vectors of a completion. One without JSON is missing.
func vectorsOf(completion string, n int) []vector {
	all := make([]vector, n)
	for line := range strings.Lines(completion) {
		index, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		tokens, json, _ := strings.Cut(rest, " ")
		i, err := strconv.Atoi(index)
		if err != nil || i < 0 || i >= n {
			continue // nobody asked for it
		}
		all[i].json = json
		all[i].tokens, _ = strconv.Atoi(tokens)
	}
	return all
}
