package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"

	"gigabatch/internal/jobs"
	"gigabatch/internal/jobs/task"
	"gigabatch/internal/messages"
)

// junitSuites is a report of tests as CI services read it. They agree on no schema; the elements are those that the Apache Ant task writes,
// with the attributes file and line of GitLab and pytest.
type junitSuites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Suite    junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Timestamp string      `xml:"timestamp,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
}

type junitProblem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes a report as JUnit XML: a case for each row that failed or was blocked, or is pending after an error, with its cause as the
// type; and one that passes for the rows with a completion. problem is what ended the run early, empty if nothing did. r may be nil then.
func WriteJUnit(out io.Writer, p messages.Printer, input string, r *Report, problem string) error {
	suite := junitSuite{Name: input}
	if problem != "" {
		suite.Cases = append(suite.Cases, junitCase{Name: "run", Class: input, Error: &junitProblem{Type: "run", Message: problem, Text: problem}})
		suite.Errors++
	}
	if r != nil {
		suite.Timestamp = r.Started.UTC().Format(time.RFC3339)
		if n := r.Completed; n > 0 || len(r.Troubles) == 0 && problem == "" {
			suite.Cases = append(suite.Cases, junitCase{Name: p.Sprintf("%d {row|rows} completed", n), Class: input})
		}
		for _, t := range r.Troubles {
			w := writer{Printer: p, report: r}
			found := &junitProblem{Type: TypeOf(&t), Message: w.reason(t), Text: w.reason(t)}
			c := junitCase{Name: NameOf(p, &t), Class: input, File: input, Line: t.Line}
			if t.Path != "" {
				c.File, c.Line = t.Path, 0
			}
			if t.State == task.Pending {
				c.Error = found
				suite.Errors++
			} else {
				c.Failure = found
				suite.Failures++
			}
			suite.Cases = append(suite.Cases, c)
		}
	}
	suite.Tests = len(suite.Cases)
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(out)
	enc.Indent("", "  ")
	all := junitSuites{Name: "gigabatch", Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Suite: suite}
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}

// TypeOf returns the cause of a row without a completion: "blocked", or the cause of its failure.
func TypeOf(t *jobs.RowStatus) string {
	if t.State == task.Blocked {
		return "blocked"
	}
	return string(t.Cause)
}

// NameOf names a row, and its column if there are several.
func NameOf(p messages.Printer, t *jobs.RowStatus) string {
	name := t.Path
	switch {
	case t.Path != "":
	case t.Sheet != "":
		name = p.Sprintf("row %d of sheet %q", t.Line, t.Sheet)
	default:
		name = p.Sprintf("row %d", t.Line)
	}
	if t.Column != "" {
		name += ", " + t.Column
	}
	return name
}

// quality is an issue in the Code Quality format of GitLab, a part of that of Code Climate.
type quality struct {
	Description string          `json:"description"`
	Check       string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
	} `json:"lines"`
}

// WriteCodeQuality writes the rows without a completion as issues in the Code Quality format of GitLab, which shows them at their lines.
func WriteCodeQuality(out io.Writer, p messages.Printer, r *Report) error {
	all := []quality{} // an empty list, not null
	for _, t := range r.Troubles {
		w := writer{Printer: p, report: r}
		q := quality{Description: NameOf(p, &t) + ": " + w.reason(t), Check: "gigabatch/" + TypeOf(&t), Severity: "major"}
		q.Location.Path, q.Location.Lines.Begin = r.Input, max(1, t.Line)
		if t.Path != "" {
			q.Location.Path, q.Location.Lines.Begin = t.Path, 1
		}
		hash := sha256.Sum256([]byte(fmt.Sprint(q.Location.Path, "\x00", t.Sheet, "\x00", strconv.Itoa(t.Line), "\x00", t.Column, "\x00", q.Check)))
		q.Fingerprint = hex.EncodeToString(hash[:16])
		all = append(all, q)
	}
	return writeJSON(out, all)
}
