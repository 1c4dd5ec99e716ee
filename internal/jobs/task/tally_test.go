package task

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestWorst(t *testing.T) {
	t.Parallel()
	pending, failed, needs := Outcome{State: Pending}, Outcome{State: Failed, Cause: CauseServer}, Outcome{State: Failed, Cause: CauseNeeds}
	blocked, completed, skipped := Outcome{State: Blocked}, Outcome{State: Completed}, Outcome{State: Skipped}
	cut := Outcome{State: Completed, Truncated: true}
	for _, c := range []struct {
		cells []Outcome
		want  Outcome
	}{
		{nil, skipped},
		{[]Outcome{skipped, skipped}, skipped},
		{[]Outcome{skipped, completed}, completed},
		{[]Outcome{completed, cut, completed}, cut},
		{[]Outcome{cut, blocked}, blocked},
		{[]Outcome{completed, needs}, needs},
		{[]Outcome{needs, blocked}, blocked}, // a cell that needs a blocked one is less significant
		{[]Outcome{blocked, failed}, failed},
		{[]Outcome{failed, needs, completed}, failed},
		{[]Outcome{completed, pending, failed, blocked, needs, skipped}, pending},
	} {
		if got := Worst(c.cells); got != c.want {
			t.Errorf("Worst(%v) = %v, want %v", c.cells, got, c.want)
		}
	}
}

func TestTallyCountsARowByItsWorstCell(t *testing.T) {
	t.Parallel()
	c := NewTally([]string{"a", "b"}, nil)
	c.Add([]Outcome{{State: Completed, Truncated: true, Earlier: true}, {State: Skipped}})
	c.Add([]Outcome{{State: Completed, Edited: true}, {State: Failed, Cause: CauseInvalid}})
	c.Add([]Outcome{{State: Blocked, Earlier: true}, {State: Failed, Cause: CauseNeeds, Earlier: true}})
	c.Add([]Outcome{{State: Skipped}, {State: Skipped}})
	c.Add([]Outcome{{State: Pending}, {State: Failed, Cause: CauseRejected}})
	c.Add([]Outcome{{State: Failed, Cause: CauseRejected}, {State: Completed}})
	want := Tally{
		Rows: 6, Completed: 1, Failed: map[Cause]int{CauseInvalid: 1, CauseRejected: 1}, Blocked: 1, Skipped: 1, Pending: 1,
		Truncated: 1, FromJournal: 2, Waiting: 1, Invalid: 1, Edited: 1,
		Columns: []ColumnTally{{Name: "a", Completed: 2, Failed: 1, Blocked: 1, Skipped: 1, Pending: 1, Edited: 1}, {Name: "b", Completed: 1, Failed: 3, Skipped: 2}},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

// However a count was made, it equals that of the current rows.
func TestReplaceIsAddOfWhatStandsNow(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	random := func() []Outcome {
		cells := make([]Outcome, 2)
		for i := range cells {
			cells[i] = Outcome{State: State(r.IntN(5)), Edited: r.IntN(5) == 0, Earlier: r.IntN(2) == 0}
			switch cells[i].State {
			case Failed:
				cells[i].Cause = Causes[1+r.IntN(len(Causes)-1)]
			case Completed:
				cells[i].Truncated = r.IntN(3) == 0
			}
		}
		return cells
	}
	moved := NewTally([]string{"a", "b"}, nil)
	rows := make([][]Outcome, 50)
	for i := range rows {
		rows[i] = random()
		moved.Add(rows[i])
	}
	for range 1000 {
		i, now := r.IntN(len(rows)), random()
		moved.Replace(rows[i], now)
		rows[i] = now
	}
	fresh := NewTally([]string{"a", "b"}, nil)
	for _, cells := range rows {
		fresh.Add(cells)
	}
	if !reflect.DeepEqual(moved, fresh) {
		t.Errorf("got  %+v\nwant %+v", moved, fresh)
	}
}
