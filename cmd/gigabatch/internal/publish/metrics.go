package publish

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"gigabatch/internal/jobs/report"
)

// Ended is how a run ended, for metrics.
type Ended struct {
	Input   string
	Code    int
	At      time.Time
	Elapsed time.Duration
	Version string
	Sandbox bool // nothing was paid
}

const successName = "gigabatch_last_success_timestamp_seconds"

// WriteMetrics writes the metrics of a run to a file in the text format of Prometheus, as the textfile collector of node_exporter reads it.
// The counters are those of the journal over all its runs; r is nil if there is no journal. The file is replaced at once and whole. The time
// of the last success is kept from the file that is replaced.
func WriteMetrics(name string, e Ended, r *report.Report) error {
	e.Input = strings.ToValidUTF8(e.Input, "\uFFFD")
	all := prometheus.NewRegistry()
	label := prometheus.Labels{"input": e.Input, "sandbox": strconv.FormatBool(e.Sandbox)}
	gauge := func(name, help string, value float64, labels ...string) {
		set(all, name, help, prometheus.GaugeValue, label, value, labels...)
	}
	count := func(name, help string, value float64, labels ...string) {
		set(all, name, help, prometheus.CounterValue, label, value, labels...)
	}
	success := lastSuccess(name, label)
	if e.Code == 0 {
		success = float64(e.At.Unix())
	}
	gauge("gigabatch_build_info", "The version of gigabatch; always 1.", 1, "version", e.Version)
	gauge("gigabatch_last_run_exit_code", "Exit code of the last run.", float64(e.Code))
	gauge("gigabatch_last_run_timestamp_seconds", "When the last run ended, in Unix time.", float64(e.At.Unix()))
	gauge("gigabatch_last_run_duration_seconds", "How long the last run took.", e.Elapsed.Seconds())
	if success > 0 {
		gauge(successName, "When a run last ended with exit code 0, in Unix time.", success)
	}
	if r != nil {
		for state, n := range map[string]int{
			"completed": r.Completed, "failed": r.FailedRows(), "blocked": r.Blocked, "skipped": r.Skipped, "pending": r.Pending,
		} {
			gauge("gigabatch_rows", "Rows by state, as the last run selected them.", float64(n), "state", state)
		}
		for cause, n := range r.Failed {
			gauge("gigabatch_rows_failed", "Failed rows by cause.", float64(n), "cause", string(cause))
		}
		gauge("gigabatch_rows_truncated", "Rows whose answer was cut off at the token limit.", float64(len(r.Cut)))
		gauge("gigabatch_journal_runs", "Runs of the journal.", float64(len(r.Runs)))
		count("gigabatch_answers_total", "Answers received, over all runs.", float64(r.Spend.Total.Answers))
		count("gigabatch_requests_total", "Requests sent, with retries, over all runs.", float64(r.Traffic.Requests))
		count("gigabatch_requests_refused_total", "Requests refused with 429, over all runs.", float64(r.Traffic.Refused))
		count("gigabatch_retries_total", "Attempts after the first, over all runs.", float64(r.Traffic.Retries))
		for kind, n := range map[string]int64{
			"prompt": r.Spend.Total.PromptTokens, "completion": r.Spend.Total.CompletionTokens, "cached": r.Spend.Total.CachedTokens,
		} {
			count("gigabatch_tokens_total", "Tokens by kind, over all runs; cached ones are among those of the prompts.", float64(n), "kind", kind)
		}
		count("gigabatch_cost_rubles_total", "Estimated cost in rubles, over all runs.", r.Spend.Total.Rubles.Rubles())
		gauge("gigabatch_may_have_been_paid_twice", "Answers that were lost and may have been paid for, over all runs.", float64(r.PaidTwice))
		gauge("gigabatch_open_batches", "Batches whose answers are not collected.", float64(len(r.Batches)))
	}
	if err := prometheus.WriteToTextfile(name, all); err != nil {
		return unwritable(name, err)
	}
	return nil
}

// set adds a metric with a value and one more label, if any.
func set(all *prometheus.Registry, name, help string, kind prometheus.ValueType, label prometheus.Labels, value float64, labels ...string) {
	with := prometheus.Labels{}
	for k, v := range label {
		with[k] = v
	}
	for i := 0; i+1 < len(labels); i += 2 {
		with[labels[i]] = labels[i+1]
	}
	all.MustRegister(constant{prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, with), kind, value)})
}

// constant is a collector of one metric.
type constant struct{ prometheus.Metric }

func (c constant) Describe(to chan<- *prometheus.Desc) { to <- c.Desc() }
func (c constant) Collect(to chan<- prometheus.Metric) { to <- c.Metric }

// lastSuccess returns the time of the last success in a file of metrics, 0 if it has none.
func lastSuccess(name string, label prometheus.Labels) float64 {
	f, err := os.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(f)
	if err != nil {
		return 0
	}
	for _, m := range families[successName].GetMetric() {
		same := true
		for _, l := range m.GetLabel() {
			same = same && label[l.GetName()] == l.GetValue()
		}
		if same {
			return m.GetGauge().GetValue()
		}
	}
	return 0
}
