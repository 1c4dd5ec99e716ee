package jobs

import (
	"testing"

	"gigabatch/internal/jobs/jobstest"
)

func TestRowsWithMoreCellsThanTheHeaderAreTold(t *testing.T) {
	t.Parallel()
	g := newRig(t, "q.csv", "id,question\n1,whole\n2,Hello, world\n3,fine,\n4,a,b,c\n")
	g.run(t)
	if g.plan.Long != 2 || g.plan.LongLine != 3 {
		t.Errorf("%d long rows, the first in line %d; want 2 and 3", g.plan.Long, g.plan.LongLine)
	}
}

// If the only named column was not chosen by the user and most rows have more cells, the name is probably a title.
func TestTitleTakenForTheOnlyColumnIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		rows    [][]string
		change  func(*Job)
		refused bool
	}{
		{[][]string{{"Report", ""}, {"a", "x"}, {"b", "y"}, {"c", ""}}, func(*Job) {}, true},
		{[][]string{{"Report", ""}, {"a", "x"}, {"b", ""}}, func(*Job) {}, false},
		{[][]string{{"Report", ""}, {"a", "x"}, {"b", "y"}}, withPrompt("{{Report}}"), false},
		{[][]string{{"text", "note", ""}, {"a", "x", "1"}, {"b", "y", "2"}}, func(*Job) {}, false},
	} {
		g := gridRig{newRig(t, "q.xlsx", "")}
		g.set(t, tc.rows)
		before := jobstest.Folder(t, g.dir)
		_, err := g.try(t, func(r *Job) { r.Settings.HeaderRow = 1 }, tc.change)
		if !tc.refused {
			if err != nil || !g.plan.Workbook {
				t.Errorf("%q: %v, plan %+v", tc.rows, err, g.plan)
			}
			continue
		}
		jobstest.WantUsage(t, err, `"Report"`, "only one column", "2 of 3 rows have more cells", "--header-row N", `--prompt "{{column}}"`)
		jobstest.WantFolder(t, g.dir, before)
		g.wantAsked(t, "")
	}
}
