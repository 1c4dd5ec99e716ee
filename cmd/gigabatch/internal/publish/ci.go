package publish

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/cmd/gigabatch/internal/outcome"
	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/report"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// CI is a continuous integration service in which the program runs, known by its variables.
type CI struct {
	github bool
	getenv func(string) string
	log    io.Writer // what the service reads line by line
}

// FindCI returns the CI service, nil if there is none. log is the standard error.
func FindCI(getenv func(string) string, log io.Writer) *CI {
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		return &CI{true, getenv, log}
	case getenv("GITLAB_CI") != "":
		return &CI{false, getenv, log}
	}
	return nil
}

const (
	maxAnnotations = 10       // GitHub shows so many of a kind for a step
	maxLines       = 50       // in the log of GitLab
	maxSummary     = 1 << 20  // bytes of all summaries of a step on GitHub
	roomForOthers  = 64 << 10 // of these, for other commands of the step
)

// Show hands over how a run ended: a summary, annotations at rows, outputs. r is nil without a journal. A part that cannot be handed over does
// not keep the others back.
func (ci *CI) Show(p messages.Printer, f *outcome.Final, r *report.Report) error {
	if ci.github {
		ci.annotate(p, f, r)
		err := appendTo(ci.getenv("GITHUB_STEP_SUMMARY"), ci.summary(p, f, r))
		if e := appendTo(ci.getenv("GITHUB_OUTPUT"), outputsOf(f, func(name, value string) string {
			if !strings.ContainsAny(value, "\r\n") {
				return name + "=" + value + "\n"
			}
			end := "end-" + rand.Text() // a value cannot contain it
			return name + "<<" + end + "\n" + value + "\n" + end + "\n"
		})); err == nil {
			err = e
		}
		return err
	}
	ci.section(p, r)
	ci.lines(p, r)
	if name := ci.getenv("GIGABATCH_DOTENV"); name != "" {
		text := outputsOf(f, func(name, value string) string {
			return "GIGABATCH_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "=" + strings.Join(strings.Fields(value), " ") + "\n"
		})
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			return unwritable(name, err)
		}
	}
	return nil
}

// summary is the report as Markdown, below a line that says how the run ended.
func (ci *CI) summary(p messages.Printer, f *outcome.Final, r *report.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### gigabatch %s %s\n\n", f.Command, report.Markdown(f.Input))
	switch {
	case f.Because == outcome.SkippedNoKey:
		b.WriteString(p.Sprintf("Left out: there is no key, as in a build from a fork.") + "\n\n")
	case f.Because == outcome.SkippedLocked:
		b.WriteString(p.Sprintf("Left out: another run is using this job.") + "\n\n")
	case f.Error != "":
		fmt.Fprintf(&b, "**%s** %s\n\n", p.Sprintf("Error:"), report.Markdown(p.Text(messages.Foreign(f.Error))))
	}
	for _, rule := range f.FailIf {
		fmt.Fprintf(&b, "**--fail-if %s**\n\n", report.Markdown(rule))
	}
	for _, step := range f.Next {
		fmt.Fprintf(&b, "* %s\n", report.Markdown(p.Text(step.Text)))
	}
	if f.Next != nil {
		b.WriteString("\n")
	}
	if r == nil {
		return b.String()
	}
	most := maxSummary - roomForOthers - b.Len()
	for _, format := range []string{"markdown", "text"} {
		text, err := Format(format, p, r)
		if err == nil && text.Len() < most {
			if format == "text" {
				return b.String() + "```text\n" + strings.ReplaceAll(text.String(), "```", "'''") + "```\n"
			}
			return b.String() + text.String() + "\n"
		}
	}
	return b.String()
}

// annotate writes an annotation for the end of the run, if it went wrong, and for rows without a completion.
func (ci *CI) annotate(p messages.Printer, f *outcome.Final, r *report.Report) {
	level := "warning"
	if f.ExitCode != outcome.OK && f.ExitCode != outcome.Limit {
		level = "error"
	}
	if f.Because != "" {
		level = "notice"
	}
	left := maxAnnotations
	if text := f.Error; text != "" {
		ci.command(level, "", 0, "gigabatch", text)
		left--
	}
	if r == nil {
		return
	}
	for _, t := range r.Troubles[:min(left, len(r.Troubles))] {
		file, line := ci.place(r.Input, &t)
		ci.command(level, file, line, "gigabatch: "+report.TypeOf(&t), report.NameOf(p, &t)+": "+reasonOf(p, &t))
	}
}

// reasonOf returns why a row has no completion.
func reasonOf(p messages.Printer, t *jobs.RowStatus) string {
	if t.Error == "" {
		return p.Text(t.Cause.Text())
	}
	return p.Text(messages.Foreign(t.Error))
}

// place returns the file of a row, relative to the checkout, and its line.
func (ci *CI) place(input string, t *jobs.RowStatus) (file string, line int) {
	file, line = input, t.Line
	if t.Path != "" {
		file, line = t.Path, 0
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(input), file)
		}
	}
	for _, name := range []string{"GITHUB_WORKSPACE", "CI_PROJECT_DIR"} {
		root := ci.getenv(name)
		if abs, err := filepath.Abs(file); err == nil && root != "" {
			if rel, err := filepath.Rel(root, abs); err == nil && filepath.IsLocal(rel) {
				return filepath.ToSlash(rel), line
			}
		}
	}
	return filepath.ToSlash(file), line
}

// The characters that GitHub's commands escape, in a message and in a property.
var (
	messageEscapes  = strings.NewReplacer("##[", "## [", "%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("##[", "## [", "%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// command writes a command of GitHub's runner.
func (ci *CI) command(name, file string, line int, title, message string) {
	var properties []string
	if file != "" {
		properties = append(properties, "file="+propertyEscapes.Replace(file))
	}
	if line > 0 {
		properties = append(properties, "line="+strconv.Itoa(line))
	}
	properties = append(properties, "title="+propertyEscapes.Replace(title))
	fmt.Fprintf(ci.log, "::%s %s::%s\n", name, strings.Join(properties, ","), messageEscapes.Replace(console.OneLine(message)))
}

// section writes the report as a section of the log of GitLab, which is closed at first.
func (ci *CI) section(p messages.Printer, r *report.Report) {
	if r == nil {
		return
	}
	text, err := Format("text", p, r)
	if err != nil {
		return
	}
	var b strings.Builder
	now := func() int64 { return time.Now().Unix() }
	fmt.Fprintf(&b, "\x1b[0Ksection_start:%d:gigabatch[collapsed=true]\r\x1b[0K%s\n", now(), p.Sprintf("Report on %s", filepath.Base(r.Input)))
	fmt.Fprintf(&b, "%s\x1b[0Ksection_end:%d:gigabatch\r\x1b[0K\n", text, now())
	io.WriteString(ci.log, b.String())
}

// lines writes a line for each row without a completion: file, line, cause.
func (ci *CI) lines(p messages.Printer, r *report.Report) {
	if r == nil {
		return
	}
	for i, t := range r.Troubles {
		if i == maxLines {
			fmt.Fprintln(ci.log, p.Sprintf("and %d more", len(r.Troubles)-i))
			return
		}
		file, line := ci.place(r.Input, &t)
		if line > 0 {
			file += ":" + strconv.Itoa(line)
		}
		fmt.Fprintf(ci.log, "%s: %s: %s\n", console.OneLine(file), report.TypeOf(&t), console.OneLine(reasonOf(p, &t)))
	}
}

// outputsOf returns the outputs of a step, each as write formats it.
func outputsOf(f *outcome.Final, write func(name, value string) string) string {
	var b strings.Builder
	add := func(name string, value any) { b.WriteString(write(name, fmt.Sprint(value))) }
	add("exit-code", f.ExitCode)
	add("outcome", f.Outcome)
	add("skipped", f.Because != "")
	if sum := f.Summary; sum != nil {
		add("rows", sum.Rows)
		add("completed", sum.Completed)
		add("failed", sum.FailedRows())
		add("blocked", sum.Blocked)
		add("pending", sum.Pending)
		add("requests", sum.Requests)
		add("cost-rub", strconv.FormatFloat(sum.Spent.Cost.Rubles(), 'f', -1, 64))
		add("output", sum.Output)
		add("journal", sum.Journal)
	}
	return b.String()
}

// appendTo appends text to a file that the service has made. Without a name, it does nothing.
func appendTo(name, text string) error {
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return unwritable(name, err)
	}
	_, err = io.WriteString(f, text)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// WithoutContent returns a report that quotes no completions.
func WithoutContent(r *report.Report) *report.Report {
	if r == nil {
		return nil
	}
	status, without := *r.Status, *r
	status.Troubles = slices.Clone(status.Troubles)
	for i := range status.Troubles {
		if t := &status.Troubles[i]; t.Cause == task.CauseInvalid { // the error quotes the answer
			t.Error = ""
		}
	}
	without.Status = &status
	return &without
}
