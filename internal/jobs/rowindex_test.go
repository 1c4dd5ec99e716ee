package jobs

import (
	"os"
	"testing"

	"gigabatch/internal/io/table"
)

// rowsOf reads the row index of a run, nil if it does not fit the input.
func rowsOf(t *testing.T, g *rig, first, n int) []rowEntry {
	t.Helper()
	id, err := table.Identify(g.input)
	if err != nil {
		t.Fatal(err)
	}
	head, err := rowHead(id, &g.new().Settings, false)
	if err != nil {
		t.Fatal(err)
	}
	x := openRowIndex(g.journal(), head)
	if x == nil {
		return nil
	}
	defer x.Close()
	rows, err := x.window(first, n)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestRowIndexTellsKeyAndPlaceOfEveryRow(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,prompt\n1,a\n2,\n3,b\n4,a\n")
	g.run(t)
	j := g.open(t)
	rows := rowsOf(t, g, 0, 100)
	if len(rows) != 4 {
		t.Fatalf("%d rows, want 4", len(rows))
	}
	for i, prompt := range []string{"a", "", "b", "a"} {
		p, _ := j.lookup(rows[i].key, false)
		if prompt == "" {
			if rows[i] != (rowEntry{off: -1}) {
				t.Errorf("the skipped row has %+v", rows[i])
			}
			continue
		}
		got, _, err := j.read(p, nil)
		if err != nil || got.Completion != "answer to "+prompt || p.off != rows[i].off {
			t.Errorf("row %d: %+v, %v at %d; the index says %+v", i, got, err, p.off, rows[i])
		}
	}
	if got := rowsOf(t, g, 2, 1); len(got) != 1 || got[0] != rows[2] {
		t.Errorf("the window of row 2 is %+v, want %+v", got, rows[2])
	}
	if got := rowsOf(t, g, 4, 10); len(got) != 0 {
		t.Errorf("the window after the end is %+v", got)
	}
}

func TestRowIndexIsNeverTheTruth(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*testing.T, *rig){
		"gone":      func(t *testing.T, g *rig) { os.Remove(rowIndexPath(g.journal())) },
		"rubbish":   func(t *testing.T, g *rig) { writeFile(t, rowIndexPath(g.journal()), rowMagic+" and rubbish") },
		"too short": func(t *testing.T, g *rig) { os.Truncate(rowIndexPath(g.journal()), rowHeadSize+rowEntrySize) },
		"of another input": func(t *testing.T, g *rig) {
			g.write(t, "prompt\nb\na\n")
		},
	} {
		g := newRig(t, "q.csv", "prompt\na\nb\n")
		g.run(t)
		g.takeAsked()
		spoil(t, g)
		g.run(t)
		g.wantAsked(t, "")
		want := "prompt,completion,finish_reason,error\na,answer to a,stop,\nb,answer to b,stop,\n"
		if name == "of another input" {
			want = "prompt,completion,finish_reason,error\nb,answer to b,stop,\na,answer to a,stop,\n"
		}
		if got := g.output(t); got != want {
			t.Errorf("%s: output\n%s\nwant\n%s", name, got, want)
		}
		if rows := rowsOf(t, g, 0, 9); len(rows) != 2 {
			t.Errorf("%s: the index was not made again: %v", name, rows)
		}
	}
}

func TestSpoiledRowIndexIsNotUsed(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "prompt\na\nb\n")
	g.run(t)
	want, whole := g.output(t), readFile(t, rowIndexPath(g.journal()))
	for name, spoiled := range map[string]string{
		"cut":     whole[:rowHeadSize+rowEntrySize],
		"flipped": whole[:rowHeadSize+3] + string(whole[rowHeadSize+3]^1) + whole[rowHeadSize+4:],
		"head":    whole[:rowHeadSize],
	} {
		writeFile(t, rowIndexPath(g.journal()), spoiled)
		sum, err := g.new().Rewrite(t.Context(), nil)
		if err != nil || sum.Note != "" {
			t.Errorf("%s: %v, note %q", name, err, sum.Note)
		}
		if got := g.output(t); got != want {
			t.Errorf("%s: output\n%s\nwant\n%s", name, got, want)
		}
	}
}
