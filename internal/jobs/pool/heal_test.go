package pool

import (
	"fmt"
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
		shares := []float64{0.5, 1, 0.2}
		if testing.Short() {
			shares = shares[:2]
		}
		if raced {
			shares = shares[:1]
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
					most := 5 * time.Second
					if share == 0.5 && strings.HasPrefix(string(f.Kind), "429") && f.At == sandbox.AtChat {
						most = 15 * time.Second // single runs; see TestHealsFromRefusals
					}
					if time.Since(began) > ill && lost > most {
						t.Errorf("%s at %.0f %%: lost %v", name, 100*share, lost)
					}
				})
			})
		}
	}
}

// TestHealsFromRefusals checks that a limiter which could not tell what half of all requests were refused for soon finds out that they no
// longer are. Single runs lose more: their false limits are raised one by one.
func TestHealsFromRefusals(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("a median of many runs; TestHeals has the same requests under the race detector")
	}
	const rows, streams, latency, ill = 1200, 10, 500 * time.Millisecond, 30 * time.Second
	for _, share := range []float64{.2, .35, .5} {
		t.Run(fmt.Sprint(share), func(t *testing.T) {
			t.Parallel()
			var all []time.Duration
			for seed := range uint64(15) {
				synctest.Test(t, func(t *testing.T) {
					refusals := sandbox.Fault{Kind: "429", Rate: share, To: ill}
					_, client, end := inSandbox(sandbox.Options{Streams: streams, Latency: latency, Faults: []sandbox.Fault{refusals}, Seed: seed + 1})
					defer end()
					k := keeper(t)
					p := &Pool{Ask: client.ChatJSON, Timeout: 2 * time.Second, Limits: task.Limits{Concurrency: streams}, Counters: &Counters{}}
					began := time.Now()
					var healed atomic.Int64
					time.AfterFunc(ill, func() { healed.Store(int64(k.count(task.Completed, ""))) })
					if err := p.Execute(t.Context(), nil, tasksOf(rows), k.record); err != nil {
						t.Fatal(err)
					}
					k.wantAll(rows, task.Completed, "")
					all = append(all, time.Since(began)-ill-time.Duration(rows-healed.Load())*latency/streams)
				})
			}
			slices.Sort(all)
			t.Logf("lost %v", all)
			if median := all[len(all)/2]; median > 3*time.Second {
				t.Errorf("lost %v in the median", median)
			}
		})
	}
}
