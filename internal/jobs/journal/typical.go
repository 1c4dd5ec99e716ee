package journal

import (
	"time"

	"gigabatch/internal/jobs/task"
)

// Typical is what the newest answers of a journal took on average.
type Typical struct {
	Answers          int // that were looked at; 0 where there is none
	PromptTokens     float64
	CompletionTokens float64
	Latency          time.Duration
}

const maxTypical = 50

// Typical looks at the newest completed results.
func (j *Journal) Typical(sandbox bool) (t Typical, err error) {
	x := &j.index[origin(sandbox)]
	var buf []byte
	var r *task.Result
	var latency time.Duration
	for i := x.n; i > 0 && t.Answers < maxTypical; i-- {
		at := x.at(i - 1).place()
		if at.State != task.Completed {
			continue
		}
		if r, buf, err = j.ReadResult(at, buf); err != nil {
			return t, err
		}
		t.Answers++
		t.PromptTokens += float64(r.Usage.PromptTokens)
		t.CompletionTokens += float64(r.Usage.CompletionTokens)
		latency += r.Latency
	}
	if n := float64(t.Answers); n > 0 {
		t.PromptTokens, t.CompletionTokens, t.Latency = t.PromptTokens/n, t.CompletionTokens/n, latency/time.Duration(t.Answers)
	}
	return t, nil
}
