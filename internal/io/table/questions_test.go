package table

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/xuri/excelize/v2"
)

var update = flag.Bool("update", false, "write testdata/questions.* again")

var questions = []string{
	"Почему небо голубое? Ответь одним предложением.",
	"What is the capital of Iceland?",
	"Назови три реки, которые впадают в Каспийское море.",
	"Explain to a ten-year-old what an atom is.",
	"Переведи на русский: \"The early bird catches the worm.\"",
	"How many minutes are there in a week?",
	"Придумай название для кофейни у вокзала.",
	"Which is heavier, a kilogram of iron or a kilogram of feathers?",
	"Исправь ошибку: «Он одел пальто и вышел».",
	"Write a haiku about the first snow.",
}

func questionGrid() grid {
	g := grid{{"id", "question"}}
	for i, q := range questions {
		g = append(g, []string{strconv.Itoa(i + 1), q})
	}
	return g
}

// The files that the README's first command reads are what is written here; go test -update makes them.
func TestQuestions(t *testing.T) {
	t.Parallel()
	writers := map[string]func(*testing.T, string){
		"questions.csv":   func(t *testing.T, name string) { writeCSVGrid(t, name, questionGrid()) },
		"questions.jsonl": func(t *testing.T, name string) { writeFile(t, name, questionLines()) },
		"questions.xlsx":  writeQuestionBook,
	}
	for base, write := range writers {
		kept := filepath.Join("..", "..", "..", "testdata", base)
		made := filepath.Join(t.TempDir(), base)
		write(t, made)
		if *update {
			if err := os.WriteFile(kept, []byte(readFile(t, made)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if readFile(t, kept) != readFile(t, made) {
			t.Errorf("%s is not what is written here; run go test -update", base)
		}
		wantGrid(t, rowsOf(t, open(t, kept)), questionGrid())
	}
}

func questionLines() string {
	var b []byte
	for i, q := range questions {
		b = strconv.AppendInt(append(b, `{"id":`...), int64(i+1), 10)
		b = append(appendJSONString(append(b, `,"question":`...), q), "}\n"...)
	}
	return string(b)
}

func writeQuestionBook(t *testing.T, name string) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	header, err := f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true, Color: "1F3864"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCE6F1"}},
	})
	cell, err2 := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	err = errors.Join(err, err2, f.SetSheetName("Sheet1", "Questions"), f.SetSheetRow("Questions", "A1", &[]any{"id", "question"}))
	for i, q := range questions {
		err = errors.Join(err, f.SetSheetRow("Questions", "A"+strconv.Itoa(i+2), &[]any{i + 1, q}))
	}
	err = errors.Join(err, f.SetCellStyle("Questions", "A1", "B1", header), f.SetCellStyle("Questions", "A2", "B11", cell),
		f.SetColWidth("Questions", "A", "A", 6), f.SetColWidth("Questions", "B", "B", 58),
		f.SetPanes("Questions", &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}), f.SaveAs(name))
	if err != nil {
		t.Fatal(err)
	}
}
