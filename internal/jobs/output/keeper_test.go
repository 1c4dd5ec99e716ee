package output

import (
	"fmt"
	"hash/maphash"
	"testing"

	"gigabatch/internal/io/table"
	"gigabatch/internal/io/table/open"
	"gigabatch/internal/jobs/resolve"
	"gigabatch/internal/jobs/spec"
	"gigabatch/internal/jobs/task"
)

// A row that holds its own answer costs one comparison and no access to the journal.
func TestOwnAnswerIsKnownWithoutTheJournal(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	for _, text := range []string{"=1+1", "'=1+1", " =1+1\r\n", "", " "} {
		own := resolve.Cell{Result: &task.Result{State: task.Completed, Completion: "=1+1"}}
		kept, err := k.keeps(table.Row{Values: []string{text}}, filledColumn{OutputColumn: spec.OutputColumn{Value: -1}}, &own)
		if kept || err != nil {
			t.Errorf("%q: kept %t, %v", text, kept, err)
		}
	}
}

// A formula without a calculated result is a text of the user.
func TestFormulaInTheCompletionColumnIsKept(t *testing.T) {
	t.Parallel()
	const input = "../../../testdata/workbooks/uncached.xlsx"
	src, err := open.Open(input, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	settings := spec.Settings{InPlace: true, Column: spec.Column{CompletionColumn: "double"}, OutputColumns: spec.DefaultOutputColumns}
	k := newKeeper(&Output{Input: input, Settings: &settings}, src)
	formulas := 0
	for row, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if len(row.Uncalculated) == 0 {
			continue
		}
		formulas++
		if kept, err := k.keeps(row, k.columns[0], &resolve.Cell{}); !kept || err != nil {
			t.Errorf("row %d: kept %t, %v", row.Line, kept, err)
		}
	}
	if formulas == 0 {
		t.Error("the workbook has no formula that was never calculated")
	}
}

func TestTextSetTakesFewBytesAText(t *testing.T) {
	t.Parallel()
	const n = 200_000
	s := &textSet{seed: maphash.MakeSeed()}
	for i := range n {
		s.add(fmt.Sprint(i))
	}
	held := 0
	for _, sums := range s.sums {
		held += 8 * cap(sums)
	}
	if held > 16*n {
		t.Errorf("%d bytes for %d texts, want at most 16 each", held, n)
	}
}
