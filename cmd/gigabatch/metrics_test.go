package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	reports "gigabatch/internal/jobs/report"
)

// TestMetricsAreThoseOfTheJournal runs a job several times, with failures, refusals and an interruption by a limit. After each run, the counters in
// the metrics are the sums of the journal, as the report has them.
func TestMetricsAreThoseOfTheJournal(t *testing.T) {
	s := openStand(t, "fault=422=~bad,429=0.1,500=0.1", "seed=3")
	p := newProgram(t, s.env()...)
	rows := "id,prompt\n"
	for i := range 30 {
		rows += string(rune('a'+i%26)) + ",row " + strings.Repeat("x", i) + "\n"
	}
	p.write("q.csv", rows+"31,bad\n32,\n")
	for _, args := range [][]string{
		{"-m", "GigaChat-2-Pro"}, {}, {"--fresh", "--yes", "--max-tokens", "40", "--max-tokens-total", "600"}, {"-p", "Say: {{prompt}}", "--yes"},
	} {
		p.runHere(append([]string{"run", "q.csv", "--metrics-file", "m.prom", "--quiet"}, args...)...)
		made := p.runHere("report", "q.csv", "--format", "json")
		var r reports.Report
		if err := json.Unmarshal([]byte(made.out), &r); err != nil {
			t.Fatal(err, made.errors)
		}
		if r.Traffic.Requests == 0 || r.Spend.Total.Answers == 0 {
			t.Errorf("after run %q, the report has nothing:\n%s", args, made.out)
		}
		f, err := os.Open(p.dir + "/m.prom")
		if err != nil {
			t.Fatal(err)
		}
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err := parser.TextToMetricFamilies(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		value := func(name, label string) (sum float64) {
			for _, m := range families[name].GetMetric() {
				for _, l := range m.GetLabel() {
					if l.GetValue() == label {
						sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
					}
				}
			}
			return sum
		}
		for _, want := range []struct {
			name, label string
			value       float64
		}{
			{"gigabatch_rows", "completed", float64(r.Completed)}, {"gigabatch_rows", "failed", float64(r.FailedRows())}, {"gigabatch_rows", "pending", float64(r.Pending)},
			{"gigabatch_rows", "skipped", float64(r.Skipped)}, {"gigabatch_rows_failed", "rejected", float64(r.Failed["rejected"])},
			{"gigabatch_requests_total", "q.csv", float64(r.Traffic.Requests)}, {"gigabatch_requests_refused_total", "q.csv", float64(r.Traffic.Refused)},
			{"gigabatch_retries_total", "q.csv", float64(r.Traffic.Retries)}, {"gigabatch_tokens_total", "prompt", float64(r.Spend.Total.PromptTokens)},
			{"gigabatch_tokens_total", "completion", float64(r.Spend.Total.CompletionTokens)}, {"gigabatch_cost_rubles_total", "q.csv", r.Spend.Total.Rubles.Rubles()},
			{"gigabatch_answers_total", "q.csv", float64(r.Spend.Total.Answers)}, {"gigabatch_journal_runs", "q.csv", float64(len(r.Runs))},
		} {
			if got := value(want.name, want.label); got != want.value {
				t.Errorf("after run %q, %s of %s is %v, want %v", args, want.name, want.label, got, want.value)
			}
		}
	}
}
