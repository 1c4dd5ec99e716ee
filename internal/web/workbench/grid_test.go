package workbench

import (
	"slices"
	"testing"

	"gigabatch/internal/web/board"
)

// What a table was taken for is said in parts, and the draft of a row shows which text comes from which column.
func TestTakeAndDraft(t *testing.T) {
	t.Parallel()
	b, s := open(t, map[string]string{"q.csv": "id;вопрос;пусто\n1;one;\n2;;\n3;two;\n4;one;\n"})
	id := board.IDOf("q.csv.gigabatch")
	l, err := b.Take(t.Context(), id, &Reading{})
	if err != nil || l.Prompt != "вопрос" || len(l.Columns) != 3 || !l.Columns[2].Empty || !l.Columns[0].Numeric || l.Columns[1].Numeric || l.Format != "csv" ||
		l.Delimiter != ";" || l.HeaderRow != 1 || l.NoHeader || l.Encoding != "UTF-8" {
		t.Errorf("Take = %+v, %v", l, err)
	}
	column := &board.Spec{Input: "q.csv", Columns: asking("say {{вопрос}} {{пусто}}")}
	d, err := b.Draft(t.Context(), id, column, 0, 0)
	if want := []DraftPart{{Text: "say "}, {"one", "вопрос"}, {Text: " "}, {"", "пусто"}}; err != nil || !slices.Equal(d.Parts, want) || d.Line != 2 || d.Skipped || d.Problem != nil {
		t.Errorf("Draft = %+v, %v", d, err)
	}
	if d, err := b.Draft(t.Context(), id, column, 1, 0); err != nil || !d.Skipped || d.Why.IsZero() {
		t.Errorf("the draft of an empty row is %+v, %v", d, err)
	}
	d, err = b.Draft(t.Context(), id, &board.Spec{Input: "q.csv", Columns: asking("{{вапрос}}")}, 0, 0)
	if err != nil || !slices.Equal(d.Unknown, []string{"{{вапрос}}"}) || d.Skipped {
		t.Errorf("the draft with an unknown column is %+v, %v", d, err)
	}
	if s.count() != 0 {
		t.Errorf("%d requests", s.count())
	}
}
