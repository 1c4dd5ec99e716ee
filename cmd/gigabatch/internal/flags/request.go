package flags

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/internal/io/nearest"
	"gigabatch/internal/jobs/control"
	"gigabatch/internal/jobs/cost"
	"gigabatch/internal/jobs/pool"
	"gigabatch/internal/messages"
)

// Request parses the arguments of gigabatch ctl: the input of a run, a command and perhaps its value.
func Request(c *cli.Context) (input string, r control.Request, err error) {
	args := c.Args().Slice()
	known := func(arg string) bool { return slices.Contains(control.Commands, control.Command(arg)) }
	example := func(words ...string) messages.Text {
		return messages.Sprintf("for example: gigabatch ctl %s", strings.Join(words, " "))
	}
	if len(args) < 2 {
		return "", r, Usage(messages.Sprintf("ctl: the input of a run and a command are needed"), example("reviews.xlsx", "status"))
	}
	input, r.Do = args[0], control.Command(args[1])
	switch {
	case !known(args[1]) && known(args[0]):
		return "", r, Usage(messages.Sprintf("ctl: the input comes before the command"), example(append([]string{args[1], args[0]}, args[2:]...)...))
	case !known(args[1]):
		var names []string
		for _, name := range control.Commands {
			names = append(names, string(name))
		}
		hint := messages.Sprintf("the commands are %s", strings.Join(names, ", "))
		if near := nearest.Name(args[1], names); near != "" {
			hint = messages.Sprintf("did you mean %s?", near)
		}
		return "", r, Usage(messages.Sprintf("unknown command %q", Shown(args[1])), hint)
	}
	values := 0
	switch r.Do {
	case control.Concurrency:
		if values = 1; len(args) > 2 && args[2] != "auto" {
			if r.N, err = strconv.Atoi(args[2]); err != nil || r.N < 1 || r.N > pool.MaxConcurrency {
				return "", r, Usage(messages.Sprintf("ctl: concurrency %s: must be a number from 1 to %d{|}, or auto", args[2], pool.MaxConcurrency), messages.Text{})
			}
		}
	case control.Budget:
		if values = 1; len(args) > 2 {
			rubles, err := strconv.ParseFloat(strings.Replace(args[2], ",", ".", 1), 64)
			if r.Budget = cost.OfRubles(min(rubles, cost.MaxRubles)); err != nil || !(rubles <= cost.MaxRubles) || r.Budget <= 0 {
				return "", r, Usage(messages.Sprintf("ctl: budget %s: must be a number of rubles above 0", args[2]), example(input, "budget", "500"))
			}
		}
	}
	switch {
	case len(args) < 2+values:
		return "", r, Usage(messages.Sprintf("ctl: %s needs a value", args[1]), example(input, args[1], map[control.Command]string{
			control.Concurrency: "10", control.Budget: "500",
		}[r.Do]))
	case len(args) > 2+values:
		return "", r, Leftover(args[2+values], messages.Sprintf("give one command at a time"))
	}
	return input, r, nil
}
