package jobs

import "testing"

func TestRowsWithMoreCellsThanTheHeaderAreTold(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,question\n1,whole\n2,Hello, world\n3,fine,\n4,a,b,c\n")
	g.run(t)
	if g.plan.Long != 2 || g.plan.LongLine != 3 {
		t.Errorf("%d long rows, the first in line %d; want 2 and 3", g.plan.Long, g.plan.LongLine)
	}
}
