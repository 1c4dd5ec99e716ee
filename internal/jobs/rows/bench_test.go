package rows

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gigabatch/internal/gigachat"
	"gigabatch/internal/jobs"
)

// An edit of one row in a table of many rows.
func BenchmarkEdit(b *testing.B) {
	const rows = 30_000
	for name, form := range map[string]func(*jobs.Job){"text": func(*jobs.Job) {}, "choices": choices("good", "bad")} {
		b.Run(name, func(b *testing.B) {
			table := &strings.Builder{}
			table.WriteString("id,prompt\n")
			for i := range rows {
				fmt.Fprintf(table, "%d,question number %d about something that takes a few words\n", i, i)
			}
			g := &rig{input: filepath.Join(b.TempDir(), "q.csv"), AnswerFunc: func(string, *gigachat.ChatRequest) (*gigachat.ChatResponse, error) {
				return answer("good"), nil
			}}
			if err := os.WriteFile(g.input, []byte(table.String()), 0o644); err != nil {
				b.Fatal(err)
			}
			job := g.job(form)
			if _, err := job.Run(b.Context(), nil); err != nil {
				b.Fatal(err)
			}
			v, err := Open(g.journal(), "")
			if err != nil {
				b.Fatal(err)
			}
			defer v.Close()
			if _, _, err := v.Row(b.Context(), rows-1); err != nil {
				b.Fatal(err)
			}
			for !b.Failed() && v.Reading() {
				v.Refresh()
			}
			for n := 0; b.Loop(); n++ {
				row, _, err := v.Row(b.Context(), rows/2+n%1000)
				if err == nil {
					err = v.Edit(b.Context(), row.Index, change(row, "", []string{"good", "bad"}[n/1000%2], false))
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			if c, err := v.Counts(); err != nil || c.Rows != rows || c.Completed != rows {
				b.Fatalf("%+v, %v", c, err)
			}
		})
	}
}
