package merge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gigabatch/internal/gigachat/sandbox"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/journal"
	"gigabatch/internal/jobs/spec"
)

// A shard that connects while a run of the whole input asks pays for nothing that this run has; one that connects after it finds the answers.
func TestWholeRunWhileAShardConnects(t *testing.T) {
	t.Parallel()
	for _, ended := range []bool{false, true} {
		var b strings.Builder
		b.WriteString("prompt\n")
		for i := range 10 {
			fmt.Fprintf(&b, "question %d\n", i)
		}
		g := newRig(t, b.String(), spec.Settings{Column: column("completion", "{{prompt}}")}, sandbox.Options{})
		g.settings.Limit = 4
		g.run(t, "")
		g.settings.Limit = 0
		whole := make(chan error, 1)
		asks, goOn := make(chan struct{}), make(chan struct{})
		_, err := g.job("1/1", func(j *jobs.Job) {
			connect := j.Connect
			j.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
				go func() {
					_, err := g.job("", func(j *jobs.Job) {
						connect := j.Connect
						j.Connect = func(ctx context.Context, models []string) (*jobs.Service, error) {
							close(asks)
							if !ended {
								<-goOn
							}
							return connect(ctx, models)
						}
					}).Run(context.Background(), nil)
					whole <- err
				}()
				if <-asks; ended {
					err := <-whole
					whole <- err
				}
				return connect(ctx, models)
			}
		}).Run(t.Context(), nil)
		close(goOn)
		if wholeErr := <-whole; wholeErr != nil {
			t.Errorf("the whole run: %v", wholeErr)
		}
		if locked := errors.As(err, new(*journal.LockedError)); locked == ended || ended && err != nil {
			t.Errorf("ended %t: the shard: %v", ended, err)
		}
		if n := g.billed(); n != 10 {
			t.Errorf("ended %t: %d billed for 10 rows", ended, n)
		}
	}
}
