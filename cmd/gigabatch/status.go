package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/internal/jobs"
)

// mostTroubles is how many rows status lists for people; --json lists all.
const mostTroubles = 20

func statusCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "show how many rows are answered, which failed and why",
		ArgsUsage: "INPUT",
		Flags:     flags.Status.CLI(),
		Action: func(c *cli.Context) error {
			input, journal, err := keptInput(c)
			if err != nil {
				return err
			}
			st, err := jobs.ReadStatus(input, journal)
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(s.out, st)
			}
			return printStatus(s.out, input, st)
		},
	}
}

func printStatus(w io.Writer, input string, st *jobs.Status) error {
	state := "ended"
	switch {
	case st.Running:
		state = "is running"
	case !st.Ended:
		state = "was killed"
	}
	fmt.Fprintf(w, "rows       %d\ncompleted  %d\n", st.Rows, st.Completed)
	for _, cause := range slices.Sorted(maps.Keys(st.Failed)) {
		fmt.Fprintf(w, "failed     %d (%s)\n", st.Failed[cause], cause)
	}
	fmt.Fprintf(w, "blocked    %d\nskipped    %d\npending    %d\n", st.Blocked, st.Skipped, st.Pending)
	fmt.Fprintf(w, "last run   started %s, %s%s\n", st.Started.Local().Format("2006-01-02 15:04:05"), state, sandboxWord(st.Sandbox))
	if st.PaidTwice > 0 {
		fmt.Fprintf(w, "up to %s may have been paid twice\n", console.Count(st.PaidTwice, "completion"))
	}
	if st.Edited > 0 {
		fmt.Fprintf(w, "%s edited by hand\n", console.Plural(st.Edited, "answer was", "answers were"))
	}
	if len(st.Damaged) > 0 {
		fmt.Fprintf(w, "the journal has %s\n", console.Count(len(st.Damaged), "damaged record"))
	}
	for _, v := range st.Values {
		var parts []string
		for _, n := range v.Counts {
			parts = append(parts, fmt.Sprintf("%s %d", n.Value, n.Rows))
		}
		if parts != nil {
			fmt.Fprintf(w, "%s: %s\n", v.Column, strings.Join(parts, ", "))
		}
	}
	for i, t := range st.Troubles {
		if i == mostTroubles {
			fmt.Fprintf(w, "and %d more; --json lists all\n", len(st.Troubles)-mostTroubles)
			break
		}
		fmt.Fprintf(w, "row %d (%s): %s: %s\n", t.Row, placeOf(input, t), t.State, console.OneLine(t.Error))
	}
	return nil
}

// placeOf says where a row stands.
func placeOf(input string, t jobs.RowStatus) string {
	at := placeOfRow(input, t)
	if t.Column != "" {
		at += ", " + t.Column
	}
	return at
}

func placeOfRow(input string, t jobs.RowStatus) string {
	switch {
	case t.Path != "":
		return t.Path
	case t.Sheet == "":
		return fmt.Sprintf("line %d", t.Line)
	}
	return fmt.Sprintf("%s[%s]:%d", input, t.Sheet, t.Line)
}

func sandboxWord(is bool) string {
	if is {
		return " (sandbox)"
	}
	return ""
}
