package publish

import (
	"bytes"
	"path/filepath"
	"strings"

	"gigabatch/cmd/gigabatch/internal/console"
	"gigabatch/internal/jobs/report"
	"gigabatch/internal/messages"
)

// extensions are the formats of a report by the extension of its file.
var extensions = map[string]string{".html": "html", ".htm": "html", ".md": "markdown", ".json": "json", ".txt": "text", ".xml": "junit"}

// FormatOf returns the format of a report by the name of its file, "" if the name does not say. A JSON file with "quality" in its name is in
// the Code Quality format: GitLab's own name for it is gl-code-quality-report.json.
func FormatOf(name string) string {
	format := extensions[strings.ToLower(filepath.Ext(name))]
	if format == "json" && strings.Contains(strings.ToLower(filepath.Base(name)), "quality") {
		return "codequality"
	}
	return format
}

// Format returns a report in one of flags.ReportFormats.
func Format(format string, p messages.Printer, r *report.Report) (*bytes.Buffer, error) {
	var text bytes.Buffer
	var err error
	switch format {
	case "json": // JSON escapes what a terminal would obey
		return &text, report.WriteJSON(&text, r)
	case "codequality":
		return &text, report.WriteCodeQuality(&text, p, r)
	case "junit":
		return &text, report.WriteJUnit(&text, p, r.Input, r, "")
	case "html":
		err = report.WriteHTML(&text, p, r)
	case "markdown":
		err = report.WriteMarkdown(&text, p, r)
	default:
		err = report.WriteText(&text, p, r)
	}
	return bytes.NewBufferString(console.Safe(text.String())), err
}
