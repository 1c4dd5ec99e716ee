package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"gigabatch/internal/jobs/jobstest"
	"gigabatch/internal/jobs/journal"
)

// FuzzManifest reads a journal with a manifest of any content, whose checksum is right. The status of the run and its job, which is rebuilt
// and planned, are found or refused; the result beside the manifest stays, and neither the input nor the journal changes.
func FuzzManifest(f *testing.F) {
	const text, state = "prompt\na\nb\n", `"state":"manifest"`
	result := ""
	for _, change := range []func(*Job){func(*Job) {}, inPlace, fresh, withPrompt("{{prompt}}!"), limited(1), noDedupe} {
		g := newRig(f, "q.csv", text)
		g.run(f, change)
		for line := range strings.Lines(jobstest.ReadFile(f, g.journal())) {
			body, _, _ := strings.Cut(line, `,"crc":"`)
			if _, fields, found := strings.Cut(body, state); found {
				f.Add(fields)
			}
			if strings.Contains(line, `"answer to a"`) {
				result = line
			}
		}
	}
	g := newRig(f, "q.csv", text)
	f.Fuzz(func(t *testing.T, fields string) {
		record := `{"key":"00000000000000000000000000000000",` + state + fields
		content := fmt.Sprintf("%s,\"crc\":\"%08x\"}\n%s", record, crc32.Checksum([]byte(record), crc32.MakeTable(crc32.Castagnoli)), result)
		if strings.Contains(fields, "\n") {
			return // not one record
		}
		g.write(t, text)
		jobstest.WriteFile(t, g.journal(), content)
		j, err := journal.Read(g.journal())
		if err != nil {
			if !errors.As(err, new(*journal.FormatError)) {
				t.Errorf("%q: %v", content, err)
			}
			return
		}
		if n := resultsOf(j, false); n != 1 {
			t.Errorf("%q: %d results, want 1", content, n)
		}
		j.Close()
		ReadStatus(g.input, "") // does not panic
		job, err := Resume(g.journal())
		if err != nil {
			return
		}
		job.Connect = func(context.Context, []string) (*Service, error) {
			t.Errorf("%q: a plan connects", content)
			return nil, errors.New("no")
		}
		if run, err := job.Open(); err == nil {
			run.Plan(t.Context())
			run.Close()
		}
		if jobstest.ReadFile(t, g.input) != text || jobstest.ReadFile(t, g.journal()) != content {
			t.Errorf("%q: the input or the journal has changed", content)
		}
	})
}
