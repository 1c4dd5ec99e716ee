package pool

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs/task"
)

// TestHeals checks that no row fails because of faults that pass, whatever their kind and share, and that little time is lost once they have
// passed. Rows that failed are asked again in rounds, as package jobs does.
func TestHeals(t *testing.T) {
	t.Parallel()
	const (
		rows    = 320
		ill     = 15 * time.Second
		streams = 10
		latency = 500 * time.Millisecond
	)
	var faults []sandbox.Fault
	for _, kind := range sandbox.FaultKinds(sandbox.AtChat) {
		variant := strings.HasSuffix(string(kind), "-html") || strings.HasSuffix(string(kind), "-in-200")
		if classOf(kind).out && (!variant || kind == "502-html" || kind == "429-in-200" || kind == "503-in-200") {
			faults = append(faults, sandbox.Fault{Kind: kind})
		}
	}
	faults = append(faults, sandbox.Fault{Kind: "401"}, sandbox.Fault{Kind: sandbox.Revoked}, sandbox.Fault{Kind: sandbox.Slow, For: 10 * time.Second})
	for _, kind := range []sandbox.FaultKind{"429", "500", "503-html", sandbox.ResetBefore, sandbox.Truncated, sandbox.NotJSON, sandbox.Hang} {
		faults = append(faults, sandbox.Fault{Kind: kind, At: sandbox.AtOAuth})
	}
	for _, f := range faults {
		name := string(f.At) + string(f.Kind)
		shares := []float64{1, 0.5, 0.2}
		if testing.Short() {
			shares = shares[:2]
		}
		for _, share := range shares {
			if share == 1 && f.At == sandbox.AtChat && (f.Kind == "401" || f.Kind == sandbox.Revoked) {
				continue // this means that the key is not good
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					f.Rate, f.To = share, ill
					o := sandbox.Options{Streams: streams, Latency: latency, Faults: []sandbox.Fault{f}, TokenLife: 20 * time.Second}
					s, client, end := inSandbox(o)
					defer end()
					k := keeper(t)
					p := &Pool{Ask: client.ChatJSON, Timeout: 2 * time.Second, Limits: task.Limits{Concurrency: streams}, Counters: &Counters{}}
					tasks := slices.Collect(func(yield func(task.Task) bool) {
						for task := range tasksOf(rows) {
							if !yield(task) {
								return
							}
						}
					})
					began, done := time.Now(), 0
					var healed atomic.Int64 // rows with an answer when the faults ended
					time.AfterFunc(ill, func() { healed.Store(int64(k.count(task.Completed, ""))) })
					for answers := true; answers && len(tasks) > 0; answers = k.count(task.Completed, "") > done {
						done = k.count(task.Completed, "")
						err := p.Execute(t.Context(), nil, func(yield func(task.Task, error) bool) {
							for _, task := range tasks {
								if !yield(task, nil) {
									return
								}
							}
						}, k.record)
						if err != nil {
							t.Fatalf("%s at %.0f %%: %v", name, 100*share, err)
						}
						tasks = slices.DeleteFunc(tasks, func(job task.Task) bool {
							r := k.results[job.Key]
							if r.State == task.Failed && r.Cause.Passing() {
								delete(k.results, job.Key)
								return false
							}
							return true
						})
					}
					k.wantAll(rows, task.Completed, "")
					left := rows - healed.Load()
					lost := time.Since(began) - ill - time.Duration(left)*latency/streams
					t.Logf("%s at %.0f %%: %d rows after the faults, %v lost, %d billed", name, 100*share, left, lost, s.Counts().Billed)
					if time.Since(began) > ill && lost > 5*time.Second {
						t.Errorf("%s at %.0f %%: lost %v", name, 100*share, lost)
					}
				})
			})
		}
	}
}
