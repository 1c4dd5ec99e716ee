package xlsx_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/xuri/excelize/v2"

	"gigabatch/internal/io/jsontext"
	"gigabatch/internal/io/table/tabletest"
)

var update = flag.Bool("update", false, "write the files of testdata and the pictures of docs again")

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

func questionGrid() tabletest.Grid {
	g := tabletest.Grid{{"id", "question"}}
	for i, q := range questions {
		g = append(g, []string{strconv.Itoa(i + 1), q})
	}
	return g
}

// The files that the first command in the README reads are written here. go test -update creates them.
func TestQuestions(t *testing.T) {
	t.Parallel()
	writers := map[string]func(*testing.T, string){
		"questions.csv":   func(t *testing.T, name string) { tabletest.WriteCSV(t, name, questionGrid()) },
		"questions.jsonl": func(t *testing.T, name string) { tabletest.Write(t, name, questionLines()) },
		"questions.xlsx":  writeQuestionBook,
	}
	for base, write := range writers {
		kept := filepath.Join("..", "..", "..", "..", "testdata", base)
		made := filepath.Join(t.TempDir(), base)
		write(t, made)
		if *update {
			if err := os.WriteFile(kept, []byte(tabletest.Read(t, made)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if tabletest.Read(t, kept) != tabletest.Read(t, made) {
			t.Errorf("%s is not what is written here; run go test -update", base)
		}
		tabletest.Want(t, tabletest.Rows(t, tabletest.Open(t, kept)), questionGrid())
	}
}

func questionLines() string {
	var b []byte
	for i, q := range questions {
		b = strconv.AppendInt(append(b, `{"id":`...), int64(i+1), 10)
		b = append(jsontext.AppendString(append(b, `,"question":`...), q), "}\n"...)
	}
	return string(b)
}

// writeQuestionBook creates a sheet like those of real users: coloured, banded, with one marked row, a frozen header, and space for an
// answer in each row.
func writeQuestionBook(t *testing.T, name string) {
	t.Helper()
	const sheet = "Questions"
	f := excelize.NewFile()
	defer f.Close()
	err := errors.Join(f.SetSheetName("Sheet1", sheet), f.SetSheetRow(sheet, "A1", &[]any{"id", "question"}))
	for i, q := range questions {
		err = errors.Join(err, f.SetSheetRow(sheet, "A"+strconv.Itoa(i+2), &[]any{i + 1, q}), f.SetRowHeight(sheet, i+2, 33))
	}
	err = errors.Join(err, dressQuestions(f, sheet), f.SetColWidth(sheet, "A", "A", 6), f.SetColWidth(sheet, "B", "B", 50),
		f.SetRowHeight(sheet, 1, 24),
		f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}), f.SaveAs(name))
	if err != nil {
		t.Fatal(err)
	}
}

func dressQuestions(f *excelize.File, sheet string) error {
	header := excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF", Family: "Calibri"}, Alignment: &excelize.Alignment{Horizontal: "left", Vertical: "center"}}
	err := setLook(f, sheet, 1, "A", "B", header, "1F4E79")
	for i := range questions {
		fill := []string{"FFFFFF", "EAF1F8"}[i%2]
		if i == 3 {
			fill = "FFF2CC"
		}
		number := excelize.Style{Font: &excelize.Font{Bold: true, Color: "1F4E79", Family: "Calibri"}, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center"}}
		text := excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}}
		err = errors.Join(err, setLook(f, sheet, i+2, "A", "A", number, fill), setLook(f, sheet, i+2, "B", "B", text, fill))
	}
	return err
}

// setLook gives the cells of a row a style with that fill and thin borders.
func setLook(f *excelize.File, sheet string, row int, from, to string, style excelize.Style, fill string) error {
	style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		style.Border = append(style.Border, excelize.Border{Type: side, Style: 1, Color: "B4C6DC"})
	}
	id, err := f.NewStyle(&style)
	return errors.Join(err, f.SetCellStyle(sheet, from+strconv.Itoa(row), to+strconv.Itoa(row), id))
}
