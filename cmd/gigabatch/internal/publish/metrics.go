package publish

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"

	"gigabatch/internal/jobs/report"
	"gigabatch/internal/jobs/task"
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

// WriteWorkers replaces what a file of metrics says about the workers of the run in progress. The other metrics stay; at the end of the run,
// WriteMetrics writes the file without workers.
func WriteWorkers(name, input string, sandbox bool, workers []task.Sharer) error {
	families, err := familiesOf(name)
	if err != nil {
		return unwritable(name, err)
	}
	all := prometheus.NewRegistry()
	for _, s := range perProcess(workers) {
		label := prometheus.Labels{"input": strings.ToValidUTF8(input, "\uFFFD"), "sandbox": strconv.FormatBool(sandbox), "host": strings.ToValidUTF8(s.Host, "\uFFFD"), "worker": s.ID()}
		gauge := func(name, help string, value float64, labels ...string) {
			set(all, workerPrefix+name, help, prometheus.GaugeValue, label, value, labels...)
		}
		gauge("info", "A worker of the run in progress, with its version; always 1.", 1, "version", strings.ToValidUTF8(s.Version, "\uFFFD"))
		gauge("in_flight", "Requests that a worker has in flight.", float64(s.InFlight))
		gauge("answers_per_minute", "Answers of a worker a minute, over the last half minute.", float64(s.Rate))
		gauge("last_seen_timestamp_seconds", "When a worker was heard of last, in Unix time.", float64(s.Seen.UnixMilli())/1000)
	}
	made, err := all.Gather()
	if err != nil {
		return unwritable(name, err)
	}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), workerPrefix) {
			made = append(made, f)
		}
	}
	slices.SortFunc(made, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
	if err := prometheus.WriteToTextfile(name, prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return made, nil })); err != nil {
		return unwritable(name, err)
	}
	return nil
}

// perProcess returns the workers among sharers, each once. A container that was started again has the name of the one before, which is listed
// until it counts as ended: they are one, as it was heard of last.
func perProcess(sharers []task.Sharer) (workers []task.Sharer) {
	for _, s := range sharers {
		i := slices.IndexFunc(workers, func(w task.Sharer) bool { return w.ID() == s.ID() })
		switch {
		case s.Seen.IsZero(): // another process with the same key
		case i < 0:
			workers = append(workers, s)
		default:
			w := &workers[i]
			s.InFlight, s.Rate = s.InFlight+w.InFlight, s.Rate+w.Rate
			if w.Seen.After(s.Seen) {
				s.Seen, s.Version = w.Seen, w.Version
			}
			*w = s
		}
	}
	return workers
}

const workerPrefix = "gigabatch_worker_"

// Follow calls write now and every few seconds, until it fails or stop is called, which returns its error.
func Follow(write func() error) (stop func() error) {
	ended := make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		tick := time.NewTicker(5 * time.Second)
		defer tick.Stop()
		for {
			if err := write(); err != nil {
				return err
			}
			select {
			case <-tick.C:
			case <-ended:
				return nil
			}
		}
	})
	return func() error { close(ended); return g.Wait() }
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

// familiesOf reads a file of metrics. One that is not there has none.
func familiesOf(name string) (map[string]*dto.MetricFamily, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	return parser.TextToMetricFamilies(f)
}

// lastSuccess returns the time of the last success in a file of metrics, 0 if it has none.
func lastSuccess(name string, label prometheus.Labels) float64 {
	families, err := familiesOf(name)
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
