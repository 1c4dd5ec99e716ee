package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/flags"
	"gigabatch/cmd/gigabatch/internal/publish"
	"gigabatch/cmd/gigabatch/internal/settings"
	"gigabatch/internal/jobs/diff"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

func diffCommand(s stdio) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "compare the answers of two runs row by row",
		ArgsUsage: "RUN-A RUN-B",
		Description: "RUN-A and RUN-B are tables with answers, journals (NAME.gigabatch) or numbered runs, as in " +
			"gigabatch diff reviews.xlsx@1 reviews.xlsx@2.\n" +
			"Rows are matched by their input cells, wherever they are. Nothing is sent.\n\n" +
			"Read more: docs/report.md",
		Flags:  flags.Diff.CLI(s.err.Printer),
		Action: func(c *cli.Context) error { return compare(c, s) },
	}
}

// The numbers of changed rows that are listed.
const (
	maxChanges     = 10
	maxChangesJSON = 1000
)

func compare(c *cli.Context, s stdio) (err error) {
	if n := c.Args().Len(); n != 2 {
		return flags.Usage(messages.Sprintf("diff compares two runs, and %d {name is|names are} given", n),
			messages.Sprintf("for example: gigabatch diff reviews.xlsx@1 reviews.xlsx@2"))
	}
	ctx, signals, stop := untilSignal(c.Context)
	defer stop()
	var sides [2]*diff.Side
	for i := range sides {
		if sides[i], err = openSide(c.Args().Get(i), c.String("input")); err != nil {
			return err
		}
		defer sides[i].Close()
	}
	list := maxChanges
	if c.Bool("json") {
		list = maxChangesJSON
	}
	name := c.String("output")
	may := func() error {
		return publish.May(name, c.Bool("overwrite"), append(filesOf(c.Args().Slice()), c.String("input"))...)
	}
	var out *diff.Output
	begin := func(d *diff.Diff) error {
		if name == "" {
			return nil
		}
		if err := may(); err != nil {
			return err
		}
		out, err = diff.Create(name, d)
		return err
	}
	visit := func(p *diff.Pair) error {
		if out == nil {
			return nil
		}
		return out.Add(p)
	}
	d, err := diff.Compare(ctx, sides[0], sides[1], settings.List(c.String("columns")), list, begin, visit)
	if out != nil {
		defer out.Close()
	}
	if err == nil && out != nil {
		err = out.Commit(func([32]byte) error { return may() })
	}
	if err != nil {
		return stopped(err, signals)
	}
	if c.Bool("json") {
		err = printJSON(s.out, d)
	} else {
		printDiff(s, d)
	}
	if out != nil {
		if a := out.Altered(); a.Cut > 0 {
			s.err.Say("%d {cell was|cells were} too long for a workbook and cut; the whole text is in %s", a.Cut, a.Long)
		} else if a.Guarded > 0 {
			s.err.Say("%d {cell begins|cells begin} like a formula and got an apostrophe", a.Guarded)
		}
		s.err.Say("written: %s", name)
	}
	return err
}

// numbered matches a name with the number of a run.
var numbered = regexp.MustCompile(`^(.+)@([0-9]{1,9})$`)

// openSide opens what an argument of diff names. input is the input of journals, "" for those that they name.
func openSide(arg, input string) (*diff.Side, error) {
	extension := spec.JournalPath("")
	if _, err := os.Lstat(arg); errors.Is(err, fs.ErrNotExist) {
		if m := numbered.FindStringSubmatch(arg); m != nil {
			name, run := m[1], 0
			if run, err = strconv.Atoi(m[2]); err != nil || run == 0 {
				return nil, flags.Usage(messages.Sprintf("%s: runs are numbered from 1", arg), messages.Sprintf("gigabatch report lists the runs"))
			}
			if filepath.Ext(name) != extension {
				return diff.OpenRun(arg, spec.JournalPath(name), run, name)
			}
			return diff.OpenRun(arg, name, run, input)
		}
	}
	if filepath.Ext(arg) == extension {
		return diff.OpenRun(arg, arg, 0, input)
	}
	return diff.OpenTable(arg)
}

// filesOf returns the files of the runs that arguments of diff name.
func filesOf(args []string) (files []string) {
	for _, arg := range args {
		files = append(files, arg, spec.JournalPath(arg))
		if m := numbered.FindStringSubmatch(arg); m != nil {
			files = append(files, m[1], spec.JournalPath(m[1]))
		}
	}
	return files
}

// changeText describes a change for people. Machines read the change itself.
func changeText(c diff.Change) messages.Text {
	switch c {
	case diff.Same:
		return messages.Sprintf("same")
	case diff.Changed:
		return messages.Sprintf("changed")
	case diff.Answered:
		return messages.Sprintf("newly answered")
	case diff.Failed:
		return messages.Sprintf("newly failed or blocked")
	case diff.Unanswered:
		return messages.Sprintf("no longer answered")
	case diff.OnlyA:
		return messages.Sprintf("only in A")
	case diff.OnlyB:
		return messages.Sprintf("only in B")
	}
	return messages.Verbatim(string(c))
}

// shownChanges is the order in which changes are shown.
var shownChanges = []diff.Change{diff.Same, diff.Changed, diff.Answered, diff.Failed, diff.Unanswered, diff.OnlyA, diff.OnlyB}

// countTexts are the counts that are not zero.
func countTexts(s stdio, counts diff.Counts) (parts []messages.Text) {
	for _, change := range shownChanges {
		if n := counts[change]; n > 0 {
			parts = append(parts, messages.Sprintf("%s: %s", changeText(change), s.err.Language.Digits(int64(n))))
		}
	}
	return parts
}

func printDiff(s stdio, d *diff.Diff) {
	say := func(t messages.Text) { fmt.Fprintln(s.out, console.OneLine(s.err.Text(t))) }
	say(messages.Sprintf("A: %s, %d {row|rows}", d.A.Name, d.A.Rows))
	say(messages.Sprintf("B: %s, %d {row|rows}", d.B.Name, d.B.Rows))
	say(messages.Sprintf("rows are matched by %s", messages.Quoted(d.Matched)))
	if d.OnlyA != nil {
		say(messages.Sprintf("columns of A only: %s", messages.Quoted(d.OnlyA)))
	}
	if d.OnlyB != nil {
		say(messages.Sprintf("columns of B only: %s", messages.Quoted(d.OnlyB)))
	}
	lines := []line{{messages.Sprintf("rows"), messages.Join(countTexts(s, d.Rows), ", ")}}
	for _, c := range d.Columns {
		lines = append(lines, line{messages.Verbatim(c.Name), messages.Join(countTexts(s, c.Counts), ", ")})
	}
	printLines(s, lines)
	for _, c := range d.Columns {
		lines := []line{}
		for _, t := range c.Transitions {
			if t.A != t.B {
				name := messages.Sprintf("  %s → %s", answerText(t.A, 0), answerText(t.B, 0))
				lines = append(lines, line{name, messages.Verbatim(s.err.Language.Digits(int64(t.Rows)))})
			}
		}
		if len(lines) > 0 {
			say(messages.Sprintf("%s, from A to B:", c.Name))
			printLines(s, lines)
		}
	}
	for _, p := range d.Pairs {
		place := messages.Sprintf("row %s", messages.Or(placeIn(p.A), placeIn(p.B)))
		if p.A == nil || p.B == nil {
			say(messages.Sprintf("%s: %s", place, changeText(p.Change)))
			continue
		}
		if p.A.Line != p.B.Line || p.A.Place != p.B.Place {
			place = messages.Sprintf("row %s (A), row %s (B)", placeIn(p.A), placeIn(p.B))
		}
		for i, change := range p.Changes {
			if change != diff.Same {
				from := difference(p.A.Cells[i].Text, p.B.Cells[i].Text)
				say(messages.Sprintf("%s, %s: %s → %s", place, d.Columns[i].Name, answerText(p.A.Cells[i], from), answerText(p.B.Cells[i], from)))
			}
		}
	}
	if d.Left > 0 {
		say(messages.Sprintf("and %d more; -o FILE writes all rows", d.Left))
	}
}

// placeIn names a row of one side, empty for none.
func placeIn(r *diff.Row) messages.Text {
	switch {
	case r == nil:
		return messages.Text{}
	case r.Place != "":
		return messages.Verbatim(fmt.Sprintf("%s:%d", r.Place, r.Line))
	}
	return messages.Verbatim(fmt.Sprint(r.Line))
}

const (
	maxAnswer = 60 // characters of an answer that are shown
	maxBefore = 15 // of them, those before the first difference
)

// difference returns from which character on two answers are shown, so that the first difference is among what is shown.
func difference(a, b string) int {
	x, y := []rune(oneLine(a)), []rune(oneLine(b))
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	if n < maxAnswer/2 {
		return 0
	}
	return n - maxBefore
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// answerText shows an answer from a character on, or why there is none.
func answerText(c diff.Cell, from int) messages.Text {
	if c.State != task.Completed {
		return messages.Sprintf("(%s)", c.State.Text())
	}
	text := []rune(oneLine(c.Text))
	if from > 0 && from < len(text) {
		text = append([]rune{'…'}, text[from:]...)
	}
	if len(text) > maxAnswer {
		text = append(text[:maxAnswer-1], '…')
	}
	return messages.Verbatim(string(text))
}
