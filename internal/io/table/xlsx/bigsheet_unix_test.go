//go:build unix

package xlsx_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
)

// BenchmarkWorkbook answers every row of a workbook of three columns with 1.6 kB, by the sink, and with excelize's SetCellStr and
// SaveAs. Each step runs in a separate process, which measures its peak memory. Then the output is read again and refilled in place,
// twice. The larger size is too much for excelize.
func BenchmarkWorkbook(b *testing.B) {
	for _, rows := range []int{200_000, 1_000_000} {
		dir := b.TempDir()
		in, out := filepath.Join(dir, "in.xlsx"), filepath.Join(dir, "out.xlsx")
		workbookStep(b, "make", rows, in, "")
		step := func(name, from, to string) {
			b.Run(fmt.Sprintf("rows=%d/%s", rows, name), func(b *testing.B) {
				for b.Loop() {
					seconds, peak := workbookStep(b, name, rows, from, to)
					b.ReportMetric(seconds, "s")
					b.ReportMetric(peak, "MB")
				}
			})
		}
		step("patch", in, out)
		step("again", out, out)
		step("again", out, out)
		if rows == 200_000 {
			step("excelize", in, filepath.Join(dir, "excelize.xlsx"))
		}
	}
}

// workbookStep runs one step in another process, and returns its seconds and its peak memory in MB.
func workbookStep(b *testing.B, step string, rows int, from, to string) (seconds, peak float64) {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestWorkbookStep$", "-test.timeout=30m")
	cmd.Env = append(os.Environ(), "WORKBOOK_STEP="+step, fmt.Sprint("WORKBOOK_ROWS=", rows), "WORKBOOK_FROM="+from, "WORKBOOK_TO="+to)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", step, err, out)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return time.Since(began).Seconds(), float64(usage.Maxrss) / 1024
}

// TestWorkbookStep is a step of BenchmarkWorkbook.
func TestWorkbookStep(t *testing.T) {
	step, from, to := os.Getenv("WORKBOOK_STEP"), os.Getenv("WORKBOOK_FROM"), os.Getenv("WORKBOOK_TO")
	if step == "" {
		return // not a child process
	}
	rows := 0
	if _, err := fmt.Sscan(os.Getenv("WORKBOOK_ROWS"), &rows); err != nil {
		t.Fatal(err)
	}
	steps := map[string]func(*testing.T, int, string, string){"make": makeWorkbook, "patch": patchWorkbook, "again": patchWorkbook, "excelize": excelizeWorkbook}
	steps[step](t, rows, from, to)
}

func makeWorkbook(t *testing.T, rows int, name, _ string) {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows + 1 {
		row := []any{i, fmt.Sprintf("what is the question number %d about?", i), fmt.Sprint("topic ", i%10)}
		if i == 0 {
			row = []any{"id", "question", "topic"}
		}
		if err := w.SetRow(fmt.Sprint("A", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(name); err != nil {
		t.Fatal(err)
	}
}

// longAnswers returns texts of 1.6 kB that have little in common.
func longAnswers() []string {
	words := strings.Fields("the answer to a question about a product is that delivery was late but the seller helped and отзыв о товаре был хорошим хотя упаковка пришла в плохом виде")
	r := rand.New(rand.NewPCG(1, 2))
	answers := make([]string, 1000)
	for i := range answers {
		var b strings.Builder
		for b.Len() < 1600 {
			fmt.Fprintf(&b, "%s %d ", words[r.IntN(len(words))], r.IntN(100))
		}
		answers[i] = strings.ToValidUTF8(b.String()[:1600], "")
	}
	return answers
}

// answerOf returns a text that is unique to a row.
func answerOf(answers []string, row int) string {
	return fmt.Sprint(row, ": ", answers[row%len(answers)])
}

func patchWorkbook(t *testing.T, rows int, from, to string) {
	src, err := open.Open(from, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	sink, err := src.Sink(to, "completion")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	answers, n := longAnswers(), 0
	for row, err := range src.Rows() {
		if err == nil {
			err = sink.Write(row, answerOf(answers, row.Index))
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if err := sink.Commit(nil); err != nil || n != rows {
		t.Fatalf("got %d rows, error %v, want %d", n, err, rows)
	}
}

func excelizeWorkbook(t *testing.T, rows int, from, to string) {
	f, err := excelize.OpenFile(from, excelize.Options{UnzipSizeLimit: 16 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	answers := longAnswers()
	for i := range rows {
		if err := f.SetCellStr("Sheet1", fmt.Sprint("D", i+2), answerOf(answers, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SaveAs(to); err != nil {
		t.Fatal(err)
	}
}
