package settings

import (
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// Limits returns the limits that the flags set.
func Limits(c *cli.Context) (limits task.Limits, err error) {
	limits = task.Limits{
		RPM: c.Int("rpm"), TPM: c.Int("tpm"), MaxAttempts: c.Int("max-attempts"), MaxRounds: c.Int("max-rounds"),
		Grace: flags.Duration(c, "grace"), MaxOutage: flags.Duration(c, "max-outage"), KeepGoing: c.Bool("keep-going"),
		MaxTime: flags.Duration(c, "max-time"), Budget: cost.Budget{Tokens: int64(c.Int("max-tokens-total"))}, Pack: c.Int("pack"),
	}
	if limits.Cost, err = rubles(c, "max-cost"); err != nil {
		return limits, err
	}
	if limits.Daily, err = rubles(c, "daily-budget"); err != nil {
		return limits, err
	}
	if limits.Batching, err = Batching(c, time.Now()); err != nil {
		return limits, err
	}
	limits.Concurrency, err = concurrency(c.String("concurrency"))
	return limits, err
}

// concurrency parses the value of --concurrency. It returns 0 for auto.
func concurrency(text string) (int, error) {
	if text == "auto" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, flags.Usage(messages.Sprintf("--concurrency %s: must be a number from 1, or auto", text),
			messages.Sprintf("auto finds the limit of your key"))
	}
	return n, nil
}

// rubles returns the amount that a flag names, 0 if it is not given.
func rubles(c *cli.Context, flag string) (cost.Amount, error) {
	n := c.Float64(flag)
	if c.IsSet(flag) && !(n > 0 && n <= cost.MaxRubles) {
		return 0, flags.Usage(messages.Sprintf("--%s %v: must be a number of rubles above 0", flag, n), messages.Sprintf("for example: --%s 500", flag))
	}
	return cost.OfRubles(n), nil
}

// Percent returns the share that a flag names, such as 0.1 for 10%.
func Percent(c *cli.Context, flag string) (float64, error) {
	text := c.String(flag)
	n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, "%")), 64)
	if err != nil || !(n >= 0 && n <= 100) {
		return 0, flags.Usage(messages.Sprintf("--%s %s: must be from 0%% to 100%%", flag, text), messages.Sprintf("for example: --%s 5%%", flag))
	}
	return n / 100, nil
}
