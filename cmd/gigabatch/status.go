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

// maxTroubles is how many rows status lists for people; --json lists all.
const maxTroubles = 20

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
	if st.Sandbox {
		state += " (sandbox)"
	}
	fmt.Fprintf(w, "rows       %d\ncompleted  %d\n", st.Rows, st.Completed)
	for _, cause := range slices.Sorted(maps.Keys(st.Failed)) {
		fmt.Fprintf(w, "failed     %d (%s)\n", st.Failed[cause], cause)
	}
	fmt.Fprintf(w, "blocked    %d\nskipped    %d\npending    %d\n", st.Blocked, st.Skipped, st.Pending)
	fmt.Fprintf(w, "last run   started %s, %s\n", st.Started.Local().Format("2006-01-02 15:04:05"), state)
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
		if i == maxTroubles {
			fmt.Fprintf(w, "and %d more; --json lists all\n", len(st.Troubles)-maxTroubles)
			break
		}
		fmt.Fprintf(w, "row %d (%s): %s: %s\n", t.Row, placeOf(input, t), t.State, console.OneLine(t.Error))
	}
	return nil
}

// placeOf says where a row stands, and in which completion column.
func placeOf(input string, t jobs.RowStatus) string {
	place := fmt.Sprintf("%s[%s]:%d", input, t.Sheet, t.Line)
	switch {
	case t.Path != "":
		place = t.Path
	case t.Sheet == "":
		place = fmt.Sprintf("line %d", t.Line)
	}
	if t.Column != "" {
		place += ", " + t.Column
	}
	return place
}
