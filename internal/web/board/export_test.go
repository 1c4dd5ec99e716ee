package board

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A download has every answer whole, whatever its length and the format. A workbook that cannot hold an answer comes with the file that has
// it.
func TestDownloadsAreWhole(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("долгий ответ 😀 ", 4000) // 64,000 UTF-16 units
	b, _ := open(t, map[string]string{"q.csv": "prompt\na\nb\n"})
	id := start(t, b, &Spec{Input: "q.csv"})
	until(t, b, id, inState(Completed))
	download := func(format string) (name, content string) {
		t.Helper()
		x, err := Answers{Board: b}.Export(t.Context(), id, Shown{}, format)
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		text, err := io.ReadAll(x)
		if err != nil {
			t.Fatal(err)
		}
		return x.Name, string(text)
	}
	if name, text := download("xlsx"); name != "q.sandbox.xlsx" || !strings.HasPrefix(text, "PK") {
		t.Errorf("without long answers: %s", name)
	}
	if name, text := download("excel-ru"); name != "q.sandbox.csv" || !strings.HasPrefix(text, "\ufeffprompt;") || !strings.Contains(text, "\r\n") {
		t.Errorf("for Excel in Russian: %s, %.40q", name, text)
	}
	edit(t, b, id, 1, long, false)
	for _, format := range []string{"csv", "jsonl"} {
		name, text := download(format)
		if name != "q.sandbox."+format || !strings.Contains(text, strings.TrimSpace(long)) {
			t.Errorf("%s: the answer is not whole", name)
		}
	}
	name, text := download("xlsx")
	if name != "q.sandbox.zip" {
		t.Fatalf("the download is %s, want a ZIP file", name)
	}
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if strings.HasSuffix(f.Name, ".jsonl") {
			var line struct{ Cell, Text string }
			if err := json.NewDecoder(r).Decode(&line); err != nil || line.Text != long || line.Cell != "B3" {
				t.Errorf("%s: cell %q with %d bytes, %v", f.Name, line.Cell, len(line.Text), err)
			}
			continue
		}
		book, err := excelize.OpenReader(r)
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		if cell, err := book.GetCellValue(book.GetSheetName(0), "B3"); err != nil || !strings.HasPrefix(long, strings.TrimSuffix(cell, "…")) || len(cell) < 32_000 {
			t.Errorf("%s: a cell with %d bytes, %v", f.Name, len(cell), err)
		}
	}
	if !slices.Equal(names, []string{"q.sandbox.xlsx", "q.sandbox.long.jsonl"}) {
		t.Errorf("the ZIP file has %q", names)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "gigabatch-export-*", "q.sandbox.zip")); err != nil || left != nil {
		t.Errorf("left: %q, %v", left, err)
	}
}
