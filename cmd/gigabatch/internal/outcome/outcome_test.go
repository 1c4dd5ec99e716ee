package outcome

import (
	"strings"
	"syscall"
	"testing"

	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

func mustRules(t *testing.T, texts ...string) Rules {
	t.Helper()
	rules, err := ParseRules(texts)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// TestOfRows checks the exit codes of runs that wrote their output.
func TestOfRows(t *testing.T) {
	t.Parallel()
	failed := func(n int) map[task.Cause]int { return map[task.Cause]int{task.CauseRejected: n} }
	tests := []struct {
		sum   task.Summary
		sig   syscall.Signal
		rules []string
		fast  bool
		want  int
	}{
		{sum: task.Summary{Tally: task.Tally{Completed: 2}}, want: OK},
		{sum: task.Summary{Tally: task.Tally{Completed: 1, Blocked: 1}}, want: SomeRows},
		{sum: task.Summary{Tally: task.Tally{Failed: failed(1)}}, want: SomeRows},
		{sum: task.Summary{Tally: task.Tally{Pending: 1}, Interrupted: true}, sig: syscall.SIGINT, want: 130},
		{sum: task.Summary{Tally: task.Tally{Pending: 1, Blocked: 1}, Interrupted: true}, sig: syscall.SIGTERM, want: 143},
		{sum: task.Summary{Tally: task.Tally{Pending: 1, Blocked: 1}, Interrupted: true}, sig: syscall.SIGHUP, want: 129},
		{sum: task.Summary{Tally: task.Tally{Pending: 1, Blocked: 1}, Interrupted: true}, sig: syscall.SIGINT, fast: true, want: SomeRows},
		{sum: task.Summary{Tally: task.Tally{Completed: 2}, Interrupted: true}, sig: syscall.SIGINT, want: OK},
		{sum: task.Summary{Tally: task.Tally{Pending: 1}, Rounds: task.Rounds{Growing: true}}, want: OK},
		{sum: task.Summary{Tally: task.Tally{Pending: 2, Blocked: 1}, Rounds: task.Rounds{Growing: true}}, want: SomeRows},
		{sum: task.Summary{Tally: task.Tally{Rows: 100, Failed: failed(5)}}, rules: []string{"failed>5%"}, want: OK},
		{sum: task.Summary{Tally: task.Tally{Rows: 100, Failed: failed(6)}}, rules: []string{"failed>5%"}, want: SomeRows},
		{sum: task.Summary{Tally: task.Tally{Rows: 100, Blocked: 100}}, rules: []string{"failed>5%"}, want: OK},
		{sum: task.Summary{Tally: task.Tally{Rows: 100, Failed: failed(5), Blocked: 1}}, rules: []string{"failed>5%", "blocked>0"}, want: SomeRows},
		{sum: task.Summary{}, rules: []string{"rows=0"}, want: SomeRows},
		{sum: task.Summary{Tally: task.Tally{Pending: 1}, Work: task.Work{Batched: task.Batched{Refused: 1}}}, rules: []string{"failed>0"}, want: SomeRows},
	}
	for _, tt := range tests {
		if got := OfRows(&tt.sum, tt.sig, mustRules(t, tt.rules...), tt.fast); got != tt.want {
			t.Errorf("%+v, %q: exit code %d, want %d", tt.sum, tt.rules, got, tt.want)
		}
	}
}

// TestRulesAreExact compares at the border, where a division in floating point would be wrong.
func TestRulesAreExact(t *testing.T) {
	t.Parallel()
	rows := func(rows, failed int) *Figures {
		return &Figures{Tally: task.Tally{Rows: rows, Failed: map[task.Cause]int{task.CauseServer: failed}}}
	}
	spent := func(amount cost.Amount) *Figures { return &Figures{Spent: cost.Spent{Cost: amount}} }
	tests := []struct {
		rule string
		f    *Figures
		want bool
	}{
		{"failed>5%", rows(20, 1), false}, {"failed>=5%", rows(20, 1), true}, {"failed>4.99%", rows(20, 1), true}, {"failed=5%", rows(20, 1), true},
		{"failed>5%", rows(1_000_000, 50_000), false}, {"failed>5%", rows(1_000_000, 50_001), true},
		{"failed>0.1%", rows(3000, 3), false}, {"failed>0,1%", rows(3000, 4), true}, {"failed > 33.3 %", rows(3, 1), true}, {"failed<33.4%", rows(3, 1), true},
		{"failed>0%", rows(0, 0), false}, {"failed>=0%", rows(0, 0), true}, {"failed!=0", rows(9, 1), true}, {"failed==1", rows(9, 1), true},
		{"rows=0", rows(0, 0), true}, {"rows<10", rows(10, 0), false}, {"rows<=10", rows(10, 0), true},
		{"cost>300", spent(300 * cost.Ruble), false}, {"cost>300", spent(300*cost.Ruble + 1), true}, {"cost>0.1", spent(cost.Ruble / 10), false},
		{"cost>=0.000000001", spent(1), true},
	}
	for _, tt := range tests {
		if got := mustRules(t, tt.rule)[0].Holds(tt.f); got != tt.want {
			t.Errorf("%s of %+v is %v", tt.rule, tt.f, got)
		}
	}
}

func TestWrongRules(t *testing.T) {
	t.Parallel()
	for text, hint := range map[string]string{
		"failed": "such as", "failed>": "such as", ">5": "such as", "failed>5%%": "such as", "failed>-1": "such as", "failed=>5": "such as",
		"faild>5": "did you mean failed?", "colour>5": "the figures are", "cost>5%": "compare it with a number", "": "such as",
	} {
		_, err := ParseRules([]string{text})
		wrong, ok := err.(*spec.UsageError)
		if !ok || !strings.Contains(wrong.Hint.String(), hint) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestDoomed checks that a run is stopped early only if nothing that is still to come can make its end good.
func TestDoomed(t *testing.T) {
	t.Parallel()
	of := func(cause task.Cause, n int) task.Tally {
		return task.Tally{Rows: 10, Failed: map[task.Cause]int{cause: n}}
	}
	tests := []struct {
		rules []string
		tally task.Tally
		want  bool
	}{
		{nil, task.Tally{Rows: 10, Pending: 9}, false}, {nil, of(task.CauseRejected, 1), true}, {nil, of(task.CauseServer, 9), false},
		{nil, task.Tally{Rows: 10, Blocked: 1}, true},
		{[]string{"failed>10%"}, of(task.CauseRejected, 1), false}, {[]string{"failed>10%"}, of(task.CauseRejected, 2), true},
		{[]string{"failed=1"}, of(task.CauseRejected, 1), false}, {[]string{"completed<5", "pending>0"}, task.Tally{Rows: 10, Pending: 9}, false},
		{[]string{"blocked>0"}, of(task.CauseRejected, 9), false},
	}
	for _, tt := range tests {
		if got := mustRules(t, tt.rules...).Doomed(&Figures{Tally: tt.tally}); got != tt.want {
			t.Errorf("%q, %+v: %v", tt.rules, tt.tally, got)
		}
	}
}

// TestConclude checks what is to be done after each kind of end.
func TestConclude(t *testing.T) {
	t.Parallel()
	summary := func(t task.Tally) *task.Summary { return &task.Summary{Tally: t} }
	tests := []struct {
		f    Final
		code int
		kind Kind
		next string
	}{
		{Final{Summary: summary(task.Tally{Completed: 3})}, OK, Completed, ""},
		{Final{Summary: summary(task.Tally{Pending: 3})}, OK, Waiting, "run_again"},
		{Final{Told: Told{Because: SkippedNoKey}}, OK, Skipped, "set_key"},
		{Final{Told: Told{Because: SkippedLocked}}, OK, Skipped, "wait"},
		{Final{}, Locked, Busy, "wait"},
		{Final{}, Usage, Wrong, "fix"},
		{Final{Summary: summary(task.Tally{Pending: 1})}, Failed, Broken, "fix run_again"},
		{Final{Summary: summary(task.Tally{Pending: 1})}, Limit, Limited, "raise_limit run_again"},
		{Final{Summary: summary(task.Tally{Pending: 1})}, 143, Stopped, "run_again"},
		{Final{Summary: summary(task.Tally{Failed: map[task.Cause]int{task.CauseServer: 1, task.CauseRejected: 2, task.CauseTooLong: 1}, Waiting: 3, Blocked: 1, Truncated: 1, Invalid: 4})},
			SomeRows, RowsBad, "run_again retry_failed split repair change_prompt raise_max_tokens"},
	}
	for _, tt := range tests {
		tt.f.Conclude(tt.code)
		var next []string
		for _, s := range tt.f.Next {
			next = append(next, s.Action)
		}
		if got := strings.Join(next, " "); tt.f.Outcome != tt.kind || got != tt.next || tt.f.Next == nil {
			t.Errorf("code %d: %s, %s; want %s, %s", tt.code, tt.f.Outcome, got, tt.kind, tt.next)
		}
	}
}
