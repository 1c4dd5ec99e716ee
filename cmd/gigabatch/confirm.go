package main

import (
	"bufio"
	"context"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/blast"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/messages"
)

// aboveOf parses the value of --confirm-above: a number of requests, an amount of rubles, or both.
func aboveOf(text string) (a blast.Above, err error) {
	a = blast.Above{Requests: math.MaxInt, Cost: math.MaxInt64} // what is not named has no limit
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		amount, ok := strings.CutSuffix(part, "rub")
		if !ok {
			amount, ok = strings.CutSuffix(part, "₽")
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(amount), 64)
		if err != nil || !(n >= 0 && n <= cost.MaxRubles) || !ok && n != float64(int(n)) {
			return a, flags.Usage(messages.Sprintf("--confirm-above %s: must be a number of requests, an amount such as 500rub, or both", text),
				messages.Sprintf("for example: --confirm-above 1000,500rub"))
		}
		if ok {
			a.Cost = cost.OfRubles(n)
		} else {
			a.Requests = int(n)
		}
	}
	return a, nil
}

// confirmer returns a function that asks on a terminal whether to ask again what has an answer, if that is more than --confirm-above. Where
// nobody can be asked, it refuses.
func confirmer(ctx context.Context, c *cli.Context, s stdio, signals *interrupts) (func(*jobs.Plan) error, error) {
	limit, err := aboveOf(c.String("confirm-above"))
	if err != nil {
		return nil, err
	}
	return func(p *jobs.Plan) error {
		b, person := &p.Blast, canAsk(c, s)
		n := b.Requests
		if !person { // who replaces a file every night does not want to be asked about its rows
			n = b.Certain
		}
		if c.Bool("yes") || limit.Allows(b, n) {
			return nil
		}
		refused := func(hint messages.Text) error {
			return flags.Usage(messages.Sprintf("nothing was sent: what has an answer would be asked again with up to %d {request|requests}, about %s", n,
				b.CostOf(n).Text()), hint)
		}
		if !person {
			return refused(messages.Sprintf("repeat the command with --yes to pay for it, or take the change back"))
		}
		if ok, err := yes(ctx, s, signals, messages.Sprintf("send up to %d {request|requests} for what has an answer, about %s? [y/N]", b.Requests, b.Cost.Text())); !ok || err != nil {
			if err != nil {
				return err
			}
			return refused(messages.Sprintf("take the change back, and the answers are found again"))
		}
		return nil
	}, nil
}

// canAsk reports whether a person is at the terminal.
func canAsk(c *cli.Context, s stdio) bool {
	in, ok := s.in.(*os.File)
	return ok && term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(os.Stderr.Fd())) && !c.Bool("key-stdin") && c.Args().First() != "-"
}

// yes asks a question on the terminal. It returns an error if a signal comes first.
func yes(ctx context.Context, s stdio, signals *interrupts, question messages.Text) (bool, error) {
	ctx, done := signals.untilDrain(ctx)
	defer done()
	s.err.Say("%s", question)
	answer := make(chan string, 1)
	go func() { // ends with the process if nobody answers
		line, _ := bufio.NewReader(s.in).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case line := <-answer:
		return slices.Contains([]string{"y", "yes", "д", "да"}, line), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
